//! Which issued keys open something at this moment. A key is looked up once and then kept, for as long as this process
//! hears from the database: a revocation wakes every replica, and each asks again about all keys that it keeps. Writes
//! are checked by the database once more, in the transaction that lets them go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdpoint_cloud::credentials::{issued_secret, looks_issued};
use holdpoint_store::aws::keys::{self, Key};
use holdpoint_store::{Db, Error};
use tokio::time::Instant;

/// How long a kept key is good after the last time that the database was asked about it.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// More keys than this are not kept.
const MOST: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Keys {
    master: [u8; 32],
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// How often the database was asked about all of them.
    asks: u64,
    keys: HashMap<String, Arc<Key>>,
    asked: Instant,
}

impl Keys {
    pub(crate) fn new(master: [u8; 32]) -> Self {
        let kept = Kept { asks: 0, keys: HashMap::new(), asked: Instant::now() };
        Self { master, kept: Mutex::new(kept) }
    }

    /// The secret that belongs to a key.
    pub(crate) fn secret(&self, id: &str) -> String {
        issued_secret(&self.master, id)
    }

    /// The key, if it opens anything now.
    pub(crate) async fn open(&self, db: &Db, id: &str) -> Result<Option<Arc<Key>>, Error> {
        if !looks_issued(id) {
            return Ok(None);
        }
        if let Some(key) = self.kept(id) {
            return Ok(Some(key));
        }
        let asks = self.lock().asks;
        let found = keys::open(&mut *db.conn().await?, id).await?.map(Arc::new);
        if let Some(key) = &found {
            let mut kept = self.lock();
            // All keys were asked about in between, and this one was not among them: it may be revoked by now.
            if kept.asks != asks {
                return Ok(found);
            }
            if kept.keys.len() >= MOST {
                kept.keys.clear();
            }
            kept.keys.insert(id.to_owned(), Arc::clone(key));
        }
        Ok(found)
    }

    fn kept(&self, id: &str) -> Option<Arc<Key>> {
        let kept = self.lock();
        if kept.asked.elapsed() > GOOD_FOR {
            return None;
        }
        let key = kept.keys.get(id)?;
        let over = key.expires_at.is_some_and(|until| until <= crate::clock::now());
        (!over).then(|| Arc::clone(key))
    }

    /// Asks about all keys that are kept, and forgets those that open nothing any more.
    pub(crate) async fn ask(&self, db: &Db) -> Result<(), Error> {
        let ids: Vec<String> = self.lock().keys.keys().cloned().collect();
        let before = Instant::now();
        self.lock().asks += 1;
        let closed =
            if ids.is_empty() { Vec::new() } else { keys::closed(&mut *db.conn().await?, &ids).await? };
        let mut kept = self.lock();
        for id in closed {
            kept.keys.remove(&id);
        }
        kept.asked = before;
        kept.asks = kept.asks.wrapping_add(1);
        Ok(())
    }

    /// Forgets a key at once, in this process.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().keys.remove(id);
    }

    /// A poisoned lock only means that another task ended early; the map inside is whole.
    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
