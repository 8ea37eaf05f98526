//! Proxies in front of an application, with the configurations of `docs/forward-auth.md`.

mod configuration;

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Stdio},
    thread,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{holds_within_limit, process::free_address};
use configuration::Addresses;
pub use configuration::ProxyKind;

/// A running proxy, and the application behind it, which answers with the head of each request.
pub struct ReverseProxy {
    pub address: SocketAddr,
    folder: TempDir,
    child: Child,
}

impl ReverseProxy {
    /// Starts a proxy at this address with its documented configuration. Returns `None` where this machine lacks the
    /// program.
    pub fn start(kind: ProxyKind, address: SocketAddr, issuer: SocketAddr) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let addresses = Addresses {
            proxy: address,
            issuer,
            application: echo(),
        };
        let mut command = kind.command(addresses, folder.path())?;
        let printed = fs::File::create(folder.path().join("printed")).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(printed.try_clone().unwrap())
            .stderr(printed);
        let mut proxy = Self {
            address,
            child: command.spawn().unwrap(),
            folder,
        };
        let is_ready = holds_within_limit(|| {
            let ended = proxy.child.try_wait().unwrap();
            assert!(ended.is_none(), "{}", proxy.printed());
            // Traefik listens before it has read the route.
            TcpStream::connect(address).is_ok() && proxy.send("GET", "/", &[]).0 != 404
        });
        assert!(is_ready, "does not listen: {}", proxy.printed());
        Some(proxy)
    }

    /// Everything that the proxy has printed.
    pub fn printed(&self) -> String {
        fs::read_to_string(self.folder.path().join("printed")).unwrap_or_default()
    }

    /// Sends a request and returns the status, the head and the body: the head of the request at the application.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (u16, String, String) {
        let lines = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let lines: String = lines.collect();
        let address = self.address;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{lines}Connection: close\r\n\r\n"
        );
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        (status.unwrap_or(0), head.to_owned(), body.to_owned())
    }
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        if !holds_within_limit(|| self.child.try_wait().is_ok_and(|status| status.is_some())) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Starts an application that answers every request with its head in lower case, and with a cookie of its own. Ends
/// with the tests.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind(free_address()).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    address
}

fn answer(mut stream: TcpStream) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.extend(byte);
    }
    let body = String::from_utf8_lossy(&head).to_lowercase();
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nSet-Cookie: app=1\r\nCache-Control: public\r\nConnection: close\r\n\r\n{body}"
    );
}
