//! All single-node blast radii of a graph, asked one after the other, and what that cost.
//!
//! `radius FILE`: the first line is the number of nodes, every other one is `DEPENDENT DEPENDENCY`. Prints how many nodes
//! all radii have together, the largest, and the nanoseconds of building the graph and of walking it. Used by `make bench`.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use holdpoint_core::{Dependents, Graph, Link, Node, Walk};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: radius FILE")?;
    let text = std::fs::read_to_string(path)?;
    let (nodes, edges) = read(&text).ok_or("the file is not a number of nodes and pairs of numbers")?;

    let begin = Spent::now();
    let graph = build(nodes, &edges);
    let dependents = Dependents::of(&graph);
    let built = Spent::now();
    let (mut walk, mut total, mut largest) = (Walk::default(), 0_usize, 0_usize);
    for node in 0..nodes {
        dependents.walk(&[node], &mut walk);
        total += walk.order().len();
        largest = largest.max(walk.order().len());
    }
    let walked = Spent::now();

    let (build, walk) = (built.since(&begin), walked.since(&built));
    writeln!(std::io::stdout(), "{total} {largest} {} {}", build.as_nanos(), walk.as_nanos())?;
    Ok(())
}

fn read(text: &str) -> Option<(u32, Vec<(u32, u32)>)> {
    let mut lines = text.lines();
    let nodes = lines.next()?.parse().ok()?;
    let pair = |line: &str| {
        let (dependent, dependency) = line.split_once(' ')?;
        Some((dependent.parse().ok()?, dependency.parse().ok()?))
    };
    Some((nodes, lines.map(pair).collect::<Option<_>>()?))
}

/// As a reader of documents builds it: nodes by address, then their edges.
fn build(nodes: u32, edges: &[(u32, u32)]) -> Graph {
    let mut graph = Graph::default();
    for number in 0..nodes {
        graph.node(Node { address: format!("aws_instance.node[{number}]"), ..Node::default() });
    }
    for (dependent, dependency) in edges {
        graph.edge(*dependent, *dependency, Link::Reference);
    }
    graph.settle();
    graph
}

/// What this thread has spent so far: processor time where the kernel tells it, else time on the clock.
struct Spent {
    processor: Option<Duration>,
    clock: Instant,
}

impl Spent {
    fn now() -> Self {
        // The kernel brings its figure up to date when a thread yields; without, it is as old as the last tick.
        std::thread::yield_now();
        let processor = std::fs::read_to_string("/proc/thread-self/schedstat")
            .ok()
            .and_then(|text| text.split(' ').next()?.parse().ok())
            .map(Duration::from_nanos);
        Self { processor, clock: Instant::now() }
    }

    fn since(&self, earlier: &Self) -> Duration {
        match (self.processor, earlier.processor) {
            (Some(now), Some(then)) => now.saturating_sub(then),
            _ => self.clock.duration_since(earlier.clock),
        }
    }
}
