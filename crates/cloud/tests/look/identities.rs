//! Roles, users, policies, keys, functions and stacks.

use crate::world::{ids, of, world};

#[tokio::test]
async fn an_identity_shows_who_works_as_it() {
    let Some(world) = world("an_identity_shows_who_works_as_it") else { return };
    let role = world.look("aws_iam_role", "app").await;
    assert_eq!(ids(&role, "aws_iam_instance_profile"), ["app"]);
    assert_eq!(role.before["trusts"], serde_json::json!(["ec2.amazonaws.com"]));
    assert_eq!(role.before["policies"], serde_json::json!([world.id("policy")]));
    let user = world.look("aws_iam_user", "deploy").await;
    assert_eq!(of(&user, "aws_iam_access_key").len(), 1);
    let policy = world.look("aws_iam_policy", world.id("policy")).await;
    assert_eq!(
        (ids(&policy, "aws_iam_user"), ids(&policy, "aws_iam_role")),
        (vec!["deploy".into()], vec!["app".into()])
    );
    assert_eq!(policy.before["attached"], 2);
    assert_eq!(world.look("aws_iam_role", "nobody").await.exists, Some(false));
}

#[tokio::test]
async fn a_key_shows_aliases_and_grants() {
    let Some(world) = world("a_key_shows_aliases_and_grants") else { return };
    let seen = world.look("aws_kms_key", world.id("key")).await;
    assert_eq!((seen.name.as_deref(), &seen.before["state"]), (Some("alias/payments"), &"Enabled".into()));
    assert_eq!(of(&seen, "aws_kms_grant")[0].name, world.id("role"));
    assert_eq!(seen.tags["Environment"], "prod");
    assert!(!seen.gaps.is_empty(), "what was encrypted with a key is never known");
}

#[tokio::test]
async fn a_function_shows_what_starts_it_and_keeps_its_secrets() {
    let Some(world) = world("a_function_shows_what_starts_it_and_keeps_its_secrets") else { return };
    let seen = world.look("aws_lambda_function", "reader").await;
    assert_eq!(of(&seen, "aws_lambda_event_source_mapping").len(), 1);
    assert_eq!(ids(&seen, "aws_lambda_alias"), ["live"]);
    assert!(
        seen.before["callers"][0].as_str().unwrap().contains("events.amazonaws.com"),
        "{:?}",
        seen.before
    );
    assert_eq!(seen.tags["Environment"], "prod");
    assert!(!format!("{seen:?}").contains("hush-hush"));
    assert_eq!(world.look("aws_lambda_function", "nothing").await.exists, Some(false));
}

#[tokio::test]
async fn a_stack_shows_its_parts_and_importers() {
    let Some(world) = world("a_stack_shows_its_parts_and_importers") else { return };
    let seen = world.look("aws_cloudformation_stack", "base").await;
    assert_eq!(of(&seen, "aws_sqs_queue").len(), 1, "{:?}", seen.dependents);
    // Importers are more than moto can tell: the question fails, and that is said.
    assert!(seen.gaps.iter().any(|gap| gap.contains("cloudformation:ListImports")), "{:?}", seen.gaps);
    assert_eq!(seen.before["termination_protection"], true);
    assert_eq!(seen.tags["Environment"], "prod");
    assert_eq!(world.look("aws_cloudformation_stack", "no-such-stack").await.exists, Some(false));
}
