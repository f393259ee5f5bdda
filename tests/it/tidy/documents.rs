//! Documents: their links resolve, what they name exists, and invariants name the test that guards them.

use std::collections::BTreeSet;

use super::tree::File;

/// A document without its fenced code, line for line.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        if fence {
            fenced = !fenced;
        }
        if !fenced && !fence {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// What stands in backticks.
fn codes(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// A heading's anchor, as code hosts make it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn anchors(file: &File) -> BTreeSet<String> {
    prose(&file.text).lines().filter(|line| line.starts_with('#')).map(anchor).collect()
}

/// Resolves `..` and `.` against the folder of the document.
fn resolve(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> =
        if target.starts_with('/') { Vec::new() } else { document.split('/').collect() };
    parts.pop();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

fn targets(line: &str) -> Vec<&str> {
    let bare: Vec<&str> =
        line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(t, _)| t).collect();
    bare.into_iter().map(|target| target.split_whitespace().next().unwrap_or_default()).collect()
}

pub(super) fn links(documents: &[File], paths: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    for document in documents {
        for (index, line) in prose(&document.text).lines().enumerate() {
            for target in targets(line) {
                if target.contains("://") || target.starts_with("mailto:") {
                    continue;
                }
                let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
                let path =
                    if path.is_empty() { document.path.clone() } else { resolve(&document.path, path) };
                let known = documents.iter().find(|file| file.path == path);
                let anchored =
                    fragment.is_empty() || known.is_some_and(|file| anchors(file).contains(fragment));
                if !(path.is_empty() || paths.contains(&path)) || !anchored {
                    findings.push(format!("{}:{}: {target}", document.path, index + 1));
                }
            }
        }
    }
    findings
}

const FOLDERS: [&str; 9] =
    ["crates/", "docs/", "tests/", "deploy/", "scripts/", "migrations/", "examples/", ".ci/", ".config/"];

/// Paths in backticks exist; `path.rs::name` names a function in that file.
pub(super) fn names(documents: &[File], files: &[File], paths: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    for document in documents {
        for (index, line) in prose(&document.text).lines().enumerate() {
            for code in codes(line) {
                if code.contains([' ', '*', '<', '…', '{'])
                    || !FOLDERS.iter().any(|folder| code.starts_with(folder))
                {
                    continue;
                }
                let (path, name) = code.split_once("::").unwrap_or((code, ""));
                let path = path.trim_end_matches('/');
                let text = files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str());
                let here = name.is_empty()
                    || text.contains(&format!("fn {name}("))
                    || text.contains(name) && !path.ends_with(".rs");
                if !paths.contains(path) || !here {
                    findings.push(format!("{}:{}: `{code}`", document.path, index + 1));
                }
            }
        }
    }
    findings
}

/// Every numbered line under "Invariants" names a test as `path::name`, or a case that must not compile.
pub(super) fn invariants(page: &str) -> Vec<String> {
    let section = page.split("\n## ").find(|section| section.starts_with("Invariants")).unwrap_or_default();
    let mut items: Vec<String> = Vec::new();
    for line in section.lines() {
        if line
            .split_once(". ")
            .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        {
            items.push(line.to_owned());
        } else if line.starts_with(' ')
            && let Some(item) = items.last_mut()
        {
            item.push_str(line);
        }
    }
    if items.is_empty() {
        return vec!["no invariants found".to_owned()];
    }
    let tested =
        |item: &String| codes(item).any(|code| code.contains(".rs::") || code.contains("compile-fail/"));
    items.into_iter().filter(|item| !tested(item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn finds_links_that_lead_nowhere() {
        let there = paths(&["docs/a.md", "README.md", "docs"]);
        let text = "# One Two\n[ok](../README.md) [ok](#one-two) [ok](https://x.example) [no](b.md)\n\
            [no](#three)\n```\n[fenced](c.md)\n```\n";
        let documents =
            [File::new("docs/a.md", text), File::new("README.md", "## Quick start\n[ok](docs/a.md#one-two)")];
        assert_eq!(links(&documents, &there), ["docs/a.md:2: b.md", "docs/a.md:3: #three"]);
    }

    #[test]
    fn finds_names_that_do_not_exist() {
        let there = paths(&["crates/core/src/grant.rs", "crates/core"]);
        let files = [File::new("crates/core/src/grant.rs", "fn claims_once() {}")];
        let text = "`crates/core/` `crates/core/src/grant.rs::claims_once` `crates/none` `tests/*.rs`\n\
            `crates/core/src/grant.rs::claims_twice`";
        let found = names(&[File::new("docs/a.md", text)], &files, &there);
        assert_eq!(
            found,
            ["docs/a.md:1: `crates/none`", "docs/a.md:2: `crates/core/src/grant.rs::claims_twice`"]
        );
    }

    #[test]
    fn finds_an_invariant_without_a_test() {
        let page = "# A\n\n## Invariants\n\n1. Guarded.\n   Test: `crates/a.rs::b`.\n2. Hoped for.\n\n## Next\n3. No.";
        assert_eq!(invariants(page), ["2. Hoped for."]);
        assert_eq!(invariants("# nothing").len(), 1);
    }
}
