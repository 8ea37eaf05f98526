//! The HTTP server: accepts connections, limits them and shuts down gracefully.

mod ambiguous_requests;
mod connections;
mod current_router;
mod idle_timeout;
mod unread;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, response::Response};
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
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tower::ServiceExt;

pub use self::current_router::{CurrentRouter, ServedRoutes};
use self::{
    ambiguous_requests::reject_ambiguous,
    connections::ConnectionLimiter,
    idle_timeout::{ActiveRequest, Activity, ActivityStream, IdleTimeout, wait_until_idle},
    unread::UnreadBody,
};
use crate::{app::Readiness, config, network::Network, tls::ServerTls};

/// The pause after an error of `accept`.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// The time that the last accepted connections have to send a request before they count as idle.
const LAST_REQUEST_WINDOW: Duration = Duration::from_millis(100);

/// The time that an idle connection has to send its remaining output before it is closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The maximum number of concurrent streams of one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// The maximum number of streams that a client may reset before they are handled (CVE-2023-44487).
const MAX_PENDING_RESETS: usize = 20;

/// The maximum number of streams that a client may cause the server to reset (CVE-2025-8671).
const MAX_LOCAL_RESETS: usize = 100;

/// The number of bytes that a client may send ahead: the initial window size of RFC 9113 §6.9.2.
const INITIAL_WINDOW: u32 = 65_535;

/// A bound listener, and the certificate by which it serves TLS.
#[derive(Debug)]
pub struct HttpListener {
    /// The listening socket.
    pub tcp: TcpListener,
    /// Without it, the listener serves plain HTTP.
    pub tls: Option<ServerTls>,
}

/// Serves `router` until `stop` resolves, and returns the number of connections that had to be cut off.
///
/// `stop` resolves to the time for which requests are still accepted and answered with `Connection: close`, so
/// that load balancers can notice the shutdown. After that, requests in flight have `shutdown_grace` to finish.
pub async fn serve(
    listener: HttpListener,
    router: CurrentRouter,
    settings: &config::HttpConfig,
    readiness: Readiness,
    stop: impl Future<Output = Duration>,
) -> usize {
    let HttpListener { tcp: listener, tls } = listener;
    let (running, stopped) = watch::channel(());
    // HTTP/2 streams cost memory as connections do, so the limit of connections also bounds the requests
    // that are in progress.
    let permits = Arc::new(Semaphore::new(settings.max_connections));
    let mut limiter = ConnectionLimiter::with_limit(settings.max_connections);
    let accept = |accepted: (TcpStream, SocketAddr), limiter: &mut ConnectionLimiter| {
        let (stream, peer) = accepted;
        let network = Network::of(peer.ip());
        if !limiter.admits(network) {
            tracing::debug!(%network, "refused a connection: too many from one network");
            return;
        }
        let service = (router.clone(), settings.clone(), permits.clone());
        let signals = (limiter.nearly_full(), stopped.clone());
        match tls.clone() {
            None => limiter.spawn(network, serve_connection(stream, peer, service, signals)),
            Some(tls) => {
                let limit = settings.header_timeout;
                let mut stopped = stopped.clone();
                limiter.spawn(network, async move {
                    let accepted = tokio::select! {
                        accepted = tls.accept(stream, limit) => accepted,
                        _ = stopped.changed() => return,
                    };
                    match accepted {
                        Ok(stream) => serve_connection(stream, peer, service, signals).await,
                        // Caused by the client: plain HTTP, an unknown authority, a port scan.
                        Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
                    }
                });
            }
        }
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
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            },
            Some(()) = limiter.next_closed() => {}
            () = &mut stopping => break,
        }
    }
    // Connections in the backlog are still served.
    while !limiter.is_full()
        && let Ok(Ok(accepted)) = tokio::time::timeout(Duration::ZERO, listener.accept()).await
    {
        accept(accepted, &mut limiter);
    }
    drop(listener);
    tokio::time::sleep(LAST_REQUEST_WINDOW).await;
    drop(running);
    let _ = tokio::time::timeout(settings.shutdown_grace, limiter.all_closed()).await;
    let cut_off = limiter.len();
    limiter.shutdown().await;
    cut_off
}

/// Serves one connection until it ends or has been idle for too long.
async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    (router, settings, permits): (CurrentRouter, config::HttpConfig, Arc<Semaphore>),
    (nearly_full, mut stopped): (watch::Receiver<bool>, watch::Receiver<()>),
) {
    let activity = Activity::new();
    let connection_activity = activity.clone();
    let max_body = settings.max_body;
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let active = ActiveRequest::start(&connection_activity, request.version());
        let permit = permits.clone().try_acquire_owned();
        // Not an `async` block: its future would hold and copy the request twice.
        let answer = if let Some(answer) = reject_ambiguous(&request) {
            Either::Left(ready(Ok::<_, Infallible>(answer)))
        } else if permit.is_err() {
            let answer = reject_when_full(router.overloaded(), request);
            Either::Right(Either::Left(answer.map(Ok)))
        } else {
            let (request, unread) = unread::track_body(request, max_body);
            let answer = router.routes().oneshot(request);
            let answer = answer.then(move |Ok(answer)| respond_after_body(answer, unread));
            Either::Right(Either::Right(answer))
        };
        answer.inspect(move |_| drop((active, permit)))
    });
    let idle_for = |timeout| wait_until_idle(activity.clone(), nearly_full.clone(), timeout);
    let timeout = IdleTimeout {
        header: settings.header_timeout,
        idle: settings.idle_timeout,
    };

    let builder = builder(&settings);
    let stream = TokioIo::new(ActivityStream::new(stream, activity.clone()));
    let mut connection = std::pin::pin!(builder.serve_connection(stream, service));
    // The connection is polled first, because the bytes that it reads change the deadline.
    let ended_or_closing = tokio::select! {
        biased;
        ended = connection.as_mut() => Either::Left(ended),
        _ = stopped.changed() => Either::Right(IdleTimeout::of(settings.header_timeout)),
        () = idle_for(timeout) => Either::Right(IdleTimeout::of(CLOSE_TIMEOUT)),
    };
    let ended = match ended_or_closing {
        Either::Left(ended) => ended,
        Either::Right(timeout) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                biased;
                ended = connection => ended,
                () = idle_for(timeout) => Err("the client stopped sending".into()),
            }
        }
    };
    // Errors here are caused by the client: resets, time-outs, malformed requests.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Returns the response for a request beyond the limit. Its body is not read.
fn reject_when_full(
    overloaded: Router,
    request: Request<Incoming>,
) -> impl Future<Output = Response> {
    let blocks_next = unread::blocks_next_request(&request);
    let answer = overloaded.oneshot(request.map(|_| Body::empty()));
    answer.map(move |Ok(mut answer)| {
        if blocks_next {
            unread::set_connection_close(&mut answer);
        }
        answer
    })
}

/// Returns the response after the rest of the request body has been handled.
async fn respond_after_body(
    answer: Response,
    unread: Option<UnreadBody>,
) -> Result<Response, Infallible> {
    Ok(match unread {
        Some(unread) => unread.send_after_rest(answer).await,
        None => answer,
    })
}

fn builder(settings: &config::HttpConfig) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // hyper's timeout would also run between requests. `wait_until_idle` distinguishes the two.
        .header_read_timeout(None)
        .max_buf_size(settings.max_header);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(settings.header_timeout)
        .keep_alive_timeout(settings.header_timeout)
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_LOCAL_RESETS)
        .initial_stream_window_size(INITIAL_WINDOW)
        .initial_connection_window_size(INITIAL_WINDOW)
        .max_header_list_size(u32::try_from(settings.max_header).unwrap_or(u32::MAX));
    builder
}
