//! What commands, statements and requests ask for, gathered before it becomes effects.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_core::{Backup, Change, Class, Context, Effect, EffectKind, Format, Graph, HazardKind, Manner};
use serde_json::json;

use crate::Patterns;
use crate::plain::Plain;
use crate::signs::Signs;
use crate::table::Table;
use crate::{ReadError, scan};

/// The longest command, script, list of statements or of requests that is read.
pub const MAX_ASKED: usize = 1 << 20;

/// The deepest nesting that is read in one.
pub const MAX_ASKED_DEPTH: usize = 64;

/// The most effects that are read from one.
pub const MAX_ACTS: usize = 20_000;

/// How much of a command is shown with each of its effects; the digest is over all of it.
const SHOWN: usize = 2_000;

/// One thing that is done, to one resource as far as it is named.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) effect: EffectKind,
    pub(crate) kind: String,
    pub(crate) address: String,
    /// When not given, the resource table says.
    pub(crate) class: Option<Class>,
    pub(crate) backup: Option<Backup>,
    pub(crate) hazards: Vec<(HazardKind, String)>,
    pub(crate) manners: Vec<(Manner, String)>,
    /// The command, statement or request, as a person reads it.
    pub(crate) text: String,
    /// It stays on this machine, in files that are made and thrown away all day.
    pub(crate) local: bool,
    /// It asks in so many words for nothing to be left to serve with.
    pub(crate) to_zero: bool,
}

impl Act {
    pub(crate) fn new(effect: EffectKind, kind: &str, address: impl Into<String>) -> Self {
        Self {
            effect,
            kind: kind.to_owned(),
            address: address.into(),
            class: None,
            backup: None,
            hazards: Vec::new(),
            manners: Vec::new(),
            text: String::new(),
            local: false,
            to_zero: false,
        }
    }

    pub(crate) fn class(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    pub(crate) fn local(mut self) -> Self {
        self.local = true;
        self
    }

    pub(crate) fn hazard(mut self, kind: HazardKind, says: impl Into<String>) -> Self {
        self.adds_hazard(kind, says);
        self
    }

    pub(crate) fn manner(mut self, manner: Manner, says: impl Into<String>) -> Self {
        self.adds_manner(manner, says);
        self
    }

    /// Adds a hazard, unless it has one of that kind: the first evidence is the nearest.
    pub(crate) fn adds_hazard(&mut self, kind: HazardKind, says: impl Into<String>) {
        if !self.hazards.iter().any(|(has, _)| *has == kind) {
            self.hazards.push((kind, says.into()));
        }
    }

    /// As [`Act::adds_hazard`].
    pub(crate) fn adds_manner(&mut self, manner: Manner, says: impl Into<String>) {
        if !self.manners.iter().any(|(has, _)| *has == manner) {
            self.manners.push((manner, says.into()));
        }
    }

    /// Whether the way in which it is asked for matters: of what is read, and of what is made and thrown away all
    /// day, it does not.
    pub(crate) fn is_grave(&self) -> bool {
        !self.hazards.is_empty() || (self.effect.destroys() && !self.local)
    }

    /// Whether it changes something outside of this machine's working files.
    pub(crate) fn writes(&self) -> bool {
        self.effect != EffectKind::Read && !(self.local && self.hazards.is_empty())
    }

    fn class_in(&self, table: &Table) -> Class {
        let local = if self.local { Class::Other } else { table.class(&self.kind, None) };
        self.class.unwrap_or(local)
    }
}

/// Values that must not be stored or shown, found on the way.
#[derive(Debug, Default)]
pub(crate) struct Hidden(BTreeSet<String>);

impl Hidden {
    pub(crate) fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if !secret.is_empty() && !secret.starts_with('$') {
            self.0.insert(secret.to_owned());
        }
    }

    /// Adds what was found elsewhere.
    pub(crate) fn take(&mut self, other: Hidden) {
        self.0.extend(other.0);
    }

    /// The text without any of them. Longest first, so that no end of a secret is left over. What is very short is
    /// only hidden where it stands alone.
    pub(crate) fn mask(&self, text: &str) -> String {
        let mut secrets: Vec<&String> = self.0.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let mut text = text.to_owned();
        for secret in secrets {
            if secret.len() >= 4 {
                if text.contains(secret.as_str()) {
                    text = text.replace(secret.as_str(), "[hidden]");
                }
            } else {
                let alone = |c: char| !c.is_alphanumeric();
                let pieces: Vec<String> = text
                    .split_inclusive(alone)
                    .map(|piece| {
                        let (word, end) = match piece.chars().last() {
                            Some(last) if alone(last) => {
                                (piece.strip_suffix(last).unwrap_or(piece), last.to_string())
                            }
                            _ => (piece, String::new()),
                        };
                        if word == secret { format!("[hidden]{end}") } else { piece.to_owned() }
                    })
                    .collect();
                text = pieces.concat();
            }
        }
        text
    }
}

/// The document as text, within the limits of these formats.
pub(crate) fn text(bytes: &[u8], what: &'static str) -> Result<String, ReadError> {
    if bytes.len() > MAX_ASKED {
        return Err(ReadError::TooLong { what, bytes: bytes.len(), limit: MAX_ASKED });
    }
    let text = scan::utf8(bytes)?;
    if text.trim().is_empty() {
        return Err(ReadError::NothingAsked { what });
    }
    if text.contains('\0') {
        return Err(ReadError::Nul { what });
    }
    Ok(text.replace("\r\n", "\n"))
}

/// Puts a change together. Addresses are made unique: a command that is run twice is two effects.
pub(crate) fn change(
    format: Format,
    acts: Vec<Act>,
    hidden: &Hidden,
    document: &[u8],
    patterns: &Patterns,
) -> Result<Change, ReadError> {
    if acts.len() > MAX_ACTS {
        return Err(ReadError::TooMany { limit: MAX_ACTS });
    }
    let table = Table::get()?;
    let mut signs = Signs::new(patterns.clone());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut effects = Vec::with_capacity(acts.len());
    for act in acts {
        let address: String = hidden.mask(&act.address).chars().take(400).collect();
        signs.address(&address);
        // `--context prod`, `ssh prod-1`: where it is done stands beside what it is done to.
        if act.writes() && !act.local {
            signs.address(&hidden.mask(&act.text));
        }
        let times = seen.entry(address.clone()).or_default();
        *times += 1;
        let address = if *times == 1 { address } else { format!("{address} #{times}") };
        effects.push(effect(act, address, hidden, document, table));
    }
    effects.sort_by(|a: &Effect, b| a.resource.address.cmp(&b.resource.address));
    let context = Context { environment_signs: signs.found(), ..Context::default() };
    Ok(Change { format, effects, outputs: Vec::new(), context, graph: Graph::default() })
}

fn effect(act: Act, address: String, hidden: &Hidden, document: &[u8], table: &Table) -> Effect {
    let class = act.class_in(table);
    let text = hidden.mask(&act.text);
    let shown: String = text.chars().take(SHOWN).collect();
    let shown = if shown.len() < text.len() { format!("{shown}…") } else { shown };
    let mut plain = Plain::new(act.effect, &act.kind, address, class);
    // A reboot or a drain takes something away and leaves the rest serving; only what says so goes to zero.
    let serves = !act.to_zero && act.hazards.iter().any(|(kind, _)| *kind == HazardKind::Capacity);
    let asked =
        if serves { json!({ "command": shown, "still_serves": true }) } else { json!({ "command": shown }) };
    plain = plain.asked(&asked, document);
    if let Some(backup) = act.backup {
        plain = plain.backup(backup);
    }
    let lost = lost(&act, class);
    for (kind, says) in lost.into_iter().chain(act.hazards) {
        let attribute = if serves && kind == HazardKind::Capacity { "/still_serves" } else { "" };
        plain = plain.hazard_at(kind, attribute, hidden.mask(&says));
    }
    for (manner, says) in act.manners {
        plain = plain.manner(manner, hidden.mask(&says));
    }
    plain.done()
}

/// What is lost with a resource of that class, where the act itself does not say it already.
fn lost(act: &Act, class: Class) -> Option<(HazardKind, String)> {
    let kind = match class {
        Class::Data | Class::Key => HazardKind::DataLoss,
        Class::Backup => HazardKind::BackupLoss,
        _ => return None,
    };
    let said = act.hazards.iter().any(|(has, _)| *has == kind);
    (act.effect.destroys() && !said).then(|| (kind, format!("`{}` holds data, and it is deleted", act.kind)))
}
