//! Calls within calls: schedules and state machines that call the API, and Cloud Control, whose `TypeName` decides.

use std::borrow::Cow;

use holdpoint_core::{Class, EffectKind, HazardKind};
use serde_json::Value;

use super::subject::Subject;
use super::{Deed, Judged, judge as outer};
use crate::ReadError;
use crate::act::{Act, Hidden};
use crate::aws::Call;
use crate::cloudformation::types;
use crate::hazard::{self, Subject as Seen};
use crate::mask::Masked;
use crate::table::Table;
use crate::value::{Node, find, parse};

/// Adds what the inner calls do.
pub(super) fn judge(
    subject: &Subject<'_>,
    depth: usize,
    hidden: &mut Hidden,
    judged: &mut Judged,
) -> Result<(), ReadError> {
    match (subject.call.service.as_str(), subject.call.operation.as_str()) {
        ("scheduler", "CreateSchedule" | "UpdateSchedule") => schedule(subject, depth, hidden, judged),
        ("stepfunctions", "CreateStateMachine" | "UpdateStateMachine" | "TestState") => {
            states(subject, depth, hidden, judged)
        }
        ("cloudcontrol", "CreateResource" | "UpdateResource" | "DeleteResource") => control(subject, judged),
        _ => Ok(()),
    }
}

/// The service and operation of an integration: `arn:aws:scheduler:::aws-sdk:ec2:terminateInstances`.
fn integration(arn: &str) -> Option<(String, String)> {
    let (_, rest) = arn.split_once(":aws-sdk:")?;
    let mut parts = rest.split(':');
    let service = parts.next()?.to_ascii_lowercase();
    let operation = parts.next()?.split('.').next()?;
    let mut chars = operation.chars();
    let first = chars.next()?.to_ascii_uppercase();
    let service = match service.as_str() {
        "sfn" => "stepfunctions",
        "elasticloadbalancingv2" => "elbv2",
        "elasticloadbalancing" => "elb",
        "eventbridge" => "events",
        "cloudwatchlogs" => "logs",
        "cognitoidentityprovider" => "cognito-idp",
        "secretsmanager" => "secretsmanager",
        "rdsdata" => "rds-data",
        "redshiftdata" => "redshift-data",
        "applicationautoscaling" => "application-autoscaling",
        other => other,
    };
    Some((service.to_owned(), format!("{first}{}", chars.collect::<String>())))
}

fn schedule(
    subject: &Subject<'_>,
    depth: usize,
    hidden: &mut Hidden,
    judged: &mut Judged,
) -> Result<(), ReadError> {
    let arn = find(&subject.parameters, "Target.Arn")
        .into_iter()
        .find_map(|(_, node)| node.as_str().map(str::to_owned));
    let Some((service, operation)) = arn.as_deref().and_then(integration) else { return Ok(()) };
    let input = find(&subject.parameters, "Target.Input")
        .into_iter()
        .find_map(|(_, node)| node.as_str().map(str::to_owned));
    let parameters =
        input.as_deref().map_or(Ok(Value::Object(Default::default())), serde_json::from_str::<Value>);
    let by = format!("the schedule `{}`", subject.text("Name").unwrap_or_default());
    match parameters {
        Ok(parameters) => within(subject, (&service, &operation, parameters), &by, depth, hidden, judged),
        Err(_) => {
            unclear(judged, &format!("what it hands to {service}:{operation} cannot be read"));
            Ok(())
        }
    }
}

fn states(
    subject: &Subject<'_>,
    depth: usize,
    hidden: &mut Hidden,
    judged: &mut Judged,
) -> Result<(), ReadError> {
    let Some(text) = subject.text("definition") else { return Ok(()) };
    let Ok(definition) = parse(text) else {
        unclear(judged, "its definition cannot be read");
        return Ok(());
    };
    let by = format!(
        "the state machine `{}`",
        super::names::tail(
            subject.text("name").or_else(|| subject.text("stateMachineArn")).unwrap_or_default()
        )
    );
    let mut found = Vec::new();
    tasks(&definition, 0, &mut found);
    for (service, operation, parameters) in found {
        within(subject, (&service, &operation, parameters), &by, depth, hidden, judged)?;
    }
    Ok(())
}

/// Every task that calls the API, at any depth of maps and branches.
fn tasks(node: &Node<'_>, depth: usize, out: &mut Vec<(String, String, Value)>) {
    if depth > crate::MAX_ASKED_DEPTH {
        return;
    }
    if let Some((service, operation)) = node.get("Resource").and_then(Node::as_str).and_then(integration) {
        let given = node.get("Parameters").or_else(|| node.get("Arguments"));
        let text = given.map_or_else(|| "{}".to_owned(), crate::value::canonical);
        let parameters = serde_json::from_str(&text).unwrap_or_default();
        out.push((service, operation, parameters));
    }
    node.items().iter().for_each(|item| tasks(item, depth.saturating_add(1), out));
    node.members().iter().for_each(|(_, value)| tasks(value, depth.saturating_add(1), out));
}

/// Judges one inner call, and says by what it comes.
fn within(
    subject: &Subject<'_>,
    (service, operation, parameters): (&str, &str, Value),
    by: &str,
    depth: usize,
    hidden: &mut Hidden,
    judged: &mut Judged,
) -> Result<(), ReadError> {
    let place = (subject.call.region.as_str(), subject.call.account.as_ref());
    judged.deeds.extend(judge_inner((service, operation, parameters), place, depth, hidden, by)?);
    Ok(())
}

/// Says where a deed comes from; places within the inner call are none within the outer one.
fn from(mut deed: Deed, by: &str) -> Deed {
    for (_, says) in &mut deed.act.hazards {
        says.push_str(&format!(", by {by}"));
    }
    deed.item = None;
    deed.pointers.clear();
    deed
}

/// What a call does that something else makes; what only reads is left out. A call that is none is unknown.
pub(crate) fn judge_inner(
    (service, operation, parameters): (&str, &str, Value),
    (region, account): (&str, Option<&String>),
    depth: usize,
    hidden: &mut Hidden,
    by: &str,
) -> Result<Vec<Deed>, ReadError> {
    let inner = match Call::asked(service, operation, region, account.map(String::as_str), parameters) {
        Ok(call) => outer(&call, depth.saturating_add(1), hidden)?.deeds,
        Err(_) => {
            let cut = |text: &str| text.chars().take(60).collect::<String>();
            let named = format!("{}:{}", cut(service), cut(operation));
            let act = Act::new(EffectKind::Execute, "aws_call", named.clone()).class(Class::Other);
            vec![Deed::new(
                act.hazard(HazardKind::Unknown, format!("`{named}` is no call that could be judged")),
            )]
        }
    };
    Ok(inner
        .into_iter()
        .filter(|deed| deed.act.effect != EffectKind::Read)
        .map(|deed| from(deed, by))
        .collect())
}

fn unclear(judged: &mut Judged, says: &str) {
    for deed in &mut judged.deeds {
        deed.act.adds_hazard(HazardKind::Unknown, says);
    }
}

/// One resource of any type, by the name that CloudFormation has for it.
fn control(subject: &Subject<'_>, judged: &mut Judged) -> Result<(), ReadError> {
    let table = Table::get()?;
    let name = subject.text("TypeName").unwrap_or_default().to_owned();
    let known = types::get()?.get(&name);
    let kind = known.map_or_else(|| types::snake(&name.replace("::", "_")), |known| known.like.clone());
    let rename = known.map(|known| known.rename.clone()).unwrap_or_default();
    let rename = rename.into_iter().map(|(from, to)| (types::snake(&from), to)).collect();
    let effect = match subject.verb() {
        "delete" => EffectKind::Delete,
        "create" => EffectKind::Create,
        _ => EffectKind::Update,
    };
    let desired = desired(subject, effect);
    let translated = super::translate::translate(desired.as_ref().unwrap_or(&Node::Null), &rename);
    let masked = Masked::default();
    let destroys = effect.destroys();
    let root = &translated.node;
    let seen = Seen {
        effect,
        kind: &kind,
        create_before_destroy: false,
        deposed: false,
        before: destroys.then_some(root),
        after: (!destroys).then_some(root),
        unknown: &[],
        forced_by: &[],
        masked: &masked,
    };
    let class = table.class(&kind, None);
    let assessed = hazard::transitions(&seen, class, table);
    let identifier = subject.text("Identifier").unwrap_or_default().to_owned();
    let shown = if identifier.is_empty() {
        name.clone()
    } else {
        format!("{name} {}", super::names::tail(&identifier))
    };
    let mut act = Act::new(effect, &kind, subject.called("resource", &shown)).class(class);
    // Nothing is asked of what is deleted, so nothing shows that a backup is taken.
    act.backup = destroys.then_some(holdpoint_core::Backup::NotShown).filter(|_| table_holds(class));
    for hazard in assessed.hazards.into_iter().chain(hazard::asked(&seen, &translated.origin, table)) {
        act.adds_hazard(hazard.kind, hazard.evidence);
    }
    if desired.is_none() && effect != EffectKind::Delete {
        act.adds_hazard(HazardKind::Unknown, "what it should become cannot be read");
    }
    if replaced(subject, known) {
        act.adds_hazard(HazardKind::Unknown, "the patch may make it anew, or take something off it");
    }
    judged.deeds = vec![Deed { identifiers: vec![identifier], ..Deed::new(act) }];
    Ok(())
}

fn table_holds(class: Class) -> bool {
    matches!(class, Class::Data | Class::Backup | Class::Key)
}

/// The properties that are asked for; a patch puts each at its place.
fn desired(subject: &Subject<'_>, effect: EffectKind) -> Option<Node<'static>> {
    match effect {
        EffectKind::Create => Some(parse(subject.text("DesiredState")?).ok()?.owned()),
        EffectKind::Update => {
            let patch = parse(subject.text("PatchDocument")?).ok()?.owned();
            let mut members: Vec<(Cow<'static, str>, Node<'static>)> = Vec::new();
            for step in patch.items() {
                let path = step.get("path").and_then(Node::as_str)?;
                let value = step.get("value").map_or(Node::Null, Node::owned);
                let mut parts: Vec<&str> = path.split('/').skip(1).collect();
                let first = parts.first().copied()?.to_owned();
                parts.reverse();
                parts.pop();
                let nested = parts.into_iter().fold(value, |value, part| {
                    if part.bytes().all(|b| b.is_ascii_digit()) || part == "-" {
                        Node::Array(vec![value])
                    } else {
                        Node::Object(vec![(Cow::Owned(part.to_owned()), value)])
                    }
                });
                members.push((Cow::Owned(first), nested));
            }
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            members.dedup_by(|(a, _), (b, _)| a == b);
            Some(Node::Object(members))
        }
        _ => None,
    }
}

/// Whether a patch touches what replaces the resource, removes something, or is on a type that nobody has listed.
fn replaced(subject: &Subject<'_>, known: Option<&types::Kind>) -> bool {
    if !subject.is("cloudcontrol", &["UpdateResource"]) {
        return false;
    }
    let Some(known) = known else { return true };
    let Some(Ok(patch)) = subject.text("PatchDocument").map(parse) else { return true };
    patch.items().iter().any(|step| {
        let path = step.get("path").and_then(Node::as_str).unwrap_or_default();
        let property = path.split('/').nth(1).unwrap_or_default();
        let removes = step.get("op").and_then(Node::as_str) == Some("remove");
        let replaces =
            known.replaces.iter().chain(&known.perhaps).any(|name| name.split('.').next() == Some(property));
        (removes && property != "Tags") || replaces
    })
}
