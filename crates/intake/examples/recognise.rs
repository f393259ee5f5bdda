//! Recognises every request of a corpus that `scripts/index/self_test.py` wrote, and says how many come out as
//! themselves, how many of their parameters exactly, and how long it takes.
//!
//! `cargo run --release --package holdpoint-intake --example recognise -- corpus.jsonl[.gz] [how many examples]`

#![expect(clippy::print_stdout, reason = "a program that prints")]
#![expect(unreachable_pub, reason = "its module is a test's too")]

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::error::Error;
use std::time::Instant;

use holdpoint_intake::aws::index;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("which corpus?")?;
    let shown: usize = std::env::args().nth(2).map_or(Ok(3), |count| count.parse())?;
    let began = Instant::now();
    let services = index::services().len();
    let unpacked = began.elapsed();
    let operations: usize = index::services().iter().map(|service| service.operations().len()).sum();
    println!(
        "index: {services} services in {unpacked:.1?}, all {operations} operations in {:.1?}",
        began.elapsed()
    );
    let tally = corpus::tally(&file)?;
    for (what, examples) in &tally.wrong {
        println!("{what}: {}", examples.len());
        examples.iter().take(shown).for_each(|example| println!("  {example}"));
    }
    let share = |part: usize| 100.0 * part as f64 / tally.all as f64;
    println!("{} requests, {} as themselves ({:.2} %)", tally.all, tally.same, share(tally.same));
    println!("{} with all their parameters exact ({:.2} %)", tally.exact, share(tally.exact));
    println!("{:.2?} a request", tally.took / u32::try_from(tally.all.max(1))?);
    Ok(())
}
