//! A server of the test's own, for what moto does not know and for what goes wrong.

use std::sync::{Arc, Mutex};

use holdpoint_cloud::ask::Asker;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::world::asker;

/// A server that answers each request by a script, or not at all, and keeps the requests.
pub(crate) async fn server(
    answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> (Asker, Arc<Mutex<Vec<String>>>) {
    let answer = Arc::new(answer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let keeps = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (keeps, answer) = (Arc::clone(&keeps), Arc::clone(&answer));
            tokio::spawn(async move {
                let mut request = Vec::new();
                let mut part = [0; 8192];
                while !whole(&request) {
                    match stream.read(&mut part).await {
                        Ok(0) | Err(_) => return,
                        Ok(read) => request.extend_from_slice(&part[..read]),
                    }
                }
                let request = String::from_utf8_lossy(&request).into_owned();
                let answer = answer(&request);
                keeps.lock().unwrap().push(request);
                match answer {
                    Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap_or_default(),
                    None => std::future::pending().await,
                }
            });
        }
    });
    (asker(&url), heard)
}

fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// A success with this body.
pub(crate) fn ok(body: &str) -> Option<String> {
    answer("200 OK", body)
}

/// An answer with this status and body.
pub(crate) fn answer(status: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}
