//! Live facts: what exists now, what depends on it, what could bring it back.
