//! Claiming: the one road to `executing`, walked at most once in a change's life.

use holdpoint_core::{Actor, ChangeId, ClaimRequest, Grant, GrantId, Refusal, State};

use super::{Row, StoredChange, columns, lock, millis};
use crate::{Conn, Db, Error};

/// What a claim gives.
#[derive(Debug)]
pub enum Claim {
    /// The grant: it exists because the move to `executing` is durable.
    Granted(Grant, StoredChange),
    /// The same attempt asked before and is under way; its answer may have been lost. No second grant is made.
    Again(StoredChange),
}

/// Why a claim gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The change, as it is, gives no right.
    #[error(transparent)]
    Refused(Refusal),
    /// Only who asked for the change may carry it out.
    #[error("only the requester of this change can claim it")]
    NotTheRequester,
    /// The approvals are not yet under a signed checkpoint: recorded first, then done. It takes a moment.
    #[error("the approvals are not yet under a signed checkpoint; try again in a moment")]
    NotRecorded,
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Claims a change for an attempt. It owns its transaction: the grant leaves only after the commit. When the commit's
/// answer is lost, asking again with the same attempt id answers [`Claim::Again`].
///
/// # Errors
/// See [`ClaimError`]; the change is then unchanged. Under a freeze it is `Store` with a `Conflict` of code `frozen`.
pub async fn claim(
    db: &Db,
    id: ChangeId,
    requester: &Actor,
    request: &ClaimRequest,
    command: Option<&str>,
    lease: time::Duration,
    grant: GrantId,
) -> Result<Claim, ClaimError> {
    let mut tx = db.begin().await?;
    let (right, change) = claim_in(&mut tx, id, requester, request, command, lease, grant).await?;
    let Some(right) = right else { return Ok(Claim::Again(change)) };
    tx.commit().await.map_err(Error::from)?;
    Ok(Claim::Granted(right, change))
}

/// The same inside of a transaction: the caller lets the grant go only after its commit. No grant for an attempt that
/// asked before and is under way.
pub(crate) async fn claim_in(
    tx: &mut Conn,
    id: ChangeId,
    requester: &Actor,
    request: &ClaimRequest,
    command: Option<&str>,
    lease: time::Duration,
    grant: GrantId,
) -> Result<(Option<Grant>, StoredChange), ClaimError> {
    let (change, now) = lock(tx, id, &requester.id).await?;
    if change.requester.id != requester.id || change.requester.kind != requester.kind {
        return Err(ClaimError::NotTheRequester);
    }
    if matches!(change.state, State::Executing { attempt, .. } if attempt == request.attempt) {
        return Ok((None, change));
    }
    let lease_until = now.checked_add(lease).unwrap_or(now);
    let (_, right) = holdpoint_core::claim(
        grant,
        id,
        &change.state,
        (change.digest, &change.source),
        request,
        now,
        lease_until,
    )
    .map_err(ClaimError::Refused)?;
    if matches!(change.state, State::Approved { .. }) && waits(tx, id).await? {
        return Err(ClaimError::NotRecorded);
    }
    let row: Row = sqlx::query_as(concat!(
        "update holdpoint.changes c set state = 'executing', fence = c.fence + 1, grant_id = $2, attempt_id = $3,
           claimed_at = clock_timestamp(), command = $4, lease_until = clock_timestamp() + $5 * interval '1 millisecond'
         where c.id = $1 returning ",
        columns!()
    ))
    .bind(id.to_string())
    .bind(grant.to_string())
    .bind(request.attempt.to_string())
    .bind(command)
    .bind(millis(lease))
    .fetch_one(&mut *tx)
    .await
    .map_err(Error::from)?;
    Ok((Some(right), row.read()?))
}

/// Whether any event of the change is still outside of the signed tree.
async fn waits(c: &mut Conn, id: ChangeId) -> Result<bool, Error> {
    Ok(sqlx::query_scalar("select not holdpoint.is_recorded($1)").bind(id.to_string()).fetch_one(c).await?)
}
