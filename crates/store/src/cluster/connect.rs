//! Connecting over the socket: whether the server there is ours, and the roles and the database it must have.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tokio::time::timeout;

use crate::cluster::ClusterError;
use crate::cluster::folder::{Folder, not_ours};
use crate::cluster::settings::SUPERUSER;

/// What one look at the socket shows.
pub(super) enum Look {
    /// Our server answers.
    Ours,
    /// It is there but still starting, or stopping.
    Later,
    /// Nobody answers.
    Nobody,
    /// It answers, and does not know this user; its configuration is from another user's start.
    Stranger,
}

/// A URL for `role`, as sqlx reads it. Nothing is left to the `PG…` variables of the environment.
pub(super) fn url(folder: &Folder, role: &str) -> String {
    let mut host = String::new();
    for byte in folder.socket.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            host.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(host, "%{byte:02X}");
        }
    }
    format!("postgres:///holdpoint?host={host}&port=5432&user={role}&sslmode=disable")
}

async fn open(folder: &Folder, database: &str) -> Result<PgConnection, sqlx::Error> {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(&folder.socket)
        .port(5432)
        .username(SUPERUSER)
        .database(database)
        .ssl_mode(sqlx::postgres::PgSslMode::Disable)
        .disable_statement_logging();
    match timeout(Duration::from_secs(5), PgConnection::connect_with(&options)).await {
        Ok(connection) => connection,
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())),
    }
}

/// Looks once who answers on the socket. A server that works in another directory is an error.
pub(super) async fn look(folder: &Folder) -> Result<Look, ClusterError> {
    let mut connection = match open(folder, "postgres").await {
        Ok(connection) => connection,
        Err(sqlx::Error::Database(e)) => {
            return match e.code().as_deref() {
                Some("57P03" | "57P01" | "53300") => Ok(Look::Later),
                Some("28000") => Ok(Look::Stranger),
                _ => Err(sql("connect", sqlx::Error::Database(e))),
            };
        }
        Err(sqlx::Error::Io(e)) if e.kind() == io::ErrorKind::TimedOut => return Ok(Look::Later),
        Err(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)) => return Ok(Look::Nobody),
        Err(e) => return Err(sql("connect", e)),
    };
    let answer: Result<String, _> =
        sqlx::query_scalar("select current_setting('data_directory')").fetch_one(&mut connection).await;
    let _ = connection.close().await;
    match answer {
        Ok(data) if std::path::Path::new(&data) == folder.data() => Ok(Look::Ours),
        Ok(data) => {
            let why = format!(
                "is the socket of another server, which works in `{data}`: stop it, or choose another place for the data"
            );
            Err(not_ours(&folder.socket, &why))
        }
        Err(_) => Ok(Look::Later),
    }
}

/// Whether our server answers right now.
pub(super) async fn is_ours(folder: &Folder) -> Result<bool, ClusterError> {
    Ok(matches!(look(folder).await?, Look::Ours))
}

/// Creates the two roles and the database where they are missing.
pub(super) async fn provision(folder: &Folder) -> Result<(), ClusterError> {
    let mut connection = open(folder, "postgres").await.map_err(|e| sql("connect", e))?;
    // Each step is looked at by itself: a kill may fall between any two.
    let (roles, database, open_to_all): (i64, bool, bool) = sqlx::query_as(
        "select (select count(*) from pg_roles where rolname in ('holdpoint_owner', 'holdpoint_app')),
                exists (select from pg_database where datname = 'holdpoint'),
                not exists (select from pg_database where datname = 'holdpoint' and datacl is not null)",
    )
    .fetch_one(&mut connection)
    .await
    .map_err(|e| sql("look for the roles", e))?;
    if roles < 2 {
        connection.execute(ROLES).await.map_err(|e| sql("create the roles", e))?;
    }
    if !database {
        connection
            .execute("create database holdpoint owner holdpoint_owner")
            .await
            .map_err(|e| sql("create the database", e))?;
    }
    if open_to_all {
        connection.execute(GRANTS).await.map_err(|e| sql("grant access", e))?;
    }
    let _ = connection.close().await;
    Ok(())
}

const ROLES: &str = "do $$ begin
  if not exists (select from pg_roles where rolname = 'holdpoint_owner') then create role holdpoint_owner login; end if;
  if not exists (select from pg_roles where rolname = 'holdpoint_app') then create role holdpoint_app login; end if;
end $$";

const GRANTS: &str =
    "revoke all on database holdpoint from public; grant connect on database holdpoint to holdpoint_app";

fn sql(doing: &'static str, source: sqlx::Error) -> ClusterError {
    ClusterError::Sql { doing, source }
}
