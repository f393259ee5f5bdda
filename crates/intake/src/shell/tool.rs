//! A command that the table knows, or does not.

use holdpoint_core::{Backup, Class, EffectKind, HazardKind, Manner};

use super::options::Options;
use super::simple::unknown;
use super::table::{Judge, Otherwise, Row, Tool, leads};
use super::walk::Walk;
use super::way::Way;
use super::word::{Word, base};
use super::{aws, container, database, files, git, request, script, verbs};
use crate::ReadError;
use crate::act::Act;

impl Walk {
    pub(super) fn tool(&mut self, name: &str, argv: &[Word], way: &Way) -> Result<(), ReadError> {
        let args = argv.get(1..).unwrap_or_default();
        let path = argv.first().map(|word| word.text.as_str()).unwrap_or_default();
        let commands = self.commands;
        let Some(tool) = commands.tool(name).filter(|_| !is_script(path)) else {
            let version =
                matches!(args, [word] if matches!(word.text.as_str(), "--version" | "--help" | "-h"));
            if version && !is_script(path) {
                return self.read(name);
            }
            let shown: String = base(path).chars().take(80).collect();
            let mut act = unknown("program", format!("what `{shown}` does is not known"));
            act.address = format!("shell {shown}");
            self.acts.push(act);
            return Ok(());
        };
        let options = Options::of(tool, args);
        let start = self.acts.len();
        if !self.row(name, tool, &options, way)? {
            match tool.judge {
                Some(judge) => self.judged(judge, name, tool, &options, argv, way)?,
                None => self.otherwise(name, tool)?,
            }
        }
        self.mark(tool, &options, start);
        Ok(())
    }

    /// The first row that fits; `false` if none does.
    fn row(&mut self, name: &str, tool: &Tool, options: &Options<'_>, way: &Way) -> Result<bool, ReadError> {
        let words = options.texts();
        let first = words.first().copied().unwrap_or_default();
        let asks = options.has("--help")
            || options.has("--version")
            || first == "help"
            || (words.len() == 1 && first == "version");
        let shells = matches!(
            tool.judge,
            Some(
                Judge::Sql
                    | Judge::Remove
                    | Judge::Files
                    | Judge::Request
                    | Judge::Interpreter
                    | Judge::Store
            )
        );
        if shells {
            return Ok(false);
        }
        if asks || options.any(&tool.dry).is_some() {
            return self.read(name).map(|()| true);
        }
        let leading = |patterns: &[String]| {
            patterns.iter().any(|pattern| {
                if pattern.is_empty() { words.is_empty() } else { leads(pattern, &words).is_some() }
            })
        };
        if tool.judge == Some(Judge::Kubectl) && self.kubectl(options, way)? {
            return Ok(true);
        }
        if tool.judge == Some(Judge::Git) && git::push(self, options) {
            return Ok(true);
        }
        // `apps destroy` is no look at the apps.
        let destroys = tool.judge == Some(Judge::Verbs) && verbs::destroys(&words).is_some();
        if !destroys && leading(&tool.read) {
            return self.read(&format!("{name} {}", spoken(&words))).map(|()| true);
        }
        if !destroys && leading(&tool.local) {
            return self.local(&format!("{name} {}", spoken(&words))).map(|()| true);
        }
        let sliced: Vec<String> = if tool.judge == Some(Judge::Kubectl) {
            container::sliced(&words)
        } else {
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        let words: Vec<&str> = sliced.iter().map(String::as_str).collect();
        for row in &tool.rows {
            let Some(taken) = leads(&row.words, &words) else { continue };
            let fits = (row.only.is_empty() || options.any(&row.only).is_some())
                && options.any(&row.unless).is_none();
            if fits {
                self.does(name, row, options, taken, &words);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn does(&mut self, name: &str, row: &Row, options: &Options<'_>, taken: usize, words: &[&str]) {
        let targets: Vec<String> = match row.targets.as_deref() {
            None => Vec::new(),
            Some("rest") => words.iter().skip(taken).map(|word| (*word).to_owned()).collect(),
            Some("all") => words.iter().map(|word| (*word).to_owned()).collect(),
            Some("last") => {
                words.iter().skip(taken).last().map(|word| (*word).to_owned()).into_iter().collect()
            }
            Some(option) => options
                .values(option)
                .iter()
                .flat_map(|word| word.text.split(','))
                .map(str::to_owned)
                .collect(),
        };
        let (kind, noun) =
            if row.derive { aws::derived(words, self.resources) } else { (row.kind.clone(), self.noun(row)) };
        let targets = if row.derive { aws::targets(options) } else { targets };
        let service = if name == "aws" {
            format!(" {}", words.first().copied().unwrap_or_default())
        } else {
            String::new()
        };
        let named = row.targets.is_some() || row.derive;
        let missing = named && targets.is_empty();
        let targets = if targets.is_empty() { vec![String::new()] } else { targets };
        for target in targets {
            let end = if target.is_empty() { String::new() } else { format!("/{target}") };
            let mut act = Act::new(row.effect, &kind, format!("{name}{service} {noun}{end}"));
            act.class = row.class;
            act.backup = row.backup;
            act.local = row.local;
            act.to_zero = row.only.iter().any(|only| only.ends_with("=0"));
            for (kind, says) in &row.hazards {
                act.adds_hazard(*kind, says.clone());
            }
            for (manner, says) in &row.manners {
                act.adds_manner(*manner, says.clone());
            }
            self.weigh(&mut act, row);
            // In lists of commands such as `terminate-instances ...` the targets are left out, so they may be any.
            let blank = options.words.iter().any(|word| word.is_blank())
                || target.contains(['*', '…'])
                || target.contains("...");
            if act.is_grave() && (blank || (missing && act.effect.destroys())) {
                act.adds_manner(Manner::SelectsAll, "what it is done to is not named");
            }
            let unset = target.contains('$').then_some(());
            if act.is_grave() && unset.is_some() {
                act.adds_hazard(
                    HazardKind::Unknown,
                    "what it is done to stands in a variable that is not shown",
                );
            }
            self.acts.push(act);
        }
    }

    /// Classes that come from the resource table, and what follows from them.
    fn weigh(&self, act: &mut Act, row: &Row) {
        let class = act.class.unwrap_or_else(|| self.resources.class(&act.kind, None));
        if act.effect.destroys() && act.hazards.is_empty() {
            let says = format!("a resource of type `{}` is deleted", act.kind);
            match class {
                Class::Unlisted => {
                    act.adds_hazard(HazardKind::Unknown, format!("{says}, and what it is for is not known"))
                }
                Class::Identity => act.adds_hazard(HazardKind::Lockout, says),
                Class::Watch => act.adds_hazard(HazardKind::ProtectionOff, says),
                Class::Compute | Class::Traffic | Class::Network
                    if !row.local && row.kind != "kubernetes_pod" =>
                {
                    act.adds_hazard(HazardKind::Capacity, says);
                }
                _ => {}
            }
        }
        if act.backup.is_none() && act.effect.destroys() && class == Class::Data {
            act.backup = Some(Backup::NotShown);
        }
    }

    fn noun(&self, row: &Row) -> String {
        row.noun.clone().unwrap_or_else(|| {
            row.kind.split_once('_').map_or(row.kind.as_str(), |(_, noun)| noun).replace('_', " ")
        })
    }

    /// Notes how it is asked for, on whatever of it is grave.
    fn mark(&mut self, tool: &Tool, options: &Options<'_>, start: usize) {
        let noted = [
            (Manner::Forced, options.any(&tool.forced), "overrides a question or a check"),
            (Manner::Permanent, options.any(&tool.permanent), "cannot be taken back"),
            (Manner::Everywhere, options.any(&tool.everywhere), "reaches every one of them"),
            (Manner::SelectsAll, options.any(&tool.all), "selects whatever there is"),
            (Manner::Unattended, options.any(&tool.unattended), "leaves nobody to ask"),
        ];
        for act in self.acts.iter_mut().skip(start).filter(|act| act.is_grave()) {
            for (manner, option, says) in &noted {
                if let Some(option) = option {
                    act.adds_manner(*manner, format!("`{}` {says}", option.trim_end_matches("=*")));
                }
            }
        }
        if let Some(option) = options.any(&tool.credential) {
            for act in self.acts.iter_mut().skip(start).filter(|act| act.writes()) {
                act.adds_manner(Manner::ForeignCredential, format!("`{option}` brings a credential along"));
            }
        }
    }

    pub(super) fn otherwise(&mut self, name: &str, tool: &Tool) -> Result<(), ReadError> {
        match tool.otherwise {
            Otherwise::Read => self.read(name),
            Otherwise::Local => self.local(name),
            Otherwise::Unknown => {
                let mut act = unknown("program", format!("what `{name}` does with these words is not known"));
                act.address = format!("shell {name}");
                self.acts.push(act);
                Ok(())
            }
        }
    }

    fn judged(
        &mut self,
        judge: Judge,
        name: &str,
        tool: &Tool,
        options: &Options<'_>,
        argv: &[Word],
        way: &Way,
    ) -> Result<(), ReadError> {
        let args = argv.get(1..).unwrap_or_default();
        match judge {
            Judge::Verbs => verbs::act(self, name, tool, options),
            Judge::Sql => database::sql(self, name, args, way),
            Judge::Store => database::store(self, name, args),
            Judge::Scripts => script::named(self, name, options, argv, way),
            Judge::Interpreter => script::interpreter(self, name, args, way),
            Judge::Request => request::act(self, name, args, way),
            Judge::Remove => files::remove(self, args, way),
            Judge::Files => files::act(self, name, args, way),
            Judge::Docker => self.docker(tool, options, args, way),
            Judge::Aws | Judge::Kubectl | Judge::Git => self.otherwise(name, tool),
        }
    }
}

/// `./deploy.sh`, `scripts/build`: a file that somebody wrote, whatever it is called.
fn is_script(path: &str) -> bool {
    let system = [
        "/bin/",
        "/usr/",
        "/opt/",
        "/sbin/",
        "/snap/",
        "node_modules/.bin/",
        ".venv/bin/",
        "venv/bin/",
        "./node_modules/.bin/",
        "~/",
    ];
    let known = [
        "./gradlew",
        "./mvnw",
        "bin/rails",
        "./bin/rails",
        "bin/rake",
        "./manage.py",
        "vendor/bin/phpunit",
        "./vendor/bin/phpunit",
    ];
    path.contains('/') && !system.iter().any(|start| path.starts_with(start)) && !known.contains(&path)
}

fn spoken(words: &[&str]) -> String {
    words.iter().take(3).copied().collect::<Vec<_>>().join(" ")
}

impl Act {
    /// Whether it is more than a look.
    pub(super) fn acts(&self) -> bool {
        self.effect != EffectKind::Read
    }
}
