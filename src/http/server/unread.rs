//! The part of a request body that the answer did not wait for.
//!
//! HTTP/1 reads the next request after the body of the last one, so a connection can be kept only
//! if that body has been read. hyper closes it otherwise, without saying so in the answer. Here a
//! bounded rest is read and dropped before the answer goes out, or else the answer says
//! `Connection: close` (RFC 9112 §9.6). HTTP/2 has streams, which end one by one.

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

/// How long an answer waits for the rest of a body.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a dropped body leaves behind.
enum BodyRest {
    /// This much has not been read.
    Unread(Incoming),
    /// It cannot be read: the client broke it off, or waits for `100 Continue`.
    Unreadable,
}

/// The body of a request that is being answered.
pub(super) struct UnreadBody {
    rest: Receiver<BodyRest>,
    /// How many bytes are read and dropped at most.
    most: usize,
}

/// Whether the connection has no next request before this body is read.
pub(super) fn delays_next(request: &Request<Incoming>) -> bool {
    request.version() <= Version::HTTP_11 && !request.body().is_end_stream()
}

/// Hands the request over with a body whose unread rest is known after the answer.
pub(super) fn watched(
    request: Request<Incoming>,
    most: usize,
) -> (Request<Body>, Option<UnreadBody>) {
    if !delays_next(&request) {
        return (request.map(Body::new), None);
    }
    let (sender, rest) = channel();
    let expects = request.headers().get(EXPECT);
    let waits = expects.is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    let request = request.map(|body| {
        Body::new(WatchedBody {
            body: Some(body),
            waits,
            sender: Some(sender),
        })
    });
    (request, Some(UnreadBody { rest, most }))
}

impl UnreadBody {
    /// Reads the rest, or has the answer say that the connection ends with it.
    pub(super) async fn settle(self, mut response: Response) -> Response {
        // The body has had its time.
        let is_late = response.status() == StatusCode::REQUEST_TIMEOUT;
        if is_late || !self.read().await {
            close(&mut response);
        }
        response
    }

    /// Reads the rest. Says whether the whole body has been read.
    async fn read(mut self) -> bool {
        match self.rest.try_recv() {
            Ok(BodyRest::Unread(body)) => {
                let rest = discard(body, self.most);
                tokio::time::timeout(PATIENCE, rest).await.unwrap_or(false)
            }
            Err(TryRecvError::Closed) => true,
            Ok(BodyRest::Unreadable) | Err(TryRecvError::Empty) => false,
        }
    }
}

/// Says that the connection ends with this answer.
pub(super) fn close(response: &mut Response) {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
}

/// Reads a body to its end. Says whether that was reached within so many bytes.
async fn discard(mut body: Incoming, most: usize) -> bool {
    let mut left = u64::try_from(most).unwrap_or(u64::MAX);
    while !body.is_end_stream() {
        if body.size_hint().lower() > left {
            return false;
        }
        match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(u64::try_from(length).unwrap_or(u64::MAX)) {
                    Some(rest) => left = rest,
                    None => return false,
                }
            }
        }
    }
    true
}

/// A body that says, when it is dropped, what of it has not been read.
struct WatchedBody {
    /// `None` after the end.
    body: Option<Incoming>,
    /// Whether the client sends nothing before it is asked to, by the first read.
    waits: bool,
    sender: Option<Sender<BodyRest>>,
}

impl WatchedBody {
    fn leave(&mut self, rest: BodyRest) {
        if let Some(sender) = self.sender.take() {
            // Without a receiver nothing is to be answered any more.
            drop(sender.send(rest));
        }
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.waits = false;
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(cx);
        match &polled {
            Poll::Ready(None) => self.body = None,
            Poll::Ready(Some(Err(_))) => {
                self.body = None;
                self.leave(BodyRest::Unreadable);
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

impl Drop for WatchedBody {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let Some(body) = rest {
            let rest = if self.waits {
                BodyRest::Unreadable
            } else {
                BodyRest::Unread(body)
            };
            self.leave(rest);
        }
    }
}
