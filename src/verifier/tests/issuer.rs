//! An issuer that serves only a key set.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Response},
};
use tokio::{net::TcpListener, sync::watch};

use crate::token::tests::fixture::{Mint, now};

/// The scripted response and the recorded requests.
pub(super) struct Script {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) requests: Vec<(String, HeaderMap)>,
}

#[derive(Clone)]
pub(super) struct Issuer {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    /// While this is false, requests wait.
    is_responding: watch::Sender<bool>,
    /// The number of requests that were dropped before the response.
    abandoned: watch::Sender<usize>,
}

impl Issuer {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Self {
            address: listener.local_addr().unwrap(),
            script: Arc::new(Mutex::new(Script {
                status: 200,
                headers: vec![("cache-control", "public, max-age=300".to_owned())],
                body: vec![],
                requests: vec![],
            })),
            is_responding: watch::Sender::new(true),
            abandoned: watch::Sender::new(0),
        };
        let router = Router::new().fallback(respond).with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// Responds with the keys of that mint from now on.
    pub(super) fn publish(&self, mint: &Mint) {
        let document = mint.tokens.keyring().jwks(now());
        let mut script = self.script();
        script.status = 200;
        script.body = document.body.clone().into();
        script.headers.retain(|(name, _)| *name != "etag");
        script
            .headers
            .push(("etag", str::from_utf8(&document.etag).unwrap().to_owned()));
    }

    /// Returns the number of requests for the keys.
    pub(super) fn fetches(&self) -> usize {
        let script = self.script();
        script
            .requests
            .iter()
            .filter(|(path, _)| path == "/keys")
            .count()
    }

    pub(super) fn stop_responding(&self) {
        self.is_responding.send_replace(false);
    }

    pub(super) fn resume_responding(&self) {
        self.is_responding.send_replace(true);
    }

    pub(super) async fn wait_for_requests(&self, times: usize) {
        while self.fetches() < times {
            tokio::task::yield_now().await;
        }
    }

    pub(super) async fn wait_for_abandoned_request(&self) {
        let mut abandoned = self.abandoned.subscribe();
        abandoned.wait_for(|times| *times > 0).await.unwrap();
    }
}

/// Counts a request that the client has dropped.
struct ActiveAnswer(Option<watch::Sender<usize>>);

impl Drop for ActiveAnswer {
    fn drop(&mut self) {
        if let Some(abandoned) = &self.0 {
            abandoned.send_modify(|times| *times += 1);
        }
    }
}

async fn respond(State(issuer): State<Issuer>, request: Request) -> Response<Body> {
    let mut pending = ActiveAnswer(Some(issuer.abandoned.clone()));
    let requests = (request.uri().path().to_owned(), request.headers().clone());
    issuer.script().requests.push(requests);
    let mut is_responding = issuer.is_responding.subscribe();
    is_responding
        .wait_for(|is_responding| *is_responding)
        .await
        .unwrap();
    pending.0 = None;

    let script = issuer.script();
    let known = request.headers().get("if-none-match");
    let etag = script.headers.iter().find(|(name, _)| *name == "etag");
    let is_known = known
        .zip(etag)
        .is_some_and(|(known, (_, etag))| known == etag.as_str());
    let mut response = Response::builder();
    for (name, value) in &script.headers {
        response = response.header(*name, value);
    }
    if script.status == 200 && is_known {
        return response.status(304).body(Body::empty()).unwrap();
    }
    response
        .status(script.status)
        .body(script.body.clone().into())
        .unwrap()
}
