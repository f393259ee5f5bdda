//! The HTTP client towards AWS: connections, TLS, time limits.
