//! A limit on silence, not on length: a large upload may take an hour, as long as it moves.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Frame, SizeHint};
use hyper::body::Bytes;

use super::Body;

/// Counts what was taken of a body, and remembers if it failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Pulse(Arc<Beats>);

#[derive(Debug, Default)]
struct Beats {
    taken: AtomicU64,
    broken: AtomicBool,
}

impl Pulse {
    /// Whether the body ended in an error, and not at its end.
    pub(super) fn broken(&self) -> bool {
        self.0.broken.load(Ordering::Acquire)
    }
}

/// A body that counts its frames as the connection takes them.
#[derive(Debug)]
pub(super) struct Watched {
    body: Body,
    pulse: Pulse,
}

impl Watched {
    pub(super) fn new(body: Body, pulse: Pulse) -> Self {
        Self { body, pulse }
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(frame) = &polled {
            self.pulse.0.taken.fetch_add(1, Ordering::Relaxed);
            if matches!(frame, Some(Err(_))) {
                self.pulse.0.broken.store(true, Ordering::Release);
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Waits for an answer as long as the body moves, and `silence` beyond that; none if it stays silent.
pub(super) async fn unless_silent<F: Future>(
    answer: F,
    pulse: &Pulse,
    silence: Duration,
) -> Option<F::Output> {
    let mut answer = pin!(answer);
    loop {
        let before = pulse.0.taken.load(Ordering::Relaxed);
        if let Ok(output) = tokio::time::timeout(silence, answer.as_mut()).await {
            return Some(output);
        }
        if pulse.0.taken.load(Ordering::Relaxed) == before {
            return None;
        }
    }
}
