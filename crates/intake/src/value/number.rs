use std::borrow::Cow;

/// Longest run of digits written without an exponent.
const PLAIN: i64 = 40;

/// The canonical spelling of a JSON number: `1.0`, `1e0` and `1` are the same, and no digit is lost.
/// `None` if the text is not a JSON number or its exponent is beyond reason.
pub(super) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return match unsigned {
            "" => None,
            "0" => Some(Cow::Borrowed("0")),
            _ if unsigned.starts_with('0') => None,
            _ if i64::try_from(unsigned.len()).is_ok_and(|n| n <= PLAIN) => Some(Cow::Borrowed(text)),
            _ => spell(text, unsigned, "", 0).map(Cow::Owned),
        };
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((_, exponent)) if exponent.starts_with("+-") => return None,
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix('+').unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || leading_zero || !digits(whole) || !digits(fraction) {
        return None;
    }
    let power = exponent.strip_prefix('-').unwrap_or(exponent);
    if power.is_empty() || !digits(power) {
        return None;
    }
    spell(text, whole, fraction, exponent.parse().ok()?).map(Cow::Owned)
}

fn spell(text: &str, whole: &str, fraction: &str, exponent: i64) -> Option<String> {
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    let zeros = i64::try_from(all.len() - all.trim_end_matches('0').len()).ok()?;
    let scale = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
    let length = i64::try_from(significant.len()).ok()?;
    let sign = if text.starts_with('-') { "-" } else { "" };
    let width = length.checked_add(scale)?;
    if scale >= 0 && width <= PLAIN {
        return Some(format!("{sign}{significant}{}", "0".repeat(usize::try_from(scale).ok()?)));
    }
    if scale < 0 && width > -PLAIN && length <= PLAIN {
        return Some(match usize::try_from(width) {
            Ok(point) if point > 0 => {
                let (left, right) = significant.split_at_checked(point)?;
                format!("{sign}{left}.{right}")
            }
            _ => format!("{sign}0.{}{significant}", "0".repeat(usize::try_from(-width).ok()?)),
        });
    }
    Some(format!("{sign}{significant}e{scale}"))
}
