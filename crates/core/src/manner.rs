use serde::{Deserialize, Serialize};

/// How a change is asked for, where that itself is a warning, whatever it is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// An empty, null, wildcard or unknown-key selector, or an unset field whose default destroys: it reaches
    /// whatever there is (rule R7).
    SelectsAll,
    /// It brings a credential of its own, which Holdpoint has not issued to whoever asks (rule R11).
    ForeignCredential,
    /// A flag that overrides a refusal, a prompt or a safety check (rules R13 and R15).
    Forced,
    /// It asks for a deletion that cannot be taken back where a gentler one exists (rule R17).
    Permanent,
    /// It reaches all regions, accounts or instances at the same time (rule R16).
    Everywhere,
    /// It starts, or is started by, something that asks nobody any more (rule R19).
    Unattended,
}

impl Manner {
    /// Every manner.
    pub const ALL: [Manner; 6] = [
        Manner::SelectsAll,
        Manner::ForeignCredential,
        Manner::Forced,
        Manner::Permanent,
        Manner::Everywhere,
        Manner::Unattended,
    ];

    /// The word used in the database, the API, policies and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Manner::SelectsAll => "selects_all",
            Manner::ForeignCredential => "foreign_credential",
            Manner::Forced => "forced",
            Manner::Permanent => "permanent",
            Manner::Everywhere => "everywhere",
            Manner::Unattended => "unattended",
        }
    }
}

/// A manner, with what was read that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// Which manner.
    pub manner: Manner,
    /// A phrase that continues "because", for example "`--all` selects every namespace".
    pub evidence: String,
}
