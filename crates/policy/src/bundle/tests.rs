//! What is refused at load, and that deciding stays closed when something gets past.

use std::path::{Path, PathBuf};

use holdpoint_core::{Class, EffectKind, Environment, Judgement, Verdict};

use super::*;
use crate::fixture::{agent, builtin, change, effect, facts, line};

const PERMIT: &str = "@id(\"all\") permit (principal, action, resource);\n";

fn source(text: &str) -> Source {
    Source { file: "own.cedar".to_owned(), text: text.to_owned() }
}

/// The problems of one file on top of the built-in pack.
fn refused(text: &str) -> String {
    let mut sources = source::builtin();
    sources.push(source(text));
    match Bundle::assemble(&sources, Checks::All) {
        Err(PolicyError::Refused(problems)) => problems.iter().map(|p| format!("{p}\n")).collect(),
        Err(other) => panic!("{other}"),
        Ok(_) => String::new(),
    }
}

fn forbid(annotations: &str, when: &str) -> String {
    format!(
        "{annotations}\nforbid (principal, action in Action::\"write\", resource is Resource)\nwhen {{ {when} }};\n"
    )
}

const GOOD: &str = "@id(\"own\") @rule(\"OWN\") @reason(\"{resource} {effect}\") @remedy(\"ask\")";

fn judge(bundle: &Bundle) -> Judgement {
    let update = effect(EffectKind::Update, "aws_db_instance.main", Class::Other);
    bundle.decide(&change(vec![update]), &facts(Environment::Staging), &agent())
}

#[test]
fn a_forbid_that_errs_does_not_let_pass() {
    // Cedar skips the forbid and allows; only looking at the errors keeps this closed.
    let overflow = forbid(GOOD, "context.bound")
        .replace(
            "action in Action::\"write\", resource is Resource",
            "action == Action::\"apply\", resource is Change",
        )
        .replace("context.bound", "resource.estate + 9223372036854775807 > 10");
    let sources = [source(PERMIT), source(&overflow)];
    let bundle = Bundle::assemble(&sources, Checks::None).unwrap();
    let judgement = judge(&bundle);
    assert_eq!(line(&judgement), "deny: R20-evaluation-error");
    assert_eq!(judgement.reasons[0].rule, "R20");
    assert!(judgement.reasons[0].reason.contains("own"), "{}", judgement.reasons[0].reason);
    assert!(!judgement.reasons[0].remedy.is_empty());

    // And it never gets that far.
    let mut sources = source::builtin();
    sources.push(source(&overflow));
    let error = Bundle::assemble(&sources, Checks::All).unwrap_err().to_string();
    assert!(error.contains("arithmetic"), "{error}");
}

#[test]
fn a_permit_or_a_hold_that_errs_does_not_let_pass_either() {
    for effect in ["permit", "forbid"] {
        let text =
            forbid(&GOOD.replace("@remedy", "@hold(\"reviewers:1\") @remedy"), "resource.nothing == 1");
        let text = if effect == "permit" {
            text.replace("forbid", "permit")
                .replace(&GOOD.replace("@remedy", "@hold(\"reviewers:1\") @remedy"), "@id(\"own\")")
        } else {
            text
        };
        let bundle = Bundle::assemble(&[source(PERMIT), source(&text)], Checks::None).unwrap();
        assert_eq!(line(&judge(&bundle)), "deny: R20-evaluation-error", "{effect}");
    }
}

#[test]
fn an_empty_set_is_refused() {
    let empty = |sources: &[Source]| Bundle::assemble(sources, Checks::All).unwrap_err().to_string();
    assert!(empty(&[]).contains("no policy"));
    assert!(empty(&[source("// nothing yet\n")]).contains("no policy"));
    assert!(empty(&[source(&forbid(GOOD, "resource.deferred"))]).contains("no permit"));
}

#[test]
fn without_a_permit_nothing_passes_and_no_hold_can_release_it() {
    let reads_only = "@id(\"reads\") permit (principal, action == Action::\"read\", resource);\n\
                      @id(\"apply\") permit (principal, action == Action::\"apply\", resource);\n";
    let bundle = Bundle::assemble(&[source(reads_only)], Checks::All).unwrap();
    let judgement = judge(&bundle);
    assert_eq!(line(&judgement), "deny: R20-no-permit");
    assert!(
        judgement.reasons[0]
            .reason
            .contains("`aws_db_instance.main` would be changed, and no policy permits that")
    );

    let hold = forbid(&GOOD.replace("@remedy", "@hold(\"reviewers:1\") @remedy"), "!resource.production");
    let bundle = Bundle::assemble(&[source(reads_only), source(&hold)], Checks::All).unwrap();
    assert_eq!(line(&judge(&bundle)), "deny: R20-no-permit own");
}

#[test]
fn annotations_are_a_closed_vocabulary() {
    for (annotations, says) in [
        (
            GOOD.replace("@remedy", "@hodl(\"reviewers:1\") @remedy"),
            "`@hodl` is not an annotation; known are @id",
        ),
        (GOOD.replace("@remedy", "@hold(\"sre;2\") @remedy"), "`@hold(\"sre;2\")`"),
        (GOOD.replace("@remedy", "@hold(\"sre:0\") @remedy"), "`@hold(\"sre:0\")`"),
        (GOOD.replace("@remedy", "@hold @remedy"), "`@hold(\"\")`"),
        (GOOD.replace("@id(\"own\")", ""), "has no `@id`"),
        (GOOD.replace("\"own\"", "\"a b\""), "`@id(\"a b\")`"),
        (GOOD.replace("\"own\"", "\"R20-no-permit\""), "reserved"),
        (GOOD.replace("@rule(\"OWN\")", ""), "has no `@rule`"),
        (GOOD.replace("@reason(\"{resource} {effect}\")", ""), "has no `@reason`"),
        (GOOD.replace("@remedy(\"ask\")", ""), "has no `@remedy`"),
        (GOOD.replace("\"ask\"", "\"\""), "`@remedy` is empty"),
        (
            GOOD.replace("{resource}", "{name}"),
            "`@reason` names `{name}`, which is not known; use {resource}",
        ),
        (GOOD.replace("{resource}", "it"), "names the resource"),
        (GOOD.replace("@remedy", "@steps(\"beg\") @remedy"), "`@steps` names `beg`; known are set"),
        (GOOD.replace("@remedy", "@steps(\"split:0\") @remedy"), "`@steps` names `split:0`"),
    ] {
        let problems = refused(&forbid(&annotations, "resource.deferred"));
        assert!(problems.starts_with("own.cedar:1"), "{problems}");
        assert!(problems.contains(says), "{says}: {problems}");
    }
    assert_eq!(refused(&forbid(GOOD, "resource.deferred")), "");
    let permit =
        "@id(\"p\") @hold(\"reviewers:1\") permit (principal, action == Action::\"read\", resource);";
    assert!(refused(permit).contains("`@hold` has no effect on a permit"));
}

#[test]
fn the_place_of_a_problem_is_named() {
    let own = |id: &str| forbid(&GOOD.replace("own", id), "resource.deferred");
    let wrong = own("two").replace("@rule", "@rul");
    assert!(
        refused(&format!("// a comment\n\n{}\n{wrong}", own("one")))
            .starts_with("own.cedar:7: policy `two`: ")
    );
    let unreadable = format!("{}\nforbid (principal, action, resource) when {{ resource. }};\n", own("one"));
    assert!(refused(&unreadable).starts_with("own.cedar:5: "), "{}", refused(&unreadable));
    let twice = refused(&own("R1-no-backup"));
    assert!(twice.contains("already given in built-in/r01-data.cedar:"), "{twice}");
    let both = refused(&(own("one").replace("@rule", "@rul") + &own("two").replace("@remedy", "@remdy")));
    assert!(both.contains("@rul`") && both.contains("@remdy`"), "{both}");
}

#[test]
fn conditions_are_validated_strictly() {
    for (when, says) in [
        ("resource.klass == Class::\"data\"", "klass"),
        ("resource.class == Class::\"date\"", "date"),
        ("resource.environment == Env::\"prd\"", "prd"),
        ("resource.class == \"data\"", "type"),
        ("resource.hazards.contains(Hazard::\"exposed\")", "exposed"),
        ("resource == Resource::\"aws_db_instance.main\"", "no name"),
        ("resource.deferred && !resource.deferred && false", "false"),
    ] {
        let problems = refused(&forbid(GOOD, when));
        assert!(problems.contains("policy `own`") && problems.contains(says), "{when}: {problems}");
    }
    let slot = format!("{GOOD} forbid (principal == ?principal, action, resource);");
    assert!(refused(&slot).contains("template"), "{}", refused(&slot));
}

#[test]
fn own_policies_tighten_and_never_loosen() {
    let dir = Dir::new("tighten");
    dir.write("freeze.cedar", &forbid(GOOD, "resource.type == \"aws_db_instance\""));
    dir.write("notes.txt", "not a policy");
    let bundle = Bundle::load(&dir.0).unwrap();
    assert_eq!(line(&judge(&bundle)), "deny: own");
    assert_ne!(bundle.version(), builtin().version());
    assert_eq!(bundle.rules().count(), builtin().rules().count() + 1);
    let other = effect(EffectKind::Update, "aws_iam_role.a", Class::Other);
    let other = bundle.decide(&change(vec![other]), &facts(Environment::Staging), &agent());
    assert_eq!(other.verdict, Verdict::Allow, "type is part of what is judged once");

    dir.write("freeze.cedar", PERMIT);
    let bundle = Bundle::load(&dir.0).unwrap();
    let gone = effect(EffectKind::Delete, "aws_db_instance.main", Class::Data);
    let judgement = bundle.decide(&change(vec![gone]), &facts(Environment::Production), &agent());
    assert_eq!(judgement.verdict, Verdict::Deny);
}

#[test]
fn loading_is_all_or_nothing() {
    let dir = Dir::new("nothing");
    assert!(matches!(Bundle::load(&dir.0), Err(PolicyError::NoFiles(_))));
    assert!(matches!(Bundle::load(&dir.0.join("absent")), Err(PolicyError::Unreadable { .. })));
    dir.write("a.cedar", &forbid(GOOD, "resource.deferred"));
    dir.write("b.cedar", "forbid (principal, action, resource);");
    let error = Bundle::load(&dir.0).unwrap_err().to_string();
    assert!(error.contains("b.cedar:1: has no `@id`"), "{error}");
    std::fs::write(dir.0.join("b.cedar"), [0xff, 0xfe]).unwrap();
    assert!(matches!(Bundle::load(&dir.0), Err(PolicyError::Unreadable { .. })));
    dir.write("b.cedar", &" ".repeat(1 << 21));
    let error = Bundle::load(&dir.0).unwrap_err();
    assert!(error.to_string().contains("more than 1 MiB"), "{error}");
}

#[test]
fn the_version_is_that_of_the_texts() {
    let of = |texts: &[&str]| source::digest(&texts.iter().map(|text| source(text)).collect::<Vec<_>>());
    assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
    assert_ne!(of(&["a", "b"]), of(&["ab"]));
    assert_ne!(of(&["a", "b"]), of(&["b", "a"]));
    assert_eq!(builtin().version(), builtin().version());
}

#[test]
fn the_action_hierarchy_is_there() {
    let words = Words::new().unwrap();
    let (schema, _) = Schema::from_cedarschema_str(source::SCHEMA).unwrap();
    self_test(&words, &schema).unwrap();
    // A schema in which delete is no destroy is found out.
    let flat = source::SCHEMA.replace(
        "action \"replace\", \"delete\" in [\"destroy\"]",
        "action \"replace\", \"delete\" in [\"write\"]",
    );
    let (flat, _) = Schema::from_cedarschema_str(&flat).unwrap();
    assert!(matches!(self_test(&words, &flat), Err(PolicyError::SelfTest(why)) if why.contains("destroy")));
}

#[test]
fn every_file_of_the_pack_is_compiled_in() {
    let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/pack"))
        .unwrap()
        .map(|entry| format!("built-in/{}", entry.unwrap().file_name().display()))
        .filter(|file| file.ends_with(".cedar"))
        .collect();
    files.sort();
    let compiled: Vec<String> = source::builtin().into_iter().map(|source| source.file).collect();
    assert_eq!(files, compiled);
}

const GUIDE: &str = include_str!("../../../../docs/policy.md");

/// The fenced blocks of the guide in one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    GUIDE.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn every_policy_in_the_guide_loads() {
    let policies = blocks("cedar");
    assert!(policies.len() >= 2);
    for policy in policies {
        assert_eq!(refused(policy), "", "{policy}");
    }
}

#[test]
fn the_guide_names_every_word_of_the_schema() {
    let code = source::SCHEMA.lines().map(|line| line.split("//").next().unwrap_or_default());
    for line in code {
        if let Some((name, _)) =
            line.trim().split_once(": ").filter(|_| line.starts_with("  ") && line.ends_with(','))
        {
            let known = ["principal"].contains(&name) || GUIDE.contains(&format!("`{name}`"));
            assert!(known, "the guide does not explain `{name}`");
        }
        for word in line.split('"').skip(1).step_by(2) {
            let said = [format!("`{word}`"), format!("\"{word}\"")].iter().any(|form| GUIDE.contains(form));
            assert!(said, "the guide does not say `{word}`");
        }
    }
}

#[test]
fn the_guide_shows_what_a_refusal_looks_like() {
    let [policy, says] = [blocks("text")[0], blocks("text")[1]];
    assert_eq!(refused(policy).trim(), says.trim());
}

/// A directory of its own under the build's, removed at the end.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("holdpoint-policy-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(Path::new(&self.0).join(file), text).unwrap();
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
