//! Changes made by hand, for tests.

use holdpoint_core::{
    Actor, ActorKind, Backup, Change, Class, Context, Continuity, Digest, Effect, EffectKind, Environment,
    EnvironmentFact, Facts, Format, Hazard, HazardKind, Judgement, Manner, Noted, PersonId, Resource, Task,
    Timestamp, Verdict,
};
use serde_json::value::RawValue;

use crate::Bundle;

pub(crate) fn effect(kind: EffectKind, address: &str, class: Class) -> Effect {
    Effect {
        effect: kind,
        resource: Resource {
            address: address.to_owned(),
            kind: address.split('.').next().unwrap_or_default().to_owned(),
            provider: "registry.terraform.io/hashicorp/aws".to_owned(),
            module: String::new(),
            deposed: None,
        },
        create_before_destroy: false,
        moved_from: None,
        imported_as: None,
        deferred: None,
        forced_by: Vec::new(),
        unknown: Vec::new(),
        sensitive: Vec::new(),
        sensitive_changed: Vec::new(),
        before: None,
        after: None,
        values: Digest::of(b"values"),
        class,
        backup: Backup::NotApplicable,
        hazards: Vec::new(),
        manners: Vec::new(),
    }
}

pub(crate) trait With: Sized {
    fn backup(self, backup: Backup) -> Self;
    fn hazard(self, kind: HazardKind, evidence: &str) -> Self;
    fn manner(self, manner: Manner, evidence: &str) -> Self;
    fn forced_by(self, pointer: &str) -> Self;
    fn deferred(self, why: &str) -> Self;
    fn before(self, json: &str) -> Self;
    fn after(self, json: &str) -> Self;
}

impl With for Effect {
    fn backup(mut self, backup: Backup) -> Self {
        self.backup = backup;
        self
    }

    fn hazard(mut self, kind: HazardKind, evidence: &str) -> Self {
        self.hazards.push(Hazard { kind, attribute: String::new(), evidence: evidence.to_owned() });
        self
    }

    fn manner(mut self, manner: Manner, evidence: &str) -> Self {
        self.manners.push(Noted { manner, evidence: evidence.to_owned() });
        self
    }

    fn before(mut self, json: &str) -> Self {
        self.before = Some(RawValue::from_string(json.to_owned()).unwrap());
        self
    }

    fn after(mut self, json: &str) -> Self {
        self.after = Some(RawValue::from_string(json.to_owned()).unwrap());
        self
    }

    fn forced_by(mut self, pointer: &str) -> Self {
        self.forced_by.push(pointer.to_owned());
        self
    }

    fn deferred(mut self, why: &str) -> Self {
        self.deferred = Some(why.to_owned());
        self
    }
}

/// A change in an estate large enough that shares play no part.
pub(crate) fn change(effects: Vec<Effect>) -> Change {
    let context = Context { estate: 1_000, ..Context::default() };
    Change {
        format: Format::Terraform,
        effects,
        outputs: Vec::new(),
        context,
        graph: holdpoint_core::Graph::default(),
    }
}

/// Bound to its plan, on the state last seen, and asked for by somebody.
pub(crate) fn facts(environment: Environment) -> Facts {
    let evidence = vec![format!("an operator configured {}", environment.as_str())];
    Facts {
        environment: EnvironmentFact { is: environment, evidence },
        continuity: Continuity::Continues,
        bound: true,
        task: Task { has_origin: true, ..Task::default() },
        ..Facts::default()
    }
}

/// An agent that somebody answers for.
pub(crate) fn agent() -> Actor {
    actor(ActorKind::Agent, Some(PersonId::new(Timestamp::UNIX_EPOCH, 1)))
}

/// An agent that nobody answers for.
pub(crate) fn nobody() -> Actor {
    actor(ActorKind::Agent, None)
}

pub(crate) fn actor(kind: ActorKind, operator: Option<PersonId>) -> Actor {
    Actor { kind, id: "agt_01".to_owned(), name: "billing-bot".to_owned(), operator }
}

pub(crate) fn builtin() -> Bundle {
    Bundle::builtin().unwrap_or_else(|error| panic!("{error}"))
}

/// "allow", "hold reviewers:2", "deny".
pub(crate) fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Hold { requirements } => format!("hold {requirements}"),
        other => other.as_str().to_owned(),
    }
}

/// The verdict and the ids of what fired, in order: "hold reviewers:2: R1-two-people".
pub(crate) fn line(judgement: &Judgement) -> String {
    let ids: Vec<&str> = judgement.reasons.iter().map(|reason| reason.policy.as_str()).collect();
    format!("{}: {}", said(&judgement.verdict), ids.join(" ")).trim_end_matches(": ").to_owned()
}
