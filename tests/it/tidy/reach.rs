//! Every `.rs` file is compiled: a file that no `mod` names rots in silence.

use std::collections::BTreeSet;

use super::rust::split;
use super::tree::File;

/// Roots that Cargo finds by itself, below a package's folder.
const ROOTS: [&str; 3] = ["src/lib.rs", "src/main.rs", "build.rs"];
const ROOT_FOLDERS: [&str; 4] = ["src/bin", "tests", "benches", "examples"];

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// Paths that a manifest gives to its targets by hand.
fn given(manifest: &File) -> Vec<String> {
    let table = manifest.text.parse::<toml::Table>().unwrap_or_default();
    let lists = ["bin", "test", "bench", "example"];
    let targets = lists.iter().filter_map(|kind| table.get(*kind)?.as_array()).flatten();
    targets
        .chain(table.get("lib"))
        .filter_map(|target| target.get("path")?.as_str())
        .map(|path| join(parent(&manifest.path), path))
        .collect()
}

fn is_root(path: &str, manifests: &[File]) -> bool {
    manifests.iter().any(|manifest| {
        let folder = parent(&manifest.path);
        ROOTS.iter().any(|root| path == join(folder, root))
            || ROOT_FOLDERS.iter().any(|root| parent(path) == join(folder, root))
            || ROOT_FOLDERS.iter().any(|root| in_folder_of_its_own(path, &join(folder, root)))
            || given(manifest).iter().any(|root| root == path)
    })
}

/// `tests/name/main.rs` is a root too.
fn in_folder_of_its_own(path: &str, root: &str) -> bool {
    path.strip_suffix("/main.rs").is_some_and(|own| parent(own) == root)
}

/// The folder in which the modules of a file stand.
fn home(file: &File, is_root: bool) -> String {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if is_root || name == "mod.rs" {
        parent(&file.path).to_owned()
    } else {
        file.path.trim_end_matches(".rs").to_owned()
    }
}

/// Files that are compiled for tests only: declared below `#[cfg(test)]`.
pub(super) fn for_tests(files: &[File]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files {
        let root = ROOTS.iter().any(|root| file.path.ends_with(root));
        let mut lines = file.text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if line == "#[cfg(test)]"
                && let Some(module) = lines.next().and_then(|next| next.rsplit(' ').next()?.strip_suffix(';'))
            {
                found.insert(join(&home(file, root), &format!("{module}.rs")));
                found.insert(join(&home(file, root), &format!("{module}/mod.rs")));
            }
        }
    }
    found
}

/// Files that the modules declared in `file` may stand in.
fn children(file: &File, is_root: bool) -> Vec<String> {
    let own = home(file, is_root);
    let source = split(&file.text);
    let mut found = Vec::new();
    for line in source.code.lines() {
        let mut words = line.split(|c: char| c.is_whitespace() || c == ']').filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            if word == "mod"
                && let Some(module) = words.next().and_then(|next| next.strip_suffix(';'))
            {
                found.push(join(&own, &format!("{module}.rs")));
                found.push(join(&own, &format!("{module}/mod.rs")));
            }
        }
    }
    // `#[path = "…"]` and `include!("…")` name files by themselves.
    if source.code.contains("path =") || source.code.contains("include!") {
        let named = source.literals.iter().filter(|literal| literal.text.ends_with(".rs"));
        found.extend(named.map(|literal| join(parent(&file.path), &literal.text)));
    }
    found
}

pub(super) fn unreachable(files: &[File], manifests: &[File]) -> Vec<String> {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&File> = files.iter().filter(|file| is_root(&file.path, manifests)).collect();
    while let Some(file) = open.pop() {
        if reached.insert(&file.path) {
            let named = children(file, is_root(&file.path, manifests));
            open.extend(files.iter().filter(|candidate| named.contains(&candidate.path)));
        }
    }
    files
        .iter()
        .map(|file| file.path.as_str())
        // Cases that must not compile are run by their folder's name.
        .filter(|path| !reached.contains(path) && !path.contains("/compile-fail/"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn finds_a_file_that_no_module_names() {
    let manifests = [File::new("a/Cargo.toml", "[[test]]\nname = \"it\"\npath = \"it/main.rs\"")];
    let files = [
        File::new("a/src/lib.rs", "mod b; // mod dead;\n#[cfg(test)] mod tests;\npub mod c { }"),
        File::new("a/src/b.rs", "pub(crate) mod deep;"),
        File::new("a/src/b/deep.rs", ""),
        File::new("a/src/tests/mod.rs", ""),
        File::new("a/src/dead.rs", "mod buried;"),
        File::new("a/src/dead/buried.rs", ""),
        File::new("a/it/main.rs", "mod walk;"),
        File::new("a/it/walk.rs", ""),
        File::new("a/tests/grant.rs", ""),
        File::new("a/tests/cluster/main.rs", "mod support;"),
        File::new("a/tests/cluster/support.rs", ""),
        File::new("a/tests/compile-fail/copy.rs", ""),
    ];
    assert_eq!(unreachable(&files, &manifests), ["a/src/dead.rs", "a/src/dead/buried.rs"]);
}
