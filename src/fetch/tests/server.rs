//! A server that says what it is told, byte by byte.

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

/// What it does when it was asked.
#[derive(Clone)]
enum Act {
    Answer(String),
    Hang(String),
    Repeat(String, String),
    Drip(String, String),
}

pub(super) struct Server {
    port: u16,
    asked: Arc<Mutex<String>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    /// It says that, and hangs up.
    pub(super) async fn answering(text: &str) -> Self {
        Self::start(Act::Answer(text.to_owned())).await
    }

    /// It says that, and then nothing, for ever.
    pub(super) async fn hanging_after(text: &str) -> Self {
        Self::start(Act::Hang(text.to_owned())).await
    }

    /// It says the one thing, and then the other until nobody listens.
    pub(super) async fn repeating(head: &str, text: &str) -> Self {
        Self::start(Act::Repeat(head.to_owned(), text.to_owned())).await
    }

    /// The same, and takes its time.
    pub(super) async fn dripping(head: &str, text: &str) -> Self {
        Self::start(Act::Drip(head.to_owned(), text.to_owned())).await
    }

    async fn start(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, connections) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let task = tokio::spawn({
            let (asked, connections) = (Arc::clone(&asked), Arc::clone(&connections));
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    connections.fetch_add(1, Ordering::SeqCst);
                    // Who is asked may hear no end of it.
                    tokio::spawn(serve(stream, act.clone(), Arc::clone(&asked)));
                }
            }
        });
        Self {
            port,
            asked,
            connections,
            task,
        }
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{path}", self.port)).unwrap()
    }

    pub(super) fn asked(&self) -> String {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Where it was.
    pub(super) async fn gone(self) -> Url {
        self.task.abort();
        let _ = self.task.await;
        Url::parse(&format!("http://127.0.0.1:{}/", self.port)).unwrap()
    }
}

async fn serve(mut stream: TcpStream, act: Act, asked: Arc<Mutex<String>>) {
    let mut bytes = vec![0; 16 * 1024];
    let read = stream.read(&mut bytes).await.unwrap_or(0);
    *asked.lock().unwrap() = String::from_utf8_lossy(&bytes[..read]).into_owned();
    match act {
        Act::Answer(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
            // A connection that is closed with something unread is reset, and the answer lost.
            while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
        }
        Act::Hang(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            std::future::pending::<()>().await;
        }
        Act::Repeat(head, text) => {
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(text.as_bytes()).await.is_ok() {}
        }
        Act::Drip(head, text) => {
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(text.as_bytes()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}
