//! Text that others wrote, made safe to look at. A reviewer is deceived by what does not show: characters that
//! reverse the reading order, take no space, or look like another script's. Every string that an agent controls
//! passes through here before a page shows it.

use std::fmt;

use askama::filters::HtmlSafe;

/// The longest run of combining marks that is drawn; more of them bury the line above and below.
const MARKS: usize = 2;

/// `text` on one line, every character that would not show written as `⟦U+202E⟧`. Plain text: for titles,
/// attributes and terminals.
pub(crate) fn visible(text: &str) -> String {
    pieces(text, false).map(|piece| piece.plain()).collect()
}

/// HTML made of somebody else's text: escaped, and what would not show marked up with its name. It can only be
/// made here, so templates print it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown(String);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Shown {}

impl Shown {
    /// Whether there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// [`visible`] as HTML, on one line.
pub(crate) fn shown(text: &str) -> Shown {
    markup(text, false)
}

/// As [`shown`], but line breaks and tabs stay what they are; for text in a box of its own.
pub(crate) fn shown_lines(text: &str) -> Shown {
    markup(text, true)
}

/// As [`shown`], for a sentence of ours or of a policy's that names things between backticks: those are set as code.
pub(crate) fn prose(text: &str) -> Shown {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick out has no partner: then all of them stay what they are.
    if parts.len().is_multiple_of(2) {
        return shown(text);
    }
    let mut html = String::new();
    for (i, part) in parts.into_iter().enumerate() {
        let part = shown(part);
        html += &if i % 2 == 1 { format!("<code>{part}</code>") } else { part.to_string() };
    }
    Shown(html)
}

/// At most `limit` characters of `text`, and how many were left off.
pub(crate) fn clip(text: &str, limit: usize) -> (&str, usize) {
    match text.char_indices().nth(limit) {
        None => (text, 0),
        Some((at, _)) => {
            (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default().chars().count())
        }
    }
}

fn markup(text: &str, lines: bool) -> Shown {
    let mut html = String::with_capacity(text.len().saturating_add(16));
    for piece in pieces(text, lines) {
        match piece {
            Piece::Plain(c) => escape(c, &mut html),
            Piece::Hidden(c) => {
                let code = u32::from(c);
                html.push_str(&format!(
                    "<span class=\"unseen\" title=\"a character that does not show: {}\">⟦U+{code:04X}⟧</span>",
                    name(c)
                ));
            }
            Piece::LookAlike(c) => {
                let code = u32::from(c);
                html.push_str(&format!(
                    "<span class=\"unseen\" title=\"not a Latin letter, though it looks like one\">{c}⟦U+{code:04X}⟧</span>"
                ));
            }
        }
    }
    // Letters that run from right to left must not reorder what stands around them.
    if text.is_ascii() { Shown(html) } else { Shown(format!("<bdi>{html}</bdi>")) }
}

fn escape(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        c => out.push(c),
    }
}

/// One character, by how it must be drawn.
enum Piece {
    Plain(char),
    Hidden(char),
    LookAlike(char),
}

impl Piece {
    fn plain(self) -> String {
        match self {
            Piece::Plain(c) => c.to_string(),
            Piece::Hidden(c) => format!("⟦U+{:04X}⟧", u32::from(c)),
            Piece::LookAlike(c) => format!("{c}⟦U+{:04X}⟧", u32::from(c)),
        }
    }
}

fn pieces(text: &str, lines: bool) -> impl Iterator<Item = Piece> {
    let mut marks = 0usize;
    // A word that mixes Latin letters with letters drawn like them is made to be misread.
    let mut latin_word = false;
    let chars: Vec<char> = text.chars().collect();
    let mut word_ends = 0usize;
    let mut out = Vec::with_capacity(chars.len());
    for (i, &c) in chars.iter().enumerate() {
        if i >= word_ends {
            let word: Vec<char> = chars.iter().skip(i).take_while(|c| c.is_alphabetic()).copied().collect();
            latin_word = word.iter().any(char::is_ascii_alphabetic);
            word_ends = i.saturating_add(word.len().max(1));
        }
        marks = if is_mark(c) { marks.saturating_add(1) } else { 0 };
        out.push(if lines && matches!(c, '\n' | '\t') {
            Piece::Plain(c)
        } else if is_hidden(c) || marks > MARKS {
            Piece::Hidden(c)
        } else if latin_word && looks_latin(c) {
            Piece::LookAlike(c)
        } else {
            Piece::Plain(c)
        });
    }
    out.into_iter()
}

/// Characters that draw nothing, draw only space, or change how their neighbours are drawn.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(u32::from(c),
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x202A..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFC | 0x1_BCA0..=0x1_BCA3 | 0x1_D173..=0x1_D17A | 0xE_0000..=0xE_0FFF
            | 0xE000..=0xF8FF | 0xF_0000..=0x10_FFFF)
}

fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x0483..=0x0489 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF
        | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

/// Greek, Cyrillic, Armenian, Cherokee and full-width letters.
fn looks_latin(c: char) -> bool {
    c.is_alphabetic()
        && matches!(u32::from(c), 0x0370..=0x03FF | 0x0400..=0x052F | 0x0531..=0x058F | 0x13A0..=0x13FF
            | 0xAB70..=0xABBF | 0xFF21..=0xFF5A | 0x1_D400..=0x1_D7FF)
}

fn name(c: char) -> &'static str {
    match u32::from(c) {
        0x09 => "tab",
        0x0A => "line feed",
        0x0D => "carriage return",
        0x1B => "escape",
        0x00..=0x1F | 0x7F..=0x9F => "control character",
        0xA0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000 => "unusual space",
        0xAD => "soft hyphen",
        0x200B => "zero-width space",
        0x200C | 0x200D => "zero-width joiner",
        0x200E | 0x200F | 0x061C => "direction mark",
        0x202A..=0x202E => "direction override: reverses the text after it",
        0x2066..=0x2069 => "direction isolate",
        0x2028 | 0x2029 => "line or paragraph separator",
        0xFEFF => "byte order mark",
        0xFE00..=0xFE0F | 0xE_0100..=0xE_01EF => "variation selector",
        0xE_0000..=0xE_007F => "tag character",
        0xE000..=0xF8FF | 0xF_0000..=0x10_FFFF => "private character",
        _ => "invisible character",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_hidden));
            prop_assert!(!shown(&text).to_string().chars().any(is_hidden));
            prop_assert!(!shown_lines(&text).to_string().chars().any(|c| is_hidden(c) && c != '\n' && c != '\t'));
        }

        #[test]
        fn no_markup_of_theirs_survives(text in "[<>&\"'a-z/= `\u{202e}]{0,40}") {
            let mut html = prose(&text).to_string();
            for ours in ["<bdi>", "</bdi>", "</span>", "<code>", "</code>"] {
                html = html.replace(ours, "");
            }
            while let Some(start) = html.find("<span class=\"unseen\" title=\"") {
                let end = start + 2 + html.get(start..).and_then(|rest| rest.find("\">")).unwrap();
                html.replace_range(start..end, "");
            }
            prop_assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
        }

        #[test]
        fn ordinary_text_stays(text in "[a-zA-Z0-9 _.\\[\\]-]{0,40}") {
            prop_assert_eq!(visible(&text), text.clone());
            prop_assert_eq!(shown(&text).to_string(), text);
        }

        #[test]
        fn clipping_never_loses_count(text in any::<String>(), limit in 0usize..50) {
            let (kept, more) = clip(&text, limit);
            prop_assert_eq!(kept.chars().count() + more, text.chars().count());
            prop_assert!(kept.chars().count() <= limit);
        }
    }

    #[test]
    fn prose_sets_names_as_code_and_escapes_them() {
        assert_eq!(prose("a `b<c` d").to_string(), "a <code>b&lt;c</code> d");
        assert_eq!(prose("a ` b").to_string(), "a ` b");
    }

    #[test]
    fn names_the_deceivers() {
        assert_eq!(visible("a\u{202e}b"), "a⟦U+202E⟧b");
        assert_eq!(visible("two\nlines"), "two⟦U+000A⟧lines");
        assert!(shown("p\u{430}y").to_string().contains("⟦U+0430⟧"), "a Cyrillic a in a Latin word");
        assert_eq!(visible("прод"), "прод", "a word all in its own script is no deceit");
        assert_eq!(visible("e\u{301}\u{301}\u{301}"), "e\u{301}\u{301}⟦U+0301⟧");
    }
}
