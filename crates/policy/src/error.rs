use std::fmt;
use std::path::PathBuf;

/// Why a policy set was not loaded. Nothing of it is used then.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The directory or a file in it cannot be read.
    #[error("cannot read `{}`: {error}; check the path and that the daemon may read it", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// The system's own words.
        error: std::io::Error,
    },
    /// The directory has no policy in it, which is more likely a wrong path than a wish.
    #[error("`{}` holds no `*.cedar` file; give the directory of your policies, or none to use the built-in pack alone", .0.display())]
    NoFiles(PathBuf),
    /// Without policies, or without a single `permit`, nothing could be judged.
    #[error("the policy set has no {0}; an empty set is refused, because it judges nothing")]
    Empty(&'static str),
    /// One or more policies are refused.
    #[error("{}", lines(.0))]
    Refused(Vec<Problem>),
    /// The built-in schema does not read, or the engine does not behave as the rules need it to.
    #[error("the policy engine's self-test failed: {0}; this build must not be used")]
    SelfTest(String),
}

/// What is wrong with one policy, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name; `built-in/…` for the pack.
    pub file: String,
    /// The line it starts on, from 1; absent when it cannot be told.
    pub line: Option<usize>,
    /// The policy's `@id`; empty when there is none or it is not known.
    pub policy: String,
    /// A phrase that says what is wrong and what to do.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.policy.is_empty() {
            write!(f, ": policy `{}`", self.policy)?;
        }
        write!(f, ": {}", self.what)
    }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
