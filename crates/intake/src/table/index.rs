use std::collections::HashMap;

use serde::Deserialize;

/// A row of the table that says which types it speaks of.
pub(super) trait SpeaksOf {
    fn types(&self) -> &[String];
}

/// Rows found by type: a large change asks for each of its effects.
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<R>", bound = "R: SpeaksOf + Deserialize<'de>")]
pub(super) struct Rows<R> {
    rows: Vec<R>,
    exact: HashMap<String, Vec<usize>>,
    /// Rows with a pattern, each with what a type must begin with.
    patterns: Vec<(String, usize)>,
}

impl<R: SpeaksOf> From<Vec<R>> for Rows<R> {
    fn from(rows: Vec<R>) -> Self {
        let mut exact: HashMap<String, Vec<usize>> = HashMap::new();
        let mut patterns = Vec::new();
        for (n, row) in rows.iter().enumerate() {
            for kind in row.types() {
                match kind.strip_suffix('*') {
                    Some(start) => patterns.push((start.to_owned(), n)),
                    None => exact.entry(kind.clone()).or_default().push(n),
                }
            }
        }
        Self { rows, exact, patterns }
    }
}

impl<R> Rows<R> {
    /// The rows for a type: those that name it in the order of the file, then those whose pattern fits.
    pub(super) fn of(&self, kind: &str) -> impl Iterator<Item = &R> {
        let exact = self.exact.get(kind).into_iter().flatten().copied();
        let fits =
            self.patterns.iter().filter(|(start, _)| kind.starts_with(start.as_str())).map(|(_, n)| *n);
        exact.chain(fits).filter_map(|n| self.rows.get(n))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &R> {
        self.rows.iter()
    }
}
