use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::postgres::{Database, Postgres};
use crate::template::{self, Template};
use crate::{Client, Daemon, Ended, command, holdpoint};

/// One installation: a database with people, an agent and pipelines in it, and a directory for its replicas.
#[derive(Debug)]
pub struct Site {
    /// Its database.
    pub database: Database,
    dir: PathBuf,
    template: Template,
    settings: String,
    variables: Vec<(String, String)>,
    replicas: std::sync::atomic::AtomicU32,
}

/// Everyone who has a credential, as clients of one replica.
#[derive(Debug, Clone)]
pub struct Cast {
    /// An administrator, and the agent's operator; no reviewer.
    pub olive: Client,
    /// A reviewer.
    pub ada: Client,
    /// A reviewer.
    pub grace: Client,
    /// A reviewer.
    pub linus: Client,
    /// A person in no group.
    pub eve: Client,
    /// An agent; olive answers for it.
    pub agent: Client,
    /// A pipeline.
    pub pipeline: Client,
    /// Another pipeline.
    pub other: Client,
    /// Nobody.
    pub nobody: Client,
}

/// Budgets that no test runs into by accident.
const ROOMY: &str = "\
budgets.agent = { over_hour = 9999, over_day = 9999, spent_hour = 9999, spent_day = 9999 }
budgets.session = { over_hour = 9999, over_day = 9999, spent_hour = 9999, spent_day = 9999 }
budgets.data = { over_hour = 9999, over_day = 9999, spent_hour = 9999, spent_day = 9999 }
budgets.class = { over_hour = 9999, over_day = 9999, spent_hour = 9999, spent_day = 9999 }
";

impl Site {
    /// A site in the shared cluster. None, with a word about it, where there is no Postgres.
    #[must_use]
    pub fn new(test: &str) -> Option<Site> {
        Some(Self::on(&Postgres::shared(test)?, test))
    }

    /// A site in this cluster.
    #[must_use]
    pub fn on(postgres: &Arc<Postgres>, test: &str) -> Site {
        let template = template::get(postgres);
        let database = Database::copy(postgres, &template.name);
        let dir = std::env::temp_dir().join(format!("hp-site-{}", database.name));
        std::fs::create_dir_all(&dir).unwrap_or_else(|error| panic!("{test}: {error}"));
        Site {
            database,
            dir,
            template,
            settings: String::new(),
            variables: Vec::new(),
            replicas: std::sync::atomic::AtomicU32::new(0),
        }
    }

    /// Further settings for the replicas, as lines of TOML under `[times]` and other tables.
    #[must_use]
    pub fn with(mut self, settings: &str) -> Site {
        self.settings.push_str(settings);
        self.settings.push('\n');
        self
    }

    /// A further variable in the replicas' environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Site {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A directory for this test's files, removed with the site.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Starts one more replica.
    #[must_use]
    pub fn start(&self) -> Daemon {
        let number = self.replicas.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let mut common = template::settings(&self.dir, &self.template.key, &self.database.app_url());
        if !self.settings.contains("budgets") {
            common.push_str(ROOMY);
        }
        // A busy machine is no silent source.
        if !self.settings.contains("facts.timeout") {
            common.push_str("facts.timeout_milliseconds = 20000\n");
        }
        let name = format!("replica-{number}");
        Daemon::start_with(&self.dir, &name, &format!("{common}{}", self.settings), &self.variables)
    }

    /// The cast, calling this replica.
    #[must_use]
    pub fn cast(&self, daemon: &Daemon) -> Cast {
        let client = |name: &str| Client::with_token(&daemon.url(), self.token(name));
        Cast {
            olive: client("olive"),
            ada: client("ada"),
            grace: client("grace"),
            linus: client("linus"),
            eve: client("eve"),
            agent: client("agent"),
            pipeline: client("pipeline"),
            other: client("other"),
            nobody: Client::anonymous(&daemon.url()),
        }
    }

    /// The token of one of the cast.
    #[must_use]
    pub fn token(&self, name: &str) -> &str {
        self.template.cast[name]["token"].as_str().unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// The id of one of the cast.
    #[must_use]
    pub fn id(&self, name: &str) -> &str {
        self.template.cast[name]["id"].as_str().unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// The command line as one of the cast.
    #[must_use]
    pub fn cli(&self, daemon: &Daemon, who: &str, arguments: &[&str]) -> std::process::Command {
        let mut cli = command(holdpoint());
        cli.args(arguments).env("HOLDPOINT_URL", daemon.url()).env("HOLDPOINT_TOKEN", self.token(who));
        cli.current_dir(&self.dir).stdin(std::process::Stdio::null());
        cli
    }

    /// Runs the command line as one of the cast, to its end.
    #[must_use]
    pub fn run(&self, daemon: &Daemon, who: &str, arguments: &[&str]) -> Ended {
        self.cli(daemon, who, arguments).output().unwrap().into()
    }

    /// Signs somebody in with a browser's request; the client carries the session's cookie and no token.
    #[must_use]
    pub fn session(&self, daemon: &Daemon, who: &str) -> Client {
        let form = format!("code={}", self.token(who));
        let headers =
            [("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")];
        let browser = Client::anonymous(&daemon.url());
        let answer = browser.call("POST", "/sign-in", &headers, Some(form.as_bytes())).expect("no answer");
        assert_eq!(answer.status, 303, "{}", answer.text);
        let cookie =
            answer.header("set-cookie").expect("no cookie").split(';').next().unwrap_or_default().to_owned();
        browser.with("cookie", &cookie)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Asks every few milliseconds until it is so, for half a minute at most.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !so() {
        assert!(Instant::now() < deadline, "still not so after 30 seconds: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until the sequencer has nothing more to take up; the newest checkpoint.
#[must_use]
pub fn settled(person: &Client) -> String {
    let checkpoint = || person.get("/v1/ledger/checkpoint").expect("no answer").text;
    let mut last = checkpoint();
    loop {
        // Longer than the sequencer's own timer.
        std::thread::sleep(Duration::from_millis(1_500));
        let now = checkpoint();
        if now == last {
            return now;
        }
        last = now;
    }
}
