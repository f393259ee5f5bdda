//! Live facts: what exists now, what depends on it, what could bring it back. Read-only, within one deadline; each
//! question may stay unanswered, and is then named. What cannot be looked up is a gap, never "fine".

mod balancer;
mod bucket;
mod cache;
mod containers;
mod database;
mod dns;
mod dry_run;
mod files;
mod firewall;
mod function;
mod identity;
mod image;
mod instance;
mod interface;
mod key;
mod machines;
mod network;
mod scaling;
mod seen;
mod stack;
mod table;
mod tagging;
mod traffic;
mod view;
mod volume;
mod warehouse;

use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream;

pub use bucket::{Counted, count};
pub use dry_run::{Outcome, dry_run};
pub use machines::{Machine, Machines, Target, machines};
pub use seen::{Dependent, Saved, Seen};
pub use view::View;

/// Resources of one change that are looked at; the others are gaps.
pub const MOST_SUBJECTS: usize = 60;
/// Resources looked at at the same time; each asks several questions at once.
const AT_ONCE: usize = 12;

/// A resource that is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The effect's address in the change; answers carry it back.
    pub address: String,
    /// Its type, by Terraform's name.
    pub kind: String,
    /// Its id or name, as its API takes it. Of a record: `NAME TYPE`, and the set identifier after another space.
    pub id: String,
    /// Its ARN, where the change shows it.
    pub arn: Option<String>,
    /// What it lies in, where its id alone does not say: an object's bucket, a record's zone, a service's cluster.
    pub within: Option<String>,
    /// The region it lies in.
    pub region: String,
    /// The account it lies in, where known.
    pub account: Option<String>,
    /// Whether the change destroys it.
    pub destroys: bool,
    /// Whether the change also removes what would bring it back: a version by its id, a deletion without a window.
    pub for_good: bool,
}

impl Subject {
    /// The ARN if there is one, otherwise the id.
    pub(crate) fn handle(&self) -> &str {
        self.arn.as_deref().unwrap_or(&self.id)
    }
}

/// Looks up every subject, in parallel, and answers in the same order. Never takes longer than the view's deadline.
/// `view` gives the asker and the time; each subject is asked about in its own region.
pub async fn look(view: &View<'_>, subjects: &[Subject]) -> Vec<Seen> {
    // A list first: a stream over a borrowing closure is not `Send` for every lifetime.
    let asked: Vec<_> = subjects.iter().enumerate().map(|(number, subject)| looked(view, number, subject)).collect();
    stream::iter(asked).buffered(AT_ONCE).collect().await
}

async fn looked(view: &View<'_>, number: usize, subject: &Subject) -> Seen {
    let mut seen = Seen::of(subject);
    if number >= MOST_SUBJECTS {
        seen.gap(format!("not looked at: the change touches more than {MOST_SUBJECTS} resources"));
    } else if subject.id.is_empty() && subject.arn.is_none() {
        seen.gap("not looked at: its id is not known");
    } else {
        let view = view.within(&subject.region);
        one(&view, subject, &mut seen).await;
        seen.settle();
        tagging::fill(&view, &mut seen).await;
    }
    seen.settle();
    seen
}

async fn one(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    match subject.kind.as_str() {
        "aws_instance" | "aws_spot_instance_request" | "aws_ec2_instance_state" => {
            instance::look(view, subject, seen).await;
        }
        "aws_ebs_volume" => volume::volume(view, subject, seen).await,
        "aws_ebs_snapshot" => image::snapshot(view, subject, seen).await,
        "aws_ami" | "aws_ami_copy" | "aws_ami_from_instance" => image::image(view, subject, seen).await,
        "aws_db_instance" | "aws_rds_cluster_instance" => database::instance(view, subject, seen).await,
        "aws_rds_cluster" => database::cluster(view, subject, seen).await,
        "aws_db_snapshot" => database::snapshot(view, subject, seen, database::OF_INSTANCE).await,
        "aws_db_cluster_snapshot" => database::snapshot(view, subject, seen, database::OF_CLUSTER).await,
        "aws_eip" => network::address(view, subject, seen).await,
        "aws_security_group" | "aws_default_security_group" => firewall::look(view, subject, seen).await,
        "aws_vpc" | "aws_default_vpc" => network::vpc(view, subject, seen).await,
        "aws_subnet" | "aws_default_subnet" => network::subnet(view, subject, seen).await,
        "aws_route_table" | "aws_default_route_table" => network::route_table(view, subject, seen).await,
        "aws_nat_gateway" => network::nat(view, subject, seen).await,
        "aws_internet_gateway" => network::internet(view, subject, seen).await,
        "aws_s3_bucket" => bucket::bucket(view, subject, seen).await,
        "aws_s3_object" | "aws_s3_bucket_object" => bucket::objects(view, subject, seen).await,
        "aws_dynamodb_table" | "aws_dynamodb_table_item" => table::look(view, subject, seen).await,
        "aws_cloudformation_stack" => stack::look(view, subject, seen).await,
        "aws_route53_zone" => dns::zone(view, subject, seen).await,
        "aws_route53_record" => dns::record(view, subject, seen).await,
        "aws_iam_role" => identity::role(view, subject, seen).await,
        "aws_iam_user" => identity::user(view, subject, seen).await,
        "aws_iam_policy" => identity::policy(view, subject, seen).await,
        "aws_kms_key" => key::look(view, subject, seen).await,
        "aws_lb" | "aws_alb" => balancer::balancer(view, subject, seen).await,
        "aws_lb_target_group" | "aws_alb_target_group" => balancer::target_group(view, subject, seen).await,
        "aws_autoscaling_group" => scaling::look(view, subject, seen).await,
        "aws_lambda_function" => function::look(view, subject, seen).await,
        "aws_ecs_service" => containers::service(view, subject, seen).await,
        "aws_ecs_cluster" => containers::cluster(view, subject, seen).await,
        "aws_eks_cluster" => containers::kubernetes(view, subject, seen).await,
        "aws_efs_file_system" => files::look(view, subject, seen).await,
        "aws_elasticache_cluster" => cache::cluster(view, subject, seen).await,
        "aws_elasticache_replication_group" => cache::group(view, subject, seen).await,
        "aws_redshift_cluster" => warehouse::look(view, subject, seen).await,
        other => seen
            .gap(format!("not looked at: nothing here knows how to look up `{}`", crate::ask::plain(other))),
    }
}

/// Filters of an EC2 question: `Filter.1.Name`, `Filter.1.Value.1` and so on.
pub(crate) fn filters(given: &[(&str, &[String])]) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    for (number, (name, values)) in (1..).zip(given) {
        flat.insert(format!("Filter.{number}.Name"), (*name).to_owned());
        for (place, value) in (1..).zip(*values) {
            flat.insert(format!("Filter.{number}.Value.{place}"), value.clone());
        }
    }
    flat
}
