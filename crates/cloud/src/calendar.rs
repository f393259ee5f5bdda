//! Systems Manager's Change Calendar, which feeds the freeze.
