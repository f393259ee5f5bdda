//! The same as the picture, as a table: everything that is listed, unfolded.

use holdpoint_core::{Class, Radius, Share};

use super::fold::holds_data;
use super::words;
use crate::web::visible::{Shown, shown};
use crate::web::words::{glyph, grouped};

/// How many of what it depends on one row names.
const ON: usize = 5;

/// One resource in reach.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) hop: u32,
    pub(crate) address: Shown,
    /// Empty for the change's own.
    pub(crate) workspace: Shown,
    pub(crate) kind: Shown,
    pub(crate) class: &'static str,
    pub(crate) data: bool,
    /// Empty when it only depends.
    pub(crate) effect: &'static str,
    pub(crate) glyph: &'static str,
    /// Empty when nothing says so.
    pub(crate) environment: &'static str,
    /// What it depends on, how that is known in a word, and in a sentence.
    pub(crate) on: Vec<(Shown, &'static str, &'static str)>,
    pub(crate) on_more: usize,
}

/// Every listed resource, nearest first.
pub(crate) fn rows(radius: &Radius) -> Vec<Row> {
    let mut rows: Vec<Row> = radius
        .listed
        .iter()
        .map(|fallen| Row {
            hop: fallen.hop,
            address: shown(&fallen.address),
            workspace: shown(&fallen.workspace),
            kind: shown(&fallen.kind),
            class: fallen.class.as_str(),
            data: holds_data(fallen.class),
            effect: fallen.effect.map_or("", |effect| effect.as_str()),
            glyph: fallen.effect.map_or("", glyph),
            environment: fallen.environment.map_or("", |environment| environment.as_str()),
            on: fallen
                .on
                .iter()
                .take(ON)
                .filter_map(|(place, how)| {
                    let to = radius.listed.get(usize::try_from(*place).ok()?)?;
                    Some((shown(&to.address), words::link_short(*how), words::link(*how)))
                })
                .collect(),
            on_more: fallen.on.len().saturating_sub(ON),
        })
        .collect();
    rows.sort_by_key(|row| row.hop);
    rows
}

/// How much of each class is destroyed, in words.
pub(crate) fn shares(radius: &Radius) -> Vec<(&'static str, String)> {
    let share = |(class, share): (&Class, &Share)| (class.as_str(), of(share.destroyed, share.of, *class));
    radius.shares.iter().map(share).collect()
}

fn of(destroyed: u64, known: u64, class: Class) -> String {
    let percent = destroyed.saturating_mul(100).checked_div(known).unwrap_or(100).min(100);
    let whole = if destroyed >= known && holds_data(class) { ", all that is known" } else { "" };
    format!("{} of {} ({percent} %){whole}", grouped(destroyed), grouped(known))
}
