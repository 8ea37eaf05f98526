//! The server: accepts connections, bounds them, and ends without cutting anybody off.

mod ambiguous_requests;
mod connections;
mod idle_timeout;
mod unread;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::ConnectInfo,
    response::{IntoResponse, Response},
};
use futures_util::{
    FutureExt,
    future::{Either, ready},
};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tower::ServiceExt;

use self::{
    ambiguous_requests::reject_ambiguous,
    connections::ConnectionLimiter,
    idle_timeout::{ActiveRequest, Activity, ActivityStream, IdleTimeout, silence},
    unread::UnreadBody,
};
use crate::{app::Readiness, config, http::problem::Problem, network::Network};

/// How long to wait after the system could not give us a connection.
const AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(100);

/// How long the last connections have to send a request before they count as idle.
const AFTER_CLOSE: Duration = Duration::from_millis(100);

/// How long a connection that has gone quiet has for what is still to be sent.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Streams of one HTTP/2 connection at once.
const MAX_STREAMS: u32 = 100;

/// Streams that a client may have reset before we have looked at them (CVE-2023-44487).
const MAX_PENDING_RESETS: usize = 20;

/// Streams that a client may make us reset (CVE-2025-8671).
const MAX_OWN_RESETS: usize = 100;

/// Bytes that a client may send ahead: the least that RFC 9113 §6.9.2 starts with.
const WINDOW: u32 = 65_535;

/// Serves until `stop`, which says how long to go on answering, with `Connection: close`, so that
/// whoever routes requests to us can notice; then finishes what is in flight, for a while. Says how
/// many connections had to be cut off after that.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &config::HttpConfig,
    readiness: Readiness,
    stop: impl Future<Output = Duration>,
) -> usize {
    let (open, closed) = watch::channel(());
    // Streams of HTTP/2 cost memory as connections do: as many requests at once as connections.
    let places = Arc::new(Semaphore::new(settings.max_connections));
    let mut limiter = ConnectionLimiter::with_limit(settings.max_connections);
    let accept = |accepted: (TcpStream, SocketAddr), limiter: &mut ConnectionLimiter| {
        let (stream, peer) = accepted;
        let network = Network::of(peer.ip());
        if !limiter.admits(network) {
            tracing::debug!(%network, "refused a connection: too many from one network");
            return;
        }
        let service = (router.clone(), settings.clone(), places.clone());
        let signals = (limiter.pressed(), closed.clone());
        limiter.join(network, serve_connection(stream, peer, service, signals));
    };

    let mut stopping = std::pin::pin!(async {
        let drain = stop.await;
        readiness.stop();
        tokio::time::sleep(drain).await;
    });
    loop {
        tokio::select! {
            accepted = listener.accept(), if !limiter.is_full() => match accepted {
                Ok(accepted) => accept(accepted, &mut limiter),
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(AFTER_ACCEPT_ERROR).await;
                }
            },
            Some(()) = limiter.left() => {}
            () = &mut stopping => break,
        }
    }
    // Whoever has connected already is still served.
    while !limiter.is_full()
        && let Ok(Ok(accepted)) = tokio::time::timeout(Duration::ZERO, listener.accept()).await
    {
        accept(accepted, &mut limiter);
    }
    drop(listener);
    tokio::time::sleep(AFTER_CLOSE).await;
    drop(open);
    let _ = tokio::time::timeout(settings.shutdown_grace, limiter.all_left()).await;
    let cut_off = limiter.len();
    limiter.shutdown().await;
    cut_off
}

/// Serves one connection to its end, for as long as requests come.
async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    (router, settings, places): (Router, config::HttpConfig, Arc<Semaphore>),
    (pressed, mut closed): (watch::Receiver<bool>, watch::Receiver<()>),
) {
    let asked = Activity::nothing();
    let noted = asked.clone();
    let max_body = settings.max_body;
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let held = ActiveRequest::among(&noted, request.version());
        let place = places.clone().try_acquire_owned();
        let answer = match &place {
            Err(_) => Some(reject_when_full(&request)),
            Ok(_) => reject_ambiguous(&request),
        };
        // No `async` block: its future would hold, and copy, the request twice.
        let answer = if let Some(answer) = answer {
            Either::Left(ready(Ok::<_, Infallible>(answer)))
        } else {
            let (request, unread) = unread::watched(request, max_body);
            let answer = router.clone().oneshot(request);
            Either::Right(answer.then(move |Ok(answer)| settled(answer, unread)))
        };
        answer.inspect(move |_| drop((held, place)))
    });
    let silent = |patience| silence(asked.clone(), pressed.clone(), patience);
    let patience = IdleTimeout {
        header: settings.header_timeout,
        idle: settings.idle_timeout,
    };

    let builder = builder(&settings);
    let stream = TokioIo::new(ActivityStream::new(stream, asked.clone()));
    let mut connection = std::pin::pin!(builder.serve_connection(stream, service));
    // The connection first: what it reads decides how long the silence may last.
    let last_words = tokio::select! {
        biased;
        ended = connection.as_mut() => Either::Left(ended),
        _ = closed.changed() => Either::Right(IdleTimeout::of(settings.header_timeout)),
        () = silent(patience) => Either::Right(IdleTimeout::of(LAST_WORDS)),
    };
    let ended = match last_words {
        Either::Left(ended) => ended,
        Either::Right(patience) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                biased;
                ended = connection => ended,
                () = silent(patience) => Err("the client stopped sending".into()),
            }
        }
    };
    // What fails here is the client's side of it: resets, time-outs, bad requests.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The answer where there are too many requests at once: no time is left to read a body.
fn reject_when_full(request: &Request<Incoming>) -> Response {
    let mut answer = Problem::crowded().into_response();
    if unread::delays_next(request) {
        unread::close(&mut answer);
    }
    answer
}

/// The answer, after the rest of the body.
async fn settled(answer: Response, unread: Option<UnreadBody>) -> Result<Response, Infallible> {
    Ok(match unread {
        Some(unread) => unread.settle(answer).await,
        None => answer,
    })
}

fn builder(settings: &config::HttpConfig) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // It would run between requests too. `silence` tells the two apart.
        .header_read_timeout(None)
        .max_buf_size(settings.max_header);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(settings.header_timeout)
        .keep_alive_timeout(settings.header_timeout)
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_OWN_RESETS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_header_list_size(u32::try_from(settings.max_header).unwrap_or(u32::MAX));
    builder
}
