//! One service's block: lines of shapes, lines of ARN templates, lines of operations.

use std::collections::HashMap;

use super::{Operation, Pattern, Shape};
use crate::aws::Access;

/// What a block says.
pub(super) struct Contents {
    pub(super) shapes: Vec<Shape>,
    pub(super) operations: Vec<Operation>,
    pub(super) by_name: HashMap<&'static str, usize>,
    /// By method's letter and number of segments.
    pub(super) by_path: HashMap<(char, usize), Vec<usize>>,
    /// Those whose path has a label for several segments, by method's letter.
    pub(super) greedy: HashMap<char, Vec<usize>>,
}

pub(super) fn read(block: &'static str, rest: bool) -> Contents {
    let mut lines = block.split('\n');
    let shapes = lines.by_ref().take_while(|line| !line.is_empty()).map(Shape::read).collect();
    let templates: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let operations: Vec<_> = lines.filter_map(|line| operation(line, &templates, rest)).collect();
    let by_name = operations.iter().enumerate().map(|(at, operation)| (operation.name, at)).collect();
    let mut by_path: HashMap<_, Vec<_>> = HashMap::new();
    let mut greedy: HashMap<_, Vec<_>> = HashMap::new();
    for (at, operation) in operations.iter().enumerate() {
        match &operation.pattern {
            Some(pattern) if pattern.greedy => greedy.entry(pattern.method).or_default().push(at),
            Some(pattern) => by_path.entry((pattern.method, pattern.segments.len())).or_default().push(at),
            None => {}
        }
    }
    Contents { shapes, operations, by_name, by_path, greedy }
}

fn operation(line: &'static str, templates: &[&'static str], rest: bool) -> Option<Operation> {
    let mut fields = line.split('\t');
    let name = fields.next()?;
    let level = fields.next()?;
    let input = fields.next().and_then(|number| number.parse().ok());
    let pattern = fields.next().filter(|_| rest).and_then(Pattern::read);
    let host_prefix = fields.next().unwrap_or_default();
    let names = fields.next().filter(|names| !names.is_empty());
    let names = names.into_iter().flat_map(|names| names.split(',')).map(|name| match name.split_once('>') {
        Some((path, at)) => (path, at.parse().ok().and_then(|at: usize| templates.get(at).copied())),
        None => (name, None),
    });
    let access = match level.chars().next() {
        Some('R') => Access::Read,
        Some('L') => Access::List,
        Some('T') => Access::Tagging,
        Some('W') => Access::Write,
        Some('P') => Access::Permissions,
        _ => Access::Unknown,
    };
    let names = names.collect();
    Some(Operation { name, access, host_prefix, unsigned: level.contains('n'), input, pattern, names })
}
