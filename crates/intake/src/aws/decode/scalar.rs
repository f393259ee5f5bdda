//! Single values that arrive as text.

use serde_json::{Number, Value};
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::{OffsetDateTime, UtcOffset};

use super::{Fault, fault};
use crate::aws::index::Kind;

/// A value written as text, of this kind.
pub(super) fn text(text: &str, kind: Kind, name: &str) -> Result<Value, Fault> {
    match kind {
        Kind::Boolean if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Kind::Boolean if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        Kind::Boolean => fault(format!("`{name}` must be true or false")),
        Kind::Integer => match (text.parse::<i64>(), text.parse::<u64>()) {
            (Ok(number), _) if !text.starts_with('+') => Ok(Value::from(number)),
            (_, Ok(number)) if !text.starts_with('+') => Ok(Value::from(number)),
            _ => fault(format!("`{name}` must be a whole number")),
        },
        Kind::Float => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(float(number)),
            Ok(_) => Ok(Value::String(text.to_owned())),
            Err(_) => fault(format!("`{name}` must be a number")),
        },
        Kind::Time(_) => Ok(Value::String(moment(text).unwrap_or_else(|| text.to_owned()))),
        Kind::Text | Kind::Blob | Kind::Any | Kind::Shape(_) => Ok(Value::String(text.to_owned())),
    }
}

/// A finite number; a whole one in the spelling of whole ones.
fn float(number: f64) -> Value {
    let written = number.to_string();
    match written.parse::<i64>() {
        Ok(whole) => Value::from(whole),
        Err(_) => Number::from_f64(number).map_or(Value::Null, Value::Number),
    }
}

/// A number in canonical spelling. One that would lose digits is refused: two calls must not look alike.
pub(super) fn number(text: &str) -> Result<Value, Fault> {
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(Value::from(whole));
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Ok(Value::from(whole));
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(float(number)),
        _ => fault("a number is out of range"),
    }
}

/// A time in whichever of the three spellings, as RFC 3339 in UTC.
pub(super) fn moment(text: &str) -> Option<String> {
    let text = text.trim();
    let parsed = match seconds(text) {
        Some(time) => time,
        None => {
            OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(text, &Rfc2822)).ok()?
        }
    };
    parsed.to_offset(UtcOffset::UTC).format(&Rfc3339).ok()
}

/// Seconds since 1970 with up to nine decimals.
fn seconds(text: &str) -> Option<OffsetDateTime> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || part.len() > 9 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: i128 = whole.parse().ok()?;
    let nanos: i128 = format!("{part:0<9}").parse().ok()?;
    let nanos = if whole.starts_with('-') { -nanos } else { nanos };
    OffsetDateTime::from_unix_timestamp_nanos(seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?).ok()
}
