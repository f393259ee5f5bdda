//! Recovery points (rules R1 and R2): what could bring back the data that a change destroys, as far as it is known.

use serde::{Deserialize, Serialize};

use crate::Backup;

/// Where a fact was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// In the change itself.
    Document,
    /// In what earlier changes taught.
    Inventory,
    /// In the live system.
    Live,
    /// Whoever runs Holdpoint said so.
    Operator,
}

/// One thing that data could be restored from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// What it is: "`aws_db_snapshot.nightly`", "automated backups for 7 days".
    pub what: String,
    /// Where it was seen.
    pub seen: Seen,
    /// Whether it outlives the change: neither this change nor this session removes it.
    pub outlives: bool,
    /// Who made it or keeps it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When it was last seen or made, as RFC 3339, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What is known of the recovery points of one destroyed resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// The resource that is destroyed.
    pub resource: String,
    /// The sum of it; what policy reads in place of what the document alone shows.
    pub backup: Backup,
    /// Every point found, those that go too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
    /// What could not be looked at, as a phrase; empty when all sources answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

impl Recovery {
    /// The sum of what the document shows and of the points found elsewhere. A point that outlives the change lifts
    /// "not shown" to "elsewhere"; a backup that goes with its source, or that this session removed, is never made good.
    #[must_use]
    pub fn of(resource: &str, shown: Backup, points: Vec<Point>, unknown: Vec<String>) -> Self {
        let elsewhere = points.iter().any(|point| point.outlives && point.seen != Seen::Document);
        let removed = points.iter().any(|point| !point.outlives && point.seen != Seen::Document);
        let backup = match shown {
            Backup::NotShown | Backup::Elsewhere if removed && !elsewhere => Backup::RemovedWithIt,
            Backup::NotShown if elsewhere => Backup::Elsewhere,
            other => other,
        };
        Self { resource: resource.to_owned(), backup, points, unknown }
    }
}
