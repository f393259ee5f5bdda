//! YAML read into the same values as JSON, event by event, so that tags, aliases, merge keys and doubled keys are
//! under control: bounded in depth and in what aliases unfold to.

mod build;
mod scalar;
#[cfg(test)]
mod tests;

use granit_parser::{ErrorKind, Event, Parser};

use build::Builder;

use crate::MAX_DEPTH;
use crate::value::Node;

/// What aliases may unfold to in one text, in values and bytes of text together.
pub(crate) const MAX_UNFOLDED: usize = 1 << 22;

/// Why a text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not YAML.
    Syntax { line: usize, column: usize },
    /// It stops in the middle.
    Cut,
    /// Nested beyond the limit.
    Depth,
    /// A key that is there twice.
    Duplicate { key: String, line: usize },
    /// Aliases that unfold to more than any document holds, or into themselves.
    Aliases,
    /// A tag that the format does not have.
    Tag { line: usize },
    /// A key that is not a plain text.
    Key { line: usize },
}

/// Turns a tagged value into a plain one; `None` for a tag that the format does not have.
pub(crate) type Tags = fn(&str, Node<'static>) -> Option<Node<'static>>;

/// Reads every document of a text. One that holds nothing is `null`.
pub(crate) fn documents(text: &str, tags: Tags) -> Result<Vec<Node<'static>>, Fault> {
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder::new(tags);
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let marker = error.marker();
            fault(error.kind(), marker.line(), marker.col().saturating_add(1))
        })?;
        let line = span.start.line();
        match event {
            Event::DocumentStart(..) => builder.begin(),
            Event::Scalar(text, style, anchor, tag) => {
                builder.scalar(&text, style, anchor, tag.as_deref(), line)?;
            }
            Event::SequenceStart(_, anchor, tag) => builder.open(false, anchor, tag.as_deref(), line)?,
            Event::MappingStart(_, anchor, tag) => builder.open(true, anchor, tag.as_deref(), line)?,
            Event::SequenceEnd | Event::MappingEnd => builder.close()?,
            Event::Alias(anchor) => builder.alias(anchor, line)?,
            _ => {}
        }
    }
    Ok(builder.done())
}

fn fault(kind: &ErrorKind, line: usize, column: usize) -> Fault {
    match kind {
        ErrorKind::RecursionLimitExceeded => Fault::Depth,
        ErrorKind::UnexpectedEof
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnclosedQuotedScalar => Fault::Cut,
        _ => Fault::Syntax { line, column },
    }
}
