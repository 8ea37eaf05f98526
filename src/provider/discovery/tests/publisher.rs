//! A provider of which only the documents are there.

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

/// What it answers to whom, and what it was asked.
pub(super) struct Script {
    /// Of both documents.
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) document: String,
    pub(super) keys: String,
    asked: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Publisher {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    /// While this is false no answer is given.
    answers: watch::Sender<bool>,
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
                asked: vec![],
            })),
            answers: watch::Sender::new(true),
        };
        let router = Router::new().fallback(answer).with_state(publisher.clone());
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

    /// That these are its keys.
    pub(super) fn publishes(&self, keys: &[Value]) {
        self.script().keys = json!({ "keys": keys }).to_string();
    }

    /// That of itself from now on.
    pub(super) fn says(&self, member: &str, value: Value) {
        let mut script = self.script();
        let mut document: Value = serde_json::from_str(&script.document).unwrap();
        document[member] = value;
        script.document = document.to_string();
    }

    /// How often it was asked for that.
    pub(super) fn fetches(&self, path: &str) -> usize {
        let script = self.script();
        script.asked.iter().filter(|asked| *asked == path).count()
    }

    pub(super) fn asked(&self) -> usize {
        self.script().asked.len()
    }

    pub(super) fn falls_silent(&self) {
        self.answers.send_replace(false);
    }

    pub(super) fn speaks_again(&self) {
        self.answers.send_replace(true);
    }

    pub(super) async fn was_asked(&self, times: usize) {
        while self.asked() < times {
            tokio::task::yield_now().await;
        }
    }
}

async fn answer(State(publisher): State<Publisher>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    publisher.script().asked.push(path.clone());
    let mut answers = publisher.answers.subscribe();
    answers.wait_for(|answers| *answers).await.unwrap();

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
