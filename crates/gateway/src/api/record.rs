//! Recording a verdict: budgets are counted, the change is judged, and both are written, in one transaction.

use holdpoint_core::budget::{self, Account, Budget};
use holdpoint_core::{ChangeId, Continuity, Digest, Facts, Freeze, Manner, Source};
use holdpoint_store::aws::calls::{self, Member};
use holdpoint_store::budgets;
use holdpoint_store::changes::{self, NewChange, Origin, Submitted};
use holdpoint_store::{Conn, executions, workspaces};

use crate::facts::Asker;
use crate::judge::Read;
use crate::worker::freeze::look;
use crate::{ApiError, AppState};

/// A change on its way into the record.
#[derive(Debug)]
pub(crate) struct Submission<'a> {
    pub(crate) id: ChangeId,
    pub(crate) asker: &'a Asker<'a>,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) request_digest: Digest,
    pub(crate) source: &'a Source,
    pub(crate) origin: &'a Origin,
    pub(crate) statement: Option<&'a str>,
    /// What its calls mean, for a change of calls.
    pub(crate) members: &'a [Member],
    /// What exactly the daemon is to run, for a change that it carries out itself.
    pub(crate) order: Option<&'a [u8]>,
}

/// How often a change is judged again because a freeze came in between.
const TRIES: usize = 4;

/// Judges and records. A freeze that came into force since the facts were gathered is noticed by the database; the change
/// is then judged again with it. Answers with the facts that it was judged on.
pub(crate) async fn record(
    app: &AppState,
    read: &Read,
    new: &Submission<'_>,
    mut facts: Facts,
) -> Result<(Submitted, Facts), ApiError> {
    let requester = new.asker.requester;
    let bookings = budget::bookings(&read.change, requester, new.asker.session, facts.environment.is);
    let (content, assessment) = (read.change.content()?, read.change.assessment()?);
    for _ in 0..TRIES {
        facts.freeze = Freeze::of(&app.hub.frozen(), &requester.id, facts.environment.is);
        let state = state_seen(new.source, &facts);
        let submitted =
            if bookings.is_empty() && state.is_none() && new.members.is_empty() && new.order.is_none() {
                submit(app, &mut *app.db.conn().await?, read, new, &facts, &content, &assessment).await?
            } else {
                let mut tx = app.db.begin().await?;
                if !bookings.is_empty() {
                    let spending = budgets::lock_and_sum(&mut tx, &bookings, &requester.id).await?;
                    let forced = is_forced(read);
                    facts.budget = Budget::weigh(&bookings, forced, Some(&spending), &app.config.budgets);
                }
                let submitted = submit(app, &mut tx, read, new, &facts, &content, &assessment).await?;
                if let (Submitted::Created(change), Some((workspace, lineage, serial))) = (&submitted, state)
                {
                    workspaces::saw(&mut tx, workspace, lineage, serial, change.id).await?;
                }
                if let (Submitted::Created(change), false) = (&submitted, new.members.is_empty()) {
                    calls::note(&mut tx, change.id, new.members).await?;
                }
                if let (Submitted::Created(change), Some(order)) = (&submitted, new.order) {
                    executions::note(&mut tx, change.id, order).await?;
                }
                if !matches!(submitted, Submitted::Moved) {
                    tx.commit().await.map_err(holdpoint_store::Error::from)?;
                }
                submitted
            };
        match submitted {
            Submitted::Moved => look(app).await?,
            done => return Ok((done, facts)),
        }
    }
    let busy = "freezes came and went while this was judged; nothing was decided or recorded";
    Err(ApiError::Store(holdpoint_store::Error::Unavailable(busy.to_owned())))
}

/// Whether a flag in it overrides a refusal or a safety check.
pub(crate) fn is_forced(read: &Read) -> bool {
    read.change.effects.iter().any(|effect| effect.is_asked(Manner::Forced))
}

/// The state that the workspace is seen with by this change, if it is to be believed.
fn state_seen<'a>(source: &'a Source, facts: &Facts) -> Option<(&'a str, &'a str, u64)> {
    let builds_on = matches!(facts.continuity, Continuity::FirstSeen | Continuity::Continues);
    match (&source.workspace, &source.lineage, source.serial) {
        (Some(workspace), Some(lineage), Some(serial)) if builds_on => Some((workspace, lineage, serial)),
        _ => None,
    }
}

async fn submit(
    app: &AppState,
    conn: &mut Conn,
    read: &Read,
    new: &Submission<'_>,
    facts: &Facts,
    content: &[u8],
    assessment: &serde_json::Value,
) -> Result<Submitted, ApiError> {
    let judgement = app.policies.decide(&read.change, facts, new.asker.requester);
    let bookings: Vec<(Account, u64)> =
        facts.budget.accounts.iter().map(|balance| (balance.account.clone(), balance.amount)).collect();
    let new = NewChange {
        id: new.id,
        requester: new.asker.requester,
        idempotency_key: new.idempotency_key,
        request_digest: new.request_digest,
        change_content: content,
        assessment,
        format: read.change.format,
        counts: read.counts,
        source: new.source,
        facts,
        judgement: &judgement,
        statement: new.statement,
        origin: new.origin,
        environment: facts.environment.is,
        bookings: &bookings,
        hold_for: app.config.times.hold(),
        grant_for: app.config.times.grant(),
    };
    Ok(changes::submit(conn, &new).await?)
}
