//! Live facts from AWS, by the daemon's own read-only questions: what exists, what depends on it, what could bring it
//! back. They fill the one interface for live sources; what is not answered in time is said, and never taken for fine.

use std::sync::Arc;
use std::time::Duration;

use holdpoint_cloud::ask::{Asker, Times};
use holdpoint_cloud::credentials::Bearer;
use holdpoint_cloud::look::{self, Seen, Subject, View};
use holdpoint_core::{Change, Class, Effect, EffectKind, Format, Gap, Manner, Node};
use holdpoint_intake::Patterns;
use holdpoint_intake::aws::{ALL_BELOW, Call};
use holdpoint_store::aws::calls;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::Asker as Asked;
use super::live::{Answer, Found, LookUp, Question};
use crate::aws::Gateway;
use crate::config::Config;
use crate::{AppState, clock};

/// AWS as a live source.
#[derive(Debug)]
pub(crate) struct AwsLookUp {
    gateway: Arc<Gateway>,
    config: Arc<Config>,
    asker: OnceCell<Asker>,
}

impl AwsLookUp {
    pub(crate) fn new(gateway: Arc<Gateway>, config: Arc<Config>) -> Self {
        Self { gateway, config, asker: OnceCell::new() }
    }

    async fn asker(&self) -> Result<&Asker, String> {
        self.asker
            .get_or_try_init(|| async {
                let real = self.gateway.real(&self.config.aws.region).await?.clone();
                let binding = crate::aws::binding(&self.config, "");
                let bearer = Bearer { agent: "holdpoint".to_owned(), change: None };
                Ok(Asker::new(self.gateway.sender.clone(), real, binding, bearer))
            })
            .await
    }

    async fn found(&self, question: &Question<'_>) -> Result<Found, String> {
        let subjects = subjects(question.change, &self.config);
        if subjects.is_empty() {
            return Ok(Found::default());
        }
        let asker = self.asker().await?;
        let view = self.view(asker, &self.config.aws.region, false);
        // Boxed: it asks many questions at once, and holds room for each of them.
        let seen = Box::pin(look::look(&view, &subjects)).await;
        let mut found = Found::default();
        for seen in seen {
            take(&mut found, seen, &self.config.environments);
        }
        Ok(found)
    }

    fn view<'a>(&'a self, asker: &'a Asker, region: &'a str, fresh: bool) -> View<'a> {
        // A little less than what the whole answer may take, so that what was found until then counts.
        let within = self.config.facts.timeout().mul_f64(0.8).min(Duration::from_secs(3));
        let deadline = tokio::time::Instant::now() + within;
        View { asker, region, times: Times { now: clock::now(), deadline, cached: !fresh } }
    }
}

impl LookUp for AwsLookUp {
    fn name(&self) -> &'static str {
        "AWS"
    }

    fn ask<'a>(&'a self, question: &'a Question<'a>) -> Answer<'a> {
        Box::pin(self.found(question))
    }
}

/// What a change endangers, as AWS is asked about it. A plan is looked up where the daemon is told which account is
/// guarded; without that, its credentials say nothing about the plan's.
fn subjects(change: &Change, config: &Config) -> Vec<Subject> {
    let told = config.aws.account.is_some() || config.aws.role.is_some() || config.aws.upstream.is_some();
    if change.format != Format::Aws && !(change.format == Format::Terraform && told) {
        return Vec::new();
    }
    let grave = |effect: &&Effect| {
        !matches!(effect.effect, EffectKind::Read | EffectKind::Create)
            && (effect.effect.destroys() || !effect.hazards.is_empty())
            && effect.resource.kind.starts_with("aws_")
    };
    change.effects.iter().filter(grave).filter_map(|effect| subject(change, effect, config)).collect()
}

fn subject(change: &Change, effect: &Effect, config: &Config) -> Option<Subject> {
    let number = change.graph.find(&effect.resource.address)?;
    let node = change.graph.nodes().get(number as usize)?;
    if effect.resource.kind == "aws_s3_object" {
        return object(effect, node, config);
    }
    let arn = node.identifiers.iter().find(|id| id.starts_with("arn:")).cloned();
    let id = node.identifiers.iter().find(|id| !id.starts_with("arn:") && !id.contains("://")).cloned();
    let of_arn = || arn.as_deref()?.split(':').nth(3).filter(|region| !region.is_empty()).map(str::to_owned);
    Some(Subject {
        address: effect.resource.address.clone(),
        kind: effect.resource.kind.clone(),
        id: id.unwrap_or_default(),
        within: within(effect),
        region: node.region.clone().or_else(of_arn).unwrap_or_else(|| config.aws.region.clone()),
        account: node.account.clone(),
        destroys: effect.effect.destroys(),
        for_good: false,
        arn,
    })
}

/// An object: its key is its id, and its bucket what it lies in.
fn object(effect: &Effect, node: &Node, config: &Config) -> Option<Subject> {
    let bucket = within(effect)?;
    let path = node.identifiers.iter().find(|id| !id.starts_with("arn:"))?;
    let key = path.strip_prefix(&format!("{bucket}/")).unwrap_or(path);
    let key = key.split(ALL_BELOW).next().unwrap_or(key);
    Some(Subject {
        address: effect.resource.address.clone(),
        kind: effect.resource.kind.clone(),
        id: key.to_owned(),
        within: Some(bucket),
        region: node.region.clone().unwrap_or_else(|| config.aws.region.clone()),
        account: node.account.clone(),
        destroys: effect.effect.destroys(),
        for_good: effect.manners.iter().any(|noted| noted.manner == Manner::Permanent),
        arn: None,
    })
}

/// What it lies in, by the members that say so.
fn within(effect: &Effect) -> Option<String> {
    let side = effect.before.as_ref().or(effect.after.as_ref())?;
    let value: Value = serde_json::from_str(side.get()).ok()?;
    let members = value.get("parameters").unwrap_or(&value);
    ["Bucket", "bucket", "HostedZoneId", "zone_id", "cluster", "Cluster"]
        .iter()
        .find_map(|name| members.get(*name).and_then(Value::as_str))
        .map(str::to_owned)
}

fn take(found: &mut Found, seen: Seen, patterns: &Patterns) {
    for saved in seen.points {
        found.points.push((seen.address.clone(), saved.point));
    }
    let name = seen.name.as_deref().unwrap_or_default();
    found.signs.extend(patterns.sign(&seen.address, &seen.tags, name));
    for dependent in seen.dependents {
        let address = format!("{} {}", dependent.kind, dependent.name);
        let node = Node {
            sign: patterns.sign(&address, &dependent.tags, &dependent.name),
            address,
            kind: dependent.kind,
            class: dependent.class,
            identifiers: vec![dependent.id],
            exists: true,
            ..Node::default()
        };
        found.dependents.push((node, seen.address.clone(), dependent.link));
    }
    let gap = |says| Gap { resource: seen.address.clone(), says };
    // A kind that nothing here looks up is no question that stayed unanswered.
    let asked = seen.gaps.into_iter().filter(|says| !says.contains("nothing here knows how to look up"));
    found.gaps.extend(asked.map(gap));
}

/// How many objects lie below a prefix; none where it cannot be counted.
pub(crate) async fn count_below(app: &AppState, call: &Call, bucket: &str, prefix: &str) -> Option<u32> {
    const MOST: u64 = 100_000;
    let gateway = app.aws.as_ref()?;
    let look_up = AwsLookUp::new(Arc::clone(gateway), Arc::clone(&app.config));
    let asker = look_up.asker().await.ok()?;
    let view = look_up.view(asker, &call.region, true);
    let counted = look::count(&view, bucket, prefix, MOST).await.ok()?;
    u32::try_from(counted.objects).ok()
}

/// What the same key created within the last day and holds no data: addresses of the change, known by the identifiers that
/// AWS gave when they came to be.
pub(super) async fn own(app: &AppState, change: &Change, asker: &Asked<'_>) -> Result<Vec<String>, String> {
    let Some(key) = asker.session else { return Ok(Vec::new()) };
    let holds = |class: Class| matches!(class, Class::Data | Class::Backup | Class::Key);
    let nodes: Vec<&Node> =
        change.graph.nodes().iter().filter(|node| node.exists && !holds(node.class)).collect();
    let ids: Vec<String> = nodes.iter().flat_map(|node| node.identifiers.iter().cloned()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut conn = app.db.conn().await.map_err(|error| error.to_string())?;
    let found =
        calls::own(&mut conn, &asker.requester.id, key, &ids).await.map_err(|error| error.to_string())?;
    let own = |node: &&Node| node.identifiers.iter().any(|id| found.contains(id));
    Ok(nodes.into_iter().filter(own).map(|node| node.address.clone()).collect())
}
