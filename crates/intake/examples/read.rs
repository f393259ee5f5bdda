//! Reads a Terraform plan from the standard input, and says what was found and how long it took.

#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::error::Error;
use std::io::Read as _;
use std::time::Instant;

use holdpoint_core::{Format, radius};

/// As many dependencies and names as are printed.
const MOST: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let begin = Instant::now();
    let change = holdpoint_intake::read(Format::Terraform, &bytes)?;
    let read = begin.elapsed();
    let begin = Instant::now();
    let found = radius(&change.graph, &change);
    println!("read in {:.3} s, radius in {:.3} s", read.as_secs_f64(), begin.elapsed().as_secs_f64());
    let graph = &change.graph;
    println!(
        "{} effects, {} nodes, {} edges, {} foreign names, {} % of {} references resolved",
        change.effects.len(),
        graph.nodes().len(),
        graph.edges().len(),
        graph.mentions.len(),
        found.coverage.percent(),
        found.coverage.references,
    );
    println!("{} depend on what is destroyed or endangered", found.dependents());
    for gap in &found.coverage.gaps {
        println!("gap: {}: {}", gap.resource, gap.says);
    }
    for (environment, says) in &change.context.environment_signs {
        println!("{}: {says}", environment.as_str());
    }
    let name = |number: u32| graph.nodes().get(number as usize).map_or("", |node| node.address.as_str());
    for edge in graph.edges().iter().take(MOST) {
        println!("{} -> {} ({})", name(edge.from), name(edge.to), edge.how.as_str());
    }
    for (number, text) in graph.mentions.iter().take(MOST) {
        println!("{} names {text}", name(*number));
    }
    Ok(())
}
