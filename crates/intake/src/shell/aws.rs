//! Operations of `aws` that no row names: their names say what they do, and to what.

use holdpoint_core::Class;

use super::options::Options;
use crate::table::Table;

/// The type that an operation is on, in Terraform's words where the resource table knows one; and how it is called.
pub(super) fn derived(words: &[&str], table: &Table) -> (String, String) {
    let service = words.first().copied().unwrap_or_default().replace('-', "_");
    let operation = words.get(1).copied().unwrap_or_default();
    let noun = operation.split_once('-').map_or(operation, |(_, noun)| noun).replace('-', "_");
    let noun = noun.strip_prefix("delete_").unwrap_or(&noun).to_owned();
    let single = noun.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(&noun).to_owned();
    let service = match service.as_str() {
        "elbv2" => "lb",
        "ddb" => "dynamodb",
        "logs" => "cloudwatch",
        "es" => "elasticsearch",
        "cognito_idp" => "cognito",
        other => other,
    };
    let candidates = [
        format!("aws_{service}_{single}"),
        format!("aws_{single}"),
        format!("aws_{service}_{noun}"),
        format!("aws_{service}"),
    ];
    let known = candidates.iter().find(|kind| table.class(kind, None) != Class::Unlisted);
    let first = candidates.first().cloned().unwrap_or_default();
    (known.cloned().unwrap_or(first), single.replace('_', " "))
}

/// What it is on: the values of the first option that is called like an identifier.
pub(super) fn targets(options: &Options<'_>) -> Vec<String> {
    let names = ["-id", "-ids", "-identifier", "-identifiers", "-name", "-names", "-arn", "-arns", "-url"];
    let named = |name: &String| {
        names.iter().any(|end| name.ends_with(end))
            || matches!(name.as_str(), "--name" | "--bucket" | "--id" | "--key" | "--table" | "--repository")
    };
    let found =
        options.named.iter().find(|(name, values)| named(name) && !values.is_empty() && name != "--region");
    found.map(|(_, values)| values.iter().map(|word| word.text.clone()).collect()).unwrap_or_default()
}
