//! Who waits for which change. Waiters cost memory, not queries: whoever learns that a change moved marks it, one
//! worker reads it once, and every waiter is handed the same copy.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::body::Bytes;
use holdpoint_core::{ChangeId, Digest, Format, Frozen};
use holdpoint_store::approvals::StoredApproval;
use holdpoint_store::aws::calls::{self, Calls};
use holdpoint_store::changes::StoredChange;
use holdpoint_store::executions::Execution;
use tokio::sync::{Notify, watch};

/// A change with its approvals and calls, read together.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) change: StoredChange,
    pub(crate) approvals: Vec<StoredApproval>,
    /// What the daemon carries out itself, and how far that is.
    pub(crate) execution: Option<Execution>,
    /// The calls of AWS's API that were made under it.
    pub(crate) calls: Calls,
    /// The answer as JSON, written once for everyone who is handed this snapshot.
    pub(crate) json: OnceLock<Bytes>,
}

impl Snapshot {
    pub(crate) fn new(change: StoredChange, approvals: Vec<StoredApproval>) -> Self {
        Self { change, approvals, execution: None, calls: Calls::default(), json: OnceLock::new() }
    }

    /// Differs whenever a reader would see something new.
    pub(crate) fn etag(&self) -> String {
        let progress = match &self.execution {
            Some(execution) => {
                let seen = (&execution.id, &execution.progress, &execution.cancelled_by);
                format!("-{}", Digest::of(format!("{seen:?}").as_bytes()).short())
            }
            None => String::new(),
        };
        let tally = &self.calls.tally;
        let calls = match tally.made {
            0 => String::new(),
            made => format!("-{made}-{}", made.saturating_sub(tally.open)),
        };
        format!("\"{}-{}{progress}{calls}\"", self.change.version, self.approvals.len())
    }
}

/// The latest copy of a change, and how many times it was looked at again.
#[derive(Debug, Clone, Default)]
pub(crate) struct News {
    /// `None` until the first news after somebody began to wait.
    pub(crate) latest: Option<Arc<Snapshot>>,
    /// Grows with every look, so that streams also see events that leave the change's row as it was.
    pub(crate) looks: u64,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: Mutex<HashMap<ChangeId, watch::Sender<News>>>,
    moved: Mutex<BTreeSet<ChangeId>>,
    /// Wakes the follower: changes were marked in this process.
    follow: Notify,
    /// Wakes the follower: the ledger grew, here or in another process.
    look: Notify,
    /// Wakes the sequencer.
    sequence: Notify,
    /// The newest signed checkpoint; it travels in every answer to a requester.
    checkpoint: Mutex<Option<Arc<str>>>,
    /// The freezes in force, as far as this process has heard.
    frozen: watch::Sender<Arc<[Frozen]>>,
    /// What the change calendars freeze; it ends when they say so, not by the clock.
    calendar: Mutex<Option<Frozen>>,
    /// Wakes the watcher of freezes.
    freezes: Notify,
    /// Wakes whoever asks whether AWS keys still open something.
    keys: Notify,
    /// Counts every movement of any change, for pages that show all of them.
    any: watch::Sender<u64>,
}

/// Fans news of changes out to everyone who waits in this process.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    inner: Arc<Inner>,
}

/// A poisoned lock only means that another task ended early; the map inside is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// Begins to wait for news of a change. Register first and look at the database after that, so that nothing
    /// slips between.
    pub(crate) fn watch(&self, id: ChangeId) -> watch::Receiver<News> {
        lock(&self.inner.waiting).entry(id).or_default().subscribe()
    }

    /// News of any change: the number only grows.
    pub(crate) fn watch_any(&self) -> watch::Receiver<u64> {
        self.inner.any.subscribe()
    }

    /// How many wait at this moment.
    pub(crate) fn waiters(&self) -> usize {
        lock(&self.inner.waiting).values().map(watch::Sender::receiver_count).sum()
    }

    /// A transaction that moved this change has been committed by this process.
    pub(crate) fn committed(&self, id: ChangeId) {
        self.moved([id]);
        self.inner.sequence.notify_one();
    }

    /// Something else was committed that the ledger must take up.
    pub(crate) fn recorded(&self) {
        self.inner.sequence.notify_one();
    }

    /// These changes moved, here or in another process.
    pub(crate) fn moved(&self, ids: impl IntoIterator<Item = ChangeId>) {
        lock(&self.inner.moved).extend(ids);
        self.inner.follow.notify_one();
    }

    /// The ledger grew: have the follower look at what it says.
    pub(crate) fn wake(&self) {
        self.inner.look.notify_one();
        self.inner.freezes.notify_one();
        self.inner.keys.notify_one();
    }

    /// The ledger grew: perhaps a key was revoked.
    pub(crate) async fn woken_to_look_for_keys(&self) {
        self.inner.keys.notified().await;
    }

    /// The freezes in force, as far as this process has heard: for banners, and to judge with at first. What is frozen is
    /// decided in the database, where a verdict is recorded and a grant is claimed.
    pub(crate) fn frozen(&self) -> Arc<[Frozen]> {
        let now = crate::clock::now();
        let all = Arc::clone(&self.inner.frozen.borrow());
        let calendar = self.calendar();
        if calendar.is_none() && all.iter().all(|freeze| freeze.until > now) {
            return all;
        }
        calendar.into_iter().chain(all.iter().filter(|freeze| freeze.until > now).cloned()).collect()
    }

    /// What the change calendars freeze, as far as this process has asked.
    pub(crate) fn calendar(&self) -> Option<Frozen> {
        lock(&self.inner.calendar).clone()
    }

    pub(crate) fn learn_calendar(&self, frozen: Option<Frozen>) {
        let before = std::mem::replace(&mut *lock(&self.inner.calendar), frozen.clone());
        if before.map(|freeze| freeze.reason) != frozen.map(|freeze| freeze.reason) {
            self.inner.any.send_modify(|count| *count = count.wrapping_add(1));
            self.moved(self.all_waited_for());
        }
    }

    pub(crate) fn learn_frozen(&self, frozen: Vec<Frozen>) {
        let changed = self.inner.frozen.borrow().as_ref() != frozen.as_slice();
        if changed {
            self.inner.frozen.send_replace(frozen.into());
            // Pages that show all changes show the banner too, and so does the page of every change.
            self.inner.any.send_modify(|count| *count = count.wrapping_add(1));
            self.moved(self.all_waited_for());
        }
    }

    pub(crate) async fn woken_to_look_for_freezes(&self) {
        self.inner.freezes.notified().await;
    }

    /// The newest signed checkpoint that this process knows.
    pub(crate) fn checkpoint(&self) -> Option<String> {
        lock(&self.inner.checkpoint).as_deref().map(str::to_owned)
    }

    pub(crate) fn learn_checkpoint(&self, note: Option<String>) {
        if let Some(note) = note {
            *lock(&self.inner.checkpoint) = Some(note.into());
        }
    }

    pub(crate) async fn woken_to_follow(&self) {
        self.inner.follow.notified().await;
    }

    pub(crate) async fn woken_to_look(&self) {
        self.inner.look.notified().await;
    }

    pub(crate) async fn woken_to_sequence(&self) {
        self.inner.sequence.notified().await;
    }

    /// Takes the marked changes that somebody here waits for; the others are forgotten.
    pub(crate) fn take_moved(&self) -> Vec<ChangeId> {
        let moved = std::mem::take(&mut *lock(&self.inner.moved));
        if moved.is_empty() {
            return Vec::new();
        }
        self.inner.any.send_modify(|count| *count = count.wrapping_add(1));
        let mut waiting = lock(&self.inner.waiting);
        waiting.retain(|_, sender| sender.receiver_count() > 0);
        moved.into_iter().filter(|id| waiting.contains_key(id)).collect()
    }

    /// Everything that somebody here waits for.
    pub(crate) fn all_waited_for(&self) -> Vec<ChangeId> {
        lock(&self.inner.waiting).keys().copied().collect()
    }

    /// Hands the newest copy to everyone who waits for it.
    pub(crate) fn deliver(&self, snapshot: Arc<Snapshot>) {
        let id = snapshot.change.id;
        if let Some(sender) = lock(&self.inner.waiting).get(&id) {
            sender.send_modify(|news| {
                news.looks = news.looks.wrapping_add(1);
                // Two replicas' news may cross; the version decides which is newer.
                if news.latest.as_ref().is_none_or(|old| old.change.version <= snapshot.change.version) {
                    news.latest = Some(snapshot);
                }
            });
        }
    }
}

/// Reads a change, its approvals and its calls.
pub(crate) async fn read(
    conn: &mut holdpoint_store::Conn,
    id: ChangeId,
) -> Result<Snapshot, holdpoint_store::Error> {
    // The change first: an approval that lands in between then shows early, never a decision without its approvals.
    let change = holdpoint_store::changes::get(conn, id).await?;
    let approvals = holdpoint_store::approvals::of(conn, id).await?;
    let execution = match change.format {
        Format::Ssm => holdpoint_store::executions::of(conn, id).await?,
        _ => None,
    };
    // Nothing is called before the claim.
    let calls = if change.attempt.is_some() { calls::of(conn, id).await? } else { Calls::default() };
    Ok(Snapshot { execution, calls, ..Snapshot::new(change, approvals) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdpoint_core::Timestamp;

    #[test]
    fn only_what_is_waited_for_is_read_and_nothing_is_kept_for_nobody() {
        let hub = Hub::default();
        let id = |n| ChangeId::new(Timestamp::UNIX_EPOCH, n);
        let waiter = hub.watch(id(1));
        let _other = hub.watch(id(2));
        hub.moved([id(1), id(3)]);
        assert_eq!(hub.take_moved(), [id(1)]);
        assert!(hub.take_moved().is_empty());
        drop(waiter);
        hub.moved([id(1)]);
        assert!(hub.take_moved().is_empty());
        assert_eq!(hub.all_waited_for(), [id(2)]);
    }
}
