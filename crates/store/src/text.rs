//! Text of foreign documents, made fit for columns: without NUL, which Postgres cannot hold, and short enough for an
//! index's row.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::value::{Error as NotAWord, StrDeserializer};

use crate::Error;

/// The longest text that goes into an index, in bytes.
pub(crate) const INDEXED: usize = 800;

/// Without control characters, which also serve as separators of lists.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        Cow::Owned(text.replace(char::is_control, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same, if an index can hold it.
pub(crate) fn key(text: &str) -> Option<Cow<'_, str>> {
    Some(clean(text)).filter(|text| !text.is_empty() && text.len() <= INDEXED)
}

/// The first `most` characters of it.
pub(crate) fn cut(text: &str, most: usize) -> String {
    clean(text).chars().take(most).collect()
}

/// One of an enum's words, as stored.
pub(crate) fn word<'a, T: Deserialize<'a>>(
    table: &'static str,
    row: &str,
    text: &'a str,
) -> Result<T, Error> {
    T::deserialize(StrDeserializer::<NotAWord>::new(text)).map_err(|_| {
        Error::inconsistent(table, row, format!("`{text}` is not a word that this version knows"))
    })
}
