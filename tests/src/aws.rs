//! A site whose daemon guards a stand-in for AWS, and AWS's own clients as an agent runs them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::moto::python;
use crate::{Cast, Daemon, Ended, Moto, Site, command};

/// The credential that only the daemon has.
pub const REAL_KEY: (&str, &str) = ("AKIDOFTHEDAEMONALONE", "theRealSecret/OfTheDaemonAlone+000000001");

/// Where calls are signed for, unless a test says otherwise.
pub const REGION: &str = "eu-west-1";

/// What every daemon of these tests is told: nothing is looked up beyond what a test is about.
const SETTINGS: &str = "aws.gather_milliseconds = 300\naws.account = \"123456789012\"\n";

/// A daemon with the gateway, in front of moto or of something else.
#[derive(Debug)]
pub struct Aws {
    /// The daemon.
    pub daemon: Daemon,
    /// Everyone, calling it.
    pub cast: Cast,
    /// Its database and directory.
    pub site: Site,
    moto: Option<Moto>,
    variables: BTreeMap<String, String>,
}

impl Aws {
    /// In front of the moto that all tests share. None, with a word about it, where something is missing.
    #[must_use]
    pub fn new(test: &str) -> Option<Aws> {
        Self::with(test, "")
    }

    /// With further settings.
    #[must_use]
    pub fn with(test: &str, settings: &str) -> Option<Aws> {
        let moto = Moto::shared(test)?;
        let mut aws = Self::before(Site::new(test)?, &moto.url(), settings, REAL_KEY);
        aws.moto = Some(moto);
        Some(aws)
    }

    /// A site for a stand-in of the test's own. None, with a word about it, where something is missing.
    #[must_use]
    pub fn site(test: &str) -> Option<Site> {
        if python().is_none() {
            eprintln!("skipped: {test} (no Python with boto3 here)");
            return None;
        }
        Site::new(test)
    }

    /// In front of whatever is there, with this as the daemon's own credential.
    #[must_use]
    pub fn before(site: Site, upstream: &str, settings: &str, real: (&str, &str)) -> Aws {
        let site = site
            .with(&format!("aws.upstream = {upstream:?}\n{SETTINGS}{settings}"))
            .environment("AWS_ACCESS_KEY_ID", real.0)
            .environment("AWS_SECRET_ACCESS_KEY", real.1)
            .environment("AWS_EC2_METADATA_DISABLED", "true");
        let daemon = site.start();
        let cast = site.cast(&daemon);
        let mut aws = Aws { daemon, cast, site, moto: None, variables: BTreeMap::new() };
        aws.variables = aws.access(&aws.daemon, "agent", &["--no-proxy"]);
        aws
    }

    /// What stands in for AWS, to be asked behind the daemon's back.
    ///
    /// # Panics
    /// If it is not moto.
    #[must_use]
    pub fn moto(&self) -> &Moto {
        self.moto.as_ref().unwrap()
    }

    /// A name that no other test uses, also for S3 buckets.
    #[must_use]
    pub fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.site.database.name.replace('_', "-"))
    }

    /// The variables that `holdpoint agent env` gives an agent, as a shell sets them.
    #[must_use]
    pub fn access(&self, daemon: &Daemon, who: &str, flags: &[&str]) -> BTreeMap<String, String> {
        self.access_with(daemon, self.site.token(who), flags)
    }

    /// From here on the agent is another one, that works in this environment.
    pub fn work_in(&mut self, environment: &str) {
        let body = serde_json::json!({
            "name": environment, "kind": "agent", "operator": self.site.id("olive"), "environment": environment,
        });
        let made = self.cast.olive.post("/v1/agents", &body).expect("no answer").expect(201);
        self.variables = self.access_with(&self.daemon, made["token"].as_str().unwrap(), &["--no-proxy"]);
    }

    fn access_with(&self, daemon: &Daemon, token: &str, flags: &[&str]) -> BTreeMap<String, String> {
        let mut shell = self.shell("sh");
        let line = r#"set -e; lines=$("$0" agent env self "$@"); eval "$lines"; env -0"#;
        shell.args(["-c", line]).arg(crate::holdpoint()).args(flags);
        shell.env("HOLDPOINT_URL", daemon.url()).env("HOLDPOINT_TOKEN", token);
        let ended = shell.output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        let all = String::from_utf8(ended.stdout).unwrap();
        let pairs = all.split('\0').filter_map(|pair| pair.split_once('='));
        let route = |name: &str| {
            name.starts_with("AWS_")
                || name.ends_with("_PROXY")
                || name.contains("CA_")
                || name == "SSL_CERT_FILE"
        };
        pairs.filter(|(name, _)| route(name)).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    }

    /// The same clients by the proxy alone: nothing tells them of an endpoint.
    #[must_use]
    pub fn proxied(&self) -> BTreeMap<String, String> {
        let mut all = self.access(&self.daemon, "agent", &[]);
        all.remove("AWS_ENDPOINT_URL");
        all
    }

    /// A process without anything of AWS's in its environment.
    fn shell(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut process = command(program);
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_PROFILE",
            "AWS_ENDPOINT_URL",
            "AWS_CA_BUNDLE",
            "HTTPS_PROXY",
            "https_proxy",
            "HTTP_PROXY",
            "http_proxy",
            "NO_PROXY",
            "no_proxy",
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "TF_CLI_CONFIG_FILE",
        ] {
            process.env_remove(name);
        }
        process
            .env("AWS_CONFIG_FILE", self.site.dir().join("no-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.site.dir().join("no-credentials"))
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_REGION", REGION)
            .env("AWS_PAGER", "")
            .env("TMPDIR", self.site.dir())
            .current_dir(self.site.dir())
            .stdin(Stdio::null());
        process
    }

    /// A process of the agent, with what routes AWS's clients.
    #[must_use]
    pub fn process(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut process = self.shell(program);
        process.envs(&self.variables);
        process
    }

    /// The same with other variables.
    #[must_use]
    pub fn process_with(
        &self,
        program: impl AsRef<std::ffi::OsStr>,
        variables: &BTreeMap<String, String>,
    ) -> Command {
        let mut process = self.shell(program);
        process.envs(variables);
        process
    }

    /// The agent's variables.
    #[must_use]
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// `aws` with these arguments, run to its end.
    #[must_use]
    pub fn cli(&self, cli: &Cli, arguments: &[&str]) -> Ended {
        self.process(&cli.program).args(&cli.first).args(arguments).output().unwrap().into()
    }

    /// The arguments in one text, split at spaces.
    #[must_use]
    pub fn run(&self, line: &str) -> Ended {
        self.cli(&Cli::v1(), &line.split(' ').collect::<Vec<_>>())
    }

    /// Behind the daemon's back, with a credential of whoever prepares a test.
    pub fn prepare(&self, line: &str) -> Ended {
        let cli = Cli::v1();
        let mut process = self.shell(&cli.program);
        process.args(&cli.first).args(line.split(' ')).env("AWS_ENDPOINT_URL", self.moto().url());
        process.env("AWS_ACCESS_KEY_ID", "prepares").env("AWS_SECRET_ACCESS_KEY", "prepares");
        Ended::from(process.output().unwrap()).expect(0)
    }

    /// A program of the agent in Python, to be started.
    ///
    /// # Panics
    /// Without Python; nothing comes this far there.
    #[must_use]
    pub fn python(&self, script: &str, arguments: &[&str]) -> Command {
        let mut process = self.process(python().unwrap());
        process.arg(clients("aws-py").join(script)).args(arguments);
        process
    }

    /// A program of the agent in JavaScript, run to its end. None, with a word about it, where the SDK is missing.
    #[must_use]
    pub fn node(&self, script: &str, arguments: &[&str]) -> Option<Ended> {
        let dir = clients("aws-js");
        if !dir.join("node_modules/@aws-sdk/client-s3").is_dir() {
            eprintln!("skipped: {script} (the JavaScript SDK is not installed: scripts/need.sh aws)");
            return None;
        }
        Some(self.process("node").arg(dir.join(script)).args(arguments).output().unwrap().into())
    }

    /// People release what an answer says is held; the change as it was.
    ///
    /// # Panics
    /// If the answer names no change, or it is not released by two reviewers.
    pub fn release(&self, answer: &str) -> Value {
        let id = change_in(answer).unwrap_or_else(|| panic!("no change is named in {answer}"));
        let change = self.cast.ada.change(&id);
        assert_eq!(change["state"], "held", "{change}");
        self.cast.ada.approve(&change);
        if self.cast.ada.state(&id) == "held" {
            self.cast.grace.approve(&change);
        }
        assert_eq!(self.cast.ada.state(&id), "approved", "{change}");
        change
    }

    /// The agent's changes, newest first.
    #[must_use]
    pub fn changes(&self) -> Vec<Value> {
        let all = self.cast.ada.get("/v1/changes?limit=200").expect("no answer").expect(200);
        all["changes"].as_array().unwrap().clone()
    }

    /// Fails if the daemon's real credential is in its log or anywhere in its database.
    pub fn keeps_its_secret(&self) {
        let log = self.daemon.log();
        let tables = self.site.database.ask(
            "select string_agg(query_to_xml(format('select * from %I.%I', schemaname, tablename), true, false, '')::text, '') \
             from pg_tables where schemaname = 'holdpoint'",
        );
        assert!(tables.contains("HPK"), "everything is looked through");
        for secret in [REAL_KEY.0, REAL_KEY.1] {
            assert!(!log.contains(secret) && !tables.contains(secret), "{secret} is on record");
        }
    }
}

/// The id of the change that an answer names.
#[must_use]
pub fn change_in(answer: &str) -> Option<String> {
    let at = answer.find("chg_")?;
    Some(answer.get(at..)?.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
}

/// Where programs of agents are kept.
fn clients(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// An AWS command line.
#[derive(Debug, Clone)]
pub struct Cli {
    /// For people.
    pub name: &'static str,
    program: PathBuf,
    first: Vec<&'static str>,
}

impl Cli {
    /// Version 1, beside moto.
    ///
    /// # Panics
    /// Without Python; nothing comes this far there.
    #[must_use]
    pub fn v1() -> Cli {
        Cli { name: "aws v1", program: python().unwrap().to_owned(), first: vec!["-m", "awscli"] }
    }

    /// Version 2, where it is installed.
    #[must_use]
    pub fn v2() -> Option<Cli> {
        let program = clients("aws-js").join("node_modules/.aws-v2/aws");
        if !program.is_file() {
            eprintln!("skipped: aws v2 (not installed: scripts/need.sh aws)");
            return None;
        }
        Some(Cli { name: "aws v2", program, first: Vec::new() })
    }

    /// Its program.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// A process of it, with these variables.
    #[must_use]
    pub fn start(&self, aws: &Aws, variables: &BTreeMap<String, String>) -> Command {
        let mut process = aws.process_with(&self.program, variables);
        process.args(&self.first);
        process
    }

    /// All that are here.
    #[must_use]
    pub fn all() -> Vec<Cli> {
        std::iter::once(Self::v1()).chain(Self::v2()).collect()
    }
}

/// The size of large objects: 100 MB, or what HOLDPOINT_TEST_LARGE_MB says.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "only who runs the tests can ask for the long ones")]
pub fn large_megabytes() -> u32 {
    std::env::var("HOLDPOINT_TEST_LARGE_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}
