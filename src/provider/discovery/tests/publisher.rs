//! A provider that only publishes its documents.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::Response,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

/// The responses of the provider and the paths of its requests.
pub(super) struct Script {
    /// The status of both documents.
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) document: String,
    pub(super) keys: String,
    requested_paths: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Publisher {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    /// While this is false, no response is sent.
    responds: watch::Sender<bool>,
}

impl Publisher {
    pub(super) const DOCUMENT: &str = "/.well-known/openid-configuration";

    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let at = |path: &str| format!("http://{address}{path}");
        let document = json!({
            "issuer": at(""),
            "authorization_endpoint": at("/authorize?x=y"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
        });
        let publisher = Self {
            address,
            script: Arc::new(Mutex::new(Script {
                status: 200,
                headers: vec![],
                document: document.to_string(),
                keys: String::new(),
                requested_paths: vec![],
            })),
            responds: watch::Sender::new(true),
        };
        let router = Router::new()
            .fallback(respond)
            .with_state(publisher.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        publisher
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn issuer(&self) -> String {
        self.url("")
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// Publishes these keys.
    pub(super) fn publish_keys(&self, keys: &[Value]) {
        self.script().keys = json!({ "keys": keys }).to_string();
    }

    /// Sets a member of the metadata.
    pub(super) fn set_metadata(&self, member: &str, value: Value) {
        let mut script = self.script();
        let mut document: Value = serde_json::from_str(&script.document).unwrap();
        document[member] = value;
        script.document = document.to_string();
    }

    /// Returns the number of requests for that path.
    pub(super) fn fetches(&self, path: &str) -> usize {
        let script = self.script();
        script
            .requested_paths
            .iter()
            .filter(|it| *it == path)
            .count()
    }

    pub(super) fn requests(&self) -> usize {
        self.script().requested_paths.len()
    }

    pub(super) fn stop_responding(&self) {
        self.responds.send_replace(false);
    }

    pub(super) fn respond_again(&self) {
        self.responds.send_replace(true);
    }

    pub(super) async fn wait_for_requests(&self, count: usize) {
        while self.requests() < count {
            tokio::task::yield_now().await;
        }
    }
}

async fn respond(State(publisher): State<Publisher>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    publisher.script().requested_paths.push(path.clone());
    let mut responds = publisher.responds.subscribe();
    responds.wait_for(|responds| *responds).await.unwrap();

    let script = publisher.script();
    let mut response = Response::builder().status(script.status);
    for (name, value) in &script.headers {
        response = response.header(*name, value);
    }
    let body = match &*path {
        "/keys" => &script.keys,
        path if path.ends_with(Publisher::DOCUMENT) => &script.document,
        _ => return Response::builder().status(404).body(Body::empty()).unwrap(),
    };
    response.body(body.clone().into()).unwrap()
}
