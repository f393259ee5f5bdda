//! The state before the change: which resources there are, and what the state recorded that each depends on.

use std::borrow::Cow;

use super::cursor::Cursor;

/// One resource of the state. Its values stay text.
#[derive(Debug, Default)]
pub(super) struct Prior<'a> {
    pub(super) address: Cow<'a, str>,
    pub(super) data: bool,
    pub(super) deposed: bool,
    pub(super) kind: Cow<'a, str>,
    pub(super) values: &'a str,
    pub(super) sensitive: &'a str,
    /// Everything it depends on, also through others, as the tool recorded it when it last wrote the resource.
    pub(super) depends_on: Vec<Cow<'a, str>>,
}

/// Reads the text of `prior_state`.
pub(super) fn read(text: &str) -> Vec<Prior<'_>> {
    let mut found = Vec::new();
    Cursor::new(text).members(|key, cursor| {
        if key == "values" {
            cursor.members(|key, cursor| {
                if key == "root_module" {
                    module(cursor, &mut found);
                }
            });
        }
    });
    found
}

fn module<'a>(cursor: &mut Cursor<'a>, found: &mut Vec<Prior<'a>>) {
    cursor.members(|key, cursor| match key.as_ref() {
        "resources" => cursor.items(|cursor| found.push(resource(cursor))),
        "child_modules" => cursor.items(|cursor| module(cursor, found)),
        _ => {}
    });
}

fn resource<'a>(cursor: &mut Cursor<'a>) -> Prior<'a> {
    let mut prior = Prior { values: "null", sensitive: "null", ..Prior::default() };
    cursor.members(|key, cursor| match key.as_ref() {
        "address" => prior.address = cursor.string().unwrap_or_default(),
        "mode" => prior.data = cursor.string().is_some_and(|mode| mode != "managed"),
        "type" => prior.kind = cursor.string().unwrap_or_default(),
        "deposed_key" => prior.deposed = cursor.string().is_some_and(|key| !key.is_empty()),
        "values" => prior.values = cursor.value(),
        "sensitive_values" => prior.sensitive = cursor.value(),
        "depends_on" => cursor.items(|cursor| prior.depends_on.extend(cursor.string())),
        _ => {}
    });
    prior
}
