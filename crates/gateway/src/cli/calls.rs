//! The calls of AWS's API that were made under a change, for people at a terminal.

use crate::api::CallsView;
use crate::cli::print::plain;

/// How many there are, and a line for each of the latest.
pub(crate) fn text(calls: &CallsView) -> String {
    let mut text = format!("calls of AWS: {} made", calls.count);
    for (count, what) in
        [(calls.open, "under way"), (calls.failed, "failed"), (calls.unknown, "of unknown outcome")]
    {
        if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    let listed = u64::try_from(calls.latest.len()).unwrap_or(u64::MAX);
    if calls.count > listed {
        text += &format!("; the latest {listed}:");
    }
    for call in &calls.latest {
        let outcome = call.outcome.as_deref().unwrap_or("under way");
        let status = call.status.map(|status| format!(" {status}")).unwrap_or_default();
        let id = call.request_id.as_ref().map(|id| format!("  {id}")).unwrap_or_default();
        let line = format!("{}:{}  {}  {outcome}{status}{id}", call.service, call.operation, call.target);
        text += &format!("\n  {}  {}", call.at, plain(&line));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CallView;

    #[test]
    fn a_call_stays_on_its_line() {
        let call = CallView {
            at: "2026-11-28T10:00:00Z".to_owned(),
            service: "s3".to_owned(),
            operation: "DeleteObject".to_owned(),
            region: "us-east-1".to_owned(),
            target: "bucket/a\nb\u{1b}[2J".to_owned(),
            outcome: None,
            status: None,
            request_id: None,
        };
        let calls = CallsView { count: 7, open: 1, failed: 0, unknown: 0, latest: vec![call] };
        let text = text(&calls);
        assert!(text.starts_with("calls of AWS: 7 made, 1 under way; the latest 1:\n"), "{text}");
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("under way") && !text.contains('\u{1b}'));
    }
}
