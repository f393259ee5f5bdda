//! The index of every published service and operation.
