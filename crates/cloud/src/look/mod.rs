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
use std::future::Future;
use std::pin::Pin;

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
    let asked: Vec<_> =
        subjects.iter().enumerate().map(|(number, subject)| looked(view, number, subject)).collect();
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

/// The look-up of a kind, boxed: one future that held room for each of them would not fit a thread's stack.
fn one<'a>(
    view: &'a View<'a>,
    subject: &'a Subject,
    seen: &'a mut Seen,
) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    match subject.kind.as_str() {
        "aws_instance" | "aws_spot_instance_request" | "aws_ec2_instance_state" => {
            Box::pin(instance::look(view, subject, seen))
        }
        "aws_ebs_volume" => Box::pin(volume::volume(view, subject, seen)),
        "aws_ebs_snapshot" => Box::pin(image::snapshot(view, subject, seen)),
        "aws_ami" | "aws_ami_copy" | "aws_ami_from_instance" => Box::pin(image::image(view, subject, seen)),
        "aws_db_instance" | "aws_rds_cluster_instance" => Box::pin(database::instance(view, subject, seen)),
        "aws_rds_cluster" => Box::pin(database::cluster(view, subject, seen)),
        "aws_db_snapshot" => Box::pin(database::snapshot(view, subject, seen, database::OF_INSTANCE)),
        "aws_db_cluster_snapshot" => Box::pin(database::snapshot(view, subject, seen, database::OF_CLUSTER)),
        "aws_eip" => Box::pin(network::address(view, subject, seen)),
        "aws_security_group" | "aws_default_security_group" => Box::pin(firewall::look(view, subject, seen)),
        "aws_vpc" | "aws_default_vpc" => Box::pin(network::vpc(view, subject, seen)),
        "aws_subnet" | "aws_default_subnet" => Box::pin(network::subnet(view, subject, seen)),
        "aws_route_table" | "aws_default_route_table" => Box::pin(network::route_table(view, subject, seen)),
        "aws_nat_gateway" => Box::pin(network::nat(view, subject, seen)),
        "aws_internet_gateway" => Box::pin(network::internet(view, subject, seen)),
        "aws_s3_bucket" => Box::pin(bucket::bucket(view, subject, seen)),
        "aws_s3_object" | "aws_s3_bucket_object" => Box::pin(bucket::objects(view, subject, seen)),
        "aws_dynamodb_table" | "aws_dynamodb_table_item" => Box::pin(table::look(view, subject, seen)),
        "aws_cloudformation_stack" => Box::pin(stack::look(view, subject, seen)),
        "aws_route53_zone" => Box::pin(dns::zone(view, subject, seen)),
        "aws_route53_record" => Box::pin(dns::record(view, subject, seen)),
        "aws_iam_role" => Box::pin(identity::role(view, subject, seen)),
        "aws_iam_user" => Box::pin(identity::user(view, subject, seen)),
        "aws_iam_policy" => Box::pin(identity::policy(view, subject, seen)),
        "aws_kms_key" => Box::pin(key::look(view, subject, seen)),
        "aws_lb" | "aws_alb" => Box::pin(balancer::balancer(view, subject, seen)),
        "aws_lb_target_group" | "aws_alb_target_group" => {
            Box::pin(balancer::target_group(view, subject, seen))
        }
        "aws_autoscaling_group" => Box::pin(scaling::look(view, subject, seen)),
        "aws_lambda_function" => Box::pin(function::look(view, subject, seen)),
        "aws_ecs_service" => Box::pin(containers::service(view, subject, seen)),
        "aws_ecs_cluster" => Box::pin(containers::cluster(view, subject, seen)),
        "aws_eks_cluster" => Box::pin(containers::kubernetes(view, subject, seen)),
        "aws_efs_file_system" => Box::pin(files::look(view, subject, seen)),
        "aws_elasticache_cluster" => Box::pin(cache::cluster(view, subject, seen)),
        "aws_elasticache_replication_group" => Box::pin(cache::group(view, subject, seen)),
        "aws_redshift_cluster" => Box::pin(warehouse::look(view, subject, seen)),
        other => {
            seen.gap(format!(
                "not looked at: nothing here knows how to look up `{}`",
                crate::ask::plain(other)
            ));
            Box::pin(async {})
        }
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
