//! The service that users move from when they log in.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{
    Engine, TestService,
    stub::{Server, StubHandler, StubRequest, answer, json as json_answer},
};

/// The bearer token that [`OldService::settings`] configures.
pub const SECRET: &str = "old-service-secret";

type Responder = Box<dyn Fn(&Value) -> Response + Send>;

/// A running service of this kind, which refuses everyone at first.
pub struct OldService(Server<OldServiceHandler>);

pub struct OldServiceHandler {
    responder: Mutex<Responder>,
    asked: Mutex<Vec<AskedLogin>>,
}

/// A received request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedLogin {
    pub request: String,
    pub content_type: String,
    pub bearer: String,
    pub body: Value,
}

impl StubHandler for OldServiceHandler {
    fn answer(&self, asked: &StubRequest) -> Response {
        let body = asked.json();
        let response = self
            .responder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)(&body);
        self.asked.lock().unwrap().push(AskedLogin {
            request: format!("{} {}", asked.method, asked.path),
            content_type: asked.header("content-type").to_owned(),
            bearer: asked.bearer().to_owned(),
            body,
        });
        response
    }
}

impl Deref for OldService {
    type Target = Server<OldServiceHandler>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl OldService {
    pub fn start() -> Self {
        Self(Server::start(|_| OldServiceHandler {
            responder: Mutex::new(Box::new(|_| answer(401, "text/plain", "no"))),
            asked: Mutex::default(),
        }))
    }

    /// Answers requests like this from now on.
    pub fn responds(&self, responder: impl Fn(&Value) -> Response + Send + 'static) {
        *self.who.responder.lock().unwrap() = Box::new(responder);
    }

    /// Has this user with this password, and no other.
    pub fn knows(&self, email: &'static str, password: &'static str, user: Value) {
        self.responds(move |body| {
            if *body == json!({"email": email, "password": password}) {
                json_answer(200, &user)
            } else {
                json_answer(404, &json!({"error": "unknown"}))
            }
        });
    }

    /// The received requests.
    pub fn asked(&self) -> Vec<AskedLogin> {
        self.who.asked.lock().unwrap().clone()
    }

    /// The settings of a service that asks this one.
    pub fn settings(&self) -> String {
        format!(
            "migration.secret = '{SECRET}'\nmigration.verify_url = 'http://{}/verify?by=signet'\n",
            self.address
        )
    }

    /// A service on this engine that asks this one, with further settings.
    pub async fn asked_by(&self, engine: Engine, settings: &str) -> TestService {
        let settings = format!("{}{settings}", self.settings());
        TestService::with_providers(engine, &[], &settings).await
    }
}

/// A response whose body is sent once the gate has this number of permits.
pub fn held_until(gate: &Arc<Semaphore>, permits: u32, body: &Value) -> Response {
    let (gate, body) = (gate.clone(), body.to_string());
    let body = stream::once(async move {
        drop(gate.acquire_many(permits).await.unwrap());
        Ok::<_, std::io::Error>(Bytes::from(body))
    });
    answer(200, "application/json", Body::from_stream(body))
}
