use serde::Deserialize;

use crate::value::{Node, find};

/// A condition as it is written in the table: `skip_final_snapshot is true`, `name is set`, `days is above 0`,
/// `days is below 30`, `arn is like *:policy/Admin*`, `targets is given` (be it empty), `ids is empty` (given, and empty).
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Condition {
    pub(crate) attribute: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Is(String),
    IsNot(String),
    Set,
    NotSet,
    Above(f64),
    Below(f64),
    Like(String),
    NotLike(String),
    Given,
    NotGiven,
    Empty,
}

impl TryFrom<String> for Condition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a condition; write `attribute is value`");
        let (attribute, test) = text.split_once(" is ").ok_or_else(wrong)?;
        let test = match test.split_once(' ') {
            None if test == "set" => Test::Set,
            None if test == "given" => Test::Given,
            None if test == "empty" => Test::Empty,
            None => Test::Is(test.to_owned()),
            Some(("not", "set")) => Test::NotSet,
            Some(("not", "given")) => Test::NotGiven,
            Some(("like", pattern)) => Test::Like(pattern.to_owned()),
            Some(("not", rest)) if rest.starts_with("like ") => {
                Test::NotLike(rest.trim_start_matches("like ").to_owned())
            }
            Some(("not", value)) => Test::IsNot(value.to_owned()),
            Some(("above", number)) => Test::Above(number.parse().map_err(|_| wrong())?),
            Some(("below", number)) => Test::Below(number.parse().map_err(|_| wrong())?),
            Some(_) => return Err(wrong()),
        };
        Ok(Self { attribute: attribute.to_owned(), test })
    }
}

impl Condition {
    /// Whether it holds for these values; what is absent is not set, and is not any value.
    pub(crate) fn holds(&self, root: &Node<'_>) -> bool {
        let found = find(root, &self.attribute);
        let is = |value: &str| texts(&found).any(|text| text == value);
        let set = found.iter().any(|(_, node)| !node.is_empty());
        match &self.test {
            Test::Is(value) => is(value),
            Test::IsNot(value) => !is(value),
            Test::Set => set,
            Test::NotSet => !set,
            Test::Above(least) => found.iter().any(|(_, node)| node.as_number().is_some_and(|n| n > *least)),
            Test::Below(most) => found.iter().any(|(_, node)| node.as_number().is_some_and(|n| n < *most)),
            Test::Like(pattern) => texts(&found).any(|text| is_like(pattern, text)),
            Test::NotLike(pattern) => set && !texts(&found).any(|text| is_like(pattern, text)),
            Test::Given => !found.is_empty(),
            Test::NotGiven => found.is_empty(),
            Test::Empty => !found.is_empty() && !set,
        }
    }
}

/// The values found, those in lists included.
fn texts<'f>(found: &'f [(String, &'f Node<'f>)]) -> impl Iterator<Item = &'f str> {
    found.iter().flat_map(|(_, node)| scalar(node).into_iter().chain(node.items().iter().filter_map(scalar)))
}

/// Whether a text is like a pattern in which each `*` stands for anything, upper and lower case alike.
pub(crate) fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A value without parts, as it is written in the table.
pub(crate) fn scalar<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match node {
        Node::Bool(true) => Some("true"),
        Node::Bool(false) => Some("false"),
        Node::Number(text) | Node::String(text) => Some(text),
        Node::Null | Node::Array(_) | Node::Object(_) => None,
    }
}
