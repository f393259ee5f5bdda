//! Bypass: writes on guarded accounts that no change explains, as the latest reconciliation found them.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use holdpoint_core::Timestamp;
use holdpoint_store::aws::reconciliations::{self, Reconciliation};
use holdpoint_store::people::Person;

use super::shell::{Frame, Shell, render};
use super::visible::{Shown, prose, shown};
use super::words::{When, count, grouped, when};
use crate::auth::Reviewer;
use crate::reconcile::{self, Finding};
use crate::{ApiError, AppState, clock};

/// Reconciliations that are listed.
const LISTED: u32 = 12;
/// Writes that are shown; the API has up to a thousand.
const ROWS: usize = 200;

#[derive(Template)]
#[template(path = "bypass.html")]
struct Page {
    shell: Shell,
    latest: Option<Latest>,
    earlier: Vec<Earlier>,
}

/// The latest reconciliation.
#[derive(Debug)]
struct Latest {
    at: When,
    by: Shown,
    from: String,
    to: String,
    /// What was found, in one sentence.
    says: String,
    clean: bool,
    /// What could not be looked at; empty for nothing.
    gaps: Vec<String>,
    sources: Vec<Shown>,
    /// What the events are, in one sentence.
    looked_at: String,
    rows: Vec<Row>,
    /// How many are not shown; empty for none.
    more: String,
}

/// One write.
#[derive(Debug)]
struct Row {
    /// RFC 3339.
    at: String,
    /// The same for people.
    exact: String,
    what: Shown,
    resources: Vec<Shown>,
    refused: Shown,
    who: Shown,
    account: Shown,
    region: Shown,
    road: Shown,
    why: Shown,
    id: Shown,
}

/// An earlier one.
#[derive(Debug)]
struct Earlier {
    at: When,
    by: Shown,
    unexplained: String,
    clean: bool,
}

/// `GET /bypass`
pub(crate) async fn page(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
) -> Result<Response, ApiError> {
    let found = reconciliations::latest(&mut *app.db.conn().await?, LISTED).await?;
    render(StatusCode::OK, &build(&found, frame, &who.person, clock::now())?)
}

fn build(found: &[Reconciliation], frame: Frame, person: &Person, now: Timestamp) -> Result<Page, ApiError> {
    let latest = found.first().map(|stored| {
        let findings = reconcile::findings(stored)?;
        Ok::<_, ApiError>(latest(stored, &findings, now))
    });
    Ok(Page {
        shell: Shell::new("Bypass", "bypass", frame, Some(person)),
        latest: latest.transpose()?,
        earlier: found.iter().skip(1).map(|stored| earlier(stored, now)).collect(),
    })
}

fn latest(stored: &Reconciliation, findings: &[Finding], now: Timestamp) -> Latest {
    let counts = stored.counts;
    let gaps = gaps(stored);
    let says = match (counts.unexplained, gaps.is_empty()) {
        (0, true) => "Every write in this time is explained.".to_owned(),
        (0, false) => "No unexplained write was found, but not everything could be looked at.".to_owned(),
        (1, _) => "1 write that no change explains.".to_owned(),
        (n, _) => format!("{} writes that no change explains.", grouped(n)),
    };
    let shown_rows = findings.len().min(ROWS);
    let left = counts.unexplained.saturating_sub(u64::try_from(shown_rows).unwrap_or(u64::MAX));
    Latest {
        at: when(stored.at, now),
        by: shown(&stored.by),
        from: when(stored.from, now).exact,
        to: when(stored.to, now).exact,
        says,
        clean: counts.unexplained == 0 && gaps.is_empty(),
        gaps,
        sources: stored.sources.iter().map(|source| shown(source)).collect(),
        looked_at: format!(
            "{}: {} explained by a change, {} that need no explanation (reads, and what AWS did by itself); and {} in \
             accounts that are not guarded",
            count(counts.looked_at, "event"),
            grouped(counts.explained),
            grouped(counts.exempt),
            grouped(counts.elsewhere)
        ),
        rows: findings.iter().take(ROWS).map(row).collect(),
        more: if left == 0 { String::new() } else { grouped(left) },
    }
}

/// What may hide a write.
fn gaps(stored: &Reconciliation) -> Vec<String> {
    let mut gaps = Vec::new();
    if stored.counts.looked_at == 0 {
        gaps.push("No event of this time was found, so nothing is shown by it.".to_owned());
    }
    if stored.counts.unread > 0 {
        gaps.push(format!(
            "{} could not be read; each may be a write.",
            count(stored.counts.unread, "record")
        ));
    }
    if stored.partial {
        gaps.push(
            "Part of the time could not be looked at. The files that CloudTrail delivers show all of it."
                .to_owned(),
        );
    }
    gaps
}

fn row(finding: &Finding) -> Row {
    // What a service did has its name in both.
    let mut road = vec![finding.source_ip.as_str(), finding.user_agent.as_str()];
    road.dedup();
    Row {
        exact: finding.at.replace('T', " ").replace('Z', " UTC"),
        at: finding.at.clone(),
        what: shown(&format!("{}:{}", finding.service, finding.operation)),
        resources: finding.resources.iter().map(|arn| shown(arn)).collect(),
        refused: shown(finding.error.as_deref().unwrap_or_default()),
        who: shown(if finding.who.is_empty() { "not said" } else { &finding.who }),
        account: shown(&finding.account),
        region: shown(&finding.region),
        road: shown(road.join("  ").trim()),
        why: prose(&finding.says),
        id: shown(&finding.event_id),
    }
}

fn earlier(stored: &Reconciliation, now: Timestamp) -> Earlier {
    Earlier {
        at: when(stored.at, now),
        by: shown(&stored.by),
        unexplained: grouped(stored.counts.unexplained),
        clean: stored.counts.unexplained == 0 && gaps(stored).is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use holdpoint_store::aws::reconciliations::Counts;
    use time::Duration;

    use super::*;
    use crate::web::sample::{self, HOSTILE};

    fn stored(unexplained: u64, findings: &str) -> Reconciliation {
        Reconciliation {
            id: 1,
            at: sample::now(),
            by: "Ada".to_owned(),
            from: sample::now() - Duration::DAY,
            to: sample::now(),
            sources: vec![HOSTILE.to_owned()],
            counts: Counts { looked_at: 1_234, explained: 1_000, unexplained, ..Counts::default() },
            partial: false,
            findings: findings.to_owned(),
        }
    }

    fn html(found: &[Reconciliation]) -> String {
        let page = build(found, Frame::default(), &sample::reviewer("Ada"), sample::now());
        page.unwrap().render().unwrap()
    }

    #[test]
    fn a_finding_cannot_leave_its_text() {
        let finding = serde_json::json!({ "at": "2026-11-28T10:00:00Z", "event_id": HOSTILE, "who": HOSTILE,
            "service": HOSTILE, "operation": HOSTILE, "resources": [HOSTILE], "account": HOSTILE, "region": HOSTILE,
            "source_ip": HOSTILE, "user_agent": HOSTILE, "error": HOSTILE, "why": "other_road", "says": HOSTILE });
        let html = html(&[stored(3, &serde_json::json!([finding]).to_string())]);
        assert!(!html.contains("<script>alert") && !html.contains("<img") && !html.contains('\u{202e}'));
        assert!(html.contains("3 writes that no change explains") && html.contains("2 more"), "{html}");
    }

    #[test]
    fn what_could_not_be_looked_at_is_never_called_clean() {
        let clean = html(&[stored(0, "[]")]);
        assert!(clean.contains("Every write in this time is explained"));
        let mut gap = stored(0, "[]");
        gap.counts.unread = 2;
        gap.partial = true;
        let mut none = stored(0, "[]");
        none.counts.looked_at = 0;
        assert!(html(&[none]).contains("No event of this time was found"));
        let html = html(&[gap, stored(5, "[]")]);
        assert!(!html.contains("Every write in this time is explained"));
        assert!(html.contains("2 records could not be read") && html.contains("Part of the time"));
        assert!(html.contains("5 unexplained"), "the one before is listed");
    }

    #[test]
    fn before_the_first_it_says_how_to_make_one() {
        assert!(html(&[]).contains("holdpoint reconcile"));
    }
}
