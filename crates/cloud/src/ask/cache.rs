//! Answers of the last half minute. A change is looked at more than once, and many changes touch the same things; only
//! what was answered is kept, never that something was not.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

/// How long an answer counts.
pub(super) const LASTS: Duration = Duration::from_secs(30);
/// Answers kept at once.
const MOST: usize = 1000;
/// Bytes of answers kept at once, as they came.
const MOST_BYTES: usize = 32 << 20;

/// Kept answers by question. The asker's identity is not part of the key: an asker has one.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<String, Answer>,
    bytes: usize,
}

#[derive(Debug)]
struct Answer {
    value: Value,
    bytes: usize,
    until: Instant,
}

impl Cache {
    pub(super) fn get(&self, question: &str, now: Instant) -> Option<Value> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.answers.get(question).filter(|answer| answer.until > now).map(|answer| answer.value.clone())
    }

    pub(super) fn put(&self, question: String, value: Value, bytes: usize, now: Instant) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.answers.len() >= MOST || kept.bytes.saturating_add(bytes) > MOST_BYTES {
            kept.answers.retain(|_, answer| answer.until > now);
            kept.bytes = kept.answers.values().map(|answer| answer.bytes).sum();
        }
        if kept.answers.len() >= MOST || kept.bytes.saturating_add(bytes) > MOST_BYTES {
            return;
        }
        let answer = Answer { value, bytes, until: now + LASTS };
        kept.bytes = kept.bytes.saturating_add(bytes);
        if let Some(before) = kept.answers.insert(question, answer) {
            kept.bytes = kept.bytes.saturating_sub(before.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_lasts_half_a_minute() {
        let (cache, start) = (Cache::default(), Instant::now());
        cache.put("a".into(), json!(1), 10, start);
        assert_eq!(cache.get("a", start + Duration::from_secs(29)), Some(json!(1)));
        assert_eq!(cache.get("a", start + Duration::from_secs(30)), None);
        assert_eq!(cache.get("b", start), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let (cache, start) = (Cache::default(), Instant::now());
        for n in 0..MOST + 10 {
            cache.put(n.to_string(), json!(n), 1, start);
        }
        cache.put("large".into(), json!(1), MOST_BYTES, start);
        assert_eq!(cache.0.lock().unwrap().answers.len(), MOST);
        // What has ended makes room.
        cache.put("later".into(), json!(1), 1, start + LASTS);
        assert_eq!(cache.0.lock().unwrap().answers.len(), 1);
        assert_eq!(cache.0.lock().unwrap().bytes, 1);
    }
}
