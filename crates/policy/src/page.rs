//! `docs/rules.md`: every rule with its verdicts, generated from the pack. Write it anew with `make rules`.

use std::fmt::Write as _;

use holdpoint_core::Verdict;

use crate::RuleInfo;
use crate::annotation::RESERVED;
use crate::cases;
use crate::fixture::{builtin, said};
use crate::source;

const HEAD: &str = "\
# The rules

<!-- Generated from the pack's policies by `make rules`; a test compares. Edit the policies, not this page. -->

The built-in pack, rule by rule: each policy with its verdict, what it says when it fires, what would pass, and the real
incident behind it. Of several policies that fire the strictest verdict stands, and all are listed. *Production* is an
environment that is production or not known. What is judged is an effect, its hazards and the facts around it, never a name.

The cases under each policy are tests: the first fire it, the near misses do not. They are written as environment, effect,
class, and whatever else is known. What every combination comes to is in `crates/policy/golden/matrix.txt`.

A policy rests on facts that a format may not show: a command shows no estate, no state and no dependencies, and is judged by
its effects and by what earlier changes taught. What is not shown is never read as safe.
";

fn page() -> String {
    let rules: Vec<RuleInfo> = builtin().rules().collect();
    let files: Vec<(String, String)> = source::builtin()
        .into_iter()
        .filter(|source| source.file != "built-in/permit.cedar")
        .map(|source| intro(&source.text))
        .collect();
    let mut page = HEAD.to_owned();
    page.push_str("\n| rule | verdicts |\n|---|---|\n");
    for (rule, _) in &files {
        writeln!(page, "| [{rule}](#{}) | {} |", rule.to_lowercase(), verdicts(rule, &rules)).unwrap();
    }
    for (rule, text) in &files {
        write!(page, "\n## {rule}\n\n{text}\n").unwrap();
        for info in rules.iter().filter(|info| info.rule == *rule) {
            section(&mut page, info);
        }
        if rule == "R20" {
            page.push_str(&reserved());
        }
    }
    page
}

/// The rule's name and its words, from the comment that opens its file.
fn intro(text: &str) -> (String, String) {
    let lines = text.lines().map_while(|line| line.strip_prefix("//")).map(str::trim);
    let words = lines.collect::<Vec<_>>().join(" ");
    let (rule, words) = words.split_once(": ").expect("a file of the pack opens with its rule");
    let mut letters = words.chars();
    let first: String = letters.next().unwrap().to_uppercase().collect();
    (rule.to_owned(), first + letters.as_str())
}

fn verdicts(rule: &str, rules: &[RuleInfo]) -> String {
    let mut all: Vec<String> =
        rules.iter().filter(|info| info.rule == rule).map(|info| said(&info.verdict)).collect();
    all.sort();
    all.dedup();
    match rule {
        "R3" => "classify".to_owned(),
        "R10" => format!("built into counting approvals; {}", all.join(", ")),
        _ => all.join(", "),
    }
}

fn section(page: &mut String, info: &RuleInfo) {
    let verdict = match &info.verdict {
        Verdict::Deny => "deny, and nobody can release it".to_owned(),
        other => said(other),
    };
    write!(page, "\n### {}\n\nVerdict: {verdict}.\n\n", info.id).unwrap();
    writeln!(page, "- says: {}", words(&info.reason)).unwrap();
    writeln!(page, "- would pass: {}", words(&info.remedy)).unwrap();
    if !info.incident.is_empty() {
        writeln!(page, "- incident: {}", info.incident).unwrap();
    }
    for (fires, label) in [(true, "fires on"), (false, "not on")] {
        let of = cases::lines().filter(|(policy, sign, _)| *policy == info.id && *sign == fires);
        let some: Vec<String> = of.map(|(.., case)| format!("`{case}`")).collect();
        writeln!(page, "- {label}: {}", some.join(", ")).unwrap();
    }
}

/// A sentence with its holes set apart.
fn words(template: &str) -> String {
    template.replace("{data_in_reach}", "{data in reach}").replace(['{', '}'], "*")
}

/// What no policy says, and judging does by itself.
fn reserved() -> String {
    let [failed, unpermitted] = RESERVED;
    format!(
        "\n### {failed}\n\nVerdict: deny, and nobody can release it. No policy of its own: judging failed, and a policy that \
         fails would otherwise be skipped.\n\n### {unpermitted}\n\nVerdict: deny, and nobody can release it. No policy of its \
         own: nothing permits it.\n"
    )
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the author of a change to the pack asks for a new page")]
fn the_page_of_rules_is_generated_from_the_pack() {
    let now = page();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    if std::env::var("HOLDPOINT_GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(path, &now).unwrap();
    }
    let before = std::fs::read_to_string(path).unwrap_or_default();
    assert!(now == before, "docs/rules.md is not what the pack says; `make rules` writes it anew");
}

#[test]
fn every_rule_has_its_words() {
    let page = page();
    for n in 1..=20 {
        assert!(
            page.contains(&format!("\n## R{n}\n\n")) && page.contains(&format!("| [R{n}](#r{n}) | ")),
            "R{n}"
        );
    }
    for info in builtin().rules() {
        assert!(page.contains(&format!("\n### {}\n", info.id)), "{}", info.id);
    }
    assert!(page.contains("| [R3](#r3) | classify |"));
}
