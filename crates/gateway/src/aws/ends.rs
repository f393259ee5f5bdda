//! How a change of several calls ends: when as many were made as it lets pass, or when its time is over. A plan's change
//! is ended by whoever carries it out.

use holdpoint_core::{Actor, ChangeId, Format, Outcome, State};
use holdpoint_store::aws::calls::{self, Tally};
use holdpoint_store::changes;
use holdpoint_store::{Conn, Error};

use crate::AppState;

/// Ends the change if its last call has ended.
pub(super) async fn settle(tx: &mut Conn, id: ChangeId, requester: &Actor) -> Result<(), Error> {
    let change = changes::get(tx, id).await?;
    let State::Executing { attempt, .. } = change.state else { return Ok(()) };
    if change.format != Format::Aws {
        return Ok(());
    }
    let tally = calls::tally(tx, id).await?;
    if tally.made < tally.most || tally.open > 0 {
        return Ok(());
    }
    changes::report(tx, id, requester, attempt, outcome(&tally), None, Some(&said(&tally))).await?;
    Ok(())
}

/// What the calls of a change come to together.
pub(super) fn outcome(tally: &Tally) -> Outcome {
    match (tally.open + tally.unknown, tally.failed) {
        (0, 0) => Outcome::Applied,
        (0, _) => Outcome::Failed,
        _ => Outcome::Unknown,
    }
}

pub(super) fn said(tally: &Tally) -> String {
    format!(
        "{} of at most {} calls were made, {} failed, of {} the outcome is not known",
        tally.made,
        tally.most,
        tally.failed,
        tally.open + tally.unknown
    )
}

/// Ends the changes of calls whose attempt has a few seconds left: after that they would count as unknown, although the
/// end of each of their calls is known.
pub(crate) async fn end_over(app: &AppState) -> Result<(), Error> {
    let due = calls::due(&mut *app.db.conn().await?, time::Duration::seconds(8)).await?;
    for id in due {
        let mut tx = app.db.begin().await?;
        let change = changes::get(&mut tx, id).await?;
        let State::Executing { attempt, .. } = change.state else { continue };
        let tally = calls::tally(&mut tx, id).await?;
        if tally.open > 0 {
            continue;
        }
        let (ended, says) = (outcome(&tally), said(&tally));
        changes::report(&mut tx, id, &change.requester, attempt, ended, None, Some(&says)).await?;
        tx.commit().await.map_err(Error::from)?;
        app.hub.committed(id);
    }
    Ok(())
}
