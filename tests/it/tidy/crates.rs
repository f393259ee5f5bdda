//! The arrows between crates: `core ← intake, policy, store, cloud ← gateway ← tests`.

use super::tree::File;

/// What each crate may know of the others. A new crate is entered here, and has a page in docs/decisions/.
const ARROWS: [(&str, &[&str]); 6] = [
    ("crates/core", &[]),
    ("crates/intake", &["holdpoint-core"]),
    ("crates/policy", &["holdpoint-core"]),
    ("crates/store", &["holdpoint-core"]),
    ("crates/cloud", &["holdpoint-core"]),
    (
        "crates/gateway",
        &["holdpoint-cloud", "holdpoint-core", "holdpoint-intake", "holdpoint-policy", "holdpoint-store"],
    ),
];

/// Crates without I/O, and what would bring it in. Policy reads files by the standard library alone.
const PURE: [&str; 3] = ["crates/core", "crates/intake", "crates/policy"];
const IMPURE: [&str; 12] = [
    "axum",
    "aws-",
    "futures",
    "getrandom",
    "hyper",
    "rand",
    "reqwest",
    "rustix",
    "sqlx",
    "tokio",
    "tracing",
    "ureq",
];

/// A manifest's own name for every dependency, of whatever kind.
fn dependencies(manifest: &File) -> Vec<String> {
    let Ok(table) = manifest.text.parse::<toml::Table>() else {
        return vec![format!("(unreadable: {})", manifest.path)];
    };
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let of = |table: &toml::Table| -> Vec<String> {
        kinds
            .iter()
            .filter_map(|kind| table.get(*kind)?.as_table())
            .flat_map(|dependencies| {
                dependencies.iter().map(|(key, value)| {
                    let renamed = value.get("package").and_then(toml::Value::as_str);
                    renamed.unwrap_or(key).to_owned()
                })
            })
            .collect()
    };
    let targets = table.get("target").and_then(toml::Value::as_table);
    let targeted = targets.into_iter().flatten().filter_map(|(_, target)| target.as_table()).flat_map(of);
    of(&table).into_iter().chain(targeted).collect()
}

fn folder(manifest: &File) -> &str {
    manifest.path.strip_suffix("/Cargo.toml").unwrap_or(&manifest.path)
}

pub(super) fn arrows(manifests: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for manifest in manifests.iter().filter(|manifest| folder(manifest).matches('/').count() == 1) {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == folder(manifest)) else {
            findings.push(format!("{} is not among the known crates", manifest.path));
            continue;
        };
        for dependency in dependencies(manifest) {
            if dependency.starts_with("holdpoint") && !allowed.contains(&dependency.as_str()) {
                findings.push(format!("{} must not depend on `{dependency}`", manifest.path));
            }
        }
    }
    findings
}

pub(super) fn purity(manifests: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for manifest in manifests {
        for dependency in dependencies(manifest) {
            let impure = PURE.contains(&folder(manifest))
                && IMPURE.iter().any(|name| {
                    dependency == *name || dependency.starts_with(&format!("{}-", name.trim_end_matches('-')))
                });
            let database = dependency.starts_with("sqlx") && folder(manifest) != "crates/store";
            if impure || database {
                findings.push(format!("{} must not depend on `{dependency}`", manifest.path));
            }
        }
    }
    findings
}

pub(super) fn lints(manifests: &[File]) -> Vec<String> {
    let takes = |manifest: &&File| {
        let table = manifest.text.parse::<toml::Table>().unwrap_or_default();
        // A package outside of the workspace, such as a fuzz target's, has no table to take.
        let own_workspace = table.contains_key("workspace");
        let lints = table.get("lints").and_then(|lints| lints.get("workspace"));
        own_workspace || lints.and_then(toml::Value::as_bool) == Some(true)
    };
    manifests
        .iter()
        .filter(|m| !takes(m))
        .map(|m| format!("{} lacks `[lints] workspace = true`", m.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(folder: &str, text: &str) -> Vec<File> {
        vec![File::new(&format!("{folder}/Cargo.toml"), text)]
    }

    #[test]
    fn finds_an_arrow_that_points_outward() {
        let sideways = "[dependencies]\nholdpoint-core.workspace = true\n[dev-dependencies]\nholdpoint-store.workspace = true";
        assert_eq!(arrows(&manifest("crates/intake", sideways)).len(), 1);
        assert_eq!(arrows(&manifest("crates/gateway", sideways)).len(), 0);
        assert_eq!(arrows(&manifest("crates/core", sideways)).len(), 2);
        let renamed = "[dependencies]\ndb = { package = \"holdpoint-store\", path = \"../store\" }";
        assert_eq!(arrows(&manifest("crates/policy", renamed)).len(), 1);
        let targeted = "[target.'cfg(unix)'.dependencies]\nholdpoint-policy = \"1\"";
        assert_eq!(arrows(&manifest("crates/intake", targeted)).len(), 1);
        assert_eq!(arrows(&manifest("crates/utils", "")).len(), 1, "an unknown crate");
    }

    #[test]
    fn finds_what_makes_a_pure_crate_impure() {
        for name in ["tokio", "aws-sdk-ssm", "sqlx", "tokio-stream"] {
            let text = format!("[dependencies]\n{name} = \"1\"");
            assert_eq!(purity(&manifest("crates/core", &text)).len(), 1, "{name}");
        }
        let database = "[dev-dependencies]\nsqlx = \"1\"";
        assert_eq!(purity(&manifest("crates/gateway", database)).len(), 1);
        assert_eq!(purity(&manifest("tests", database)).len(), 1);
        assert_eq!(purity(&manifest("crates/store", database)).len(), 0);
        assert_eq!(purity(&manifest("crates/core", "[dependencies]\nserde = \"1\"")).len(), 0);
    }

    #[test]
    fn finds_a_crate_without_lints() {
        assert_eq!(lints(&manifest("crates/core", "[package]\nname = \"x\"")).len(), 1);
        assert_eq!(lints(&manifest("crates/core", "[lints]\nworkspace = true")).len(), 0);
    }
}
