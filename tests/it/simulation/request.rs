//! Requests of clients and their answers.

use std::rc::Rc;

use axum::{body::Body, http};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    bound_client::BoundClient,
    node::{ISSUER, Node},
    person::Session,
    world::World,
};
use crate::support::{answer::Answer, api_client};

/// A request of a client, which can be sent several times.
pub(super) struct ClientRequest {
    pub(super) title: String,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    /// The key that the request proves.
    pub(super) client: Option<Rc<BoundClient>>,
    /// The moment from which the service may refuse the request, because a code, a proof or a token in it is too old.
    pub(super) good_until: Option<Instant>,
}

/// A request that was sent to a node, and the answer if the client got one.
pub(super) struct Exchange {
    pub(super) node: Rc<Node>,
    pub(super) process: u64,
    pub(super) sent: Instant,
    /// The time of the node when the request was sent.
    pub(super) clock: DateTime<Utc>,
    /// The key that the request has proved.
    pub(super) client: Option<Rc<BoundClient>>,
    /// Nothing in the request was too old.
    pub(super) is_good: bool,
    pub(super) answer: Option<Answer>,
}

impl ClientRequest {
    fn new(method: &'static str, path: &str) -> Self {
        Self {
            title: format!("{method} {}", without_id(path)),
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: String::new(),
            client: None,
            good_until: None,
        }
    }

    fn with_body(mut self, media_type: &str, body: String) -> Self {
        self.headers.push(("content-type", media_type.to_owned()));
        self.body = body;
        self
    }

    /// A request with a JSON body.
    pub(super) fn json(method: &'static str, path: &str, body: &Value) -> Self {
        Self::new(method, path).with_body("application/json", body.to_string())
    }

    pub(super) fn post(path: &str, body: &Value) -> Self {
        Self::json("POST", path, body)
    }

    pub(super) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// A refresh of a session, with a new proof if it is bound to a key.
    pub(super) fn refresh(world: &World, session: &Session) -> Self {
        let body = json!({"refresh_token": session.refresh});
        Self::post("/refresh", &body).proving(world, session.client.as_ref())
    }

    /// A posted form.
    pub(super) fn form(path: &str, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Self::new("POST", path).with_body("application/x-www-form-urlencoded", body)
    }

    /// The same request with the access token of this session.
    pub(super) fn bearer(mut self, session: &Session) -> Self {
        self.headers
            .push(("authorization", format!("Bearer {}", session.access)));
        self.good_until(session.expires)
    }

    /// The same request with a new proof of the key of this client, if it has one.
    pub(super) fn proving(mut self, world: &World, client: Option<&Rc<BoundClient>>) -> Self {
        let Some(client) = client else {
            return self;
        };
        let (proof, good_until) = client.proof(world, &self.path);
        self.headers.push(("dpop", proof));
        self.client = Some(client.clone());
        self.titled("with a proof").good_until(good_until)
    }

    /// The same request, which the service may refuse from this moment on.
    pub(super) fn good_until(mut self, moment: Instant) -> Self {
        let earlier = self.good_until.unwrap_or(moment);
        self.good_until = Some(earlier.min(moment));
        self
    }

    /// The same request of a page of the issuer in a browser with this cookie.
    pub(super) fn in_browser(mut self, cookie: Option<&str>) -> Self {
        let own = [
            ("origin", ISSUER),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        let own = own.map(|(name, value)| (name, value.to_owned()));
        self.headers.extend(own);
        self.headers
            .extend(cookie.map(|it| ("cookie", it.to_owned())));
        self
    }

    /// The same request with a note in the transcript.
    pub(super) fn titled(mut self, note: &str) -> Self {
        self.title = format!("{} {note}", self.title);
        self
    }

    pub(super) fn build(&self) -> http::Request<Body> {
        let headers = self.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        api_client::request(self.method, &self.path, &headers, self.body.clone())
    }
}

/// The path of a request, without its query and the ID of a user.
fn without_id(path: &str) -> String {
    let is_id = |part: &&str| part.len() == 36;
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let parts = path
        .split('/')
        .map(|part| if is_id(&part) { "{id}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

impl Exchange {
    /// The status, or 0 if there is no answer.
    pub(super) fn status(&self) -> u16 {
        self.answer.as_ref().map_or(0, |answer| answer.status)
    }

    /// The answer of a request that succeeded.
    pub(super) fn success(&self) -> Option<&Answer> {
        let answer = self.answer.as_ref();
        answer.filter(|answer| answer.status < 400)
    }

    /// The status and the code of the problem.
    pub(super) fn summary(&self) -> String {
        let Some(answer) = &self.answer else {
            return "no answer".to_owned();
        };
        let code = if answer.status >= 400 {
            let problem: Option<Value> = serde_json::from_slice(&answer.body).ok();
            problem.and_then(|it| Some(it["code"].as_str().or(it["error"].as_str())?.to_owned()))
        } else {
            None
        };
        format!("{} {}", answer.status, code.unwrap_or_default())
    }

    /// Fails the world: the service refused a request that it has to accept.
    pub(super) fn fail(&self, reason: &str) -> ! {
        let body = self.answer.as_ref().map(Answer::text).unwrap_or_default();
        let start: String = body.chars().take(400).collect();
        panic!("{reason}: {} {start}", self.summary())
    }
}
