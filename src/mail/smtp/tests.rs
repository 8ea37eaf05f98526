//! Tests with servers on real sockets whose replies have unusual texts, or none.

use std::net::IpAddr;

use rstest::rstest;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;

/// A time limit longer than any test waits.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The text that a server appends to its reply codes.
#[derive(Clone, Copy)]
enum Text {
    Usual,
    None,
    Space,
    Latin1,
    Long,
    Lines,
    NoCarriageReturn,
}

impl Text {
    /// Returns a reply with that code.
    fn reply(self, code: u16) -> Vec<u8> {
        let code = code.to_string();
        let long = format!("{code} {}\r\n", "x".repeat(3000));
        let text = match self {
            Self::Usual => format!("{code} 2.0.0 Ok\r\n"),
            Self::None => format!("{code}\r\n"),
            Self::Space => format!("{code} \r\n"),
            Self::Latin1 => return [code.as_bytes(), b" gr\xfc\xdfe\r\n"].concat(),
            Self::Long => long,
            Self::Lines => format!(
                "{code}-first\r\n{code}-\r\n{}{long}",
                format!("{code}-x\r\n").repeat(99)
            ),
            Self::NoCarriageReturn => format!("{code} Ok\n"),
        };
        text.into_bytes()
    }
}

/// A server that accepts and keeps every mail.
struct SmtpServerStub {
    port: u16,
    received: Arc<Mutex<Vec<String>>>,
}

impl SmtpServerStub {
    async fn start(text: Text, login: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::<Mutex<Vec<String>>>::default();
        let mails = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, text, login, mails.clone()));
            }
        });
        Self { port, received }
    }

    fn smtp(&self, addresses: &[[u8; 4]], login: &str) -> SmtpTransport {
        let config = config::SmtpConfig {
            host: "mail.example".to_owned(),
            port: self.port,
            security: SmtpSecurity::Opportunistic,
            login: (!login.is_empty())
                .then(|| ("signet".to_owned(), SecretString::from("hunter2").into())),
            from: config::Sender {
                name: None,
                address: "no-reply@example.com".parse().unwrap(),
            },
            authorities: None,
            timeout: TIME_LIMIT,
        };
        let mut smtp = SmtpTransport::new(&config, "auth.example.com").unwrap();
        let addresses: Vec<_> = addresses.iter().copied().map(IpAddr::from).collect();
        smtp.server.resolver = Resolver::from_fn(move |_| Ok(addresses.clone()));
        smtp
    }
}

async fn serve(stream: TcpStream, text: Text, login: &str, received: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    let mut next = text.reply(220);
    loop {
        stream.write_all(&next).await.unwrap();
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let verb = line.split_whitespace().next().unwrap_or_default();
        next = match verb {
            "EHLO" if login.is_empty() => text.reply(250),
            "EHLO" => format!("250-mail.example\r\n250 auth {login}\r\n").into_bytes(),
            "AUTH" if login == "LOGIN" => {
                for _ in ["user", "password"] {
                    stream.write_all(&text.reply(334)).await.unwrap();
                    stream.read_line(&mut line).await.unwrap();
                }
                text.reply(235)
            }
            "AUTH" => text.reply(235),
            "DATA" => {
                stream.write_all(&text.reply(354)).await.unwrap();
                let mut content = String::new();
                while !content.ends_with("\r\n.\r\n") {
                    let read = stream.read_line(&mut content).await.unwrap();
                    assert!(read > 0, "the connection ended within a message");
                }
                lock(&received).push(content);
                text.reply(250)
            }
            "QUIT" => text.reply(221),
            _ => text.reply(250),
        };
    }
}

fn envelope() -> Envelope {
    Envelope {
        from: "no-reply@example.com".parse().unwrap(),
        to: "ada@example.com".parse().unwrap(),
        content: b"Subject: hello\r\n\r\nhello\r\n".to_vec(),
    }
}

/// An accepted mail is sent once, for every text of the reply.
#[rstest]
#[case::usual(Text::Usual)]
#[case::no_text(Text::None)]
#[case::a_space(Text::Space)]
#[case::no_utf_8(Text::Latin1)]
#[case::three_thousand_characters(Text::Long)]
#[case::lines(Text::Lines)]
#[case::no_carriage_return(Text::NoCarriageReturn)]
#[tokio::test]
async fn accepted_mail_is_sent_once_for_every_reply_text(
    #[case] text: Text,
    #[values("", "PLAIN", "LOGIN")] login: &'static str,
) {
    let server = SmtpServerStub::start(text, login).await;
    let smtp = server.smtp(&[[127, 0, 0, 1]], login);
    for number in 1..=3 {
        let reply = smtp
            .send(&envelope())
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(reply.starts_with("250"), "{reply}");
        assert_eq!(lock(&server.received).len(), number);
    }
}

#[tokio::test]
async fn next_ip_address_is_tried_after_a_refused_connection() {
    let server = SmtpServerStub::start(Text::Usual, "").await;
    let smtp = server.smtp(&[[127, 0, 0, 2], [127, 0, 0, 1]], "");
    smtp.send(&envelope()).await.unwrap();
    assert_eq!(lock(&server.received).len(), 1);
}

#[tokio::test]
async fn connection_error_names_the_cause() {
    let server = SmtpServerStub::start(Text::Usual, "").await;
    let refused = server.smtp(&[[127, 0, 0, 2]], "").send(&envelope()).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("Connection refused"), "{refused}");
    let mut unknown = server.smtp(&[], "");
    unknown.server.resolver =
        Resolver::from_fn(|_| Err(std::io::Error::other("Name or service not known")));
    let unknown = unknown.send(&envelope()).await.unwrap_err().to_string();
    assert_eq!(unknown, "Name or service not known (connection)");
}
