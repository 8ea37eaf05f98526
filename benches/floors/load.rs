//! Load: connections that are kept alive, each asking again as soon as it was answered.
//!
//! Written by hand to cost less than what it measures: a client that costs as much would hide half
//! of every difference.

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

/// A request, written once.
pub struct Ask {
    pub method: &'static str,
    pub path: &'static str,
    pub body: String,
    /// The access token that is presented.
    pub bearer: Option<String>,
}

impl Ask {
    /// `GET`.
    pub fn get(path: &'static str) -> Self {
        Self {
            method: "GET",
            path,
            body: String::new(),
            bearer: None,
        }
    }

    /// `POST` of a JSON text.
    pub fn post(path: &'static str, body: &Value) -> Self {
        Self {
            method: "POST",
            path,
            body: body.to_string(),
            bearer: None,
        }
    }

    /// The same with an access token.
    pub fn bearing(self, access_token: &str) -> Self {
        Self {
            bearer: Some(access_token.to_owned()),
            ..self
        }
    }

    fn text(&self) -> String {
        let Self {
            method,
            path,
            body,
            bearer,
        } = self;
        let length = body.len();
        let bearer = bearer.as_ref();
        let authorization =
            bearer.map_or_else(String::new, |it| format!("authorization: Bearer {it}\r\n"));
        format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nuser-agent: bench\r\naccept: */*\r\n\
             {authorization}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    }
}

/// Open connections that ask the same.
pub struct Load(Vec<Connection>);

/// What a spell of load saw.
pub struct Seen {
    /// Answers a second.
    pub rate: f64,
    /// Microseconds from question to answer.
    pub latencies: Histogram<u64>,
}

impl Load {
    /// Opens so many connections.
    pub async fn open(address: SocketAddr, connections: usize, ask: &Ask) -> Self {
        let open = (0..connections).map(|_| async {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            Connection {
                stream,
                ask: ask.text().into_bytes(),
                buffer: Vec::with_capacity(8192),
            }
        });
        Self(join_all(open).await)
    }

    /// Asks that many times: one connection after the other, each when the last was answered.
    pub async fn ask_in_turn(&mut self, times: usize) {
        for at in 0..times {
            let at = at % self.0.len();
            self.0.get_mut(at).unwrap().ask().await;
        }
    }

    /// Asks for that long.
    pub async fn spell(&mut self, length: Duration) -> Seen {
        let begun = Instant::now();
        let asked = self.0.iter_mut().map(|connection| async move {
            let mut latencies = Histogram::<u64>::new(3).unwrap();
            let mut then = Instant::now();
            while then.duration_since(begun) < length {
                connection.ask().await;
                let now = Instant::now();
                let micros = now.duration_since(then).as_micros();
                latencies.record(u64::try_from(micros).unwrap()).unwrap();
                then = now;
            }
            latencies
        });
        let mut latencies = Histogram::new(3).unwrap();
        for those in join_all(asked).await {
            latencies.add(those).unwrap();
        }
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 answers")]
        let answers = latencies.len() as f64;
        Seen {
            rate: answers / begun.elapsed().as_secs_f64(),
            latencies,
        }
    }
}

struct Connection {
    stream: TcpStream,
    ask: Vec<u8>,
    buffer: Vec<u8>,
}

impl Connection {
    async fn ask(&mut self) {
        self.stream.write_all(&self.ask).await.unwrap();
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the server hung up");
            if is_whole(&self.buffer) {
                return;
            }
        }
    }
}

/// Whether that is a whole answer, and a good one.
fn is_whole(buffer: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = answer.parse(buffer).unwrap() else {
        return false;
    };
    assert_eq!(answer.code, Some(200));
    let length = answer
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .unwrap();
    let length: usize = std::str::from_utf8(length.value).unwrap().parse().unwrap();
    buffer.len() == head + length
}
