//! The part of a request body that the handler did not read.
//!
//! In HTTP/1 the next request follows the body of the last one, so a connection can be kept only if that body
//! has been read. Otherwise hyper closes the connection without announcing it in the response. Here the rest of
//! the body, up to a limit, is read and dropped before the response is sent. If that fails, the response has
//! `Connection: close` (RFC 9112 §9.6). HTTP/2 has streams, which end independently.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{
        HeaderValue, Request, StatusCode, Version,
        header::{CONNECTION, EXPECT},
    },
    response::Response,
};
use futures_util::future::poll_fn;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::oneshot::{Receiver, Sender, channel, error::TryRecvError};

/// The time for which a response waits for the rest of a body.
const READ_TIMEOUT: Duration = Duration::from_secs(1);

/// The state of a body when it was dropped.
enum BodyRest {
    /// The rest of the body has not been read.
    Unread(Incoming),
    /// The rest cannot be read: the client aborted it or waits for `100 Continue`.
    Unreadable,
}

/// The body of a request in progress.
pub(super) struct UnreadBody {
    rest: Receiver<BodyRest>,
    /// The maximum number of bytes that are read and dropped.
    max_bytes: usize,
}

/// Returns whether this body must be read before the next request of the connection.
pub(super) fn blocks_next_request(request: &Request<Incoming>) -> bool {
    request.version() <= Version::HTTP_11 && !request.body().is_end_stream()
}

/// Wraps the body of a request so that its unread rest is known when the handler has dropped it.
pub(super) fn track_body(
    request: Request<Incoming>,
    max_bytes: usize,
) -> (Request<Body>, Option<UnreadBody>) {
    if !blocks_next_request(&request) {
        return (request.map(Body::new), None);
    }
    let (sender, rest) = channel();
    let expects = request.headers().get(EXPECT);
    let expects_continue =
        expects.is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    let request = request.map(|body| {
        Body::new(TrackedBody {
            body: Some(body),
            expects_continue,
            sender: Some(sender),
        })
    });
    (request, Some(UnreadBody { rest, max_bytes }))
}

impl UnreadBody {
    /// Reads the rest of the body and returns the response. If the rest cannot be read, the response announces
    /// that the connection will be closed.
    pub(super) async fn send_after_rest(self, mut response: Response) -> Response {
        // The body was already given its time.
        let timed_out = response.status() == StatusCode::REQUEST_TIMEOUT;
        if timed_out || !self.read().await {
            set_connection_close(&mut response);
        }
        response
    }

    /// Reads the rest and returns whether the whole body has been read.
    async fn read(mut self) -> bool {
        match self.rest.try_recv() {
            Ok(BodyRest::Unread(body)) => {
                let rest = discard(body, self.max_bytes);
                tokio::time::timeout(READ_TIMEOUT, rest)
                    .await
                    .unwrap_or(false)
            }
            Err(TryRecvError::Closed) => true,
            Ok(BodyRest::Unreadable) | Err(TryRecvError::Empty) => false,
        }
    }
}

/// Adds `Connection: close` to the response.
pub(super) fn set_connection_close(response: &mut Response) {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
}

/// Reads a body and drops it. Returns whether its end was reached within `max_bytes`.
async fn discard(mut body: Incoming, max_bytes: usize) -> bool {
    let mut remaining = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    while !body.is_end_stream() {
        if body.size_hint().lower() > remaining {
            return false;
        }
        match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                match remaining.checked_sub(u64::try_from(length).unwrap_or(u64::MAX)) {
                    Some(rest) => remaining = rest,
                    None => return false,
                }
            }
        }
    }
    true
}

/// A body that reports its unread rest when it is dropped.
struct TrackedBody {
    /// `None` after the end.
    body: Option<Incoming>,
    /// Set if the client waits for `100 Continue`, which the first read sends.
    expects_continue: bool,
    sender: Option<Sender<BodyRest>>,
}

impl TrackedBody {
    fn report(&mut self, rest: BodyRest) {
        if let Some(sender) = self.sender.take() {
            // Without a receiver the response is no longer needed.
            drop(sender.send(rest));
        }
    }
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.expects_continue = false;
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(cx);
        match &polled {
            Poll::Ready(None) => self.body = None,
            Poll::Ready(Some(Err(_))) => {
                self.body = None;
                self.report(BodyRest::Unreadable);
            }
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.body.as_ref().map(HttpBody::size_hint);
        hint.unwrap_or_else(|| SizeHint::with_exact(0))
    }
}

impl Drop for TrackedBody {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let Some(body) = rest {
            let rest = if self.expects_continue {
                BodyRest::Unreadable
            } else {
                BodyRest::Unread(body)
            };
            self.report(rest);
        }
    }
}
