//! HTTP: one connection after the other's beginning, every call under the same lock.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::Fault;
use super::world::{Refusal, World};

type Shared = Arc<Mutex<World>>;

pub(super) fn run(listener: TcpListener, world: &Shared, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(accept(listener, world, stopped));
}

async fn accept(listener: TcpListener, world: &Shared, mut stopped: oneshot::Receiver<()>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { return };
        let world = Arc::clone(world);
        connections.spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&world), request));
            let http = hyper::server::conn::http1::Builder::new();
            // A connection that ends early is the other side's business, or a fault that a test asked for.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Ends the connection without an answer.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

async fn answer(world: Shared, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Dropped> {
    let header =
        |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let target = header("x-amz-target").unwrap_or_default();
    let signed = header("authorization").is_some_and(|text| text.starts_with("AWS4-HMAC-SHA256 "));
    let body = request.into_body().collect().await.map_err(|_| Dropped)?.to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let operation = target.strip_prefix("AmazonSSM.").unwrap_or_default();
    let mut world = world.lock().unwrap();
    world.log.push((operation.to_owned(), body.clone()));
    let answered = match world.take_fault(operation) {
        _ if !signed => Err(Refusal::new(403, "MissingAuthenticationTokenException", "not signed")),
        Some(Fault::Internal) => Err(Refusal::new(500, "InternalServerError", "something broke")),
        Some(Fault::Throttle) => Err(Refusal::new(400, "ThrottlingException", "Rate exceeded")),
        Some(Fault::DropAfter) => {
            let _ = world.call(operation, &body);
            return Err(Dropped);
        }
        None => world.call(operation, &body),
    };
    let (status, body) = match answered {
        Ok(body) => (200, body),
        Err(refusal) => (refusal.status, json!({ "__type": refusal.code, "message": refusal.message })),
    };
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.1");
    response.body(Full::new(Bytes::from(body.to_string()))).map_err(|_| Dropped)
}
