//! Servers on real sockets whose replies have odd texts, or none.

use std::net::IpAddr;

use rstest::rstest;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;

/// Longer than any test waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a server adds to the codes of its replies.
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
    /// A reply with that code.
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

/// A server that takes every mail, and tells how many it took.
struct Mailbox {
    port: u16,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Mailbox {
    async fn start(text: Text, login: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::<Mutex<Vec<String>>>::default();
        let kept = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, text, login, kept.clone()));
            }
        });
        Self { port, taken }
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
            timeout: PATIENCE,
        };
        let mut smtp = SmtpTransport::new(&config, "auth.example.com").unwrap();
        let addresses: Vec<_> = addresses.iter().copied().map(IpAddr::from).collect();
        smtp.server.resolver = Resolver::from_fn(move |_| Ok(addresses.clone()));
        smtp
    }
}

async fn serve(stream: TcpStream, text: Text, login: &str, taken: Arc<Mutex<Vec<String>>>) {
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
                    stream.read_line(&mut content).await.unwrap();
                }
                lock(&taken).push(content);
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

/// A mail that was accepted is not sent again, whatever the text says.
#[rstest]
#[case::usual(Text::Usual)]
#[case::no_text(Text::None)]
#[case::a_space(Text::Space)]
#[case::no_utf_8(Text::Latin1)]
#[case::three_thousand_characters(Text::Long)]
#[case::lines(Text::Lines)]
#[case::no_carriage_return(Text::NoCarriageReturn)]
#[tokio::test]
async fn the_code_of_every_reply_decides(
    #[case] text: Text,
    #[values("", "PLAIN", "LOGIN")] login: &'static str,
) {
    let server = Mailbox::start(text, login).await;
    let smtp = server.smtp(&[[127, 0, 0, 1]], login);
    for number in 1..=3 {
        let answer = smtp
            .send(&envelope())
            .await
            .unwrap_or_else(|why| panic!("{why}"));
        assert!(answer.starts_with("250"), "{answer}");
        assert_eq!(lock(&server.taken).len(), number);
    }
}

#[tokio::test]
async fn the_next_address_of_a_server_is_tried() {
    let server = Mailbox::start(Text::Usual, "").await;
    let smtp = server.smtp(&[[127, 0, 0, 2], [127, 0, 0, 1]], "");
    smtp.send(&envelope()).await.unwrap();
    assert_eq!(lock(&server.taken).len(), 1);
}

#[tokio::test]
async fn why_a_server_cannot_be_reached_is_named() {
    let server = Mailbox::start(Text::Usual, "").await;
    let refused = server.smtp(&[[127, 0, 0, 2]], "").send(&envelope()).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("Connection refused"), "{refused}");
    let mut unknown = server.smtp(&[], "");
    unknown.server.resolver =
        Resolver::from_fn(|_| Err(std::io::Error::other("Name or service not known")));
    let unknown = unknown.send(&envelope()).await.unwrap_err().to_string();
    assert_eq!(unknown, "Name or service not known (connection)");
}
