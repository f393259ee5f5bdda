//! How things are said: counts, lists, times, and the one sentence that says what a change does.

use holdpoint_core::{
    Actor, Counts, EffectKind, Environment, HazardKind, Manner, Requirements, StateName, Timestamp, Verdict,
};
use time::Duration;

use super::visible::visible;

/// `1 agent`, `2 agents`; counts from 1,000 up are grouped.
pub(crate) fn count(n: u64, one: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {one}{s}", grouped(n))
}

/// `12,345`
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && digits.len().saturating_sub(i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// The sign that stands for an effect: shape before colour.
pub(crate) fn glyph(effect: EffectKind) -> &'static str {
    match effect {
        EffectKind::Create => "+",
        EffectKind::Update => "~",
        EffectKind::Replace => "±",
        EffectKind::Delete => "−",
        EffectKind::Forget => "⊘",
        EffectKind::Read => "○",
        EffectKind::Execute => "▸",
    }
}

/// A hazard in a reviewer's words.
pub(crate) fn hazard(kind: HazardKind) -> &'static str {
    match kind {
        HazardKind::DataLoss => "data loss",
        HazardKind::BackupLoss => "backup loss",
        HazardKind::ProtectionOff => "protection off",
        HazardKind::Exposure => "exposure",
        HazardKind::Privilege => "privilege",
        HazardKind::Lockout => "lockout",
        HazardKind::Capacity => "capacity",
        HazardKind::Cascade => "cascade",
        HazardKind::Unknown => "not understood",
    }
}

/// A manner in a reviewer's words.
pub(crate) fn manner(manner: Manner) -> &'static str {
    match manner {
        Manner::SelectsAll => "reaches all there is",
        Manner::ForeignCredential => "foreign credential",
        Manner::Forced => "forced",
        Manner::Permanent => "permanent",
        Manner::Everywhere => "everywhere at once",
        Manner::Unattended => "asks nobody",
    }
}

/// The count of one kind of effect.
pub(crate) fn of_kind(counts: &Counts, kind: EffectKind) -> u64 {
    match kind {
        EffectKind::Create => counts.create,
        EffectKind::Update => counts.update,
        EffectKind::Replace => counts.replace,
        EffectKind::Delete => counts.delete,
        EffectKind::Forget => counts.forget,
        EffectKind::Read => counts.read,
        EffectKind::Execute => counts.execute,
    }
}

/// What a change does, in one sentence computed from its effects; never in the words of whoever asks.
pub(crate) fn sentence(
    requester: &Actor,
    counts: &Counts,
    environment: Environment,
    state: StateName,
) -> String {
    let who = format!("{} {}", requester.kind.as_str(), visible(&requester.name));
    let done = state == StateName::Applied;
    let verbs: Vec<String> = EffectKind::ALL
        .into_iter()
        .filter_map(|kind| match of_kind(counts, kind) {
            0 => None,
            n => Some(format!("{} {}", verb(kind, done), grouped(n))),
        })
        .collect();
    let what = if verbs.is_empty() { "change nothing but outputs".to_owned() } else { list(&verbs) };
    let link = match state {
        StateName::Applied if verbs.is_empty() => " did ",
        StateName::Applied => " ",
        StateName::Executing => " is carrying out: ",
        StateName::Failed => " tried to ",
        StateName::Unknown => " tried, with unknown outcome, to ",
        StateName::Submitted | StateName::Held | StateName::Allowed | StateName::Approved => " wants to ",
        _ => " wanted to ",
    };
    format!("{who}{link}{what}{}", place(environment))
}

fn place(environment: Environment) -> &'static str {
    match environment {
        Environment::Development => " in development",
        Environment::Staging => " in staging",
        Environment::Unknown => " in an unknown environment",
        Environment::Production => " in production",
    }
}

fn verb(kind: EffectKind, done: bool) -> &'static str {
    match (kind, done) {
        (EffectKind::Create, false) => "create",
        (EffectKind::Create, true) => "created",
        (EffectKind::Update, false) => "update",
        (EffectKind::Update, true) => "updated",
        (EffectKind::Replace, false) => "replace",
        (EffectKind::Replace, true) => "replaced",
        (EffectKind::Delete, false) => "delete",
        (EffectKind::Delete, true) => "deleted",
        (EffectKind::Forget, false) => "stop managing",
        (EffectKind::Forget, true) => "stopped managing",
        (EffectKind::Read, _) => "read",
        (EffectKind::Execute, false) => "run",
        (EffectKind::Execute, true) => "ran",
    }
}

/// What a state means to somebody who looks at it now.
pub(crate) fn state(name: StateName) -> &'static str {
    match name {
        StateName::Submitted => "being judged",
        StateName::Allowed => "allowed by policy, not yet carried out",
        StateName::Held => "held: waits for people, nothing is executed",
        StateName::Denied => "denied by policy; nothing was executed",
        StateName::Approved => "approved, not yet carried out",
        StateName::Rejected => "rejected; nothing was executed",
        StateName::Expired => "expired unanswered; nothing was executed",
        StateName::Withdrawn => "withdrawn by the requester; nothing was executed",
        StateName::Lapsed => "lapsed: the right to carry it out ran out unused",
        StateName::Executing => "being carried out",
        StateName::Applied => "carried out",
        StateName::Failed => "tried, and failed",
        StateName::Unknown => "tried; what came of it is not known",
    }
}

/// The sign before a state's name.
pub(crate) fn state_sign(name: StateName) -> &'static str {
    match name {
        StateName::Submitted | StateName::Held => "◆",
        StateName::Allowed | StateName::Approved | StateName::Applied => "✓",
        StateName::Denied | StateName::Rejected | StateName::Failed => "✕",
        StateName::Expired | StateName::Withdrawn | StateName::Lapsed => "–",
        StateName::Executing => "▸",
        StateName::Unknown => "?",
    }
}

/// `2 people of reviewers`, or why nobody is asked.
pub(crate) fn asks(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Allow => "nobody: policy allows it".to_owned(),
        Verdict::Deny => "nobody can release it".to_owned(),
        Verdict::Hold { requirements } => people(requirements),
    }
}

/// `2 people of reviewers and 1 person of dba`.
pub(crate) fn people(requirements: &Requirements) -> String {
    let of =
        |(group, n)| if n == 1 { format!("1 person of {group}") } else { format!("{n} people of {group}") };
    list(&requirements.iter().map(of).collect::<Vec<_>>())
}

/// A moment, in the three ways a page needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct When {
    /// For machines: RFC 3339.
    pub(crate) iso: String,
    /// `2026-11-24 14:30:05 UTC`
    pub(crate) exact: String,
    /// `14:30 UTC` on the same day, else with the date.
    pub(crate) short: String,
    /// `in 23 min`, `5 min ago`
    pub(crate) relative: String,
}

/// Says when `at` is, seen from `now`.
pub(crate) fn when(at: Timestamp, now: Timestamp) -> When {
    let at = at.to_offset(time::UtcOffset::UTC);
    let clock = format!("{:02}:{:02}", at.hour(), at.minute());
    let date = format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day());
    let same_day = at.date() == now.to_offset(time::UtcOffset::UTC).date();
    let iso = format!("{date}T{clock}:{:02}Z", at.second());
    let short = if same_day { format!("{clock} UTC") } else { format!("{date} {clock} UTC") };
    When { iso, exact: format!("{date} {clock}:{:02} UTC", at.second()), short, relative: relative(at - now) }
}

fn relative(distance: Duration) -> String {
    let (past, length) = (distance.is_negative(), span(distance.abs()));
    match (length.as_str(), past) {
        ("now", _) => "just now".to_owned(),
        (length, true) => format!("{length} ago"),
        (length, false) => format!("in {length}"),
    }
}

/// `23 min`, `1 h 5 min`, `3 days`.
pub(crate) fn span(length: Duration) -> String {
    let seconds = length.whole_seconds().max(0);
    match seconds {
        0..5 => "now".to_owned(),
        5..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => match (seconds / 3_600, seconds % 3_600 / 60) {
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        },
        _ => match seconds / 86_400 {
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        },
    }
}

#[cfg(test)]
mod tests {
    use holdpoint_core::ActorKind;

    use super::*;

    fn bot(kind: ActorKind, name: &str) -> Actor {
        Actor { kind, id: "agt_1".to_owned(), name: name.to_owned(), operator: None }
    }

    #[test]
    fn the_sentence_is_computed_and_leads_with_the_gravest() {
        let counts = Counts { delete: 3, replace: 1, create: 1200, ..Counts::default() };
        let agent = bot(ActorKind::Agent, "billing-bot");
        assert_eq!(
            sentence(&agent, &counts, Environment::Production, StateName::Held),
            "agent billing-bot wants to delete 3, replace 1 and create 1,200 in production"
        );
        assert_eq!(
            sentence(&agent, &counts, Environment::Unknown, StateName::Applied),
            "agent billing-bot deleted 3, replaced 1 and created 1,200 in an unknown environment"
        );
        let nothing = sentence(&agent, &Counts::default(), Environment::Staging, StateName::Held);
        assert_eq!(nothing, "agent billing-bot wants to change nothing but outputs in staging");
    }

    #[test]
    fn a_name_cannot_bend_the_sentence() {
        let odd = bot(ActorKind::Pipeline, "a\u{202e}b");
        let counts = Counts { delete: 1, ..Counts::default() };
        assert!(sentence(&odd, &counts, Environment::Production, StateName::Held).contains("a⟦U+202E⟧b"));
    }

    #[test]
    fn times_read_well() {
        let now = Timestamp::UNIX_EPOCH + Duration::hours(14);
        let soon = when(now + Duration::minutes(23), now);
        assert_eq!((soon.relative.as_str(), soon.short.as_str()), ("in 23 min", "14:23 UTC"));
        assert_eq!(when(now - Duration::minutes(65), now).relative, "1 h 5 min ago");
        assert_eq!(when(now + Duration::days(2), now).short, "1970-01-03 14:00 UTC");
        assert_eq!(when(now, now).relative, "just now");
    }
}
