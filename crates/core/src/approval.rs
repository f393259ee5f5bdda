//! Counting approvals: distinct people, of the right groups, never those who have a hand in the change.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Actor, ApprovalId, Digest, PersonId, Requirements, Timestamp};

/// A person's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes, to exactly this digest.
    Approve,
    /// No; one is enough.
    Reject,
}

impl Answer {
    /// The word used in the database, the API and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Answer::Approve => "approve",
            Answer::Reject => "reject",
        }
    }
}

/// One person's recorded yes or no to one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// Who.
    pub person: PersonId,
    /// The groups the person was in when answering.
    pub groups: BTreeSet<String>,
    /// To what.
    pub digest: Digest,
    /// Yes or no.
    pub answer: Answer,
    /// In the person's own words; may be empty for an approval without data loss.
    pub comment: String,
    /// When.
    pub at: Timestamp,
}

/// Whether a person may answer for a change, and if not, why: the sentence is shown beside the disabled form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// May answer; would count for these groups.
    May(Vec<String>),
    /// May not.
    MayNot(&'static str),
}

impl Standing {
    /// Judges a person's standing towards a change of `requester` that asks for `requirements`.
    #[must_use]
    pub fn of(
        person: PersonId,
        groups: &BTreeSet<String>,
        requester: &Actor,
        requirements: &Requirements,
    ) -> Self {
        if requester.id == person.to_string() {
            return Standing::MayNot("you are the requester of this change");
        }
        if requester.operator == Some(person) {
            return Standing::MayNot("you are the operator who answers for the requester");
        }
        let counts: Vec<String> = requirements
            .iter()
            .map(|(group, _)| group.to_owned())
            .filter(|group| groups.contains(group))
            .collect();
        if counts.is_empty() {
            return Standing::MayNot("you are in none of the groups that this change waits for");
        }
        Standing::May(counts)
    }
}

/// What the approvals so far amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tally {
    /// Someone said no.
    Rejected {
        /// The first who did.
        by: PersonId,
    },
    /// Every requirement is met.
    Met,
    /// Still missing, by group.
    Missing(BTreeMap<String, u8>),
}

/// Counts `approvals` of `digest` against `requirements`. Only approvals of this digest count, each person
/// once and for one requirement only, and never the requester or the requester's operator.
#[must_use]
pub fn tally(
    requirements: &Requirements,
    requester: &Actor,
    digest: Digest,
    approvals: &[Approval],
) -> Tally {
    let mut yes: BTreeMap<PersonId, &BTreeSet<String>> = BTreeMap::new();
    for approval in approvals.iter().filter(|a| a.digest == digest) {
        let standing = Standing::of(approval.person, &approval.groups, requester, requirements);
        if matches!(standing, Standing::MayNot(_)) {
            continue;
        }
        match approval.answer {
            Answer::Reject => return Tally::Rejected { by: approval.person },
            Answer::Approve => {
                yes.insert(approval.person, &approval.groups);
            }
        }
    }
    let missing = unfilled(requirements, &yes);
    if missing.is_empty() { Tally::Met } else { Tally::Missing(missing) }
}

/// The seats that stay empty when as many as possible are filled (a bipartite matching by augmenting paths:
/// a greedy choice could seat a person in one group who is needed in another).
fn unfilled(
    requirements: &Requirements,
    people: &BTreeMap<PersonId, &BTreeSet<String>>,
) -> BTreeMap<String, u8> {
    let seats: Vec<&str> = requirements
        .iter()
        .flat_map(|(group, count)| std::iter::repeat_n(group, usize::from(count)))
        .collect();
    let mut seated: BTreeMap<PersonId, usize> = BTreeMap::new();
    let mut missing: BTreeMap<String, u8> = BTreeMap::new();
    for (seat, group) in seats.iter().enumerate() {
        if !fill(seat, &seats, people, &mut seated, &mut BTreeSet::new()) {
            let empty = missing.entry((*group).to_owned()).or_insert(0);
            *empty = empty.saturating_add(1);
        }
    }
    missing
}

fn fill(
    seat: usize,
    seats: &[&str],
    people: &BTreeMap<PersonId, &BTreeSet<String>>,
    seated: &mut BTreeMap<PersonId, usize>,
    tried: &mut BTreeSet<PersonId>,
) -> bool {
    let Some(group) = seats.get(seat) else { return false };
    for (person, groups) in people {
        if !groups.contains(*group) || !tried.insert(*person) {
            continue;
        }
        let moved = match seated.get(person).copied() {
            None => true,
            Some(other) => fill(other, seats, people, seated, tried),
        };
        if moved {
            seated.insert(*person, seat);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
