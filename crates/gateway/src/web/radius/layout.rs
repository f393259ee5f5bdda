//! Where each node of a picture stands: columns from left to right, within a column so that lines cross little. Whole
//! numbers only, so that the same scene gives the same picture everywhere.

/// How a node is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// It is destroyed: corners cut off, a heavy edge.
    Falls,
    /// It is written to: round ends.
    Touched,
    /// It only depends: a plain box.
    Depends,
    /// The resource a page is about: a double edge.
    Here,
    /// More that is not listed one by one.
    Rest,
    /// Something that is not known.
    Gap,
}

/// One node.
#[derive(Debug)]
pub(crate) struct Spot {
    pub(crate) column: usize,
    pub(crate) shape: Shape,
    /// The sign before the label.
    pub(crate) sign: &'static str,
    pub(crate) label: String,
    /// The small line below.
    pub(crate) note: String,
    /// Everything in words.
    pub(crate) title: String,
    pub(crate) data: bool,
    /// It stands for more than one.
    pub(crate) many: bool,
}

/// What is to be drawn.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    /// One heading per column, and a line below it.
    pub(crate) headings: Vec<(String, String)>,
    pub(crate) spots: Vec<Spot>,
    /// From what is depended on to what depends.
    pub(crate) lines: Vec<(usize, usize)>,
}

/// Measures in pixels at full size.
pub(crate) const WIDTH: i64 = 252;
/// Of a node.
pub(crate) const HEIGHT: i64 = 42;
const GUTTER: i64 = 84;
const SPACE: i64 = 12;
const TOP: i64 = 56;
const EDGE: i64 = 8;

/// Where the nodes stand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) width: i64,
    pub(crate) height: i64,
    /// The left upper corner of each node.
    pub(crate) at: Vec<(i64, i64)>,
    /// The left end of each column.
    pub(crate) columns: Vec<i64>,
}

fn int(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX / 1_000_000)
}

/// Places every node.
pub(crate) fn place(scene: &Scene) -> Placed {
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); scene.headings.len()];
    for (number, spot) in scene.spots.iter().enumerate() {
        if let Some(column) = columns.get_mut(spot.column) {
            column.push(number);
        }
    }
    for sweep in 0..4 {
        let order: Vec<usize> =
            if sweep % 2 == 0 { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
        for column in order {
            let neighbour = if sweep % 2 == 0 { column.checked_sub(1) } else { column.checked_add(1) };
            let Some(beside) = neighbour.and_then(|n| columns.get(n)).cloned() else { continue };
            if let Some(own) = columns.get_mut(column) {
                arrange(own, &beside, scene);
            }
        }
    }
    let tallest = int(columns.iter().map(Vec::len).max().unwrap_or(0)).max(1);
    let step = HEIGHT + SPACE;
    let mut at = vec![(0, 0); scene.spots.len()];
    let lefts: Vec<i64> = (0..columns.len()).map(|n| EDGE + int(n) * (WIDTH + GUTTER)).collect();
    for (column, left) in columns.iter().zip(&lefts) {
        let top = TOP + (tallest - int(column.len())) * step / 2;
        for (row, number) in column.iter().enumerate() {
            if let Some(spot) = at.get_mut(*number) {
                *spot = (*left, top + int(row) * step);
            }
        }
    }
    Placed {
        width: lefts.last().copied().unwrap_or(EDGE) + WIDTH + EDGE + 40,
        height: TOP + tallest * step + EDGE,
        at,
        columns: lefts,
    }
}

/// Orders a column by the mean place of what each node is joined with in the column beside it. A node without such
/// lines stays about where it is; what is left out and what is not known stays at the end.
fn arrange(own: &mut [usize], beside: &[usize], scene: &Scene) {
    let height = |row: usize, of: usize| (2 * int(row) + 1 - int(of)) * 1_000;
    let mut keys: Vec<(usize, (bool, i64, usize))> = Vec::with_capacity(own.len());
    for (row, number) in own.iter().enumerate() {
        let joined: Vec<i64> = beside
            .iter()
            .enumerate()
            .filter(|(_, other)| {
                scene.lines.contains(&(**other, *number)) || scene.lines.contains(&(*number, **other))
            })
            .map(|(row, _)| height(row, beside.len()))
            .collect();
        let mean = match int(joined.len()) {
            0 => height(row, own.len()),
            n => joined.iter().sum::<i64>() / n,
        };
        let last = scene.spots.get(*number).is_some_and(|s| matches!(s.shape, Shape::Rest | Shape::Gap));
        keys.push((*number, (last, mean, row)));
    }
    keys.sort_by_key(|(_, key)| *key);
    for (place, (number, _)) in own.iter_mut().zip(keys) {
        *place = number;
    }
}
