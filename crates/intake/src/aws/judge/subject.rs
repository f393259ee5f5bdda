//! A call, as it is looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::table::{Calls, Row, Service};
use super::translate::{self, Translated};
use crate::ReadError;
use crate::aws::Call;
use crate::cloudformation::types::snake;
use crate::value::{Node, parse};

/// A call with its words taken apart and its parameters as a tree.
#[derive(Debug)]
pub(super) struct Subject<'c> {
    pub(super) call: &'c Call,
    pub(super) calls: &'static Calls,
    pub(super) service: &'static Service,
    /// The words of the operation's name: `delete`, `db`, `instance`.
    pub(super) words: Vec<String>,
    /// The place of the verb among them: behind `Batch` and `Admin`.
    verb: usize,
    pub(super) parameters: Node<'static>,
    /// The parameters under the names of the resource table.
    pub(super) translated: Translated,
}

impl<'c> Subject<'c> {
    pub(super) fn of(call: &'c Call) -> Result<Self, ReadError> {
        let calls = Calls::get()?;
        let service = calls.service(&call.service);
        let text = call.parameters.to_string();
        // What serde wrote is JSON without a key twice, so this cannot fail but by its depth.
        let parameters = match parse(&text) {
            Ok(node) => node.owned(),
            Err(_) => {
                return Err(ReadError::Nested { what: "call", limit: crate::MAX_DEPTH });
            }
        };
        let words: Vec<String> = snake(&call.operation).split('_').map(str::to_owned).collect();
        let first = words.first().map(String::as_str).unwrap_or_default();
        let verb = usize::from(calls.verbs.batch.iter().any(|word| word == first) && words.len() > 1);
        let translated = translate::translate(&parameters, &service.rename);
        Ok(Self { call, calls, service, words, verb, parameters, translated })
    }

    /// Its verb, in lower case.
    pub(super) fn verb(&self) -> &str {
        self.words.get(self.verb).map(String::as_str).unwrap_or_default()
    }

    /// What stands behind the verb: `DBInstance`.
    pub(super) fn noun(&self) -> Cow<'c, str> {
        let skip: usize = self.words.iter().take(self.verb.saturating_add(1)).map(String::len).sum();
        Cow::Borrowed(self.call.operation.get(skip..).unwrap_or_default())
    }

    /// Rows of the table that fit this call and its parameters, the service's own first.
    pub(super) fn rows(&self) -> impl Iterator<Item = &'static Row> + '_ {
        let every = self.calls.service("every");
        let own = self.service.rows.iter().filter(|row| row.speaks_of(&self.call.operation));
        let general = every.rows.iter().filter(|row| row.speaks_of(&self.call.operation));
        own.chain(general).filter(|row| row.when.iter().all(|condition| condition.holds(&self.parameters)))
    }

    /// Whether the table says that nothing is to be said of this operation by its verb or level alone.
    pub(super) fn is_ordinary(&self) -> bool {
        self.service.ordinary.iter().any(|pattern| crate::table::is_like(pattern, &self.call.operation))
            || self.rows().any(|row| row.ordinary)
    }

    /// EC2 answers a call with `DryRun` whether it would be let do it, and does nothing.
    pub(super) fn only_tries(&self) -> bool {
        self.call.service == "ec2"
            && self.parameters.get("DryRun").is_some_and(Node::is_true)
            && self.call.doubts.is_empty()
    }

    pub(super) fn is(&self, service: &str, operations: &[&str]) -> bool {
        self.call.service == service && operations.contains(&self.call.operation.as_str())
    }

    /// A text at the top of the parameters.
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        self.parameters.get(member).and_then(Node::as_str).filter(|text| !text.is_empty())
    }

    /// The words of a thing and its name, as people read them.
    pub(super) fn address(&self, name: &str) -> String {
        let noun = snake(&self.noun()).replace('_', " ");
        self.called(if noun.is_empty() { &self.call.operation } else { &noun }, name)
    }

    pub(super) fn called(&self, noun: &str, name: &str) -> String {
        let service = &self.call.service;
        if name.is_empty() { format!("{service} {noun}") } else { format!("{service} {noun} {name}") }
    }

    /// `service:Operation`, for sentences.
    pub(super) fn named(&self) -> String {
        format!("`{}:{}`", self.call.service, self.call.operation)
    }

    pub(super) fn origin(&self) -> &BTreeMap<String, String> {
        &self.translated.origin
    }
}
