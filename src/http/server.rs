//! The server: accepts connections, bounds them, and ends without cutting anybody off.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tower::ServiceExt;

use crate::{app::Readiness, config};

/// How long to wait after the system could not give us a connection.
const AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(100);

/// How long the last connections have to send a request before they count as idle.
const AFTER_CLOSE: Duration = Duration::from_millis(100);

/// Streams of one HTTP/2 connection at once.
const MAX_STREAMS: u32 = 100;

/// Serves until `stop`, which says how long to go on answering, with `Connection: close`, so that
/// whoever routes requests to us can notice; then finishes what is in flight, for a while. Says how
/// many connections had to be cut off after that.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &config::Http,
    readiness: Readiness,
    stop: impl Future<Output = Duration>,
) -> usize {
    let graceful = GracefulShutdown::new();
    let (open, closed) = watch::channel(());
    let mut connections = JoinSet::new();
    let accept = |accepted: (TcpStream, SocketAddr), connections: &mut JoinSet<()>| {
        let (stream, peer) = accepted;
        connections.spawn(converse(
            stream,
            peer,
            router.clone(),
            settings.clone(),
            (graceful.watcher(), closed.clone()),
        ));
    };

    let mut stopping = std::pin::pin!(async {
        let drain = stop.await;
        readiness.stop();
        tokio::time::sleep(drain).await;
    });
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accept(accepted, &mut connections),
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(AFTER_ACCEPT_ERROR).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = &mut stopping => break,
        }
    }
    // Whoever has connected already is still served.
    while let Ok(Ok(accepted)) = tokio::time::timeout(Duration::ZERO, listener.accept()).await {
        accept(accepted, &mut connections);
    }
    drop(listener);
    tokio::time::sleep(AFTER_CLOSE).await;
    drop(open);
    let _ = tokio::time::timeout(settings.shutdown_grace, graceful.shutdown()).await;
    while connections.try_join_next().is_some() {}
    let cut_off = connections.len();
    connections.shutdown().await;
    cut_off
}

/// Serves one connection to its end.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    settings: config::Http,
    (watcher, mut closed): (Watcher, watch::Receiver<()>),
) {
    // Whoever connects has something to say, and says it soon.
    let mut first = [0];
    tokio::select! {
        begun = stream.peek(&mut first) => if !matches!(begun, Ok(1)) {
            return;
        },
        () = tokio::time::sleep(settings.header_timeout) => return,
        _ = closed.changed() => return,
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let builder = builder(&settings);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // What fails here is the client's side of it: resets, time-outs, bad requests.
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, "a connection ended early");
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
        .keep_alive_interval(settings.header_timeout)
        .keep_alive_timeout(settings.header_timeout)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(settings.max_header).unwrap_or(u32::MAX));
    builder
}
