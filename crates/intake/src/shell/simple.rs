//! Simple commands: variables are set, aliases, functions and wrappers seen through, and the rest is judged.

use holdpoint_core::{EffectKind, HazardKind, Manner};
use rable::Node;

use super::walk::Walk;
use super::way::{Stdin, Var, Way};
use super::word::{Hole, Word, base, line};
use super::{credential, place};
use crate::ReadError;
use crate::act::Act;

impl Walk {
    pub(super) fn simple(
        &mut self,
        assignments: &[Node],
        words: &[Node],
        redirects: &[Node],
        way: &Way,
    ) -> Result<(), ReadError> {
        let mut set = Vec::new();
        for node in assignments {
            let words = self.expand(node, &way.inner())?;
            set.push(join(words));
        }
        let mut argv = Vec::new();
        for node in words {
            argv.extend(self.expand(node, &way.inner())?);
        }
        let stdin = self.redirected(redirects, way)?;
        let way = match stdin {
            Some(stdin) => &way.with(stdin),
            None => way,
        };
        self.printed = None;
        for word in &set {
            credential::assigned(word, self);
        }
        if argv.is_empty() {
            set.iter().for_each(|word| self.assign(word, way));
            return Ok(());
        }
        let brought = set.iter().find_map(credential::brings);
        let start = self.acts.len();
        self.run(&argv, way)?;
        if let Some(says) = brought {
            for act in self.acts.iter_mut().skip(start).filter(|act| act.writes()) {
                act.adds_manner(Manner::ForeignCredential, says.clone());
            }
        }
        Ok(())
    }

    pub(super) fn assign(&mut self, word: &Word, way: &Way) {
        let Some((name, value)) = word.text.split_once('=') else { return };
        let name = name.trim_end_matches('+');
        let array = value.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let var = match array {
            Some(items) if word.is_known() && !items.contains(['$', '`', '*']) => Var::Words(
                items.split_whitespace().map(|item| item.trim_matches(['"', '\'']).to_owned()).collect(),
            ),
            Some(_) => Var::Hidden(Hole::Value(name.to_owned())),
            None if word.is_known() => Var::Text(value.to_owned()),
            None => match word.holes.as_slice() {
                [hole] if word.text == format!("{name}={}", hole.name()) => Var::Hidden(match hole {
                    Hole::Unset(_) => Hole::Unset(name.to_owned()),
                    other => other.clone(),
                }),
                _ => Var::Hidden(Hole::Value(name.to_owned())),
            },
        };
        // Set only on some ways, it has the one value or the other.
        let was = self.vars.get(name);
        let same = matches!((was, &var), (Some(Var::Text(a)), Var::Text(b)) if a == b);
        let var = if way.perhaps && !same && way.each.is_none() && was.is_some() {
            Var::Hidden(Hole::Value(name.to_owned()))
        } else {
            var
        };
        self.vars.insert(name.to_owned(), var);
    }

    /// Judges a command by its words.
    pub(super) fn run(&mut self, argv: &[Word], way: &Way) -> Result<(), ReadError> {
        self.step(way)?;
        let start = self.acts.len();
        self.dispatch(argv, way)?;
        let text = line(argv);
        // What is done elsewhere is shown with where that is.
        let wrapper = argv.first().and_then(|word| self.commands.wrapper(base(&word.text)));
        let remote = wrapper.is_some_and(|wrapper| wrapper.remote);
        for act in self.acts.iter_mut().skip(start) {
            if act.text.is_empty() || remote {
                act.text.clone_from(&text);
            }
        }
        if self.printed.is_none() {
            self.printed = Some(Err(text.chars().take(200).collect()));
        }
        let brought = credential::carried(argv, self).or_else(|| self.credential.clone());
        for act in self.acts.iter_mut().skip(start) {
            if act.is_grave() {
                let noted = [
                    (Manner::SelectsAll, &way.each),
                    (Manner::Everywhere, &way.everywhere),
                    (Manner::Forced, &way.forced),
                ];
                for (manner, says) in noted {
                    if let Some(says) = says {
                        act.adds_manner(manner, says.clone());
                    }
                }
            }
            if act.writes()
                && let Some(says) = &brought
            {
                act.adds_manner(Manner::ForeignCredential, says.clone());
            }
        }
        Ok(())
    }

    fn dispatch(&mut self, argv: &[Word], way: &Way) -> Result<(), ReadError> {
        let Some((program, args)) = argv.split_first() else { return Ok(()) };
        if !program.is_known() && !program.is_blank() {
            let says = format!("which program `{}` is, is not shown", program.text);
            self.acts.push(unknown("program", says));
            return Ok(());
        }
        let name = base(&program.text).to_owned();
        if let Some(text) = self.aliases.get(&name).cloned() {
            self.aliases.remove(&name);
            let done = self.text(&format!("{text} {}", line(args)), way);
            self.aliases.insert(name, text);
            return done;
        }
        if let Some(body) = self.functions.get(&name).cloned() {
            self.called.insert(name);
            return self.called(&body, args, way);
        }
        match name.as_str() {
            "eval" => self.evaluated(args, way),
            "trap" => match args.first() {
                Some(word) if word.is_known() && word.text != "-" => self.text(&word.text, way),
                _ => self.local(&name),
            },
            "source" | "." => {
                let environment = args.first().is_some_and(|file| is_environment(&file.text));
                if environment {
                    self.read(&name)
                } else {
                    self.acts.push(unknown("script", "what the script holds is not shown"));
                    Ok(())
                }
            }
            "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "fish" => self.shell(args, way),
            "cd" | "pushd" => self.moved(args),
            "export" | "declare" | "local" | "typeset" | "readonly" | "set" => {
                for word in args {
                    credential::assigned(word, self);
                    if let Some(says) = credential::brings(word) {
                        self.credential = Some(says);
                    }
                    self.assign(word, way);
                }
                self.read(&name)
            }
            "unset" => {
                for word in args {
                    self.vars.remove(&word.text);
                }
                self.read(&name)
            }
            "read" | "mapfile" | "readarray" | "getopts" => {
                for word in args.iter().filter(|word| !word.text.starts_with('-')) {
                    self.vars.insert(word.text.clone(), Var::Hidden(Hole::Value(word.text.clone())));
                }
                self.read(&name)
            }
            "alias" => {
                for word in args {
                    if let Some((name, value)) = word.text.split_once('=') {
                        self.aliases.insert(name.to_owned(), value.to_owned());
                    }
                }
                self.read(&name)
            }
            "echo" | "printf" => {
                self.printed(&name, args);
                self.read(&name)
            }
            "cat" => {
                if let (Stdin::Text(text), true) = (&way.stdin, args.iter().all(|word| word.text == "-")) {
                    self.printed = Some(Ok(text.clone()));
                }
                self.read(&name)
            }
            "pwd" => {
                self.printed = Some(Ok(".".to_owned()));
                self.read(&name)
            }
            "mktemp" => {
                self.printed = Some(Ok("/tmp/mktemp".to_owned()));
                self.local(&name)
            }
            _ => {
                if self.wrapped(&name, argv, way)? {
                    return Ok(());
                }
                self.tool(&name, argv, way)
            }
        }
    }

    /// It only looks.
    pub(super) fn read(&mut self, name: &str) -> Result<(), ReadError> {
        let act = Act::new(EffectKind::Read, "shell_command", format!("shell {name}"));
        self.acts.push(act.class(holdpoint_core::Class::Other));
        Ok(())
    }

    /// It changes working files only.
    pub(super) fn local(&mut self, name: &str) -> Result<(), ReadError> {
        self.acts.push(Act::new(EffectKind::Update, "shell_command", format!("shell {name}")).local());
        Ok(())
    }

    fn printed(&mut self, name: &str, args: &[Word]) {
        let words: Vec<&Word> =
            args.iter().filter(|word| !matches!(word.text.as_str(), "-n" | "-e" | "-E" | "--")).collect();
        if words.iter().all(|word| word.is_known() && !word.glob) {
            let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            let text = text.join(" ");
            // `\n` and its like become what they stand for; formats with arguments are left as they are.
            let text = if name == "printf" || args.iter().any(|word| word.text == "-e") {
                text.replace("\\n", "\n")
            } else {
                text
            };
            let odd =
                text.contains("\\x") || text.contains("\\0") || (name == "printf" && text.contains('%'));
            if !odd {
                self.printed = Some(Ok(text));
            }
        }
    }

    fn called(&mut self, body: &Node, args: &[Word], way: &Way) -> Result<(), ReadError> {
        let before = self.vars.clone();
        for n in 1..=9usize {
            let var = match args.get(n - 1) {
                Some(word) if word.is_known() => Var::Text(word.text.clone()),
                Some(word) => Var::Hidden(word.holes.first().cloned().unwrap_or(Hole::Value(n.to_string()))),
                None => Var::Text(String::new()),
            };
            self.vars.insert(n.to_string(), var);
        }
        let all = if args.iter().all(Word::is_known) {
            Var::Words(args.iter().map(|word| word.text.clone()).collect())
        } else {
            Var::Hidden(Hole::Value("@".to_owned()))
        };
        self.vars.insert("@".to_owned(), all.clone());
        self.vars.insert("*".to_owned(), all);
        let done = self.node(body, &way.inner());
        for n in (1..=9).map(|n| n.to_string()).chain(["@".to_owned(), "*".to_owned()]) {
            match before.get(&n) {
                Some(var) => self.vars.insert(n, var.clone()),
                None => self.vars.remove(&n),
            };
        }
        done
    }

    fn evaluated(&mut self, args: &[Word], way: &Way) -> Result<(), ReadError> {
        let text: Vec<&str> = args.iter().map(|word| word.text.as_str()).collect();
        let text = text.join(" ");
        let tools = [
            "ssh-agent",
            "brew shellenv",
            "direnv",
            "pyenv",
            "rbenv",
            "fnm env",
            "starship",
            "zoxide",
            "mise",
            "minikube docker-env",
        ];
        if !args.iter().all(Word::is_known) {
            if tools.iter().any(|tool| text.contains(tool)) {
                return self.read("eval");
            }
            self.acts.push(unknown("eval", "what `eval` runs is not shown"));
            return Ok(());
        }
        self.text(&text, way)
    }

    fn moved(&mut self, args: &[Word]) -> Result<(), ReadError> {
        let target = args.iter().find(|word| !word.text.starts_with('-') || word.text == "-");
        self.here = match (target, &self.here) {
            (Some(word), here) if word.is_known() && word.text != "-" => {
                if word.text.starts_with(['/', '~']) {
                    Some(place::clean(&word.text))
                } else {
                    here.as_ref()
                        .map(|here| {
                            place::clean(&format!("{here}/{}", word.text)).trim_start_matches('/').to_owned()
                        })
                        .map(|path| {
                            if here.as_deref().is_some_and(|h| h.starts_with('/')) {
                                format!("/{path}")
                            } else {
                                path
                            }
                        })
                }
            }
            (None, _) => Some("~".to_owned()),
            // To where the script or its repository lies: the working copy.
            (Some(word), _)
                if ["dirname", "rev-parse", "BASH_SOURCE"].iter().any(|own| word.text.contains(own)) =>
            {
                Some(String::new())
            }
            _ => None,
        };
        self.read("cd")
    }
}

fn join(words: Vec<Word>) -> Word {
    let mut all = Word::default();
    for (n, word) in words.into_iter().enumerate() {
        if n > 0 {
            all.add(" ");
        }
        all.text.push_str(&word.text);
        all.bare.push_str(&word.bare);
        all.holes.extend(word.holes);
        all.glob |= word.glob;
    }
    all
}

/// Files that only set variables, as every project has them.
fn is_environment(file: &str) -> bool {
    file.ends_with("bin/activate")
        || base(file).starts_with(".env")
        || file.ends_with(".bashrc")
        || file.ends_with(".profile")
        || file.ends_with("nvm.sh")
        || file.ends_with(".cargo/env")
}

/// Something is run, and what it does is not shown.
pub(super) fn unknown(what: &str, says: impl Into<String>) -> Act {
    Act::new(EffectKind::Execute, &format!("shell_{what}"), format!("shell {what}"))
        .hazard(HazardKind::Unknown, says)
}
