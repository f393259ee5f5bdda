//! The effects of a change as a reviewer reads them: what destroys data first, then the other deletes and
//! replaces, then the rest; filtered, and at most 200 a page.

use holdpoint_core::{Backup, Change, Counts, Effect, EffectKind, HazardKind};

use super::diff::{Rows, path, rows_without};
use super::said::{Said, said};
use crate::web::visible::{Shown, prose, shown, visible};
use crate::web::words::{count, glyph, grouped, hazard, manner, of_kind};

/// How many effects a page shows.
pub(crate) const PAGE: usize = 200;

/// What of the effects is asked for; from the page's address.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(crate) struct Wanted {
    /// An effect kind's word.
    #[serde(default)]
    pub(crate) effect: String,
    /// Part of an address or type.
    #[serde(default)]
    pub(crate) q: String,
    /// From 1.
    #[serde(default)]
    pub(crate) page: Option<usize>,
}

/// Everything below the counts.
#[derive(Debug, Default)]
pub(crate) struct EffectsView {
    /// One per kind that occurs, gravest first; each filters.
    pub(crate) tallies: Vec<TallyView>,
    /// All effects, in words.
    pub(crate) total: String,
    /// Groups with at least one effect on this page.
    pub(crate) groups: Vec<GroupView>,
    /// The filter's words, put back into the field.
    pub(crate) q: String,
    /// The same for an address.
    pub(crate) q_url: String,
    /// The kind that is filtered for, or nothing.
    pub(crate) kind: String,
    /// Nothing is left out by a filter.
    pub(crate) unfiltered: bool,
    /// "effects 201 to 400 of 1,024"; empty when all fit.
    pub(crate) span: String,
    /// The query of the page before.
    pub(crate) previous: Option<String>,
    /// The query of the page after.
    pub(crate) next: Option<String>,
}

/// How many effects of a kind.
#[derive(Debug)]
pub(crate) struct TallyView {
    pub(crate) kind: &'static str,
    pub(crate) glyph: &'static str,
    pub(crate) n: String,
    pub(crate) current: bool,
}

/// Effects under one heading.
#[derive(Debug)]
pub(crate) struct GroupView {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) key: &'static str,
    pub(crate) effects: Vec<EffectView>,
}

/// One effect.
#[derive(Debug)]
pub(crate) struct EffectView {
    pub(crate) anchor: String,
    pub(crate) kind: &'static str,
    pub(crate) glyph: &'static str,
    pub(crate) address: Shown,
    /// For the script's filter.
    pub(crate) words: String,
    pub(crate) type_name: Shown,
    pub(crate) holds: &'static str,
    pub(crate) hazards: Vec<HazardView>,
    /// How it is asked for, where that itself is a warning: in words, and because of what.
    pub(crate) manners: Vec<(&'static str, Shown)>,
    /// What is run or sent, as it is; for formats that show no values before and after.
    pub(crate) said: Vec<Said>,
    pub(crate) notes: Vec<Shown>,
    pub(crate) rows: Rows,
    pub(crate) rows_title: String,
    /// The whole effect is unfolded.
    pub(crate) open: bool,
    /// The table is unfolded: a reviewer reads what differs, and seldom all of what is made or destroyed.
    pub(crate) rows_open: bool,
}

/// One hazard with what says so.
#[derive(Debug)]
pub(crate) struct HazardView {
    pub(crate) label: &'static str,
    pub(crate) grave: bool,
    pub(crate) evidence: Shown,
}

/// The groups, by gravity: number, heading, hint, key.
const GROUPS: [(&str, &str, &str); 4] = [
    ("Destroys data", "What these hold cannot be made again from code.", "data"),
    ("Deletes and replaces", "Each ceases to exist as it was.", "destroys"),
    ("Other effects with a hazard", "", "hazards"),
    ("Everything else", "", "rest"),
];

fn group(effect: &Effect) -> usize {
    if loses_data(effect) {
        0
    } else if effect.effect.destroys() {
        1
    } else if effect.hazards.is_empty() {
        3
    } else {
        2
    }
}

/// Whether carrying this out destroys data, as far as anybody can tell.
pub(crate) fn loses_data(effect: &Effect) -> bool {
    effect.destroys_data() || effect.has(HazardKind::DataLoss)
}

/// The effects in the order in which they are shown.
fn ordered(change: &Change) -> Vec<(usize, &Effect)> {
    let rank = |kind: EffectKind| EffectKind::ALL.iter().position(|k| *k == kind).unwrap_or(usize::MAX);
    let mut effects: Vec<(usize, &Effect)> = change.effects.iter().enumerate().collect();
    effects.sort_by_key(|(i, e)| (group(e), rank(e.effect), *i));
    effects
}

/// What a reviewer types to approve a change that destroys data: the address of the first such resource.
pub(crate) fn to_type(change: &Change) -> Option<String> {
    ordered(change).first().filter(|(_, e)| loses_data(e)).map(|(_, e)| visible(&e.resource.address))
}

/// The gravest hazard that any effect has.
pub(crate) fn gravest(change: &Change) -> Option<HazardKind> {
    HazardKind::ALL.into_iter().find(|kind| change.effects.iter().any(|e| e.has(*kind)))
}

/// Builds the view of what is wanted.
pub(crate) fn view(change: &Change, counts: &Counts, wanted: &Wanted) -> EffectsView {
    let q = wanted.q.trim().to_lowercase();
    let kind = EffectKind::ALL.into_iter().find(|kind| kind.as_str() == wanted.effect);
    let matching: Vec<(usize, &Effect)> = ordered(change)
        .into_iter()
        .filter(|(_, e)| kind.is_none_or(|kind| e.effect == kind))
        .filter(|(_, e)| q.is_empty() || words(e).contains(&q))
        .collect();
    let pages = matching.len().div_ceil(PAGE).max(1);
    let page = wanted.page.unwrap_or(1).clamp(1, pages);
    let from = page.saturating_sub(1).saturating_mul(PAGE);
    let shown: Vec<&(usize, &Effect)> = matching.iter().skip(from).take(PAGE).collect();
    let few = shown.len() <= 30;
    let groups = GROUPS
        .iter()
        .enumerate()
        .map(|(number, (title, hint, key))| GroupView {
            title,
            hint,
            key,
            effects: shown
                .iter()
                .filter(|(_, e)| group(e) == number)
                .map(|(i, e)| effect_view(*i, e, few || number < 2))
                .collect(),
        })
        .filter(|group| !group.effects.is_empty())
        .collect();
    let query = |page: usize| {
        let q = encode(&wanted.q);
        format!("?effect={}&q={q}&page={page}#effects", kind.map_or("", EffectKind::as_str))
    };
    let to = from.saturating_add(shown.len());
    let number = |n: usize| grouped(u64::try_from(n).unwrap_or(u64::MAX));
    EffectsView {
        tallies: EffectKind::ALL
            .into_iter()
            .filter(|kind| of_kind(counts, *kind) > 0)
            .map(|k| TallyView {
                kind: k.as_str(),
                glyph: glyph(k),
                n: grouped(of_kind(counts, k)),
                current: kind == Some(k),
            })
            .collect(),
        total: count(u64::try_from(change.effects.len()).unwrap_or(u64::MAX), "effect"),
        groups,
        unfiltered: q.is_empty() && kind.is_none(),
        q: visible(&wanted.q),
        q_url: encode(&wanted.q),
        kind: kind.map_or("", EffectKind::as_str).to_owned(),
        span: if pages == 1 {
            String::new()
        } else {
            format!(
                "effects {} to {} of {}",
                number(from.saturating_add(1)),
                number(to),
                number(matching.len())
            )
        },
        previous: (page > 1).then(|| query(page.saturating_sub(1))),
        next: (page < pages).then(|| query(page.saturating_add(1))),
    }
}

fn words(effect: &Effect) -> String {
    format!("{} {}", visible(&effect.resource.address), visible(&effect.resource.kind)).to_lowercase()
}

fn effect_view(index: usize, effect: &Effect, open: bool) -> EffectView {
    let said = said(effect);
    // What is run or sent is read as it is; only what else there is makes a table.
    let keys: Vec<&str> = said.iter().map(|said| said.key).collect();
    let rows = rows_without(effect, &keys);
    let differs = matches!(effect.effect, EffectKind::Update | EffectKind::Replace | EffectKind::Forget);
    let n = count(u64::try_from(rows.moved.len()).unwrap_or(u64::MAX), "attribute");
    let rows_title = match effect.effect {
        EffectKind::Create => format!("{n} set"),
        _ if effect.before.is_none() => format!("{n} known of it"),
        EffectKind::Delete => format!("{n} it has now"),
        _ => format!("{n} differing"),
    };
    EffectView {
        anchor: format!("effect-{index}"),
        kind: effect.effect.as_str(),
        glyph: glyph(effect.effect),
        address: shown(&effect.resource.address),
        words: words(effect),
        type_name: shown(&effect.resource.kind),
        holds: match effect.class {
            holdpoint_core::Class::Data => "holds data",
            holdpoint_core::Class::Backup => "is a backup",
            holdpoint_core::Class::Key => "is a key",
            _ => "",
        },
        hazards: effect
            .hazards
            .iter()
            .map(|h| HazardView {
                label: hazard(h.kind),
                grave: matches!(h.kind, HazardKind::DataLoss | HazardKind::BackupLoss | HazardKind::Unknown),
                evidence: prose(&h.evidence),
            })
            .collect(),
        manners: effect.manners.iter().map(|noted| (manner(noted.manner), prose(&noted.evidence))).collect(),
        said,
        notes: notes(effect),
        rows,
        rows_title,
        open,
        rows_open: differs,
    }
}

fn notes(effect: &Effect) -> Vec<Shown> {
    let mut notes = Vec::new();
    if effect.effect == EffectKind::Replace {
        notes.push(shown(if effect.create_before_destroy {
            "The new one is made before the old one is destroyed."
        } else {
            "The old one is destroyed first, then a new one is made."
        }));
        if !effect.forced_by.is_empty() {
            let by: Vec<String> = effect.forced_by.iter().map(|pointer| path(pointer)).collect();
            notes.push(shown(&format!("Replaced because of: {}.", by.join(", "))));
        }
    }
    match effect.backup {
        Backup::RemovedWithIt => notes.push(shown("Its backups go with it.")),
        Backup::NotShown => notes.push(shown("Nothing here shows a backup of it.")),
        Backup::Kept => notes.push(shown("A final snapshot is taken, or its automated backups stay.")),
        Backup::Elsewhere => notes.push(shown("A backup that this change does not touch is on record.")),
        Backup::Guarded => {
            notes.push(shown(
                "The provider refuses to delete it while it holds anything, or keeps it for days.",
            ));
        }
        Backup::NotApplicable => {}
    }
    if let Some(deposed) = &effect.resource.deposed {
        notes.push(shown(&format!("A left-over object ({deposed}) beside the current one.")));
    }
    if let Some(from) = &effect.moved_from {
        notes.push(shown(&format!("Moved here from {from}.")));
    }
    if let Some(id) = &effect.imported_as {
        notes.push(shown(&format!("Taken into management; its id in the real world is {id}.")));
    }
    if let Some(why) = &effect.deferred {
        notes.push(shown(&format!("Put off to a later plan ({why}): what it will do is not fully known.")));
    }
    notes
}

/// Percent-encodes a query value.
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sample;

    #[test]
    fn what_destroys_data_comes_first_and_is_typed() {
        let change = sample::change();
        let view = view(&change, &change.counts(), &Wanted::default());
        assert_eq!(view.groups[0].key, "data");
        assert_eq!(view.groups[0].effects[0].kind, "delete");
        assert_eq!(to_type(&change).as_deref(), Some("module.db.aws_db_instance.main"));
    }

    #[test]
    fn filters_and_pages() {
        let mut change = sample::change();
        for n in 0..450 {
            change.effects.push(sample::effect("aws_instance", &format!("web{n}"), "null", r#"{"a":1}"#));
        }
        let counts = change.counts();
        let wanted = |effect: &str, q: &str, page| Wanted {
            effect: effect.to_owned(),
            q: q.to_owned(),
            page: Some(page),
        };
        let shown = |v: &EffectsView| v.groups.iter().map(|g| g.effects.len()).sum::<usize>();
        let first = view(&change, &counts, &Wanted::default());
        assert_eq!((shown(&first), first.next.is_some(), first.previous.is_some()), (200, true, false));
        let last = view(&change, &counts, &wanted("", "", 99));
        assert!(shown(&last) < 200 && last.next.is_none() && last.previous.is_some());
        assert_eq!(shown(&view(&change, &counts, &wanted("", "WEB449", 1))), 1);
        assert!(
            view(&change, &counts, &wanted("delete", "", 1))
                .groups
                .iter()
                .flat_map(|g| &g.effects)
                .all(|e| e.kind == "delete")
        );
    }
}
