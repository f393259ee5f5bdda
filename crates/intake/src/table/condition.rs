use serde::Deserialize;

use crate::value::{Node, find};

/// A condition as it is written in the table: `skip_final_snapshot is true`, `name is set`, `days is above 0`.
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
}

impl TryFrom<String> for Condition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a condition; write `attribute is value`");
        let (attribute, test) = text.split_once(" is ").ok_or_else(wrong)?;
        let test = match test.split_once(' ') {
            None if test == "set" => Test::Set,
            None => Test::Is(test.to_owned()),
            Some(("not", "set")) => Test::NotSet,
            Some(("not", value)) => Test::IsNot(value.to_owned()),
            Some(("above", number)) => Test::Above(number.parse().map_err(|_| wrong())?),
            Some(_) => return Err(wrong()),
        };
        Ok(Self { attribute: attribute.to_owned(), test })
    }
}

impl Condition {
    /// Whether it holds for these values; what is absent is not set, and is not any value.
    pub(crate) fn holds(&self, root: &Node<'_>) -> bool {
        let found = find(root, &self.attribute);
        let is = |value: &str| found.iter().any(|(_, node)| scalar(node).is_some_and(|text| text == value));
        let set = found.iter().any(|(_, node)| !node.is_empty());
        match &self.test {
            Test::Is(value) => is(value),
            Test::IsNot(value) => !is(value),
            Test::Set => set,
            Test::NotSet => !set,
            Test::Above(least) => found.iter().any(|(_, node)| node.as_number().is_some_and(|n| n > *least)),
        }
    }
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
