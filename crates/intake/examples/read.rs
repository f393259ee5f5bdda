//! Reads a document and says what was found and how long it took: `read FILE [terraform]`; with `--edges`, every
//! dependency.

#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::error::Error;
use std::time::Instant;

use holdpoint_core::{Format, radius};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let edges = arguments.iter().any(|one| one == "--edges");
    arguments.retain(|one| one != "--edges");
    let file = arguments.first().ok_or("name a file")?;
    let format: Format = arguments.get(1).map_or("terraform", String::as_str).parse()?;
    let bytes = std::fs::read(file)?;
    let begin = Instant::now();
    let change = holdpoint_intake::read(format, &bytes)?;
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
    for edge in graph.edges().iter().filter(|_| edges) {
        println!("{} -> {} ({})", name(edge.from), name(edge.to), edge.how.as_str());
    }
    for (number, text) in graph.mentions.iter().filter(|_| edges) {
        println!("{} names {text}", name(*number));
    }
    Ok(())
}
