//! The server: accepts connections, bounds them, and ends without cutting anybody off.

use std::{convert::Infallible, io, net::SocketAddr, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use crate::{app::Readiness, config};

/// How long to wait after the system could not give us a connection.
const AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(100);

/// How long the last connections have to send a request before they count as idle.
const AFTER_CLOSE: Duration = Duration::from_millis(100);

/// Streams of one HTTP/2 connection at once.
const MAX_STREAMS: u32 = 100;

/// How [`serve`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every answer was finished.
    Gracefully,
    /// Some connections were cut off after the grace period.
    CutOff,
}

/// Serves until `stop`, which says how long to go on answering, with `Connection: close`, so that
/// whoever routes requests to us can notice; then finishes what is in flight.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &config::Http,
    readiness: Readiness,
    stop: impl Future<Output = Duration>,
) -> Ended {
    let connections = GracefulShutdown::new();
    let builder = builder(settings);
    let accept = |accepted: io::Result<(TcpStream, SocketAddr)>| {
        accepted.map(|(stream, peer)| {
            let router = router.clone();
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                let answer = router.clone().oneshot(request);
                async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
            });
            let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
            let connection = connections.watch(connection);
            // What fails here is the client's side of it: resets, time-outs, bad requests.
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(error = %error, "a connection ended early");
                }
            });
        })
    };

    let mut stopping = std::pin::pin!(async {
        let drain = stop.await;
        readiness.stop();
        tokio::time::sleep(drain).await;
    });
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Err(error) = accept(accepted) {
                tracing::warn!(error = %error, "could not accept a connection");
                tokio::time::sleep(AFTER_ACCEPT_ERROR).await;
            },
            () = &mut stopping => break,
        }
    }
    // Whoever has connected already is still served.
    while let Ok(accepted) = tokio::time::timeout(Duration::ZERO, listener.accept()).await {
        if accept(accepted).is_err() {
            break;
        }
    }
    drop(listener);
    tokio::time::sleep(AFTER_CLOSE).await;
    match tokio::time::timeout(settings.shutdown_grace, connections.shutdown()).await {
        Ok(()) => Ended::Gracefully,
        Err(_) => Ended::CutOff,
    }
}

fn builder(settings: &config::Http) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_buf_size(settings.max_header);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(settings.max_header).unwrap_or(u32::MAX));
    builder
}
