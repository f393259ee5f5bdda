use super::super::{read, read_with};
use crate::Patterns;
use holdpoint_core::{Change, Environment, Link, radius};
use serde_json::{Value, json};

mod any;

/// A resource that exists and stays as it is.
fn same(address: &str, values: Value) -> Value {
    change(address, &["no-op"], values.clone(), values)
}

fn change(address: &str, actions: &[&str], before: Value, after: Value) -> Value {
    let bare = address.rsplit_once("]").map_or(address, |_| address.rsplit_once('[').unwrap().0);
    let mut parts = bare.rsplit('.');
    let (name, kind) = (parts.next().unwrap(), parts.next().unwrap());
    let data = parts.next() == Some("data");
    json!({"address": address, "mode": if data { "data" } else { "managed" }, "type": kind, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}}})
}

/// A block of the configuration whose one expression has these references.
fn block(address: &str, references: &[&str]) -> Value {
    let data = address.starts_with("data.");
    json!({"address": address, "mode": if data { "data" } else { "managed" },
        "expressions": {"x": {"references": references}}})
}

fn plan(resources: &[Value], configuration: Value) -> Value {
    json!({"format_version": "1.2", "resource_changes": resources, "configuration": configuration})
}

fn state(resources: &[(&str, &[&str])]) -> Value {
    let resources: Vec<_> = resources
        .iter()
        .map(|(address, on)| json!({"address": address, "mode": "managed", "type": "t", "values": {}, "depends_on": on}))
        .collect();
    json!({"values": {"root_module": {"resources": resources}}})
}

fn parse(plan: &Value) -> Change {
    read(plan.to_string().as_bytes()).unwrap()
}

/// Every edge as `from -> to`, and how it was found.
fn edges(change: &Change) -> Vec<(String, Link)> {
    let name = |number: u32| &change.graph.nodes()[number as usize].address;
    let edge = |e: &holdpoint_core::Edge| (format!("{} -> {}", name(e.from), name(e.to)), e.how);
    let mut edges: Vec<_> = change.graph.edges().iter().map(edge).collect();
    edges.sort();
    edges
}

fn pairs(change: &Change) -> Vec<String> {
    edges(change).into_iter().map(|(pair, _)| pair).collect()
}

fn gaps(change: &Change) -> Vec<&str> {
    change.graph.gaps.iter().map(|gap| gap.says.as_str()).collect()
}

/// `t.a` in the root, `t.b` in `module.m`, and a `t.c` in the root.
fn in_module(passed: Value, outputs: Value, inner: &[&str], outer: &[&str]) -> Change {
    let resources = [same("t.a", json!({})), same("module.m.t.b", json!({})), same("t.c", json!({}))];
    let module = json!({"resources": [block("t.b", inner)], "outputs": outputs});
    parse(&plan(
        &resources,
        json!({"root_module": {"resources": [block("t.a", &[]), block("t.c", outer)],
            "module_calls": {"m": {"expressions": passed, "module": module}}}}),
    ))
}

#[test]
fn a_variable_leads_to_the_caller_and_an_output_into_the_module() {
    let found = in_module(
        json!({"v": {"references": ["t.a.id", "t.a"]}}),
        json!({"o": {"expression": {"references": ["t.b.id", "t.b"]}}}),
        &["var.v"],
        &["module.m.o", "module.m"],
    );
    assert_eq!(pairs(&found), ["module.m.t.b -> t.a", "t.c -> module.m.t.b"]);
    assert_eq!((found.graph.resolved, gaps(&found).len()), (2, 0));
    assert!(found.graph.shown);
}

#[test]
fn constants_and_variables_from_outside_are_no_dependencies() {
    let found = in_module(
        json!({"v": {"constant_value": 1}, "w": {"references": ["var.root"]}}),
        json!({}),
        &["var.v", "var.w", "var.default", "each.key", "path.module", "self.id", "terraform.workspace"],
        &["var.root"],
    );
    assert_eq!(pairs(&found), Vec::<String>::new());
    assert_eq!((found.graph.resolved, gaps(&found).len()), (4, 0));
}

#[test]
fn what_cannot_be_followed_is_a_gap_with_a_phrase() {
    let found = in_module(
        json!({"v": {"references": ["local.x"]}}),
        json!({"o": {"expression": {"references": ["t.gone"]}}}),
        &["var.v", "t.missing"],
        &["module.m.none", "module.other.x", "module.m.o"],
    );
    assert_eq!(
        gaps(&found),
        [
            "`local.x` is not in the plan, so what it leads to is not known",
            "`t.missing` of `module.m` is not in the plan",
            "`module.m.none` is not in the plan",
            "`module.other` is not in the plan",
            "`t.gone` of `module.m` is not in the plan",
        ]
    );
    assert_eq!(found.graph.resolved, 0);
    assert_eq!(radius(&found.graph, &found).coverage.percent(), 0);
    assert_eq!(found.graph.gaps[0].resource, "module.m.t.b");
}

#[test]
fn a_local_is_resolved_by_the_state_and_only_there() {
    let configuration =
        json!({"root_module": {"resources": [block("t.a", &[]), block("t.b", &["local.x", "t.a"])]}});
    let resources = [same("t.a", json!({})), same("t.b", json!({}))];
    let mut document = plan(&resources, configuration);
    assert_eq!((gaps(&parse(&document)).len(), parse(&document).graph.resolved), (1, 1));
    document["prior_state"] = state(&[("t.a", &[]), ("t.b", &["t.a"])]);
    assert_eq!((gaps(&parse(&document)).len(), parse(&document).graph.resolved), (0, 2));
    // A state that has no dependencies although there are some was not kept by the tool.
    document["prior_state"] = state(&[("t.a", &[]), ("t.b", &[])]);
    assert_eq!(gaps(&parse(&document)).len(), 1);
    document["resource_changes"][1] = change("t.b", &["create"], Value::Null, json!({}));
    document["prior_state"] = state(&[("t.a", &[])]);
    assert_eq!(gaps(&parse(&document)).len(), 1);
}

#[test]
fn instances_are_matched_by_key_where_the_expression_asks_for_it() {
    let two = |name: &str| {
        [same(&format!("t.{name}[\"a\"]"), json!({})), same(&format!("t.{name}[\"b\"]"), json!({}))]
    };
    let resources = [two("x"), two("each"), two("all"), two("one"), two("other")].concat();
    let found = parse(&plan(
        &resources,
        json!({"root_module": {"resources": [
            block("t.x", &["each.key"]), block("t.each", &["t.x", "each.key"]), block("t.all", &["t.x"]),
            block("t.one", &["t.x[\"a\"].id", "t.x[\"a\"]", "t.x"]), block("t.other", &["t.x[\"gone\"].id", "t.x[\"gone\"]", "t.x"]),
        ]}}),
    ));
    let of = |name: &str| {
        pairs(&found).into_iter().filter(|pair| pair.starts_with(&format!("t.{name}["))).collect::<Vec<_>>()
    };
    assert_eq!(of("each"), ["t.each[\"a\"] -> t.x[\"a\"]", "t.each[\"b\"] -> t.x[\"b\"]"]);
    assert_eq!(of("all").len(), 4);
    assert_eq!(of("one"), ["t.one[\"a\"] -> t.x[\"a\"]", "t.one[\"b\"] -> t.x[\"a\"]"]);
    assert_eq!(of("other").len(), 4);
}

#[test]
fn count_and_for_each_refer_too() {
    let configuration = json!({"root_module": {"resources": [block("t.a", &[]),
        {"address": "t.b", "mode": "managed", "count_expression": {"references": ["t.a.n", "t.a"]}}]}});
    let found = parse(&plan(&[same("t.a", json!({})), same("t.b[0]", json!({}))], configuration));
    assert_eq!(pairs(&found), ["t.b[0] -> t.a"]);
}

#[test]
fn blocks_within_blocks_and_provisioners_refer_too() {
    let configuration = json!({"root_module": {"resources": [block("t.a", &[]), block("t.b", &[]), {"address": "t.c", "mode": "managed",
        "expressions": {"outer": [{"inner": [{"x": {"references": ["t.a.id", "t.a"]}, "constant_value": {"references": ["t.none"]}}]}]},
        "provisioners": [{"type": "local-exec", "expressions": {"command": {"references": ["t.b.id", "t.b"]}}}]}]}});
    let resources = [same("t.a", json!({})), same("t.b", json!({})), same("t.c", json!({}))];
    let found = parse(&plan(&resources, configuration));
    assert_eq!(pairs(&found), ["t.c -> t.a", "t.c -> t.b"]);
    assert_eq!(gaps(&found).len(), 0);
}

#[test]
fn instances_of_a_module_keep_to_themselves_and_find_their_match() {
    let mut resources = Vec::new();
    for key in ["dev", "prod"] {
        for name in ["net[\"K\"].t.vpc", "app[\"K\"].t.a", "app[\"K\"].t.b"] {
            resources.push(same(&format!("module.{}", name.replace('K', key)), json!({})));
        }
    }
    let net = json!({"resources": [block("t.vpc", &[])], "outputs": {"id": {"expression": {"references": ["t.vpc.id", "t.vpc"]}}}});
    let app = json!({"resources": [block("t.a", &["var.vpc"]), block("t.b", &["t.a.id", "t.a"])]});
    let found = parse(&plan(
        &resources,
        json!({"root_module": {"module_calls": {
            "net": {"for_each_expression": {}, "module": net},
            "app": {"for_each_expression": {}, "expressions": {"vpc": {"references": ["module.net", "each.key"]}}, "module": app}}}}),
    ));
    let mut expected = Vec::new();
    for key in ["dev", "prod"] {
        expected.push(format!("module.app[\"{key}\"].t.a -> module.net[\"{key}\"].t.vpc"));
        expected.push(format!("module.app[\"{key}\"].t.b -> module.app[\"{key}\"].t.a"));
    }
    expected.sort();
    assert_eq!(pairs(&found), expected);
}

#[test]
fn depends_on_of_a_module_holds_for_all_in_it_and_on_a_module_for_all_of_it() {
    let resources = [
        same("t.a", json!({})),
        same("module.m.t.b", json!({})),
        same("module.m.module.n.t.c", json!({})),
        same("t.d", json!({})),
    ];
    let inner = json!({"resources": [block("t.c", &[])]});
    let module = json!({"resources": [block("t.b", &[])], "module_calls": {"n": {"module": inner}}});
    let mut d = block("t.d", &[]);
    d["depends_on"] = json!(["module.m"]);
    let found = parse(&plan(
        &resources,
        json!({"root_module": {"resources": [block("t.a", &[]), d], "module_calls": {"m": {"module": module, "depends_on": ["t.a"]}}}}),
    ));
    let expected = [
        "module.m.module.n.t.c -> t.a",
        "module.m.t.b -> t.a",
        "t.d -> module.m.module.n.t.c",
        "t.d -> module.m.t.b",
    ];
    assert_eq!(edges(&found), expected.map(|pair| (pair.to_owned(), Link::DependsOn)));
}

#[test]
fn a_data_source_leads_to_what_it_refers_to_and_to_what_it_found() {
    let resources =
        [same("t.a", json!({})), same("t.b", json!({})), same("aws_vpc.main", json!({"id": "vpc-0a1b2c3d"}))];
    let data = json!({"address": "data.aws_vpc.found", "mode": "data", "type": "aws_vpc", "values": {"id": "vpc-0a1b2c3d"}});
    let mut document = plan(
        &resources,
        json!({"root_module": {"resources": [block("t.a", &[]), block("t.b", &["data.aws_vpc.found.id", "data.aws_vpc.found"]),
            block("aws_vpc.main", &[]), block("data.aws_vpc.found", &["t.a.id", "t.a"])]}}),
    );
    document["prior_state"] = json!({"values": {"root_module": {"resources": [data]}}});
    let found = parse(&document);
    assert_eq!(pairs(&found), ["t.b -> aws_vpc.main", "t.b -> t.a"]);
    assert_eq!(found.graph.nodes().len(), 3, "a data source is no node");
}

#[test]
fn the_state_adds_what_the_configuration_does_not_show_at_its_own_distance() {
    let resources = [
        same("t.a", json!({})),
        same("t.b", json!({})),
        same("t.c", json!({})),
        same("t.gone[0]", json!({})),
    ];
    let configuration =
        json!({"root_module": {"resources": [block("t.a", &[]), block("t.b", &[]), block("t.c", &["t.b"])]}});
    let mut document = plan(&resources, configuration);
    document["prior_state"] = state(&[
        ("t.a", &[]),
        ("t.b", &["t.a"]),
        ("t.c", &["t.a", "t.b"]),
        ("t.gone[0]", &["t.a", "t.b", "t.c", "t.stale"]),
        ("t.only", &["t.a"]),
    ]);
    let found = parse(&document);
    let expected = [
        ("t.b -> t.a", Link::State),
        ("t.c -> t.b", Link::Reference),
        ("t.gone[0] -> t.c", Link::State),
        ("t.only -> t.a", Link::State),
    ];
    assert_eq!(edges(&found), expected.map(|(pair, how)| (pair.to_owned(), how)));
    assert!(found.graph.nodes()[found.graph.find("t.only").unwrap() as usize].exists);
}

#[test]
fn names_in_values_are_dependencies() {
    let policy = json!({"Statement": [{"Resource": ["arn:aws:s3:::acme-data/*", "arn:aws:iam::111122223333:role/app"]}]}).to_string();
    let cluster = "db.cluster-x1.eu-west-1.rds.amazonaws.com";
    let resources = [
        same(
            "aws_s3_bucket.data",
            json!({"id": "acme-data", "bucket": "acme-data", "arn": "arn:aws:s3:::acme-data"}),
        ),
        same(
            "aws_iam_role.app",
            json!({"id": "app", "name": "app", "arn": "arn:aws:iam::111122223333:role/app"}),
        ),
        same("aws_iam_policy.p", json!({"id": "1", "policy": policy})),
        same("aws_security_group.g", json!({"id": "sg-0a1b2c3d"})),
        same(
            "aws_rds_cluster.c",
            json!({"id": "main", "endpoint": cluster, "vpc_security_group_ids": ["sg-0a1b2c3d"]}),
        ),
        same(
            "aws_ssm_parameter.url",
            json!({"id": "/url", "value": format!("postgres://app@{cluster}:5432/app")}),
        ),
        same("aws_s3_bucket_policy.b", json!({"id": "acme-data", "bucket": "acme-data"})),
        same(
            "aws_ecs_task_definition.t",
            json!({"container_definitions": format!("[{{\"env\":\"\\n{cluster}\"}}]")}),
        ),
        same("aws_lb.l", json!({"dns_name": "l-1.eu-west-1.elb.amazonaws.com"})),
        same(
            "aws_route53_record.r",
            json!({"alias": [{"name": "l-1.eu-west-1.elb.amazonaws.com", "zone_id": "Z1"}]}),
        ),
        same(
            "aws_instance.named",
            json!({"id": "i-0a1b2c3d", "tags": {"Name": "acme-data", "Role": "main"}}),
        ),
        same("aws_iam_role_policy_attachment.x", json!({"role": "app", "id": "1"})),
        same(
            "aws_sns_topic.n",
            json!({"id": "arn:aws:sns:eu-west-1:111122223333:n", "arn": "arn:aws:sns:eu-west-1:111122223333:n"}),
        ),
        same(
            "aws_sns_topic_policy.n",
            json!({"id": "arn:aws:sns:eu-west-1:111122223333:n", "arn": "arn:aws:sns:eu-west-1:111122223333:n"}),
        ),
    ];
    let found = parse(&plan(&resources, json!({})));
    assert_eq!(
        pairs(&found),
        [
            "aws_ecs_task_definition.t -> aws_rds_cluster.c",
            "aws_iam_policy.p -> aws_iam_role.app",
            "aws_iam_policy.p -> aws_s3_bucket.data",
            "aws_iam_role_policy_attachment.x -> aws_iam_role.app",
            "aws_rds_cluster.c -> aws_security_group.g",
            "aws_route53_record.r -> aws_lb.l",
            "aws_s3_bucket_policy.b -> aws_s3_bucket.data",
            "aws_sns_topic_policy.n -> aws_sns_topic.n",
            "aws_ssm_parameter.url -> aws_rds_cluster.c",
        ]
    );
    assert!(edges(&found).iter().all(|(_, how)| *how == Link::Mention));
    let node = |address: &str| &found.graph.nodes()[found.graph.find(address).unwrap() as usize];
    // In the order of the document, which other packages' features of the JSON reader decide.
    let mut identifiers = node("aws_s3_bucket.data").identifiers.clone();
    identifiers.sort();
    assert_eq!(identifiers, ["acme-data", "arn:aws:s3:::acme-data"]);
    assert_eq!(node("aws_s3_bucket.data").names, ["aws_s3_bucket:acme-data"]);
    assert!(node("aws_iam_policy.p").identifiers.is_empty(), "`1` names nobody");
    assert_eq!(node("aws_sns_topic.n").region.as_deref(), Some("eu-west-1"));
    assert_eq!(node("aws_iam_role.app").account.as_deref(), Some("111122223333"));
}

#[test]
fn a_name_that_moves_from_one_resource_to_another_is_no_dependency() {
    let bucket = |name: &str| json!({"bucket": name, "id": name, "arn": format!("arn:aws:s3:::{name}")});
    let resources = [
        change("aws_s3_bucket.x[0]", &["delete", "create"], bucket("a-one"), bucket("a-two")),
        change("aws_s3_bucket.x[1]", &["delete"], bucket("a-two"), Value::Null),
    ];
    assert_eq!(pairs(&parse(&plan(&resources, json!({})))), Vec::<String>::new());
}

#[test]
fn foreign_names_are_kept_for_others_unless_they_are_sensitive() {
    let arn = |name: &str| format!("arn:aws:kms:eu-west-1:111122223333:key/{name}");
    let mut hidden = same(
        "t.a",
        json!({"kms": arn("marked"), "db_password": arn("named"), "open": arn("open"), "vpc": "vpc-0a1b2c3d",
        "env": json!([{"name": "DB_PASSWORD", "value": arn("beside")}]).to_string(),
        "target_bucket": "acme-logs", "name": "acme-name", "principal": "ecs-tasks.amazonaws.com", "managed": "arn:aws:iam::aws:policy/X"}),
    );
    hidden["change"]["before_sensitive"] = json!({"kms": true});
    let found = parse(&plan(&[hidden], json!({})));
    let mut names: Vec<&str> = found.graph.mentions.iter().map(|(_, name)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["acme-logs", arn("open").as_str(), "vpc-0a1b2c3d"]);
}

#[test]
fn a_sensitive_name_of_its_own_does_not_get_into_the_graph() {
    let mut one = same(
        "aws_db_instance.a",
        json!({"endpoint": "a.b1.eu-west-1.rds.amazonaws.com:5432", "identifier": "hidden"}),
    );
    one["change"]["before_sensitive"] = json!({"endpoint": true, "identifier": true});
    let found = parse(&plan(&[one], json!({})));
    let node = &found.graph.nodes()[0];
    assert!(node.identifiers.is_empty() && node.names.is_empty(), "{node:?}");
}

#[test]
fn where_a_provider_works_is_where_its_resources_lie() {
    let configuration = json!({"provider_config": {"aws": {"expressions": {"region": {"references": ["var.region"]},
            "allowed_account_ids": {"constant_value": ["111122223333"]}}}},
        "root_module": {"resources": [{"address": "t.a", "mode": "managed", "provider_config_key": "aws"}]}});
    let mut document = plan(&[same("t.a", json!({}))], configuration);
    document["variables"] = json!({"region": {"value": "eu-central-1"}});
    let patterns = Patterns {
        accounts: [("111122223333".to_owned(), Environment::Production)].into(),
        ..Patterns::default()
    };
    let found = read_with(document.to_string().as_bytes(), &patterns).unwrap();
    let node = &found.graph.nodes()[0];
    assert_eq!(
        (node.region.as_deref(), node.account.as_deref()),
        (Some("eu-central-1"), Some("111122223333"))
    );
    let says = "`t.a` lies in `111122223333`, which is set to be production".to_owned();
    assert_eq!(node.sign, Some((Environment::Production, says)));
}

/// A staging database is replaced; something of production stands in the same plan.
fn beside(production: &[&str]) -> Change {
    let resources = [
        change(
            "aws_db_instance.stage",
            &["delete", "create"],
            json!({"id": "stage"}),
            json!({"id": "stage"}),
        ),
        same("aws_instance.x", json!({"tags": {"Environment": "Production"}})),
    ];
    let blocks = [block("aws_db_instance.stage", &[]), block("aws_instance.x", production)];
    parse(&plan(&resources, json!({"root_module": {"resources": blocks}})))
}

#[test]
fn production_beside_a_staging_change_raises_only_where_it_depends_or_nothing_can_be_said() {
    assert!(beside(&[]).context.environment_signs.is_empty());
    assert!(beside(&["var.x"]).context.environment_signs.is_empty());
    for references in [["aws_db_instance.stage"], ["local.unknown"]] {
        let signs = beside(&references).context.environment_signs;
        assert_eq!(
            signs,
            [(Environment::Production, "`aws_instance.x` is tagged Environment=Production".to_owned())]
        );
    }
    let found = beside(&["aws_db_instance.stage"]);
    assert_eq!(radius(&found.graph, &found).environments, found.context.environment_signs);
}

#[test]
fn tags_written_as_blocks_are_signs_too() {
    let group = json!({"tag": [{"key": "env", "propagate_at_launch": true, "value": "prod"}]});
    let found =
        parse(&plan(&[change("aws_autoscaling_group.x", &["create"], Value::Null, group)], json!({})));
    assert_eq!(found.context.environment_signs[0].1, "`aws_autoscaling_group.x` is tagged env=prod");
}

#[test]
fn a_sensitive_tag_is_not_quoted() {
    let mut one = change("t.x", &["create"], Value::Null, json!({"tags": {"env": "prod"}}));
    one["change"]["after_sensitive"] = json!({"tags": {"env": true}});
    assert!(parse(&plan(&[one], json!({}))).context.environment_signs.is_empty());
}

#[test]
fn cycles_of_outputs_and_references_to_oneself_end() {
    let found = in_module(
        json!({"v": {"references": ["module.m.o"]}}),
        json!({"o": {"expression": {"references": ["var.v", "module.m", "t.b"]}}}),
        &["var.v", "t.b"],
        &["module.m.o", "t.c"],
    );
    assert_eq!(pairs(&found), ["t.c -> module.m.t.b"]);
}

#[test]
fn parts_of_another_type_than_they_should_have_bring_nothing_down() {
    for odd in [
        json!(7),
        json!(null),
        json!("x"),
        json!([[]]),
        json!({"root_module": 7}),
        json!({"root_module": {"resources": [7, {"address": 7}],
        "module_calls": {"m": 7}, "outputs": []}, "provider_config": 7}),
    ] {
        let mut document = plan(&[same("t.a", json!({}))], odd.clone());
        document["prior_state"] = odd.clone();
        document["variables"] = odd;
        assert_eq!(parse(&document).graph.nodes().len(), 1);
    }
}

#[test]
fn a_hundred_thousand_references_and_long_strings_stay_cheap() {
    let begin = std::time::Instant::now();
    let references: Vec<String> = (0..100_000).map(|n| format!("t.r{}", n % 1000)).collect();
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    // A thousand outputs that each lead to all of them, and two hundred resources that refer to all of those.
    let outputs: serde_json::Map<String, Value> = (0..1000)
        .map(|n| (format!("o{n}"), json!({"expression": {"references": (0..100).map(|k| format!("t.r{}", (n + k) % 1000)).collect::<Vec<_>>()}})))
        .collect();
    let all: Vec<String> = (0..1000).map(|n| format!("module.m.o{n}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let mut resources = vec![same("t.hub", json!({"text": "a.b.c sg-1 arn:aws:x:y:z:w ".repeat(100_000)}))];
    let mut inner = Vec::new();
    let mut blocks = vec![block("t.hub", &references)];
    for n in 0..1000 {
        resources.push(same(&format!("module.m.t.r{n}"), json!({})));
        resources
            .push(same(&format!("t.s{n}[{n}]"), json!({"id": "arn:aws:sns:eu-west-1:111122223333:same"})));
        inner.push(block(&format!("t.r{n}"), &[]));
        if n < 200 {
            blocks.push(block(&format!("t.s{n}"), &all));
        }
    }
    let found = parse(&plan(
        &resources,
        json!({"root_module": {"resources": blocks, "module_calls": {"m": {"module": {"resources": inner, "outputs": outputs}}}}}),
    ));
    assert!(found.graph.edges().len() <= 2_000_000);
    for says in ["it refers to more than is followed", "it names more than is looked up"] {
        assert!(gaps(&found).contains(&says), "what was not followed is said");
    }
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}

#[test]
fn names_are_looked_up_in_the_last_of_many_resources_too() {
    let mut resources: Vec<Value> = (0..3000)
        .map(|n| {
            same(
                &format!("t.x[{n}]"),
                json!({"ids": (0..8).map(|k| format!("sg-{n}{k}")).collect::<Vec<_>>()}),
            )
        })
        .collect();
    resources.push(same("t.last", json!({"group": "sg-main1"})));
    resources.push(same("aws_security_group.g", json!({"id": "sg-main1"})));
    assert_eq!(pairs(&parse(&plan(&resources, json!({})))), ["t.last -> aws_security_group.g"]);
}

#[test]
fn modules_within_modules_are_followed_to_the_last() {
    let mut module = json!({"resources": [block("t.deep", &["var.v"])]});
    let mut address = "t.deep".to_owned();
    for _ in 0..30 {
        module = json!({"module_calls": {"m": {"expressions": {"v": {"references": ["var.v"]}}, "module": module}}});
        address = format!("module.m.{address}");
    }
    module["resources"] = json!([block("t.a", &[])]);
    module["module_calls"]["m"]["expressions"]["v"] = json!({"references": ["t.a.id", "t.a"]});
    let found =
        parse(&plan(&[same("t.a", json!({})), same(&address, json!({}))], json!({"root_module": module})));
    assert_eq!(pairs(&found), [format!("{address} -> t.a")]);
}
