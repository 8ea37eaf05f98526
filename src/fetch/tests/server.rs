//! A TCP server that sends a scripted response, byte by byte.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// The behaviour of the server after it has read a request.
#[derive(Clone)]
enum Script {
    Respond(String),
    Hang(String),
    Repeat(String, String),
    Drip(String, String),
}

/// A running test server. Counts connections and keeps the latest request.
pub(super) struct Server {
    port: u16,
    request: Arc<Mutex<String>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a server that sends `text` and closes the connection.
    pub(super) async fn responding(text: &str) -> Self {
        Self::start(Script::Respond(text.to_owned())).await
    }

    /// Starts a server that sends `text` and keeps the connection open.
    pub(super) async fn hanging_after(text: &str) -> Self {
        Self::start(Script::Hang(text.to_owned())).await
    }

    /// Starts a server that sends `head`, then `text` repeatedly until the client closes the connection.
    pub(super) async fn repeating(head: &str, text: &str) -> Self {
        Self::start(Script::Repeat(head.to_owned(), text.to_owned())).await
    }

    /// Starts a server that sends `head`, then `text` every 5 ms until the client closes the connection.
    pub(super) async fn dripping(head: &str, text: &str) -> Self {
        Self::start(Script::Drip(head.to_owned(), text.to_owned())).await
    }

    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (request, connections) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let task = tokio::spawn({
            let (request, connections) = (Arc::clone(&request), Arc::clone(&connections));
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    connections.fetch_add(1, Ordering::SeqCst);
                    // A response may never end, so each connection has its own task.
                    tokio::spawn(serve(stream, script.clone(), Arc::clone(&request)));
                }
            }
        });
        Self {
            port,
            request,
            connections,
            task,
        }
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{path}", self.port)).unwrap()
    }

    /// Returns the latest request.
    pub(super) fn request(&self) -> String {
        self.request.lock().unwrap().clone()
    }

    /// Returns the number of accepted connections.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Stops the server and returns the URL of the closed port.
    pub(super) async fn stop(self) -> Url {
        self.task.abort();
        let _ = self.task.await;
        Url::parse(&format!("http://127.0.0.1:{}/", self.port)).unwrap()
    }
}

async fn serve(mut stream: TcpStream, script: Script, request: Arc<Mutex<String>>) {
    let mut bytes = vec![0; 16 * 1024];
    let read = stream.read(&mut bytes).await.unwrap_or(0);
    *request.lock().unwrap() = String::from_utf8_lossy(&bytes[..read]).into_owned();
    match script {
        Script::Respond(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
            // Closing a socket with unread data resets the connection, and the response would be lost.
            while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
        }
        Script::Hang(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            std::future::pending::<()>().await;
        }
        Script::Repeat(head, text) => {
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(text.as_bytes()).await.is_ok() {}
        }
        Script::Drip(head, text) => {
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(text.as_bytes()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}
