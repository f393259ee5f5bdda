//! Text that an agent may have chosen (addresses, attribute names, values), made safe to stand in a sentence.

/// Longer texts are cut; the evidence beside the sentence has them whole.
const SHOWN: usize = 200;

/// The text on one line: control and direction-changing characters are spelt out, so that they
/// can neither break the line nor a terminal, nor make the text look like another one.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// As [`clean`], cut to what a sentence can bear.
pub(crate) fn short(text: &str) -> String {
    let text = clean(text);
    if text.chars().count() <= SHOWN {
        return text;
    }
    let mut cut: String = text.chars().take(SHOWN).collect();
    cut.push('…');
    cut
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Phrases joined to one: "a", "a and b", "a, b and c".
pub(crate) fn list(phrases: &[String], last: &str) -> String {
    match phrases {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_the_line_or_turn_it_round() {
        assert_eq!(clean("a\n\u{1b}[2Jb\u{202e}c"), "a\\u{a}\\u{1b}[2Jb\\u{202e}c");
        assert_eq!(clean("module.db[\"ä\"]"), "module.db[\"ä\"]");
        assert_eq!(short(&"x".repeat(300)).chars().count(), 201);
    }

    #[test]
    fn phrases_are_joined_as_people_do() {
        let three = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(list(&three, "and"), "a, b and c");
        assert_eq!(list(&three[..1], "and"), "a");
    }
}
