//! The idle timeout of connections: no request is in progress and no new one has arrived.
//!
//! Everything but a complete request counts as idle: an incomplete header section, an HTTP/2 connection that is
//! only kept alive, responses that are never read, frames without a request.

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

/// The idle timeout while few connections are free.
const REDUCED_TIMEOUT: Duration = Duration::from_secs(1);

/// The time that a connection may have no request in progress.
#[derive(Clone, Copy)]
pub(super) struct IdleTimeout {
    /// The time for the first request and, from its first byte, for each later one, until the header section is
    /// complete.
    pub(super) header: Duration,
    /// The time between a response and the first byte of the next request.
    pub(super) idle: Duration,
}

impl IdleTimeout {
    /// Creates a timeout with the same time for both phases.
    pub(super) fn of(time: Duration) -> Self {
        Self {
            header: time,
            idle: time,
        }
    }

    /// The timeout while few connections are free.
    fn reduced(self) -> Self {
        Self {
            header: self.header.min(REDUCED_TIMEOUT),
            idle: self.idle.min(REDUCED_TIMEOUT),
        }
    }
}

/// The requests of a connection, from which its idle deadline follows. A cheap handle.
#[derive(Clone)]
pub(super) struct Activity(Arc<ActivityInner>);

struct ActivityInner {
    started: Instant,
    /// The number of requests in progress.
    in_flight: AtomicUsize,
    /// The time of the last response, in milliseconds since `started`; 0 before the first.
    answered: AtomicU64,
    /// The time of the first byte after that response, in milliseconds since `started`, or [`NOT_STARTED`].
    next_request: AtomicU64,
    /// Set if the connection uses HTTP/2, where bytes between requests are frames of the connection.
    is_http2: AtomicBool,
}

/// The value of `next_request` until its first byte arrives.
const NOT_STARTED: u64 = u64::MAX;

impl Activity {
    /// Creates the state of a new connection.
    pub(super) fn new() -> Self {
        Self(Arc::new(ActivityInner {
            started: Instant::now(),
            in_flight: AtomicUsize::new(0),
            answered: AtomicU64::new(0),
            next_request: AtomicU64::new(NOT_STARTED),
            is_http2: AtomicBool::new(false),
        }))
    }

    /// Notes that the client has sent bytes.
    fn note_bytes(&self) {
        let inner = &*self.0;
        let is_idle = inner.in_flight.load(Ordering::Acquire) == 0;
        let is_new = inner.next_request.load(Ordering::Acquire) == NOT_STARTED;
        if is_idle && is_new && !inner.is_http2.load(Ordering::Acquire) {
            inner.next_request.store(inner.elapsed(), Ordering::Release);
        }
    }

    /// Returns the time at which this connection has been idle for too long, counted from `started` at the
    /// earliest, or `None` while a request is in progress.
    fn deadline(&self, timeout: IdleTimeout, started: Instant) -> Option<Instant> {
        let inner = &*self.0;
        let is_idle = inner.in_flight.load(Ordering::Acquire) == 0;
        let at = |millis| (inner.started + Duration::from_millis(millis)).max(started);
        let answered = inner.answered.load(Ordering::Acquire);
        let next_request = inner.next_request.load(Ordering::Acquire);
        is_idle.then(|| match (answered, next_request) {
            (0, _) => at(0) + timeout.header,
            (answered, NOT_STARTED) => at(answered) + timeout.idle,
            (_, next_request) => at(next_request) + timeout.header,
        })
    }
}

impl ActivityInner {
    fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(NOT_STARTED - 1)
    }
}

/// A request in progress, until it is dropped.
pub(super) struct ActiveRequest(Activity);

impl ActiveRequest {
    pub(super) fn start(activity: &Activity, version: Version) -> Self {
        let inner = &*activity.0;
        inner.in_flight.fetch_add(1, Ordering::AcqRel);
        inner.next_request.store(NOT_STARTED, Ordering::Release);
        if version == Version::HTTP_2 {
            inner.is_http2.store(true, Ordering::Release);
        }
        Self(activity.clone())
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

/// Waits until the connection has had no request in progress for `timeout`, which is reduced while
/// `nearly_full` is true.
pub(super) async fn wait_until_idle(
    activity: Activity,
    mut nearly_full: watch::Receiver<bool>,
    timeout: IdleTimeout,
) {
    let started = Instant::now();
    loop {
        let timeout = if *nearly_full.borrow_and_update() {
            timeout.reduced()
        } else {
            timeout
        };
        tokio::select! {
            Ok(()) = nearly_full.changed() => {}
            () = wait_for_deadline(&activity, timeout, started) => return,
        }
    }
}

/// Waits until a connection has been idle for too long. The task of the connection polls this after each byte
/// that arrives, so the timer is moved to an earlier time when a request begins, and to a later time only when
/// it has expired.
async fn wait_for_deadline(activity: &Activity, timeout: IdleTimeout, started: Instant) {
    let deadline = || activity.deadline(timeout, started);
    let default_deadline = || Instant::now() + timeout.header;
    let mut timer = std::pin::pin!(sleep_until(deadline().unwrap_or_else(default_deadline)));
    poll_fn(|cx| {
        loop {
            if let Some(deadline) = deadline()
                && deadline < timer.deadline()
            {
                timer.as_mut().reset(deadline);
            }
            ready!(timer.as_mut().poll(cx));
            match deadline() {
                Some(deadline) if deadline <= Instant::now() => return Poll::Ready(()),
                deadline => timer
                    .as_mut()
                    .reset(deadline.unwrap_or_else(default_deadline)),
            }
        }
    })
    .await;
}

/// The stream of a connection, which notes when the client sends bytes.
pub(super) struct ActivityStream<S> {
    stream: S,
    activity: Activity,
}

impl<S> ActivityStream<S> {
    pub(super) fn new(stream: S, activity: Activity) -> Self {
        Self { stream, activity }
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
            self.activity.note_bytes();
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
