//! How a command is come by.

use super::word::Hole;

/// A variable's value.
#[derive(Debug, Clone)]
pub(super) enum Var {
    Text(String),
    Words(Vec<String>),
    Hidden(Hole),
}

/// What a command reads.
#[derive(Debug, Clone, Default)]
pub(super) enum Stdin {
    #[default]
    Nothing,
    Text(String),
    /// What this command prints; whether these are names of working files.
    Output(String, bool),
}

/// How a command is come by.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    pub(super) depth: usize,
    /// Why it is done to whatever there is.
    pub(super) each: Option<String>,
    /// Why it is done everywhere.
    pub(super) everywhere: Option<String>,
    /// Why no question stops it.
    pub(super) forced: Option<String>,
    pub(super) stdin: Stdin,
    /// It runs on another machine.
    pub(super) remote: bool,
    /// It may not run, or run again: what it sets is not sure.
    pub(super) perhaps: bool,
}

impl Way {
    pub(super) fn inner(&self) -> Way {
        Way { depth: self.depth + 1, stdin: Stdin::Nothing, ..self.clone() }
    }

    pub(super) fn with(&self, stdin: Stdin) -> Way {
        Way { stdin, ..self.clone() }
    }

    pub(super) fn perhaps(&self) -> Way {
        Way { perhaps: true, ..self.inner() }
    }
}

/// `eu-west-1`, `us-central1`: as regions are called.
pub(super) fn is_region(text: &str) -> bool {
    let starts = [
        "us-",
        "eu-",
        "ap-",
        "sa-",
        "ca-",
        "me-",
        "af-",
        "il-",
        "cn-",
        "asia-",
        "europe-",
        "northamerica-",
        "australia-",
    ];
    starts.iter().any(|start| text.starts_with(start)) && text.ends_with(|c: char| c.is_ascii_digit())
}

/// Commands that print names of working files.
pub(super) fn working(command: &str) -> bool {
    let starts = [
        "git ls-files",
        "git diff --name-only",
        "find . ",
        "find src",
        "find target",
        "find build",
        "find ./",
        "grep -rl",
        "grep -l",
        "rg -l",
        "fd ",
    ];
    starts.iter().any(|start| command.starts_with(start))
}
