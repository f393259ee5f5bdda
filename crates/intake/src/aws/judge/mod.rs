//! What calls would do: by the table (`calls/*.toml`), by the resource table with the parameters as the state that is
//! asked for, by the verb and the access level where neither says anything, and by a reading of their own for calls that
//! carry something within: statements, templates, schedules, commands.

mod credential;
mod deed;
mod document;
mod effects;
mod firewall;
mod indirect;
mod inner;
mod items;
mod machines;
mod names;
mod records;
mod shown;
mod stack;
mod statements;
mod subject;
mod table;
#[cfg(test)]
mod tests;
mod translate;
mod verbs;

use holdpoint_core::{Change, Class, Effect, EffectKind, Format, HazardKind};

pub use credential::{Kind, returns_credential};
pub(crate) use deed::Deed;
pub(crate) use effects::Effects;
pub use indirect::indirect;
pub(crate) use inner::judge_inner;
pub(crate) use names::is_wild;
pub(crate) use shown::without_secrets;
use subject::Subject;

use super::Call;
use crate::act::{Act, Hidden};
use crate::{Patterns, ReadError};

/// How deep calls may lie within calls, as a schedule that starts an automation does.
const DEEPEST: usize = 4;

/// What these calls would do. Several calls of one intent make one change.
///
/// # Errors
/// If there are more effects than are read.
pub fn change(calls: &[Call], patterns: &Patterns) -> Result<Change, ReadError> {
    let mut effects = Effects::new(Format::Aws, patterns);
    for call in calls {
        let judged = judge(call, 0, &mut effects.hidden)?;
        effects.call(call, judged.deeds)?;
        effects.put(judged.whole)?;
    }
    effects.done()
}

/// What one call does.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Read here.
    pub(crate) deeds: Vec<Deed>,
    /// Made by another reader of what the call carries.
    pub(crate) whole: Vec<Effect>,
}

/// What one call does. Secrets of what it carries go into `hidden`.
pub(crate) fn judge(call: &Call, depth: usize, hidden: &mut Hidden) -> Result<Judged, ReadError> {
    let subject = Subject::of(call)?;
    if subject.only_tries() {
        let act = Act::new(EffectKind::Read, "aws_call", subject.address("")).class(Class::Other);
        return Ok(Judged { deeds: vec![Deed::new(act)], whole: Vec::new() });
    }
    let mut judged = Judged { deeds: verbs::deeds(&subject)?, whole: Vec::new() };
    let deeds = &mut judged.deeds;
    if depth >= DEEPEST {
        for deed in deeds.iter_mut() {
            deed.act.adds_hazard(HazardKind::Unknown, "it lies too deep within other calls to be judged");
        }
    } else {
        firewall::judge(&subject, deeds)?;
        records::judge(&subject, deeds);
        items::judge(&subject, deeds);
        statements::judge(&subject, hidden, deeds)?;
        machines::judge(&subject, depth, hidden, deeds)?;
        inner::judge(&subject, depth, hidden, &mut judged)?;
        stack::judge(&subject, &mut judged)?;
    }
    document::judge(&subject, &mut judged.deeds);
    credential::judge(&subject, &mut judged.deeds);
    doubts(call, &mut judged.deeds);
    Ok(judged)
}

/// A call that could not be told for certain is not harmless, whatever it looks like.
fn doubts(call: &Call, deeds: &mut [Deed]) {
    let Some(doubt) = call.doubts.first() else { return };
    for deed in deeds {
        deed.act.adds_hazard(HazardKind::Unknown, doubt.clone());
        // Reads are not held, and what may be another call may be no read.
        if deed.act.effect == EffectKind::Read {
            deed.act.effect = EffectKind::Execute;
        }
    }
}
