//! Commands on machines. Before a change of them is judged, its targets become machines and its document a version with
//! a hash; once it may be carried out, the daemon does that itself. Nobody else can.

mod document;
mod progress;
mod runners;

pub(crate) use document::{Document, NotComplete, complete};
pub(crate) use progress::ExecutionView;
pub(crate) use runners::Runners;
