//! How many machines at once, and how many may fail: a number, or a share of all.

use std::fmt;
use std::str::FromStr;

/// Why a text is no such limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a number nor a share between `0%` and `100%`")]
pub struct RateError(String);

/// A number of machines, or a percentage of all machines of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// That many.
    Count(u32),
    /// That share, in percent: 0 to 100.
    Percent(u8),
}

impl Rate {
    /// One machine after the other: what is taken where nothing is said.
    pub const ONE_AT_A_TIME: Self = Self::Count(1);
    /// The first failure stops all: what is taken where nothing is said.
    pub const NO_ERROR: Self = Self::Count(0);

    /// How many of `all` that is, rounded down: six failures of 50 machines are more than ten percent.
    #[must_use]
    pub fn of(self, all: usize) -> usize {
        match self {
            Self::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
            Self::Percent(percent) => all.saturating_mul(usize::from(percent)) / 100,
        }
    }

    /// Whether nothing could ever run under it.
    #[must_use]
    pub fn is_zero(self) -> bool {
        matches!(self, Self::Count(0) | Self::Percent(0))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let fault = || RateError(text.chars().take(32).collect());
        // AWS takes no sign and no leading zero, and at most seven characters.
        let number = |digits: &str| {
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            let leading = digits.len() > 1 && digits.starts_with('0');
            (plain && !leading).then(|| digits.parse::<u32>().ok()).flatten()
        };
        if text.len() > 7 {
            return Err(fault());
        }
        match text.strip_suffix('%') {
            Some(digits) => number(digits)
                .and_then(|percent| u8::try_from(percent).ok())
                .filter(|percent| *percent <= 100)
                .map(Self::Percent)
                .ok_or_else(fault),
            None => number(text).map(Self::Count).ok_or_else(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_are_rounded_down_as_aws_does() {
        assert_eq!("10%".parse::<Rate>().unwrap().of(50), 5);
        assert_eq!("10%".parse::<Rate>().unwrap().of(9), 0);
        assert_eq!("3".parse::<Rate>().unwrap().of(50), 3);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "%", "-1", "+1", "01", "101%", "1.5", "ten", "1 ", "10000000", "10%%"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_parses_is_written_the_same(text in "[0-9%+ ]{0,8}") {
            if let Ok(rate) = text.parse::<Rate>() {
                prop_assert_eq!(rate.to_string(), text);
            }
        }
    }
}
