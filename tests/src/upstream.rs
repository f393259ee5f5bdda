use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// In the place of AWS: it notes what reaches it, answers all alike, and can be made to keep its answers back.
#[derive(Debug)]
pub struct Upstream {
    port: u16,
    shared: Arc<Shared>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The line of the request and its headers.
    pub head: String,
    /// Its body.
    pub body: String,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    seen: Vec<Seen>,
    /// Requests with this in them wait.
    held: Option<String>,
    ended: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Upstream {
    /// On a free port.
    #[must_use]
    pub fn start() -> Upstream {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let of = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if of.state().ended {
                    return;
                }
                let of = Arc::clone(&of);
                std::thread::spawn(move || while one(&of, &stream).is_some() {});
            }
        });
        Upstream { port, shared }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Keeps back the answers to requests that have this in them.
    pub fn hold(&self, what: &str) {
        self.shared.state().held = Some(what.to_owned());
    }

    /// Gives the answers that were kept back.
    pub fn release(&self) {
        self.shared.state().held = None;
        self.shared.changed.notify_all();
    }

    /// The requests with this in them.
    #[must_use]
    pub fn seen(&self, what: &str) -> Vec<Seen> {
        self.shared.state().seen.iter().filter(|seen| seen.has(what)).cloned().collect()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.state().ended = true;
        self.release();
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Seen {
    fn has(&self, what: &str) -> bool {
        self.head.contains(what) || self.body.contains(what)
    }
}

/// One request and its answer.
fn one(shared: &Shared, mut stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let seen = Seen { head, body: String::from_utf8_lossy(&body).into_owned() };
    let mut state = shared.state();
    state.seen.push(seen.clone());
    while !state.ended && state.held.as_ref().is_some_and(|held| seen.has(held)) {
        state = shared.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
    }
    drop(state);
    let (kind, text) = if seen.head.contains("amz-json") {
        ("application/x-amz-json-1.0", "{}")
    } else {
        ("text/xml", "<Response><requestId>r-1</requestId></Response>")
    };
    let length = text.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nx-amzn-requestid: r-1\r\n\r\n{text}"
    )
    .ok()
}
