//! What the shell makes of a word: quotes off, variables in, commands run.

use rable::{Node, NodeKind};

use super::walk::Walk;
use super::way::{Var, Way};
use super::word::{Hole, Word};
use super::{bound, word};
use crate::ReadError;

/// Words that braces may make of one.
const MOST_WORDS: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

struct Making {
    done: Vec<Word>,
    now: Word,
    quote: Quote,
    some: bool,
}

impl Walk {
    /// The words that one becomes: none for an empty variable, several for one that holds spaces.
    pub(super) fn expand(&mut self, node: &Node, way: &Way) -> Result<Vec<Word>, ReadError> {
        let NodeKind::Word { value, parts, .. } = &node.kind else { return Ok(Vec::new()) };
        if let Some(forks) = forked(parts) {
            let mut words = Vec::new();
            for parts in forks {
                words.extend(self.made(value, &parts, way)?);
            }
            return Ok(words);
        }
        self.made(value, parts, way)
    }

    fn made(&mut self, value: &str, parts: &[Node], way: &Way) -> Result<Vec<Word>, ReadError> {
        let mut making = Making { done: Vec::new(), now: Word::default(), quote: Quote::None, some: false };
        if parts.is_empty() {
            literal(&mut making, value);
        }
        let counts = |part: &Node| {
            matches!(part.kind, NodeKind::ArithmeticExpansion { .. } | NodeKind::ArithDeprecated { .. })
        };
        if parts.iter().any(counts) {
            // A subscript in it may run something.
            self.inside(&value.replace("$((", "( ( "), way)?;
        }
        for part in parts {
            self.part(part, &mut making, way)?;
        }
        let Making { mut done, now, some, .. } = making;
        if some || !now.text.is_empty() || !now.holes.is_empty() {
            done.push(now);
        }
        for word in &mut done {
            if word.text == "..." || word.text == "…" || word.text.starts_with(word::BLANK) {
                word.holes.push(Hole::Blank);
            }
        }
        Ok(done)
    }

    fn part(&mut self, part: &Node, making: &mut Making, way: &Way) -> Result<(), ReadError> {
        match &part.kind {
            NodeKind::WordLiteral { value } => {
                let inner = value.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
                match inner {
                    // The parser stops two levels down and hands the text over as it stands.
                    Some(inner) if making.quote != Quote::Single => {
                        let nodes = bound::parse(inner)?;
                        self.output(&nodes, making, way)?;
                    }
                    _ => {
                        if literal(making, value) {
                            self.unreadable();
                            making.now.add_hole(Hole::Output("…".to_owned()));
                        }
                    }
                }
            }
            NodeKind::AnsiCQuote { decoded, .. } => {
                making.some = true;
                making.now.add(decoded);
            }
            NodeKind::LocaleString { inner, .. } => {
                making.some = true;
                making.now.add(inner);
            }
            NodeKind::ParamExpansion { param, op, arg } => {
                self.parameter(param, op.as_deref(), arg.as_deref(), making, way)?;
            }
            NodeKind::ArithmeticExpansion { expression: None } => {
                self.unreadable();
                making.now.add("0");
            }
            NodeKind::ParamLength { .. }
            | NodeKind::ArithmeticExpansion { .. }
            | NodeKind::ArithDeprecated { .. } => {
                making.now.add("0");
            }
            NodeKind::ParamIndirect { param, .. } => making.now.add_hole(Hole::Value(param.clone())),
            NodeKind::CommandSubstitution { command, .. } => {
                self.output(std::slice::from_ref(command), making, way)?;
            }
            NodeKind::ProcessSubstitution { command, .. } => {
                self.node(command, way)?;
                making.now.add_hole(Hole::Output("…".to_owned()));
            }
            NodeKind::BraceExpansion { content } => {
                making.now.add(content);
                making.now.glob = true;
            }
            _ => making.now.add_hole(Hole::Value("…".to_owned())),
        }
        Ok(())
    }

    /// A command substitution: what it does counts, and what it prints is a hole, unless it is plain to see.
    fn output(&mut self, nodes: &[Node], making: &mut Making, way: &Way) -> Result<(), ReadError> {
        let before = self.printed.take();
        for node in nodes {
            self.node(node, &way.inner())?;
        }
        let printed = std::mem::replace(&mut self.printed, before);
        match printed {
            Some(Ok(text)) => split(making, text.trim_end_matches('\n')),
            Some(Err(command)) => making.now.add_hole(Hole::Output(command)),
            None => making.now.add_hole(Hole::Output("…".to_owned())),
        }
        Ok(())
    }

    fn parameter(
        &mut self,
        param: &str,
        op: Option<&str>,
        arg: Option<&str>,
        making: &mut Making,
        way: &Way,
    ) -> Result<(), ReadError> {
        if let Some(arg) = arg.filter(|arg| arg.contains("$(") || arg.contains('`')) {
            // Whatever is run inside of a default counts as well.
            for node in bound::parse(&format!(": \"{arg}\"")).unwrap_or_default() {
                self.node(&node, way)?;
            }
        }
        let name = param.split('[').next().unwrap_or(param);
        let var = self.vars.get(name).cloned().or_else(|| usual(name));
        match (var, op) {
            (Some(Var::Text(text)), None) => split(making, &text),
            (Some(Var::Text(text)), Some(":-" | "-" | ":=" | "=" | ":?" | "?")) if !text.is_empty() => {
                split(making, &text)
            }
            (Some(Var::Text(_)), Some(_)) => making.now.add_hole(Hole::Value(name.to_owned())),
            (Some(Var::Words(words)), _) => {
                for (n, word) in words.iter().enumerate() {
                    if n > 0 {
                        making.done.push(std::mem::take(&mut making.now));
                    }
                    making.now.add(word);
                    making.some = true;
                }
            }
            (Some(Var::Hidden(hole)), _) => making.now.add_hole(hole),
            (None, Some(":-" | "-" | ":=" | "=")) if arg.is_some_and(|arg| !arg.contains('$')) => {
                making.now.add_hole(Hole::Value(name.to_owned()));
            }
            (None, Some(":?" | "?")) => making.now.add_hole(Hole::Value(name.to_owned())),
            (None, _) => match name {
                "?" | "#" | "$" | "!" | "-" => making.now.add("0"),
                _ => making.now.add_hole(Hole::Unset(name.to_owned())),
            },
        }
        Ok(())
    }
}

/// Variables that every session has, by what they are good for here: telling working files from others.
fn usual(name: &str) -> Option<Var> {
    let text = match name {
        "HOME" => "~",
        "PWD" | "OLDPWD" | "GITHUB_WORKSPACE" | "CI_PROJECT_DIR" | "WORKSPACE" => ".",
        "TMPDIR" | "RUNNER_TEMP" | "TEMP" | "TMP" => "/tmp",
        "USER" | "LOGNAME" => "user",
        "IFS" => " ",
        _ => return None,
    };
    Some(Var::Text(text.to_owned()))
}

/// Unquoted, a value becomes as many words as it has.
fn split(making: &mut Making, text: &str) {
    if making.quote == Quote::Double {
        making.some = true;
        making.now.add(text);
        return;
    }
    making.now.glob |= text.contains(['*', '?']);
    let mut pieces = text.split_whitespace().peekable();
    if text.starts_with(char::is_whitespace) {
        next(making);
    }
    while let Some(piece) = pieces.next() {
        making.now.add(piece);
        if pieces.peek().is_some() || text.ends_with(char::is_whitespace) {
            next(making);
        }
    }
}

fn next(making: &mut Making) {
    if !making.now.text.is_empty() || making.some {
        making.done.push(std::mem::take(&mut making.now));
        making.some = false;
    }
}

/// Takes quotes off. True if it has a substitution that could not be read.
fn literal(making: &mut Making, text: &str) -> bool {
    let mut chars = text.chars().peekable();
    let mut odd = false;
    while let Some(c) = chars.next() {
        match (making.quote, c) {
            (Quote::Single, '\'') => making.quote = Quote::None,
            (Quote::Single, c) => push(making, c),
            (Quote::None, '\'') => {
                making.quote = Quote::Single;
                making.some = true;
            }
            (Quote::None, '"') => {
                making.quote = Quote::Double;
                making.some = true;
            }
            (Quote::Double, '"') => making.quote = Quote::None,
            (Quote::None, '\\') => match chars.next() {
                None | Some('\n') => {}
                Some(c) => push(making, c),
            },
            (Quote::Double, '\\') => match chars.next() {
                Some('\n') | None => {}
                Some(c @ ('$' | '`' | '"' | '\\')) => push(making, c),
                Some(c) => {
                    push(making, '\\');
                    push(making, c);
                }
            },
            (_, '`') => odd = true,
            (_, '$') if chars.peek() == Some(&'(') => odd = true,
            (Quote::None, c @ ('*' | '?' | '[')) => {
                making.now.glob = true;
                push(making, c);
            }
            (_, c) => push(making, c),
        }
    }
    odd
}

fn push(making: &mut Making, c: char) {
    making.now.text.push(c);
    making.now.bare.push(c);
}

/// What braces hold, `{a,b}`, if that is plain to see; what is more involved is taken for a wildcard.
fn pieces(content: &str) -> Option<Vec<String>> {
    let inner = content.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))?;
    let odd =
        inner.contains(['{', '$', '`', '"', '\'', '\\']) || inner.contains("..") || !inner.contains(',');
    (!odd).then(|| inner.split(',').map(str::to_owned).collect())
}

/// The words that one with braces stands for, each by its parts; nothing if it has none, or too many.
fn forked(parts: &[Node]) -> Option<Vec<Vec<Node>>> {
    let mut forks: Vec<Vec<Node>> = vec![Vec::new()];
    let mut braces = false;
    for part in parts {
        let pieces = match &part.kind {
            NodeKind::BraceExpansion { content } => pieces(content),
            _ => None,
        };
        match pieces {
            Some(pieces) if forks.len() * pieces.len() <= MOST_WORDS => {
                braces = true;
                let with = |fork: &Vec<Node>, piece: &String| {
                    let literal = Node::empty(NodeKind::WordLiteral { value: piece.clone() });
                    fork.iter().cloned().chain([literal]).collect::<Vec<_>>()
                };
                forks =
                    forks.iter().flat_map(|fork| pieces.iter().map(move |piece| with(fork, piece))).collect();
            }
            _ => forks.iter_mut().for_each(|fork| fork.push(part.clone())),
        }
    }
    braces.then_some(forks)
}
