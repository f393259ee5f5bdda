//! What runs inside of a container, and what kubectl is told about kinds.

use holdpoint_core::HazardKind;

use super::options::Options;
use super::simple::unknown;
use super::table::Tool;
use super::walk::Walk;
use super::way::{Stdin, Way};
use super::word::Word;
use crate::ReadError;

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
                self.acts.push(unknown("container", "what is done inside of the container is not shown"));
            } else {
                self.run(&inner, &remote)?;
            }
            return Ok(true);
        }
        if words.first() == Some(&"delete") && words.get(1).is_some_and(|kinds| kinds.contains(',')) {
            let kinds = words.get(1).copied().unwrap_or_default();
            let names: Vec<&str> = words.iter().skip(2).copied().collect();
            for kind in kinds.split(',').filter(|kind| !kind.is_empty()) {
                let mut argv = vec![Word::known("kubectl"), Word::known("delete"), Word::known(kind)];
                argv.extend(names.iter().map(|name| Word::known(*name)));
                for (name, values) in &options.named {
                    argv.push(Word::known(name.clone()));
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
        args: &[Word],
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
                self.acts.push(unknown("container", "what is done inside of the container is not shown"));
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
            self.acts.push(unknown("container", "the container reaches into the machine that it runs on"));
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
