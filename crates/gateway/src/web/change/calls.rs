//! The calls of AWS's API that were made under a change, as they happen.

use holdpoint_core::Timestamp;
use holdpoint_store::aws::calls::{Calls, Made};

use crate::web::visible::{Shown, shown};
use crate::web::words::{When, count, when};

/// The calls as the page shows them.
#[derive(Debug)]
pub(crate) struct CallsOf {
    /// How many were made, and how they ended.
    pub(crate) says: String,
    pub(crate) rows: Vec<CallRow>,
    /// How many earlier ones are left out; empty for none.
    pub(crate) earlier: String,
}

/// One call.
#[derive(Debug)]
pub(crate) struct CallRow {
    pub(crate) at: When,
    pub(crate) name: Shown,
    pub(crate) target: Shown,
    pub(crate) region: Shown,
    pub(crate) outcome: &'static str,
    /// The state whose colour it has.
    pub(crate) tone: &'static str,
    /// AWS's HTTP status; empty where there was none.
    pub(crate) status: String,
    pub(crate) request_id: Shown,
}

/// Builds the view; nothing where no call was made.
pub(crate) fn view(calls: &Calls, now: Timestamp) -> Option<CallsOf> {
    let tally = calls.tally;
    if tally.made == 0 {
        return None;
    }
    let mut says = format!("{} made", count(tally.made, "call"));
    for (n, what) in
        [(tally.open, "under way"), (tally.failed, "failed"), (tally.unknown, "of unknown outcome")]
    {
        if n > 0 {
            says += &format!(", {n} {what}");
        }
    }
    let left_out = tally.made.saturating_sub(u64::try_from(calls.latest.len()).unwrap_or(u64::MAX));
    Some(CallsOf {
        says,
        rows: calls.latest.iter().rev().map(|made| row(made, now)).collect(),
        earlier: if left_out == 0 {
            String::new()
        } else {
            format!("{} more", count(left_out, "earlier call"))
        },
    })
}

fn row(made: &Made, now: Timestamp) -> CallRow {
    let (outcome, tone) = match made.outcome.as_deref() {
        None => ("under way", "held"),
        Some("applied") => ("carried out", "applied"),
        Some("failed") => ("failed", "failed"),
        Some(_) => ("outcome unknown", "unknown"),
    };
    CallRow {
        at: when(made.at, now),
        name: shown(&format!("{}:{}", made.service, made.operation)),
        target: shown(&made.target),
        region: shown(&made.region),
        outcome,
        tone,
        status: made.status.map(|status| status.to_string()).unwrap_or_default(),
        request_id: shown(made.request_id.as_deref().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use holdpoint_store::aws::calls::Tally;

    use super::*;
    use crate::web::sample;

    #[test]
    fn the_latest_call_comes_first_and_nothing_hides_in_it() {
        let made = |id: i64, outcome: Option<&str>| Made {
            id,
            at: sample::now(),
            service: "ec2".to_owned(),
            operation: "TerminateInstances".to_owned(),
            region: "eu-central-1".to_owned(),
            target: sample::HOSTILE.to_owned(),
            outcome: outcome.map(str::to_owned),
            status: outcome.map(|_| 200),
            request_id: outcome.map(|_| format!("request-{id}")),
        };
        let calls = Calls {
            latest: vec![made(2, Some("applied")), made(3, None)],
            tally: Tally { most: 9, made: 3, open: 1, failed: 1, unknown: 0 },
        };
        let view = view(&calls, sample::now()).unwrap();
        assert_eq!(view.says, "3 calls made, 1 under way, 1 failed");
        assert_eq!(view.rows.iter().map(|row| row.outcome).collect::<Vec<_>>(), ["under way", "carried out"]);
        assert!(view.earlier.starts_with('1') && !view.rows[0].target.to_string().contains("<script>"));
        assert!(super::view(&Calls::default(), sample::now()).is_none());
    }
}
