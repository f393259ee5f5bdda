//! Read-only questions to AWS's API, signed with the daemon's own credentials.
