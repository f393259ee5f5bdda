//! The account in moto that all tests share, and looking at it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use holdpoint_cloud::ask::{Asker, Times};
use holdpoint_cloud::credentials::{Bearer, Binding, Keys, Real};
use holdpoint_cloud::look::{Dependent, Seen, Subject, View, look};
use holdpoint_cloud::send::{Sender, Settings};
use serde_json::Value;
use time::macros::datetime;
use tokio::time::Instant;

pub(crate) const REGION: &str = "eu-central-1";

pub(crate) struct World {
    /// It ends when its standard input does, which is at the latest when this process ends, however it ends.
    _server: Child,
    pub(crate) is: Value,
}

/// The shared account; none, with a message, where moto is not installed.
pub(crate) fn world(test: &str) -> Option<&'static World> {
    static WORLD: OnceLock<Option<World>> = OnceLock::new();
    let world = WORLD.get_or_init(start).as_ref();
    if world.is_none() {
        println!("skipped: {test} (needs python3 with moto[server]==5.2.1)");
    }
    world
}

fn start() -> Option<World> {
    let installed = Command::new("python3")
        .args(["-c", "import boto3, moto.server"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !installed {
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/look/world.py");
    let mut server =
        Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Some(World { _server: server, is: serde_json::from_str(&line).unwrap() })
}

impl World {
    pub(crate) fn id(&self, name: &str) -> &str {
        self.is[name].as_str().unwrap()
    }

    pub(crate) fn asker(&self) -> Asker {
        asker(self.id("url"))
    }

    /// Looks at one resource that the change destroys.
    pub(crate) async fn look(&self, kind: &str, id: &str) -> Seen {
        self.look_in(kind, id, None).await
    }

    pub(crate) async fn look_in(&self, kind: &str, id: &str, within: Option<&str>) -> Seen {
        let asker = self.asker();
        let subject = Subject { within: within.map(str::to_owned), ..subject(kind, id) };
        let mut seen = look(&view(&asker, Duration::from_secs(60)), &[subject]).await;
        seen.remove(0)
    }
}

pub(crate) fn asker(url: &str) -> Asker {
    let sender = Sender::new(&Settings { upstream: Some(url.to_owned()), ..Settings::default() }).unwrap();
    let keys = Keys::new("testing", "testing-secret", None, None);
    let real = Real::fixed(keys, REGION, sender.clone());
    let bearer = Bearer { agent: "look-ups".to_owned(), change: None };
    Asker::new(sender, real, Binding::default(), bearer)
}

pub(crate) fn view(asker: &Asker, within: Duration) -> View<'_> {
    let now = datetime!(2026-11-28 12:00 UTC);
    View { asker, region: REGION, times: Times { now, deadline: Instant::now() + within, cached: true } }
}

pub(crate) fn subject(kind: &str, id: &str) -> Subject {
    Subject {
        address: format!("{kind}.it"),
        kind: kind.to_owned(),
        id: id.to_owned(),
        region: REGION.to_owned(),
        account: Some("123456789012".to_owned()),
        destroys: true,
        ..Subject::default()
    }
}

/// The dependents of a kind.
pub(crate) fn of<'s>(seen: &'s Seen, kind: &str) -> Vec<&'s Dependent> {
    seen.dependents.iter().filter(|dependent| dependent.kind == kind).collect()
}

pub(crate) fn ids(seen: &Seen, kind: &str) -> Vec<String> {
    of(seen, kind).into_iter().map(|dependent| dependent.id.clone()).collect()
}
