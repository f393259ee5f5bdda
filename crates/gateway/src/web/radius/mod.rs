//! The blast radius, to be looked at: a picture, the same as a table, and what is not known of it.

pub(crate) mod fold;
pub(crate) mod layout;
mod scene;
pub(crate) mod svg;
mod table;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use holdpoint_core::Radius;

use self::fold::{Limits, fold};
use self::svg::Svg;
use self::table::Row;
use super::visible::{Shown, prose, shown};
use super::words::{count, grouped};

/// At most this many nodes are drawn.
pub(crate) const MOST: usize = 60;

const LIMITS: Limits = Limits { groups: MOST - scene::GAPS, tallest: 14, columns: 8 };

/// Everything the page shows of a radius.
#[derive(Debug, Default)]
pub(crate) struct RadiusView {
    /// The whole in one sentence; empty when none was computed.
    pub(crate) sentence: String,
    pub(crate) picture: Option<Svg>,
    /// What the picture leaves out.
    pub(crate) undrawn: String,
    /// "1 hop away", how many.
    pub(crate) hops: Vec<(String, String)>,
    pub(crate) environments: Vec<(&'static str, Shown)>,
    pub(crate) accounts: Vec<Shown>,
    pub(crate) regions: Vec<Shown>,
    pub(crate) regions_destroyed: Vec<Shown>,
    pub(crate) estate: String,
    pub(crate) shares: Vec<(&'static str, String)>,
    pub(crate) coverage: String,
    /// Enough is known.
    pub(crate) covered: bool,
    pub(crate) gaps: Vec<(Shown, Shown)>,
    pub(crate) gaps_title: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) unlisted: String,
}

/// Builds the view. `estate` is how many resources the document says there are.
pub(crate) fn view(radius: Option<&Radius>, estate: u64) -> RadiusView {
    let Some(radius) = radius else { return RadiusView::default() };
    let folded = fold(radius, LIMITS);
    let sentence = words::sentence(radius);
    let picture = (!radius.listed.is_empty()).then(|| {
        let scene = scene::scene(radius, &folded);
        svg::draw(&scene, &layout::place(&scene), "radius-picture", "Blast radius", &sentence)
    });
    let all = |set: &std::collections::BTreeSet<String>| set.iter().map(|text| shown(text)).collect();
    let listed = radius.listed.len() as u64;
    let in_reach = radius.dependents().saturating_add(radius.direct);
    RadiusView {
        undrawn: match picture.as_ref().map_or(0, |picture| picture.undrawn) {
            0 => String::new(),
            n => format!("{} are not drawn; the table has them.", count(n as u64, "line")),
        },
        picture,
        hops: folded.columns.iter().map(|c| (words::column(c), grouped(c.total))).collect(),
        environments: radius.environments.iter().map(|(is, says)| (is.as_str(), prose(says))).collect(),
        accounts: all(&radius.accounts),
        regions: all(&radius.regions),
        regions_destroyed: all(&radius.regions_destroyed),
        estate: match estate {
            0 => String::new(),
            estate => {
                let percent =
                    radius.destroyed.saturating_mul(100).checked_div(estate).unwrap_or(100).min(100);
                format!("{} of {} ({percent} %)", grouped(radius.destroyed), grouped(estate))
            }
        },
        shares: table::shares(radius),
        coverage: coverage(radius),
        covered: radius.coverage.shown && radius.coverage.percent() >= holdpoint_core::ENOUGH_COVERAGE,
        gaps: radius.coverage.gaps.iter().map(|gap| (shown(&gap.resource), prose(&gap.says))).collect(),
        gaps_title: match words::missing(&radius.coverage) {
            0 => "What is missing".to_owned(),
            n => format!("{} could not be followed", count(n, "reference")),
        },
        rows: table::rows(radius),
        unlisted: match in_reach.saturating_sub(listed) {
            0 => String::new(),
            n => format!("{} more are counted and not listed one by one.", grouped(n)),
        },
        sentence,
    }
}

fn coverage(radius: &Radius) -> String {
    let coverage = &radius.coverage;
    if !coverage.shown {
        return "This format does not show what depends on what: what else would fall is not known."
            .to_owned();
    }
    let sentence = match coverage.references {
        0 => "There are no references to follow".to_owned(),
        n => format!(
            "{} of {} followed ({} %)",
            grouped(coverage.resolved),
            count(n, "reference"),
            coverage.percent()
        ),
    };
    let enough = if coverage.percent() >= holdpoint_core::ENOUGH_COVERAGE {
        "."
    } else {
        ": too little to know what else would fall."
    };
    sentence + enough
}
