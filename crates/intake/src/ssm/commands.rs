//! What lines of a script do on a machine.

use holdpoint_core::{EffectKind, HazardKind};

use super::documents::Done;
use crate::act::Hidden;
use crate::{ReadError, shell};

/// Commands for a POSIX shell, by the reader of scripts.
pub(super) fn posix(script: &str, hidden: &mut Hidden, done: &mut Done) -> Result<(), ReadError> {
    if script.trim().is_empty() {
        return Ok(());
    }
    done.says(script);
    let (acts, secrets) = match shell::acts(script) {
        Ok(read) => read,
        Err(_) => {
            done.hazard(HazardKind::Unknown, "its commands cannot be read");
            return Ok(());
        }
    };
    hidden.take(secrets);
    for act in acts {
        // On a machine that others are served by, files are not thrown away all day.
        if act.effect.destroys() && !act.local {
            done.acts.push(act);
            continue;
        }
        for (kind, says) in act.hazards {
            done.hazard(kind, says);
        }
        if act.effect != EffectKind::Read {
            for (manner, says) in act.manners {
                done.manner(manner, says);
            }
        }
    }
    Ok(())
}

/// Cmdlets that look and change nothing.
const LOOKS: [&str; 16] = [
    "get",
    "test",
    "select",
    "where",
    "sort",
    "measure",
    "format",
    "group",
    "compare",
    "resolve",
    "convertto",
    "convertfrom",
    "show",
    "find",
    "out-string",
    "write-output",
];

/// Commands for PowerShell: what only looks is nothing, and anything else is unknown.
pub(super) fn powershell(script: &str, done: &mut Done) {
    done.says(script);
    let odd = ['$', '&', '`', '>', '<', '{', '(', '[', '@', '%', '?'];
    let looks = |part: &str| {
        let word = part.split_whitespace().next().unwrap_or_default().to_lowercase();
        let verb = word.split('-').next().unwrap_or_default().to_owned();
        word == "hostname"
            || word == "whoami"
            || LOOKS.contains(&word.as_str())
            || (word.contains('-') && LOOKS.contains(&verb.as_str()))
    };
    let lines = script.lines().flat_map(|line| line.split([';', '|'])).map(str::trim);
    let strange = lines
        .filter(|part| !part.is_empty() && !part.starts_with('#'))
        .find(|part| part.contains(odd) || !looks(part));
    if strange.is_some() {
        done.hazard(HazardKind::Unknown, "it is a script for PowerShell that does more than look");
    }
}
