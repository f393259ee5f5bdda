//! CloudFormation's types in the words of the resource table: `types.toml`, read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::ReadError;

/// What is known of one type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kind {
    /// The type of the resource table that it is like.
    pub(crate) like: String,
    /// The properties, as dotted paths, that replace it when they change.
    #[serde(default)]
    pub(crate) replaces: Vec<String>,
    /// Those that replace it in some cases.
    #[serde(default)]
    pub(crate) perhaps: Vec<String>,
    /// What its properties, as dotted paths, are called in the resource table.
    #[serde(default)]
    pub(crate) rename: BTreeMap<String, String>,
}

/// The types of this build.
pub(crate) fn get() -> Result<&'static BTreeMap<String, Kind>, ReadError> {
    static TYPES: OnceLock<Option<BTreeMap<String, Kind>>> = OnceLock::new();
    TYPES.get_or_init(|| toml::from_str(include_str!("types.toml")).ok()).as_ref().ok_or(ReadError::Table)
}

/// `BackupRetentionPeriod` as `backup_retention_period`, and `DBName` as `db_name`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len().saturating_add(4));
    for (n, c) in chars.iter().enumerate() {
        let before = n.checked_sub(1).and_then(|n| chars.get(n)).copied().unwrap_or('_');
        let behind = chars.get(n.saturating_add(1)).copied().unwrap_or('_');
        let word = before.is_lowercase() || before.is_ascii_digit();
        let begins = c.is_uppercase() && (word || (before.is_uppercase() && behind.is_lowercase()));
        if begins && before != '_' {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use holdpoint_core::Class;

    use super::{get, snake};
    use crate::table::Table;

    #[test]
    fn names_are_turned_into_those_of_the_table() {
        for (from, to) in [
            ("BackupRetentionPeriod", "backup_retention_period"),
            ("DBInstanceIdentifier", "db_instance_identifier"),
            ("MultiAZ", "multi_az"),
            ("CidrIpv6", "cidr_ipv6"),
            ("S3Bucket", "s3_bucket"),
            ("DB_PASSWORD", "db_password"),
            ("deletion_protection.enabled", "deletion_protection.enabled"),
        ] {
            assert_eq!(snake(from), to);
        }
    }

    #[test]
    fn every_type_is_like_one_that_the_resource_table_lists() {
        let table = Table::get().unwrap();
        let types = get().unwrap();
        assert!(types.len() > 200);
        for (name, kind) in types {
            assert_ne!(table.class(&kind.like, None), Class::Unlisted, "{name} is like {}", kind.like);
        }
    }
}
