//! An SMTP session: greeting, EHLO, STARTTLS, AUTH and the mail transaction. Each step has a time limit,
//! and its failure names the [`DeliveryStage`].

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lettre::transport::smtp::commands::{Mail, Rcpt};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{
    SmtpServer,
    line_stream::{LineStream, ReplyError, SmtpStream},
    reply::SmtpReply,
};
use crate::{
    config::SmtpSecurity,
    connect::{innermost, race},
    mail::{
        delivery_error::{DeliveryError, DeliveryStage},
        envelope::Envelope,
    },
};

/// A connection to a server, ready for a mail: encrypted and logged in as configured.
pub(super) struct SmtpSession {
    stream: LineStream,
    /// The extensions in the server's reply to EHLO, one a line.
    extensions: Vec<String>,
}

impl SmtpSession {
    /// Connects to the server, starts TLS and logs in, as the settings require.
    pub(super) async fn open(server: &SmtpServer) -> Result<Self, DeliveryError> {
        let stream = connect(server).await?;
        let stream = match server.security {
            SmtpSecurity::Tls => encrypt(server, stream).await?,
            SmtpSecurity::StartTls | SmtpSecurity::Opportunistic => stream,
        };
        let mut session = Self {
            stream: LineStream::new(stream, server.timeout),
            extensions: vec![],
        };
        let greeting = session.stream.reply().await;
        let greeting = greeting.map_err(without_reply(DeliveryStage::Connection))?;
        expect(DeliveryStage::Connection, 2, greeting)?;
        session.hello(server, DeliveryStage::Connection).await?;
        let mut session = session.start_tls(server).await?;
        if let Some((user, password)) = server.login() {
            session.log_in(user, &password).await?;
        }
        Ok(session)
    }

    /// Sends a mail and returns the server's reply to its content.
    pub(super) async fn send(&mut self, envelope: &Envelope) -> Result<String, DeliveryError> {
        let mail = Mail::new(Some(envelope.from.clone()), vec![]).to_string();
        let rcpt = Rcpt::new(envelope.to.clone(), vec![]).to_string();
        self.command(DeliveryStage::Sender, 2, &mail).await?;
        self.command(DeliveryStage::Recipient, 2, &rcpt).await?;
        let reply = self.command(DeliveryStage::Content, 3, "DATA\r\n").await?;
        if reply.code != 354 {
            return Err(protocol_error(DeliveryStage::Content));
        }
        let reply = self.stream.content(&envelope.content).await;
        let reply = reply.map_err(without_reply(DeliveryStage::Content))?;
        let reply = expect(DeliveryStage::Content, 2, reply)?;
        Ok(format!("{} {}", reply.code, reply.text()))
    }

    /// Returns whether the session can send another mail.
    pub(super) fn is_usable(&self) -> bool {
        self.stream.is_usable()
    }

    /// Returns whether the server still responds to NOOP.
    pub(super) async fn is_alive(&mut self) -> bool {
        let reply = self.stream.command("NOOP\r\n").await;
        reply.is_ok_and(|reply| reply.is_class(2)) && self.is_usable()
    }

    /// Ends the session with QUIT.
    pub(super) async fn quit(mut self) {
        let _ = self.stream.command("QUIT\r\n").await;
    }

    /// Sends EHLO and reads the server's extensions (RFC 5321 §4.1.1.1).
    async fn hello(
        &mut self,
        server: &SmtpServer,
        stage: DeliveryStage,
    ) -> Result<(), DeliveryError> {
        let hello = format!("EHLO {}\r\n", server.hello);
        let reply = self.command(stage, 2, &hello).await?;
        // The first line is the server's name and greeting.
        self.extensions = reply.lines.into_iter().skip(1).collect();
        Ok(())
    }

    /// Returns the parameters of an extension, or `None` if the server does not offer it.
    fn offers(&self, extension: &str) -> Option<impl Iterator<Item = &str>> {
        self.extensions.iter().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let name = words.next()?;
            name.eq_ignore_ascii_case(extension).then_some(words)
        })
    }

    /// Starts TLS if the settings require it and the connection is not encrypted yet (RFC 3207).
    async fn start_tls(mut self, server: &SmtpServer) -> Result<Self, DeliveryError> {
        let is_offered = self.offers("STARTTLS").is_some();
        let is_required = match server.security {
            SmtpSecurity::Tls => false,
            SmtpSecurity::StartTls if !is_offered => {
                let error = DeliveryError::because(
                    DeliveryStage::Encryption,
                    "the server offers no STARTTLS",
                );
                tokio::spawn(self.quit());
                return Err(error);
            }
            SmtpSecurity::StartTls => true,
            SmtpSecurity::Opportunistic => is_offered,
        };
        if !is_required {
            return Ok(self);
        }
        self.command(DeliveryStage::Encryption, 2, "STARTTLS\r\n")
            .await?;
        let stream = self.stream.into_stream().ok_or_else(|| {
            let cause = "the server sent clear text after its reply to STARTTLS";
            DeliveryError::because(DeliveryStage::Encryption, cause)
        })?;
        let stream = encrypt(server, stream).await?;
        let mut encrypted = Self {
            stream: LineStream::new(stream, server.timeout),
            extensions: vec![],
        };
        encrypted.hello(server, DeliveryStage::Encryption).await?;
        Ok(encrypted)
    }

    /// Logs in (RFC 4954) with PLAIN, or else with LOGIN.
    async fn log_in(&mut self, user: &str, password: &str) -> Result<(), DeliveryError> {
        let mechanisms: Vec<_> = self.offers("AUTH").into_iter().flatten().collect();
        let offers = |name: &str| {
            mechanisms
                .iter()
                .any(|word| word.eq_ignore_ascii_case(name))
        };
        let (plain, login) = (offers("PLAIN"), offers("LOGIN"));
        let encoded = |text: &str| Zeroizing::new(STANDARD.encode(text));
        if plain {
            let both = Zeroizing::new(format!("\0{user}\0{password}"));
            let command = Zeroizing::new(format!("AUTH PLAIN {}\r\n", *encoded(&both)));
            self.command(DeliveryStage::Login, 2, &command).await?;
        } else if login {
            self.command(DeliveryStage::Login, 3, "AUTH LOGIN\r\n")
                .await?;
            let user = format!("{}\r\n", *encoded(user));
            self.command(DeliveryStage::Login, 3, &user).await?;
            let password = Zeroizing::new(format!("{}\r\n", *encoded(password)));
            self.command(DeliveryStage::Login, 2, &password).await?;
        } else {
            let cause = "the server offers neither AUTH PLAIN nor AUTH LOGIN";
            return Err(DeliveryError::because(DeliveryStage::Login, cause));
        }
        Ok(())
    }

    /// Sends a command line and returns the reply, whose code must begin with `class`.
    async fn command(
        &mut self,
        stage: DeliveryStage,
        class: u16,
        line: &str,
    ) -> Result<SmtpReply, DeliveryError> {
        let reply = self.stream.command(line).await;
        let reply = reply.map_err(without_reply(stage))?;
        expect(stage, class, reply)
    }
}

/// Connects to one of the server's IP addresses (RFC 8305).
async fn connect(server: &SmtpServer) -> Result<Box<dyn SmtpStream>, DeliveryError> {
    let because = |cause: &str| DeliveryError::because(DeliveryStage::Connection, cause);
    let addresses = timeout(server.timeout, server.resolver.addresses(&server.host)).await;
    let addresses = addresses.map_err(|_| because("no name server responds in time"))?;
    let addresses = addresses.map_err(|error| because(&innermost(&error).to_string()))?;
    let connected = timeout(server.timeout, race(&addresses, server.port)).await;
    let connected = connected.map_err(|_| because("the server accepts no connection in time"))?;
    let stream = connected.map_err(|error| because(&error.to_string()))?;
    Ok(Box::new(stream))
}

/// Performs the TLS handshake and returns the encrypted stream.
async fn encrypt(
    server: &SmtpServer,
    stream: Box<dyn SmtpStream>,
) -> Result<Box<dyn SmtpStream>, DeliveryError> {
    let because = |cause: &str| DeliveryError::because(DeliveryStage::Encryption, cause);
    let encrypted = timeout(server.timeout, server.tls.connect(&server.host, stream)).await;
    let encrypted = encrypted.map_err(|_| because("the TLS handshake timed out"))?;
    let stream = encrypted.map_err(|error| because(&innermost(&error).to_string()))?;
    Ok(Box::new(stream))
}

/// Returns the reply if its code begins with `class`. A code of 400 or more is a refusal, every other
/// code a protocol error.
fn expect(stage: DeliveryStage, class: u16, reply: SmtpReply) -> Result<SmtpReply, DeliveryError> {
    match reply.code {
        code if code / 100 == class => Ok(reply),
        code @ 400.. => Err(DeliveryError::refused(stage, code, reply.text())),
        _ => Err(protocol_error(stage)),
    }
}

/// Returns the error for a command to which no reply was received.
fn without_reply(stage: DeliveryStage) -> impl Fn(ReplyError) -> DeliveryError {
    move |error| DeliveryError::because(stage, &error.to_string())
}

/// Returns the error for a reply that does not fit the command.
fn protocol_error(stage: DeliveryStage) -> DeliveryError {
    DeliveryError::because(stage, "the server does not speak SMTP")
}
