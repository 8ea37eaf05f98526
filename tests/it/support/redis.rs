//! Redis servers, by which nodes coordinate.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use redis::{Client, Connection, FromRedisValue};
use rustix::process::{Pid, Signal, kill_process};

use super::{holds_within_limit, process::free_address, requirements};

/// A running server, killed when dropped.
pub struct RedisServer {
    address: SocketAddr,
    options: Vec<String>,
    process: Option<Child>,
    pid: Option<Pid>,
}

/// The server that tests share. Each test has its own prefix.
static SHARED: LazyLock<Option<RedisServer>> = LazyLock::new(RedisServer::start);

static PREFIXES: AtomicU32 = AtomicU32::new(0);

impl RedisServer {
    /// Starts a server. Returns `None` if the machine lacks the program.
    pub fn start() -> Option<Self> {
        Self::with(vec![])
    }

    /// Starts a server that also listens on a port for TLS, with a certificate and its key. Returns the server and the
    /// port.
    pub fn with_tls(certificate: &Path, key: &Path) -> Option<(Self, u16)> {
        let port = free_address().port();
        let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
        let options = [
            ("--tls-port", port.to_string().as_str()),
            ("--tls-auth-clients", "no"),
            ("--tls-ca-cert-file", certificate),
            ("--tls-cert-file", certificate),
            ("--tls-key-file", key),
        ]
        .map(|(name, value)| [name.to_owned(), value.to_owned()]);
        let server = Self::with(options.concat())?;
        Some((server, port))
    }

    fn with(options: Vec<String>) -> Option<Self> {
        let mut server = Self {
            address: free_address(),
            options,
            process: None,
            pid: None,
        };
        if server.begin() {
            Some(server)
        } else {
            requirements::lacks("redis-server (see tests/run)")
        }
    }

    /// Returns the server of all tests.
    pub fn shared() -> Option<&'static Self> {
        SHARED.as_ref()
    }

    fn begin(&mut self) -> bool {
        let port = self.address.port().to_string();
        let mut process = Command::new("sh")
            .args(["-c", include_str!("redis.sh"), "redis.sh", &port])
            .args(&self.options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        self.process = Some(process);
        self.pid = line.trim().parse().ok().and_then(Pid::from_raw);
        self.pid.is_some() && holds_within_limit(|| self.connection().is_some())
    }

    /// Kills the server. It forgets everything.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.stdin.take());
            process.wait().unwrap();
        }
    }

    /// Stops the process. It still accepts connections and commands, and answers once it resumes.
    pub fn pause(&self) {
        kill_process(self.pid.unwrap(), Signal::STOP).unwrap();
    }

    pub fn resume(&self) {
        kill_process(self.pid.unwrap(), Signal::CONT).unwrap();
    }

    /// Starts the server again, on the same port.
    pub fn restart(&mut self) {
        assert!(self.begin(), "the server starts again");
    }

    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Settings of nodes that coordinate by this server, with a prefix that no other test has.
    pub fn settings(&self) -> String {
        let number = PREFIXES.fetch_add(1, Ordering::Relaxed);
        format!(
            "coordination.url = '{}'\ncoordination.prefix = 'test{number}:'\ncoordination.timeout = '1s'\n",
            self.url()
        )
    }

    fn connection(&self) -> Option<Connection> {
        Client::open(self.url()).unwrap().get_connection().ok()
    }

    /// Runs a command.
    pub fn run<T: FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        command.arg(words.collect::<Vec<_>>());
        command.query(&mut self.connection().unwrap()).unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
