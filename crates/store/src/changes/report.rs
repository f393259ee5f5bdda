//! The requester's side after handing in: renew a lease, report an outcome, take it back.

use holdpoint_core::{Actor, AttemptId, ChangeId, Outcome, State};

use super::{Row, StoredChange, columns, lock, millis};
use crate::people::Person;
use crate::{Conn, Error};

fn requester_only(change: &StoredChange, requester: &Actor) -> Result<(), Error> {
    if change.requester.id == requester.id && change.requester.kind == requester.kind {
        return Ok(());
    }
    Err(Error::conflict("not_the_requester", "only the requester of this change can do that"))
}

/// Moves the lease of a live attempt on. An attempt that has become `unknown` is not revived.
///
/// # Errors
/// `Conflict` of code `not_the_requester`, `wrong_state`, `other_attempt` or `too_late`.
pub async fn renew(
    tx: &mut Conn,
    id: ChangeId,
    requester: &Actor,
    attempt: AttemptId,
    lease: time::Duration,
) -> Result<StoredChange, Error> {
    let (change, now) = lock(tx, id, &requester.id).await?;
    requester_only(&change, requester)?;
    if let State::Executing { lease_until, .. } = change.state
        && lease_until <= now
    {
        return Err(Error::conflict("too_late", format!("the lease ended at {lease_until}")));
    }
    change.state.renewed(attempt, now.checked_add(lease).unwrap_or(now))?;
    let row: Row = sqlx::query_as(concat!(
        "update holdpoint.changes c
         set lease_until = greatest(c.lease_until, clock_timestamp() + $2 * interval '1 millisecond')
         where c.id = $1 returning ",
        columns!()
    ))
    .bind(id.to_string())
    .bind(millis(lease))
    .fetch_one(tx)
    .await?;
    row.read()
}

/// Reports how the attempt ended; also late, when it has become `unknown`. The same report again changes nothing.
///
/// # Errors
/// `Conflict` of code `not_the_requester`, `wrong_state` or `other_attempt`.
pub async fn report(
    tx: &mut Conn,
    id: ChangeId,
    requester: &Actor,
    attempt: AttemptId,
    outcome: Outcome,
    exit_code: Option<i32>,
    detail: Option<&str>,
) -> Result<StoredChange, Error> {
    let (change, _) = lock(tx, id, &requester.id).await?;
    requester_only(&change, requester)?;
    let told = matches!(
        (&change.state, outcome),
        (State::Applied { attempt: by }, Outcome::Applied)
        | (State::Failed { attempt: by }, Outcome::Failed)
        | (State::Unknown { attempt: by }, Outcome::Unknown) if *by == attempt
    );
    if told {
        return Ok(change);
    }
    let state = change.state.reported(attempt, outcome)?;
    let row: Row = sqlx::query_as(concat!(
        "update holdpoint.changes c set state = $2, outcome = $2, exit_code = $3, detail = $4, ended_at = clock_timestamp()
         where c.id = $1 returning ",
        columns!()
    ))
    .bind(id.to_string())
    .bind(state.name().as_str())
    .bind(exit_code)
    .bind(detail)
    .fetch_one(tx)
    .await?;
    row.read()
}

/// The requester takes a held or approved change back. Taking it back again changes nothing.
///
/// # Errors
/// `Conflict` of code `not_the_requester` or `wrong_state`.
pub async fn withdraw(tx: &mut Conn, id: ChangeId, requester: &Actor) -> Result<StoredChange, Error> {
    let (change, _) = lock(tx, id, &requester.id).await?;
    requester_only(&change, requester)?;
    if change.state == State::Withdrawn {
        return Ok(change);
    }
    change.state.withdrawn()?;
    let row: Row = sqlx::query_as(concat!(
        "update holdpoint.changes c set state = 'withdrawn' where c.id = $1 returning ",
        columns!()
    ))
    .bind(id.to_string())
    .fetch_one(tx)
    .await?;
    row.read()
}

/// A person who looked at the real state says what became of an attempt whose outcome was lost: `unknown` → `applied |
/// failed`. Administrators and people of any group may; the requester's operator may not, as with approvals.
///
/// # Errors
/// `Conflict` of code `not_entitled` for the operator, `wrong_state` if the outcome is not unknown.
pub async fn resolve(
    tx: &mut Conn,
    id: ChangeId,
    person: &Person,
    outcome: Outcome,
    comment: &str,
) -> Result<StoredChange, Error> {
    let (change, _) = lock(tx, id, &person.id.to_string()).await?;
    if change.requester.operator == Some(person.id) {
        return Err(Error::conflict(
            "not_entitled",
            "the operator who answers for the requester cannot resolve its changes",
        ));
    }
    if !person.admin && person.groups.is_empty() {
        return Err(Error::conflict(
            "not_entitled",
            "only administrators and people of some group can resolve a change",
        ));
    }
    let State::Unknown { attempt } = change.state else {
        let what =
            format!("the change is {}, and only an unknown outcome can be resolved", change.state.name());
        return Err(Error::conflict("wrong_state", what));
    };
    let state = change.state.reported(attempt, outcome)?;
    let row: Row = sqlx::query_as(concat!(
        "update holdpoint.changes c set state = $2, outcome = $2, detail = $3, ended_at = clock_timestamp()
         where c.id = $1 returning ",
        columns!()
    ))
    .bind(id.to_string())
    .bind(state.name().as_str())
    .bind(comment)
    .fetch_one(tx)
    .await?;
    row.read()
}
