//! Commands that run another command, and shells that run a text.

use super::simple::unknown;
use super::walk::Walk;
use super::way::{Stdin, Way};
use super::word::{Hole, Word, line};
use super::{credential, place};
use crate::ReadError;

impl Walk {
    /// Looks through a wrapper; `false` if the command is none.
    pub(super) fn wrapped(&mut self, name: &str, argv: &[Word], way: &Way) -> Result<bool, ReadError> {
        let args = argv.get(1..).unwrap_or_default();
        if name == "xargs" {
            return self.xargs(args, way).map(|()| true);
        }
        let commands = self.commands;
        let Some(wrapper) = commands.wrapper(name) else { return Ok(false) };
        let mut rest = args.iter().peekable();
        let mut inner: Vec<Word> = Vec::new();
        if !wrapper.only.is_empty() {
            let Some(at) =
                args.iter().position(|word| wrapper.only.contains(&word.text) || word.text == "--")
            else {
                return Ok(false);
            };
            rest = args.get(at + 1..).unwrap_or_default().iter().peekable();
        }
        let mut words = wrapper.words_by.get(name).copied().unwrap_or(wrapper.words);
        let start = self.acts.len();
        while let Some(word) = rest.next() {
            let text = word.text.as_str();
            let (option, value) =
                text.split_once('=').map_or((text, None), |(option, value)| (option, Some(value)));
            if wrapper.quoted.iter().any(|known| known == option) {
                let script = value
                    .map(str::to_owned)
                    .or_else(|| rest.next().map(|word| word.text.clone()))
                    .unwrap_or_default();
                let remaining: Vec<Word> = rest.by_ref().cloned().collect();
                return self.text(&format!("{script} {}", line(&remaining)), way).map(|()| true);
            }
            // `su - name`: there the dash is an option too.
            if text.starts_with('-') && (text != "-" || !wrapper.quoted.is_empty()) {
                if wrapper.values.iter().any(|known| known == text) {
                    rest.next();
                }
                continue;
            }
            if wrapper.assigns && text.contains('=') && !text.starts_with('=') {
                credential::assigned(word, self);
                if let Some(says) = credential::brings(word) {
                    self.brought(says, &rest.cloned().collect::<Vec<_>>(), way, start)?;
                    return Ok(true);
                }
                continue;
            }
            if words > 0 {
                words -= 1;
                continue;
            }
            if wrapper.skip.contains(&word.text) && inner.is_empty() {
                continue;
            }
            inner.push(word.clone());
            inner.extend(rest.by_ref().cloned());
        }
        let way = Way { remote: way.remote || wrapper.remote, ..way.inner() };
        let way = match wrapper.each {
            true => Way {
                each: way.each.clone().or_else(|| Some("it is done for each line that is read".to_owned())),
                ..way
            },
            false => way,
        };
        if inner.is_empty() {
            match &wrapper.bare {
                Some(says) => self.acts.push(unknown("remote", says.clone())),
                None => self.read(name)?,
            }
            return Ok(true);
        }
        if wrapper.script {
            let texts: Vec<&str> = inner.iter().map(|word| word.text.as_str()).collect();
            if inner.iter().all(Word::is_known) {
                return self.text(&texts.join(" "), &way).map(|()| true);
            }
        }
        self.run(&inner, &way)?;
        Ok(true)
    }

    fn brought(&mut self, says: String, rest: &[Word], way: &Way, start: usize) -> Result<(), ReadError> {
        let assigns =
            rest.iter().take_while(|word| word.text.contains('=') && !word.text.starts_with('-')).count();
        for word in rest.iter().take(assigns) {
            credential::assigned(word, self);
        }
        let inner = rest.get(assigns..).unwrap_or_default();
        if inner.is_empty() {
            return self.read("env");
        }
        self.run(inner, &way.inner())?;
        for act in self.acts.iter_mut().skip(start).filter(|act| act.writes()) {
            act.adds_manner(holdpoint_core::Manner::ForeignCredential, says.clone());
        }
        Ok(())
    }

    /// Its input names the targets.
    fn xargs(&mut self, args: &[Word], way: &Way) -> Result<(), ReadError> {
        let values = [
            "-n",
            "-P",
            "-I",
            "-L",
            "-d",
            "-s",
            "-a",
            "-E",
            "--max-args",
            "--max-procs",
            "--delimiter",
            "--arg-file",
        ];
        let mut rest = args.iter().peekable();
        let mut mark = None;
        while let Some(word) = rest.next_if(|word| word.text.starts_with('-')) {
            if let Some(own) = word.text.strip_prefix("-I").filter(|own| !own.is_empty()) {
                mark = Some(own.to_owned());
            } else if values.contains(&word.text.as_str()) {
                let value = rest.next();
                if word.text == "-I" {
                    mark = value.map(|word| word.text.clone());
                }
            }
        }
        let mut inner: Vec<Word> = rest.cloned().collect();
        if inner.is_empty() {
            return self.read("xargs");
        }
        let (targets, each) = match &way.stdin {
            Stdin::Text(text) => (text.split_whitespace().map(Word::known).collect(), None),
            Stdin::Output(_, true) => (vec![Word::known("./listed")], None),
            Stdin::Output(command, false) => (
                vec![Word::of(Hole::Output(command.clone()))],
                Some(format!("its targets are whatever `{command}` prints")),
            ),
            Stdin::Nothing => (
                vec![Word::of(Hole::Value("input".to_owned()))],
                Some("its targets are whatever is read".to_owned()),
            ),
        };
        match &mark {
            Some(mark) => {
                let with = targets.first().cloned().unwrap_or_default();
                for word in &mut inner {
                    if word.text.contains(mark.as_str()) {
                        let text = word.text.replace(mark.as_str(), &with.text);
                        let bare = word.bare.replace(mark.as_str(), &with.bare);
                        *word = Word { text, bare, holes: with.holes.clone(), glob: false };
                    }
                }
            }
            None => inner.extend(targets),
        }
        let way = Way { each: way.each.clone().or(each), ..way.inner() };
        self.run(&inner, &way)
    }

    /// `bash -c '…'`, `sh script.sh`, `… | sh`, `bash <<EOF`.
    pub(super) fn shell(&mut self, args: &[Word], way: &Way) -> Result<(), ReadError> {
        let mut rest = args.iter().peekable();
        while let Some(word) = rest.next() {
            let text = word.text.as_str();
            if text == "-o" || text == "+o" || text == "--rcfile" || text == "--init-file" {
                rest.next();
            } else if text == "--version" || text == "--help" || text == "-n" {
                return self.read("sh");
            } else if text.starts_with('-') && !text.starts_with("--") && text.contains('c') {
                let Some(script) = rest.next() else { break };
                if !script.is_known() {
                    return self.holed(script, way);
                }
                return self.text(&script.text, way);
            } else if !text.starts_with('-') {
                let mut act = unknown("script", format!("what the script `{text}` does is not shown"));
                act.address = format!("shell script/{text}");
                self.acts.push(act);
                return Ok(());
            }
        }
        match &way.stdin {
            Stdin::Text(text) => self.text(&text.clone(), way),
            Stdin::Output(command, _) => {
                let says = format!("what `{command}` prints is run");
                self.acts.push(unknown("script", says));
                Ok(())
            }
            Stdin::Nothing => {
                self.acts.push(unknown("script", "what the shell is given to run is not shown"));
                Ok(())
            }
        }
    }

    /// A script with parts that are not shown: what is shown of it counts, and what is not is unknown.
    fn holed(&mut self, script: &Word, way: &Way) -> Result<(), ReadError> {
        let held = self.vars.clone();
        let _ = place::clean(&script.text);
        let done = self.text(&script.text, way);
        self.vars = held;
        self.acts.push(unknown("script", "a part of the script is not shown"));
        match done {
            Err(ReadError::NotReadable { .. }) => Ok(()),
            other => other,
        }
    }
}
