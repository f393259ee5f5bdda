//! Texts that came from machines: short, and without anything that moves a cursor or reorders a line.

/// At most `limit` characters of `text`, marked where something is missing. The end is kept: that is where errors
/// stand.
pub(super) fn short(text: &str, limit: usize) -> String {
    let clean: Vec<char> = text.trim_end().chars().filter(|c| !is_hidden(*c)).collect();
    let skip = clean.len().saturating_sub(limit);
    let kept = clean.into_iter().skip(skip);
    if skip == 0 { kept.collect() } else { std::iter::once('…').chain(kept).collect() }
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_and_reordering_are_gone() {
        assert_eq!(short("a\u{1b}[2Jb\r\n\u{202e}c\tд\0", 100), "a[2Jb\nc\tд");
    }

    #[test]
    fn the_end_is_kept() {
        assert_eq!(short("0123456789", 4), "…6789");
    }

    proptest! {
        #[test]
        fn never_longer_and_never_hidden(text in any::<String>(), limit in 0_usize..40) {
            let short = short(&text, limit);
            prop_assert!(short.chars().count() <= limit + 1);
            prop_assert!(short.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
        }
    }
}
