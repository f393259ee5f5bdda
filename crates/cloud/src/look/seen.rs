//! What was seen of one resource.

use std::collections::{BTreeMap, HashSet};

use holdpoint_core::{Class, Link, Point, Seen as Source};
use serde_json::{Map, Value};

use super::Subject;
use crate::ask::{Rows, Unanswered, plain, rows, tags, text};

/// Dependents kept of one resource; that there are more is a gap.
const MOST_DEPENDENTS: usize = 300;
/// Recovery points kept of one resource.
const MOST_POINTS: usize = 50;

/// All that the look-ups found out about one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The subject's address in the change.
    pub address: String,
    /// Whether it exists; none if that could not be found out.
    pub exists: Option<bool>,
    /// What depends on it, each once.
    pub dependents: Vec<Dependent>,
    /// What its data could be restored from.
    pub points: Vec<Saved>,
    /// What it is like before the change, by names of this crate's own: `deletion_protection`, `desired`…
    pub before: Map<String, Value>,
    /// Its own tags.
    pub tags: BTreeMap<String, String>,
    /// What it calls itself.
    pub name: Option<String>,
    /// What could not be looked up, as phrases.
    pub gaps: Vec<String>,
}

/// Something that depends on the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// Its type, by Terraform's name; CloudFormation's, where a stack lists it and Terraform's is not known here.
    pub kind: String,
    /// Its id, name or ARN, as its own API takes it.
    pub id: String,
    /// What it calls itself, or its id.
    pub name: String,
    /// What it is for.
    pub class: Class,
    /// How it depends, as a phrase that follows its name: "is attached to it".
    pub how: String,
    /// The same for a graph.
    pub link: Link,
    /// Its tags, where the answer had them. Anyone who may tag writes them.
    pub tags: BTreeMap<String, String>,
}

/// A recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Its id or ARN.
    pub id: String,
    /// For the fact that policy reads.
    pub point: Point,
    /// Whether it lies in the same account as what it could bring back; none where not shown.
    pub same_account: Option<bool>,
}

impl Dependent {
    /// One without tags, named by its id.
    pub(crate) fn new(kind: &str, id: &str, how: &str, link: Link) -> Self {
        let id = plain(id);
        Self {
            kind: plain(kind),
            name: id.clone(),
            id,
            class: class_of(kind),
            how: how.to_owned(),
            link,
            tags: BTreeMap::new(),
        }
    }

    /// With the tags at a path of its description; the tag `Name` becomes its name.
    pub(crate) fn tagged(mut self, row: &Value, path: &str) -> Self {
        self.tags = tags(row, path);
        if let Some(name) = self.tags.get("Name").filter(|name| !name.is_empty()) {
            self.name.clone_from(name);
        }
        self
    }
}

impl Saved {
    /// A point that was seen live. `at` is as the service wrote it.
    pub(crate) fn new(id: &str, what: &str, outlives: bool, at: &str) -> Self {
        let at = (!at.is_empty()).then(|| plain(at));
        let point = Point { what: what.to_owned(), seen: Source::Live, outlives, owner: None, at };
        Self { id: plain(id), point, same_account: None }
    }

    /// Who owns it, and whether that is the account of the resource.
    pub(crate) fn owned(mut self, owner: &str, account: Option<&str>) -> Self {
        if !owner.is_empty() {
            self.same_account = account.map(|account| account == owner);
            self.point.owner = Some(plain(owner));
        }
        self
    }
}

impl Seen {
    /// Nothing is known yet.
    #[must_use]
    pub(crate) fn of(subject: &Subject) -> Self {
        Self {
            address: subject.address.clone(),
            exists: None,
            dependents: Vec::new(),
            points: Vec::new(),
            before: Map::new(),
            tags: BTreeMap::new(),
            name: None,
            gaps: Vec::new(),
        }
    }

    /// Takes the answer that describes the subject itself: the first row at a path. No row, or an error that says so:
    /// it does not exist. Anything else leaves open whether it does.
    pub(crate) fn main(&mut self, answer: Result<Value, Unanswered>, path: &str) -> Option<Value> {
        match answer {
            Ok(value) => {
                let row = rows(&value, path).first().map(|row| (*row).clone());
                self.exists = Some(row.is_some());
                row
            }
            Err(unanswered) if unanswered.missing() => {
                self.exists = Some(false);
                None
            }
            Err(unanswered) => {
                self.gap(unanswered.to_string());
                None
            }
        }
    }

    /// Takes an answer about something beside the subject. That there is none is an answer, too.
    pub(crate) fn aside(&mut self, answer: Result<Value, Unanswered>) -> Option<Value> {
        match answer {
            Ok(value) => Some(value),
            Err(unanswered) if unanswered.missing() => Some(Value::Null),
            Err(unanswered) => {
                self.gap(unanswered.to_string());
                None
            }
        }
    }

    /// Takes a list about something beside the subject. A list that is not whole is a gap.
    pub(crate) fn listed(&mut self, answer: Result<Rows, Unanswered>, what: &str) -> Vec<Value> {
        match answer {
            Ok(found) => {
                if found.more {
                    self.gap(format!("there are more {what} than were looked at"));
                }
                found.rows
            }
            Err(unanswered) if unanswered.missing() => Vec::new(),
            Err(unanswered) => {
                self.gap(unanswered.to_string());
                Vec::new()
            }
        }
    }

    /// Notes something that depends on it; what has no id is a gap.
    pub(crate) fn depends(&mut self, dependent: Dependent) {
        if dependent.id.is_empty() {
            self.gap(format!("a `{}` that {} is not named", dependent.kind, dependent.how));
        } else {
            self.dependents.push(dependent);
        }
    }

    /// Notes how it is before the change; what the answer does not show is left out.
    pub(crate) fn was(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        let said = match &value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            _ => true,
        };
        if said {
            self.before.insert(name.to_owned(), value);
        }
    }

    /// Notes texts of its description, each by its own name and path.
    pub(crate) fn was_text(&mut self, row: &Value, of: &[(&str, &str)]) {
        for (name, path) in of {
            self.was(name, text(row, path));
        }
    }

    /// Notes numbers.
    pub(crate) fn was_number(&mut self, row: &Value, of: &[(&str, &str)]) {
        for (name, path) in of {
            self.was(name, crate::ask::number(row, path));
        }
    }

    /// Notes truths.
    pub(crate) fn was_truth(&mut self, row: &Value, of: &[(&str, &str)]) {
        for (name, path) in of {
            self.was(name, crate::ask::truth(row, path));
        }
    }

    /// Notes its own tags.
    pub(crate) fn tagged(&mut self, row: &Value, path: &str) {
        self.tags = tags(row, path);
        if self.name.is_none() {
            self.name = self.tags.get("Name").filter(|name| !name.is_empty()).cloned();
        }
    }

    /// Notes what is not known.
    pub(crate) fn gap(&mut self, says: impl Into<String>) {
        self.gaps.push(says.into());
    }

    /// Each dependent and gap once, and no more of them than people and graphs can use.
    pub(crate) fn settle(&mut self) {
        let mut known = HashSet::new();
        self.dependents.retain(|one| known.insert((one.kind.clone(), one.id.clone())));
        if self.dependents.len() > MOST_DEPENDENTS {
            self.gap(format!(
                "{} resources depend on it, {MOST_DEPENDENTS} are listed",
                self.dependents.len()
            ));
            self.dependents.truncate(MOST_DEPENDENTS);
        }
        // The newest are kept; a point without a time sorts as the oldest.
        self.points.sort_by(|a, b| b.point.at.cmp(&a.point.at));
        self.points.truncate(MOST_POINTS);
        self.gaps.sort();
        self.gaps.dedup();
    }
}

/// What the kinds that look-ups find are for.
fn class_of(kind: &str) -> Class {
    match kind {
        "aws_ebs_volume"
        | "aws_db_instance"
        | "aws_rds_cluster"
        | "aws_dynamodb_table"
        | "aws_s3_bucket"
        | "aws_efs_file_system"
        | "aws_elasticache_cluster"
        | "aws_elasticache_replication_group"
        | "aws_redshift_cluster"
        | "aws_cloudformation_stack"
        | "aws_sqs_queue"
        | "aws_ecr_repository" => Class::Data,
        "aws_ebs_snapshot" | "aws_ami" | "aws_db_snapshot" | "aws_db_cluster_snapshot" => Class::Backup,
        "aws_kms_key" | "aws_kms_grant" | "aws_kms_alias" => Class::Key,
        "aws_iam_role"
        | "aws_iam_user"
        | "aws_iam_group"
        | "aws_iam_policy"
        | "aws_iam_instance_profile"
        | "aws_iam_access_key" => Class::Identity,
        "aws_lb"
        | "aws_elb"
        | "aws_lb_listener"
        | "aws_lb_target_group"
        | "aws_route53_record"
        | "aws_route53_zone" => Class::Traffic,
        "aws_security_group"
        | "aws_subnet"
        | "aws_vpc"
        | "aws_route_table"
        | "aws_nat_gateway"
        | "aws_eip"
        | "aws_internet_gateway"
        | "aws_vpc_endpoint"
        | "aws_vpc_peering_connection"
        | "aws_network_interface"
        | "aws_efs_mount_target" => Class::Network,
        "aws_instance"
        | "aws_autoscaling_group"
        | "aws_lambda_function"
        | "aws_lambda_event_source_mapping"
        | "aws_lambda_alias"
        | "aws_ecs_service"
        | "aws_ecs_cluster"
        | "aws_ecs_task"
        | "aws_eks_cluster"
        | "aws_eks_node_group"
        | "aws_eks_fargate_profile"
        | "aws_rds_cluster_instance" => Class::Compute,
        "aws_sns_topic" => Class::Other,
        _ => Class::Unlisted,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ask::Why;

    fn failed(why: Why) -> Unanswered {
        Unanswered { service: "ec2".into(), operation: "DescribeVolumes".into(), why }
    }

    #[test]
    fn only_an_answer_says_whether_it_exists() {
        let mut seen = Seen::of(&Subject::default());
        assert!(seen.main(Err(failed(Why::Slow)), "a").is_none());
        assert_eq!((seen.exists, seen.gaps.len()), (None, 1));
        assert!(seen.main(Err(failed(Why::Missing("x".into()))), "a").is_none());
        assert_eq!((seen.exists, seen.gaps.len()), (Some(false), 1));
        assert!(seen.main(Ok(json!({"a": [{"b": 1}]})), "a").is_some());
        assert_eq!(seen.exists, Some(true));
    }

    #[test]
    fn dependents_are_listed_once_and_cut_loudly() {
        let mut seen = Seen::of(&Subject::default());
        for n in 0..MOST_DEPENDENTS + 5 {
            for how in ["a", "b"] {
                seen.depends(Dependent::new("aws_instance", &format!("i-{n}"), how, Link::Mention));
            }
        }
        seen.depends(Dependent::new("aws_instance", "", "uses it", Link::Mention));
        seen.settle();
        assert_eq!(seen.dependents.len(), MOST_DEPENDENTS);
        assert_eq!(seen.gaps.len(), 2, "{:?}", seen.gaps);
    }

    #[test]
    fn a_list_that_is_not_whole_is_a_gap() {
        let mut seen = Seen::of(&Subject::default());
        let rows = Rows { rows: vec![json!(1)], more: true };
        assert_eq!(seen.listed(Ok(rows), "volumes").len(), 1);
        assert!(seen.listed(Err(failed(Why::Refused("AccessDenied".into()))), "volumes").is_empty());
        assert_eq!(seen.gaps.len(), 2);
    }
}
