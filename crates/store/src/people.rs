//! People: those who answer.

use std::collections::BTreeSet;

use holdpoint_core::{Actor, ActorKind, PersonId, Timestamp};

use crate::{Conn, Error};

/// A person on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The id.
    pub id: PersonId,
    /// The name, for showing.
    pub name: String,
    /// The groups whose requirements the person can meet.
    pub groups: BTreeSet<String>,
    /// Whether the person may manage agents and people. Gives no right over changes.
    pub admin: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When every right was taken away.
    pub revoked_at: Option<Timestamp>,
}

impl Person {
    /// The person as the requester of a change.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { kind: ActorKind::Person, id: self.id.to_string(), name: self.name.clone(), operator: None }
    }
}

/// A person to put on record.
#[derive(Debug)]
pub struct NewPerson<'a> {
    /// The id.
    pub id: PersonId,
    /// The name.
    pub name: &'a str,
    /// The groups.
    pub groups: &'a BTreeSet<String>,
    /// Whether the person may manage agents and people.
    pub admin: bool,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    name: String,
    groups: Vec<String>,
    admin: bool,
    created_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

impl Row {
    pub(crate) fn read(self) -> Result<Person, Error> {
        let id =
            self.id.parse().map_err(|_| Error::inconsistent("people", self.id, "its id does not read"))?;
        Ok(Person {
            id,
            name: self.name,
            groups: self.groups.into_iter().collect(),
            admin: self.admin,
            created_at: self.created_at,
            revoked_at: self.revoked_at,
        })
    }
}

/// Says to the ledger who acts, for the rest of the transaction.
pub(crate) async fn act_as(tx: &mut Conn, by: &str) -> Result<(), Error> {
    sqlx::query("select set_config('holdpoint.actor', $1, true)").bind(by).execute(tx).await?;
    Ok(())
}

/// Puts a person on record. `token_hash` is SHA-256 of a personal token; `by` is who does it, for the ledger.
///
/// # Errors
/// If the database fails or refuses.
pub async fn create(
    tx: &mut Conn,
    new: &NewPerson<'_>,
    token_hash: Option<&[u8; 32]>,
    by: &str,
) -> Result<Person, Error> {
    act_as(tx, by).await?;
    let groups: Vec<&str> = new.groups.iter().map(String::as_str).collect();
    let row: Row = sqlx::query_as(
        "insert into holdpoint.people (id, name, groups, admin, token_hash) values ($1, $2, $3, $4, $5)
         returning id, name, groups, admin, created_at, revoked_at",
    )
    .bind(new.id.to_string())
    .bind(new.name)
    .bind(groups)
    .bind(new.admin)
    .bind(token_hash.map(<[u8; 32]>::as_slice))
    .fetch_one(tx)
    .await?;
    row.read()
}

/// Everyone, revoked ones too, by id.
///
/// # Errors
/// If the database fails.
pub async fn list(c: &mut Conn) -> Result<Vec<Person>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, name, groups, admin, created_at, revoked_at from holdpoint.people order by id",
    )
    .fetch_all(c)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One person, revoked or not.
///
/// # Errors
/// If there is none of that id.
pub async fn get(c: &mut Conn, id: PersonId) -> Result<Person, Error> {
    let row: Option<Row> = sqlx::query_as(
        "select id, name, groups, admin, created_at, revoked_at from holdpoint.people where id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(c)
    .await?;
    row.ok_or_else(|| Error::not_found(format!("person `{id}`")))?.read()
}

/// Takes a person's rights away, sessions and links included. Again changes nothing.
///
/// # Errors
/// If there is none of that id.
pub async fn revoke(tx: &mut Conn, id: PersonId, by: &str) -> Result<Person, Error> {
    act_as(tx, by).await?;
    sqlx::query(
        "update holdpoint.people set revoked_at = clock_timestamp() where id = $1 and revoked_at is null",
    )
    .bind(id.to_string())
    .execute(&mut *tx)
    .await?;
    sqlx::query("delete from holdpoint.sign_in_links where person_id = $1")
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
    sqlx::query("delete from holdpoint.sessions where person_id = $1")
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
    get(tx, id).await
}

/// The person whose personal token has this hash, unless revoked.
///
/// # Errors
/// If the database fails.
pub async fn by_token(c: &mut Conn, hash: &[u8; 32]) -> Result<Option<Person>, Error> {
    let row: Option<Row> = sqlx::query_as(
        "select id, name, groups, admin, created_at, revoked_at from holdpoint.people
         where token_hash = $1 and revoked_at is null",
    )
    .bind(hash.as_slice())
    .fetch_optional(c)
    .await?;
    row.map(Row::read).transpose()
}
