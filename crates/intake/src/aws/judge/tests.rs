use holdpoint_core::{Class, EffectKind, HazardKind};
use serde_json::{Map, Value};

use super::credential;
use super::subject::Subject;
use super::table::Calls;
use super::{Kind, indirect, judge, returns_credential};
use crate::act::Hidden;
use crate::aws::{Access, Call, index};

#[test]
fn the_table_speaks_of_operations_that_there_are() {
    let calls = Calls::parse().unwrap();
    let mut wrong = Vec::new();
    for (name, service) in calls.services().filter(|(name, _)| name.as_str() != "every") {
        let names = std::iter::once(name).chain(&service.also);
        let known: Vec<_> = names.filter_map(|name| index::service(name)).collect();
        if known.is_empty() {
            wrong.push(format!("no service `{name}`"));
        }
        let operations: Vec<&str> = known.iter().flat_map(|s| s.operations()).map(|o| o.name).collect();
        for row in &service.rows {
            let patterns =
                row.on.split('|').filter(|p| !operations.iter().any(|o| crate::table::is_like(p, o)));
            wrong.extend(patterns.map(|pattern| format!("{name}: no operation is like `{pattern}`")));
        }
        for pattern in
            service.ordinary.iter().filter(|p| !operations.iter().any(|o| crate::table::is_like(p, o)))
        {
            wrong.push(format!("{name}: no operation is like `{pattern}` (ordinary)"));
        }
        let types = service.types.values().chain(service.rows.iter().filter_map(|row| row.kind.as_ref()));
        wrong.extend(types.filter(|kind| !kind.starts_with("aws_")).map(|kind| format!("{name}: `{kind}`")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lists_name_operations_that_there_are() {
    for name in credential::every().chain(indirect()) {
        let (service, operation) = name.split_once(':').unwrap();
        assert!(index::operation(service, operation).is_some(), "{name}");
    }
    assert_eq!(returns_credential("sts", "AssumeRole"), Some(Kind::Role));
    assert_eq!(returns_credential("secretsmanager", "GetSecretValue"), Some(Kind::Secret));
    assert_eq!(returns_credential("s3", "GetObject"), None);
    assert!(indirect().len() > 50);
}

/// What nobody has taught it: every operation that is published, without parameters.
#[test]
fn no_published_operation_that_destroys_passes_for_harmless() {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for service in index::services() {
        for operation in service.operations() {
            let empty = Value::Object(Map::new());
            let call = Call::asked(service.name, operation.name, "eu-west-1", None, empty).unwrap();
            let deeds = judge(&call, 0, &mut Hidden::default()).unwrap().deeds;
            assert!(!deeds.is_empty(), "{}:{}", service.name, operation.name);
            judged += 1;
            let harmless =
                deeds.iter().all(|deed| deed.act.effect == EffectKind::Read && deed.act.hazards.is_empty());
            if harmless && !operation.access.reads() {
                let known = deeds.iter().all(|deed| deed.act.class.is_some());
                assert!(known);
            }
            let destroys =
                ["Delete", "Terminate", "Purge"].iter().any(|verb| operation.name.starts_with(verb));
            let looked_at = |deed: &super::Deed| {
                deed.act.effect.destroys()
                    || !deed.act.hazards.is_empty()
                    || deed.act.class == Some(Class::Other)
            };
            // What a row calls ordinary, somebody has looked at.
            if Subject::of(&call).unwrap().is_ordinary() {
                continue;
            }
            if destroys && operation.access != Access::Tagging && !deeds.iter().all(looked_at) {
                wrong.push(format!("{}:{}", service.name, operation.name));
            }
            if operation.access == Access::Unknown
                && !deeds.iter().any(|d| d.act.hazards.iter().any(|(k, _)| *k == HazardKind::Unknown))
            {
                wrong.push(format!("{}:{} is unknown to everybody", service.name, operation.name));
            }
        }
    }
    assert!(judged > 15_000);
    assert!(wrong.is_empty(), "{} of {judged}: {}", wrong.len(), wrong.join(" "));
}
