//! Command lines and scripts for a POSIX shell or bash.
//!
//! A script is not run, so what it does is judged for every way it may go: both branches of a condition count, a loop
//! over something that is not shown reaches whatever there is, and a program that the table (`commands.toml`) does not
//! know is `unknown`.

mod aws;
mod bound;
mod container;
mod credential;
mod database;
mod expand;
mod files;
mod git;
mod options;
mod place;
mod redirect;
mod request;
mod script;
mod simple;
mod table;
#[cfg(test)]
mod tests;
mod tool;
mod verbs;
mod walk;
mod way;
mod word;
mod wrap;

use holdpoint_core::{Change, Format};

use crate::{Patterns, ReadError, act};

const WHAT: &str = "command";

/// Reads a command line or a script.
///
/// # Errors
/// If it is empty, no UTF-8, too long, nested too deep, does not parse, or is a script for PowerShell.
pub fn read(bytes: &[u8]) -> Result<Change, ReadError> {
    read_with(bytes, &Patterns::default())
}

/// As [`read`], with these signs of an environment.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    let text = act::text(bytes, WHAT)?;
    if is_powershell(&text) {
        return Err(ReadError::PowerShell);
    }
    let (mut acts, hidden) = bound::run(&text)?;
    // `<profile>` is a place to be filled in for whoever wrote it, and two redirections for the shell: both count.
    if let Some(filled) = placeholders(&text)
        && let Ok((more, _)) = bound::run(&filled)
    {
        acts.extend(more.into_iter().filter(|act| !act.hazards.is_empty() || !act.manners.is_empty()));
    }
    if acts.is_empty() {
        return Err(ReadError::NothingAsked { what: WHAT });
    }
    act::change(Format::Shell, acts, &hidden, bytes, patterns)
}

/// What a script does that something else carries along, and what must not be shown of it.
///
/// # Errors
/// As [`read`].
pub(crate) fn acts(script: &str) -> Result<(Vec<act::Act>, act::Hidden), ReadError> {
    let script = act::text(script.as_bytes(), WHAT)?;
    if is_powershell(&script) {
        return Err(ReadError::PowerShell);
    }
    bound::run(&script)
}

/// `Remove-Item -Recurse`, `$env:X`, or a command of cmd with a path of Windows.
fn is_powershell(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| {
        let first = line.split_whitespace().next().unwrap_or_default();
        let cmdlet = first.split_once('-').is_some_and(|(verb, noun)| {
            let named = |part: &str| {
                part.chars().next().is_some_and(char::is_uppercase) && part.chars().all(char::is_alphanumeric)
            };
            named(verb) && named(noun)
        });
        let old = ["move", "del", "copy", "xcopy", "rd", "erase", "ren"].contains(&first);
        cmdlet || line.starts_with("$env:") || (old && (line.contains("..\\") || line.contains(":\\")))
    })
}

/// The text with `<name>` written as a word, if it has any.
fn placeholders(text: &str) -> Option<String> {
    let mut filled = String::with_capacity(text.len());
    let mut found = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        filled.push_str(before);
        let name: String =
            after.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '-').collect();
        let behind = after.strip_prefix(name.as_str()).and_then(|behind| behind.strip_prefix('>'));
        match behind {
            Some(behind) if !name.is_empty() && !before.ends_with('<') => {
                filled.push_str(&format!("{}{name}", word::BLANK));
                found = true;
                rest = behind;
            }
            _ => {
                filled.push('<');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    found.then_some(filled)
}
