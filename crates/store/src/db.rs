//! The pool of connections and its limits.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Row as _};

use crate::{Error, migrate};

/// A connection, inside a transaction or not.
pub type Conn = sqlx::PgConnection;
/// A transaction; it is rolled back when it is dropped without a commit.
pub type Tx = sqlx::Transaction<'static, sqlx::Postgres>;
/// A connection of the pool; it dereferences to [`Conn`].
pub type PoolConn = sqlx::pool::PoolConnection<sqlx::Postgres>;

/// No caller waits longer than this for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// A connection that has lain idle this long is tried before it is handed out.
const SUSPECT: Duration = Duration::from_millis(500);

/// One statement that sets every limit of a session, and says whether the server is a standby: there, a decision could
/// rest on commits that the primary has lost or ordered otherwise.
const SESSION: &str = "set statement_timeout = '10s'; set lock_timeout = '5s'; \
    set idle_in_transaction_session_timeout = '30s'; set timezone = 'UTC'; \
    set search_path = holdpoint, pg_temp; select pg_is_in_recovery()";

/// The database, as the daemon sees it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
}

impl Db {
    /// A pool for this URL. It succeeds with the database down: connections are made when asked for, and asking for
    /// one takes five seconds at most.
    ///
    /// # Errors
    /// If the URL does not read.
    #[expect(
        clippy::unused_async,
        reason = "the pool spawns its reaper, so it must be made inside a runtime"
    )]
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self, Error> {
        let options: PgConnectOptions = url.parse().map_err(Error::from)?;
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(Duration::from_secs(300))
            .test_before_acquire(false)
            .before_acquire(|conn, met| {
                Box::pin(async move {
                    if met.idle_for > SUSPECT {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|conn, _| {
                Box::pin(async move {
                    let standby: bool = sqlx::raw_sql(SESSION).fetch_one(&mut *conn).await?.try_get(0)?;
                    if standby {
                        let what = "the server is a standby; holdpoint decides on the primary only";
                        return Err(sqlx::Error::Io(std::io::Error::other(what)));
                    }
                    Ok(())
                })
            })
            .connect_lazy_with(options.application_name("holdpoint"));
        Ok(Self { pool })
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// If no connection can be had.
    pub async fn begin(&self) -> Result<Tx, Error> {
        Ok(self.pool.begin().await?)
    }

    /// A connection outside of any transaction: each statement commits by itself.
    ///
    /// # Errors
    /// If no connection can be had.
    pub async fn conn(&self) -> Result<PoolConn, Error> {
        Ok(self.pool.acquire().await?)
    }

    /// Whether the daemon can work: a primary that accepts writes, with every migration that this build embeds.
    ///
    /// # Errors
    /// What is missing.
    pub async fn ready(&self) -> Result<(), Error> {
        let mut conn = self.conn().await?;
        let (standby, read_only): (bool, bool) =
            sqlx::query_as("select pg_is_in_recovery(), current_setting('transaction_read_only')::boolean")
                .fetch_one(&mut *conn)
                .await?;
        if standby || read_only {
            return Err(Error::Unavailable("the server does not accept writes".to_owned()));
        }
        migrate::current(&mut conn).await
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
