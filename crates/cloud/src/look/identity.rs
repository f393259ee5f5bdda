//! IAM: who uses a role, a user or a policy, and when last.

use holdpoint_core::Link;
use serde_json::{Value, json};

use super::seen::{Dependent, Seen};
use super::view::View;
use super::{Subject, filters};
use crate::ask::{Rows, number, text, texts};

pub(super) async fn role(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"RoleName": last(&subject.id)});
    let (main, attached, inline, profiles) = tokio::join!(
        view.ask("iam", "GetRole", &of),
        view.list("iam", "ListAttachedRolePolicies", &of, "AttachedPolicies"),
        view.list("iam", "ListRolePolicies", &of, "PolicyNames"),
        view.list("iam", "ListInstanceProfilesForRole", &of, "InstanceProfiles"),
    );
    if let Some(row) = seen.main(main, "Role") {
        seen.tagged(&row, "Tags");
        seen.was_text(
            &row,
            &[("last_used", "RoleLastUsed/LastUsedDate"), ("made", "CreateDate"), ("path", "Path")],
        );
        seen.was_number(&row, &[("session_seconds", "MaxSessionDuration")]);
        trust(seen, &row);
    }
    policies(seen, attached, inline);
    let profiles = seen.listed(profiles, "instance profiles");
    let mut arns = Vec::new();
    for row in &profiles {
        let name = text(row, "InstanceProfileName");
        seen.depends(Dependent::new("aws_iam_instance_profile", &name, "holds it", Link::Mention));
        arns.push(text(row, "Arn"));
    }
    let machines = if arns.is_empty() {
        Ok(Rows::default())
    } else {
        let asked = filters(&[("iam-instance-profile.arn", &arns)]);
        view.list("ec2", "DescribeInstances", asked, "reservationSet/instancesSet").await
    };
    for row in seen.listed(machines, "instances") {
        let machine = Dependent::new("aws_instance", &text(&row, "instanceId"), "works as it", Link::Mention);
        seen.depends(machine.tagged(&row, "tagSet"));
    }
    seen.gap("not looked at: functions, tasks and other accounts that work as this role");
}

/// Who may become it. The document comes percent-encoded.
fn trust(seen: &mut Seen, row: &Value) {
    let document = crate::ask::rows(row, "AssumeRolePolicyDocument");
    let Some(document) = document.first().and_then(|document| document.as_str()) else { return };
    let Ok(policy) = serde_json::from_str::<Value>(&decoded(document)) else {
        seen.gap("its trust policy cannot be read");
        return;
    };
    let mut trusted = Vec::new();
    for kind in ["Service", "AWS", "Federated"] {
        trusted.extend(texts(&policy, &format!("Statement/Principal/{kind}")));
    }
    if texts(&policy, "Statement/Principal").iter().any(|anyone| anyone == "*") {
        trusted.push("*".to_owned());
    }
    trusted.truncate(50);
    seen.was("trusts", trusted);
}

pub(super) async fn user(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"UserName": last(&subject.id)});
    let (main, attached, inline, keys, groups) = tokio::join!(
        view.ask("iam", "GetUser", &of),
        view.list("iam", "ListAttachedUserPolicies", &of, "AttachedPolicies"),
        view.list("iam", "ListUserPolicies", &of, "PolicyNames"),
        view.list("iam", "ListAccessKeys", &of, "AccessKeyMetadata"),
        view.list("iam", "ListGroupsForUser", &of, "Groups"),
    );
    if let Some(row) = seen.main(main, "User") {
        seen.tagged(&row, "Tags");
        seen.was_text(&row, &[("password_last_used", "PasswordLastUsed"), ("made", "CreateDate")]);
    }
    policies(seen, attached, inline);
    for row in seen.listed(keys, "access keys") {
        if text(&row, "Status") == "Active" {
            let key = text(&row, "AccessKeyId");
            seen.depends(Dependent::new("aws_iam_access_key", &key, "is its active key", Link::Owner));
        }
    }
    let groups: Vec<String> =
        seen.listed(groups, "groups").iter().map(|row| text(row, "GroupName")).collect();
    seen.was("groups", groups);
}

pub(super) async fn policy(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"PolicyArn": subject.handle()});
    let (main, users, roles, groups) = tokio::join!(
        view.ask("iam", "GetPolicy", &of),
        view.list("iam", "ListEntitiesForPolicy", entities(subject, "User"), "PolicyUsers"),
        view.list("iam", "ListEntitiesForPolicy", entities(subject, "Role"), "PolicyRoles"),
        view.list("iam", "ListEntitiesForPolicy", entities(subject, "Group"), "PolicyGroups"),
    );
    if let Some(row) = seen.main(main, "Policy") {
        seen.tagged(&row, "Tags");
        seen.was_number(
            &row,
            &[("attached", "AttachmentCount"), ("bounds", "PermissionsBoundaryUsageCount")],
        );
        seen.was("version", text(&row, "DefaultVersionId"));
        if number(&row, "PermissionsBoundaryUsageCount").is_some_and(|count| count > 0) {
            seen.gap("not looked at: who has it as a permissions boundary");
        }
    }
    let found = [
        (users, "aws_iam_user", "UserName"),
        (roles, "aws_iam_role", "RoleName"),
        (groups, "aws_iam_group", "GroupName"),
    ];
    for (found, kind, name) in found {
        for row in seen.listed(found, "entities") {
            seen.depends(Dependent::new(kind, &text(&row, name), "has its permissions", Link::Mention));
        }
    }
}

fn entities(subject: &Subject, filter: &str) -> Value {
    json!({"PolicyArn": subject.handle(), "EntityFilter": filter})
}

fn policies(
    seen: &mut Seen,
    attached: Result<Rows, crate::ask::Unanswered>,
    inline: Result<Rows, crate::ask::Unanswered>,
) {
    let mut names: Vec<String> =
        seen.listed(attached, "attached policies").iter().map(|row| text(row, "PolicyArn")).collect();
    names.extend(seen.listed(inline, "policies").iter().filter_map(Value::as_str).map(crate::ask::plain));
    seen.was("policies", names);
}

/// A name without its path or ARN.
fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// Percent-decoded; what is no escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = match (first, after) {
            (b'%', [high, low, ..]) => hex::decode([*high, *low]).ok().and_then(|byte| byte.first().copied()),
            _ => None,
        };
        bytes.push(escape.unwrap_or(*first));
        rest = if escape.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
