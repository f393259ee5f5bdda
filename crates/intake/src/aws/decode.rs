//! Parameters out of each protocol into one JSON shape.
