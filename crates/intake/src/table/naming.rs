use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

/// What attributes say about names, as it stands in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamingTable {
    identifiers: Vec<String>,
    places: Vec<String>,
    guests: Vec<String>,
    refers: HashMap<String, Vec<String>>,
}

/// What an attribute of a resource means for its names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Role {
    /// Anything of what follows.
    pub(crate) any: bool,
    /// A name that may hold the word of an environment.
    pub(crate) name: bool,
    /// A name under which others may know the resource.
    pub(crate) identifier: bool,
    /// Where it lies.
    pub(crate) place: bool,
    /// A name that may be used once only, for some types.
    pub(crate) once: bool,
    pub(crate) tags: bool,
    /// Tags or names stand a level deeper.
    pub(crate) nested: bool,
}

/// The part of the table about names, as it is asked.
#[derive(Debug)]
pub(crate) struct Naming {
    roles: HashMap<String, Role>,
    guests: BTreeSet<String>,
    refers: HashMap<String, Vec<String>>,
}

impl Naming {
    pub(super) fn new<'t>(
        table: NamingTable,
        tags: &[String],
        names: &[String],
        onces: impl Iterator<Item = &'t str>,
    ) -> Self {
        let mut roles: HashMap<String, Role> = HashMap::new();
        let mut set = |attribute: &str, put: fn(&mut Role)| {
            let (attribute, put) = match attribute.split_once('.') {
                Some((outer, _)) => (outer, (|role| role.nested = true) as fn(&mut Role)),
                None => (attribute, put),
            };
            let role = roles.entry(attribute.to_owned()).or_default();
            role.any = true;
            put(role);
        };
        table.identifiers.iter().for_each(|attribute| set(attribute, |role| role.identifier = true));
        table.places.iter().for_each(|attribute| set(attribute, |role| role.place = true));
        tags.iter().for_each(|attribute| set(attribute, |role| role.tags = true));
        names.iter().for_each(|attribute| set(attribute, |role| role.name = true));
        onces.for_each(|attribute| set(attribute, |role| role.once = true));
        set("manifest.kind", |role| role.nested = true);
        Self { roles, guests: table.guests.into_iter().collect(), refers: table.refers }
    }

    pub(crate) fn role(&self, attribute: &str) -> Role {
        self.roles.get(attribute).copied().unwrap_or_default()
    }

    /// Whether resources of this type have the id or ARN of the one that they are part of.
    pub(crate) fn is_guest(&self, kind: &str) -> bool {
        self.guests.contains(kind)
    }

    /// The types whose names this attribute holds.
    pub(crate) fn refers(&self, attribute: &str) -> Option<&[String]> {
        self.refers.get(attribute).map(Vec::as_slice)
    }

    #[cfg(test)]
    pub(super) fn all_referring(&self) -> impl Iterator<Item = (&String, &Vec<String>)> {
        self.refers.iter()
    }
}
