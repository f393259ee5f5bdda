//! Tries of one invocation. A client that lost an answer asks again with the same `amz-sdk-invocation-id`: it is given the
//! answer of the first try, or waits for it, and the call is made once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use holdpoint_core::Digest;
use http::{HeaderMap, StatusCode};
use tokio::sync::watch;
use tokio::time::Instant;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(900);
/// How many bytes of answers are kept in all; older ones go first.
const MOST_BYTES: usize = 32 << 20;

/// Which try of what: the agent, the client's id of the invocation, and what the call means.
pub(super) type Tried = (String, String, Digest);

/// An answer, kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What is known of a try.
#[derive(Debug)]
pub(super) enum Try {
    /// It is the first: make the call, and tell by the sender how it ended. `None` when it ended without an answer that
    /// can be given again.
    First(watch::Sender<Option<Arc<Kept>>>),
    /// Another try is under way, or has ended.
    Again(watch::Receiver<Option<Arc<Kept>>>),
}

#[derive(Debug)]
struct Entry {
    at: Instant,
    answer: watch::Receiver<Option<Arc<Kept>>>,
}

#[derive(Debug, Default)]
pub(crate) struct Invocations {
    entries: Mutex<HashMap<Tried, Entry>>,
}

impl Invocations {
    pub(super) fn begin(&self, tried: Tried) -> Try {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        tidy(&mut entries);
        if let Some(entry) = entries.get(&tried) {
            return Try::Again(entry.answer.clone());
        }
        let (sender, answer) = watch::channel(None);
        entries.insert(tried, Entry { at: Instant::now(), answer });
        Try::First(sender)
    }

    /// The call was not made: the next try is a first one.
    pub(super) fn forget(&self, tried: &Tried) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(tried);
    }
}

/// An invocation whose call is not made yet: forgotten when it is dropped, so that the next try is a first one.
#[derive(Debug)]
pub(super) struct Unmade<'a> {
    pub(super) all: &'a Invocations,
    pub(super) tried: Option<Tried>,
}

impl Unmade<'_> {
    /// From here on the call is made, once for all its tries.
    pub(super) fn made(mut self) {
        self.tried = None;
    }
}

impl Drop for Unmade<'_> {
    fn drop(&mut self) {
        if let Some(tried) = &self.tried {
            self.all.forget(tried);
        }
    }
}

fn tidy(entries: &mut HashMap<Tried, Entry>) {
    entries.retain(|_, entry| entry.at.elapsed() < KEPT);
    let held = |entry: &Entry| entry.answer.borrow().as_ref().map_or(256, |kept| kept.body.len() + 1_024);
    let mut bytes: usize = entries.values().map(held).sum();
    if bytes <= MOST_BYTES {
        return;
    }
    let mut oldest: Vec<(Instant, Tried)> =
        entries.iter().map(|(tried, entry)| (entry.at, tried.clone())).collect();
    oldest.sort_by_key(|(at, _)| *at);
    for (_, tried) in oldest {
        if bytes <= MOST_BYTES / 2 {
            return;
        }
        if let Some(entry) = entries.remove(&tried) {
            bytes = bytes.saturating_sub(held(&entry));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(id: &str) -> Tried {
        ("agt_1".to_owned(), id.to_owned(), Digest::of(b"call"))
    }

    #[tokio::test]
    async fn a_second_try_is_given_the_first_ones_answer() {
        let all = Invocations::default();
        let Try::First(sender) = all.begin(tried("a")) else { panic!("it is the first") };
        let Try::Again(mut answer) = all.begin(tried("a")) else { panic!("it is the second") };
        assert!(matches!(all.begin(tried("b")), Try::First(_)), "another invocation is its own");
        let kept = Kept { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::from("done") };
        sender.send_replace(Some(Arc::new(kept)));
        let answer = answer.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        assert_eq!(answer.body, "done");
    }

    #[tokio::test]
    async fn what_was_not_made_can_be_tried_again() {
        let all = Invocations::default();
        let first = all.begin(tried("a"));
        drop(first);
        assert!(matches!(all.begin(tried("a")), Try::Again(_)), "nobody knows whether it was made");
        all.forget(&tried("a"));
        assert!(matches!(all.begin(tried("a")), Try::First(_)));
    }
}
