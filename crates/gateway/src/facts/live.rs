//! Live look-ups: read-only questions to the systems that a change is about. What nobody looked up is said to be unknown,
//! never taken for fine.

use std::future::Future;
use std::pin::Pin;

use holdpoint_core::{Change, Environment, Gap, Graph, Link, Node, Point};

/// What is asked about.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// The change, with every resource it touches.
    pub(crate) change: &'a Change,
    /// The workspace it is of.
    #[expect(dead_code, reason = "for look-ups that keep one account per workspace")]
    pub(crate) workspace: Option<&'a str>,
}

/// What a look-up found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// Resources that depend on what the change touches: (dependent, address it depends on, how).
    pub(crate) dependents: Vec<(Node, String, Link)>,
    /// Recovery points: (address of what they could bring back, the point).
    pub(crate) points: Vec<(String, Point)>,
    /// What tags and names say about the environment of what the change touches.
    pub(crate) signs: Vec<(Environment, String)>,
    /// What could not be looked up.
    pub(crate) gaps: Vec<Gap>,
}

impl Found {
    pub(super) fn into_graph(self, graph: &mut Graph) {
        for (node, on, how) in self.dependents {
            let from = graph.node(node);
            if let Some(to) = graph.find(&on) {
                graph.edge(from, to, how);
                graph.resolved = graph.resolved.saturating_add(1);
            }
        }
        graph.gaps.extend(self.gaps);
        graph.settle();
    }
}

/// A boxed answer: look-ups are kept in a list.
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Found, String>> + Send + 'a>>;

/// A source that is asked while a change is judged. It is given a time limit from outside, reads only, and answers with
/// an error rather than with less than it was asked for.
pub(crate) trait LookUp: Send + Sync + std::fmt::Debug {
    /// The name that people read when it does not answer.
    fn name(&self) -> &'static str;
    /// Looks up what it knows about the resources of this change.
    fn ask<'a>(&'a self, question: &'a Question<'a>) -> Answer<'a>;
}

/// Asks every look-up, one after the other, each for as long as `limit`. An answer belongs to this change only: nothing is
/// kept, so that a source that was silent is asked again the next time.
pub(super) async fn ask(
    look_ups: &[Box<dyn LookUp>],
    question: &Question<'_>,
    limit: std::time::Duration,
) -> Vec<(&'static str, Result<Found, String>)> {
    let mut answers = Vec::with_capacity(look_ups.len());
    for look_up in look_ups {
        answers.push((look_up.name(), super::in_time(limit, look_up.ask(question)).await));
    }
    answers
}
