//! Command lines that speak in verbs: `gcloud sql instances delete`, `argocd app delete`, `git push`, `kubectl delete`.

use holdpoint_core::{Class, EffectKind, HazardKind, Manner};

use super::options::Options;
use super::table::Tool;
use super::walk::{Stdin, Walk, Way};
use crate::ReadError;
use crate::act::Act;

const READS: [&str; 22] = [
    "list",
    "ls",
    "describe",
    "get",
    "show",
    "read",
    "status",
    "logs",
    "log",
    "info",
    "view",
    "search",
    "tail",
    "whoami",
    "version",
    "history",
    "diff",
    "check",
    "print-access-token",
    "get-value",
    "inspect",
    "export",
];

const DESTROYS: [&str; 17] = [
    "delete",
    "destroy",
    "remove",
    "rm",
    "purge",
    "terminate",
    "deprovision",
    "drop",
    "uninstall",
    "wipe",
    "reset",
    "clear",
    "empty",
    "flush",
    "detach",
    "revoke",
    "prune",
];

const MAKES: [&str; 4] = ["create", "add", "new", "register"];

/// The position of the first word that has a verb of destroying in it.
pub(super) fn destroys(words: &[&str]) -> Option<usize> {
    let has = |word: &&str| {
        word.split([':', '-', '.']).any(|part| DESTROYS.contains(&part.to_ascii_lowercase().as_str()))
    };
    words.iter().position(has)
}

/// By the first of its words that is a verb.
pub(super) fn act(walk: &mut Walk, name: &str, tool: &Tool, options: &Options<'_>) -> Result<(), ReadError> {
    let words = options.texts();
    let destroys = destroys(&words);
    let noun: Vec<&str> = words.iter().take(destroys.unwrap_or(0)).copied().collect();
    if let Some(at) = destroys {
        let targets: Vec<&&str> = words.iter().skip(at + 1).collect();
        let noun = if noun.is_empty() { "resource".to_owned() } else { noun.join(" ") };
        let named = options.values("-n|--name|--ids|--id");
        let listed =
            targets.iter().map(|word| (**word).to_owned()).chain(named.iter().map(|word| word.text.clone()));
        let mut listed: Vec<String> = listed.collect();
        let nobody = listed.is_empty();
        if nobody {
            listed.push(String::new());
        }
        for target in listed {
            let class = class(&noun);
            let mut act = Act::new(
                EffectKind::Delete,
                &format!("{name}_{}", noun.replace(' ', "_")),
                format!("{name} {noun}/{target}"),
            );
            act.class = Some(class);
            let says = format!(
                "`{}` deletes, and nothing says that it can be had back",
                words.get(at).copied().unwrap_or_default()
            );
            let kind = match class {
                Class::Data | Class::Key => HazardKind::DataLoss,
                Class::Backup => HazardKind::BackupLoss,
                Class::Identity => HazardKind::Lockout,
                _ => HazardKind::Unknown,
            };
            act.adds_hazard(kind, says);
            if nobody {
                act.adds_manner(Manner::SelectsAll, "what it is done to is not named");
            }
            walk.acts.push(act);
        }
        return Ok(());
    }
    let verb = words.iter().rev().find(|word| {
        READS.contains(word)
            || word.starts_with("list-")
            || word.starts_with("get-")
            || word.starts_with("describe-")
    });
    let writes = words.iter().any(|word| {
        MAKES.contains(word)
            || ["set", "update", "patch", "deploy", "ssh", "run", "execute", "import", "restore", "stop"]
                .contains(word)
    });
    if verb.is_some() && !writes {
        return walk.read(&format!("{name} {}", words.iter().take(3).copied().collect::<Vec<_>>().join(" ")));
    }
    if words.contains(&"login") {
        return walk.local(name);
    }
    walk.otherwise(name, tool)
}

fn class(noun: &str) -> Class {
    let has = |list: &[&str]| list.iter().any(|word| noun.contains(word));
    if has(&["snapshot", "backup"]) {
        Class::Backup
    } else if has(&["key", "secret"]) {
        Class::Key
    } else if has(&[
        "sql",
        "database",
        "db",
        "bucket",
        "disk",
        "volume",
        "storage",
        "redis",
        "memorystore",
        "table",
        "spanner",
        "bigtable",
        "dataset",
        "postgres",
        "mysql",
        "cosmos",
        "project",
        "app",
        "cluster",
        "namespace",
        "repositor",
        "topic",
        "filestore",
        "memcache",
    ]) {
        Class::Data
    } else if has(&["iam", "user", "role", "service-account", "ad "]) {
        Class::Identity
    } else {
        Class::Unlisted
    }
}

/// Pushes are judged; whatever else git does stays in the working copy. `false` for the latter.
pub(super) fn git(walk: &mut Walk, options: &Options<'_>) -> bool {
    let words = options.texts();
    if words.first() != Some(&"push") {
        return false;
    }
    let remote = words.get(1).copied().unwrap_or("origin");
    let refs: Vec<&str> = words.iter().skip(2).copied().collect();
    let deletes = options.has("--delete") || options.has("-d") || refs.iter().any(|is| is.starts_with(':'));
    let mirror =
        options.has("--mirror") || options.has("--prune") || options.has("--all") && options.has("--force");
    let forced = options.has("--force") || options.has("-f") || refs.iter().any(|is| is.starts_with('+'));
    let shared = |name: &str| {
        let name = name.trim_start_matches(['+', ':']).rsplit(':').next().unwrap_or(name);
        ["main", "master", "develop", "trunk", "production", "prod", "staging"].contains(&name)
            || name.starts_with("release")
    };
    let effect = if deletes { EffectKind::Delete } else { EffectKind::Update };
    let mut act =
        Act::new(effect, "git_branch", format!("git branch {remote}/{}", refs.join(" "))).class(Class::Other);
    if mirror {
        act = act
            .hazard(HazardKind::DataLoss, "whatever this copy does not have is deleted there")
            .manner(Manner::SelectsAll, "which branches those are is not shown");
    } else if deletes && refs.iter().any(|name| shared(name)) {
        act = act.hazard(HazardKind::DataLoss, "a branch that others build on is deleted");
    } else if forced && (refs.is_empty() || refs.iter().any(|name| shared(name) || *name == "HEAD")) {
        act = act
            .hazard(HazardKind::DataLoss, "commits that are there are thrown away")
            .manner(Manner::Forced, "`--force` overrides the check for commits of others");
    }
    if !act.is_grave() {
        act.effect = EffectKind::Update;
        act.local = true;
    }
    walk.acts.push(act);
    true
}

/// `pod/x` is `pod x`, and `deploy.apps` is `deploy`.
pub(super) fn sliced(words: &[&str]) -> Vec<String> {
    let mut sliced = Vec::new();
    for (n, word) in words.iter().enumerate() {
        let lists = matches!(words.first(), Some(&("delete" | "scale" | "rollout")));
        match word.split_once('/') {
            Some((kind, name)) if lists && n > 0 => {
                if n == 1 || (n == 2 && words.first() == Some(&"rollout")) {
                    sliced.push(kind.to_lowercase());
                }
                sliced.push(name.to_owned());
            }
            _ if lists && n == 1 => sliced.push(word.split('.').next().unwrap_or(word).to_lowercase()),
            _ => sliced.push((*word).to_owned()),
        }
    }
    sliced
}

impl Walk {
    /// What runs inside of a container, and kinds that are deleted together. `false` for anything else.
    pub(super) fn kubectl(&mut self, options: &Options<'_>, way: &Way) -> Result<bool, ReadError> {
        let words = options.texts();
        if words.first() == Some(&"exec") {
            let inner: Vec<_> = match options.behind {
                Some(_) => options.words.iter().skip(2).map(|word| (*word).clone()).collect(),
                None => options.words.iter().skip(2).map(|word| (*word).clone()).collect(),
            };
            let remote = Way { remote: true, stdin: Stdin::Nothing, ..way.inner() };
            if inner.is_empty() {
                self.acts.push(super::simple::unknown(
                    "container",
                    "what is done inside of the container is not shown",
                ));
            } else {
                self.run(&inner, &remote)?;
            }
            return Ok(true);
        }
        if words.first() == Some(&"delete") && words.get(1).is_some_and(|kinds| kinds.contains(',')) {
            let kinds = words.get(1).copied().unwrap_or_default();
            let names: Vec<&str> = words.iter().skip(2).copied().collect();
            for kind in kinds.split(',').filter(|kind| !kind.is_empty()) {
                let mut argv = vec![
                    super::word::Word::known("kubectl"),
                    super::word::Word::known("delete"),
                    super::word::Word::known(kind),
                ];
                argv.extend(names.iter().map(|name| super::word::Word::known(*name)));
                for (name, values) in &options.named {
                    argv.push(super::word::Word::known(name.clone()));
                    argv.extend(values.iter().cloned());
                }
                self.run(&argv, way)?;
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// `docker exec` and `docker run` run something; the rest is as the table says.
    pub(super) fn docker(
        &mut self,
        tool: &Tool,
        options: &Options<'_>,
        args: &[super::word::Word],
        way: &Way,
    ) -> Result<(), ReadError> {
        let words = options.texts();
        let at = words.iter().position(|word| *word == "exec" || *word == "run");
        let Some(at) = at.filter(|at| *at <= 1) else { return self.otherwise("docker", tool) };
        let verb = words.get(at).copied().unwrap_or_default();
        let from = args.iter().position(|word| word.text == verb).map_or(0, |n| n + 1);
        let alone = [
            "-i",
            "-t",
            "-it",
            "-ti",
            "-d",
            "--rm",
            "-T",
            "--interactive",
            "--tty",
            "--privileged",
            "-dit",
            "-itd",
            "--detach",
            "--no-deps",
            "--init",
            "--read-only",
            "-P",
            "--build",
            "--quiet-pull",
        ];
        let mut rest = args.iter().skip(from).peekable();
        while let Some(word) = rest.next_if(|word| word.text.starts_with('-')) {
            if !alone.contains(&word.text.as_str()) && !word.text.contains('=') {
                rest.next();
            }
        }
        let name = rest.next();
        let inner: Vec<_> = rest.cloned().collect();
        if verb == "exec" {
            let remote = Way { remote: true, stdin: way.stdin.clone(), ..way.inner() };
            if inner.is_empty() || name.is_none() {
                self.acts.push(super::simple::unknown(
                    "container",
                    "what is done inside of the container is not shown",
                ));
                return Ok(());
            }
            return self.run(&inner, &remote);
        }
        // A container that is thrown away again touches only what is mounted into it.
        let mounts: Vec<&str> = args
            .iter()
            .map(|word| word.text.as_str())
            .filter(|text| {
                text.starts_with("/:")
                    || text.contains("docker.sock")
                    || text.starts_with("/etc")
                    || text.starts_with("/var")
            })
            .collect();
        if options.has("--privileged") || !mounts.is_empty() {
            self.acts.push(super::simple::unknown(
                "container",
                "the container reaches into the machine that it runs on",
            ));
            return Ok(());
        }
        if inner.is_empty() {
            return self.local("docker run");
        }
        let before = self.acts.len();
        self.run(&inner, &Way { remote: false, ..way.inner() })?;
        let harmless = self.acts.iter().skip(before).all(|act| {
            act.hazards.iter().all(|(kind, _)| *kind == HazardKind::Unknown) && act.kind == "shell_program"
        });
        if harmless {
            self.acts.truncate(before);
            return self.local("docker run");
        }
        Ok(())
    }
}
