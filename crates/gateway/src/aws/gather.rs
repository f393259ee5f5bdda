//! Calls that are held together become one change. The calls of one process that arrive within a moment are put before
//! people as one; and deleting what a process has listed below a prefix is one intent with a count, however many objects
//! that are.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use holdpoint_core::{Change, ChangeId, Digest, Facts, Graph, Intent, Source};
use holdpoint_intake::aws::Call;
use holdpoint_store::aws::calls::Member;
use holdpoint_store::changes::{Origin, Submitted};
use tokio::sync::watch;
use tokio::time::Instant;

use super::answer::Refusal;
use super::arrive::Arrived;
use super::road::{Stopped, refusal_of};
use crate::api::record::{self, Submission};
use crate::facts::{self, Asker};
use crate::judge::Read;
use crate::{ApiError, AppState, clock, random};

/// How long a listing counts as what a process is about to delete.
const LISTED: Duration = Duration::from_secs(900);
/// The most listings and groups that are remembered.
const MOST: usize = 4_096;
/// The most objects that one intent may delete.
const MOST_BELOW: u32 = 100_000;

/// A process: an agent's key, and what the client says of itself.
pub(super) type Process = (String, String);

/// What became of a group: the change and, per call, the member that lets it pass.
type Outcome = Option<Result<ChangeId, Refusal>>;

#[derive(Debug)]
struct Group {
    calls: Vec<Call>,
    done: watch::Receiver<Outcome>,
}

/// Calls that are being gathered, and listings that were seen.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    groups: Mutex<HashMap<(Process, String), Group>>,
    listings: Mutex<HashMap<Process, Vec<Listing>>>,
}

#[derive(Debug, Clone)]
struct Listing {
    bucket: String,
    prefix: String,
    at: Instant,
}

impl Gathering {
    /// Notes that a process listed what lies below a prefix.
    pub(super) fn listed(&self, process: &Process, call: &Call) {
        let Some((bucket, prefix)) = listing(call) else { return };
        let mut all = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, seen| seen.last().is_some_and(|last| last.at.elapsed() < LISTED));
        }
        let seen = all.entry(process.clone()).or_default();
        seen.retain(|old| old.at.elapsed() < LISTED && (&old.bucket, &old.prefix) != (&bucket, &prefix));
        seen.push(Listing { bucket, prefix, at: Instant::now() });
        if seen.len() > 64 {
            seen.remove(0);
        }
    }

    /// The narrowest prefix that the process listed and the key lies below.
    fn below(&self, process: &Process, bucket: &str, key: &str) -> Option<String> {
        let all = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |seen: &&Listing| {
            seen.at.elapsed() < LISTED && seen.bucket == bucket && key.starts_with(&seen.prefix)
        };
        let found = all.get(process)?.iter().filter(fits).max_by_key(|seen| seen.prefix.len())?;
        Some(found.prefix.clone())
    }
}

fn text<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    call.parameters.get(name)?.as_str()
}

fn listing(call: &Call) -> Option<(String, String)> {
    let lists = call.service == "s3"
        && matches!(call.operation.as_str(), "ListObjects" | "ListObjectsV2" | "ListObjectVersions");
    let bucket = text(call, "Bucket").filter(|_| lists)?;
    Some((bucket.to_owned(), text(call, "Prefix").unwrap_or_default().to_owned()))
}

/// An object's deletion and nothing more. One of a version is for good, and one that bypasses a lock is another thing
/// again: neither is part of an intent that people released.
fn is_plain_deletion(call: &Call) -> bool {
    const PLAIN: [&str; 4] = ["Bucket", "Key", "ExpectedBucketOwner", "RequestPayer"];
    let only_plain = || {
        call.parameters.as_object().is_some_and(|all| all.keys().all(|name| PLAIN.contains(&name.as_str())))
    };
    call.service == "s3" && call.operation == "DeleteObject" && call.doubts.is_empty() && only_plain()
}

/// The intent that a deletion is part of: what its process listed below a prefix.
fn intent(app: &AppState, arrived: &Arrived) -> Option<(String, String)> {
    let call = &arrived.call;
    if !is_plain_deletion(call) {
        return None;
    }
    let (bucket, key) = (text(call, "Bucket")?, text(call, "Key")?);
    let gateway = app.aws.as_ref()?;
    Some((bucket.to_owned(), gateway.gathering.below(&arrived.process, bucket, key)?))
}

/// Whether a call is part of an intent of many.
pub(super) fn is_intent(app: &AppState, arrived: &Arrived) -> bool {
    intent(app, arrived).is_some()
}

/// Under which meanings a change may already be about this call.
pub(super) fn meanings(app: &AppState, arrived: &Arrived) -> Vec<Digest> {
    let call = &arrived.call;
    let mut all = vec![call.meaning];
    if is_plain_deletion(call)
        && let (Some(bucket), Some(key)) = (text(call, "Bucket"), text(call, "Key"))
    {
        // Every prefix at a slash, and the whole bucket: what was approved covers what lies below it.
        all.push(below(call, bucket, ""));
        for (at, _) in key.match_indices('/') {
            all.extend(key.get(..=at).map(|prefix| below(call, bucket, prefix)));
        }
        if let Some((bucket, prefix)) = intent(app, arrived) {
            all.push(below(call, &bucket, &prefix));
        }
    }
    all
}

/// What a change is about, as it was judged: its graph names things as AWS knows them.
pub(super) fn graph(app: &AppState, arrived: &Arrived, member: Member) -> Graph {
    let call = match intent(app, arrived) {
        Some((_, prefix)) if member.meaning != arrived.call.meaning => {
            arrived.call.below(&prefix, member.most, member.meaning)
        }
        _ => arrived.call.clone(),
    };
    let change = holdpoint_intake::aws::change(&[call], &app.config.environments);
    change.map(|change| change.graph).unwrap_or_default()
}

/// What deleting whatever lies below a prefix means.
fn below(call: &Call, bucket: &str, prefix: &str) -> Digest {
    let account = call.account.as_deref().unwrap_or_default();
    Digest::of(format!("s3:DeleteObject below\0{account}\0{bucket}\0{prefix}").as_bytes())
}

/// Gathers a call that is to be held with the others of its process; the change that they become, and the member of it
/// that is about this call.
pub(super) async fn held(app: &AppState, arrived: &Arrived) -> Result<(ChangeId, Member), Stopped> {
    let gateway = app.aws.as_ref().ok_or_else(|| Refusal::unavailable("the gateway is not served"))?;
    let intent = intent(app, arrived);
    let (name, meaning) = match &intent {
        Some((bucket, prefix)) => (format!("below {bucket}/{prefix}"), below(&arrived.call, bucket, prefix)),
        None => ("calls".to_owned(), arrived.call.meaning),
    };
    let name = (arrived.process.clone(), name);
    let mut done = {
        let mut groups = gateway.gathering.groups.lock().unwrap_or_else(PoisonError::into_inner);
        match groups.get_mut(&name) {
            Some(group) => {
                if intent.is_none() && !group.calls.iter().any(|call| call.meaning == arrived.call.meaning) {
                    group.calls.push(arrived.call.clone());
                }
                group.done.clone()
            }
            None => {
                let (tell, done) = watch::channel(None);
                groups.insert(name.clone(), Group { calls: vec![arrived.call.clone()], done: done.clone() });
                let job = settle(app.clone(), arrived.asked_by(), name, intent.clone(), tell);
                gateway.tasks.spawn(job);
                done
            }
        }
    };
    let outcome = match done.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone(),
        Err(_) => None,
    };
    match outcome {
        Some(Ok(id)) => {
            let most = if intent.is_some() { MOST_BELOW } else { 1 };
            Ok((id, Member { meaning, most }))
        }
        Some(Err(refusal)) => Err(refusal.into()),
        None => Err(Refusal::unavailable("NOT executed: Holdpoint is ending").into()),
    }
}

/// Who asks, without a borrow: the group outlives the request that began it.
#[derive(Debug, Clone)]
pub(super) struct AskedBy {
    pub(super) actor: holdpoint_core::Actor,
    pub(super) session: String,
    pub(super) configured: Option<(holdpoint_core::Environment, String)>,
}

impl AskedBy {
    pub(super) fn asker<'a>(&'a self, intent: &'a Intent) -> Asker<'a> {
        Asker {
            requester: &self.actor,
            session: Some(&self.session),
            intent,
            configured: self.configured.clone(),
        }
    }
}

/// Waits for the moment to pass, then judges and records what was gathered.
async fn settle(
    app: AppState,
    by: AskedBy,
    name: (Process, String),
    intent: Option<(String, String)>,
    tell: watch::Sender<Outcome>,
) {
    if intent.is_none() {
        tokio::time::sleep(app.config.aws.gather()).await;
    }
    let recorded = put(&app, &by, &name, intent).await;
    if let Some(gateway) = &app.aws {
        gateway.gathering.groups.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
    }
    tell.send_replace(Some(recorded));
}

async fn put(
    app: &AppState,
    by: &AskedBy,
    name: &(Process, String),
    intent: Option<(String, String)>,
) -> Result<ChangeId, Refusal> {
    // From here on the group takes no more calls: those that come later make one of their own.
    let calls = {
        let gateway = app.aws.as_ref().ok_or_else(|| Refusal::unavailable("the gateway is not served"))?;
        let mut groups = gateway.gathering.groups.lock().unwrap_or_else(PoisonError::into_inner);
        match (&intent, groups.get(name)) {
            (Some(_), Some(group)) => group.calls.clone(),
            (None, Some(_)) => groups.remove(name).map(|group| group.calls).unwrap_or_default(),
            (_, None) => Vec::new(),
        }
    };
    let (calls, members) = match (&intent, calls.first()) {
        (Some((bucket, prefix)), Some(first)) => {
            let count = super::count_below(app, first, bucket, prefix).await;
            let member = Member { meaning: below(first, bucket, prefix), most: count.clamp(1, MOST_BELOW) };
            (vec![first.below(prefix, member.most, member.meaning)], vec![member])
        }
        _ => {
            let members = calls.iter().map(|call| Member { meaning: call.meaning, most: 1 }).collect();
            (calls, members)
        }
    };
    let change = holdpoint_intake::aws::change(&calls, &app.config.environments)
        .map_err(|error| Refusal::malformed(format!("NOT executed: {error}")))?;
    let intent = Intent::default();
    let asker = by.asker(&intent);
    let facts = facts::gather(app, &change, &Source::default(), &asker, None).await;
    match record(app, &asker, change, facts, &members).await {
        Ok(Submitted::Created(stored) | Submitted::Existing(stored)) => Ok(stored.id),
        Ok(Submitted::Moved) => Err(Refusal::unavailable("NOT executed: a freeze came in between")),
        Err(error) => Err(refusal_of(&error)),
    }
}

/// Judges and records a change of calls.
pub(super) async fn record(
    app: &AppState,
    asker: &Asker<'_>,
    change: Change,
    facts: Facts,
    members: &[Member],
) -> Result<Submitted, ApiError> {
    let (digest, counts) = (change.digest()?, change.counts());
    let read = Read { change, digest, counts };
    let source = Source::default();
    let origin = Origin { session: asker.session.map(str::to_owned), ..Origin::default() };
    let submission = Submission {
        id: ChangeId::new(clock::now(), random::id_bits()?),
        asker,
        idempotency_key: None,
        request_digest: digest,
        source: &source,
        origin: &origin,
        statement: None,
        members,
        order: None,
    };
    let (submitted, _) = record::record(app, &read, &submission, facts).await?;
    if let Submitted::Created(change) = &submitted {
        crate::api::submit::counter(app, &change.judgement.verdict);
        tracing::info!(change = %change.id, requester = %asker.requester.id, verdict = change.judgement.verdict.as_str(), "judged a call");
        app.hub.committed(change.id);
    }
    Ok(submitted)
}
