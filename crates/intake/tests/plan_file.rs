//! The binary plan, made by the real tool where it is installed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Write};
use std::path::Path;

use holdpoint_core::{Digest, EffectKind};
use holdpoint_intake::{ReadError, terraform};
use terraform::plan_file::{PlanFile, inspect};
use zip::write::SimpleFileOptions;

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        out.start_file(*name, SimpleFileOptions::default()).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn lineage_and_serial_come_from_the_state_inside() {
    let state = br#"{"version":4,"terraform_version":"1.11.4","serial":41,"lineage":"0b6c","resources":[]}"#;
    let bytes = zipped(&[("tfplan", b"x"), ("tfstate", state), ("tfconfig/modules.json", b"[]")]);
    let found = inspect(&bytes).unwrap();
    let tool_version = Some("1.11.4".to_owned());
    assert_eq!(
        found,
        PlanFile { sha256: Digest::of(&bytes), lineage: "0b6c".into(), serial: 41, tool_version }
    );
    let without = inspect(&zipped(&[("tfplan", b"x")])).unwrap();
    assert_eq!((without.lineage.as_str(), without.serial), ("", 0));
}

#[test]
fn what_is_no_binary_plan_is_refused_by_name() {
    let of = |bytes: &[u8]| inspect(bytes).unwrap_err().code();
    assert_eq!(of(b""), "not_a_plan_file");
    assert_eq!(of(br#"{"format_version":"1.2"}"#), "not_a_plan_file");
    assert_eq!(of(&zipped(&[("other", b"x")])), "not_a_plan_file");
    assert_eq!(of(&zipped(&[("tfplan", b"x"), ("tfstate", b"no state")])), "not_a_plan_file");
    let mut cut = zipped(&[("tfplan", b"x"), ("tfstate", b"{}")]);
    cut.truncate(cut.len() / 2);
    assert_eq!(of(&cut), "not_a_plan_file");
}

#[test]
fn the_real_tool_writes_what_is_read() {
    let folder = tempfile("plan");
    if !terraform(&folder, &["version"]).is_some_and(|(ok, _)| ok) {
        println!("skipped: terraform is not installed");
        return;
    }
    let source = "variable \"n\" { default = 2 }\nresource \"terraform_data\" \"it\" {\n  count = var.n\n  input = \"a\"\n}\n";
    std::fs::write(folder.join("main.tf"), source).unwrap();
    let run = |arguments: &[&str]| {
        let (ok, text) = terraform(&folder, arguments).unwrap();
        assert!(ok, "terraform {arguments:?}");
        text
    };
    run(&["init", "-input=false"]);
    run(&["plan", "-input=false", "-out=first"]);
    let first = inspect(&std::fs::read(folder.join("first")).unwrap()).unwrap();
    assert_eq!((first.lineage.as_str(), first.serial), ("", 0));
    run(&["apply", "-input=false", "first"]);
    let state: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("terraform.tfstate")).unwrap()).unwrap();
    run(&["plan", "-input=false", "-var=n=1", "-out=second"]);
    let second = inspect(&std::fs::read(folder.join("second")).unwrap()).unwrap();
    assert_eq!(second.lineage, state["lineage"].as_str().unwrap());
    assert_eq!(second.serial, state["serial"].as_u64().unwrap());

    let change = terraform::read(&run(&["show", "-json", "second"])).unwrap();
    assert_eq!((change.effects.len(), change.context.estate, change.context.unchanged), (1, 2, 1));
    let effect = &change.effects[0];
    assert_eq!(
        (effect.effect, effect.resource.address.as_str()),
        (EffectKind::Delete, "terraform_data.it[1]")
    );
    // Planned again, the same effects and values give the same digest though the time is another.
    run(&["plan", "-input=false", "-var=n=1", "-out=third"]);
    let again = terraform::read(&run(&["show", "-json", "third"])).unwrap();
    assert_eq!(change.digest().unwrap(), again.digest().unwrap());

    let refused = |bytes: &[u8]| terraform::read(bytes).unwrap_err();
    assert_eq!(refused(&std::fs::read(folder.join("second")).unwrap()), ReadError::BinaryPlan);
    assert!(
        refused(&std::fs::read(folder.join("terraform.tfstate")).unwrap())
            .to_string()
            .contains("this is a state file")
    );
    assert!(refused(&run(&["show", "-json"])).to_string().contains("not of a plan"));
    assert_eq!(refused(&run(&["plan", "-input=false", "-json"])), ReadError::LogStream);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn tempfile(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("holdpoint-intake-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[expect(clippy::disallowed_methods, reason = "the test runs the real tool")]
fn terraform(folder: &Path, arguments: &[&str]) -> Option<(bool, Vec<u8>)> {
    let output = std::process::Command::new("terraform").args(arguments).current_dir(folder).output().ok()?;
    Some((output.status.success(), output.stdout))
}
