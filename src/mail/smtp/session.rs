//! What is said to a server, step by step. Each step has its time, and its own meaning where it fails.

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

/// A connection to a server that knows who we are.
pub(super) struct SmtpSession {
    wire: LineStream,
    extensions: Vec<String>,
}

impl SmtpSession {
    /// As far as both know who the other is.
    pub(super) async fn begin(server: &SmtpServer) -> Result<Self, DeliveryError> {
        let stream = connect(server).await?;
        let stream = match server.security {
            SmtpSecurity::Tls => encrypt(server, stream).await?,
            SmtpSecurity::StartTls | SmtpSecurity::Opportunistic => stream,
        };
        let mut dialog = Self {
            wire: LineStream::over(stream, server.timeout),
            extensions: vec![],
        };
        let greeting = dialog.wire.reply().await;
        let greeting = greeting.map_err(unanswered(DeliveryStage::Connection))?;
        expect(DeliveryStage::Connection, 2, greeting)?;
        dialog.hello(server, DeliveryStage::Connection).await?;
        let mut dialog = dialog.encrypted(server).await?;
        if let Some((user, password)) = server.login() {
            dialog.log_in(user, &password).await?;
        }
        Ok(dialog)
    }

    /// Hands a mail over: what the server said to that.
    pub(super) async fn send(&mut self, envelope: &Envelope) -> Result<String, DeliveryError> {
        let mail = Mail::new(Some(envelope.from.clone()), vec![]).to_string();
        let rcpt = Rcpt::new(envelope.to.clone(), vec![]).to_string();
        self.ask(DeliveryStage::Sender, 2, &mail).await?;
        self.ask(DeliveryStage::Recipient, 2, &rcpt).await?;
        let go_on = self.ask(DeliveryStage::Content, 3, "DATA\r\n").await?;
        if go_on.code != 354 {
            return Err(out_of_step(DeliveryStage::Content));
        }
        let taken = self.wire.content(&envelope.content).await;
        let taken = taken.map_err(unanswered(DeliveryStage::Content))?;
        let taken = expect(DeliveryStage::Content, 2, taken)?;
        Ok(format!("{} {}", taken.code, taken.text()))
    }

    /// Whether another mail can be sent by it.
    pub(super) fn is_sound(&self) -> bool {
        self.wire.is_sound()
    }

    /// Whether somebody is still there.
    pub(super) async fn is_alive(&mut self) -> bool {
        let asked = self.wire.command("NOOP\r\n").await;
        asked.is_ok_and(|reply| reply.is_of(2)) && self.is_sound()
    }

    /// Takes leave.
    pub(super) async fn end(mut self) {
        let _ = self.wire.command("QUIT\r\n").await;
    }

    /// Says who we are, and hears what the server can do (RFC 5321 §4.1.1.1).
    async fn hello(
        &mut self,
        server: &SmtpServer,
        stage: DeliveryStage,
    ) -> Result<(), DeliveryError> {
        let hello = format!("EHLO {}\r\n", server.hello);
        let reply = self.ask(stage, 2, &hello).await?;
        // The first line is a greeting.
        self.extensions = reply.lines.into_iter().skip(1).collect();
        Ok(())
    }

    /// The parameters of an extension that the server offers.
    fn offers(&self, extension: &str) -> Option<impl Iterator<Item = &str>> {
        self.extensions.iter().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let name = words.next()?;
            name.eq_ignore_ascii_case(extension).then_some(words)
        })
    }

    /// The same under TLS, where that is wanted and has not begun yet (RFC 3207).
    async fn encrypted(mut self, server: &SmtpServer) -> Result<Self, DeliveryError> {
        let is_offered = self.offers("STARTTLS").is_some();
        let is_wanted = match server.security {
            SmtpSecurity::Tls => false,
            SmtpSecurity::StartTls if !is_offered => {
                let why = DeliveryError::because(
                    DeliveryStage::Encryption,
                    "the server offers no STARTTLS",
                );
                tokio::spawn(self.end());
                return Err(why);
            }
            SmtpSecurity::StartTls => true,
            SmtpSecurity::Opportunistic => is_offered,
        };
        if !is_wanted {
            return Ok(self);
        }
        self.ask(DeliveryStage::Encryption, 2, "STARTTLS\r\n")
            .await?;
        let stream = self.wire.into_stream().ok_or_else(|| {
            let cause = "the server sent clear text after its reply to STARTTLS";
            DeliveryError::because(DeliveryStage::Encryption, cause)
        })?;
        let stream = encrypt(server, stream).await?;
        let mut encrypted = Self {
            wire: LineStream::over(stream, server.timeout),
            extensions: vec![],
        };
        encrypted.hello(server, DeliveryStage::Encryption).await?;
        Ok(encrypted)
    }

    /// Proves who we are (RFC 4954), by PLAIN or by LOGIN.
    async fn log_in(&mut self, user: &str, password: &str) -> Result<(), DeliveryError> {
        let mechanisms: Vec<_> = self.offers("AUTH").into_iter().flatten().collect();
        let offers = |it: &str| mechanisms.iter().any(|word| word.eq_ignore_ascii_case(it));
        let (plain, login) = (offers("PLAIN"), offers("LOGIN"));
        let encoded = |text: &str| Zeroizing::new(STANDARD.encode(text));
        if plain {
            let both = Zeroizing::new(format!("\0{user}\0{password}"));
            let command = Zeroizing::new(format!("AUTH PLAIN {}\r\n", *encoded(&both)));
            self.ask(DeliveryStage::Login, 2, &command).await?;
        } else if login {
            self.ask(DeliveryStage::Login, 3, "AUTH LOGIN\r\n").await?;
            let user = format!("{}\r\n", *encoded(user));
            self.ask(DeliveryStage::Login, 3, &user).await?;
            let password = Zeroizing::new(format!("{}\r\n", *encoded(password)));
            self.ask(DeliveryStage::Login, 2, &password).await?;
        } else {
            let cause = "the server offers neither AUTH PLAIN nor AUTH LOGIN";
            return Err(DeliveryError::because(DeliveryStage::Login, cause));
        }
        Ok(())
    }

    /// Says that, and expects a reply of that class.
    async fn ask(
        &mut self,
        stage: DeliveryStage,
        class: u16,
        line: &str,
    ) -> Result<SmtpReply, DeliveryError> {
        let reply = self.wire.command(line).await;
        let reply = reply.map_err(unanswered(stage))?;
        expect(stage, class, reply)
    }
}

/// Connects to one of the server's addresses (RFC 8305).
async fn connect(server: &SmtpServer) -> Result<Box<dyn SmtpStream>, DeliveryError> {
    let because = |cause: &str| DeliveryError::because(DeliveryStage::Connection, cause);
    let found = timeout(server.timeout, server.resolver.addresses(&server.host)).await;
    let found = found.map_err(|_| because("no name server responds in time"))?;
    let found = found.map_err(|error| because(&innermost(&error).to_string()))?;
    let connected = timeout(server.timeout, race(&found, server.port)).await;
    let connected = connected.map_err(|_| because("the server accepts no connection in time"))?;
    let stream = connected.map_err(|error| because(&error.to_string()))?;
    Ok(Box::new(stream))
}

/// The same connection under TLS.
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

/// The reply, if it is of that class. The server may refuse, and is out of step otherwise.
fn expect(stage: DeliveryStage, class: u16, reply: SmtpReply) -> Result<SmtpReply, DeliveryError> {
    match reply.code {
        code if code / 100 == class => Ok(reply),
        code @ 400.. => Err(DeliveryError::refused(stage, code, reply.text())),
        _ => Err(out_of_step(stage)),
    }
}

fn unanswered(stage: DeliveryStage) -> impl Fn(ReplyError) -> DeliveryError {
    move |why| DeliveryError::because(stage, &why.to_string())
}

/// An answer that belongs to another question.
fn out_of_step(stage: DeliveryStage) -> DeliveryError {
    DeliveryError::because(stage, "the server does not speak SMTP")
}
