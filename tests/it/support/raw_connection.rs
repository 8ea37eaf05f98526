//! A connection for arbitrary bytes of HTTP/1 and arbitrary frames of HTTP/2.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use super::process::ServiceProcess;

/// The HTTP/2 connection preface with an empty SETTINGS frame.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Frame types and flags (RFC 9113 §6).
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;
pub const END_STREAM: u8 = 1;
pub const ACK: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// A TCP connection to the service.
pub struct RawConnection {
    stream: TcpStream,
    /// Bytes that were read but not parsed.
    buffer: Vec<u8>,
    patience: Instant,
}

/// An HTTP/1 response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// An HTTP/2 frame.
#[derive(Debug)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl RawConnection {
    pub fn to(service: &ServiceProcess) -> Self {
        let stream = TcpStream::connect(service.address).unwrap();
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        stream.set_write_timeout(patience).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            buffer: vec![],
            patience: Instant::now() + Duration::from_secs(40),
        }
    }

    /// Writes bytes. Returns `false` if the peer has closed the connection.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        match self.stream.write_all(bytes.as_ref()) {
            Ok(()) => true,
            Err(error) if is_end(&error) => false,
            Err(error) => panic!("neither heard nor refused: {error}"),
        }
    }

    /// Reads more bytes. Returns `false` at the end of the connection.
    fn read(&mut self) -> bool {
        let mut bytes = vec![0; 64 * 1024];
        assert!(Instant::now() < self.patience, "it goes on and on");
        match self.stream.read(&mut bytes) {
            Ok(read) => {
                self.buffer.extend_from_slice(&bytes[..read]);
                read > 0
            }
            Err(error) if is_end(&error) => false,
            Err(error) => panic!("neither an answer nor an end: {error}"),
        }
    }

    /// Reads up to the end of the connection. Panics if the connection stays open.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.read() {}
        std::mem::take(&mut self.buffer)
    }

    /// Reads the next response. Returns `None` at the end of the connection.
    pub fn answer(&mut self) -> Option<Reply> {
        loop {
            if let Some((reply, length)) = reply(&self.buffer) {
                self.buffer.drain(..length);
                return Some(reply);
            }
            if !self.read() {
                return None;
            }
        }
    }

    /// Reads the next frame. Returns `None` at the end of the connection.
    pub fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some((head, rest)) = self.buffer.split_first_chunk::<9>() {
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
                if rest.len() >= length {
                    let frame = Frame {
                        kind: head[3],
                        flags: head[4],
                        stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
                        payload: rest[..length].to_vec(),
                    };
                    self.buffer.drain(..9 + length);
                    return Some(frame);
                }
            }
            if !self.read() {
                return None;
            }
        }
    }

    /// Reads up to the next frame of this type and stream. Acknowledges SETTINGS and PING frames in
    /// between, as a well-behaved client does.
    pub fn wait_for(&mut self, kind: u8, stream: u32) -> Option<Frame> {
        loop {
            let next = self.frame()?;
            if next.kind == kind && next.stream == stream && (kind != SETTINGS || next.flags == 0) {
                return Some(next);
            }
            if [SETTINGS, PING].contains(&next.kind) && next.flags & ACK == 0 {
                let payload = if next.kind == PING {
                    &next.payload[..]
                } else {
                    b""
                };
                self.write(frame(next.kind, ACK, 0, payload));
            }
        }
    }

    /// Reads to the end and returns the error code of the last GOAWAY frame, if any.
    pub fn goaway_code(&mut self) -> Option<u32> {
        let mut code = None;
        while let Some(goaway) = self.wait_for(GOAWAY, 0) {
            code = Some(u32::from_be_bytes(goaway.payload[4..8].try_into().unwrap()));
        }
        code
    }
}

fn is_end(error: &std::io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    [BrokenPipe, ConnectionAborted, ConnectionReset].contains(&error.kind())
}

/// The first complete response in these bytes, and its length. Responses to HEAD are not supported.
fn reply(bytes: &[u8]) -> Option<(Reply, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse::<usize>().unwrap())
    });
    let body = bytes.get(end..end + length.unwrap_or(0))?;
    let reply = Reply {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: String::from_utf8(body.to_vec()).unwrap(),
        head: head.to_lowercase(),
    };
    let length = end + body.len();
    Some((reply, length))
}

/// Encodes a frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let [a, b, c, d] = stream.to_be_bytes();
    let mut frame = length.to_vec();
    frame.extend([kind, flags, a, b, c, d]);
    frame.extend(payload);
    frame
}

/// Encodes the fields of a request (RFC 7541) with the static table and literals only.
pub fn fields(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut block = vec![0x86]; // :scheme http
    for (name, value) in [(":method", method), (":path", path), (":authority", "x")]
        .iter()
        .chain(more)
    {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).expect("a short text"));
            block.extend(text.bytes());
        }
    }
    block
}

/// Encodes a complete request without a body.
pub fn get(path: &str, stream: u32) -> Vec<u8> {
    let flags = END_HEADERS | END_STREAM;
    frame(HEADERS, flags, stream, fields("GET", path, &[]))
}

/// The status in the fields of the first response on a connection.
pub fn status(headers: &Frame) -> u16 {
    match headers.payload[..] {
        [0x88, ..] => 200,
        [0x8d, ..] => 404,
        // Huffman-coded literals.
        [0x48, 0x83, 0x68, 0x0f, 0x7f, ..] => 408,
        [0x48, 0x83, 0x69, 0x90, 0xff, ..] => 431,
        [0x48, 0x83, 0x6c, 0x0c, 0xff, ..] => 503,
        _ => panic!("another status: {headers:02x?}"),
    }
}
