//! The inventory: what documents teach, what applied changes bring about, and what is answered from it.

mod learning;
mod reaching;
mod recalling;

use holdpoint_core::{
    Actor, Change, Class, Context, Digest, Effect, EffectKind, Environment, Format, Graph, Link, Node,
    Outcome, Resource, Source,
};
use holdpoint_store::changes::{self, StoredChange};
use holdpoint_store::inventory::{self, Filter, Learnt, Reach, Row, Target};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::fixture::{Ask, World, attempt_id};

/// A document, in a few words.
#[derive(Default, Clone)]
struct Doc {
    graph: Graph,
    effects: Vec<(String, EffectKind)>,
}

impl Doc {
    /// A resource that is in the state.
    fn has(mut self, address: &str, class: Class, identifiers: &[&str]) -> Self {
        self.graph.node(Node { exists: true, ..node(address, class, identifiers) });
        self
    }

    /// A resource that will be made.
    fn makes(mut self, address: &str, class: Class) -> Self {
        self.graph.node(node(address, class, &[]));
        self.does(address, EffectKind::Create)
    }

    fn does(mut self, address: &str, effect: EffectKind) -> Self {
        self.effects.push((address.to_owned(), effect));
        self
    }

    fn named(mut self, address: &str, name: &str) -> Self {
        let number = self.graph.find(address).unwrap();
        self.graph.node_mut(number).unwrap().names.push(name.to_owned());
        self
    }

    fn signed(mut self, address: &str, sign: Environment) -> Self {
        let number = self.graph.find(address).unwrap();
        self.graph.node_mut(number).unwrap().sign = Some((sign, format!("`{address}` says so")));
        self
    }

    fn depends(mut self, from: &str, to: &str) -> Self {
        let (from, to) = (self.graph.find(from).unwrap(), self.graph.find(to).unwrap());
        self.graph.edge(from, to, Link::Reference);
        self
    }

    fn mentions(mut self, from: &str, identifier: &str) -> Self {
        let from = self.graph.find(from).unwrap();
        self.graph.mentions.push((from, identifier.to_owned()));
        self
    }
}

fn node(address: &str, class: Class, identifiers: &[&str]) -> Node {
    Node {
        address: address.to_owned(),
        kind: address.split('.').next().unwrap_or_default().to_owned(),
        class,
        identifiers: identifiers.iter().map(|&i| i.to_owned()).collect(),
        ..Node::default()
    }
}

fn effect(address: &str, effect: EffectKind) -> Effect {
    Effect {
        effect,
        resource: Resource {
            address: address.to_owned(),
            kind: address.split('.').next().unwrap_or_default().to_owned(),
            provider: String::new(),
            module: String::new(),
            deposed: None,
        },
        create_before_destroy: false,
        moved_from: None,
        imported_as: None,
        deferred: None,
        forced_by: Vec::new(),
        unknown: Vec::new(),
        sensitive: Vec::new(),
        sensitive_changed: Vec::new(),
        before: None,
        after: None,
        values: Digest::of(b""),
        class: Class::default(),
        backup: holdpoint_core::Backup::default(),
        hazards: Vec::new(),
        manners: Vec::new(),
    }
}

impl World {
    /// Hands the document in and learns from it.
    async fn teach(&self, by: &Actor, session: Option<&str>, workspace: &str, doc: &Doc) -> StoredChange {
        let change = Change {
            format: Format::Terraform,
            effects: doc.effects.iter().map(|(address, kind)| effect(address, *kind)).collect(),
            outputs: Vec::new(),
            context: Context::default(),
            graph: Graph::default(),
        };
        let source = Source { workspace: Some(workspace.to_owned()), ..Source::default() };
        let ask = Ask { content: change.content().unwrap(), source, session, ..Ask::allowed() };
        let mut tx = self.db.begin().await.unwrap();
        let change = self.submit_on(&mut tx, by, &ask).await.unwrap().change().unwrap().clone();
        let learnt = Learnt {
            workspace,
            change: change.id,
            requester: &by.id,
            session,
            graph: &doc.graph,
            effects: &doc.effects,
        };
        inventory::learn(&mut tx, &learnt).await.unwrap();
        tx.commit().await.unwrap();
        change
    }

    async fn end(&self, change: &StoredChange, outcome: Outcome) {
        let attempt = attempt_id();
        self.claim(change, attempt).await.unwrap();
        let mut tx = self.db.begin().await.unwrap();
        changes::report(&mut tx, change.id, &change.requester, attempt, outcome, None, None).await.unwrap();
        inventory::carried_out(&mut tx, change.id).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Hands it in, learns, carries it out.
    async fn apply(&self, by: &Actor, session: Option<&str>, workspace: &str, doc: &Doc) -> StoredChange {
        let change = self.teach(by, session, workspace, doc).await;
        self.end(&change, Outcome::Applied).await;
        change
    }

    async fn rows(&self, filter: &Filter) -> Vec<Row> {
        inventory::list(&mut self.db.conn().await.unwrap(), filter, None, 100).await.unwrap()
    }

    async fn row(&self, workspace: &str, address: &str) -> Option<Row> {
        let shown = inventory::show(&mut self.db.conn().await.unwrap(), workspace, address).await.unwrap();
        shown.map(|shown| shown.row)
    }

    async fn reach(&self, workspace: Option<&str>, address: &str, identifiers: &[&str], limit: u32) -> Reach {
        let identifiers: Vec<String> = identifiers.iter().map(|&i| i.to_owned()).collect();
        let targets = [Target { address, identifiers: &identifiers }];
        inventory::dependents(&mut self.db.conn().await.unwrap(), workspace, &targets, limit).await.unwrap()
    }

    /// A day later, as far as the inventory goes.
    async fn a_day_passes(&self) {
        let mut root = self.superuser().await;
        for (table, columns) in [
            ("resources", &["born_at", "gone_at", "counts_until"][..]),
            ("edges", &["counts_until"]),
            ("mentions", &["counts_until"]),
        ] {
            let sets: Vec<String> =
                columns.iter().map(|c| format!("{c} = {c} - interval '25 hours'")).collect();
            let sql = format!("update holdpoint.inventory_{table} set {}", sets.join(", "));
            root.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }
}

/// The addresses reached, without the target, each with its workspace unless that is the one asked about.
fn reached(reach: &Reach, target: &str) -> Vec<String> {
    let mut found: Vec<String> = reach
        .nodes
        .iter()
        .filter(|node| !(node.workspace.is_empty() && node.address == target))
        .map(|node| {
            if node.workspace.is_empty() {
                node.address.clone()
            } else {
                format!("{}/{}", node.workspace, node.address)
            }
        })
        .collect();
    found.sort();
    found
}
