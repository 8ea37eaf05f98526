//! The program in a process, with a folder and a port per test.

use std::{
    io::{BufRead, BufReader, Read, Write},
    iter,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use tempfile::TempDir;

use super::holds_within_limit;

/// A running process of the program, killed when dropped.
pub struct ServiceProcess {
    pub folder: Arc<TempDir>,
    pub address: SocketAddr,
    child: Child,
    printed: Arc<Mutex<String>>,
    logged: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

/// Returns an unused loopback address. No other test gets its port: the port is returned once, and is below those that
/// the kernel chooses for connections and for listeners without a port.
pub fn free_address() -> SocketAddr {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Other runs of the tests begin elsewhere.
    let start = std::process::id().wrapping_mul(97);
    let ports = iter::repeat_with(|| {
        let taken = TAKEN.fetch_add(1, Ordering::Relaxed);
        FIRST + start.wrapping_add(taken) % COUNT
    });
    let addresses = ports
        .take(COUNT as usize)
        .map(|port| SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap())));
    let mut unused = addresses.filter(|address| TcpListener::bind(address).is_ok());
    unused.next().unwrap()
}

/// The program in a folder, without those variables of the test environment that the program would
/// read.
pub fn signet(folder: &Path) -> Command {
    in_folder(Command::new(env!("CARGO_BIN_EXE_signet")), folder)
}

/// Removes those variables from the environment of another command.
pub fn in_folder(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars() {
        if name.starts_with("SIGNET_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program to its end with this text on standard input.
pub fn run(mut command: Command, input: &str) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The program may exit without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// A line that every start message has. The message is printed at once.
const START_MESSAGE: &str = "\n  metrics ";

/// The path of the sign-up link.
const SIGN_UP: &str = "/signup/confirm";

impl ServiceProcess {
    /// Starts in a new folder and waits until it listens.
    pub fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_in(
            Arc::new(tempfile::tempdir().unwrap()),
            free_address(),
            environment,
        )
    }

    pub fn start_in(
        folder: Arc<TempDir>,
        address: SocketAddr,
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = signet(folder.path());
        command.args(["--listen", &address.to_string()]);
        Self::spawn(command, folder, address, environment)
    }

    /// Starts a command that executes the program in a folder.
    pub fn start_as(command: Command, folder: Arc<TempDir>, environment: &[(&str, &str)]) -> Self {
        let address = free_address();
        let mut command = in_folder(command, folder.path());
        command.env("SIGNET_LISTEN", address.to_string());
        Self::spawn(command, folder, address, environment)
    }

    fn spawn(
        mut command: Command,
        folder: Arc<TempDir>,
        address: SocketAddr,
        environment: &[(&str, &str)],
    ) -> Self {
        command.envs(environment.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let printed = Arc::<Mutex<String>>::default();
        let logged = Arc::<Mutex<String>>::default();
        let out: Box<dyn Read + Send> = Box::new(child.stdout.take().unwrap());
        let err: Box<dyn Read + Send> = Box::new(child.stderr.take().unwrap());
        let streams = [
            (out, vec![printed.clone()]),
            (err, vec![printed.clone(), logged.clone()]),
        ];
        let readers = streams.map(|(stream, kept)| {
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    for text in &kept {
                        text.lock().unwrap().extend([&line, "\n"]);
                    }
                }
            })
        });
        let mut service = Self {
            folder,
            address,
            child,
            printed,
            logged,
            readers: readers.into(),
        };
        service.wait_for("it listens", |service| {
            service.printed().contains(START_MESSAGE) && TcpStream::connect(address).is_ok()
        });
        service
    }

    /// The output so far, including standard error.
    pub fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// The part of the output that was written to standard error.
    pub fn logged(&self) -> Arc<Mutex<String>> {
        self.logged.clone()
    }

    /// Waits until a condition holds, with a time limit.
    pub fn wait_for(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let condition = holds_within_limit(|| {
            let condition = condition(self);
            match self.child.try_wait().unwrap() {
                Some(status) if !condition => {
                    panic!("ended with {status} before {what}:\n{}", self.printed())
                }
                _ => condition,
            }
        });
        assert!(
            condition,
            "waited in vain until {what}:\n{}",
            self.printed()
        );
    }

    /// Waits for a text in the log. Log lines may be written after the response that they concern.
    pub fn wait_for_log(&mut self, text: &str) {
        self.wait_for(text, |it| it.logged().lock().unwrap().contains(text));
    }

    /// The resident memory of the process, in MiB.
    pub fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let (_, rest) = status.split_once("VmRSS:").unwrap();
        let kib: u64 = rest.split_whitespace().next().unwrap().parse().unwrap();
        kib / 1024
    }

    pub fn signal(&self, name: &str) {
        // `kill` is a shell builtin; a minimal machine has no separate program.
        let kill = format!("kill {name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.unwrap().success());
    }

    /// Sends SIGHUP, and returns what is logged until this text, included.
    pub fn reload(&mut self, outcome: &str) -> String {
        let logged = |service: &Self| service.logged().lock().unwrap().clone();
        let before = logged(self).len();
        self.signal("-HUP");
        self.wait_for(outcome, |service| {
            logged(service)[before..].contains(outcome)
        });
        logged(self)[before..].to_owned()
    }

    /// Kills the process, as a crash of the machine does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end of the process and returns its status and its output.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        for reader in std::mem::take(&mut self.readers) {
            reader.join().unwrap();
        }
        (status, self.printed())
    }

    /// Sends a request over a new connection and returns the status, the head and the body.
    pub fn request(&self, head: &str, body: &str) -> std::io::Result<(u16, String, String)> {
        Self::request_at(self.address, head, body)
    }

    /// The same for another address.
    pub fn request_at(
        address: SocketAddr,
        head: &str,
        body: &str,
    ) -> std::io::Result<(u16, String, String)> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let length = body.len();
        // One write, so that a server that rejects the head has also received the body.
        let request = format!(
            "{head}\r\nHost: localhost\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .ok_or_else(|| std::io::Error::other(format!("half an answer: {answer:?}")))?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Ok((status.unwrap_or(0), head.to_owned(), body.to_owned()))
    }

    pub fn post(&self, path: &str, body: &serde_json::Value) -> (u16, serde_json::Value) {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json");
        let (status, _, body) = self.request(&head, &body.to_string()).unwrap();
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    pub fn get(&self, path: &str, token: &str) -> (u16, String) {
        let head = format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {token}");
        let (status, _, body) = self.request(&head, "").unwrap();
        (status, body)
    }

    /// Signs a user up with the link that the program prints.
    pub fn sign_up(&mut self, email: &str, password: &str) -> serde_json::Value {
        let asked = serde_json::json!({"email": email});
        self.sign_up_at(&asked, password)
    }

    /// The same with this request, which names one of several clients.
    pub fn sign_up_at(&mut self, asked: &serde_json::Value, password: &str) -> serde_json::Value {
        // The log also contains the route, and its line may be written late.
        let link = format!("{SIGN_UP}?");
        let before = self.printed().matches(&link).count();
        let (status, _) = self.post("/signup", asked);
        assert_eq!(status, 202);
        self.wait_for("a link is printed", |service| {
            service.printed().matches(&link).count() > before
        });
        let body = serde_json::json!({"token": self.printed_token(), "password": password});
        let (status, session) = self.post("/signup/confirm", &body);
        assert_eq!(status, 201, "{session}");
        session
    }

    /// The token in the last printed sign-up link.
    pub fn printed_token(&mut self) -> String {
        self.printed_token_at(SIGN_UP)
    }

    /// The token in the last printed link to this page.
    pub fn printed_token_at(&mut self, page: &str) -> String {
        let has_token = |printed: &str| {
            let links = printed.rsplit_once(&format!("{page}?"));
            links.is_some_and(|(_, after)| after.contains("#token="))
        };
        self.wait_for("a link is printed", |service| has_token(&service.printed()));
        let printed = self.printed();
        let (_, after) = printed.rsplit_once(&format!("{page}?")).unwrap();
        let (_, after) = after.split_once("#token=").unwrap();
        let is_end = |c: char| c == '&' || c.is_whitespace();
        after.split(is_end).next().unwrap().to_owned()
    }
}

impl Drop for ServiceProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
