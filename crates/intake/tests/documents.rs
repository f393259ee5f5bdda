//! Documents that people and tools write: ordinary ones raise no hazard, and no bytes bring a reader down.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use holdpoint_core::{Backup, Change, EffectKind, Format, HazardKind};
use holdpoint_intake::{ReadError, cloudformation, kubernetes, read};
use proptest::prelude::*;

fn cases(folder: &str, format: Format) -> Vec<(String, Vec<u8>, Change)> {
    let folder = format!("{}/../../tests/cases/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        let change = read(format, &bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        out.push((name, bytes, change));
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

fn ordinary() -> Vec<(String, Vec<u8>, Change)> {
    let mut all = cases("ordinary-kubernetes", Format::Kubernetes);
    all.extend(cases("ordinary-cloudformation", Format::Cloudformation));
    all
}

#[test]
fn no_ordinary_change_has_a_hazard() {
    let all = ordinary();
    assert!(all.len() >= 20, "{}", all.len());
    for (name, _, change) in all {
        assert!(!change.effects.is_empty(), "{name}");
        for effect in &change.effects {
            assert!(effect.hazards.is_empty(), "{name}: {} {:?}", effect.resource.address, effect.hazards);
            assert!(effect.manners.is_empty() && !effect.destroys_data(), "{name}");
        }
    }
}

#[test]
fn a_change_survives_being_stored_and_does_not_depend_on_the_time() {
    for (name, bytes, change) in ordinary() {
        let format = change.format;
        assert_eq!(read(format, &bytes).unwrap().digest().unwrap(), change.digest().unwrap(), "{name}");
        let stored = Change::from_stored(&change.content().unwrap(), change.assessment().unwrap()).unwrap();
        assert_eq!(stored.digest().unwrap(), change.digest().unwrap(), "{name}");
        let parses = |raw: &str| serde_json::from_str::<serde_json::Value>(raw).is_ok();
        for raw in change.effects.iter().flat_map(|e| [&e.before, &e.after]).flatten() {
            assert!(parses(raw.get()), "{name}");
        }
    }
}

#[test]
fn disasters_are_seen() {
    let all = cases("cloudformation", Format::Cloudformation);
    let of = |name: &str| &all.iter().find(|(n, ..)| n == name).unwrap().2;
    let replaced = of("replace_database.json");
    let orders = replaced.effects.iter().find(|e| e.resource.address == "Orders").unwrap();
    assert_eq!((orders.effect, orders.backup), (EffectKind::Replace, Backup::RemovedWithIt));
    assert!(
        orders.has(HazardKind::DataLoss)
            && orders.has(HazardKind::BackupLoss)
            && orders.has(HazardKind::Cascade)
    );
    assert!(replaced.effects.iter().find(|e| e.resource.address == "App").unwrap().hazards.is_empty());
    assert!(!replaced.context.environment_signs.is_empty());
    let dropped = of("retain_removed_then_dropped.yaml");
    let [carts, sessions] = dropped.effects.as_slice() else { panic!("{:?}", dropped.effects) };
    assert_eq!(
        carts.hazards.iter().filter(|h| h.kind == HazardKind::ProtectionOff).count(),
        2,
        "{:?}",
        carts.hazards
    );
    assert!(sessions.effect == EffectKind::Delete && sessions.has(HazardKind::DataLoss));
}

#[test]
fn yaml_and_json_of_the_same_object_are_the_same_change() {
    let yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  text: |\n    \"quoted\"\n    line\n  on: 'yes'\n";
    let json = r#"{"kind":"ConfigMap","apiVersion":"v1","data":{"on":"yes","text":"\"quoted\"\nline\n"},"metadata":{"name":"a"}}"#;
    let digest = |text: &str| kubernetes::read(text.as_bytes()).unwrap().digest().unwrap();
    assert_eq!(digest(yaml), digest(json));
}

#[test]
fn bombs_are_refused_fast_by_every_reader() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..60 {
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", ")));
    }
    let deep = format!("a: {}", "[".repeat(100_000));
    let start = Instant::now();
    for reader in [cloudformation::read, kubernetes::read] {
        assert!(matches!(reader(bomb.as_bytes()), Err(ReadError::Aliases { .. })));
        assert!(matches!(reader(deep.as_bytes()), Err(ReadError::TooDeep { .. })));
        assert!(matches!(reader(&deep.as_bytes()[3..]), Err(ReadError::TooDeep { .. } | ReadError::CutOff)));
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_bring_a_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = cloudformation::read(&bytes);
        let _ = kubernetes::read(&bytes);
    }

    #[test]
    fn no_text_that_looks_like_yaml_brings_a_reader_down(text in "([-a-c:?{}\\[\\],&*!|>#%@'\"~ \n]|<<: |: |\n- |&a |\\*a |!Ref |---\n){0,40}") {
        let _ = cloudformation::read(text.as_bytes());
        let _ = kubernetes::read(text.as_bytes());
    }

    #[test]
    fn no_damaged_document_brings_a_reader_down(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..8),
    ) {
        let all = files();
        let (format, whole) = which.get(all);
        let mut bytes = whole.clone();
        for (at, byte, way) in damage {
            let at = at.index(bytes.len());
            match way {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => bytes.truncate(at.max(1)),
                _ => { if bytes.len() > 1 { bytes.remove(at); } }
            }
        }
        match read(*format, &bytes) {
            Ok(change) => { change.digest().unwrap(); }
            Err(error) => prop_assert!(!error.code().is_empty() && !error.to_string().is_empty()),
        }
    }
}

fn files() -> &'static [(Format, Vec<u8>)] {
    static FILES: std::sync::OnceLock<Vec<(Format, Vec<u8>)>> = std::sync::OnceLock::new();
    FILES.get_or_init(|| ordinary().into_iter().map(|(_, bytes, change)| (change.format, bytes)).collect())
}
