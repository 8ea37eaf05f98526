//! The connection that all operations share. A task opens it, watches it, and opens another one when it ends.

mod keeper;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, aio::MultiplexedConnection};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout_at},
};

use super::{
    health::{CoordinationFailure, Health},
    server::ServerConnector,
};

/// The most marks that wait to be taken back.
const MAX_TAKE_BACKS: usize = 1000;

/// The state of the connection.
#[derive(Clone)]
enum LinkState {
    /// The first connection, or the next one after one that the server closed, is being opened. Operations wait for it.
    Connecting,
    Up(LiveConnection),
    /// The last attempt failed. Operations fail at once.
    Down,
}

#[derive(Clone)]
struct LiveConnection {
    connection: MultiplexedConnection,
    /// Notified when an operation received no answer in time.
    is_slow: Arc<Notify>,
}

/// The connection, as operations use it.
pub(super) struct Link {
    state: watch::Receiver<LinkState>,
    timeout: Duration,
    shared: Arc<LinkShared>,
}

/// What operations and the task share.
struct LinkShared {
    health: Health,
    /// The marks that may have been set although their requests were refused.
    take_backs: Mutex<Vec<String>>,
    /// The value of the marks of this process.
    process: String,
}

impl Link {
    /// Opens the connection in the background. It ends when this value is dropped.
    pub(super) fn open(
        connector: ServerConnector,
        timeout: Duration,
        health: Health,
        process: String,
    ) -> Self {
        let (sender, state) = watch::channel(LinkState::Connecting);
        let shared = Arc::new(LinkShared {
            health,
            take_backs: Mutex::default(),
            process,
        });
        tokio::spawn(keeper::keep_connected(connector, sender, shared.clone()));
        Self {
            state,
            timeout,
            shared,
        }
    }

    pub(super) fn health(&self) -> &Health {
        &self.shared.health
    }

    /// Returns the value of the marks of this process.
    pub(super) fn process(&self) -> &str {
        &self.shared.process
    }

    /// Returns whether the server answers.
    pub(super) fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), LinkState::Up(_))
    }

    /// Takes back a mark of this process before the next connection is used.
    pub(super) fn take_back_later(&self, key: String) {
        let mut take_backs = self.shared.take_backs();
        if take_backs.len() < MAX_TAKE_BACKS {
            take_backs.push(key);
        }
    }

    /// Keeps a mark that was to be taken back, because its request was repeated and succeeded.
    pub(super) fn keep(&self, key: &str) {
        self.shared.take_backs().retain(|it| it != key);
    }

    /// Performs an operation within the timeout.
    ///
    /// # Errors
    /// The server did not perform it, or no answer came in time. The failure is counted. `Other` with the code
    /// `NOSCRIPT` is returned as `Ok(None)`, because the caller then sends the script.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        command: &Cmd,
    ) -> Result<Option<T>, CoordinationFailure> {
        let deadline = Instant::now() + self.timeout;
        let health = self.health();
        let Some(live) = self.live(deadline).await else {
            health.failed(CoordinationFailure::Connect, "there is no connection");
            return Err(CoordinationFailure::Connect);
        };
        let mut connection = live.connection.clone();
        match timeout_at(deadline, command.query_async::<T>(&mut connection)).await {
            Ok(Ok(answer)) => Ok(Some(answer)),
            Ok(Err(error)) if error.code() == Some("NOSCRIPT") => Ok(None),
            Ok(Err(error)) => {
                let kind = kind_of(&error);
                health.failed(kind, &error.to_string());
                Err(kind)
            }
            Err(_) => {
                live.is_slow.notify_one();
                health.failed(CoordinationFailure::Timeout, "no answer in time");
                Err(CoordinationFailure::Timeout)
            }
        }
    }

    /// Returns the connection. Waits for it while it is being opened.
    async fn live(&self, deadline: Instant) -> Option<LiveConnection> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| !matches!(state, LinkState::Connecting));
        match &*timeout_at(deadline, settled).await.ok()?.ok()? {
            LinkState::Up(live) => Some(live.clone()),
            LinkState::Connecting | LinkState::Down => None,
        }
    }
}

impl LinkShared {
    fn take_backs(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.take_backs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn kind_of(error: &RedisError) -> CoordinationFailure {
    match (error.kind(), error.code()) {
        (ErrorKind::Io, _) => CoordinationFailure::Connect,
        (_, Some("OOM")) => CoordinationFailure::Full,
        _ => CoordinationFailure::Other,
    }
}
