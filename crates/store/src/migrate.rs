//! Roles and migrations; run by the owner, never by the daemon's own role.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection as _, Executor as _};

use crate::{Conn, Error};

static EMBEDDED: Migrator = sqlx::migrate!("../../migrations");

/// One caller a database at a time, until its session ends: two that grant at once fail on each other's rows.
const ALONE: &str = "select pg_advisory_lock(4653)";

/// Makes the two roles where the caller may, and hands the rest of the session to `holdpoint_owner`. Roles are of the
/// whole server, beyond the reach of a database's lock, hence the exception handlers.
const ROLES: &str = r"
do $$
declare may boolean := (select rolsuper or rolcreaterole from pg_roles where rolname = current_user);
begin
  if not exists (select 1 from pg_roles where rolname = 'holdpoint_app') then
    if not may then
      raise exception 'the role holdpoint_app is missing and % may not create roles; as an administrator, run: create role holdpoint_app login', current_user
        using errcode = '42501';
    end if;
    begin create role holdpoint_app login; exception when duplicate_object or unique_violation then null; end;
  end if;
  if not exists (select 1 from pg_roles where rolname = 'holdpoint_owner') and may then
    begin create role holdpoint_owner login; exception when duplicate_object or unique_violation then null; end;
  end if;
  if current_user <> 'holdpoint_owner' and exists (select 1 from pg_roles where rolname = 'holdpoint_owner') then
    if may and not pg_has_role(current_user, 'holdpoint_owner', 'member') then
      execute format('grant holdpoint_owner to %I', current_user);
    end if;
    if pg_has_role(current_user, 'holdpoint_owner', 'member') then
      if not has_database_privilege('holdpoint_owner', current_database(), 'create') then
        execute format('grant create on database %I to holdpoint_owner', current_database());
      end if;
      set role holdpoint_owner;
    end if;
  end if;
end $$;";

/// Brings the schema up to date. `owner_url` names a role that may create in the database; the first time, one that may
/// create roles. Several may run at once.
///
/// # Errors
/// If a migration fails, or the history in the database is not this build's.
pub async fn migrate(owner_url: &str) -> Result<(), Error> {
    let mut conn = Conn::connect(owner_url).await?;
    conn.execute(ALONE).await?;
    conn.execute(ROLES).await?;
    let mut migrator = Migrator::with_migrations(EMBEDDED.iter().cloned().collect());
    migrator.create_schema("holdpoint");
    migrator.dangerous_set_table_name("holdpoint.migrations");
    // A newer version may have been here: expand-then-contract lets both work on one database.
    migrator.set_ignore_missing(true);
    migrator.run_direct(None, &mut conn, false).await.map_err(of_migrate)?;
    conn.execute("grant select on holdpoint.migrations to holdpoint_app").await?;
    conn.close().await?;
    Ok(())
}

fn of_migrate(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Error::from(error),
        other => Error::Refused(format!("{other}; the database's history is not this build's")),
    }
}

/// Whether every embedded migration has been run, unedited.
pub(crate) async fn current(c: &mut Conn) -> Result<(), Error> {
    let missing =
        || Error::Unavailable("the schema is older than this build; run `holdpoint migrate`".to_owned());
    let table: Option<String> =
        sqlx::query_scalar("select to_regclass('holdpoint.migrations')::text").fetch_one(&mut *c).await?;
    if table.is_none() {
        return Err(missing());
    }
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select version, checksum from holdpoint.migrations where success")
            .fetch_all(c)
            .await?;
    for migration in EMBEDDED.iter() {
        match applied.iter().find(|(version, _)| *version == migration.version) {
            None => return Err(missing()),
            Some((version, sum)) if sum.as_slice() != migration.checksum.as_ref() => {
                return Err(Error::inconsistent(
                    "migrations",
                    version.to_string(),
                    "its text differs from this build's",
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
