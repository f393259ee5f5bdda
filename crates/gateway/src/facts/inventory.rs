//! What earlier changes taught, asked for and added to.

use holdpoint_core::{
    Change, ChangeId, Class, Continuity, EffectKind, Existing, Facts, Format, Graph, Point, Source,
};
use holdpoint_store::inventory::{self, Learnt, Reach, Target};
use tokio::sync::{Mutex, mpsc};

use super::{Asker, Wants};
use crate::AppState;

/// What the inventory knows about a change.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    pub(super) reach: Reach,
    pub(super) points: Vec<(String, Point)>,
    pub(super) existing: Vec<Existing>,
    pub(super) own: Vec<String>,
}

/// Types whose names are unique in the whole world, so that one of another workspace is the same thing.
const UNIQUE: [&str; 5] = [
    "aws_s3_bucket",
    "google_storage_bucket",
    "google_project",
    "azurerm_storage_account",
    "azurerm_container_registry",
];

/// Asks for dependents, backups, collisions and what the session made itself.
pub(super) async fn ask(
    app: &AppState,
    change: &Change,
    workspace: Option<&str>,
    asker: &Asker<'_>,
) -> Result<Remembered, String> {
    let wants = Wants::of(change);
    let mut found =
        Remembered { reach: Reach { complete: true, ..Reach::default() }, ..Remembered::default() };
    let say = |error: holdpoint_store::Error| error.to_string();
    let mut conn = app.db.conn().await.map_err(say)?;
    if wants.dependents {
        let targets = targets(change);
        let limit = app.config.facts.dependents;
        found.reach = inventory::dependents(&mut conn, workspace, &targets, limit).await.map_err(say)?;
        let lost: Vec<Target<'_>> =
            targets.iter().filter(|target| is_destroyed_data(change, target)).cloned().collect();
        if !lost.is_empty() {
            let (agent, session) = (asker.requester.id.as_str(), asker.session);
            found.points =
                inventory::backups_of(&mut conn, workspace, &lost, agent, session).await.map_err(say)?;
        }
        if let (Some(workspace), Some(_)) = (workspace, asker.session) {
            let addresses: Vec<String> = change
                .effects
                .iter()
                .filter(|e| e.effect.destroys() && !holds_data(e.class))
                .map(|e| e.resource.address.clone())
                .collect();
            found.own = inventory::own(&mut conn, workspace, &asker.requester.id, asker.session, &addresses)
                .await
                .map_err(say)?;
        }
    }
    if wants.existing && workspace.is_some() {
        found.existing =
            inventory::existing(&mut conn, workspace, &creates(change), &UNIQUE).await.map_err(say)?;
    }
    Ok(found)
}

fn holds_data(class: Class) -> bool {
    matches!(class, Class::Data | Class::Backup | Class::Key)
}

fn is_destroyed_data(change: &Change, target: &Target<'_>) -> bool {
    change.effects.iter().any(|e| e.destroys_data() && e.resource.address == target.address)
}

/// What is endangered, with the names under which other workspaces may know it.
fn targets(change: &Change) -> Vec<Target<'_>> {
    change
        .effects
        .iter()
        .filter(|e| e.effect.destroys() || (e.effect != EffectKind::Read && !e.hazards.is_empty()))
        .map(|e| {
            let address = e.resource.address.as_str();
            let node = change.graph.find(address).and_then(|n| change.graph.nodes().get(n as usize));
            Target { address, identifiers: node.map_or(&[], |node| node.identifiers.as_slice()) }
        })
        .collect()
}

fn creates(change: &Change) -> Vec<(String, Vec<String>)> {
    change
        .effects
        .iter()
        .filter(|e| e.effect == EffectKind::Create && e.imported_as.is_none())
        .map(|e| {
            let address = &e.resource.address;
            let node = change.graph.find(address).and_then(|n| change.graph.nodes().get(n as usize));
            (address.clone(), node.map_or_else(Vec::new, |node| node.names.clone()))
        })
        .collect()
}

/// What a change teaches, taken before the change itself is given up.
#[derive(Debug)]
pub(crate) struct Lesson {
    change: ChangeId,
    workspace: String,
    requester: String,
    session: Option<String>,
    graph: Graph,
    effects: Vec<(String, EffectKind)>,
}

/// Teaches the inventory what a document shows, beside the answer to the requester: nothing waits for it, and the next
/// plan teaches the same again if this process dies. A document that does not build on the state last seen teaches
/// nothing, and one without a workspace cannot be told apart from others.
pub(crate) fn learn(
    app: &AppState,
    id: ChangeId,
    change: &mut Change,
    source: &Source,
    facts: &Facts,
    asker: &Asker<'_>,
) {
    let broken = matches!(facts.continuity, Continuity::Broken { .. });
    let Some(workspace) = source.workspace.clone().filter(|_| change.format == Format::Terraform && !broken)
    else {
        return;
    };
    let lesson = Lesson {
        change: id,
        workspace,
        requester: asker.requester.id.clone(),
        session: asker.session.map(str::to_owned),
        graph: std::mem::take(&mut change.graph),
        effects: change.effects.iter().map(|e| (e.resource.address.clone(), e.effect)).collect(),
    };
    // When lessons come faster than they are learnt, some are left out: the next plan teaches the same again.
    if app.lessons.give(lesson).is_err() {
        tracing::warn!(change = %id, "the inventory is busy and learns nothing from this change");
    }
}

/// Lessons on their way to the worker that learns them.
#[derive(Debug)]
pub(crate) struct Lessons {
    sender: mpsc::Sender<Lesson>,
    receiver: Mutex<mpsc::Receiver<Lesson>>,
}

impl Default for Lessons {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { sender, receiver: Mutex::new(receiver) }
    }
}

/// How many lessons wait at most; each is as large as the graph of its plan.
const WAITING: usize = 16;

impl Lessons {
    fn give(&self, lesson: Lesson) -> Result<(), ()> {
        self.sender.try_send(lesson).map_err(|_| ())
    }

    /// The next lesson; one worker takes them.
    pub(crate) async fn next(&self) -> Option<Lesson> {
        self.receiver.lock().await.recv().await
    }
}

/// Writes one lesson down.
pub(crate) async fn teach(app: &AppState, lesson: &Lesson) -> Result<(), holdpoint_store::Error> {
    let mut tx = app.db.begin().await?;
    let learnt = Learnt {
        workspace: &lesson.workspace,
        change: lesson.change,
        requester: &lesson.requester,
        session: lesson.session.as_deref(),
        graph: &lesson.graph,
        effects: &lesson.effects,
    };
    inventory::learn(&mut tx, &learnt).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)
}
