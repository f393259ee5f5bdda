//! Budgets of destruction (rule R13): what an agent, a session and a class of resources lost in the last hour and day,
//! this change included.

use serde::{Deserialize, Serialize};

use crate::{Actor, Change, Class, Environment};

/// Where a change's budgets stand. The order is by gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing is destroyed, or it fits.
    #[default]
    Within,
    /// More than passes without a person.
    Over,
    /// More than people may release, too.
    Spent,
    /// It could not be counted; treated as spent.
    Unknown,
}

impl Level {
    /// The word used in the API, policies and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Within => "within",
            Level::Over => "over",
            Level::Spent => "spent",
            Level::Unknown => "unknown",
        }
    }
}

/// The limits of one kind of account: above `over_*` people are asked, above `spent_*` nobody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the limit it is named after, in destroyed resources")]
pub struct Limit {
    pub over_hour: u64,
    pub over_day: u64,
    pub spent_hour: u64,
    pub spent_day: u64,
}

impl Limit {
    fn level(&self, hour: u64, day: u64) -> Level {
        if hour > self.spent_hour || day > self.spent_day {
            Level::Spent
        } else if hour > self.over_hour || day > self.over_day {
            Level::Over
        } else {
            Level::Within
        }
    }
}

/// The limits in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// For all that one agent or pipeline destroys.
    pub agent: Limit,
    /// For all that one session destroys.
    pub session: Limit,
    /// For what holds data, is a backup or a key, whoever destroys it.
    pub data: Limit,
    /// For each other class, whoever destroys it.
    pub class: Limit,
    /// What one destroyed resource counts as when a flag overrides a refusal of the last hour.
    pub escalated: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            agent: Limit { over_hour: 9, over_day: 30, spent_hour: 99, spent_day: 300 },
            session: Limit { over_hour: 9, over_day: 30, spent_hour: 99, spent_day: 300 },
            data: Limit { over_hour: 1, over_day: 3, spent_hour: 4, spent_day: 12 },
            class: Limit { over_hour: 40, over_day: 120, spent_hour: 400, spent_day: 1_200 },
            escalated: 5,
        }
    }
}

/// One account that destruction is booked on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of", content = "is")]
pub enum Account {
    /// An agent or pipeline, by id.
    Agent(String),
    /// A session of an agent, as `agent/session`.
    Session(String),
    /// A class of resources, where production is reached, or may be.
    Class(Class),
    /// A class of resources in development and staging.
    ClassElsewhere(Class),
}

impl Account {
    /// The key in the database: equal for equal accounts.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Account::Agent(id) => format!("agent:{id}"),
            Account::Session(id) => format!("session:{id}"),
            Account::Class(class) => format!("class:{}", class.as_str()),
            Account::ClassElsewhere(class) => format!("class-elsewhere:{}", class.as_str()),
        }
    }

    fn limit(&self, limits: &Limits) -> Limit {
        match self {
            Account::Agent(_) => limits.agent,
            Account::Session(_) => limits.session,
            Account::Class(Class::Data | Class::Backup | Class::Key) => limits.data,
            Account::Class(_) | Account::ClassElsewhere(_) => limits.class,
        }
    }

    fn words(&self) -> String {
        match self {
            Account::Agent(_) => "this requester".to_owned(),
            Account::Session(_) => "this session".to_owned(),
            Account::Class(class) => format!("all requesters together, of class {},", class.as_str()),
            Account::ClassElsewhere(class) => {
                format!("all requesters together, of class {} outside of production,", class.as_str())
            }
        }
    }
}

/// What a change would book, in a fixed order: its requester, its session, and each class it destroys.
/// Empty when it destroys nothing.
#[must_use]
pub fn bookings(
    change: &Change,
    requester: &Actor,
    session: Option<&str>,
    reached: Environment,
) -> Vec<(Account, u64)> {
    let mut classes: std::collections::BTreeMap<Class, u64> = std::collections::BTreeMap::new();
    let mut sum = 0_u64;
    for effect in change.effects.iter().filter(|effect| effect.effect.destroys()) {
        let weight = effect.weight();
        sum = sum.saturating_add(weight);
        let class = classes.entry(effect.class).or_default();
        *class = class.saturating_add(weight);
    }
    if sum == 0 {
        return Vec::new();
    }
    let mut bookings = vec![(Account::Agent(requester.id.clone()), sum)];
    if let Some(session) = session {
        bookings.push((Account::Session(format!("{}/{session}", requester.id)), sum));
    }
    let production = reached >= Environment::Unknown;
    let account = |class| if production { Account::Class(class) } else { Account::ClassElsewhere(class) };
    bookings.extend(classes.into_iter().map(|(class, amount)| (account(class), amount)));
    bookings
}

/// What was booked before, by key, as counted in the database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spending {
    /// Key of the account, booked in the last hour, booked in the last day.
    pub booked: Vec<(String, u64, u64)>,
    /// Refusals of this requester or session in the last hour.
    pub refusals: u64,
}

/// One account as it would stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// Which account.
    pub account: Account,
    /// What this change books on it.
    pub amount: u64,
    /// The last hour, this change included.
    pub hour: u64,
    /// The last day, this change included.
    pub day: u64,
    /// Where that stands.
    pub level: Level,
}

/// The budget fact: the gravest account decides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The gravest of the accounts.
    pub level: Level,
    /// Every account concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Balance>,
    /// A refusal came before it, and it is asked for with a harder flag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
}

impl Budget {
    /// Weighs what the change books on top of what was booked before. `None` for spending that could not be counted.
    #[must_use]
    pub fn weigh(
        bookings: &[(Account, u64)],
        forced: bool,
        before: Option<&Spending>,
        limits: &Limits,
    ) -> Self {
        if bookings.is_empty() {
            return Self::default();
        }
        let Some(before) = before else { return Self { level: Level::Unknown, ..Self::default() } };
        let escalated = forced && before.refusals > 0;
        let factor = if escalated { limits.escalated.max(1) } else { 1 };
        let accounts: Vec<Balance> = bookings
            .iter()
            .map(|(account, amount)| {
                let key = account.key();
                let (hour, day) = before
                    .booked
                    .iter()
                    .find(|(known, ..)| *known == key)
                    .map_or((0, 0), |(_, h, d)| (*h, *d));
                let amount = amount.saturating_mul(factor);
                let (hour, day) = (hour.saturating_add(amount), day.saturating_add(amount));
                let level = account.limit(limits).level(hour, day);
                Balance { account: account.clone(), amount, hour, day, level }
            })
            .collect();
        let level = accounts.iter().map(|account| account.level).max().unwrap_or_default();
        Self { level, accounts, escalated }
    }

    /// The accounts that are over, as sentences.
    #[must_use]
    pub fn evidence(&self) -> Vec<String> {
        let mut says: Vec<String> = self
            .accounts
            .iter()
            .filter(|balance| balance.level > Level::Within)
            .map(|b| {
                format!(
                    "{} would have destroyed {} in an hour and {} in a day",
                    b.account.words(),
                    b.hour,
                    b.day
                )
            })
            .collect();
        if self.level == Level::Unknown {
            says.push("what was destroyed before could not be counted".to_owned());
        }
        if self.escalated {
            says.push("it was refused within the last hour and comes again with a harder flag".to_owned());
        }
        says
    }
}
