//! A private cluster for the whole run. A shell watches over it: when this process is gone, however it went, the shell's
//! input ends, and it stops the server and removes the folder.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::sync::OnceCell;

const WATCH: &str = r#"
bin=$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || { echo none; exit 0; }
trap : INT TERM
dir=$(mktemp -d /tmp/holdpoint-test-XXXXXX) || { echo none; exit 0; }
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; echo none; exit 0; }
"$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
  -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB >>"$dir/log" 2>&1 &
echo "$dir"
cat >/dev/null
kill -INT $!; wait $!; rm -rf "$dir"
"#;

struct Server {
    socket: Option<String>,
    /// Its input is what keeps the server alive.
    _watch: Child,
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let root = rustix::process::geteuid().is_root();
        #[expect(clippy::disallowed_methods, reason = "the test harness starts its own server")]
        let mut command = Command::new(if root { "setpriv" } else { "sh" });
        if root {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
        }
        command.args(["-c", WATCH]).current_dir("/tmp").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut watch = command.spawn().expect("a shell");
        let mut line = String::new();
        BufReader::new(watch.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let socket = Some(line.trim().to_owned()).filter(|dir| dir.starts_with('/'));
        Server { socket, _watch: watch }
    })
}

/// The URL of a database for a role.
pub(crate) fn url(socket: &str, database: &str, role: &str) -> String {
    format!("postgres:///{database}?host={socket}&user={role}&sslmode=disable")
}

async fn ready(socket: &str) -> PgConnection {
    for _ in 0..500 {
        if let Ok(connection) = PgConnection::connect(&url(socket, "postgres", "postgres")).await {
            return connection;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the test server did not start; see {socket}/log");
}

fn socket(test: &str) -> Option<&'static str> {
    let socket = server().socket.as_deref();
    if socket.is_none() {
        println!("skipped {test}: no Postgres found; install it, for example by `apt install postgresql`");
    }
    socket
}

async fn create(socket: &str, template: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let sql = format!("create database {name} template {template}");
    ready(socket).await.execute(AssertSqlSafe(sql)).await.unwrap();
    name
}

/// A database without anything in it, on a server that has the roles.
pub(crate) async fn empty(test: &str) -> Option<(String, String)> {
    let (socket, _) = database(test).await?;
    let name = create(&socket, "template0").await;
    Some((socket, name))
}

/// A fresh, migrated database: its socket and name. `None`, said aloud, without Postgres.
pub(crate) async fn database(test: &str) -> Option<(String, String)> {
    static TEMPLATE: OnceCell<()> = OnceCell::const_new();
    let socket = socket(test)?;
    TEMPLATE
        .get_or_init(|| async {
            let mut connection = ready(socket).await;
            connection.execute("create database template_holdpoint").await.unwrap();
            connection.close().await.unwrap();
            holdpoint_store::migrate(&url(socket, "template_holdpoint", "postgres")).await.unwrap();
        })
        .await;
    Some((socket.to_owned(), create(socket, "template_holdpoint").await))
}
