use holdpoint_core::{Change, Class, EffectKind, HazardKind};
use serde_json::{Value, json};

use super::read;
use crate::ReadError;

/// A plan with these entries beside the usual ones.
fn plan(parts: Value) -> Vec<u8> {
    let mut plan = json!({"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {}, "complete": true});
    plan.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    serde_json::to_vec(&plan).unwrap()
}

fn resource(address: &str, change: Value) -> Value {
    json!({"address": address, "mode": "managed", "type": address.split('.').next().unwrap(), "name": "x",
        "provider_name": "registry.terraform.io/hashicorp/aws", "change": change})
}

fn one(change: Value) -> Change {
    read(&plan(json!({"resource_changes": [resource("null_resource.x", change)]}))).unwrap()
}

#[test]
fn every_list_of_actions_is_its_effect() {
    for (actions, effect, first) in [
        (json!(["create"]), EffectKind::Create, false),
        (json!(["read"]), EffectKind::Read, false),
        (json!(["update"]), EffectKind::Update, false),
        (json!(["delete"]), EffectKind::Delete, false),
        (json!(["forget"]), EffectKind::Forget, false),
        (json!(["delete", "create"]), EffectKind::Replace, false),
        (json!(["create", "delete"]), EffectKind::Replace, true),
    ] {
        let change = one(json!({"actions": actions, "before": {"a": 1}, "after": {"a": 1}}));
        let found = &change.effects[0];
        assert_eq!((found.effect, found.create_before_destroy), (effect, first));
        assert!(found.hazards.is_empty(), "{actions}");
    }
}

#[test]
fn an_unknown_list_of_actions_is_kept_as_the_worst_it_can_be() {
    for (actions, effect) in [
        (json!([]), EffectKind::Execute),
        (json!(["create", "forget"]), EffectKind::Execute),
        (json!(["delete", "forget"]), EffectKind::Delete),
        (json!(["update", "delete", "create"]), EffectKind::Replace),
        (json!(["no-op", "no-op"]), EffectKind::Execute),
        (json!(["secret value!"]), EffectKind::Execute),
    ] {
        let change = one(json!({"actions": actions, "before": {}, "after": {}}));
        assert_eq!(change.effects[0].effect, effect, "{actions}");
        assert!(change.effects[0].has(HazardKind::Unknown));
        assert!(!format!("{:?}", change.effects[0].hazards).contains("secret value"));
    }
}

#[test]
fn the_reason_for_an_action_is_never_asked() {
    let mut forget = resource("aws_s3_bucket.x", json!({"actions": ["forget"], "before": {}, "after": null}));
    forget["action_reason"] = json!("delete_because_no_resource_config");
    let change = read(&plan(json!({"resource_changes": [forget]}))).unwrap();
    assert_eq!(change.effects[0].effect, EffectKind::Forget);
    assert!(change.effects[0].hazards.is_empty());
}

#[test]
fn what_is_unchanged_is_counted_and_left_out() {
    let same = json!({"actions": ["no-op"], "before": {"a": 1}, "after": {"a": 1}});
    let mut data = resource("aws_vpc.d", same.clone());
    data["mode"] = json!("data");
    let list = [resource("aws_vpc.a", same.clone()), resource("aws_vpc.prod", same), data];
    let change = read(&plan(json!({"resource_changes": list}))).unwrap();
    assert!(change.effects.is_empty());
    assert_eq!((change.context.estate, change.context.unchanged), (2, 2));
    assert_eq!(change.context.environment_signs.len(), 1);
    assert_eq!(change.context.environment_signs[0].1, "`aws_vpc.prod` has production in its address");
}

#[test]
fn effects_are_sorted_by_address_and_deposed_key() {
    let delete = json!({"actions": ["delete"], "before": {"id": "1"}, "after": null});
    let mut deposed = resource("aws_ebs_volume.a", delete.clone());
    deposed["deposed"] = json!("00000001");
    let list =
        [resource("module.b.aws_vpc.x", delete.clone()), deposed, resource("aws_ebs_volume.a", delete)];
    let change = read(&plan(json!({"resource_changes": list}))).unwrap();
    let order: Vec<_> =
        change.effects.iter().map(|e| (e.resource.address.as_str(), e.resource.deposed.as_deref())).collect();
    assert_eq!(
        order,
        [("aws_ebs_volume.a", None), ("aws_ebs_volume.a", Some("00000001")), ("module.b.aws_vpc.x", None)]
    );
    assert!(change.effects[1].hazards[0].evidence.contains("left over from a replace"));
    assert_eq!(change.context.estate, 2);
}

#[test]
fn sensitive_values_are_masked_whole_and_still_count() {
    let change = |secret: &str| {
        one(json!({"actions": ["update"],
            "before": {"a": "open", "nested": [{"key": "k1"}, {"key": "k2"}], "password": "p1", "list": ["x"]},
            "after": {"a": "open", "nested": [{"key": "k1"}, {"key": secret}], "password": "p1", "list": ["x"]},
            "before_sensitive": {"nested": [{}, {"key": true}], "list": true}, "after_sensitive": {"nested": [{}, {"key": true}]},
            "after_unknown": {"id": true, "deep": [{"x": true, "y": false}]}}))
    };
    let (one, other) = (change("s1"), change("s2"));
    let effect = &one.effects[0];
    assert_eq!(effect.sensitive, ["/list", "/nested/1/key", "/password"]);
    assert_eq!(effect.sensitive_changed, ["/nested/1/key"]);
    assert_eq!(effect.unknown, ["/deep/0/x", "/id"]);
    let masked = r#"{"a":"open","list":null,"nested":[{"key":"k1"},{"key":null}],"password":null}"#;
    assert_eq!(effect.before.as_ref().unwrap().get(), masked);
    assert_eq!(effect.after.as_ref().unwrap().get(), masked);
    assert_ne!(effect.values, other.effects[0].values);
    assert_ne!(one.digest().unwrap(), other.digest().unwrap());
    let text = String::from_utf8(one.content().unwrap()).unwrap();
    assert!(!text.contains("k2") && !text.contains("s1") && !text.contains("p1"), "{text}");
}

#[test]
fn a_sensitive_value_that_is_not_known_yet_counts_as_changed() {
    let change = |unknown: Value| {
        one(
            json!({"actions": ["create"], "before": null, "after": {}, "after_unknown": unknown, "after_sensitive": {"pin": true}}),
        )
    };
    let (known, unknown) = (change(json!({})), change(json!({"pin": true})));
    assert!(known.effects[0].sensitive.is_empty());
    assert_eq!(
        (&unknown.effects[0].sensitive, &unknown.effects[0].sensitive_changed),
        (&vec!["/pin".into()], &vec!["/pin".into()])
    );
    assert_ne!(known.effects[0].values, unknown.effects[0].values);
}

#[test]
fn secrets_that_nobody_marked_are_masked_too() {
    let containers = json!([{"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]).to_string();
    let after = json!({"variables": {"API_TOKEN": "hunter2", "LEVEL": "info"}, "containers": containers,
        "env": [{"name": "PRIVATE_KEY", "value": "hunter2"}, {"name": "LEVEL", "value": "info"}], "password_length": 8});
    let change = one(json!({"actions": ["create"], "before": null, "after": after}));
    assert_eq!(change.effects[0].sensitive, ["/containers", "/env/0/value", "/variables/API_TOKEN"]);
    assert!(!String::from_utf8(change.content().unwrap()).unwrap().contains("hunter2"));
}

#[test]
fn marking_a_value_sensitive_hides_no_hazard() {
    let rule = |cidr: &str| json!({"ingress": [{"cidr_blocks": [cidr], "from_port": 22, "to_port": 22, "protocol": "tcp"}]});
    let group = resource(
        "aws_security_group.x",
        json!({"actions": ["update"], "before": rule("10.0.0.0/8"),
        "after": rule("0.0.0.0/0"), "before_sensitive": {"ingress": true}, "after_sensitive": {"ingress": true}}),
    );
    let change = read(&plan(json!({"resource_changes": [group]}))).unwrap();
    assert!(change.effects[0].has(HazardKind::Exposure));
    assert!(!change.effects[0].hazards[0].evidence.contains("0.0.0.0"), "{:?}", change.effects[0].hazards);
}

#[test]
fn deferred_changes_and_invocations_are_effects_that_are_not_understood() {
    let deferred = json!([{"reason": "provider_config_unknown",
        "resource_change": resource("aws_vpc.later", json!({"actions": ["create"], "before": null, "after": {}}))}]);
    let invocations = json!([{"address": "action.aws_lambda_invoke.x", "type": "aws_lambda_invoke", "name": "x",
        "config_values": {"payload": "p", "token": "hunter2"}, "config_sensitive": {}, "provider_name": "aws",
        "lifecycle_action_trigger": {"triggering_resource_address": "aws_vpc.later"}}]);
    let change = read(&plan(
        json!({"deferred_changes": deferred, "action_invocations": invocations, "complete": false}),
    ))
    .unwrap();
    let [run, later] = change.effects.as_slice() else { panic!("{:?}", change.effects) };
    assert_eq!((run.effect, run.class), (EffectKind::Execute, Class::Unlisted));
    assert_eq!(run.after.as_ref().unwrap().get(), r#"{"payload":"p","token":null}"#);
    assert_eq!(
        (later.effect, later.deferred.as_deref()),
        (EffectKind::Create, Some("provider_config_unknown"))
    );
    assert!(run.has(HazardKind::Unknown) && later.has(HazardKind::Unknown));
    assert!(change.context.incomplete);
}

#[test]
fn drift_is_told_and_not_digested() {
    let drift = json!([
        resource("aws_vpc.x", json!({"actions": ["delete"], "before": {}, "after": null})),
        resource("aws_vpc.y", json!({"actions": ["no-op"], "before": {}, "after": {}}))
    ]);
    let change = read(&plan(json!({"resource_drift": drift, "errored": true}))).unwrap();
    assert_eq!(change.context.drift.len(), 1);
    assert_eq!(change.context.drift[0].effect, EffectKind::Delete);
    assert!(change.context.errored);
    assert_eq!(change.digest().unwrap(), read(&plan(json!({}))).unwrap().digest().unwrap());
}

#[test]
fn a_sensitive_output_shows_nothing_and_still_counts() {
    let output = |value: &str| {
        read(&plan(json!({"output_changes": {"z": {"actions": ["create"], "before": null, "after": value, "after_sensitive": true},
            "a": {"actions": ["delete"], "before": {"k": 1.0}, "after": null}}})))
        .unwrap()
    };
    let (one, other) = (output("s1"), output("s2"));
    assert_eq!(one.outputs[0].before.as_ref().unwrap().get(), r#"{"k":1}"#);
    assert!(one.outputs[1].sensitive && one.outputs[1].after.is_none());
    assert_ne!(one.digest().unwrap(), other.digest().unwrap());
}

#[test]
fn a_data_source_is_a_read_without_hazard_unless_it_grants_everything() {
    let data = |actions: &[&str]| {
        let mut data = resource(
            "aws_iam_policy_document.x",
            json!({"actions": ["read"], "before": null,
            "after": {"statement": [{"effect": "Allow", "actions": actions, "resources": ["*"]}]}}),
        );
        data["mode"] = json!("data");
        read(&plan(json!({"resource_changes": [data]}))).unwrap()
    };
    assert!(data(&["s3:GetObject"]).effects[0].hazards.is_empty());
    assert!(data(&["*"]).effects[0].has(HazardKind::Privilege));
}

#[test]
fn what_is_not_a_plan_is_refused_by_name() {
    let code = |bytes: &[u8]| read(bytes).unwrap_err().code();
    let says = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert_eq!(code(b""), "empty");
    assert_eq!(code(b" \n"), "empty");
    assert_eq!(code(b"no json"), "not_json");
    assert_eq!(code(b"\xff\xfe{\0"), "utf16");
    assert_eq!(code(b"{\"format_version\":\"\xff\"}"), "not_utf8");
    assert_eq!(code(b"PK\x03\x04whatever"), "binary_plan");
    assert_eq!(code(b"[]"), "not_a_plan");
    assert_eq!(code(b"null"), "not_a_plan");
    assert_eq!(code(b"{}"), "not_a_plan");
    assert_eq!(code(br#"{"planned_values":{},"resource_changes":[]}"#), "not_a_plan");
    assert_eq!(code(br#"{"format_version":"1.0","values":{}}"#), "not_a_plan");
    assert_eq!(code(br#"{"format_version":1,"planned_values":{}}"#), "other_version");
    assert_eq!(code(br#"{"format_version":"0.2","planned_values":{}}"#), "other_version");
    assert!(
        says(br#"{"format_version":"3.1","planned_values":{}}"#)
            .starts_with("format_version 3 is newer than this build reads")
    );
    assert_eq!(code(br#"{"resource_changes":{"a":1},"format_version":"3.1"}"#), "newer_version");
    assert!(
        says(br#"{"version":4,"serial":1,"lineage":"x","resources":[]}"#)
            .starts_with("not a plan: this is a state file")
    );
    assert_eq!(
        code(b"{\"@level\":\"info\",\"@message\":\"x\"}\n{\"@level\":\"info\",\"@message\":\"x\"}\n"),
        "log_stream"
    );
    assert_eq!(code(b"{\"@level\":\"info\",\"@message\":\"x\"}"), "log_stream");
    assert_eq!(code("[".repeat(10_000).as_bytes()), "too_deep");
    let deep = format!(
        r#"{{"format_version":"1.2","planned_values":{}1{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    assert_eq!(code(deep.as_bytes()), "too_deep");
    let whole = plan(
        json!({"resource_changes": [resource("aws_vpc.é", json!({"actions": ["create"], "after": {"a": "b"}}))]}),
    );
    for end in 1..whole.len() {
        assert_eq!(code(&whole[..end]), "truncated", "{}", String::from_utf8_lossy(&whole[..end]));
    }
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend(&whole);
    read(&marked).unwrap();
}

#[test]
fn wrong_types_and_double_keys_are_refused_with_their_place() {
    let path = |parts: &str| {
        let text = format!(r#"{{"format_version":"1.2","planned_values":{{}},{parts}}}"#);
        match read(text.as_bytes()).unwrap_err() {
            ReadError::WrongType { path } => path,
            ReadError::DuplicateKey { path, key } => format!("{path} has {key} twice"),
            other => panic!("{parts}: {other}"),
        }
    };
    let resource = |change: &str| {
        path(&format!(
            r#""resource_changes":[{{"address":"a","type":"t","mode":"managed","change":{change}}}]"#
        ))
    };
    assert_eq!(path(r#""resource_changes":7"#), "resource_changes");
    assert_eq!(path(r#""resource_changes":[{"address":"a"}]"#), "resource_changes[0].type");
    assert_eq!(path(r#""resource_changes":[{"address":7}]"#), "resource_changes[0].address");
    assert_eq!(
        path(r#""resource_changes":[],"resource_changes":[]"#),
        "the top of the document has resource_changes twice"
    );
    assert_eq!(resource("{}"), "resource_changes[0].change.actions");
    assert_eq!(resource(r#"{"actions":"create"}"#), "resource_changes[0].change.actions");
    assert_eq!(
        resource(r#"{"actions":["create"],"actions":["no-op"]}"#),
        "resource_changes[0].change has actions twice"
    );
    assert_eq!(
        resource(r#"{"actions":["create"],"after":{"x":1,"\u0078":2}}"#),
        "resource_changes[0].change.after has x twice"
    );
    assert_eq!(
        resource(r#"{"actions":["create"],"after":{"x":"\ud800"}}"#),
        "resource_changes[0].change.after"
    );
    assert_eq!(
        resource(r#"{"actions":["create"],"replace_paths":{}}"#),
        "resource_changes[0].change.replace_paths"
    );
    assert_eq!(path(r#""output_changes":{"o":{"actions":1}}"#), "output_changes.o.actions");
    assert_eq!(
        path(r#""output_changes":{"o":{"actions":["create"],"after":{"a":1,"a":1}}}"#),
        "output_changes.o.after has a twice"
    );
    assert_eq!(path(r#""complete":"yes""#), "complete");
}

#[test]
fn a_resource_listed_twice_is_refused() {
    let create = resource("aws_vpc.x", json!({"actions": ["create"], "before": null, "after": {}}));
    let error = read(&plan(json!({"resource_changes": [create, create]}))).unwrap_err();
    assert_eq!(error, ReadError::DuplicateResource { address: "aws_vpc.x".into() });
}

#[test]
fn no_refusal_quotes_a_value() {
    for text in [
        r#"{"format_version":"1.2","planned_values":{},"resource_changes":"hunter2"}"#,
        r#"{"format_version":"hunter2","planned_values":{}}"#,
        r#"{"format_version":"1.2","planned_values":{},"complete":"hunter2"}"#,
        r#"{"format_version":"1.2","planned_values":{},"resource_changes":[{"address":"a","type":"t","change":{"actions":"hunter2"}}]}"#,
        r#"{"a":"hunter2""#,
        r#"{"a":"hunter2"} hunter2"#,
    ] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
