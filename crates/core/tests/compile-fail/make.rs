use holdpoint_core::{AttemptId, ChangeId, Digest, Grant, GrantId};

fn forge(id: GrantId, change: ChangeId, digest: Digest, attempt: AttemptId) -> Grant {
    Grant { id, change, digest, attempt }
}

fn main() {}
