//! A proxy to PostgreSQL that can freeze: open connections receive nothing more and are not closed.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

/// A proxy between the service and the socket in `folder`.
pub struct Proxy {
    pub folder: TempDir,
    /// Connections with a lower number are frozen.
    thawed_from: Arc<AtomicUsize>,
    accepted: Arc<AtomicUsize>,
}

const SOCKET: &str = ".s.PGSQL.5432";

impl Proxy {
    pub fn before(server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let target = format!("{server}/{SOCKET}");
        let thawed_from = Arc::new(AtomicUsize::new(0));
        let accepted = Arc::new(AtomicUsize::new(0));
        let proxy = Self {
            folder,
            thawed_from: thawed_from.clone(),
            accepted: accepted.clone(),
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = accepted.fetch_add(1, Ordering::SeqCst);
                let server = UnixStream::connect(&target).await.unwrap();
                let (client_read, client_write) = client.into_split();
                let (server_read, server_write) = server.into_split();
                tokio::spawn(pump(client_read, server_write, number, thawed_from.clone()));
                tokio::spawn(pump(server_read, client_write, number, thawed_from.clone()));
            }
        });
        proxy
    }

    /// Freezes every open connection. New ones work.
    pub fn freeze(&self) {
        self.thawed_from
            .store(self.accepted.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    number: usize,
    thawed_from: Arc<AtomicUsize>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if number < thawed_from.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
