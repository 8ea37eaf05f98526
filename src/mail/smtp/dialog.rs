//! What is said to a server, step by step. Each step has its time, and its own meaning where it fails.

use std::{io, time::Duration};

use lettre::transport::smtp::{
    Error,
    authentication::DEFAULT_MECHANISMS,
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Rcpt},
    response::{Response, Severity},
};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{Server, lines::Lines};
use crate::{
    config::Security,
    mail::{
        letterhead::Parcel,
        undelivered::{Stage, Undelivered},
    },
};

/// A connection to a server that knows who we are.
pub(super) struct Dialog {
    connection: AsyncSmtpConnection,
    timeout: Duration,
}

impl Dialog {
    /// As far as both know who the other is.
    pub(super) async fn begin(server: &Server) -> Result<Self, Undelivered> {
        let mut dialog = Self {
            connection: connect(server).await?,
            timeout: server.timeout,
        };
        dialog.encrypt(server).await?;
        if let Some(credentials) = server.credentials() {
            let login = dialog.connection.auth(DEFAULT_MECHANISMS, &credentials);
            step(server.timeout, Stage::Login, login).await?;
        }
        Ok(dialog)
    }

    async fn encrypt(&mut self, server: &Server) -> Result<(), Undelivered> {
        let is_offered = self.connection.can_starttls();
        let is_wanted = match server.security {
            Security::Tls => false,
            Security::StartTls if !is_offered => {
                let cause = "the server offers no STARTTLS";
                return Err(Undelivered::because(Stage::Encryption, cause));
            }
            Security::StartTls => true,
            Security::Opportunistic => is_offered,
        };
        if is_wanted {
            let starttls = self.connection.starttls(server.tls.clone(), &server.hello);
            step(server.timeout, Stage::Encryption, starttls).await?;
        }
        Ok(())
    }

    /// Hands a mail over: what the server said to that.
    pub(super) async fn send(&mut self, parcel: &Parcel) -> Result<String, Undelivered> {
        let mail = Mail::new(Some(parcel.from.clone()), vec![]);
        let rcpt = Rcpt::new(parcel.to.clone(), vec![]);
        let connection = &mut self.connection;
        step(self.timeout, Stage::Sender, connection.command(mail)).await?;
        step(self.timeout, Stage::Recipient, connection.command(rcpt)).await?;
        let go_on = step(self.timeout, Stage::Content, connection.command(Data)).await?;
        if !go_on.has_code(354) {
            return Err(out_of_step());
        }
        let content = connection.message(&parcel.content);
        let taken = step(self.timeout, Stage::Content, content).await?;
        if taken.code().severity != Severity::PositiveCompletion {
            return Err(out_of_step());
        }
        Ok(said(&taken))
    }

    /// Whether somebody is still there.
    pub(super) async fn is_alive(&mut self) -> bool {
        let asked = timeout(self.timeout, self.connection.test_connected());
        asked.await.unwrap_or(false)
    }

    /// Takes leave.
    pub(super) async fn end(mut self) {
        let _ = timeout(self.timeout, self.connection.quit()).await;
    }
}

async fn connect(server: &Server) -> Result<AsyncSmtpConnection, Undelivered> {
    let address = (server.host.as_str(), server.port);
    if server.security == Security::Tls {
        let tls = Some(server.tls.clone());
        let each = Some(server.timeout);
        let connected =
            AsyncSmtpConnection::connect_tokio1(address, each, &server.hello, tls, None);
        // Of several addresses the first may be dead.
        return step(server.timeout * 3, Stage::Connection, connected).await;
    }
    let stream = tcp(address, server.timeout).await.map_err(|error| {
        let cause = error.to_string();
        Undelivered::because(Stage::Connection, &cause)
    })?;
    let stream = Box::new(Lines(stream));
    let greeted = AsyncSmtpConnection::connect_with_transport(stream, &server.hello);
    step(server.timeout, Stage::Connection, greeted).await
}

/// The first of its addresses at which anybody is.
async fn tcp(address: (&str, u16), each: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in timeout(each, lookup_host(address)).await?? {
        match timeout(each, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(late) => last = late.into(),
        }
    }
    Err(last)
}

/// lettre itself waits for ever: of its own time limit a server that is silent is none.
async fn step<T>(
    limit: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Undelivered> {
    match timeout(limit, step).await {
        Ok(done) => done.map_err(|error| Undelivered::by(stage, &error)),
        Err(_) => Err(Undelivered::because(
            stage,
            "the server does not answer in time",
        )),
    }
}

/// An answer that belongs to another question.
fn out_of_step() -> Undelivered {
    Undelivered::because(Stage::Content, "the server does not speak SMTP")
}

fn said(response: &Response) -> String {
    let lines: Vec<_> = response.message().collect();
    format!("{} {}", response.code(), lines.join(" "))
}
