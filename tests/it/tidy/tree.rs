//! The repository's files, read once per test.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A text file, by its path from the root of the repository.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// For the tests of the rules.
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// Every file of the work tree but what is built, fetched or Git's own.
#[derive(Debug)]
pub(super) struct Tree {
    files: Vec<File>,
    /// Files that are no text, and directories.
    others: BTreeSet<String>,
}

const SKIPPED: [&str; 5] = [".git", "node_modules", ".terraform", ".cache", "test-results"];

impl Tree {
    pub(super) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut tree = Tree { files: Vec::new(), others: BTreeSet::new() };
        tree.walk(&root, &root);
        assert!(tree.files.len() > 20, "the repository was not found at {}", root.display());
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        tree
    }

    fn walk(&mut self, root: &Path, directory: &Path) {
        // Cargo marks what it builds into, wherever that is.
        if directory.join("CACHEDIR.TAG").exists() {
            return;
        }
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            let Ok(relative) = path.strip_prefix(root) else { continue };
            let relative = relative.to_string_lossy().replace('\\', "/");
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if SKIPPED.contains(&name.as_str()) || relative == "target" || name.contains(".tfstate") {
                continue;
            }
            if path.is_dir() {
                self.others.insert(relative);
                self.walk(root, &path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                self.files.push(File { path: relative, text });
            } else {
                self.others.insert(relative);
            }
        }
    }

    pub(super) fn all(&self) -> &[File] {
        &self.files
    }

    /// Those whose path ends so.
    pub(super) fn named(&self, ending: &str) -> Vec<File> {
        self.files.iter().filter(|file| file.path.ends_with(ending)).cloned().collect()
    }

    pub(super) fn rust(&self) -> Vec<File> {
        self.named(".rs")
    }

    /// Every `Cargo.toml` but the workspace's.
    pub(super) fn manifests(&self) -> Vec<File> {
        self.named("/Cargo.toml")
    }

    pub(super) fn text(&self, path: &str) -> &str {
        self.files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str())
    }

    /// Every path there is, directories included.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        self.files.iter().map(|file| file.path.clone()).chain(self.others.iter().cloned()).collect()
    }
}
