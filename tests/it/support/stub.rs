//! The HTTP server of provider stubs.
//!
//! The stubs listen on real sockets because the service connects to them, and on separate threads
//! because the program does so too.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use axum::{
    Router,
    body::{self, Body, Bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::sync::oneshot;

/// A complete request.
pub struct StubRequest {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub query: Vec<(String, String)>,
    /// The fields of a posted form.
    pub form: Vec<(String, String)>,
    body: Bytes,
}

impl StubRequest {
    async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let body = body::to_bytes(body, 1 << 20).await.unwrap();
        let is_form = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|it| it.as_bytes() == b"application/x-www-form-urlencoded");
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
            form: pairs(if is_form { &body } else { b"" }),
            headers: parts.headers,
            body,
        }
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap_or_default())
    }

    /// The value of a posted field.
    pub fn field(&self, name: &str) -> Option<&str> {
        one(&self.form, name)
    }

    /// The posted JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The bearer token (RFC 6750 §2.1).
    pub fn bearer(&self) -> &str {
        let value = self.header("authorization");
        value.strip_prefix("Bearer ").unwrap_or_default()
    }
}

pub fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// The value of this name, if exactly one is present (RFC 6749 §3.1) and not empty.
pub fn one<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = pairs.iter().filter(|(it, _)| it == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value).filter(|value| !value.is_empty()),
        _ => None,
    }
    .map(String::as_str)
}

/// A handler of requests.
pub trait StubHandler: Send + Sync + 'static {
    fn answer(&self, asked: &StubRequest) -> Response;
}

/// A server on its own port, stopped when dropped.
pub struct Server<A> {
    pub address: SocketAddr,
    pub who: Arc<A>,
    running: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl<A: StubHandler> Server<A> {
    /// Starts a server with the handler that `make` returns for the URL.
    pub fn start(make: impl FnOnce(&str) -> A) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self {
            address,
            who: Arc::new(make(&format!("http://{address}"))),
            running: Mutex::default(),
            asked: Arc::default(),
        };
        server.run(listener);
        server
    }

    fn run(&self, listener: TcpListener) {
        let (stop, stopped) = oneshot::channel();
        let (who, asked) = (self.who.clone(), self.asked.clone());
        let router = Router::new().fallback(async move |request: Request| {
            let request = StubRequest::read(request).await;
            asked.lock().unwrap().push(request.path.clone());
            who.answer(&request)
        });
        let thread = thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(async {
                listener.set_nonblocking(true).unwrap();
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    served = axum::serve(listener, router) => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        *self.running.lock().unwrap() = Some((stop, thread));
    }

    /// Stops the server and closes its connections.
    pub fn stop(&self) {
        if let Some((stop, thread)) = self.running.lock().unwrap().take() {
            drop(stop);
            thread.join().unwrap();
        }
    }

    /// Restarts the server at the same address.
    pub fn restart(&self) {
        self.run(TcpListener::bind(self.address).unwrap());
    }

    /// The number of requests for this path.
    pub fn request_count(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|it| *it == path).count()
    }
}

impl<A> Drop for Server<A> {
    fn drop(&mut self) {
        // The thread is not joined, because a failing test must not hang.
        self.running.lock().unwrap().take();
    }
}

/// A response with a body of this type.
pub fn answer(status: u16, content_type: &str, body: impl Into<Body>) -> Response {
    let response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type);
    response.body(body.into()).unwrap()
}

pub fn json(status: u16, body: &Value) -> Response {
    answer(status, "application/json", body.to_string())
}

/// An HTML page, like the error page of a proxy or a misplaced login page.
pub fn html(status: u16) -> Response {
    let page = "<!doctype html><title>Welcome</title><p>{\"keys\":[]}</p>";
    answer(status, "text/html; charset=utf-8", page)
}

/// A redirect to a URL that serves the correct document.
pub fn redirect(to: &str) -> Response {
    let mut response = answer(StatusCode::FOUND.as_u16(), "text/plain", "");
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, to.parse().unwrap());
    response
}

/// An endless response that sends one byte at a time, so that no pause is long.
pub fn endless() -> Response {
    let bytes = stream::repeat(Bytes::from_static(b" ")).then(|byte| async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok::<_, std::io::Error>(byte)
    });
    answer(200, "application/json", Body::from_stream(bytes))
}

/// The same object, padded beyond the size limit.
pub fn padded(mut object: Value) -> Value {
    object["padding"] = Value::from("x".repeat(300 * 1024));
    object
}
