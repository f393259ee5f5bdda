//! Handing a change in: one round trip, whatever the verdict.

use holdpoint_core::{
    Actor, ChangeId, Counts, Digest, Environment, Facts, Format, Freeze, Judgement, PersonId, Scope, Source,
    State, Timestamp, Verdict, budget,
};
use serde::Serialize;

use super::{Origin, StoredChange, get, millis, row};
use crate::{Conn, Error, budgets};

/// A change to hand in, judged.
#[derive(Debug)]
pub struct NewChange<'a> {
    /// Its id, if it is new.
    pub id: ChangeId,
    /// Who asks. Must be on record and not revoked; the operator is taken from the record.
    pub requester: &'a Actor,
    /// The requester's own key: the same key and request give the same change.
    pub idempotency_key: Option<&'a str>,
    /// SHA-256 over the request as it came, which the key is bound to.
    pub request_digest: Digest,
    /// The canonical bytes ([`holdpoint_core::Change::content`]).
    pub change_content: &'a [u8],
    /// What intake derived ([`holdpoint_core::Change::assessment`]).
    pub assessment: &'a serde_json::Value,
    /// The format it was read from.
    pub format: Format,
    /// How many effects of each kind.
    pub counts: Counts,
    /// The artefact and state it was made from.
    pub source: &'a Source,
    /// What was known. A freeze in it is one that the judgement knows of.
    pub facts: &'a Facts,
    /// The environment it reaches; freezes are matched against it.
    pub environment: Environment,
    /// What it destroys, by account ([`budget::bookings`]); booked when it is allowed, with the amounts that the budget
    /// fact was weighed with. A refusal is booked when it is denied and this is not empty.
    pub bookings: &'a [(budget::Account, u64)],
    /// What policy said; the state follows from it.
    pub judgement: &'a Judgement,
    /// The requester's own words.
    pub statement: Option<&'a str>,
    /// Where the requester says it comes from.
    pub origin: &'a Origin,
    /// How long people have to answer, if it is held.
    pub hold_for: time::Duration,
    /// How long it may be claimed, if it is allowed.
    pub grant_for: time::Duration,
}

/// What became of a change that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It is new.
    Created(StoredChange),
    /// It was handed in before, and is as it stands now.
    Existing(StoredChange),
    /// A freeze is in force that the facts do not know: nothing was recorded, judge again.
    Moved,
}

impl Submitted {
    /// The change, new or not; none when it has to be judged again.
    #[must_use]
    pub fn change(&self) -> Option<&StoredChange> {
        match self {
            Submitted::Created(change) | Submitted::Existing(change) => Some(change),
            Submitted::Moved => None,
        }
    }
}

type Answer = (String, String, Option<Vec<u8>>, Option<String>, Option<Timestamp>, Option<Timestamp>);

/// Hands a change in. It is one statement, so a plain connection does as well as a transaction. An existing change is
/// answered with when the requester used the same key for the same request before, or when the verdict is to hold and
/// the requester has a held or approved change of the same digest.
///
/// What books on budgets is judged between [`budgets::lock_and_sum`] and this, in one transaction.
///
/// # Errors
/// `Conflict` of code `idempotency_conflict` if the key was used for another request; `Refused` if the requester is
/// not on record or revoked.
pub async fn submit(tx: &mut Conn, new: &NewChange<'_>) -> Result<Submitted, Error> {
    let requirements = match &new.judgement.verdict {
        Verdict::Hold { requirements } => Some(json(requirements)?),
        Verdict::Allow | Verdict::Deny => None,
    };
    let (accounts, amounts) = budgets::entries(&budgets::weighed(new.bookings, &new.facts.budget));
    let refusal = (!new.bookings.is_empty()).then(|| budgets::agent_key(&new.requester.id));
    let (outcome, id, digest, operator, created_at, until): Answer = sqlx::query_as(
        "select outcome, id, digest, operator, created_at, until from holdpoint.submit(
           $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
           $20, $21, $22, $23, $24)",
    )
    .bind(new.id.to_string())
    .bind(new.requester.kind.as_str())
    .bind(new.requester.id.as_str())
    .bind(new.requester.name.as_str())
    .bind(new.idempotency_key)
    .bind(new.request_digest.as_bytes().as_slice())
    .bind(new.format.as_str())
    .bind(new.change_content)
    .bind(json(new.assessment)?)
    .bind(json(&new.counts)?)
    .bind(json(new.source)?)
    .bind(json(new.origin)?)
    .bind(new.statement)
    .bind(json(new.facts)?)
    .bind(json(new.judgement)?)
    .bind(new.judgement.verdict.as_str())
    .bind(requirements)
    .bind(millis(new.hold_for))
    .bind(millis(new.grant_for))
    .bind(new.environment.as_str())
    .bind(accounts)
    .bind(amounts)
    .bind(refusal)
    .bind(known_freeze(&new.facts.freeze))
    .fetch_one(&mut *tx)
    .await?;
    match (outcome.as_str(), digest, created_at) {
        ("created", Some(digest), Some(created_at)) => {
            Ok(Submitted::Created(created(new, &digest, operator.as_deref(), created_at, until)?))
        }
        ("existing", _, _) => {
            let id = id.parse().map_err(|_| Error::inconsistent("changes", id, "its id does not read"))?;
            Ok(Submitted::Existing(get(tx, id).await?))
        }
        ("moved", _, _) => Ok(Submitted::Moved),
        _ => Err(Error::conflict(
            "idempotency_conflict",
            "this idempotency key was used for another request; use a new key for a new request",
        )),
    }
}

/// What the judgement knew to be frozen, as `holdpoint.submit` reads it.
fn known_freeze(freeze: &Freeze) -> Option<String> {
    match freeze {
        Freeze::None => None,
        // No freeze that comes in between stops more than everything.
        Freeze::Frozen(frozen) if frozen.scope == Scope::Everything => Some("?".to_owned()),
        Freeze::Frozen(frozen) => Some(frozen.scope.key()),
        Freeze::Unknown { .. } => Some("?".to_owned()),
    }
}

/// The new change without a second look: all but these columns went in from here.
fn created(
    new: &NewChange<'_>,
    digest: &[u8],
    operator: Option<&str>,
    created_at: Timestamp,
    until: Option<Timestamp>,
) -> Result<StoredChange, Error> {
    let wrong = |what: &str| Error::inconsistent("changes", new.id.to_string(), what);
    let operator =
        operator.map(str::parse::<PersonId>).transpose().map_err(|_| wrong("its operator does not read"))?;
    let state = match (&new.judgement.verdict, until) {
        (Verdict::Allow, Some(until)) => State::Allowed { until },
        (Verdict::Hold { requirements }, Some(until)) => {
            State::Held { requirements: requirements.clone(), until }
        }
        (Verdict::Deny, _) => State::Denied,
        _ => return Err(wrong("it has no deadline")),
    };
    Ok(StoredChange {
        id: new.id,
        requester: Actor { operator, ..new.requester.clone() },
        format: new.format,
        digest: row::digest("changes", &new.id.to_string(), digest)?,
        state,
        version: 0,
        created_at,
        updated_at: created_at,
        counts: new.counts,
        source: new.source.clone(),
        facts: new.facts.clone(),
        judgement: new.judgement.clone(),
        statement: new.statement.map(str::to_owned),
        origin: new.origin.clone(),
        attempt: None,
    })
}

fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value)
        .map_err(|error| Error::Refused(format!("it cannot be written as JSON: {error}")))
}
