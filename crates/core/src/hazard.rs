use serde::{Deserialize, Serialize};

/// Why an effect is dangerous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardKind {
    /// Data is destroyed, or may be.
    DataLoss,
    /// A backup is destroyed, or will no longer be made.
    BackupLoss,
    /// Something that would have stopped a disaster is switched off.
    ProtectionOff,
    /// Something becomes reachable by those who could not reach it before.
    Exposure,
    /// Somebody gains rights.
    Privilege,
    /// Somebody who must get in no longer can.
    Lockout,
    /// Something that serves traffic has less to serve it with.
    Capacity,
    /// The effect drags others with it.
    Cascade,
    /// It could not be understood; treated as the worst.
    Unknown,
}

impl HazardKind {
    /// Every kind, gravest first as far as they can be ordered.
    pub const ALL: [HazardKind; 9] = [
        HazardKind::DataLoss,
        HazardKind::BackupLoss,
        HazardKind::Unknown,
        HazardKind::ProtectionOff,
        HazardKind::Exposure,
        HazardKind::Privilege,
        HazardKind::Lockout,
        HazardKind::Capacity,
        HazardKind::Cascade,
    ];

    /// The word used in the database, the API, policies and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            HazardKind::DataLoss => "data_loss",
            HazardKind::BackupLoss => "backup_loss",
            HazardKind::ProtectionOff => "protection_off",
            HazardKind::Exposure => "exposure",
            HazardKind::Privilege => "privilege",
            HazardKind::Lockout => "lockout",
            HazardKind::Capacity => "capacity",
            HazardKind::Cascade => "cascade",
            HazardKind::Unknown => "unknown",
        }
    }
}

/// One hazard of one effect, with what was read that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    /// Which kind of danger.
    pub kind: HazardKind,
    /// The attribute it was read from, as a JSON pointer into `before` or `after`; empty for the effect as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attribute: String,
    /// A phrase that continues "because", for example "`deletion_protection` goes from true to false".
    pub evidence: String,
}
