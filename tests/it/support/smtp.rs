//! The mail server of `tests/recipes/smtp` and its received mails.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    recipes::{files_of, within},
    requirements, wait_until,
};

/// The sender of mails.
pub const FROM: &str = "Signet <no-reply@example.com>";

/// A running mail server, stopped when dropped.
pub struct MailServer {
    folder: TempDir,
    child: Child,
    _input: ChildStdin,
    told: Arc<Mutex<Vec<Value>>>,
    pub port: u16,
}

/// A received mail.
#[derive(Debug, Clone)]
pub struct ReceivedMail {
    pub sender: String,
    pub recipients: Vec<String>,
    pub is_encrypted: bool,
    /// The SMTP user of the client.
    pub user: Option<String>,
    /// Unfolded header names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl MailServer {
    /// Starts a server with these behaviours on any port.
    pub fn start(habits: &[(&str, &str)]) -> Option<Self> {
        let folder = files_of("smtp");
        let mut command = Command::new(requirements::python_with_aiosmtpd()?);
        within(command.arg("server.py"), folder.path())
            .envs(habits.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(folder.path().join("said")).unwrap());
        let mut child = command.spawn().unwrap();
        let told = Arc::<Mutex<Vec<Value>>>::default();
        let (output, kept) = (child.stdout.take().unwrap(), told.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                kept.lock()
                    .unwrap()
                    .push(serde_json::from_str(&line).unwrap());
            }
        });
        let mut server = Self {
            _input: child.stdin.take().unwrap(),
            folder,
            child,
            told,
            port: 0,
        };
        wait_until("the mail server listens", || {
            let first = server.told.lock().unwrap().first().cloned();
            if first.is_none() && server.child.try_wait().unwrap().is_some() {
                let said = fs::read_to_string(server.folder.path().join("said"));
                panic!("the mail server ended: {}", said.unwrap());
            }
            server.port = first.map_or(0, |it| it["port"].as_u64().unwrap().try_into().unwrap());
            server.port != 0
        });
        Some(server)
    }

    /// Starts a server at this address.
    pub fn start_at(address: SocketAddr, habits: &[(&str, &str)]) -> Option<Self> {
        let port = address.port().to_string();
        Self::start(&[habits, &[("PORT", &port)]].concat())
    }

    /// The certificate authority of the server.
    pub fn authority(&self) -> String {
        let path = self.folder.path().join("ca.pem");
        path.to_str().unwrap().to_owned()
    }

    fn events<T>(&self, tell: impl FnMut(&Value) -> Option<T>) -> Vec<T> {
        self.told.lock().unwrap().iter().filter_map(tell).collect()
    }

    /// The text that the server received without encryption.
    pub fn received_in_clear_text(&self) -> String {
        let heard = self.events(|it| match it["encrypted"] {
            Value::Bool(false) => it["heard"].as_str().map(str::to_owned),
            _ => None,
        });
        heard.concat()
    }

    /// All text that the server received.
    pub fn received_text(&self) -> String {
        let heard = self.events(|it| it["heard"].as_str().map(str::to_owned));
        heard.concat()
    }

    /// The mails received so far.
    pub fn received(&self) -> Vec<ReceivedMail> {
        self.events(|it| {
            it["mail"]
                .as_str()
                .map(|mail| ReceivedMail::parse(it, mail))
        })
    }

    /// Waits for one mail and returns it.
    pub fn received_mail(&self) -> ReceivedMail {
        self.received_mails(1).remove(0)
    }

    /// Waits for this many mails and returns them.
    pub fn received_mails(&self, many: usize) -> Vec<ReceivedMail> {
        wait_until("mails have come", || self.received().len() >= many);
        let taken = self.received();
        assert_eq!(taken.len(), many, "{taken:#?}");
        taken
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl ReceivedMail {
    fn parse(told: &Value, mail: &str) -> Self {
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        let headers = head.replace("\r\n ", " ");
        let headers = headers.split("\r\n").map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_owned(), value.to_owned())
        });
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let recipients = told["recipients"].as_array().unwrap();
        Self {
            sender: text(&told["sender"]).unwrap(),
            recipients: recipients.iter().filter_map(text).collect(),
            is_encrypted: told["encrypted"] == true,
            user: text(&told["user"]),
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }

    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(it, _)| it == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The text, whose lines the transport may have wrapped.
    pub fn text(&self) -> String {
        self.body.replace("=\r\n", "").replace("=3D", "=")
    }

    /// The token in the link.
    pub fn token(&self) -> String {
        let text = self.text();
        let (_, token) = text.split_once("#token=").unwrap();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        token.chars().take_while(|c| is_part(*c)).collect()
    }
}
