//! Rules about files as such: migrations, lock files, the root, and words that have no place in a repository.

use std::collections::BTreeSet;

use super::tree::File;

/// Paths of one machine, and hosts of package registries: what is fetched from where is the machine's setting.
/// Put together here, so that this file does not find itself.
const FOREIGN: [&str; 10] = [
    concat!("/wo", "rk/"),
    concat!("/tmp/", "t-"),
    concat!("/tmp/", "hp"),
    concat!("/ho", "me/"),
    concat!("session of ", "work"),
    concat!("registry.npm", "js.org"),
    concat!("static.", "crates.io"),
    concat!("pypi", ".org"),
    concat!("python", "hosted.org"),
    concat!("deb.", "debian.org"),
];

pub(super) fn foreign_words(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            for word in FOREIGN.iter().filter(|word| line.contains(**word)) {
                findings.push(format!("{}:{}: {word}", file.path, index + 1));
            }
        }
    }
    findings
}

/// `NNNN_what_it_does.sql`, counted from 1: two branches that take the same number are found when they meet.
pub(super) fn migrations(paths: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut next = 1_u32;
    for name in
        paths.iter().filter_map(|path| path.strip_prefix("migrations/")).filter(|name| *name != "README.md")
    {
        let number =
            name.strip_suffix(".sql").and_then(|stem| stem.split_once('_')).map(|(number, _)| number);
        match number.filter(|number| number.len() == 4).and_then(|number| number.parse::<u32>().ok()) {
            Some(number) if number == next => next += 1,
            Some(number) => {
                findings.push(format!("migrations/{name}: expected number {next:04}"));
                next = number + 1;
            }
            None => findings.push(format!("migrations/{name}: expected a name like 0001_what_it_does.sql")),
        }
    }
    findings
}

pub(super) fn lock_addresses(locks: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for lock in locks {
        match serde_json::from_str::<serde_json::Value>(&lock.text) {
            Ok(value) if has_key(&value, "resolved") => {
                findings
                    .push(format!("{} records addresses: set omit-lockfile-registry-resolved", lock.path));
            }
            Ok(_) => {}
            Err(error) => findings.push(format!("{} does not read: {error}", lock.path)),
        }
    }
    findings
}

fn has_key(value: &serde_json::Value, key: &str) -> bool {
    match value {
        serde_json::Value::Object(map) => map.iter().any(|(name, value)| name == key || has_key(value, key)),
        serde_json::Value::Array(list) => list.iter().any(|value| has_key(value, key)),
        _ => false,
    }
}

pub(super) fn root(paths: &BTreeSet<String>) -> Vec<String> {
    const FILES: [&str; 13] = [
        ".dockerignore",
        ".gitignore",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "NOTICE",
        "Makefile",
        "README.md",
        "SECURITY.md",
        "clippy.toml",
        "rustfmt.toml",
    ];
    const FOLDERS: [&str; 9] =
        [".ci", ".config", "crates", "deploy", "docs", "examples", "migrations", "scripts", "tests"];
    paths
        .iter()
        .filter(|path| {
            !path.contains('/') && !FILES.contains(&path.as_str()) && !FOLDERS.contains(&path.as_str())
        })
        .map(|path| format!("{path} is not among the files of the root"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn finds_gaps_doubles_and_misnamed_migrations() {
        assert!(
            migrations(&paths(&["migrations/0001_a.sql", "migrations/0002_b.sql", "migrations/README.md"]))
                .is_empty()
        );
        assert_eq!(migrations(&paths(&["migrations/0001_a.sql", "migrations/0003_b.sql"])).len(), 1);
        assert_eq!(migrations(&paths(&["migrations/0001_a.sql", "migrations/0001_b.sql"])).len(), 1);
        assert_eq!(migrations(&paths(&["migrations/1_a.sql"])).len(), 1);
        assert_eq!(migrations(&paths(&["migrations/notes.txt"])).len(), 1);
    }

    #[test]
    fn finds_machine_paths_and_addresses() {
        let text = format!("fine\ncd {}", FOREIGN[0]);
        assert_eq!(foreign_words(&[File::new("a.md", &text)]).len(), 1);
        assert!(foreign_words(&[File::new("a.md", "a networked thing")]).is_empty());
        let locked = r#"{"packages": {"node_modules/a": {"version": "1", "resolved": "x"}}}"#;
        assert_eq!(lock_addresses(&[File::new("package-lock.json", locked)]).len(), 1);
        assert_eq!(lock_addresses(&[File::new("package-lock.json", "{")]).len(), 1);
        let clean = r#"{"packages": {"node_modules/a": {"version": "1"}}}"#;
        assert!(lock_addresses(&[File::new("package-lock.json", clean)]).is_empty());
    }

    #[test]
    fn finds_a_stray_file_in_the_root() {
        assert_eq!(root(&paths(&["README.md", "crates", "notes.txt", "docs/a.md"])).len(), 1);
    }
}
