//! What becomes of a resource that leaves its stack: `DeletionPolicy` and `UpdateReplacePolicy`.

use holdpoint_core::{Backup, Class, EffectKind, Hazard, HazardKind};

use crate::hazard::Assessed;
use crate::value::Node;

/// From the worst to the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It is deleted.
    Gone,
    /// The document does not say.
    NotShown,
    /// A snapshot is taken, then it is deleted.
    Snapshot,
    /// It lives on outside of the stack.
    Kept,
}

/// The types that know `Snapshot`, and lose their automated backups without it.
const SNAPSHOTS: [&str; 6] = [
    "AWS::DocDB::DBCluster",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::ElastiCache::ReplicationGroup",
];

impl Fate {
    /// The word of a policy, as templates and change sets write it.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "Delete" | "ReplaceAndDelete" => Fate::Gone,
            "Retain" | "RetainExceptOnCreate" | "ReplaceAndRetain" => Fate::Kept,
            "Snapshot" | "ReplaceAndSnapshot" => Fate::Snapshot,
            _ => Fate::NotShown,
        }
    }

    /// What `DeletionPolicy` says, or what holds without it.
    pub(super) fn of_removal(kind: &str, resource: &Node<'_>) -> Self {
        match resource.get("DeletionPolicy") {
            Some(Node::String(word)) => Fate::of(word),
            Some(Node::Null) | None => {
                let member = resource.get("DBClusterIdentifier").is_some_and(|id| !id.is_empty());
                let snapshot = kind == "AWS::RDS::DBCluster" || (kind == "AWS::RDS::DBInstance" && !member);
                if snapshot { Fate::Snapshot } else { Fate::Gone }
            }
            Some(_) => Fate::NotShown,
        }
    }

    /// What `UpdateReplacePolicy` says; without it, the old one is deleted.
    pub(super) fn of_replace(resource: &Node<'_>) -> Self {
        match resource.get("UpdateReplacePolicy") {
            Some(Node::String(word)) => Fate::of(word),
            Some(Node::Null) | None => Fate::Gone,
            Some(_) => Fate::NotShown,
        }
    }

    /// What is left of the backups, where that is not as the resource table says.
    fn left(self, kind: &str, before: Option<&Node<'_>>) -> Option<(Backup, &'static str)> {
        let is = |attribute: &str, value: bool| {
            before.and_then(|node| node.get(attribute)).is_some_and(|node| {
                *node == Node::Bool(value) || node.as_str() == Some(if value { "true" } else { "false" })
            })
        };
        let replica = ["source_db_instance_identifier", "replication_source_identifier"]
            .iter()
            .any(|name| before.and_then(|node| node.get(name)).is_some_and(|node| !node.is_empty()));
        let member =
            before.and_then(|node| node.get("db_cluster_identifier")).is_some_and(|node| !node.is_empty());
        let left = match self {
            Fate::Kept => {
                (Backup::Kept, "the policy of the resource retains the old one, outside of the stack")
            }
            Fate::Snapshot => (Backup::Kept, "a snapshot is taken first"),
            Fate::NotShown if SNAPSHOTS.contains(&kind) => {
                (Backup::NotShown, "whether a snapshot is taken first is not shown")
            }
            Fate::Gone if kind == "AWS::RDS::DBInstance" && (replica || member) => {
                (Backup::Kept, "it is a copy of, or serves, another database")
            }
            Fate::Gone if SNAPSHOTS.contains(&kind) && is("delete_automated_backups", false) => (
                Backup::Kept,
                "`DeleteAutomatedBackups` is false, so its automated backups stay for their retention period",
            ),
            Fate::Gone if SNAPSHOTS.contains(&kind) => {
                (Backup::RemovedWithIt, "no snapshot is taken, and its automated backups go with it")
            }
            Fate::Gone if kind == "AWS::SecretsManager::Secret" => {
                (Backup::NotShown, "the change shows no backup of it")
            }
            Fate::Gone if kind == "AWS::S3::Bucket" => {
                (Backup::Guarded, "it is not deleted while anything is in it")
            }
            Fate::Gone | Fate::NotShown => return None,
        };
        Some(left)
    }

    /// Corrects what the resource table says of backups, which is written for another tool.
    pub(super) fn settle(
        self,
        kind: &str,
        before: Option<&Node<'_>>,
        effect: EffectKind,
        assessed: &mut Assessed,
    ) {
        if !effect.destroys() || assessed.backup == Backup::NotApplicable {
            return;
        }
        let Some((backup, says)) = self.left(kind, before) else { return };
        assessed.backup = backup;
        let holds = matches!(assessed.class, Class::Data | Class::Key);
        assessed
            .hazards
            .retain(|hazard| !holds || hazard.kind != HazardKind::BackupLoss || !hazard.attribute.is_empty());
        for hazard in
            assessed.hazards.iter_mut().filter(|h| h.kind == HazardKind::DataLoss && h.attribute.is_empty())
        {
            if let Some((what, _)) = hazard.evidence.split_once("; ") {
                hazard.evidence = format!("{what}; {says}");
            }
        }
        if backup == Backup::RemovedWithIt {
            assessed.hazards.push(Hazard {
                kind: HazardKind::BackupLoss,
                attribute: String::new(),
                evidence: says.to_owned(),
            });
        }
    }
}

/// Policies that get weaker on a resource that stays.
pub(super) fn weakened(kind: &str, before: &Node<'_>, after: &Node<'_>) -> Vec<Hazard> {
    let mut out = Vec::new();
    let pairs = [
        (
            "DeletionPolicy",
            Fate::of_removal(kind, before),
            Fate::of_removal(kind, after),
            "removing it from the stack",
        ),
        ("UpdateReplacePolicy", Fate::of_replace(before), Fate::of_replace(after), "replacing it"),
    ];
    for (attribute, was, is, way) in pairs {
        let word = |node: &Node<'_>| match node.get(attribute) {
            Some(Node::String(word)) => word.chars().take(40).collect(),
            Some(Node::Null) | None => "nothing".to_owned(),
            Some(_) => "what is not shown".to_owned(),
        };
        if is >= was || before.get(attribute) == after.get(attribute) {
            continue;
        }
        let (hazard, says) = match was {
            Fate::Snapshot => (HazardKind::BackupLoss, "takes no snapshot any more"),
            _ => (HazardKind::ProtectionOff, "deletes it"),
        };
        let evidence =
            format!("`{attribute}` goes from {} to {}, so {way} {says}", word(before), word(after));
        out.push(Hazard { kind: hazard, attribute: format!("/{attribute}"), evidence });
    }
    out
}
