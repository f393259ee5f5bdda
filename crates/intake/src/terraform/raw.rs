//! The parts of a plan as they stand in the text. Values stay unparsed until it is known that they matter: in most
//! plans nearly every resource is unchanged.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::ReadError;

/// A string that is borrowed unless it has an escape.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Where in the document the reader is, innermost part first, and what it found that has a name.
#[derive(Debug, Default)]
pub(super) struct Trail {
    parts: Vec<String>,
    pub(super) failure: Option<ReadError>,
}

impl Trail {
    /// Notes that the error on its way out happened below this part.
    pub(super) fn below(&mut self, part: impl Into<String>) {
        self.parts.push(part.into());
    }

    /// The path of the error, outermost part first.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for part in self.parts.iter().rev() {
            if !path.is_empty() && !part.starts_with('[') {
                path.push('.');
            }
            path.push_str(part);
        }
        path
    }

    /// Ends reading with a refusal of its own; serde's error only carries it out.
    pub(super) fn fail<E: serde::de::Error>(&mut self, failure: ReadError) -> E {
        self.failure.get_or_insert(failure);
        E::custom("refused")
    }
}

/// Reads the value of a field into its slot, once.
pub(super) fn field<'de, T, A>(
    map: &mut A,
    trail: &mut Trail,
    name: &'static str,
    slot: &mut Option<T>,
) -> Result<(), A::Error>
where
    T: serde::Deserialize<'de>,
    A: MapAccess<'de>,
{
    if slot.is_some() {
        return Err(twice(trail, name));
    }
    match map.next_value() {
        Ok(value) => {
            *slot = Some(value);
            Ok(())
        }
        Err(error) => {
            trail.below(name);
            Err(error)
        }
    }
}

/// A key that is there twice; the path is completed when the error has come out.
pub(super) fn twice<E: serde::de::Error>(trail: &mut Trail, name: &str) -> E {
    trail.fail(ReadError::DuplicateKey { path: String::new(), key: name.to_owned() })
}

type Raw<'a> = Option<&'a RawValue>;

/// One planned change of one resource.
#[derive(Default)]
pub(super) struct RawResource<'a> {
    pub(super) address: Cow<'a, str>,
    pub(super) previous_address: Option<Cow<'a, str>>,
    pub(super) module_address: Option<Cow<'a, str>>,
    pub(super) mode: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    pub(super) provider_name: Cow<'a, str>,
    pub(super) deposed: Option<Cow<'a, str>>,
    pub(super) change: RawChange<'a>,
}

/// The change itself; a side that is absent or `null` is `None`.
#[derive(Default)]
pub(super) struct RawChange<'a> {
    pub(super) actions: Vec<Cow<'a, str>>,
    pub(super) before: Raw<'a>,
    pub(super) after: Raw<'a>,
    pub(super) after_unknown: Raw<'a>,
    pub(super) before_sensitive: Raw<'a>,
    pub(super) after_sensitive: Raw<'a>,
    pub(super) replace_paths: Raw<'a>,
    pub(super) importing: Raw<'a>,
}

/// Reads a resource, with the trail at hand.
pub(super) struct ResourceSeed<'t>(pub(super) &'t mut Trail);

impl<'de> DeserializeSeed<'de> for ResourceSeed<'_> {
    type Value = RawResource<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ResourceSeed<'_> {
    type Value = RawResource<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a planned change of a resource")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let trail = self.0;
        let (mut address, mut mode, mut kind, mut change) =
            (None::<Text<'_>>, None::<Text<'_>>, None::<Text<'_>>, None);
        let mut provider: Option<Option<Text<'_>>> = None;
        let (mut previous, mut module, mut deposed) =
            (None::<Option<Text<'_>>>, None::<Option<Text<'_>>>, None::<Option<Text<'_>>>);
        while let Some(Text(key)) = map.next_key()? {
            match key.as_ref() {
                "address" => field(&mut map, trail, "address", &mut address)?,
                "previous_address" => field(&mut map, trail, "previous_address", &mut previous)?,
                "module_address" => field(&mut map, trail, "module_address", &mut module)?,
                "mode" => field(&mut map, trail, "mode", &mut mode)?,
                "type" => field(&mut map, trail, "type", &mut kind)?,
                "provider_name" => field(&mut map, trail, "provider_name", &mut provider)?,
                "deposed" => field(&mut map, trail, "deposed", &mut deposed)?,
                "change" if change.is_some() => return Err(twice(trail, "change")),
                "change" => match map.next_value_seed(ChangeSeed(&mut *trail)) {
                    Ok(read) => change = Some(read),
                    Err(error) => {
                        trail.below("change");
                        return Err(error);
                    }
                },
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        for (name, missing) in
            [("address", address.is_none()), ("type", kind.is_none()), ("change", change.is_none())]
        {
            if missing {
                trail.below(name);
                return Err(A::Error::custom("missing"));
            }
        }
        let plain = |text: Option<Text<'de>>| text.map(|t| t.0).unwrap_or_default();
        let option = |text: Option<Option<Text<'de>>>| text.flatten().map(|t| t.0).filter(|t| !t.is_empty());
        Ok(RawResource {
            address: plain(address),
            previous_address: option(previous),
            module_address: option(module),
            mode: plain(mode),
            kind: plain(kind),
            provider_name: plain(provider.flatten()),
            deposed: option(deposed),
            change: change.unwrap_or_default(),
        })
    }
}

/// Reads a change, with the trail at hand.
pub(super) struct ChangeSeed<'t>(pub(super) &'t mut Trail);

impl<'de> DeserializeSeed<'de> for ChangeSeed<'_> {
    type Value = RawChange<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ChangeSeed<'_> {
    type Value = RawChange<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a change")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let trail = self.0;
        let mut actions: Option<Vec<Text<'_>>> = None;
        let (mut before, mut after, mut unknown) = (None::<Raw<'_>>, None::<Raw<'_>>, None::<Raw<'_>>);
        let (mut before_sensitive, mut after_sensitive) = (None::<Raw<'_>>, None::<Raw<'_>>);
        let (mut replace_paths, mut importing) = (None::<Raw<'_>>, None::<Raw<'_>>);
        while let Some(Text(key)) = map.next_key()? {
            match key.as_ref() {
                "actions" => field(&mut map, trail, "actions", &mut actions)?,
                "before" => field(&mut map, trail, "before", &mut before)?,
                "after" => field(&mut map, trail, "after", &mut after)?,
                "after_unknown" => field(&mut map, trail, "after_unknown", &mut unknown)?,
                "before_sensitive" => field(&mut map, trail, "before_sensitive", &mut before_sensitive)?,
                "after_sensitive" => field(&mut map, trail, "after_sensitive", &mut after_sensitive)?,
                "replace_paths" => field(&mut map, trail, "replace_paths", &mut replace_paths)?,
                "importing" => field(&mut map, trail, "importing", &mut importing)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let Some(actions) = actions else {
            trail.below("actions");
            return Err(A::Error::custom("missing"));
        };
        Ok(RawChange {
            actions: actions.into_iter().map(|text| text.0).collect(),
            before: before.flatten(),
            after: after.flatten(),
            after_unknown: unknown.flatten(),
            before_sensitive: before_sensitive.flatten(),
            after_sensitive: after_sensitive.flatten(),
            replace_paths: replace_paths.flatten(),
            importing: importing.flatten(),
        })
    }
}
