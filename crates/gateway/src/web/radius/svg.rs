//! Draws a placed scene. Every text passes through [`text`]; colours are classes, so that themes apply.

use std::fmt::Write as _;

use askama::filters::HtmlSafe;

use super::layout::{HEIGHT, Placed, Scene, Shape, Spot, WIDTH};
use crate::web::visible::visible;

/// How many characters of a label fit.
const LABEL: usize = 27;
/// How many of the line below.
const NOTE: usize = 36;
/// More lines than these say nothing.
const MOST_LINES: usize = 240;
/// More arcs within columns than these bury the nodes.
const MOST_ARCS: usize = 16;

/// A picture. It can only be made here, of escaped text, so templates print it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Svg {
    markup: String,
    /// How many lines are left out.
    pub(crate) undrawn: usize,
}

impl std::fmt::Display for Svg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.markup)
    }
}

impl HtmlSafe for Svg {}

/// Draws it. `id` begins the ids of its title and description.
pub(crate) fn draw(scene: &Scene, placed: &Placed, id: &str, title: &str, says: &str) -> Svg {
    let mut out = String::with_capacity(4_096);
    let (w, h) = (placed.width, placed.height);
    let _ = write!(
        out,
        "<svg class=\"reach\" role=\"img\" aria-labelledby=\"{id}-title {id}-says\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
         height=\"{h}\"><title id=\"{id}-title\">{}</title><desc id=\"{id}-says\">{}</desc>\
         <clipPath id=\"{id}-clip\"><rect width=\"{WIDTH}\" height=\"{HEIGHT}\"/></clipPath>",
        text(title),
        text(says),
    );
    for (x, (heading, below)) in placed.columns.iter().zip(&scene.headings) {
        let _ = write!(
            out,
            "<text class=\"r-head\" x=\"{x}\" y=\"18\">{}</text><text class=\"r-note\" x=\"{x}\" y=\"36\">{}</text>",
            text(heading),
            text(below)
        );
    }
    let undrawn = lines(&mut out, scene, placed);
    for (spot, at) in scene.spots.iter().zip(&placed.at) {
        node(&mut out, spot, *at, id);
    }
    out.push_str("</svg>");
    Svg { markup: out, undrawn }
}

/// The lines, from the right end of what is depended on to the left end of what depends. Answers how many are left out.
fn lines(out: &mut String, scene: &Scene, placed: &Placed) -> usize {
    let column = |number: usize| scene.spots.get(number).map(|spot| spot.column);
    let arcs = scene.lines.iter().filter(|(from, to)| column(*from) == column(*to)).count();
    let mut undrawn = 0_usize;
    for (drawn, (from, to)) in scene.lines.iter().enumerate() {
        let (Some(a), Some(b)) = (placed.at.get(*from), placed.at.get(*to)) else { continue };
        let (left, right) = (column(*from), column(*to));
        let arc = left == right;
        // A line back, or one past a column, would run through nodes.
        let (Some(left), Some(right)) = (left, right) else { continue };
        let near = right == left || right == left + 1;
        if drawn >= MOST_LINES || !near || (arc && arcs > MOST_ARCS) {
            undrawn += 1;
            continue;
        }
        let falls = scene.spots.get(*from).is_some_and(|spot| spot.shape == Shape::Falls);
        let class = if falls { "r-line r-line-falls" } else { "r-line" };
        let (x1, y1, y2) = (a.0 + WIDTH, a.1 + HEIGHT / 2, b.1 + HEIGHT / 2);
        let (x2, c1, c2) = if arc {
            (b.0 + WIDTH, x1 + 38, x1 + 38)
        } else {
            let half = (b.0 - x1) / 2;
            (b.0, x1 + half, b.0 - half)
        };
        let _ = write!(out, "<path class=\"{class}\" d=\"M{x1} {y1}C{c1} {y1} {c2} {y2} {x2} {y2}\"/>");
    }
    undrawn
}

fn node(out: &mut String, spot: &Spot, (x, y): (i64, i64), id: &str) {
    let class = match spot.shape {
        Shape::Falls => "falls",
        Shape::Touched => "touched",
        Shape::Depends => "depends",
        Shape::Here => "here",
        Shape::Rest => "rest",
        Shape::Gap => "gap",
    };
    let outline = outline(spot.shape);
    let _ = write!(
        out,
        "<g class=\"r r-{class}\" transform=\"translate({x} {y})\"><title>{}</title>",
        text(&spot.title)
    );
    if spot.shape == Shape::Gap {
        // A line that comes from nowhere: where it leads is what is not known.
        let _ = write!(out, "<path class=\"r-line-gap\" d=\"M-62 {0}H-4\"/>", HEIGHT / 2);
    }
    if spot.many {
        let _ = write!(out, "<path class=\"r-box r-under\" transform=\"translate(5 5)\" d=\"{outline}\"/>");
    }
    let _ = write!(out, "<path class=\"r-box\" d=\"{outline}\"/>");
    if spot.shape == Shape::Here {
        let _ = write!(out, "<path class=\"r-inner\" d=\"M3 3H{0}V{1}H3Z\"/>", WIDTH - 3, HEIGHT - 3);
    }
    let _ = write!(
        out,
        "<text class=\"r-sign\" x=\"20\" y=\"27\">{}</text><g clip-path=\"url(#{id}-clip)\"><text class=\"r-label\" \
         x=\"36\" y=\"18\">{}</text><text class=\"r-note\" x=\"36\" y=\"33\">{}</text></g>",
        text(spot.sign),
        text(&tail(&spot.label, LABEL)),
        // The drum stands at the end of this line.
        text(&head(&spot.note, if spot.data { NOTE - 5 } else { NOTE })),
    );
    if spot.data {
        // A drum: what everybody draws for data. The words are in the line below the label.
        let _ = write!(
            out,
            "<path class=\"r-drum\" transform=\"translate({} 24)\" d=\"M0 3v7c0 4 12 4 12 0V3M0 3c0 4 12 4 12 0c0-4-12-4-12 0Z\"/>",
            WIDTH - 22
        );
    }
    out.push_str("</g>");
}

fn outline(shape: Shape) -> String {
    let (w, h) = (WIDTH, HEIGHT);
    match shape {
        Shape::Falls => {
            let (c, r, b) = (10, w - 10, h - 10);
            format!("M{c} 0H{r}L{w} {c}V{b}L{r} {h}H{c}L0 {b}V{c}Z")
        }
        Shape::Touched => {
            let (c, r) = (h / 2, w - h / 2);
            format!("M{c} 0H{r}A{c} {c} 0 0 1 {r} {h}H{c}A{c} {c} 0 0 1 {c} 0Z")
        }
        _ => format!("M0 0H{w}V{h}H0Z"),
    }
}

/// The end of a label says more than its beginning: modules come first, names last.
fn tail(label: &str, most: usize) -> String {
    let label = visible(label);
    let all = label.chars().count();
    if all <= most {
        return label;
    }
    format!("…{}", label.chars().skip(all + 1 - most).collect::<String>())
}

fn head(note: &str, most: usize) -> String {
    let note = visible(note);
    if note.chars().count() <= most {
        return note;
    }
    format!("{}…", note.chars().take(most.saturating_sub(1)).collect::<String>())
}

/// Text for a text node or a title: on one line, what does not show made visible, and escaped.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
