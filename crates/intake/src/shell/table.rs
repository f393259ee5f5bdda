//! The command table: `commands.toml`, read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use holdpoint_core::{Backup, Class, EffectKind, HazardKind, Manner};
use serde::Deserialize;

use super::word::fits;
use crate::ReadError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    wrapper: Vec<Wrapper>,
    tool: Vec<Tool>,
}

/// A command that runs another.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "snake_case")]
pub(super) struct Wrapper {
    names: Vec<String>,
    pub(super) values: Vec<String>,
    pub(super) words: usize,
    pub(super) words_by: BTreeMap<String, usize>,
    pub(super) assigns: bool,
    pub(super) remote: bool,
    pub(super) quoted: Vec<String>,
    /// What follows is put together and read as a script.
    pub(super) script: bool,
    /// It runs the command for each line that it reads.
    pub(super) each: bool,
    /// It runs a package by its name, so that one that is not known is not shown.
    pub(super) runs: bool,
    /// Words of its own that may come first.
    pub(super) skip: Vec<String>,
    /// Only a wrapper behind one of these words.
    pub(super) only: Vec<String>,
    /// What is said when no command follows.
    pub(super) bare: Option<String>,
}

/// What a command's words that no row names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Otherwise {
    #[default]
    Unknown,
    Read,
    Local,
}

/// A reader of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Judge {
    Aws,
    Verbs,
    Kubectl,
    Sql,
    Store,
    Scripts,
    Interpreter,
    Docker,
    Git,
    Remove,
    Files,
    Request,
}

/// A command.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Tool {
    names: Vec<String>,
    pub(super) values: Vec<String>,
    pub(super) dry: Vec<String>,
    pub(super) forced: Vec<String>,
    pub(super) permanent: Vec<String>,
    pub(super) everywhere: Vec<String>,
    pub(super) all: Vec<String>,
    pub(super) credential: Vec<String>,
    pub(super) unattended: Vec<String>,
    pub(super) read: Vec<String>,
    pub(super) local: Vec<String>,
    pub(super) otherwise: Otherwise,
    pub(super) judge: Option<Judge>,
    #[serde(rename = "do")]
    pub(super) rows: Vec<Row>,
}

impl Tool {
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}

/// What a command does with some words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) words: String,
    #[serde(default, rename = "if")]
    pub(super) only: Vec<String>,
    #[serde(default)]
    pub(super) unless: Vec<String>,
    pub(super) effect: EffectKind,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    pub(super) class: Option<Class>,
    pub(super) noun: Option<String>,
    pub(super) targets: Option<String>,
    #[serde(default)]
    pub(super) hazards: BTreeMap<HazardKind, String>,
    #[serde(default)]
    pub(super) manners: BTreeMap<Manner, String>,
    pub(super) backup: Option<Backup>,
    #[serde(default)]
    pub(super) local: bool,
    /// The type is told from the operation's name.
    #[serde(default)]
    pub(super) derive: bool,
}

/// The table, as it is asked.
#[derive(Debug)]
pub(super) struct Commands {
    file: File,
    wrappers: BTreeMap<String, usize>,
    tools: BTreeMap<String, usize>,
}

impl Commands {
    pub(super) fn get() -> Result<&'static Commands, ReadError> {
        static TABLE: OnceLock<Option<Commands>> = OnceLock::new();
        TABLE.get_or_init(|| Self::parse(include_str!("commands.toml")).ok()).as_ref().ok_or(ReadError::Table)
    }

    pub(super) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let file: File = toml::from_str(text)?;
        let index = |names: Vec<&Vec<String>>| {
            let mut index = BTreeMap::new();
            for (n, names) in names.into_iter().enumerate() {
                for name in names {
                    index.entry(name.clone()).or_insert(n);
                }
            }
            index
        };
        let wrappers = index(file.wrapper.iter().map(|wrapper| &wrapper.names).collect());
        let tools = index(file.tool.iter().map(|tool| &tool.names).collect());
        Ok(Self { file, wrappers, tools })
    }

    pub(super) fn wrapper(&self, name: &str) -> Option<&Wrapper> {
        self.wrappers.get(name).and_then(|n| self.file.wrapper.get(*n))
    }

    pub(super) fn tool(&self, name: &str) -> Option<&Tool> {
        let glob =
            || self.tools.iter().find(|(known, _)| known.contains('*') && fits(known, name)).map(|(_, n)| n);
        let named = |name: &str| self.tools.get(name);
        // `python3.12` is `python3`.
        let versioned = || {
            named(name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
                .filter(|_| name.starts_with("python"))
        };
        named(name).or_else(glob).or_else(versioned).and_then(|n| self.file.tool.get(*n))
    }
}

/// Whether leading words fit one of the patterns in a text; how many of them it takes.
pub(super) fn leads(patterns: &str, words: &[&str]) -> Option<usize> {
    patterns.split(", ").find_map(|pattern| {
        let mut taken = 0;
        for alternatives in pattern.split_whitespace() {
            let word = words.get(taken)?;
            if !alternatives.split('|').any(|one| fits(one, word)) {
                return None;
            }
            taken += 1;
        }
        Some(taken)
    })
}
