use rable::NodeKind;

use super::place::{Place, clean, of};
use super::table::{Commands, leads};
use super::walk::Walk;
use super::way::{Var, Way};
use super::word::{Hole, Word, fits};
use super::{bound, is_powershell, placeholders};

fn expanded(text: &str, walk: &mut Walk) -> Vec<Word> {
    let nodes = bound::parse(text).unwrap();
    let NodeKind::Command { words, .. } = &nodes[0].kind else { panic!("{text} is no command") };
    words.iter().flat_map(|word| walk.expand(word, &Way::default()).unwrap()).collect()
}

fn texts(text: &str) -> Vec<String> {
    let mut walk = Walk::new().unwrap();
    walk.vars.insert("X".to_owned(), Var::Text("a b".to_owned()));
    expanded(text, &mut walk).into_iter().map(|word| word.text).collect()
}

#[test]
fn the_table_reads_and_its_rows_lead_somewhere() {
    let commands = Commands::parse(include_str!("commands.toml")).unwrap();
    for name in ["terraform", "aws", "kubectl", "psql", "rm", "curl", "mkfs.ext4", "python3.12", "claude"] {
        assert!(commands.tool(name).is_some(), "{name}");
    }
    assert!(commands.tool("frobnicate").is_none());
    assert!(commands.wrapper("sudo").is_some());
}

#[test]
fn quotes_come_off() {
    for (text, words) in [
        ("x a\\ b 'c d' \"e f\"", vec!["x", "a b", "c d", "e f"]),
        ("r\"\"m \\rm $'\\x72m' 'r'm", vec!["rm", "rm", "rm", "rm"]),
        ("x $X", vec!["x", "a", "b"]),
        ("x \"$X\" '$X'", vec!["x", "a b", "$X"]),
        ("x{a,b}y", vec!["xay", "xby"]),
        ("x \"\"", vec!["x", ""]),
        ("x \"a\\\"b\\$c\\d\"", vec!["x", "a\"b$c\\d"]),
        ("x $(echo a b)", vec!["x", "a", "b"]),
        ("x \"$(cat <<'E'\na\nb\nE\n)\"", vec!["x", "a\nb"]),
    ] {
        assert_eq!(texts(text), words, "{text}");
    }
}

#[test]
fn what_is_not_shown_is_a_hole() {
    let mut walk = Walk::new().unwrap();
    let words = expanded("x \"$A/b\" $(date) ... ${B:-c} ~ $HOME", &mut walk);
    assert_eq!(words[1].holes, [Hole::Unset("A".to_owned())]);
    assert_eq!(words[1].bare, "/b");
    assert_eq!(words[2].holes, [Hole::Output("date".to_owned())]);
    assert_eq!(words[3].holes, [Hole::Blank]);
    assert_eq!(words[4].holes, [Hole::Value("B".to_owned())]);
    assert_eq!((words[5].text.as_str(), words[6].text.as_str()), ("~", "~"));
}

#[test]
fn paths_are_told_apart() {
    let place = |text: &str| of(&Word::known(text), Some(""), false);
    for working in
        ["target", "./a/b", "a/../b", "/tmp/x", "src/*.rs", "/Users/ann/shop/target", "~/shop/node_modules"]
    {
        assert_eq!(place(working), Place::Working, "{working}");
    }
    for matters in [
        "/etc/x",
        "/var/lib/mysql",
        "a/../../../etc/../etc/x/../../../etc",
        "~/documents",
        ".git/config",
        "x.tfstate",
    ] {
        let place = if matters.starts_with("a/") {
            of(&Word::known(matters), Some("/srv"), false)
        } else {
            place(matters)
        };
        assert!(matches!(place, Place::Matters(_)), "{matters}: {place:?}");
    }
    for everything in ["/", "/*", "~", "*", ".", "..", "../..", "a/..", "/Users", "/Users/ann"] {
        assert!(matches!(place(everything), Place::Everything(_)), "{everything}");
    }
    assert_eq!(clean("/a//b/./c/../d/"), "/a/b/d");
    assert_eq!(clean("/../.."), "/");
}

#[test]
fn patterns_fit() {
    assert!(fits("delete-*", "delete-table") && fits("*", "") && fits("a*b*c", "axbyc") && fits("ab", "ab"));
    assert!(!fits("delete-*", "undelete-x") && !fits("a*b*c", "acb") && !fits("ab", "abc"));
    assert_eq!(leads("s3 rm|rb", &["s3", "rb", "x"]), Some(2));
    assert_eq!(leads("app delete, svc delete", &["svc", "delete"]), Some(2));
    assert_eq!(leads("s3 rm", &["s3"]), None);
}

#[test]
fn other_shells_and_blanks_are_known() {
    assert!(is_powershell("Get-ChildItem") && is_powershell("$env:A = 1") && is_powershell("move * ..\\x"));
    assert!(!is_powershell("apt-get install x") && !is_powershell("mv a b"));
    assert!(placeholders("a <name> b").is_some());
    assert!(placeholders("a < name > b").is_none() && placeholders("a <<EOF").is_none());
}
