//! The database that every test's is a copy of: migrated, with the cast in it. Made once for a build of the binary.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use holdpoint_core::Digest;
use holdpoint_store::cluster::How;
use serde_json::{Map, Value, json};

use crate::postgres::Postgres;
use crate::{Client, Daemon, Ended, command, holdpoint};

/// A database to copy.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// Its name.
    pub(crate) name: String,
    /// The file with the key that signed its ledger.
    pub(crate) key: PathBuf,
    /// By name: id and token.
    pub(crate) cast: Value,
}

/// The settings that all replicas have. Tables that tests add to are left to them.
pub(crate) fn settings(dir: &Path, key: &Path, url: &str) -> String {
    format!(
        "data_dir = {:?}\ndatabase.url = {url:?}\ndatabase.max_connections = 8\nledger.key_file = {:?}\nlog.filter = \"info\"\n",
        dir.display().to_string(),
        key.display().to_string()
    )
}

/// The template of this build; one process makes it, the others wait for it.
pub(crate) fn get(postgres: &Arc<Postgres>) -> Template {
    let folder = postgres.base().join("templates");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let name = format!("tpl_{}", build());
    let (cast, key) = (folder.join(format!("{name}.json")), folder.join("ledger.key"));
    let databases = postgres.databases();
    if postgres.how != How::Reattached {
        tidy(postgres, &databases);
    }
    if !cast.is_file() || !databases.contains(&name) {
        for old in databases.iter().filter(|old| old.starts_with("tpl_")) {
            postgres.remove(old);
        }
        make(postgres, &folder, &name, &key, &cast);
    }
    let cast = serde_json::from_slice(&fs::read(cast).unwrap()).unwrap();
    Template { name, key, cast }
}

/// Databases that killed test processes left behind.
fn tidy(postgres: &Postgres, databases: &[String]) {
    for name in databases {
        let pid = name.strip_prefix("t_").and_then(|rest| rest.split('_').next());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            postgres.remove(name);
        }
    }
}

/// What the template depends on: the schema, and the binary that wrote it.
fn build() -> String {
    let binary = fs::metadata(holdpoint()).unwrap();
    let changed = binary.modified().unwrap().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let mut text = format!("{changed} {}", binary.len());
    let mut files: Vec<PathBuf> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "sql"))
        .collect();
    files.sort();
    for file in files {
        text.push_str(&Digest::of(&fs::read(file).unwrap()).to_string());
    }
    Digest::of(text.as_bytes()).short()
}

fn make(postgres: &Arc<Postgres>, folder: &Path, name: &str, key: &Path, cast: &Path) {
    postgres.create(name, None);
    if !key.exists() {
        write_private(key, &Digest::of(b"for tests only").to_string());
    }
    let owner = format!("database.owner_url = {:?}\n", postgres.url(name, "holdpoint_owner"));
    let common = settings(folder, key, &postgres.url(name, "holdpoint_app"));
    let config = folder.join("make.toml");
    fs::write(&config, format!("{common}{owner}")).unwrap();
    run(&["migrate", "--config"], &config);

    let mut people = Map::new();
    for (person, arguments) in [
        ("olive", &["--admin"][..]),
        ("ada", &["--group", "reviewers"]),
        ("grace", &["--group", "reviewers"]),
        ("linus", &["--group", "reviewers"]),
        ("eve", &[]),
    ] {
        let mut all = vec!["--output", "json", "person", "create", person];
        all.extend(arguments);
        all.push("--config");
        people.insert(person.to_owned(), run(&all, &config).json());
    }
    let mut daemon = Daemon::start(folder, "maker", &common);
    let olive = Client::with_token(&daemon.url(), people["olive"]["token"].as_str().unwrap());
    for (name, kind, operator) in [
        ("agent", "agent", people["olive"]["id"].clone()),
        ("pipeline", "pipeline", Value::Null),
        ("other", "pipeline", Value::Null),
    ] {
        let body = json!({ "name": name, "kind": kind, "operator": operator });
        people.insert(name.to_owned(), olive.post("/v1/agents", &body).unwrap().expect(201));
    }
    daemon.stop();
    // The cast's file is the mark of a finished template.
    write_private(cast, &Value::Object(people).to_string());
}

fn run(arguments: &[&str], config: &Path) -> Ended {
    let ended: Ended = command(holdpoint()).args(arguments).arg(config).output().unwrap().into();
    ended.expect(0)
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(new, path).unwrap();
}
