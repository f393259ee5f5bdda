//! The top of a plan. Each resource is turned into an effect as it goes by, so that a large plan is never held twice.

use std::collections::BTreeSet;
use std::fmt;

use holdpoint_core::{Change, Context, Drift, Effect, EffectKind, Format, OutputChange};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::action::Action;
use super::raw::{RawResource, ResourceSeed, Text, Trail, field, twice};
use super::{diagnose, effect, graph, invocation, output};
use crate::table::Table;
use crate::{Patterns, ReadError, hazard};

/// Reads the whole document.
pub(super) fn read(text: &str, patterns: &Patterns) -> Result<Change, ReadError> {
    let table = Table::get()?;
    let mut reader = Reader {
        table,
        trail: Trail::default(),
        effects: Vec::new(),
        outputs: Vec::new(),
        context: Context::default(),
        draft: graph::Draft::default(),
        head: Head::default(),
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Top(&mut reader).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match read {
        Err(error) => Err(diagnose::refusal(text, &error, reader.trail)),
        Ok(()) => reader.finish(text, patterns),
    }
}

/// What the document says of itself.
#[derive(Default)]
struct Head<'a> {
    format_version: Option<&'a RawValue>,
    is_plan: bool,
}

struct Reader<'a> {
    table: &'static Table,
    trail: Trail,
    effects: Vec<Effect>,
    outputs: Vec<OutputChange>,
    context: Context,
    draft: graph::Draft<'a>,
    head: Head<'a>,
}

impl<'a> Reader<'a> {
    fn finish(mut self, text: &str, patterns: &Patterns) -> Result<Change, ReadError> {
        diagnose::version(self.head.format_version, text)?;
        if !self.head.is_plan {
            return Err(diagnose::not_a_plan(text));
        }
        self.effects.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut seen = BTreeSet::new();
        for effect in self.effects.iter().filter(|e| e.deferred.is_none() && e.effect != EffectKind::Execute)
        {
            if !seen.insert((effect.resource.address.as_str(), effect.resource.deposed.as_deref())) {
                let address = effect.resource.address.chars().take(200).collect();
                return Err(ReadError::DuplicateResource { address });
            }
        }
        hazard::across(&mut self.effects, self.table);
        let configuration = self.draft.configuration.map_or("null", RawValue::get);
        hazard::settle(&mut self.effects, configuration, self.table);
        self.outputs.sort_by(|a, b| a.name.cmp(&b.name));
        let Self { effects, outputs, mut context, draft, table, .. } = self;
        let (graph, signs) = draft.build(&effects, table, patterns);
        context.environment_signs = signs;
        Ok(Change { format: Format::Terraform, effects, outputs, context, graph })
    }

    fn resource(&mut self, raw: &RawResource<'a>) -> Result<(), ReadError> {
        let action = Action::of(&raw.change.actions);
        let imported = raw.change.importing.is_some();
        let moved = raw.previous_address.as_ref().is_some_and(|previous| *previous != raw.address);
        if raw.mode != "data" && raw.deposed.is_none() && raw.change.before.is_some() && !imported {
            self.context.estate += 1;
        }
        if action == Action::Nothing && !moved && !imported {
            self.draft.note(raw, false);
            self.context.unchanged += u64::from(raw.mode != "data");
            return Ok(());
        }
        let built = effect::build(raw, &action, None, self.table)?;
        self.draft.note(raw, true);
        self.effects.push(built);
        Ok(())
    }

    fn deferred(&mut self, raw: &RawResource<'a>, reason: &str) -> Result<(), ReadError> {
        let action = Action::of(&raw.change.actions);
        let built = effect::build(raw, &action, Some(reason), self.table)?;
        self.draft.note(raw, true);
        self.effects.push(built);
        Ok(())
    }

    fn drift(&mut self, raw: &RawResource<'_>) {
        let effect = match Action::of(&raw.change.actions) {
            Action::Nothing => return,
            Action::Known { effect: EffectKind::Delete, .. } => EffectKind::Delete,
            _ => EffectKind::Update,
        };
        self.context.drift.push(Drift { address: raw.address.clone().into_owned(), effect });
    }
}

fn key(effect: &Effect) -> (&str, Option<&str>, Option<&str>, [u8; 32]) {
    let resource = &effect.resource;
    (&resource.address, resource.deposed.as_deref(), effect.deferred.as_deref(), *effect.values.as_bytes())
}

struct Top<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for Top<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plan")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let reader = self.0;
        let (mut errored, mut complete) = (None::<Option<bool>>, None::<Option<bool>>);
        let mut tool: Option<Option<Text<'_>>> = None;
        let mut lists = BTreeSet::new();
        while let Some(Text(key)) = map.next_key()? {
            let list = match key.as_ref() {
                "format_version" => {
                    field(&mut map, &mut reader.trail, "format_version", &mut reader.head.format_version)?;
                    continue;
                }
                "terraform_version" => {
                    field(&mut map, &mut reader.trail, "terraform_version", &mut tool)?;
                    continue;
                }
                "errored" => {
                    field(&mut map, &mut reader.trail, "errored", &mut errored)?;
                    continue;
                }
                "complete" => {
                    field(&mut map, &mut reader.trail, "complete", &mut complete)?;
                    continue;
                }
                "output_changes" => List::Outputs,
                "resource_changes" => List::Resources,
                "resource_drift" => List::Drift,
                "deferred_changes" => List::Deferred,
                "action_invocations" => List::Invocations,
                "deferred_action_invocations" => List::DeferredInvocations,
                "configuration" => {
                    reader.head.is_plan = true;
                    field(&mut map, &mut reader.trail, "configuration", &mut reader.draft.configuration)?;
                    continue;
                }
                "prior_state" => {
                    field(&mut map, &mut reader.trail, "prior_state", &mut reader.draft.prior_state)?;
                    continue;
                }
                "variables" => {
                    field(&mut map, &mut reader.trail, "variables", &mut reader.draft.variables)?;
                    continue;
                }
                "planned_values" => {
                    reader.head.is_plan = true;
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            reader.head.is_plan = true;
            if !lists.insert(list) {
                return Err(twice(&mut reader.trail, list.name()));
            }
            if let Err(error) = map.next_value_seed(ListSeed(reader, list)) {
                reader.trail.below(list.name());
                return Err(error);
            }
        }
        reader.context.errored = errored.flatten().unwrap_or(false);
        reader.context.incomplete = complete.flatten() == Some(false);
        reader.context.tool_version = tool.flatten().map(|text| text.0.into_owned());
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Resources,
    Drift,
    Deferred,
    Outputs,
    Invocations,
    DeferredInvocations,
}

impl List {
    fn name(self) -> &'static str {
        match self {
            List::Resources => "resource_changes",
            List::Drift => "resource_drift",
            List::Deferred => "deferred_changes",
            List::Outputs => "output_changes",
            List::Invocations => "action_invocations",
            List::DeferredInvocations => "deferred_action_invocations",
        }
    }
}

struct ListSeed<'r, 'a>(&'r mut Reader<'a>, List);

impl<'de> DeserializeSeed<'de> for ListSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for ListSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1.name())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.1 {
            List::Outputs => deserializer.deserialize_map(self),
            _ => deserializer.deserialize_seq(self),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(Text(name)) = map.next_key()? {
            let name = name.into_owned();
            if !names.insert(name.clone()) {
                return Err(twice(&mut self.0.trail, &name.chars().take(64).collect::<String>()));
            }
            match map.next_value_seed(super::raw::ChangeSeed(&mut self.0.trail)) {
                Err(error) => {
                    self.0.trail.below(name);
                    return Err(error);
                }
                Ok(raw) => match output::read(&name, &raw, &self.0.table.secrets) {
                    Ok(found) => self.0.outputs.extend(found),
                    Err(failure) => return Err(self.0.trail.fail(failure)),
                },
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let reader = self.0;
        let mut n = 0usize;
        loop {
            let read = match self.1 {
                List::Resources | List::Drift => seq
                    .next_element_seed(ResourceSeed(&mut reader.trail))
                    .map(|raw| raw.map(Element::Resource)),
                List::Deferred => seq
                    .next_element_seed(invocation::DeferredSeed(&mut reader.trail))
                    .map(|raw| raw.map(|(reason, raw)| Element::Deferred(reason, Box::new(raw)))),
                _ => seq.next_element::<&RawValue>().map(|raw| raw.map(Element::Invocation)),
            };
            let taken = match read {
                Ok(None) => return Ok(()),
                Ok(Some(Element::Resource(raw))) if self.1 == List::Drift => {
                    reader.drift(&raw);
                    Ok(())
                }
                Ok(Some(Element::Resource(raw))) => reader.resource(&raw),
                Ok(Some(Element::Deferred(reason, raw))) => reader.deferred(&raw, &reason),
                Ok(Some(Element::Invocation(raw))) => {
                    invocation::build(raw.get(), self.1 == List::DeferredInvocations, reader.table)
                        .map(|built| reader.effects.push(built))
                }
                Err(error) => {
                    reader.trail.below(format!("[{n}]"));
                    return Err(error);
                }
            };
            if let Err(failure) = taken {
                reader.trail.below(format!("[{n}]"));
                return Err(reader.trail.fail(failure));
            }
            n += 1;
        }
    }
}

/// One element of a list of the plan, on its way to an effect.
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and the large one is nearly all of them")]
enum Element<'a> {
    Resource(RawResource<'a>),
    Deferred(String, Box<RawResource<'a>>),
    Invocation(&'a RawValue),
}
