//! Cedar's names for our words, made once: entity types, actions and the values of the closed sets.

use cedar_policy::{EntityId, EntityTypeName, EntityUid, RestrictedExpression};

use holdpoint_core::{Actor, ActorKind, EffectKind};

/// The entity types of the schema.
#[derive(Debug)]
pub(crate) struct Words {
    action: EntityTypeName,
    agent: EntityTypeName,
    pipeline: EntityTypeName,
    person: EntityTypeName,
    resource: EntityTypeName,
    change: EntityTypeName,
    env: EntityTypeName,
    class: EntityTypeName,
    backup: EntityTypeName,
    hazard: EntityTypeName,
    manner: EntityTypeName,
    continuity: EntityTypeName,
    freeze: EntityTypeName,
    budget: EntityTypeName,
    task: EntityTypeName,
}

/// A closed set of the schema.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Set {
    Env,
    Class,
    Backup,
    Hazard,
    Manner,
    Continuity,
    Freeze,
    Budget,
    Task,
}

impl Words {
    pub(crate) fn new() -> Result<Self, String> {
        let name = |text: &str| text.parse::<EntityTypeName>().map_err(|error| error.to_string());
        Ok(Self {
            action: name("Action")?,
            agent: name("Agent")?,
            pipeline: name("Pipeline")?,
            person: name("Person")?,
            resource: name("Resource")?,
            change: name("Change")?,
            env: name("Env")?,
            class: name("Class")?,
            backup: name("Backup")?,
            hazard: name("Hazard")?,
            manner: name("Manner")?,
            continuity: name("Continuity")?,
            freeze: name("Freeze")?,
            budget: name("Budget")?,
            task: name("Task")?,
        })
    }

    pub(crate) fn resource_type(&self) -> &EntityTypeName {
        &self.resource
    }

    pub(crate) fn principal(&self, actor: &Actor) -> EntityUid {
        let kind = match actor.kind {
            ActorKind::Agent => &self.agent,
            ActorKind::Pipeline => &self.pipeline,
            ActorKind::Person => &self.person,
        };
        uid(kind, &actor.id)
    }

    pub(crate) fn action(&self, effect: EffectKind) -> EntityUid {
        uid(&self.action, effect.as_str())
    }

    pub(crate) fn apply(&self) -> EntityUid {
        uid(&self.action, "apply")
    }

    /// Resources are numbered, not named.
    pub(crate) fn resource(&self, number: usize) -> EntityUid {
        uid(&self.resource, &number.to_string())
    }

    pub(crate) fn change(&self) -> EntityUid {
        uid(&self.change, "change")
    }

    /// One value of a closed set.
    pub(crate) fn value(&self, set: Set, word: &str) -> RestrictedExpression {
        let kind = match set {
            Set::Env => &self.env,
            Set::Class => &self.class,
            Set::Backup => &self.backup,
            Set::Hazard => &self.hazard,
            Set::Manner => &self.manner,
            Set::Continuity => &self.continuity,
            Set::Freeze => &self.freeze,
            Set::Budget => &self.budget,
            Set::Task => &self.task,
        };
        RestrictedExpression::new_entity_uid(uid(kind, word))
    }
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}
