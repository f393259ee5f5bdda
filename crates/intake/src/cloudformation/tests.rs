use holdpoint_core::{Backup, Change, Class, Effect, EffectKind, HazardKind, Link};
use serde_json::{Value, json};

use super::read;

fn of(value: &Value) -> Change {
    read(value.to_string().as_bytes()).unwrap()
}

fn one(change: &Change) -> &Effect {
    assert_eq!(change.effects.len(), 1, "{:?}", change.effects);
    &change.effects[0]
}

fn template(resources: Value) -> Value {
    json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
}

fn resource(kind: &str, properties: Value) -> Value {
    json!({"Type": kind, "Properties": properties})
}

/// One resource, old against new.
fn compared(old: Value, new: Value) -> Change {
    let side = |resource: Value| match resource {
        Value::Null => template(json!({})),
        resource => template(json!({"Main": resource})),
    };
    of(&json!({"old": side(old), "new": side(new)}))
}

fn hazards(kind: &str, old: Value, new: Value) -> Vec<HazardKind> {
    let change = compared(resource(kind, old), resource(kind, new));
    change.effects.iter().flat_map(|e| &e.hazards).map(|h| h.kind).collect()
}

fn set(changes: Vec<Value>) -> Value {
    let changes: Vec<Value> =
        changes.into_iter().map(|c| json!({"Type": "Resource", "ResourceChange": c})).collect();
    json!({"ChangeSetName": "update", "ChangeSetId": "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/update/1",
        "StackName": "shop", "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1",
        "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": changes})
}

fn modify(kind: &str, rest: Value) -> Value {
    let mut change = json!({"Action": "Modify", "LogicalResourceId": "Main", "PhysicalResourceId": "main-1",
        "ResourceType": kind, "Replacement": "False", "Scope": ["Properties"], "Details": []});
    for (key, value) in rest.as_object().unwrap() {
        change[key] = value.clone();
    }
    change
}

#[test]
fn an_action_and_a_replacement_are_an_effect() {
    for (action, replacement, effect) in [
        ("Add", "", EffectKind::Create),
        ("Modify", "False", EffectKind::Update),
        ("Modify", "True", EffectKind::Replace),
        ("Modify", "Conditional", EffectKind::Replace),
        ("Import", "", EffectKind::Update),
        ("Remove", "", EffectKind::Delete),
    ] {
        let change =
            of(&set(vec![modify("AWS::SQS::Queue", json!({"Action": action, "Replacement": replacement}))]));
        assert_eq!(one(&change).effect, effect, "{action} {replacement}");
        assert_eq!(one(&change).has(HazardKind::Unknown), replacement == "Conditional");
    }
    assert!(
        one(&of(&set(vec![modify("AWS::SQS::Queue", json!({"Action": "Dynamic"}))])))
            .has(HazardKind::Unknown)
    );
    assert!(
        one(&of(&set(vec![modify("AWS::SQS::Queue", json!({"Action": "Evolve"}))]))).has(HazardKind::Unknown)
    );
}

#[test]
fn the_policy_action_decides_what_becomes_of_a_database() {
    let remove = |policy: Value| {
        of(&set(vec![modify("AWS::RDS::DBInstance", json!({"Action": "Remove", "PolicyAction": policy}))]))
    };
    let gone = remove(json!("Delete"));
    assert_eq!(
        (one(&gone).effect, one(&gone).class, one(&gone).backup),
        (EffectKind::Delete, Class::Data, Backup::RemovedWithIt)
    );
    assert!(one(&gone).has(HazardKind::DataLoss) && one(&gone).has(HazardKind::BackupLoss));
    let snapshot = remove(json!("Snapshot"));
    assert_eq!((one(&snapshot).effect, one(&snapshot).backup), (EffectKind::Delete, Backup::Kept));
    assert_eq!(one(&remove(json!("Retain"))).effect, EffectKind::Forget);
    assert_eq!(one(&remove(Value::Null)).backup, Backup::NotShown);
    let replaced = |policy: &str| {
        of(&set(vec![modify("AWS::RDS::DBInstance", json!({"Replacement": "True", "PolicyAction": policy}))]))
    };
    assert_eq!(one(&replaced("ReplaceAndDelete")).backup, Backup::RemovedWithIt);
    assert_eq!(one(&replaced("ReplaceAndSnapshot")).backup, Backup::Kept);
    assert_eq!(
        (one(&replaced("ReplaceAndRetain")).effect, one(&replaced("ReplaceAndRetain")).backup),
        (EffectKind::Replace, Backup::Kept)
    );
}

#[test]
fn values_of_a_change_set_are_read_where_they_are_shown() {
    let context = |days: &str, password: &str| {
        json!({"Properties": {"BackupRetentionPeriod": days, "DeletionProtection": "true", "MasterUserPassword": password}}).to_string()
    };
    let change = of(&set(vec![modify(
        "AWS::RDS::DBInstance",
        json!({"BeforeContext": context("7", "hunter2"), "AfterContext": context("1", "hunter3")}),
    )]));
    let effect = one(&change);
    let found = effect.hazards.iter().find(|h| h.kind == HazardKind::BackupLoss).unwrap();
    assert_eq!(found.attribute, "/BackupRetentionPeriod");
    assert!(found.evidence.contains("`BackupRetentionPeriod` is lowered from 7 to 1"), "{}", found.evidence);
    assert_eq!(effect.sensitive, ["/MasterUserPassword"]);
    assert!(!String::from_utf8(change.content().unwrap()).unwrap().contains("hunter"));
}

#[test]
fn a_watched_value_that_is_not_shown_is_unknown_and_another_is_not() {
    let detail = |name: &str| json!({"Target": {"Attribute": "Properties", "Name": name, "RequiresRecreation": "Never"}, "ChangeSource": "DirectModification"});
    let change =
        |name: &str| of(&set(vec![modify("AWS::RDS::DBInstance", json!({"Details": [detail(name)]}))]));
    assert!(one(&change("DeletionProtection")).has(HazardKind::Unknown));
    assert!(one(&change("AllocatedStorage")).hazards.is_empty());
    assert_eq!(one(&change("AllocatedStorage")).unknown, ["/AllocatedStorage"]);
    let shown = json!({"Target": {"Attribute": "Properties", "Name": "DeletionProtection", "RequiresRecreation": "Never",
        "Path": "/Properties/DeletionProtection", "BeforeValue": "true", "AfterValue": "false"}});
    let change = of(&set(vec![modify("AWS::RDS::DBInstance", json!({"Details": [shown]}))]));
    assert_eq!(one(&change).hazards.iter().map(|h| h.kind).collect::<Vec<_>>(), [HazardKind::ProtectionOff]);
}

#[test]
fn the_graph_of_a_change_set_knows_where_it_lies_and_what_causes_what() {
    let detail = json!({"Target": {"Attribute": "Properties", "Name": "VpcId"}, "ChangeSource": "ResourceReference", "CausingEntity": "Net.Id"});
    let net = json!({"LogicalResourceId": "Net", "PhysicalResourceId": "vpc-0a1b", "Replacement": "True"});
    let change = of(&set(vec![
        modify("AWS::EC2::VPC", net),
        modify("AWS::EC2::Subnet", json!({"Details": [detail]})),
    ]));
    let graph = &change.graph;
    let (net, main) = (graph.find("Net").unwrap(), graph.find("Main").unwrap());
    assert_eq!((graph.edges()[0].from, graph.edges()[0].to), (main, net));
    let place = &graph.nodes()[net as usize];
    assert_eq!(
        (place.account.as_deref(), place.region.as_deref()),
        (Some("123456789012"), Some("eu-west-1"))
    );
    assert!(place.exists && !graph.shown);
}

#[test]
fn what_forces_a_replace_is_named() {
    let detail = json!({"Target": {"Attribute": "Properties", "Name": "DBName", "RequiresRecreation": "Always", "Path": "/Properties/DBName"}});
    let change =
        of(&set(vec![modify("AWS::RDS::DBInstance", json!({"Replacement": "True", "Details": [detail]}))]));
    assert_eq!(one(&change).forced_by, ["/DBName"]);
}

#[test]
fn a_nested_stack_is_read_with_its_change_set_or_is_unknown() {
    let nested = modify(
        "AWS::CloudFormation::Stack",
        json!({"LogicalResourceId": "Data", "ChangeSetId": "arn:inner"}),
    );
    let alone = of(&set(vec![nested.clone()]));
    assert!(one(&alone).has(HazardKind::Unknown));
    let mut inner =
        set(vec![modify("AWS::DynamoDB::Table", json!({"Action": "Remove", "PolicyAction": "Delete"}))]);
    inner["ChangeSetId"] = json!("arn:inner");
    let both = of(&json!([set(vec![nested]), inner]));
    let effects: Vec<_> = both
        .effects
        .iter()
        .map(|e| (e.resource.address.as_str(), e.effect, e.has(HazardKind::Unknown)))
        .collect();
    assert_eq!(effects, [("Data", EffectKind::Update, false), ("Data/Main", EffectKind::Delete, false)]);
}

#[test]
fn a_change_set_that_is_not_whole_says_so() {
    let mut paged = set(vec![]);
    paged["NextToken"] = json!("more");
    assert_eq!(read(paged.to_string().as_bytes()).unwrap_err().code(), "paged");
    let mut failed = set(vec![]);
    failed["Status"] = json!("FAILED");
    assert!(of(&failed).context.errored);
    failed["Status"] = json!("CREATE_IN_PROGRESS");
    assert!(of(&failed).context.incomplete && !of(&failed).context.errored);
}

#[test]
fn parameters_and_tags_are_signs() {
    let mut tagged = set(vec![modify("AWS::SQS::Queue", json!({}))]);
    tagged["Tags"] = json!([{"Key": "Environment", "Value": "production"}]);
    assert_eq!(of(&tagged).context.environment_signs.len(), 1);
    let mut named = set(vec![]);
    named["StackName"] = json!("shop-prod");
    assert_eq!(of(&named).context.environment_signs.len(), 1);
}

const OLD: &str = "Parameters:\n  Days: {Type: Number, Default: 7}\nResources:\n  Database:\n    Type: AWS::RDS::DBInstance\n    DeletionPolicy: Retain\n    Properties:\n      DBInstanceIdentifier: orders\n      BackupRetentionPeriod: !Ref Days\n      DeletionProtection: yes\n      VPCSecurityGroups: [!GetAtt Group.GroupId]\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties: {GroupDescription: !Sub '${AWS::StackName} database'}\n";

#[test]
fn two_yaml_documents_are_old_and_new() {
    let new = OLD
        .replace("Default: 7", "Default: 1")
        .replace("DeletionProtection: yes", "DeletionProtection: no")
        .replace("    DeletionPolicy: Retain\n", "");
    let change = read(format!("{OLD}---\n{new}").as_bytes()).unwrap();
    let effect = one(&change);
    let found: Vec<_> = effect.hazards.iter().map(|h| (h.kind, h.attribute.as_str())).collect();
    assert!(found.contains(&(HazardKind::BackupLoss, "/BackupRetentionPeriod")), "{found:?}");
    assert!(found.contains(&(HazardKind::ProtectionOff, "/DeletionProtection")), "{found:?}");
    assert!(found.contains(&(HazardKind::ProtectionOff, "/DeletionPolicy")), "{found:?}");
    assert_eq!((effect.effect, change.context.estate, change.context.unchanged), (EffectKind::Update, 2, 1));
    let graph = &change.graph;
    assert!(graph.shown);
    let edge = graph.edges()[0];
    assert_eq!(
        (edge.from, edge.to, edge.how),
        (graph.find("Database").unwrap(), graph.find("Group").unwrap(), Link::Reference)
    );
}

#[test]
fn an_empty_new_template_deletes_the_stack_and_a_single_one_creates_it() {
    let deleted = read(format!("{OLD}---\n").as_bytes()).unwrap();
    let effects: Vec<_> = deleted.effects.iter().map(|e| (e.resource.address.as_str(), e.effect)).collect();
    assert_eq!(effects, [("Database", EffectKind::Forget), ("Group", EffectKind::Delete)]);
    let created = read(OLD.as_bytes()).unwrap();
    assert!(
        created.effects.iter().all(|e| e.effect == EffectKind::Create && e.hazards.is_empty()),
        "{:?}",
        created.effects
    );
}

#[test]
fn the_deletion_policy_decides_and_the_default_depends_on_the_type() {
    let gone = |kind: &str, policy: Value, properties: Value| {
        let mut resource = resource(kind, properties);
        resource["DeletionPolicy"] = policy;
        let change = compared(resource, Value::Null);
        (one(&change).effect, one(&change).backup)
    };
    let database = "AWS::RDS::DBInstance";
    assert_eq!(gone(database, Value::Null, json!({})), (EffectKind::Delete, Backup::Kept));
    assert_eq!(gone(database, json!("Delete"), json!({})), (EffectKind::Delete, Backup::RemovedWithIt));
    assert_eq!(
        gone(database, json!("Delete"), json!({"DeleteAutomatedBackups": false})),
        (EffectKind::Delete, Backup::Kept)
    );
    assert_eq!(gone(database, json!("RetainExceptOnCreate"), json!({})).0, EffectKind::Forget);
    assert_eq!(
        gone("AWS::DocDB::DBCluster", Value::Null, json!({})),
        (EffectKind::Delete, Backup::RemovedWithIt)
    );
    assert_eq!(gone("AWS::S3::Bucket", Value::Null, json!({})), (EffectKind::Delete, Backup::Guarded));
    assert_eq!(gone("AWS::DynamoDB::Table", Value::Null, json!({})), (EffectKind::Delete, Backup::NotShown));
    let recovery = json!({"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}});
    assert_eq!(gone("AWS::DynamoDB::Table", Value::Null, recovery), (EffectKind::Delete, Backup::Kept));
}

#[test]
fn a_property_that_replaces_is_a_replace_and_takes_what_refers_to_it_along() {
    let change = compared(
        resource("AWS::RDS::DBInstance", json!({"DBInstanceIdentifier": "a"})),
        resource("AWS::RDS::DBInstance", json!({"DBInstanceIdentifier": "b"})),
    );
    let effect = one(&change);
    assert_eq!(
        (effect.effect, effect.forced_by.as_slice(), effect.backup),
        (EffectKind::Replace, &["/DBInstanceIdentifier".to_owned()][..], Backup::RemovedWithIt)
    );
    let stack = |cidr: &str| {
        template(json!({"Vpc": resource("AWS::EC2::VPC", json!({"CidrBlock": cidr})),
            "Subnet": resource("AWS::EC2::Subnet", json!({"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/24"})),
            "Queue": resource("AWS::SQS::Queue", json!({}))}))
    };
    let change = of(&json!({"old": stack("10.0.0.0/16"), "new": stack("10.1.0.0/16")}));
    let effects: Vec<_> = change
        .effects
        .iter()
        .map(|e| (e.resource.address.as_str(), e.effect, e.forced_by.join(",")))
        .collect();
    assert_eq!(
        effects,
        [
            ("Subnet", EffectKind::Replace, "/VpcId".to_owned()),
            ("Vpc", EffectKind::Replace, "/CidrBlock".to_owned())
        ]
    );
}

#[test]
fn another_type_under_the_same_name_is_a_delete_and_a_create() {
    let change =
        compared(resource("AWS::DynamoDB::Table", json!({})), resource("AWS::SQS::Queue", json!({})));
    let mut effects: Vec<_> = change.effects.iter().map(|e| (e.effect, e.resource.kind.as_str())).collect();
    effects.sort();
    assert_eq!(
        effects,
        [(EffectKind::Create, "AWS::SQS::Queue"), (EffectKind::Delete, "AWS::DynamoDB::Table")]
    );
}

#[test]
fn protections_exposure_and_rights_are_those_of_the_table() {
    let bucket = "AWS::S3::Bucket";
    let versioning = |status: &str| json!({"VersioningConfiguration": {"Status": status}});
    assert_eq!(hazards(bucket, versioning("Enabled"), versioning("Suspended")), [HazardKind::BackupLoss]);
    let block = |on: bool| json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": on, "BlockPublicPolicy": true}});
    assert_eq!(hazards(bucket, block(true), block(false)), [HazardKind::Exposure]);
    let recovery = |on: bool| json!({"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": on}});
    assert_eq!(hazards("AWS::DynamoDB::Table", recovery(true), recovery(false)), [HazardKind::BackupLoss]);
    let ingress = |cidr: &str| json!({"SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": cidr}]});
    assert_eq!(
        hazards("AWS::EC2::SecurityGroup", ingress("10.0.0.0/8"), ingress("0.0.0.0/0")),
        [HazardKind::Exposure]
    );
    let policy = |action: &str, resource: &str| json!({"Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}}]});
    assert_eq!(
        hazards("AWS::IAM::Role", policy("s3:GetObject", "arn:aws:s3:::a/*"), policy("*", "*")),
        [HazardKind::Privilege]
    );
    assert!(
        hazards(
            "AWS::IAM::Role",
            policy("s3:GetObject", "arn:aws:s3:::a/*"),
            policy("s3:GetObject", "arn:aws:s3:::b/*")
        )
        .is_empty()
    );
    let protected =
        |on: &str| json!({"LoadBalancerAttributes": [{"Key": "deletion_protection.enabled", "Value": on}]});
    assert_eq!(
        hazards("AWS::ElasticLoadBalancingV2::LoadBalancer", protected("true"), protected("false")),
        [HazardKind::ProtectionOff]
    );
    assert_eq!(
        hazards("AWS::ECS::Service", json!({"DesiredCount": 3}), json!({"DesiredCount": 0})),
        [HazardKind::Capacity]
    );
}

#[test]
fn a_reference_leaves_a_watched_value_open() {
    let protect = |value: Value| json!({ "DeletionProtection": value });
    let database = "AWS::RDS::DBInstance";
    assert_eq!(
        hazards(database, protect(json!(true)), protect(json!({"Ref": "Protect"}))),
        [HazardKind::ProtectionOff]
    );
    assert_eq!(
        hazards(database, protect(json!({"Ref": "Protect"})), protect(json!(false))),
        [HazardKind::Unknown]
    );
    assert!(
        hazards(database, protect(json!({"Ref": "Protect"})), protect(json!({"Ref": "Protect"}))).is_empty()
    );
}

#[test]
fn what_is_not_known_of_a_type_is_unknown() {
    assert_eq!(hazards("AWS::Future::Thing", json!({"A": 1}), json!({"A": 2})), [HazardKind::Unknown]);
    assert_eq!(hazards("Custom::Migration", json!({"A": 1}), json!({"A": 2}))[0], HazardKind::Unknown);
    assert!(compared(Value::Null, resource("AWS::Future::Thing", json!({}))).effects[0].hazards.is_empty());
    assert_eq!(
        hazards("AWS::CloudFormation::Stack", json!({"TemplateURL": "a"}), json!({"TemplateURL": "b"})),
        [HazardKind::Unknown]
    );
    assert!(
        hazards("AWS::CloudFormation::Stack", json!({"TimeoutInMinutes": 5}), json!({"TimeoutInMinutes": 6}))
            .is_empty()
    );
}

#[test]
fn a_macro_may_write_anything() {
    let with = |transform: Value, size: u64| {
        let mut template =
            template(json!({"Queue": resource("AWS::SQS::Queue", json!({"DelaySeconds": size}))}));
        template["Transform"] = transform;
        template
    };
    let change = of(&json!({"old": with(json!("Ours"), 1), "new": with(json!("Ours"), 2)}));
    let found = change.effects.iter().find(|e| e.effect == EffectKind::Execute).unwrap();
    assert!(found.has(HazardKind::Unknown));
    let sam = json!("AWS::Serverless-2016-10-31");
    let change = of(&json!({"old": with(sam.clone(), 1), "new": with(sam, 2)}));
    assert!(one(&change).hazards.is_empty());
}

#[test]
fn a_condition_that_changes_may_end_a_resource() {
    let with = |value: &str| {
        let mut queue = resource("AWS::SQS::Queue", json!({}));
        queue["Condition"] = json!("IsProd");
        let mut template = template(json!({ "Queue": queue }));
        template["Conditions"] = json!({"IsProd": {"Fn::Equals": [{"Ref": "Env"}, value]}});
        template
    };
    let change = of(&json!({"old": with("prod"), "new": with("staging")}));
    assert!(one(&change).has(HazardKind::Unknown));
    assert!(of(&json!({"old": with("prod"), "new": with("prod")})).effects.is_empty());
}

#[test]
fn parameters_are_put_in_and_hidden_ones_are_not() {
    let template = json!({"Parameters": {"Count": {"Type": "Number"}, "Key": {"Type": "String", "NoEcho": true}},
        "Resources": {"Service": resource("AWS::ECS::Service", json!({"DesiredCount": {"Ref": "Count"}, "Hidden": {"Ref": "Key"}}))}});
    let wrapper = |count: u64| json!({"stack": "shop", "old": template, "new": template, "old_parameters": {"Count": 3, "Key": "s3cr3t"}, "parameters": {"Count": count, "Key": "s3cr3t"}});
    let change = of(&wrapper(0));
    assert!(one(&change).has(HazardKind::Capacity));
    assert!(!String::from_utf8(change.content().unwrap()).unwrap().contains("s3cr3t"));
    assert!(of(&wrapper(3)).effects.is_empty());
    assert_ne!(of(&wrapper(0)).digest().unwrap(), of(&wrapper(1)).digest().unwrap());
}

#[test]
fn templates_may_be_texts_in_the_wrapper() {
    let new = OLD.replace("orders", "invoices");
    let change = of(&json!({"old": OLD, "new": new}));
    assert_eq!(one(&change).effect, EffectKind::Replace);
}

#[test]
fn what_is_something_else_is_refused_by_name() {
    let code = |text: &str| read(text.as_bytes()).unwrap_err().code();
    assert_eq!(code(""), "empty");
    assert_eq!(code("{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}"), "wrong_document");
    assert_eq!(code("{\"Id\": \"arn:x\", \"StackId\": \"arn:y\"}"), "wrong_document");
    assert_eq!(code("{\"planned_values\": {}}"), "wrong_document");
    assert_eq!(code("a: 1\n---\nb: 2\n---\nc: 3\n"), "wrong_document");
    assert_eq!(code("Resources: {A: {Properties: {}}}"), "wrong_type");
    assert_eq!(code("Resources: {A: {Type: !Reff x}}"), "unknown_tag");
    assert_eq!(code("Resources: {A: {Type: x}, A: {Type: y}}"), "duplicate_key");
    assert_eq!(code("{\"Resources\": {"), "truncated");
    assert_eq!(code("{\"Changes\": [{}], \"ChangeSetId\": \"x\"}"), "wrong_type");
    let bomb: String = (1..30).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
        text + &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(","))
    });
    assert_eq!(code(&bomb), "too_many_aliases");
}

#[test]
fn a_secret_output_is_not_shown_and_counts_all_the_same() {
    let with = |value: &str| {
        let mut template = template(json!({"Q": resource("AWS::SQS::Queue", json!({}))}));
        template["Outputs"] = json!({"ApiToken": {"Value": value}, "Url": {"Value": "x"}});
        template
    };
    let change = |value: &str| of(&json!({"old": with("a"), "new": with(value)}));
    let output = &change("t0ps3cret").outputs[0];
    assert!(output.sensitive && output.after.is_none());
    assert_ne!(change("t0ps3cret").digest().unwrap(), change("other").digest().unwrap());
}

#[test]
fn a_default_of_a_parameter_is_a_sign() {
    let text = "Parameters: {Environment: {Type: String, Default: production}}\nResources: {Q: {Type: 'AWS::SQS::Queue'}}\n";
    assert_eq!(read(text.as_bytes()).unwrap().context.environment_signs.len(), 1);
}

#[test]
fn a_map_that_changes_changes_what_looks_it_up() {
    let with = |count: u64| {
        let mut template = template(
            json!({"S": resource("AWS::ECS::Service", json!({"DesiredCount": {"Fn::FindInMap": ["Sizes", "app", "count"]}})),
            "T": resource("AWS::ECS::Service", json!({"DesiredCount": {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "count"]}}))}),
        );
        template["Mappings"] = json!({"Sizes": {"app": {"count": count}}});
        template
    };
    let change = of(&json!({"old": with(2), "new": with(0)}));
    assert!(change.effects[0].has(HazardKind::Capacity));
    assert_eq!(change.effects.len(), 2);
}
