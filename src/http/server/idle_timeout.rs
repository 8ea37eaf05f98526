//! When a connection has gone quiet: nothing is being answered, and nothing new has been asked.
//!
//! Whatever a client does instead of asking counts as silence: a beginning without an end, an
//! HTTP/2 connection that is only kept alive, answers that are never read, frames without a request.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::http::Version;
use futures_util::future::poll_fn;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
    time::{Instant, sleep_until},
};

/// How long a client may be silent where places for connections run out.
const HURRIED: Duration = Duration::from_secs(1);

/// How long a connection may be without a request that is being answered.
#[derive(Clone, Copy)]
pub(super) struct IdleTimeout {
    /// For the first request, and from the first byte of any later one, until its header section is
    /// whole.
    pub(super) header: Duration,
    /// Between an answer and the first byte of the next request.
    pub(super) idle: Duration,
}

impl IdleTimeout {
    /// The same time for both.
    pub(super) fn of(time: Duration) -> Self {
        Self {
            header: time,
            idle: time,
        }
    }

    /// No more than where places for connections run out.
    fn hurried(self) -> Self {
        Self {
            header: self.header.min(HURRIED),
            idle: self.idle.min(HURRIED),
        }
    }
}

/// What a connection is asked: noted by each request, and looked at when a silence might be over.
#[derive(Clone)]
pub(super) struct Activity(Arc<ActivityInner>);

struct ActivityInner {
    begun: Instant,
    /// Requests that are being answered.
    in_flight: AtomicUsize,
    /// When the last one was answered, in milliseconds since the beginning; 0 before that.
    answered: AtomicU64,
    /// When the first byte after that arrived; [`NOT_BEGUN`] before that.
    begun_again: AtomicU64,
    /// On HTTP/2 bytes between requests are frames of the connection, not the next request.
    is_http2: AtomicBool,
}

/// No byte of the next request has arrived.
const NOT_BEGUN: u64 = u64::MAX;

impl Activity {
    /// Nothing so far.
    pub(super) fn nothing() -> Self {
        Self(Arc::new(ActivityInner {
            begun: Instant::now(),
            in_flight: AtomicUsize::new(0),
            answered: AtomicU64::new(0),
            begun_again: AtomicU64::new(NOT_BEGUN),
            is_http2: AtomicBool::new(false),
        }))
    }

    /// Notes bytes of the client.
    fn heard(&self) {
        let inner = &*self.0;
        let is_idle = inner.in_flight.load(Ordering::Acquire) == 0;
        let is_new = inner.begun_again.load(Ordering::Acquire) == NOT_BEGUN;
        if is_idle && is_new && !inner.is_http2.load(Ordering::Acquire) {
            inner.begun_again.store(inner.elapsed(), Ordering::Release);
        }
    }

    /// When this connection, which waits since `begun` at the earliest, has waited too long; `None`
    /// while something is being answered.
    fn until(&self, patience: IdleTimeout, begun: Instant) -> Option<Instant> {
        let inner = &*self.0;
        let is_idle = inner.in_flight.load(Ordering::Acquire) == 0;
        let at = |millis| (inner.begun + Duration::from_millis(millis)).max(begun);
        let answered = inner.answered.load(Ordering::Acquire);
        let begun_again = inner.begun_again.load(Ordering::Acquire);
        is_idle.then(|| match (answered, begun_again) {
            (0, _) => at(0) + patience.header,
            (answered, NOT_BEGUN) => at(answered) + patience.idle,
            (_, begun_again) => at(begun_again) + patience.header,
        })
    }
}

impl ActivityInner {
    fn elapsed(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(NOT_BEGUN - 1)
    }
}

/// A request that is being answered, until it is dropped.
pub(super) struct ActiveRequest(Activity);

impl ActiveRequest {
    pub(super) fn among(asked: &Activity, version: Version) -> Self {
        let inner = &*asked.0;
        inner.in_flight.fetch_add(1, Ordering::AcqRel);
        inner.begun_again.store(NOT_BEGUN, Ordering::Release);
        if version == Version::HTTP_2 {
            inner.is_http2.store(true, Ordering::Release);
        }
        Self(asked.clone())
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        let inner = &*self.0.0;
        inner
            .answered
            .fetch_max(inner.elapsed().max(1), Ordering::AcqRel);
        inner.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Waits until no request has been in flight for longer than `patience`, or less where places are
/// `pressed` for.
pub(super) async fn silence(
    asked: Activity,
    mut pressed: watch::Receiver<bool>,
    patience: IdleTimeout,
) {
    let begun = Instant::now();
    loop {
        let patience = if *pressed.borrow_and_update() {
            patience.hurried()
        } else {
            patience
        };
        tokio::select! {
            Ok(()) = pressed.changed() => {}
            () = is_over(&asked, patience, begun) => return,
        }
    }
}

/// Waits until a connection has been silent for too long. The task of the connection polls this
/// after each byte that arrives, so the timer is set to an earlier time where a request begins, and
/// to a later one only when it has run out.
async fn is_over(asked: &Activity, patience: IdleTimeout, begun: Instant) {
    let until = || asked.until(patience, begun);
    let later = || Instant::now() + patience.header;
    let mut timer = std::pin::pin!(sleep_until(until().unwrap_or_else(later)));
    poll_fn(|cx| {
        loop {
            if let Some(until) = until()
                && until < timer.deadline()
            {
                timer.as_mut().reset(until);
            }
            ready!(timer.as_mut().poll(cx));
            match until() {
                Some(until) if until <= Instant::now() => return Poll::Ready(()),
                until => timer.as_mut().reset(until.unwrap_or_else(later)),
            }
        }
    })
    .await;
}

/// The stream of a connection, which notes when the client sends something.
pub(super) struct ActivityStream<S> {
    stream: S,
    asked: Activity,
}

impl<S> ActivityStream<S> {
    pub(super) fn new(stream: S, asked: Activity) -> Self {
        Self { stream, asked }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ActivityStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.asked.heard();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ActivityStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
