//! The repository's own rules, as ordinary tests: what points where, what stands where, and that documents tell the
//! truth about both. Each rule is a function over texts, tested with small inputs beside it.

mod crates;
mod documents;
mod files;
mod reach;
mod rust;
mod sources;
mod tree;

use tree::Tree;

/// One line per finding, all of them at once: a list is fixed faster than a first failure.
fn assert_clean(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}\n", findings.join("\n  "));
}

#[test]
fn arrows_between_crates_point_inward() {
    assert_clean("arrows between crates", &crates::arrows(&Tree::read().manifests()));
}

#[test]
fn pure_crates_stay_pure() {
    assert_clean("pure crates, and sqlx in the store only", &crates::purity(&Tree::read().manifests()));
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    assert_clean("lints", &crates::lints(&Tree::read().manifests()));
}

#[test]
fn sql_stands_only_in_the_store() {
    assert_clean("SQL outside of crates/store", &sources::sql(&Tree::read().rust()));
}

#[test]
fn errors_become_status_codes_in_one_place() {
    assert_clean("StatusCode", &sources::keep(&sources::STATUS, &Tree::read().rust()));
}

#[test]
fn the_environment_is_read_in_few_places() {
    assert_clean("std::env", &sources::keep(&sources::ENVIRONMENT, &Tree::read().rust()));
}

#[test]
fn grants_are_made_in_one_place() {
    assert_clean("Grant { … }", &sources::keep(&sources::GRANT, &Tree::read().rust()));
}

#[test]
fn files_are_small() {
    let tree = Tree::read();
    for long in sources::long(&tree.rust(), 400) {
        println!("long: {long}");
    }
    assert_clean("files over 600 lines", &sources::long(&tree.rust(), 600));
}

#[test]
fn every_source_file_is_reachable() {
    let tree = Tree::read();
    assert_clean("not reachable from a crate's root", &reach::unreachable(&tree.rust(), &tree.manifests()));
}

#[test]
fn links_in_documents_resolve() {
    let tree = Tree::read();
    assert_clean("links in documents", &documents::links(&tree.named(".md"), &tree.paths()));
}

#[test]
fn files_and_tests_named_in_documents_exist() {
    let tree = Tree::read();
    assert_clean("named in documents", &documents::names(&tree.named(".md"), tree.all(), &tree.paths()));
}

#[test]
fn every_invariant_names_the_test_that_would_fail() {
    let tree = Tree::read();
    let page = tree.text("docs/architecture.md");
    assert_clean("invariants without a test", &documents::invariants(page));
    assert!(
        page.lines().count() <= 200,
        "docs/architecture.md is to be read in one sitting: at most 200 lines"
    );
}

#[test]
fn the_repository_speaks_only_of_itself() {
    assert_clean("machine paths and hosts", &files::foreign_words(Tree::read().all()));
}

#[test]
fn migrations_are_numbered_without_gaps() {
    assert_clean("migrations", &files::migrations(&Tree::read().paths()));
}

#[test]
fn lock_files_record_no_addresses() {
    let tree = Tree::read();
    assert_clean("package-lock.json", &files::lock_addresses(&tree.named("package-lock.json")));
}

#[test]
fn the_root_is_no_notebook() {
    assert_clean("files in the root", &files::root(&Tree::read().paths()));
}
