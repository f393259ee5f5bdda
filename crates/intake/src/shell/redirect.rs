//! Redirections: what is read, and what is written over.

use rable::{Node, NodeKind};

use super::files;
use super::walk::Walk;
use super::way::{Stdin, Way};
use super::word::Word;
use crate::ReadError;

impl Walk {
    /// What the command reads, if a redirection says so.
    pub(super) fn redirected(&mut self, redirects: &[Node], way: &Way) -> Result<Option<Stdin>, ReadError> {
        let mut stdin = None;
        for node in redirects {
            match &node.kind {
                NodeKind::HereDoc { content, quoted, .. } => {
                    if !quoted && (content.contains("$(") || content.contains('`')) {
                        self.inside_document(content, way)?;
                    }
                    stdin = Some(match *quoted || !content.contains(['$', '`']) {
                        true => Stdin::Text(content.clone()),
                        false => Stdin::Text(self.filled(content)),
                    });
                }
                NodeKind::Redirect { op, target, .. } => {
                    let words = self.expand(target, &way.inner())?;
                    let word = words.into_iter().next().unwrap_or_default();
                    match op.as_str() {
                        "<<<" if word.is_known() => stdin = Some(Stdin::Text(word.text.clone())),
                        "<<<" => stdin = Some(Stdin::Output(word.text.clone(), false)),
                        "<" | "<>" => stdin = Some(Stdin::Output(word.text.clone(), false)),
                        ">" | ">|" | "&>" => self.overwrites(&word, false, way),
                        ">>" | "&>>" => self.overwrites(&word, true, way),
                        ">&" if !word.text.chars().all(|c| c.is_ascii_digit() || c == '-') => {
                            self.overwrites(&word, false, way)
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(stdin)
    }

    fn overwrites(&mut self, word: &Word, appends: bool, way: &Way) {
        let start = self.acts.len();
        files::written(self, word, appends, way);
        for act in self.acts.iter_mut().skip(start) {
            act.text = format!("{} {}", if appends { ">>" } else { ">" }, word.text);
        }
    }

    fn inside_document(&mut self, content: &str, way: &Way) -> Result<(), ReadError> {
        let quoted = format!(": \"{}\"", content.replace('"', ""));
        match super::bound::parse(&quoted) {
            Ok(nodes) => nodes.iter().try_for_each(|node| self.node(node, &way.inner())),
            Err(_) => {
                self.unreadable();
                Ok(())
            }
        }
    }

    /// A here-document with the variables that are known put in.
    fn filled(&self, content: &str) -> String {
        let mut text = content.to_owned();
        for (name, var) in &self.vars {
            if let super::way::Var::Text(value) = var
                && !name.is_empty()
            {
                text = text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
            }
        }
        text
    }
}
