use crate::act::Act;

/// One thing that a call does, with the names by which the resource is known elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub(crate) act: Act,
    /// Id, name and ARN, as far as the call shows them.
    pub(crate) identifiers: Vec<String>,
    /// Where the list stands that this is one item of, and which: a JSON pointer into the parameters.
    pub(crate) item: Option<(String, usize)>,
    /// The words of a hazard's place in the table mean nothing to a reader; where a number or a switch decided, this is
    /// the pointer to it within the parameters.
    pub(crate) pointers: Vec<(holdpoint_core::HazardKind, String)>,
}

impl Deed {
    pub(crate) fn new(act: Act) -> Self {
        Self { act, identifiers: Vec::new(), item: None, pointers: Vec::new() }
    }
}
