//! Budgets: what was destroyed, booked once it is allowed or approved, and summed by the database's clock.
//!
//! Two that spend at once wait for each other: whoever means to book locks the accounts first, sums, decides and books in
//! one transaction. The window slides: what was booked a day ago no longer counts.

use holdpoint_core::ChangeId;
use holdpoint_core::budget::{Account, Budget, Spending};

use crate::{Conn, Error, text};

/// Why something is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Policy allowed it.
    Allow,
    /// People approved it.
    Approve,
    /// It was denied or rejected; such an entry is of 0 and is counted.
    Refusal,
}

impl Why {
    /// The word used in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Why::Allow => "allow",
            Why::Approve => "approve",
            Why::Refusal => "refusal",
        }
    }
}

/// Locks these accounts until the transaction ends, and sums them by the database's clock: what others booked meanwhile is
/// in it. `agent` is the requester's id, whose refusals are counted.
///
/// # Errors
/// If the database fails, or the accounts stay locked for too long.
pub async fn lock_and_sum(
    tx: &mut Conn,
    accounts: &[(Account, u64)],
    agent: &str,
) -> Result<Spending, Error> {
    const SQL: &str = "select place, in_hour, in_day from holdpoint.lock_spending($1, $2)";
    spending(tx, SQL, accounts, agent).await
}

/// Sums without locking, for a check that records nothing.
///
/// # Errors
/// If the database fails.
pub async fn sum(c: &mut Conn, accounts: &[(Account, u64)], agent: &str) -> Result<Spending, Error> {
    const SQL: &str = "select place, in_hour, in_day from holdpoint.spending($1, $2)";
    spending(c, SQL, accounts, agent).await
}

async fn spending(
    c: &mut Conn,
    sql: &'static str,
    accounts: &[(Account, u64)],
    agent: &str,
) -> Result<Spending, Error> {
    let keys: Vec<String> = accounts.iter().map(|(account, _)| key(account)).collect();
    let rows: Vec<(i64, i64, i64)> =
        sqlx::query_as(sql).bind(keys).bind(agent_key(agent)).fetch_all(c).await?;
    let mut spending = Spending::default();
    for (place, hour, day) in rows {
        let (hour, day) = (hour.unsigned_abs(), day.unsigned_abs());
        let at = usize::try_from(place).unwrap_or_default();
        match at.checked_sub(1).and_then(|at| accounts.get(at)) {
            Some((account, _)) => spending.booked.push((account.key(), hour, day)),
            None => spending.refusals = hour,
        }
    }
    Ok(spending)
}

/// Books on these accounts; each once for a change and a reason, however often it is asked for.
///
/// # Errors
/// If the database fails, or there is no such change.
pub async fn book(
    tx: &mut Conn,
    change: ChangeId,
    bookings: &[(Account, u64)],
    why: Why,
) -> Result<(), Error> {
    let (accounts, amounts) = entries(bookings);
    sqlx::query(
        "insert into holdpoint.budget_entries (account, amount, change_id, why)
         select b.account, b.amount, $3, $4 from unnest($1::text[], $2::bigint[]) b(account, amount)
         on conflict on constraint budget_entries_once do nothing",
    )
    .bind(accounts)
    .bind(amounts)
    .bind(change.to_string())
    .bind(why.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// The bookings with the amounts that the budget fact weighed, where those are higher.
pub(crate) fn weighed(bookings: &[(Account, u64)], budget: &Budget) -> Vec<(Account, u64)> {
    bookings
        .iter()
        .map(|(account, amount)| {
            let weighed = budget.accounts.iter().find(|b| b.account == *account).map_or(0, |b| b.amount);
            (account.clone(), weighed.max(*amount))
        })
        .collect()
}

/// Columns of entries. An account that is there twice is booked once, with the sum.
pub(crate) fn entries(bookings: &[(Account, u64)]) -> (Vec<String>, Vec<i64>) {
    let mut sums = std::collections::BTreeMap::<String, u64>::new();
    for (account, amount) in bookings {
        let sum = sums.entry(key(account)).or_default();
        *sum = sum.saturating_add(*amount);
    }
    sums.into_iter().map(|(key, sum)| (key, i64::try_from(sum).unwrap_or(i64::MAX))).unzip()
}

/// The key of a requester's own account.
pub(crate) fn agent_key(id: &str) -> String {
    key(&Account::Agent(id.to_owned()))
}

/// Accounts whose names begin alike for a very long time share a budget.
fn key(account: &Account) -> String {
    text::cut(&account.key(), 250)
}
