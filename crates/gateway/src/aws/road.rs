//! The road of a call that is no plain read: what lets it pass, or why it does not. It is the same road as any change's:
//! judged on facts, recorded, held for people or not, and let go by a grant.

use std::collections::HashSet;
use std::slice;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use holdpoint_core::{
    AttemptId, Change, ChangeId, ClaimRequest, Digest, EffectKind, Format, Grant, GrantId, Intent, Source,
    State, StateName, Verdict,
};
use holdpoint_store::Error;
use holdpoint_store::aws::calls::{self, Member, NewCall};
use holdpoint_store::changes::{ClaimError, StoredChange, Submitted};

use super::answer::Refusal;
use super::arrive::Arrived;
use super::gather;
use crate::api::{claim, wait};
use crate::facts;
use crate::{ApiError, AppState, clock, phrase, random};

/// What lets a call go out. It is made here only, and taken by value by whatever sends it.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) change: ChangeId,
    /// The row of the call.
    pub(super) call: i64,
    pub(super) right: Right,
}

/// On what a call rests.
#[derive(Debug)]
pub(super) enum Right {
    /// The grant of a change that is this one call: its end is the change's end.
    Whole(Grant),
    /// An attempt that is under way, at a plan that covers it or at a change of several calls.
    Part,
}

/// Why a call does not pass, with the change that says so.
#[derive(Debug)]
pub(super) struct Stopped {
    pub(super) change: Option<ChangeId>,
    pub(super) refusal: Refusal,
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self { change: None, refusal }
    }
}

impl From<ApiError> for Stopped {
    fn from(error: ApiError) -> Self {
        Self { change: None, refusal: refusal_of(&error) }
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        ApiError::from(error).into()
    }
}

/// An error of Holdpoint's own, for a client of AWS: closed, and never a code that a client takes for success.
pub(super) fn refusal_of(error: &ApiError) -> Refusal {
    match error {
        ApiError::Store(Error::Conflict { code: "frozen" | "facts_changed", what })
        | ApiError::Conflict("frozen" | "facts_changed", what) => {
            Refusal::denied(format!("NOT executed: {what}"))
        }
        ApiError::Store(Error::Conflict { what, .. }) => Refusal::denied(format!("NOT executed: {what}")),
        ApiError::Store(Error::Unavailable(_) | Error::StorageFull(_)) => Refusal::unavailable(
            "NOT executed: Holdpoint cannot reach its database, and nothing passes undecided; try again in a moment",
        ),
        other => {
            let detail = other.problem().detail;
            tracing::warn!(detail, "a call was refused because of an error");
            Refusal::unavailable(format!("NOT executed: Holdpoint could not decide ({detail})"))
        }
    }
}

/// How long a person's no is remembered for the same call.
pub(super) const REMEMBERED: time::Duration = time::Duration::hours(1);
/// How long a claim waits for the ledger to take up what it rests on.
const RECORDING: Duration = Duration::from_secs(5);

/// Finds what lets the call pass, waiting for people no longer than its agent's profile says.
pub(super) async fn pass(app: &AppState, arrived: &Arrived, change: Change) -> Result<Pass, Stopped> {
    if let Some(pass) = super::cover::under(app, arrived, &change).await? {
        return Ok(pass);
    }
    let meanings = gather::meanings(app, arrived);
    let known = {
        let mut conn = app.db.conn().await?;
        calls::known(&mut conn, &arrived.actor().id, &meanings, REMEMBERED).await?
    };
    if let Some((stored, member, made)) = known
        && let Some(answer) = resume(app, arrived, &stored, member, made).await?
    {
        return answer;
    }
    judged(app, arrived, change).await
}

/// What a change that is about this call already says. `None` where it says nothing about another call of its kind.
async fn resume(
    app: &AppState,
    arrived: &Arrived,
    stored: &StoredChange,
    member: Member,
    made: u32,
) -> Result<Option<Result<Pass, Stopped>>, Stopped> {
    match stored.state.name() {
        StateName::Held => waited(app, arrived, stored.id, member).await.map(|pass| Some(Ok(pass))),
        StateName::Approved => claimed(app, arrived, stored, member).await.map(|pass| Some(Ok(pass))),
        StateName::Executing if made < member.most => {
            let call = begun(app, arrived, stored.id, Some(member.meaning)).await?;
            Ok(Some(Ok(Pass { change: stored.id, call, right: Right::Part })))
        }
        // A change of several calls of which this one was made: asked again it is another call.
        StateName::Executing if single(app, stored.id).await? => Ok(Some(Err(told(app, stored.id).await))),
        StateName::Executing => Ok(None),
        _ => Ok(Some(Err(told(app, stored.id).await))),
    }
}

async fn single(app: &AppState, id: ChangeId) -> Result<bool, Error> {
    Ok(calls::tally(&mut *app.db.conn().await?, id).await?.most == 1)
}

/// Judges a call that no change is about yet.
async fn judged(app: &AppState, arrived: &Arrived, change: Change) -> Result<Pass, Stopped> {
    let intent = Intent::default();
    let asker = arrived.asker(&intent);
    let source = Source::default();
    let facts = facts::gather(app, &change, &source, &asker, None).await;
    let expected = app.policies.decide(&change, &facts, arrived.actor());
    let held = matches!(expected.verdict, Verdict::Hold { .. });
    // What is denied of an intent is denied as a whole, too: one change, not one for each object.
    if held || (expected.verdict == Verdict::Deny && gather::is_intent(app, arrived)) {
        if let Some(impossible) = super::dry_run::impossible(app, arrived).await {
            return Err(impossible.into());
        }
        let (id, member) = gather::held(app, arrived).await?;
        return waited(app, arrived, id, member).await;
    }
    let member = Member { meaning: arrived.call.meaning, most: 1 };
    let submitted = gather::record(app, &asker, change, facts, &[member]).await?;
    match submitted {
        Submitted::Created(stored) | Submitted::Existing(stored) => match stored.state {
            State::Allowed { .. } | State::Approved { .. } => claimed(app, arrived, &stored, member).await,
            State::Held { .. } => waited(app, arrived, stored.id, member).await,
            _ => Err(told(app, stored.id).await),
        },
        Submitted::Moved => Err(Refusal::unavailable("NOT executed: a freeze came in between").into()),
    }
}

/// Waits for people as long as the agent's profile says, then claims or answers.
async fn waited(app: &AppState, arrived: &Arrived, id: ChangeId, member: Member) -> Result<Pass, Stopped> {
    let limit = arrived.profile(app).map_or(Duration::ZERO, |p| Duration::from_secs(p.wait_seconds.into()));
    let seen = wait::until(app, id, limit, |s| s.change.state.name().is_decided()).await?;
    match seen.change.state {
        State::Approved { .. } => claimed(app, arrived, &seen.change, member).await,
        State::Executing { .. } => {
            let call = begun(app, arrived, id, Some(member.meaning)).await?;
            Ok(Pass { change: id, call, right: Right::Part })
        }
        _ => Err(told(app, id).await),
    }
}

/// Claims an allowed or approved change for its first call.
async fn claimed(
    app: &AppState,
    arrived: &Arrived,
    stored: &StoredChange,
    member: Member,
) -> Result<Pass, Stopped> {
    let of = |refusal| Stopped { change: Some(stored.id), refusal };
    if matches!(stored.state, State::Approved { .. }) {
        let mut change = holdpoint_store::changes::load(&mut *app.db.conn().await?, stored.id).await?;
        change.graph = gather::graph(app, arrived, member);
        claim::still(app, arrived.actor(), stored, &change, &stored.source)
            .await
            .map_err(|error| of(refusal_of(&error)))?;
    }
    let alone = member.most == 1 && single(app, stored.id).await?;
    let lease = if alone { app.config.times.lease() } else { app.config.aws.attempt() };
    let request = ClaimRequest {
        attempt: AttemptId::new(clock::now(), random::id_bits().map_err(ApiError::from)?),
        digest: stored.digest,
        source: stored.source.clone(),
    };
    let started = tokio::time::Instant::now();
    loop {
        let grant = GrantId::new(clock::now(), random::id_bits().map_err(ApiError::from)?);
        let new = new_call(arrived, stored.id, Some(member.meaning));
        match calls::claim(&app.db, arrived.actor(), &request, lease, grant, &new).await {
            Ok((grant, _, call)) => {
                app.hub.committed(stored.id);
                let right = if alone { Right::Whole(grant) } else { Right::Part };
                return Ok(Pass { change: stored.id, call, right });
            }
            // People's approvals go under a signed checkpoint first; that takes the sequencer milliseconds.
            Err(ClaimError::NotRecorded) if started.elapsed() < RECORDING => {
                app.hub.recorded();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // Another call of the same change was first.
            Err(ClaimError::Refused(holdpoint_core::Refusal::Claimed)) if !alone => {
                let call = begun(app, arrived, stored.id, Some(member.meaning)).await?;
                return Ok(Pass { change: stored.id, call, right: Right::Part });
            }
            Err(error) => return Err(of(refusal_of(&ApiError::from(error)))),
        }
    }
}

/// Records a call under an attempt that is under way.
pub(super) async fn begun(
    app: &AppState,
    arrived: &Arrived,
    change: ChangeId,
    member: Option<Digest>,
) -> Result<i64, Stopped> {
    let mut tx = app.db.begin().await?;
    let call = calls::begin(&mut tx, &new_call(arrived, change, member)).await?;
    tx.commit().await.map_err(Error::from)?;
    app.hub.committed(change);
    Ok(call)
}

fn new_call<'a>(arrived: &'a Arrived, change: ChangeId, member: Option<Digest>) -> NewCall<'a> {
    NewCall {
        change,
        key: &arrived.key.id,
        member,
        meaning: arrived.call.meaning,
        invocation: arrived.invocation.as_deref(),
        service: &arrived.call.service,
        operation: &arrived.call.operation,
        region: &arrived.call.region,
        target: &arrived.target,
    }
}

/// What its change says about a call that does not pass, in the words of every surface.
pub(super) async fn told(app: &AppState, id: ChangeId) -> Stopped {
    let refusal = match wait::look(app, id).await {
        Ok(snapshot) => {
            let (says, next) = phrase::answer(&snapshot);
            let again = match snapshot.change.state {
                State::Held { .. } if snapshot.change.format == Format::Aws => {
                    ", then run the same command again"
                }
                _ => "",
            };
            let next = if next.is_empty() { String::new() } else { format!(" Next: {next}{again}.") };
            Refusal::denied(format!("{says}{next}"))
        }
        Err(error) => refusal_of(&error),
    };
    Stopped { change: Some(id), refusal }
}

/// One call as a change.
pub(super) fn read(app: &AppState, arrived: &Arrived) -> Result<Change, Refusal> {
    holdpoint_intake::aws::change(slice::from_ref(&arrived.call), &app.config.environments)
        .map_err(|error| Refusal::malformed(format!("NOT executed: {error}")))
}

/// Whether a call only reads, and nothing about it is a hazard.
pub(super) fn is_plain_read(arrived: &Arrived, change: &Change) -> bool {
    arrived.call.access.reads()
        && arrived.call.doubts.is_empty()
        && change.effects.iter().all(|effect| {
            effect.effect == EffectKind::Read && effect.hazards.is_empty() && effect.manners.is_empty()
        })
}

/// Reads that policy lets pass, remembered: the same agent reading the same thing gets the same verdict.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    allowed: Mutex<HashSet<(String, Digest)>>,
}

/// The most verdicts that are remembered.
const MOST_READS: usize = 20_000;

impl Reads {
    /// Whether policy let the same read of the same agent pass before. Its meaning says all that it is judged on.
    pub(super) fn known(&self, arrived: &Arrived) -> bool {
        // Only a read without doubt was ever remembered; asked again, it must still be one.
        if !arrived.call.access.reads() || !arrived.call.doubts.is_empty() {
            return false;
        }
        let key = (arrived.key.agent.id.clone(), arrived.call.meaning);
        self.allowed.lock().unwrap_or_else(PoisonError::into_inner).contains(&key)
    }

    /// Whether policy lets the read pass; in memory alone.
    pub(super) fn pass(&self, app: &AppState, arrived: &Arrived, change: &Change) -> bool {
        let key = (arrived.key.agent.id.clone(), arrived.call.meaning);
        let intent = Intent::default();
        let asker = arrived.asker(&intent);
        let facts = facts::offline(change, &Source::default(), &asker, None);
        let passes = matches!(app.policies.decide(change, &facts, asker.requester).verdict, Verdict::Allow);
        if passes {
            let mut allowed = self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
            if allowed.len() >= MOST_READS {
                allowed.clear();
            }
            allowed.insert(key);
        }
        passes
    }
}
