//! Approvals: people's answers, and the move they make.

use std::collections::BTreeSet;

use holdpoint_core::budget::{Account, Budget, Level, Limits};
use holdpoint_core::{Answer, Approval, ApprovalId, ChangeId, Digest, Standing, State, Timestamp, tally};

use crate::budgets::{self, Why};
use crate::changes::{Row, StoredChange, columns, lock, millis};
use crate::people::Person;
use crate::{Conn, Error};

/// An answer to record.
#[derive(Debug)]
pub struct NewApproval<'a> {
    /// Its id, if it is new.
    pub id: ApprovalId,
    /// The change answered.
    pub change: ChangeId,
    /// Who answers.
    pub person: &'a Person,
    /// What the person saw.
    pub digest: Digest,
    /// Yes or no.
    pub answer: Answer,
    /// In the person's own words.
    pub comment: &'a str,
    /// How it came: `web` or `api`.
    pub method: &'a str,
    /// How long the change may be claimed, if this approval is the last one missing.
    pub grant_for: time::Duration,
    /// What the change destroys, by account ([`holdpoint_core::budget::bookings`]).
    pub bookings: &'a [(Account, u64)],
    /// The limits that an approval keeps to.
    pub limits: &'a Limits,
}

/// An answer on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredApproval {
    /// The answer.
    pub approval: Approval,
    /// The person's name, as it is now.
    pub person_name: String,
    /// How it came: `web` or `api`.
    pub method: String,
}

/// Records an answer and moves the change if the answers now suffice, under the change's lock. The same answer of the same
/// person again changes nothing. What the change destroys is booked as it becomes approved, a refusal as it becomes rejected.
///
/// # Errors
/// `Conflict` of code `stale_digest`, `not_held`, `too_late`, `not_entitled`, `already_answered` (the other way), or
/// `budget_spent`: roll back then, so that the same person can answer again once there is room.
pub async fn record(tx: &mut Conn, new: &NewApproval<'_>) -> Result<StoredChange, Error> {
    let person = new.person.id;
    let (change, now) = lock(tx, new.change, &person.to_string()).await?;
    let mut approvals = of(tx, new.change).await?;
    if new.digest != change.digest {
        return Err(Error::conflict(
            "stale_digest",
            format!("the change is now `{}`, not what was answered; look at it again", change.digest.short()),
        ));
    }
    if let Some(told) =
        approvals.iter().find(|a| a.approval.person == person && a.approval.digest == new.digest)
    {
        if told.approval.answer == new.answer {
            return Ok(change);
        }
        return Err(Error::conflict(
            "already_answered",
            "you have already answered the other way; an answer stands",
        ));
    }
    let State::Held { requirements, until } = &change.state else {
        return Err(Error::conflict(
            "not_held",
            format!("the change is {}, so there is nothing to answer", change.state.name()),
        ));
    };
    if now >= *until {
        return Err(Error::conflict("too_late", format!("the time to answer ended at {until}")));
    }
    if let Standing::MayNot(why) = Standing::of(person, &new.person.groups, &change.requester, requirements) {
        return Err(Error::conflict("not_entitled", why));
    }
    insert(tx, new).await?;
    approvals = of(tx, new.change).await?;
    let answers: Vec<Approval> = approvals.into_iter().map(|stored| stored.approval).collect();
    let tally = tally(requirements, &change.requester, change.digest, &answers);
    let grant_until = now.checked_add(new.grant_for).unwrap_or(now);
    match change.state.clone().counted(&tally, now, grant_until)? {
        State::Approved { .. } => {
            spend(tx, new, &change).await?;
            approve(tx, new).await
        }
        State::Rejected { by } => {
            if !new.bookings.is_empty() {
                let refused = [(Account::Agent(change.requester.id.clone()), 0)];
                budgets::book(tx, new.change, &refused, Why::Refusal).await?;
            }
            reject(tx, new.change, &by.to_string()).await
        }
        _ => Ok(change),
    }
}

/// Books what the change destroys, unless people have released as much as they may already. The accounts are locked
/// before the change moves, so that no submission waits for the move while it holds one of them.
async fn spend(c: &mut Conn, new: &NewApproval<'_>, change: &StoredChange) -> Result<(), Error> {
    if new.bookings.is_empty() {
        return Ok(());
    }
    let before = budgets::lock_and_sum(c, new.bookings, &change.requester.id).await?;
    let budget = Budget::weigh(new.bookings, change.facts.budget.escalated, Some(&before), new.limits);
    let environment: Option<String> =
        sqlx::query_scalar("select environment from holdpoint.changes where id = $1")
            .bind(new.change.to_string())
            .fetch_one(&mut *c)
            .await?;
    let lesser = matches!(environment.as_deref(), Some("development" | "staging"));
    if budget.level >= Level::Spent && !lesser {
        let what = format!(
            "the budget is spent: {}; approve it when that lies far enough back",
            budget.evidence().join("; ")
        );
        return Err(Error::conflict("budget_spent", what));
    }
    budgets::book(c, new.change, &budgets::weighed(new.bookings, &budget), Why::Approve).await
}

async fn insert(c: &mut Conn, new: &NewApproval<'_>) -> Result<(), Error> {
    sqlx::query(
        "insert into holdpoint.approvals (id, change_id, digest, person_id, answer, comment, method)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id.to_string())
    .bind(new.change.to_string())
    .bind(new.digest.as_bytes().as_slice())
    .bind(new.person.id.to_string())
    .bind(new.answer.as_str())
    .bind(new.comment)
    .bind(new.method)
    .execute(c)
    .await?;
    Ok(())
}

async fn approve(c: &mut Conn, new: &NewApproval<'_>) -> Result<StoredChange, Error> {
    let row: Row = sqlx::query_as(concat!(
        "update holdpoint.changes c set state = 'approved', until = clock_timestamp() + $2 * interval '1 millisecond'
         where c.id = $1 returning ",
        columns!()
    ))
    .bind(new.change.to_string())
    .bind(millis(new.grant_for))
    .fetch_one(c)
    .await?;
    row.read()
}

async fn reject(c: &mut Conn, change: ChangeId, by: &str) -> Result<StoredChange, Error> {
    let row: Row = sqlx::query_as(concat!(
        "update holdpoint.changes c set state = 'rejected', rejected_by = $2 where c.id = $1 returning ",
        columns!()
    ))
    .bind(change.to_string())
    .bind(by)
    .fetch_one(c)
    .await?;
    row.read()
}

type Answered = (String, String, String, Vec<String>, Vec<u8>, String, String, String, Timestamp);

/// The answers to a change, first to last.
///
/// # Errors
/// If the database fails, or a row does not read.
pub async fn of(c: &mut Conn, change: ChangeId) -> Result<Vec<StoredApproval>, Error> {
    let rows: Vec<Answered> = sqlx::query_as(
        "select a.id, a.person_id, p.name, a.groups, a.digest, a.answer, a.comment, a.method, a.created_at
         from holdpoint.approvals a join holdpoint.people p on p.id = a.person_id
         where a.change_id = $1 order by a.created_at, a.id",
    )
    .bind(change.to_string())
    .fetch_all(c)
    .await?;
    rows.into_iter().map(stored).collect()
}

fn stored(row: Answered) -> Result<StoredApproval, Error> {
    let (id, person, person_name, groups, digest, answer, comment, method, at) = row;
    let wrong = |what: &str| Error::inconsistent("approvals", id.clone(), what);
    let bytes: [u8; 32] = digest.try_into().map_err(|_| wrong("its digest is not of 32 bytes"))?;
    let answer = match answer.as_str() {
        "approve" => Answer::Approve,
        "reject" => Answer::Reject,
        _ => return Err(wrong("its answer is neither yes nor no")),
    };
    Ok(StoredApproval {
        approval: Approval {
            id: id.parse::<ApprovalId>().map_err(|_| wrong("its id does not read"))?,
            person: person.parse().map_err(|_| wrong("its person does not read"))?,
            groups: groups.into_iter().collect::<BTreeSet<_>>(),
            digest: Digest::from_bytes(bytes),
            answer,
            comment,
            at,
        },
        person_name,
        method,
    })
}
