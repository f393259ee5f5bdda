//! Rust source taken apart just far enough for the rules: what is code, and what stands in string literals.

/// A string literal and the line that it begins on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) line: usize,
    pub(super) text: String,
}

/// Source without comments and with empty literals, line for line, and the literals by themselves.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) code: String,
    pub(super) literals: Vec<Literal>,
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    /// Whether the last character belonged to a word, so that the `r` of `for` starts no raw string.
    in_word: bool,
    out: Split,
}

pub(super) fn split(source: &str) -> Split {
    let out = Split { code: String::new(), literals: Vec::new() };
    let mut reader = Reader { rest: source, line: 1, in_word: false, out };
    while !reader.rest.is_empty() {
        reader.step();
    }
    reader.out
}

impl Reader<'_> {
    fn step(&mut self) {
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.skip(end);
        } else if self.rest.starts_with("/*") {
            self.block_comment();
        } else if let Some(hashes) = self.raw_string() {
            let open = self.rest.find('"').map_or(0, |at| at + 1);
            self.skip(open);
            let close = format!("\"{}", "#".repeat(hashes));
            let end = self.rest.find(&close).unwrap_or(self.rest.len());
            self.literal(end);
            self.skip(close.len().min(self.rest.len()));
        } else if self.rest.starts_with('"') {
            self.skip(1);
            let end = end_of_string(self.rest);
            self.literal(end);
            self.skip(1.min(self.rest.len()));
        } else if let Some(length) = character(self.rest) {
            self.skip(length);
        } else {
            self.keep();
        }
    }

    fn keep(&mut self) {
        let Some(c) = self.rest.chars().next() else { return };
        if c == '\n' {
            self.line += 1;
        }
        self.in_word = c.is_alphanumeric() || c == '_';
        self.out.code.push(c);
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
    }

    /// Leaves out, but keeps the line breaks.
    fn skip(&mut self, bytes: usize) {
        let (gone, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        let breaks = gone.matches('\n').count();
        self.line += breaks;
        self.out.code.push_str(&"\n".repeat(breaks));
        self.in_word = false;
        self.rest = rest;
    }

    fn literal(&mut self, bytes: usize) {
        let text = self.rest.get(..bytes).unwrap_or_default().to_owned();
        self.out.literals.push(Literal { line: self.line, text });
        self.out.code.push_str("\"\"");
        self.skip(bytes);
    }

    fn block_comment(&mut self) {
        let mut depth = 0_u32;
        let mut at = 0;
        while let Some(rest) = self.rest.get(at..) {
            if rest.starts_with("/*") {
                depth += 1;
                at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    break;
                }
            } else if let Some(c) = rest.chars().next() {
                at += c.len_utf8();
            } else {
                break;
            }
        }
        self.skip(at);
    }

    /// How many hashes, if a raw string begins here.
    fn raw_string(&self) -> Option<usize> {
        if self.in_word {
            return None;
        }
        let rest = self.rest.strip_prefix(['b', 'c']).unwrap_or(self.rest).strip_prefix('r')?;
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        rest.get(hashes..)?.starts_with('"').then_some(hashes)
    }
}

fn end_of_string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            '"' if !escaped => return at,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// How long the character literal is that begins here; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    if first == '\\' {
        let escaped = inner.get(1..)?.chars().next()?;
        let from = 1 + escaped.len_utf8();
        return Some(1 + from + inner.get(from..)?.find('\'')? + 1);
    }
    inner.get(first.len_utf8()..)?.starts_with('\'').then_some(first.len_utf8() + 2)
}

#[test]
fn takes_source_apart() {
    let source = r####"// a "comment"
let a = "one \" // two"; /* x /* y */ "no" */ let b = r#"raw "quoted""#;
let c = '"'; let d: &'static str = b"bytes"; let e = '\'';
let f = "two
lines"; for"####;
    let split = split(source);
    let literals: Vec<_> = split.literals.iter().map(|l| (l.line, l.text.as_str())).collect();
    assert_eq!(
        literals,
        [(2, "one \\\" // two"), (2, "raw \"quoted\""), (3, "bytes"), (4, "two\nlines")],
        "{}",
        split.code
    );
    assert_eq!(split.code.lines().count(), source.lines().count());
    assert!(split.code.contains("&'static str") && split.code.ends_with("; for"), "{}", split.code);
    assert!(!split.code.contains("comment") && !split.code.contains("no"), "{}", split.code);
}
