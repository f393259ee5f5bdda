use std::sync::atomic::{AtomicUsize, Ordering};

use holdpoint_core::{Class, Link, Node, Point, Seen};

use super::live::{Answer, Found};
use super::*;
use crate::web::sample;

/// A look-up that is slow at first, then down, then answers.
#[derive(Debug, Default)]
struct Moody(AtomicUsize);

impl LookUp for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    fn ask<'a>(&'a self, question: &'a Question<'a>) -> Answer<'a> {
        let time = self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            match time {
                0 => {
                    tokio::time::sleep(Duration::from_secs(5)).await;
                    Ok(Found::default())
                }
                1 => Err("connection refused".to_owned()),
                _ => Ok(found(question.change)),
            }
        })
    }
}

/// A listener that depends on the first effect's resource, and a snapshot of it.
fn found(change: &Change) -> Found {
    let address = change.effects.last().unwrap().resource.address.clone();
    let node = Node {
        address: "live listener".to_owned(),
        class: Class::Traffic,
        sign: Some((Environment::Production, "it serves".to_owned())),
        exists: true,
        ..Node::default()
    };
    let point = Point {
        what: "snapshot rds:nightly".to_owned(),
        seen: Seen::Live,
        outlives: true,
        owner: None,
        at: None,
    };
    Found {
        dependents: vec![(node, address.clone(), Link::Mention)],
        points: vec![(address, point)],
        signs: Vec::new(),
        gaps: vec![],
    }
}

#[tokio::test]
async fn a_source_that_is_slow_or_down_is_said_and_asked_again() {
    let change = sample::change();
    let look_ups: Vec<Box<dyn LookUp>> = vec![Box::new(Moody::default())];
    let question = Question { change: &change, workspace: None };
    let mut told = Vec::new();
    for _ in 0..3 {
        let mut answers = live::ask(&look_ups, &question, Duration::from_millis(20)).await;
        told.push(answers.pop().unwrap().1.map(|found| found.points.len()));
    }
    assert_eq!(told, [Err("no answer within 20 ms".to_owned()), Err("connection refused".to_owned()), Ok(1)]);
}

#[test]
fn what_is_found_live_reaches_further_and_counts_as_a_backup() {
    let change = sample::change();
    let mut graph = merge::copy(&change.graph, &change);
    let found = found(&change);
    let points = found.points.clone();
    found.into_graph(&mut graph);
    let mut facts = Facts::default();
    facts.reach(radius(&graph, &change));
    assert_eq!(facts.environment.is, Environment::Production);
    assert_eq!(facts.radius.as_ref().unwrap().hops, [1]);
    let recovery = recovery::of(&change, points, &[]);
    assert!(recovery.iter().any(|r| r.points.iter().any(|p| p.seen == Seen::Live && p.outlives)));
}

#[test]
fn silence_is_not_an_answer_for_what_is_destroyed() {
    let change = sample::change();
    let mut facts = Facts::default();
    facts.reach(radius(&change.graph, &change));
    assert!(facts.is_resolved());
    facts.asked.push(silent("moody", "connection refused".to_owned()));
    assert!(!facts.is_resolved());
    assert!(!answered("inventory", false).answered, "what was not whole counts as unanswered");
}
