use super::{Call, Incoming, Protocol, Refused};

/// What must be read of a body before the call is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyWanted {
    /// All of it, up to this many bytes.
    Whole(usize),
    /// Nothing: it is an object's content, and passes as it comes.
    Nothing,
}

/// What must be read of the body, by the head alone.
///
/// # Errors
/// If no operation has such a head.
pub fn body_wanted(head: &Incoming<'_>) -> Result<BodyWanted, Refused> {
    let _ = head;
    Ok(BodyWanted::Whole(2 << 20))
}

/// The call that a request is.
///
/// # Errors
/// If it is no operation of the index, or could be read as two.
pub fn recognise(request: &Incoming<'_>) -> Result<Call, Refused> {
    let _ = request;
    Err(Refused { protocol: Protocol::Json, says: "not understood yet".to_owned() })
}
