//! The rows of one effect's table: which attribute, what it was, what it will be.

use holdpoint_core::Effect;
use holdpoint_core::diff::{Attribute, AttributeChange, attributes};
use serde_json::Value;

use super::json;
use crate::web::visible::{Shown, clip, shown, shown_lines};
use crate::web::words::grouped;

/// Longer values are cut; the reviewer is told by how much.
const LONGEST: usize = 1_200;
/// More rows than these are counted, not drawn.
const MOST_ROWS: usize = 120;

/// The rows of an effect, those that stay apart from those that do not.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// What is added, removed or changed.
    pub(crate) moved: Vec<Row>,
    /// How many more of them are not drawn.
    pub(crate) moved_more: String,
    /// What had no value and gets one that only the provider knows; no reviewer can judge it, so it is folded.
    pub(crate) computed: Vec<Row>,
    /// How many there are in all of those.
    pub(crate) computed_count: usize,
    /// What stays.
    pub(crate) same: Vec<Row>,
    /// How many there are in all that stay.
    pub(crate) same_count: usize,
}

/// One attribute.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its path, `ingress[0].cidr_blocks[1]`.
    pub(crate) name: Shown,
    /// `added`, `removed`, `changed` or `same`.
    pub(crate) kind: &'static str,
    /// The sign for the kind.
    pub(crate) sign: &'static str,
    /// The value before.
    pub(crate) before: Cell,
    /// The value after.
    pub(crate) after: Cell,
    /// It forces the resource to be replaced.
    pub(crate) forces: bool,
}

/// One side of a row.
#[derive(Debug)]
pub(crate) struct Cell {
    /// `value`, `none`, `masked` or `unknown`.
    pub(crate) class: &'static str,
    /// What is shown.
    pub(crate) text: Shown,
    /// "and 1,234 more characters", or nothing.
    pub(crate) more: String,
}

impl Cell {
    fn says(class: &'static str, text: &str) -> Self {
        Cell { class, text: shown(text), more: String::new() }
    }

    fn nothing() -> Self {
        Cell::says("none", "—")
    }

    fn of(value: Option<&Value>) -> Self {
        let text = match value {
            None | Some(Value::Null) => return Cell::nothing(),
            Some(Value::String(text)) if text.is_empty() => return Cell::says("none", "empty text"),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        Cell::text(&text)
    }

    fn text(text: &str) -> Self {
        let (kept, more) = clip(text, LONGEST);
        let more = match u64::try_from(more) {
            Ok(0) | Err(_) => String::new(),
            Ok(more) => format!("and {} more characters", grouped(more)),
        };
        Cell { class: "value", text: shown_lines(kept), more }
    }
}

/// The rows of `effect`, without these attributes and what is in them.
pub(crate) fn rows_without(effect: &Effect, left_out: &[&str]) -> Rows {
    let mut rows = Rows::default();
    for attribute in attributes(effect) {
        let first = attribute.pointer.split('/').nth(1).unwrap_or_default();
        if left_out.contains(&first) {
            continue;
        }
        let name = path(&attribute.pointer);
        for part in parts(&attribute) {
            let full =
                if part.inside.is_empty() { name.clone() } else { format!("{name} › {}", part.inside) };
            let row = row(&full, &attribute, part);
            rows.push(row);
        }
    }
    rows
}

impl Rows {
    fn push(&mut self, row: Row) {
        if row.kind == "same" {
            self.same_count = self.same_count.saturating_add(1);
            if self.same.len() < MOST_ROWS {
                self.same.push(row);
            }
        } else if row.after.class == "unknown" && row.before.class == "none" && !row.forces {
            self.computed_count = self.computed_count.saturating_add(1);
            if self.computed.len() < MOST_ROWS {
                self.computed.push(row);
            }
        } else if self.moved.len() < MOST_ROWS {
            self.moved.push(row);
        } else {
            let drawn: usize = self.moved_more.parse().unwrap_or(0);
            self.moved_more = drawn.saturating_add(1).to_string();
        }
    }
}

/// An attribute, or one place inside an attribute whose text is itself JSON.
struct Part {
    inside: String,
    before: Option<Value>,
    after: Option<Value>,
    kind: AttributeChange,
}

fn parts(attribute: &Attribute) -> Vec<Part> {
    let whole = || {
        vec![Part {
            inside: String::new(),
            before: attribute.before.clone(),
            after: attribute.after.clone(),
            kind: attribute.kind,
        }]
    };
    if attribute.sensitive || attribute.unknown {
        return whole();
    }
    let Some(places) = json::compare(attribute.before.as_ref(), attribute.after.as_ref()) else {
        return whole();
    };
    places
        .into_iter()
        .map(|place| Part {
            kind: match (&place.before, &place.after) {
                (None, _) => AttributeChange::Added,
                (_, None) => AttributeChange::Removed,
                (before, after) if before == after => AttributeChange::Same,
                _ => AttributeChange::Changed,
            },
            inside: place.path,
            before: place.before,
            after: place.after,
        })
        .collect()
}

fn row(name: &str, attribute: &Attribute, part: Part) -> Row {
    let (kind, sign) = match part.kind {
        AttributeChange::Added => ("added", "+"),
        AttributeChange::Removed => ("removed", "−"),
        AttributeChange::Changed => ("changed", "~"),
        AttributeChange::Same => ("same", "="),
    };
    let (before, after) = if attribute.sensitive {
        let after = if kind == "same" { "sensitive, unchanged" } else { "sensitive, changes" };
        (Cell::says("masked", "sensitive, masked"), Cell::says("masked", after))
    } else if attribute.unknown {
        (Cell::of(part.before.as_ref()), Cell::says("unknown", "known after apply"))
    } else if let (Some(Value::String(before)), Some(Value::String(after))) = (&part.before, &part.after) {
        let (before, after) = around(before, after);
        (Cell::text(&before), Cell::text(&after))
    } else {
        (Cell::of(part.before.as_ref()), Cell::of(part.after.as_ref()))
    };
    Row { name: shown(name), kind, sign, before, after, forces: attribute.forces_replace }
}

/// Two long texts with what they share at both ends left out, so that the difference is what is read.
fn around(before: &str, after: &str) -> (String, String) {
    const KEPT: usize = 60;
    if before == after || before.chars().count().max(after.chars().count()) < 400 {
        return (before.to_owned(), after.to_owned());
    }
    let (a, b): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let most = a.len().min(b.len()).saturating_sub(head);
    let tail = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    let cut = |text: &[char]| {
        let from = head.saturating_sub(KEPT);
        let to = text.len().saturating_sub(tail.saturating_sub(KEPT));
        let middle: String = text.get(from..to).unwrap_or_default().iter().collect();
        format!(
            "{}{middle}{}",
            if from > 0 { "[… the same …] " } else { "" },
            if to < text.len() { " [… the same …]" } else { "" }
        )
    };
    (cut(&a), cut(&b))
}

/// `/ingress/0/cidr~1blocks` as `ingress[0].cidr/blocks`.
pub(crate) fn path(pointer: &str) -> String {
    let mut out = String::new();
    for token in pointer.split('/').skip(1) {
        if !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit()) {
            out.push_str(&format!("[{token}]"));
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(&token.replace("~1", "/").replace("~0", "~"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sample;

    fn find<'a>(rows: &'a [Row], name: &str) -> &'a Row {
        rows.iter().find(|row| row.name.to_string().contains(name)).unwrap_or_else(|| panic!("no row {name}"))
    }

    #[test]
    fn masks_marks_and_folds() {
        let mut effect = sample::effect(
            "aws_db_instance",
            "main",
            r#"{"a":1,"size":"small","pw":null}"#,
            r#"{"a":1,"size":"big","pw":null,"arn":null}"#,
        );
        effect.sensitive = vec!["/pw".to_owned()];
        effect.sensitive_changed = vec!["/pw".to_owned()];
        effect.unknown = vec!["/arn".to_owned()];
        effect.forced_by = vec!["/size".to_owned()];
        let rows = rows_without(&effect, &[]);
        assert_eq!((rows.moved.len(), rows.computed_count, rows.same_count), (2, 1, 1));
        assert_eq!(find(&rows.moved, "pw").after.text.to_string(), "sensitive, changes");
        assert_eq!(find(&rows.computed, "arn").after.text.to_string(), "known after apply");
        assert!(find(&rows.moved, "size").forces);
    }

    #[test]
    fn json_text_is_compared_by_meaning() {
        let before =
            r#"{"policy":"{\"Statement\":[{\"Action\":[\"s3:Get\",\"s3:List\"],\"Effect\":\"Allow\"}]}"}"#;
        let after =
            r#"{"policy":"{ \"Statement\": [{\"Effect\":\"Allow\", \"Action\":[\"s3:List\",\"s3:*\"]}]}"}"#;
        let rows = rows_without(&sample::effect("aws_iam_policy", "p", before, after), &[]);
        let names: Vec<_> = rows.moved.iter().map(|r| (r.name.to_string(), r.kind)).collect();
        assert_eq!(rows.moved.len(), 2, "{names:?}");
        assert!(
            names.iter().any(|(_, kind)| *kind == "added")
                && names.iter().any(|(_, kind)| *kind == "removed")
        );
    }

    #[test]
    fn long_texts_show_where_they_differ() {
        let (before, after) = (
            format!("{}X{}", "a".repeat(900), "b".repeat(900)),
            format!("{}Y{}", "a".repeat(900), "b".repeat(900)),
        );
        let (b, a) = around(&before, &after);
        assert!(b.contains('X') && a.contains('Y') && b.len() < 300 && a.len() < 300);
    }

    #[test]
    fn pointers_read_as_paths() {
        assert_eq!(path("/ingress/0/cidr~1blocks/12"), "ingress[0].cidr/blocks[12]");
        assert_eq!(path("/tags/a~0b"), "tags.a~b");
    }
}
