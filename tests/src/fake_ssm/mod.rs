//! A small AWS Systems Manager for tests: what the product asks of it, in AWS's own protocol (JSON 1.1), with machines
//! that do what a test says. moto has no Automation and no Change Calendar.
//!
//! It has no clock: every look at an execution moves it by one step, so nothing in a test has to wait for time.

mod automation;
mod documents;
mod instances;
mod serve;
mod settings;
mod world;

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use serde_json::Value;
use tokio::sync::oneshot;

use world::World;

/// What a machine does with a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// It succeeds and says this.
    Succeeds(&'static str),
    /// It fails and says this.
    Fails(&'static str),
    /// It takes too long.
    TimesOut,
    /// It goes on until it is cancelled, or told something else.
    Hangs,
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is carried out, and the connection closes before the answer.
    DropAfter,
    /// It is not carried out; status 500.
    Internal,
    /// It is not carried out; too many calls.
    Throttle,
}

/// A running Systems Manager. It ends when dropped.
#[derive(Debug)]
pub struct FakeSsm {
    url: String,
    world: Arc<Mutex<World>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeSsm {
    /// Starts one on a free port, with AWS's own documents and no machine.
    #[must_use]
    pub fn start() -> FakeSsm {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::new(Mutex::new(World::new()));
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&world);
        let thread = std::thread::spawn(move || serve::run(listener, &served, stopped));
        FakeSsm { url, world, stop: Some(stop), thread: Some(thread) }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds a machine.
    pub fn machine(&self, id: &str, tags: &[(&str, &str)], script: Script) {
        self.world().add_machine(id, tags, script);
    }

    /// What a machine does from now on.
    pub fn tell(&self, id: &str, script: Script) {
        self.world().tell(id, script);
    }

    /// Publishes a document of this type, as a new version that is the default from now on.
    pub fn publish(&self, name: &str, kind: &str, content: &Value) {
        self.world().publish(name, kind, content);
    }

    /// Puts something else in the place of a document's newest version.
    pub fn rewrite(&self, name: &str, content: &Value) {
        self.world().rewrite(name, content);
    }

    /// The next call of this operation goes wrong; several are remembered in order.
    pub fn fault(&self, operation: &str, fault: Fault) {
        self.world().faults.push((operation.to_owned(), fault));
    }

    /// From now on executions go on, however many machines fail.
    pub fn forget_error_limits(&self) {
        self.world().enforces = false;
    }

    /// Whether executions are shown in lists; AWS shows new ones a little later.
    pub fn show_executions(&self, shown: bool) {
        self.world().shown = shown;
    }

    /// From now on lists of executions are not filtered by tags.
    pub fn ignore_tags(&self) {
        self.world().by_tag = false;
    }

    /// Opens or closes a Change Calendar, and says when that ends.
    pub fn calendar(&self, name: &str, open: bool, next: &str) {
        self.world().calendars.insert(name.to_owned(), (open, next.to_owned()));
    }

    /// Writes a parameter.
    pub fn parameter(&self, name: &str, value: &str) {
        self.world().parameters.insert(name.to_owned(), value.to_owned());
    }

    /// The bodies of all calls of this operation, in order, those that went wrong among them.
    #[must_use]
    pub fn calls(&self, operation: &str) -> Vec<Value> {
        let world = self.world();
        world.log.iter().filter(|(called, _)| called == operation).map(|(_, body)| body.clone()).collect()
    }

    /// How many executions were started.
    #[must_use]
    pub fn executions(&self) -> usize {
        self.world().executions.len()
    }

    /// What ran, in the order in which it began: the machine, and what the document was given.
    #[must_use]
    pub fn ran(&self) -> Vec<(String, Value)> {
        self.world().ran.clone()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

impl Drop for FakeSsm {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
