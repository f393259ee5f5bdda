//! Ordinary changes: a guard that cries wolf is switched off, so none of them may show a hazard.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use holdpoint_core::{Change, EffectKind};
use holdpoint_intake::terraform;

fn plans() -> Vec<(String, Change)> {
    let folder = format!("{}/../../tests/cases/ordinary", env!("CARGO_MANIFEST_DIR"));
    let mut plans = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "json") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let change = terraform::read(&std::fs::read(&path).unwrap()).unwrap();
            plans.push((name, change));
        }
    }
    plans.sort_by(|a, b| a.0.cmp(&b.0));
    plans
}

#[test]
fn no_ordinary_change_has_a_hazard() {
    let plans = plans();
    assert!(plans.len() >= 90);
    for (name, change) in plans {
        for effect in &change.effects {
            assert!(effect.hazards.is_empty(), "{name}: {} {:?}", effect.resource.address, effect.hazards);
            assert!(!effect.destroys_data(), "{name}");
        }
    }
}

#[test]
fn each_is_what_its_name_says() {
    let plans = plans();
    let of = |name: &str| &plans.iter().find(|(n, _)| n == name).unwrap().1;
    assert_eq!(of("deploy_service").counts().replace, 1);
    assert_eq!(of("deploy_service").effects[1].forced_by, ["/container_definitions"]);
    let moved = &of("module_move").effects[0];
    assert_eq!(moved.moved_from.as_deref(), Some("aws_db_instance.orders"));
    assert_eq!((moved.effect, moved.resource.module.as_str()), (EffectKind::Update, "module.shop"));
    let import = of("import");
    assert_eq!(import.effects[0].imported_as.as_deref(), Some("shop-reports"));
    assert_eq!(import.context.estate, 0);
    let output = of("output_only");
    assert!(output.effects.is_empty());
    let names: Vec<&str> = output.outputs.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["url"]);
}
