//! Parsing within limits: the parser and what it builds recurse, so the stack must hold the deepest there can be.

use rable::Node;

use super::WHAT;
use super::walk::Walk;
use crate::act::{Act, Hidden};
use crate::{MAX_ASKED_DEPTH, ReadError};

/// Openers and separators that a script may have: each may be one level of recursion.
const MOST_LEVELS: usize = 16_000;

/// As many fit on any thread's stack.
const FEW_LEVELS: usize = 64;

/// For scripts that have more. It is reserved, not used, unless a script is nested that deep.
const STACK: usize = 512 << 20;

/// Parses and walks a script.
pub(super) fn run(text: &str) -> Result<(Vec<Act>, Hidden), ReadError> {
    let levels = levels(text);
    if levels > MOST_LEVELS {
        return Err(too_deep());
    }
    if levels <= FEW_LEVELS && text.len() <= 4096 {
        return walked(text);
    }
    let spawned = std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || walked(text)).ok()?;
        thread.join().ok()
    });
    spawned.unwrap_or_else(|| Err(too_deep()))
}

fn too_deep() -> ReadError {
    ReadError::Nested { what: WHAT, limit: MAX_ASKED_DEPTH }
}

fn walked(text: &str) -> Result<(Vec<Act>, Hidden), ReadError> {
    let nodes = parse(text)?;
    let mut walk = Walk::new()?;
    walk.script(&nodes)?;
    Ok(walk.done())
}

/// The tree of a script, without looking at how deep it is: the caller has.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, ReadError> {
    if levels(text) > MOST_LEVELS {
        return Err(too_deep());
    }
    rable::parse(text, true).map_err(|error| {
        if error.message().contains("depth") {
            too_deep()
        } else {
            ReadError::NotReadable { what: WHAT, line: error.line() }
        }
    })
}

/// An upper bound of how deep the tree may be: what opens is counted, what closes is not, because only the parser knows
/// what is quoted.
fn levels(text: &str) -> usize {
    let counts = text.contains("((") || text.contains("$[") || text.contains("[[");
    let operators: &[char] =
        if counts { &['+', '-', '*', '/', '%', '?', ',', '!', '~', '<', '>', '=', '^', ':'] } else { &[] };
    let marks = text.chars().filter(|c| "(`{;&|!".contains(*c) || operators.contains(c)).count();
    let words = [
        "if", "elif", "else", "while", "until", "for", "case", "select", "do", "then", "time", "function",
        "coproc",
    ];
    let opened = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| words.contains(word)).count();
    marks + opened
}
