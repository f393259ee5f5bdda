//! What may stand where in Rust source.

use std::collections::BTreeSet;

use super::reach::for_tests;
use super::rust::split;
use super::tree::File;

/// A word of code that is kept to few places. An exception that is no longer used is a finding too, so that the
/// list only shrinks.
#[derive(Debug)]
pub(super) struct Keep {
    /// Found as it stands, in code without comments and literals.
    words: &'static [&'static str],
    /// Where the rule holds.
    within: &'static [&'static str],
    /// A file, or a folder with a slash at its end; and why.
    except: &'static [(&'static str, &'static str)],
}

/// A handler says which success it is (201, 304, 303); what is an error is said in one place.
pub(super) const STATUS: Keep = Keep {
    words: &[
        "StatusCode::BAD_REQUEST",
        "StatusCode::UNAUTHORIZED",
        "StatusCode::FORBIDDEN",
        "StatusCode::NOT_FOUND",
        "StatusCode::METHOD_NOT_ALLOWED",
        "StatusCode::NOT_ACCEPTABLE",
        "StatusCode::REQUEST_TIMEOUT",
        "StatusCode::CONFLICT",
        "StatusCode::GONE",
        "StatusCode::PRECONDITION_FAILED",
        "StatusCode::PAYLOAD_TOO_LARGE",
        "StatusCode::UNSUPPORTED_MEDIA_TYPE",
        "StatusCode::UNPROCESSABLE_ENTITY",
        "StatusCode::TOO_MANY_REQUESTS",
        "StatusCode::INTERNAL_SERVER_ERROR",
        "StatusCode::BAD_GATEWAY",
        "StatusCode::SERVICE_UNAVAILABLE",
        "StatusCode::INSUFFICIENT_STORAGE",
        "StatusCode::from_u16",
        "StatusCode::*",
    ],
    within: &["crates/"],
    except: &[
        ("crates/gateway/src/error.rs", "the one place where an error becomes a status code"),
        ("crates/gateway/src/api/submit.rs", "recognises the framework's own refusal of a large body"),
        ("crates/gateway/src/aws/", "answers in AWS's own shapes, whose codes and statuses belong together"),
        (
            "crates/gateway/src/web/",
            "a page that shows a form again answers with the status of what it shows",
        ),
    ],
};

pub(super) const ENVIRONMENT: Keep = Keep {
    words: &[
        "env::var",
        "env::var_os",
        "env::vars",
        "env::vars_os",
        "env::set_var",
        "env::remove_var",
        "env::args",
    ],
    within: &["crates/"],
    except: &[
        (
            "crates/gateway/src/config/surroundings.rs",
            "the one place where the environment is read; the CLI reads its own by clap",
        ),
        ("crates/core/examples/radius.rs", "takes the name of its input from the command line"),
        ("crates/intake/examples/recognise.rs", "takes the name of its input from the command line"),
    ],
};

pub(super) const GRANT: Keep = Keep {
    words: &["Grant {", "Grant{"],
    within: &["crates/"],
    except: &[("crates/core/src/grant.rs", "the one place where a grant is made")],
};

fn is_word(code: &str, at: usize, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    let before = code.get(..at).and_then(|text| text.chars().next_back());
    let after = code.get(at + word.len()..).and_then(|text| text.chars().next());
    !before.is_some_and(joins) && (!after.is_some_and(joins) || !word.ends_with(joins))
}

fn lines_with(file: &File, words: &[&str]) -> Vec<usize> {
    let code = split(&file.text).code;
    let uses =
        |line: &str| words.iter().any(|word| line.match_indices(word).any(|(at, _)| is_word(line, at, word)));
    code.lines().enumerate().filter(|(_, line)| uses(line)).map(|(index, _)| index + 1).collect()
}

/// Tests show what they like: files declared for tests only, a folder `tests/`, and what follows
/// `#[cfg(test)] mod tests {`.
fn shipped(file: &File, for_tests: &BTreeSet<String>) -> Option<File> {
    if file.path.contains("/tests/") || for_tests.contains(&file.path) {
        return None;
    }
    let text = file.text.split_once("#[cfg(test)]\nmod ").map_or(file.text.as_str(), |(text, _)| text);
    Some(File::new(&file.path, text))
}

pub(super) fn keep(rule: &Keep, files: &[File]) -> Vec<String> {
    let for_tests = for_tests(files);
    let mut findings = Vec::new();
    let mut used = vec![false; rule.except.len()];
    for file in files.iter().filter(|file| rule.within.iter().any(|within| file.path.starts_with(within))) {
        let Some(file) = shipped(file, &for_tests) else { continue };
        let lines = lines_with(&file, rule.words);
        let stands_in =
            |place: &str| file.path == place || (place.ends_with('/') && file.path.starts_with(place));
        match rule.except.iter().position(|(place, _)| stands_in(place)) {
            Some(index) => {
                if let Some(used) = used.get_mut(index) {
                    *used |= !lines.is_empty();
                }
            }
            None => findings.extend(lines.iter().map(|line| format!("{}:{line}", file.path))),
        }
    }
    let idle = rule.except.iter().zip(used).filter(|(_, used)| !used);
    findings
        .extend(idle.map(|((place, why), _)| format!("{place} is excepted ({why}) and does not need it")));
    findings
}

/// Pairs of words that make a literal look like SQL, in the order in which they appear.
const STATEMENTS: [(&str, &str); 10] = [
    ("select ", " from "),
    ("select ", "("),
    ("insert into ", "("),
    ("update ", " set "),
    ("delete from ", ""),
    ("create table ", "("),
    ("create schema ", ""),
    ("alter table ", ""),
    ("drop table ", ""),
    ("truncate table ", ""),
];

/// Where statements are quoted rather than run, or asked by an administrator; and why.
const QUOTED: [(&str, &str); 4] = [
    ("crates/intake/src/sql/", "reads statements that others will run"),
    ("crates/intake/tests/", "tests that reader"),
    ("tests/src/aws.rs", "looks for the real key in every table"),
    ("tests/it/", "scenarios look into the database as an administrator would"),
];

fn looks_like_sql(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    STATEMENTS
        .iter()
        .any(|(first, second)| text.strip_prefix(first).is_some_and(|rest| rest.contains(second)))
}

pub(super) fn sql(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !file.path.starts_with("crates/store/")) {
        if file.path.starts_with("tests/it/tidy") {
            continue;
        }
        findings.extend(lines_with(file, &["sqlx"]).iter().map(|line| format!("{}:{line}: sqlx", file.path)));
        if QUOTED.iter().any(|(place, _)| file.path.starts_with(place)) {
            continue;
        }
        let literals = split(&file.text).literals;
        let statements = literals.iter().filter(|literal| looks_like_sql(&literal.text));
        findings.extend(statements.map(|literal| format!("{}:{}: a statement", file.path, literal.line)));
    }
    findings
}

pub(super) fn long(files: &[File], limit: usize) -> Vec<String> {
    files
        .iter()
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > limit)
        .map(|(file, lines)| format!("{} has {lines} lines", file.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Keep =
        Keep { words: &["StatusCode"], within: &["crates/"], except: &[("crates/a/error.rs", "why")] };

    #[test]
    fn finds_a_word_outside_of_its_place_and_an_idle_exception() {
        let home = File::new("crates/a/error.rs", "fn f() -> StatusCode {}");
        let stray = File::new("crates/a/page.rs", "// StatusCode\nlet s = \"StatusCode\";\nStatusCode::OK");
        assert_eq!(keep(&RULE, &[home.clone(), stray.clone()]), ["crates/a/page.rs:3"]);
        assert_eq!(keep(&RULE, std::slice::from_ref(&home)), Vec::<String>::new());
        assert_eq!(keep(&RULE, &[]).len(), 1, "an exception that nothing needs");
        let other = File::new("crates/a/page.rs", "MyStatusCode; StatusCodes");
        assert_eq!(keep(&RULE, &[home.clone(), other]), Vec::<String>::new());
        let tests = File::new("crates/a/page.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\nStatusCode }");
        assert_eq!(keep(&RULE, &[home.clone(), tests]), Vec::<String>::new());
        let declared = File::new("crates/a/lib.rs", "#[cfg(test)]\nmod matrix;");
        let matrix = File::new("crates/a/lib/matrix.rs", "StatusCode");
        assert_eq!(keep(&RULE, &[home.clone(), matrix.clone()]).len(), 1);
        assert_eq!(keep(&RULE, &[home, declared, matrix]), Vec::<String>::new());
    }

    #[test]
    fn finds_statements_and_leaves_prose_alone() {
        for statement in [
            "select 1 from changes",
            "SELECT  submit($1)",
            "\n  insert into x (a) values",
            "update changes set state",
            "delete from x",
        ] {
            let file = File::new("crates/gateway/src/a.rs", &format!("let s = \"{statement}\";"));
            assert_eq!(sql(std::slice::from_ref(&file)).len(), 1, "{statement}");
            assert!(sql(&[File::new("crates/store/src/a.rs", &file.text)]).is_empty());
        }
        for prose in
            ["update the address", "select a change", "delete 3 and replace 1", "it was selected from x"]
        {
            let file =
                File::new("crates/gateway/src/a.rs", &format!("let s = \"{prose}\"; // select 1 from x"));
            assert!(sql(&[file]).is_empty(), "{prose}");
        }
        assert_eq!(sql(&[File::new("crates/gateway/src/a.rs", "use sqlx::Row;")]).len(), 1);
    }

    #[test]
    fn finds_long_files() {
        let file = File::new("a.rs", &"\n".repeat(601));
        assert_eq!(long(std::slice::from_ref(&file), 600).len(), 1);
        assert!(long(&[file], 601).is_empty());
    }

    #[test]
    fn a_grant_made_elsewhere_is_found() {
        let home = File::new("crates/core/src/grant.rs", "Grant { id }");
        let stray = File::new("crates/store/src/a.rs", "let g = Grant { id };");
        assert_eq!(keep(&GRANT, &[home, stray]).len(), 1);
    }
}
