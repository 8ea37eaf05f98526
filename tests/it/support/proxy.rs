//! A proxy to PostgreSQL that interrupts connections: before an answer, inside it, for a while, or without an end.

use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::sleep,
};

use super::{TestDatabase, requirements};

/// A fault of the connection between the service and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request is lost, and the connection is closed.
    Drop,
    /// The server works, and the connection is closed after this many bytes of its answer.
    Cut(usize),
    /// The server works, and neither its answer nor the end of the connection arrives.
    Silence,
    /// The answer arrives after this time.
    Delay(Duration),
}

/// A proxy between the service and the socket in `folder`.
pub struct Proxy {
    folder: TempDir,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Connections with a lower number are frozen.
    thawed_from: AtomicUsize,
    accepted: AtomicUsize,
    plan: Mutex<Plan>,
}

/// The faults to come.
#[derive(Default)]
struct Plan {
    /// The number of requests until the fault, and the fault.
    once: Option<(usize, Fault)>,
    /// The fault of every request.
    always: Option<Fault>,
}

const SOCKET: &str = ".s.PGSQL.5432";

/// The message by which a client ends its connection.
const TERMINATE: u8 = b'X';

impl Proxy {
    /// A proxy before a database of PostgreSQL, whose URL leads to the proxy from now on. Returns `None` if the server has
    /// no socket on this machine.
    pub fn before(database: &mut TestDatabase) -> Option<Self> {
        let Some((address, server)) = database.url.split_once("?host=") else {
            return requirements::lacks("a PostgreSQL of the tests' own, behind a socket");
        };
        let proxy = Self::to(server);
        database.url = format!("{address}?host={}", proxy.folder.path().display());
        Some(proxy)
    }

    fn to(server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let target = format!("{server}/{SOCKET}");
        let state = Arc::new(State::default());
        let proxy = Self {
            folder,
            state: state.clone(),
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = state.accepted.fetch_add(1, Ordering::SeqCst);
                let server = UnixStream::connect(&target).await.unwrap();
                tokio::spawn(forward(client, server, number, state.clone()));
            }
        });
        proxy
    }

    /// Freezes every open connection. New ones work.
    pub fn freeze(&self) {
        let accepted = self.state.accepted.load(Ordering::SeqCst);
        self.state.thawed_from.store(accepted, Ordering::SeqCst);
    }

    /// Plans a fault of the request that follows this many others, on any connection.
    pub fn fail_after(&self, requests: usize, fault: Fault) {
        self.state.plan().once = Some((requests, fault));
    }

    /// Cancels the planned fault. Returns whether it has happened.
    pub fn has_failed(&self) -> bool {
        self.state.plan().once.take().is_none()
    }

    /// Sets the fault of every request from now on, or none.
    pub fn fail_always(&self, fault: Option<Fault>) {
        self.state.plan().always = fault;
    }
}

impl State {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap()
    }

    /// The fault of the next request.
    fn next_fault(&self) -> Option<Fault> {
        let mut plan = self.plan();
        match &mut plan.once {
            Some((0, fault)) => {
                let fault = *fault;
                plan.once = None;
                Some(fault)
            }
            Some((left, _)) => {
                *left -= 1;
                plan.always
            }
            None => plan.always,
        }
    }

    /// Waits forever if the connection is frozen.
    async fn wait_if_frozen(&self, number: usize) {
        if number < self.thawed_from.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

/// Forwards a connection in both directions. Closes both sides when one direction ends.
async fn forward(client: UnixStream, server: UnixStream, number: usize, state: Arc<State>) {
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    let fault = Mutex::new(None);
    tokio::select! {
        () = requests(client_read, server_write, number, &state, &fault) => {}
        () = answers(server_read, client_write, number, &state, &fault) => {}
    }
}

async fn requests(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    number: usize,
    state: &State,
    fault: &Mutex<Option<Fault>>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = client.read(&mut buffer).await {
        state.wait_if_frozen(number).await;
        if buffer[0] != TERMINATE
            && let Some(next) = state.next_fault()
        {
            if next == Fault::Drop {
                return;
            }
            *fault.lock().unwrap() = Some(next);
        }
        if server.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

async fn answers(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    number: usize,
    state: &State,
    fault: &Mutex<Option<Fault>>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = server.read(&mut buffer).await {
        state.wait_if_frozen(number).await;
        let present = fault.lock().unwrap().take();
        let (sent, is_last) = match present {
            Some(Fault::Cut(length)) if length < read => (length, true),
            Some(Fault::Cut(length)) => {
                *fault.lock().unwrap() = Some(Fault::Cut(length - read));
                (read, false)
            }
            Some(Fault::Delay(time)) => {
                sleep(time).await;
                (read, false)
            }
            Some(Fault::Silence) => std::future::pending().await,
            Some(Fault::Drop) | None => (read, false),
        };
        if client.write_all(&buffer[..sent]).await.is_err() || is_last {
            return;
        }
    }
}
