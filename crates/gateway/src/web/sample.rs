//! Data for the tests of this module: one held change that has something of everything.

use std::collections::BTreeSet;

use holdpoint_core::budget::{Account, Balance, Budget, Level};
use holdpoint_core::{
    Actor, ActorKind, Answer, Approval, ApprovalId, Asked, Backup, Change, ChangeId, Class, Context,
    Continuity, Coverage, Digest, Effect, EffectKind, Environment, EnvironmentFact, Evidence, Existing,
    Facts, Fallen, Format, Freeze, Frozen, Gap, Hazard, HazardKind, Intent, Judgement, Link, Manner, Noted,
    PersonId, Point, Radius, Reason, Recovery, Requirements, Resource, Scope, Seen, Share, Source, State,
    Step, Timestamp, Verdict,
};
use holdpoint_store::approvals::StoredApproval;
use holdpoint_store::changes::{Origin, StoredChange};
use holdpoint_store::people::Person;
use serde_json::value::RawValue;
use time::Duration;

/// What every string that an agent controls is set to in the tests that look for markup.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u{202e}gnp.exe";

pub(crate) fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + Duration::days(20_000) + Duration::hours(14)
}

pub(crate) fn effect(kind: &str, name: &str, before: &str, after: &str) -> Effect {
    let raw = |text: &str| (text != "null").then(|| RawValue::from_string(text.to_owned()).unwrap());
    let (before, after) = (raw(before), raw(after));
    Effect {
        effect: match (&before, &after) {
            (None, _) => EffectKind::Create,
            (_, None) => EffectKind::Delete,
            _ => EffectKind::Update,
        },
        resource: Resource {
            address: format!("{kind}.{name}"),
            kind: kind.to_owned(),
            provider: "registry.terraform.io/hashicorp/aws".to_owned(),
            module: String::new(),
            deposed: None,
        },
        create_before_destroy: false,
        moved_from: None,
        imported_as: None,
        deferred: None,
        forced_by: Vec::new(),
        unknown: Vec::new(),
        sensitive: Vec::new(),
        sensitive_changed: Vec::new(),
        before,
        after,
        values: Digest::of(name.as_bytes()),
        class: Class::Other,
        backup: Backup::NotApplicable,
        hazards: Vec::new(),
        manners: Vec::new(),
    }
}

pub(crate) fn change() -> Change {
    let mut database =
        effect("aws_db_instance", "main", r#"{"engine":"postgres","skip_final_snapshot":true}"#, "null");
    database.resource.address = "module.db.aws_db_instance.main".to_owned();
    database.class = Class::Data;
    database.backup = Backup::RemovedWithIt;
    database.hazards = vec![Hazard {
        kind: HazardKind::DataLoss,
        attribute: String::new(),
        evidence: "it is deleted without a final snapshot".to_owned(),
    }];
    let mut queue =
        effect("aws_instance", "worker", r#"{"ami":"ami-1","type":"m5"}"#, r#"{"ami":"ami-2","type":"m5"}"#);
    queue.effect = EffectKind::Replace;
    queue.forced_by = vec!["/ami".to_owned()];
    let update = effect("aws_security_group", "lb", r#"{"ports":[443]}"#, r#"{"ports":[443,22]}"#);
    let create = effect("aws_s3_bucket", "logs", "null", r#"{"bucket":"logs"}"#);
    Change {
        format: Format::Terraform,
        effects: vec![create, update, queue, database],
        outputs: Vec::new(),
        context: Context { estate: 41, unchanged: 37, ..Context::default() },
        graph: holdpoint_core::Graph::default(),
    }
}

/// A database that falls, what depends on it here and elsewhere, and a reference that leads nowhere.
fn radius() -> Radius {
    let fallen = |address: &str, hop, effect, on: &[u32]| Fallen {
        workspace: String::new(),
        address: address.to_owned(),
        kind: address.rsplit('.').nth(1).unwrap_or_default().to_owned(),
        class: Class::Compute,
        hop,
        effect,
        environment: None,
        on: on.iter().map(|place| (*place, Link::Reference)).collect(),
    };
    let mut listed = vec![
        fallen("module.db.aws_db_instance.main", 0, Some(EffectKind::Delete), &[]),
        fallen("aws_security_group.lb", 0, Some(EffectKind::Update), &[]),
    ];
    if let Some(database) = listed.first_mut() {
        database.class = Class::Data;
        database.environment = Some(Environment::Production);
    }
    listed.extend((0..12).map(|n| fallen(&format!("aws_instance.web[{n}]"), 1, None, &[0, 1])));
    listed.push(Fallen {
        workspace: "net/production".to_owned(),
        ..fallen("aws_route53_record.api", 2, None, &[2])
    });
    Radius {
        direct: 4,
        destroyed: 2,
        hops: vec![12, 1],
        data: 1,
        environments: vec![(Environment::Production, "tagged production".to_owned())],
        accounts: ["123456789012".to_owned()].into(),
        regions: ["eu-west-1".to_owned()].into(),
        regions_destroyed: ["eu-west-1".to_owned()].into(),
        shares: [(Class::Data, Share { destroyed: 1, of: 1 })].into(),
        coverage: Coverage {
            references: 50,
            resolved: 48,
            shown: true,
            gaps: vec![Gap {
                resource: "aws_lambda_function.mail".to_owned(),
                says: "`module.queue.url` is not in the plan".to_owned(),
            }],
        },
        listed,
    }
}

fn person_id(name: &str) -> PersonId {
    PersonId::new(Timestamp::UNIX_EPOCH, name.bytes().fold(7, |sum, b| sum * 31 + u128::from(b)))
}

pub(crate) fn reviewer(name: &str) -> Person {
    Person {
        id: person_id(name),
        name: name.to_owned(),
        groups: BTreeSet::from(["reviewers".to_owned()]),
        admin: true,
        created_at: now(),
        revoked_at: None,
    }
}

pub(crate) fn operator() -> Person {
    reviewer("Olga")
}

pub(crate) fn stored() -> StoredChange {
    let (change, two) = (change(), Requirements::one("reviewers", 2).unwrap());
    let hold = Verdict::Hold { requirements: two.clone() };
    StoredChange {
        id: ChangeId::new(now(), 5),
        requester: Actor {
            kind: ActorKind::Agent,
            id: "agt_01".to_owned(),
            name: "billing-bot".to_owned(),
            operator: Some(operator().id),
        },
        format: Format::Terraform,
        digest: change.digest().unwrap(),
        state: State::Held { requirements: two, until: now() + Duration::minutes(23) },
        version: 2,
        created_at: now() - Duration::minutes(7),
        updated_at: now() - Duration::minutes(7),
        counts: change.counts(),
        source: Source { workspace: Some("shop/production".to_owned()), ..Source::default() },
        facts: Facts {
            environment: EnvironmentFact {
                is: Environment::Production,
                evidence: vec!["tagged production".to_owned()],
            },
            radius: Some(Box::new(radius())),
            recovery: vec![Recovery::of(
                "module.db.aws_db_instance.main",
                Backup::RemovedWithIt,
                vec![Point {
                    what: "`aws_db_snapshot.nightly`".to_owned(),
                    seen: Seen::Inventory,
                    outlives: false,
                    owner: Some("backups".to_owned()),
                    at: None,
                }],
                vec!["the live system was not asked".to_owned()],
            )],
            budget: Budget {
                level: Level::Over,
                accounts: vec![Balance {
                    account: Account::Class(Class::Data),
                    amount: 1,
                    hour: 2,
                    day: 3,
                    level: Level::Over,
                }],
                escalated: false,
            },
            asked: vec![Asked { source: "inventory".to_owned(), answered: true, says: String::new() }],
            ..Facts::default()
        },
        judgement: Judgement {
            verdict: hold.clone(),
            reasons: vec![Reason {
                policy: "R1-no-backup".to_owned(),
                rule: "R1".to_owned(),
                verdict: hold,
                reason: "module.db.aws_db_instance.main holds data and goes without a backup".to_owned(),
                remedy: "set skip_final_snapshot to false".to_owned(),
                would_pass: vec![
                    Step::Set {
                        resource: "module.db.aws_db_instance.main".to_owned(),
                        attribute: "/skip_final_snapshot".to_owned(),
                        value: "false".to_owned(),
                    },
                    Step::LeaveOut { resource: "module.db.aws_db_instance.main".to_owned() },
                ],
                incident: "2017: a database was deleted with its backups".to_owned(),
                evidence: vec![Evidence {
                    resource: "module.db.aws_db_instance.main".to_owned(),
                    says: "no snapshot".to_owned(),
                }],
                resources: 3,
            }],
            policy_version: Digest::of(b"policy"),
        },
        statement: Some("Cleaning up an unused database.".to_owned()),
        origin: Origin {
            session: Some("session-7".to_owned()),
            run_url: Some("https://ci.example.com/run/7".to_owned()),
            ticket: Some("OPS-1".to_owned()),
        },
        attempt: None,
    }
}

/// The same, with [`HOSTILE`] in every string that an agent controls.
pub(crate) fn hostile() -> (StoredChange, Change) {
    let (mut stored, mut change) = (stored(), change());
    let text = HOSTILE.to_owned();
    stored.requester.name.clone_from(&text);
    stored.statement = Some(text.clone());
    stored.origin =
        Origin { session: Some(text.clone()), run_url: Some(text.clone()), ticket: Some(text.clone()) };
    stored.source.workspace = Some(text.clone());
    stored.source.tool_version = Some(text.clone());
    stored.facts.environment.evidence = vec![text.clone()];
    deceive(&mut stored.facts);
    for reason in &mut stored.judgement.reasons {
        reason.reason.clone_from(&text);
        reason.remedy.clone_from(&text);
        reason.evidence = vec![Evidence { resource: text.clone(), says: text.clone() }];
        reason.would_pass =
            vec![Step::Set { resource: text.clone(), attribute: text.clone(), value: text.clone() }];
    }
    let value = serde_json::json!({ text.clone(): text, "policy": serde_json::json!({ text.clone(): [text] }).to_string() });
    for effect in &mut change.effects {
        effect.resource.address.clone_from(&text);
        effect.resource.kind.clone_from(&text);
        effect.moved_from = Some(text.clone());
        effect.imported_as = Some(text.clone());
        effect.deferred = Some(text.clone());
        effect.resource.deposed = Some(text.clone());
        effect.after = Some(RawValue::from_string(value.to_string()).unwrap());
        effect.forced_by = vec![format!("/{text}")];
        effect.hazards =
            vec![Hazard { kind: HazardKind::DataLoss, attribute: text.clone(), evidence: text.clone() }];
        effect.manners = vec![Noted { manner: Manner::Forced, evidence: text.clone() }];
    }
    (stored, change)
}

/// [`HOSTILE`] in every fact that somebody else's words reach.
fn deceive(facts: &mut Facts) {
    let text = HOSTILE.to_owned();
    facts.continuity = Continuity::Broken { why: text.clone() };
    facts.existing = vec![Existing { address: text.clone(), says: text.clone() }];
    facts.freeze = Freeze::Frozen(Frozen {
        scope: Scope::Agent(text.clone()),
        reason: text.clone(),
        by: text.clone(),
        until: now(),
    });
    facts.own = vec![text.clone()];
    facts.task.evidence = vec![text.clone()];
    facts.task.intent = Intent { types: vec![text.clone()], ticket: Some(text.clone()), ..Intent::default() };
    facts.asked = vec![Asked { source: text.clone(), answered: false, says: text.clone() }];
    for recovery in &mut facts.recovery {
        recovery.resource.clone_from(&text);
        recovery.unknown = vec![text.clone()];
        for point in &mut recovery.points {
            point.what.clone_from(&text);
            point.owner = Some(text.clone());
            point.at = Some(text.clone());
        }
    }
    let Some(radius) = &mut facts.radius else { return };
    radius.environments = vec![(Environment::Production, text.clone())];
    radius.accounts = [text.clone()].into();
    radius.regions = [text.clone()].into();
    radius.regions_destroyed = [text.clone()].into();
    radius.coverage.gaps = vec![
        Gap { resource: text.clone(), says: text.clone() },
        Gap { resource: String::new(), says: text.clone() },
    ];
    for fallen in &mut radius.listed {
        fallen.address.clone_from(&text);
        fallen.kind.clone_from(&text);
        fallen.workspace.clone_from(&text);
    }
}

pub(crate) fn approval(stored: &StoredChange, person: &Person, answer: Answer) -> StoredApproval {
    StoredApproval {
        approval: Approval {
            id: ApprovalId::new(now(), 3),
            person: person.id,
            groups: person.groups.clone(),
            digest: stored.digest,
            answer,
            comment: "looked at it\nand the snapshot".to_owned(),
            at: now() - Duration::minutes(2),
        },
        person_name: person.name.clone(),
        method: "web".to_owned(),
    }
}
