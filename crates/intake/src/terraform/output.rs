use holdpoint_core::{EffectKind, OutputChange};

use super::action::Action;
use super::effect::below;
use super::raw::RawChange;
use super::values::Values;
use crate::ReadError;
use crate::table::Secrets;

/// Reads the change of an output; `None` when it stays. A sensitive output shows neither side, but its values count
/// in the digest.
pub(super) fn read(
    name: &str,
    raw: &RawChange<'_>,
    secrets: &Secrets,
) -> Result<Option<OutputChange>, ReadError> {
    let effect = match Action::of(&raw.actions) {
        Action::Nothing => return Ok(None),
        Action::Known { effect: effect @ (EffectKind::Create | EffectKind::Delete), .. } => effect,
        Action::Known { .. } | Action::Unknown { .. } => EffectKind::Update,
    };
    let at = |error| below(error, name);
    let values = Values::read(raw).map_err(at)?;
    let masked = values.masked(secrets);
    let unknown = values.unknown();
    let sensitive = !masked.pointers.is_empty() || secrets.names(name);
    let sealed = values.seal(&masked, &unknown).map_err(at)?;
    let shown = |side| if sensitive { None } else { side };
    Ok(Some(OutputChange {
        name: name.to_owned(),
        effect,
        sensitive,
        before: shown(sealed.before),
        after: shown(sealed.after),
        values: Some(sealed.values),
    }))
}
