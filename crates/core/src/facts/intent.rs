//! What the requester says it is about to do (rules R8 and R19): a claim, worth something only because the effects are
//! held against it.

use serde::{Deserialize, Serialize};

use crate::{Actor, ActorKind, Change, Environment};

/// The task, in a form that effects can be compared with. Every field may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intent {
    /// How many resources are meant to be destroyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destroys: Option<u64>,
    /// How many resources are meant to be written to in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<u64>,
    /// Types that are meant to be destroyed, for example `aws_instance`; `*` at the end stands for anything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// The environment meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// The ticket, run or person it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Nobody is asked any more where it runs (`--trust-all-tools`, `--dangerously-skip-permissions`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unattended: bool,
}

/// How far the effects go beyond the intent. The order is by gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// Nothing was said that could be compared.
    #[default]
    NotSaid,
    /// As meant.
    AsMeant,
    /// Something differs.
    Differs,
    /// Another level or type is destroyed than was meant, or ten times as many.
    FarFrom,
}

impl Match {
    /// The word used in the API, policies and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Match::NotSaid => "not_said",
            Match::AsMeant => "as_meant",
            Match::Differs => "differs",
            Match::FarFrom => "far_from",
        }
    }
}

/// The intent, held against the effects.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// What was said.
    pub intent: Intent,
    /// How the effects compare.
    #[serde(rename = "match")]
    pub matches: Match,
    /// What differs, as sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// A person, run or ticket stands behind it.
    pub has_origin: bool,
}

impl Task {
    /// Compares what was meant with what would happen in this environment.
    #[must_use]
    pub fn of(intent: &Intent, change: &Change, requester: &Actor, reached: Environment) -> Self {
        let mut matches = Match::NotSaid;
        let mut evidence = Vec::new();
        let mut say = |level: Match, says: Option<String>| {
            matches = matches.max(level);
            evidence.extend(says);
        };
        let writes = change.effects.iter().filter(|e| e.effect != crate::EffectKind::Read);
        let destroyed: Vec<_> = change.effects.iter().filter(|e| e.effect.destroys()).collect();
        let counts = [
            (
                intent.destroys,
                destroyed.iter().fold(0_u64, |sum, e| sum.saturating_add(e.weight())),
                "destroyed",
            ),
            (intent.changes, writes.fold(0_u64, |sum, e| sum.saturating_add(e.weight())), "changed"),
        ];
        for (meant, is, word) in counts {
            let Some(meant) = meant else { continue };
            if is <= meant {
                say(Match::AsMeant, None);
            } else {
                let far = is >= meant.max(1).saturating_mul(10);
                let level = if far { Match::FarFrom } else { Match::Differs };
                say(level, Some(format!("{is} would be {word} where the task is {meant}")));
            }
        }
        if !intent.types.is_empty() {
            let other = destroyed.iter().find(|e| !intent.types.iter().any(|t| fits(t, &e.resource.kind)));
            match other {
                None => say(Match::AsMeant, None),
                Some(e) => {
                    let meant = intent.types.join(", ");
                    let says = format!(
                        "`{}` is a `{}` where the task is about {meant}",
                        e.resource.address, e.resource.kind
                    );
                    say(Match::FarFrom, Some(says));
                }
            }
        }
        if let Some(meant) = intent.environment {
            if reached > meant {
                let says =
                    format!("it reaches {} where the task is about {}", reached.as_str(), meant.as_str());
                say(Match::FarFrom, Some(says));
            } else {
                say(Match::AsMeant, None);
            }
        }
        let has_origin = requester.kind != ActorKind::Agent
            || requester.operator.is_some()
            || intent.ticket.as_deref().is_some_and(|ticket| !ticket.trim().is_empty());
        Self { intent: intent.clone(), matches, evidence, has_origin }
    }
}

fn fits(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => pattern == kind,
    }
}
