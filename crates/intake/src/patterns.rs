//! By which words and accounts an environment is recognised. Signs only ever raise the environment of a change.

use std::collections::BTreeMap;

use holdpoint_core::Environment;
use serde::{Deserialize, Serialize};

use crate::table::Table;

/// What says in which environment a resource lies. What is left out of a configuration keeps its built-in value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Patterns {
    /// Tags and labels that name an environment; what stands before the last `:` or `/` of a key does not count, and
    /// neither do case and the difference between `-` and `_`.
    pub tag_keys: Vec<String>,
    /// Values of such tags that say production.
    pub production_tags: Vec<String>,
    /// Tags that say production by being switched on, such as `critical`.
    pub production_flags: Vec<String>,
    /// How they are switched on.
    pub flag_values: Vec<String>,
    /// Words of a name or an address that say production. A word is made of letters and digits only.
    pub production_names: Vec<String>,
    /// Values of such tags that say staging.
    pub staging_tags: Vec<String>,
    /// Words that say staging.
    pub staging_names: Vec<String>,
    /// Values of such tags that say development.
    pub development_tags: Vec<String>,
    /// Words that say development.
    pub development_names: Vec<String>,
    /// Words after which a word of a name says nothing: `non-prod`.
    pub unless_after: Vec<String>,
    /// Accounts, projects and subscriptions that are of one environment as a whole.
    pub accounts: BTreeMap<String, Environment>,
}

impl Default for Patterns {
    /// What the resource table says.
    fn default() -> Self {
        let empty = Self {
            tag_keys: Vec::new(),
            production_tags: Vec::new(),
            production_flags: Vec::new(),
            flag_values: Vec::new(),
            production_names: Vec::new(),
            staging_tags: Vec::new(),
            staging_names: Vec::new(),
            development_tags: Vec::new(),
            development_names: Vec::new(),
            unless_after: Vec::new(),
            accounts: BTreeMap::new(),
        };
        let Ok(table) = Table::get() else { return empty };
        let signs = &table.signs;
        Self {
            tag_keys: signs.keys.clone(),
            production_tags: signs.values.clone(),
            production_flags: signs.flags.clone(),
            flag_values: signs.flag_values.clone(),
            production_names: signs.tokens.clone(),
            unless_after: signs.unless_after.clone(),
            ..empty
        }
    }
}

fn is_in(list: &[String], word: &str) -> bool {
    list.iter().any(|one| one.eq_ignore_ascii_case(word))
}

impl Patterns {
    /// What the tags and the name of a resource say about its environment, the highest of them, and the words for it.
    #[must_use]
    pub fn sign(
        &self,
        address: &str,
        tags: &BTreeMap<String, String>,
        name: &str,
    ) -> Option<(Environment, String)> {
        let of_tags = tags.iter().filter_map(|(key, value)| {
            let environment = self.of_tag(key, value)?;
            Some((environment, format!("`{address}` is tagged {key}={value}")))
        });
        let of_name =
            self.of_name(name).map(|environment| (environment, format!("`{address}` is named `{name}`")));
        of_tags.chain(of_name).max_by_key(|(environment, _)| *environment)
    }

    /// What a tag says.
    pub(crate) fn of_tag(&self, key: &str, value: &str) -> Option<Environment> {
        let key = key.rsplit(['/', ':']).next().unwrap_or(key);
        let even = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
        let same = |known: &String| known.bytes().map(even).eq(key.bytes().map(even));
        if self.production_flags.iter().any(same) && is_in(&self.flag_values, value) {
            return Some(Environment::Production);
        }
        if !self.tag_keys.iter().any(same) {
            return None;
        }
        let lists = [
            (&self.production_tags, Environment::Production),
            (&self.staging_tags, Environment::Staging),
            (&self.development_tags, Environment::Development),
        ];
        lists.into_iter().find(|(list, _)| is_in(list, value)).map(|(_, environment)| environment)
    }

    /// The highest that a word of a name says, if it does not stand behind a "non" or "pre".
    pub(crate) fn of_name(&self, name: &str) -> Option<Environment> {
        let mut before = "";
        let mut highest = None;
        for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
            let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
            let said = if is_in(&self.unless_after, before) {
                None
            } else {
                self.of_word(bare).or(self.of_word(word))
            };
            highest = highest.max(said);
            before = bare;
        }
        highest
    }

    fn of_word(&self, word: &str) -> Option<Environment> {
        let lists = [
            (&self.production_names, Environment::Production),
            (&self.staging_names, Environment::Staging),
            (&self.development_names, Environment::Development),
        ];
        lists.into_iter().find(|(list, _)| is_in(list, word)).map(|(_, environment)| environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Environment::{Development, Production, Staging};

    #[test]
    fn production_is_a_word_of_a_name_and_a_value_of_a_tag() {
        let signs = Patterns::default();
        for name in [
            "aws_ecs_service.app[\"prod\"]",
            "lh-wordpress-prod",
            "module.production.aws_vpc.x",
            "PROD_db",
            "prod2-db",
        ] {
            assert_eq!(signs.of_name(name), Some(Production), "{name}");
        }
        for name in [
            "aws_servicecatalog_product.x",
            "non-prod",
            "nonprod",
            "pre-prod-db",
            "reproduction",
            "products",
            "stage",
        ] {
            assert_eq!(signs.of_name(name), None, "{name}");
        }
        assert_eq!(signs.of_tag("Environment", "Production"), Some(Production));
        assert_eq!(signs.of_tag("acme:Env-Name", "PROD"), Some(Production));
        assert_eq!(signs.of_tag("Environment", "staging"), None);
        assert_eq!(signs.of_tag("Owner", "prod"), None);
    }

    #[test]
    fn words_are_configured_and_the_highest_counts() {
        let text = r#"{"staging_names": ["stage", "uat2"], "development_tags": ["sandbox"], "tag_keys": ["kind-of"],
            "accounts": {"111122223333": "production"}}"#;
        let signs: Patterns = serde_json::from_str(text).unwrap();
        assert_eq!(signs.of_name("stage-db"), Some(Staging));
        assert_eq!(signs.of_name("uat2"), Some(Staging));
        assert_eq!(signs.of_name("stage.prod"), Some(Production));
        assert_eq!(signs.of_tag("Kind_Of", "sandbox"), Some(Development));
        assert_eq!(
            signs.of_tag("Environment", "prod"),
            None,
            "the configured keys take the place of the built-in ones"
        );
        assert_eq!(signs.accounts.get("111122223333"), Some(&Production));
        assert!(serde_json::from_str::<Patterns>(r#"{"prod_names": []}"#).is_err());
        assert_eq!(serde_json::from_str::<Patterns>("{}").unwrap(), Patterns::default());
    }
}
