//! GraphQL, as far as its fields have names.

/// What a document asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Only queries.
    Reads,
    /// The fields of its mutations, with their arguments as they stand.
    Mutates(Vec<(String, String)>),
}

/// Reads a document; `None` if it is none.
pub(super) fn operation(text: &str) -> Option<Operation> {
    let text = text.trim_start();
    let starts = ["query", "mutation", "subscription", "fragment", "{", "#"];
    if !starts.iter().any(|start| text.starts_with(start)) || !text.contains('{') {
        return None;
    }
    let mut walk =
        Walk { depth: 0, round: 0, mutation: false, word: String::new(), fields: Vec::new(), alias: false };
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => walk.string(&mut rest),
            '#' => while rest.next_if(|c| *c != '\n').is_some() {},
            _ => walk.character(c),
        }
    }
    walk.end();
    if !walk.mutation_seen() { Some(Operation::Reads) } else { Some(Operation::Mutates(walk.fields)) }
}

struct Walk {
    depth: usize,
    round: usize,
    mutation: bool,
    word: String,
    fields: Vec<(String, String)>,
    alias: bool,
}

impl Walk {
    fn mutation_seen(&self) -> bool {
        self.mutation || !self.fields.is_empty()
    }

    fn string(&mut self, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
        let mut text = String::new();
        while let Some(c) = rest.next() {
            match c {
                '"' => break,
                '\\' => text.extend(rest.next()),
                _ => text.push(c),
            }
        }
        self.argument(&text);
    }

    fn argument(&mut self, text: &str) {
        if self.round > 0
            && self.depth == 1
            && let Some((_, arguments)) = self.fields.last_mut()
        {
            arguments.push_str(text);
        }
    }

    fn character(&mut self, c: char) {
        if c.is_alphanumeric() || c == '_' {
            self.word.push(c);
            return;
        }
        let round = self.round;
        self.end();
        match c {
            '{' if round == 0 => self.depth += 1,
            '}' if round == 0 => {
                self.depth = self.depth.saturating_sub(1);
            }
            '(' => self.round += 1,
            ')' => self.round = self.round.saturating_sub(1),
            ':' if round == 0 && self.depth == 1 && self.mutation => {
                // What stands before a colon is only an alias; the field follows.
                self.fields.pop();
                self.alias = true;
            }
            _ => {}
        }
        self.argument(&c.to_string());
    }

    fn end(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        if self.round > 0 {
            self.argument(&word);
        } else if self.depth == 0 {
            match word.as_str() {
                "mutation" => self.mutation = true,
                "query" | "subscription" | "fragment" => self.mutation = false,
                _ => {}
            }
        } else if self.depth == 1 && self.mutation {
            self.fields.push((word, String::new()));
            self.alias = false;
        }
    }
}
