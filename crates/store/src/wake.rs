//! Waking those who wait: one listening connection a process, which fans out to all its waiters. A notification says
//! "look", never "what": a lost one costs a timer's round, nothing else.

use sqlx::postgres::PgListener;

use crate::{Db, Error};

const CHANNEL: &str = "holdpoint_wake";

/// The listening connection.
#[derive(Debug)]
pub struct Listener {
    inner: PgListener,
}

impl Listener {
    /// Connects and registers: what happens from here on wakes. Register first, then look. Do not go through a pooler
    /// in transaction mode.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let mut inner = PgListener::connect(url).await?;
        inner.listen(CHANNEL).await?;
        Ok(Self { inner })
    }

    /// Waits for the next notification, or for a lost connection to be there again (what came meanwhile is lost, so
    /// that wakes too). Notifications that pile up wake once.
    ///
    /// # Errors
    /// If the database cannot be reached; wait a moment, then call again.
    pub async fn next(&mut self) -> Result<(), Error> {
        self.inner.try_recv().await?;
        while self.inner.next_buffered().is_some() {}
        Ok(())
    }
}

/// Wakes every listener of every process. Its own statement on its own connection: inside of a business transaction a
/// NOTIFY takes a lock that lets one commit through at a time.
///
/// # Errors
/// If the database fails.
pub async fn notify(db: &Db) -> Result<(), Error> {
    let mut conn = db.conn().await?;
    sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(&mut *conn).await?;
    Ok(())
}
