//! The task that keeps the connection open.

use std::{sync::Arc, time::Duration};

use redis::aio::MultiplexedConnection;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep},
};

use super::{LinkShared, LinkState, LiveConnection};
use crate::coordination::{
    fault::ServerFault,
    health::CoordinationFailure,
    removal::removal,
    server::{OpenConnection, ServerConnector},
};

/// The pause after an attempt or a connection that ended sooner than this.
const PAUSE: Duration = Duration::from_millis(500);

/// The interval at which an unused connection is probed.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);

/// The number of connections on which the server may refuse to take back marks, before the marks stay.
const MAX_REFUSALS: u32 = 5;

/// Keeps a connection open until every handle of the link is dropped.
pub(super) async fn keep_connected(
    connector: ServerConnector,
    state: watch::Sender<LinkState>,
    shared: Arc<LinkShared>,
) {
    let connecting = async {
        let mut refusals = 0;
        loop {
            let begun = Instant::now();
            let next = use_connection(&connector, &state, &shared, &mut refusals).await;
            state.send_replace(next);
            if begun.elapsed() < PAUSE {
                state.send_replace(LinkState::Down);
                sleep(PAUSE).await;
            }
        }
    };
    tokio::select! {
        () = state.closed() => {}
        () = connecting => {}
    }
}

/// Opens a connection and waits until it ends. Returns the state that follows.
async fn use_connection(
    connector: &ServerConnector,
    state: &watch::Sender<LinkState>,
    shared: &LinkShared,
    refusals: &mut u32,
) -> LinkState {
    let opened = async {
        let open = connector.connect().await?;
        take_back(connector, &open, shared, refusals).await?;
        Ok::<_, ServerFault>(open)
    };
    let mut open = match opened.await {
        Ok(open) => open,
        Err(fault) => {
            let kind = CoordinationFailure::Connect;
            shared.health.warn(kind, &fault.to_string());
            return LinkState::Down;
        }
    };
    shared.health.connected();
    let is_slow = Arc::new(Notify::new());
    state.send_replace(LinkState::Up(LiveConnection {
        connection: open.connection.clone(),
        is_slow: is_slow.clone(),
    }));
    let probed = open.connection.clone();
    tokio::select! {
        // The server closed the connection, as it does with unused ones: the next one is opened at once.
        _ = &mut open.driver => LinkState::Connecting,
        () = is_slow.notified() => LinkState::Down,
        () = probe(connector, &probed) => LinkState::Down,
    }
}

/// Probes the connection until the server does not answer in time.
async fn probe(connector: &ServerConnector, connection: &MultiplexedConnection) {
    loop {
        sleep(PROBE_INTERVAL).await;
        if let Err(ServerFault::Slow(_)) = connector.ping(connection).await {
            return;
        }
    }
}

/// Takes back the marks of requests that were refused because no answer came. Otherwise their repetition would be
/// refused as used. Marks that the server refuses to remove [`MAX_REFUSALS`] times stay, so that it is used again.
async fn take_back(
    connector: &ServerConnector,
    open: &OpenConnection,
    shared: &LinkShared,
    refusals: &mut u32,
) -> Result<(), ServerFault> {
    let keys = shared.take_backs().clone();
    for key in &keys {
        let command = removal(key, &shared.process);
        let removed = connector
            .ask::<redis::Value>(&open.connection, &command)
            .await;
        let Err(fault) = removed else {
            continue;
        };
        // A server that is loading its data or is a replica will remove the marks later.
        let is_refused = match &fault {
            ServerFault::Permission(_) => true,
            ServerFault::Other(code) => code == "ERR",
            _ => false,
        };
        *refusals += u32::from(is_refused);
        if !is_refused || *refusals < MAX_REFUSALS {
            return Err(fault);
        }
        let cause = format!("{} marks cannot be taken back: {fault}", keys.len());
        shared.health.failed(CoordinationFailure::Other, &cause);
        break;
    }
    *refusals = 0;
    shared.take_backs().retain(|key| !keys.contains(key));
    Ok(())
}
