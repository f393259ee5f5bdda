//! Command lines that speak in verbs: `gcloud sql instances delete`, `argocd app delete`, `git push`, `kubectl delete`.

use holdpoint_core::{Class, EffectKind, HazardKind, Manner};

use super::options::Options;
use super::table::Tool;
use super::walk::Walk;
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
