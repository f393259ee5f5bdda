//! The policies in `deploy/aws/` that close the other roads: they parse, fit AWS's limits, and say what they are for.

use std::collections::BTreeSet;

use serde_json::Value;

const CONTROL: &str = include_str!("../../../../deploy/aws/service-control-policy.json");
const BOUNDARY: &str = include_str!("../../../../deploy/aws/permission-boundary.json");
const TRUST: &str = include_str!("../../../../deploy/aws/gateway-trust-policy.json");
const GATEWAY: &str = include_str!("../../../../deploy/aws/gateway-role-policy.json");
const LOOK_UPS: &str = include_str!("../../../../deploy/aws/look-ups-policy.json");

const AGENTS: &str = "arn:aws:iam::*:role/holdpoint/agents/*";
const ROLE: &str = "arn:aws:iam::111122223333:role/holdpoint/gateway";

fn statements(text: &str) -> Vec<Value> {
    let policy: Value = serde_json::from_str(text).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    policy["Statement"].as_array().unwrap().clone()
}

fn named(text: &str, sid: &str) -> Value {
    statements(text)
        .into_iter()
        .find(|statement| statement["Sid"] == sid)
        .unwrap_or_else(|| panic!("no {sid}"))
}

/// One text or a list of them.
fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        one => BTreeSet::from([one.as_str().unwrap().to_owned()]),
    }
}

#[test]
fn every_policy_parses_and_fits() {
    // Characters that AWS takes: service control policies 5,120 with spaces, managed policies 6,144 and trust
    // policies 2,048 without.
    for (name, text, most, spaces) in [
        ("control", CONTROL, 5_120, true),
        ("boundary", BOUNDARY, 6_144, false),
        ("trust", TRUST, 2_048, false),
        ("gateway", GATEWAY, 6_144, false),
        ("look-ups", LOOK_UPS, 6_144, false),
    ] {
        let length = text.chars().filter(|c| spaces || !c.is_whitespace()).count();
        assert!(length <= most, "{name} has {length} of {most} characters");
        let sids: BTreeSet<String> = statements(text).iter().map(|one| one["Sid"].to_string()).collect();
        assert_eq!(sids.len(), statements(text).len(), "{name}: each statement has a name of its own");
    }
}

#[test]
fn the_service_control_policy_only_denies_and_never_everyone_everything() {
    for statement in statements(CONTROL) {
        assert_eq!(statement["Effect"], "Deny", "{statement}");
        assert!(statement.get("Principal").is_none(), "such a policy names no principal");
        let conditions = statement["Condition"].as_object().unwrap();
        assert!(!conditions.is_empty(), "{statement}");
    }
}

#[test]
fn agents_roles_are_opened_by_the_gateway_alone_and_only_with_a_source_identity() {
    let sessions = named(CONTROL, "AgentsOnlyInSessionsOfTheGateway");
    assert_eq!((&sessions["Action"], &sessions["Resource"]), (&"*".into(), &"*".into()));
    assert_eq!(sessions["Condition"]["ArnLike"]["aws:PrincipalArn"], AGENTS);
    assert_eq!(sessions["Condition"]["Null"]["aws:SourceIdentity"], "true");
    let opens = named(CONTROL, "OnlyTheGatewayOpensThem");
    assert_eq!(opens["Resource"], AGENTS);
    assert_eq!(opens["Condition"]["ArnNotEquals"]["aws:PrincipalArn"], ROLE);
    for action in ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"] {
        assert!(texts(&opens["Action"]).contains(action), "{action}");
    }
    let tagged = named(CONTROL, "NothingElseOfAnAgents");
    assert_eq!(tagged["Action"], "*");
    assert_eq!(tagged["Condition"]["StringLike"]["aws:PrincipalTag/holdpoint:agent"], "?*");
    assert_eq!(tagged["Condition"]["ArnNotLike"]["aws:PrincipalArn"], AGENTS);
    assert!(texts(&named(CONTROL, "NoServiceGetsThem")["Resource"]).contains(AGENTS));
}

#[test]
fn the_record_and_holdpoints_own_are_guarded() {
    let record = texts(&named(CONTROL, "GuardTheRecord")["Action"]);
    for action in [
        "cloudtrail:StopLogging",
        "cloudtrail:DeleteTrail",
        "cloudtrail:UpdateTrail",
        "cloudtrail:PutEventSelectors",
    ] {
        assert!(record.contains(action), "{action}");
    }
    let roles = named(CONTROL, "GuardHoldpointsRoles");
    for action in [
        "iam:UpdateAssumeRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
    ] {
        assert!(texts(&roles["Action"]).contains(action), "{action}");
    }
    assert!(texts(&roles["Resource"]).contains("arn:aws:iam::*:role/holdpoint/*"));
}

#[test]
fn the_boundary_allows_once_and_lets_no_credential_out() {
    let allows: Vec<Value> =
        statements(BOUNDARY).into_iter().filter(|one| one["Effect"] == "Allow").collect();
    assert_eq!(allows.len(), 1, "a boundary's one wildcard is meant: it grants nothing");
    assert_eq!(
        named(BOUNDARY, "OnlyInSessionsOfTheGateway")["Condition"]["Null"]["aws:SourceIdentity"],
        "true"
    );
    let others = texts(&named(BOUNDARY, "NoOtherCredentials")["Action"]);
    for action in ["iam:CreateAccessKey", "iam:CreateUser", "sts:AssumeRole", "sts:GetFederationToken"] {
        assert!(others.contains(action), "{action}");
    }
    let made = named(BOUNDARY, "NoRoleWithoutThisBoundary");
    assert!(texts(&made["Action"]).contains("iam:CreateRole"));
    let own = "arn:aws:iam::*:policy/holdpoint/agents-boundary";
    assert_eq!(made["Condition"]["ArnNotLike"]["iam:PermissionsBoundary"], own);
}

#[test]
fn the_gateway_may_open_agents_roles_and_nothing_more() {
    let all = statements(GATEWAY);
    assert_eq!(all.len(), 1);
    let needed =
        BTreeSet::from(["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"].map(str::to_owned));
    assert_eq!(texts(&all[0]["Action"]), needed);
    assert_eq!(all[0]["Resource"], AGENTS);
    let trusted: BTreeSet<String> = statements(TRUST).iter().flat_map(|one| texts(&one["Action"])).collect();
    assert_eq!(trusted, needed);
    for statement in statements(TRUST) {
        assert_eq!(statement["Principal"]["AWS"], ROLE);
        assert!(!statement["Condition"].as_object().unwrap().is_empty());
    }
    assert_eq!(named(TRUST, "TheGatewayAlone")["Condition"]["StringLike"]["sts:SourceIdentity"], "?*");
}

#[test]
fn look_ups_read_by_name_and_without_wildcards() {
    for action in statements(LOOK_UPS).iter().flat_map(|one| texts(&one["Action"])) {
        let (_, operation) = action.split_once(':').unwrap();
        assert!(!action.contains('*'), "{action}");
        let reads = ["Describe", "Get", "List", "Lookup"].iter().any(|verb| operation.starts_with(verb));
        assert!(reads, "{action}");
    }
}
