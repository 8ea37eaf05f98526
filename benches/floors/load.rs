//! Load over connections that are kept alive. Each sends its next request as soon as it has the response.
//!
//! A minimal client, because a client that costs as much as the measured program would hide half of every
//! difference.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use hdrhistogram::Histogram;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const JSON: &str = "application/json";

/// A request, serialized once.
pub struct BenchRequest {
    pub method: &'static str,
    pub path: String,
    pub content_type: &'static str,
    pub body: String,
    /// A header with the credentials of the request: its name and its value.
    pub credentials: Option<(&'static str, String)>,
}

impl BenchRequest {
    /// Creates a GET request.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            content_type: JSON,
            body: String::new(),
            credentials: None,
        }
    }

    /// Creates a POST request with a JSON body.
    pub fn post(path: &'static str, body: &Value) -> Self {
        Self {
            method: "POST",
            path: path.to_owned(),
            content_type: JSON,
            body: body.to_string(),
            credentials: None,
        }
    }

    /// Creates a POST request with a form.
    pub fn post_form(path: &'static str, form: &str) -> Self {
        Self {
            method: "POST",
            path: path.to_owned(),
            content_type: "application/x-www-form-urlencoded",
            body: form.to_owned(),
            credentials: None,
        }
    }

    /// Adds an access token.
    pub fn with_token(self, access_token: &str) -> Self {
        self.with_header("authorization", format!("Bearer {access_token}"))
    }

    /// Adds a header with credentials.
    pub fn with_header(self, name: &'static str, value: String) -> Self {
        Self {
            credentials: Some((name, value)),
            ..self
        }
    }

    fn text(&self) -> String {
        let Self {
            method,
            path,
            content_type,
            body,
            credentials,
        } = self;
        let length = body.len();
        let credentials = credentials.as_ref();
        let credentials =
            credentials.map_or_else(String::new, |(name, value)| format!("{name}: {value}\r\n"));
        format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nuser-agent: bench\r\naccept: */*\r\n\
             {credentials}content-type: {content_type}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    }
}

/// Open connections that send the same request.
pub struct Load(Vec<Connection>);

/// The result of an interval of load.
pub struct LoadResult {
    /// The responses per second.
    pub rate: f64,
    /// The microseconds from request to response.
    pub latencies: Histogram<u64>,
}

impl Load {
    /// Opens this number of connections.
    pub async fn open(address: SocketAddr, connections: usize, request: &BenchRequest) -> Self {
        let open = (0..connections).map(|_| async {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            Connection {
                stream,
                request: request.text().into_bytes(),
                buffer: Vec::with_capacity(8192),
            }
        });
        Self(join_all(open).await)
    }

    /// Sends `times` requests sequentially, over one connection after the other.
    pub async fn send_in_turn(&mut self, times: usize) {
        for at in 0..times {
            let at = at % self.0.len();
            self.0.get_mut(at).unwrap().send().await;
        }
    }

    /// Sends requests over all connections for this time.
    pub async fn run_for(&mut self, length: Duration) -> LoadResult {
        let started = Instant::now();
        let runs = self.0.iter_mut().map(|connection| async move {
            let mut latencies = Histogram::<u64>::new(3).unwrap();
            let mut then = Instant::now();
            while then.duration_since(started) < length {
                connection.send().await;
                let now = Instant::now();
                let micros = now.duration_since(then).as_micros();
                latencies.record(u64::try_from(micros).unwrap()).unwrap();
                then = now;
            }
            latencies
        });
        let mut latencies = Histogram::new(3).unwrap();
        for each in join_all(runs).await {
            latencies.add(each).unwrap();
        }
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 answers")]
        let answers = latencies.len() as f64;
        LoadResult {
            rate: answers / started.elapsed().as_secs_f64(),
            latencies,
        }
    }
}

struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

impl Connection {
    async fn send(&mut self) {
        self.stream.write_all(&self.request).await.unwrap();
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the server hung up");
            if is_complete(&self.buffer) {
                return;
            }
        }
    }
}

/// Returns whether the buffer holds a complete response, which must have status 200 or be a redirect.
fn is_complete(buffer: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = answer.parse(buffer).unwrap() else {
        return false;
    };
    assert!(matches!(answer.code, Some(200 | 303)), "{:?}", answer.code);
    let length = answer
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .unwrap();
    let length: usize = std::str::from_utf8(length.value).unwrap().parse().unwrap();
    buffer.len() == head + length
}
