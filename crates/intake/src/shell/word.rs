//! A word of a command, after the shell has taken its quotes off.

/// Stands before the name of a place that was to be filled in.
pub(super) const BLANK: char = '\u{27e8}';

/// A part of a word that the script does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hole {
    /// A variable that the script does not set; it may be empty.
    Unset(String),
    /// What a command prints.
    Output(String),
    /// A variable with a value that is not shown, or one of several.
    Value(String),
    /// A place that was to be filled in: `<name>`, `...`.
    Blank,
}

impl Hole {
    /// How it is called.
    pub(super) fn name(&self) -> String {
        match self {
            Hole::Unset(name) | Hole::Value(name) => format!("${name}"),
            Hole::Output(command) => format!("$({command})"),
            Hole::Blank => "…".to_owned(),
        }
    }
}

/// One word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// As a person reads it; holes by their name.
    pub(super) text: String,
    /// Without what holes may hold.
    pub(super) bare: String,
    pub(super) holes: Vec<Hole>,
    /// It has a wildcard that the shell fills in.
    pub(super) glob: bool,
}

impl Word {
    pub(super) fn known(text: impl Into<String>) -> Self {
        let text = text.into();
        let mut word = Self { bare: text.clone(), text, holes: Vec::new(), glob: false };
        if word.text.starts_with(BLANK) || word.text == "..." || word.text == "…" {
            word.holes.push(Hole::Blank);
        }
        word
    }

    pub(super) fn of(hole: Hole) -> Self {
        Self { text: hole.name(), bare: String::new(), holes: vec![hole], glob: false }
    }

    /// Whether it is known to the letter.
    pub(super) fn is_known(&self) -> bool {
        self.holes.is_empty()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.holes.contains(&Hole::Blank)
    }

    pub(super) fn add(&mut self, text: &str) {
        self.text.push_str(text);
        self.bare.push_str(text);
    }

    pub(super) fn add_hole(&mut self, hole: Hole) {
        self.text.push_str(&hole.name());
        self.holes.push(hole);
    }

    /// What stands behind a prefix, such as `--name=`; holes stay, because they may be in it.
    pub(super) fn behind(&self, prefix: &str) -> Word {
        Word {
            text: self.text.strip_prefix(prefix).unwrap_or(&self.text).to_owned(),
            bare: self.bare.strip_prefix(prefix).unwrap_or(&self.bare).to_owned(),
            holes: self.holes.clone(),
            glob: self.glob,
        }
    }

    /// In quotes, where the shell would need them.
    fn quoted(&self) -> String {
        let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,*?~[]{}$()…#^!".contains(c);
        if !self.text.is_empty() && self.text.chars().all(plain) {
            return self.text.replace(BLANK, "");
        }
        format!("'{}'", self.text.replace(BLANK, ""))
    }
}

/// A command as a person reads it.
pub(super) fn line(words: &[Word]) -> String {
    words.iter().map(Word::quoted).collect::<Vec<_>>().join(" ")
}

/// The last part of a path: what a program is called.
pub(super) fn base(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// Whether a text fits a pattern in which `*` stands for anything.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => {
            let Some(mut text) = text.strip_prefix(start) else { return false };
            let mut parts = rest.split('*').peekable();
            while let Some(part) = parts.next() {
                if parts.peek().is_none() {
                    return text.ends_with(part);
                }
                match text.split_once(part) {
                    Some((_, behind)) => text = behind,
                    None => return false,
                }
            }
            true
        }
    }
}
