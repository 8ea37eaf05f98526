//! The SMTP transport (RFC 5321, RFC 6409): connections to the mail server, and their reuse.
//!
//! lettre builds the messages, but its `AsyncSmtpTransport` and pool (0.11.23) do not deliver them:
//!
//! - The timeout of its transport bounds the TCP connection alone: name resolution, the TLS handshake and
//!   replies have no limit. A time limit from outside drops the future; `PooledConnection::drop` then
//!   returns the connection to the pool, because only `abort` marks a connection as broken. The late reply
//!   passes for the reply to the next command.
//! - `starttls` replaces the stream below the `BufReader` and keeps the buffered bytes, so that a reply
//!   in clear text passes for a reply under TLS (RFC 3207 §6). A reply must be UTF-8 with lines of at
//!   most 1,000 bytes: otherwise an accepted mail counts as failed and is sent again.
//! - Its error has the reply code but not the stage, and retries depend on both. Its credentials are
//!   fixed and its names are resolved by `lookup_host`, while Signet rereads a changed password file and
//!   resolves names on bounded threads.

mod line_stream;
mod reply;
mod session;

use std::{
    mem,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lettre::transport::smtp::extension::ClientId;
use secrecy::SecretString;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use self::session::SmtpSession;
use super::{delivery::Transport, delivery_error::DeliveryError, envelope::Envelope};
use crate::{
    config::{self, Reloadable, SecretReload, SmtpSecurity},
    connect::{Resolver, Tls, TlsError, Trust},
};

/// The idle timeout of a connection. Servers dislike idle connections, and most mails are sent alone.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// The transport to one mail server, with its idle connections.
pub(super) struct SmtpTransport {
    server: SmtpServer,
    idle: Arc<Mutex<Vec<IdleSession>>>,
}

/// The settings of the mail server.
struct SmtpServer {
    host: String,
    port: u16,
    resolver: Resolver,
    security: SmtpSecurity,
    tls: Tls,
    /// The client's name in EHLO.
    hello: ClientId,
    login: Option<(String, Reloadable<SecretString>)>,
    /// The time limit of each step.
    timeout: Duration,
}

/// An idle connection, which the next mail can use.
struct IdleSession {
    since: Instant,
    session: SmtpSession,
}

impl SmtpTransport {
    /// Returns a transport to the configured server, without connecting. `host` is the client's name in
    /// EHLO.
    pub(super) fn new(config: &config::SmtpConfig, host: &str) -> Result<Self, TlsError> {
        let trust = match (config.security, &config.authorities) {
            // A check of the certificate would add nothing: a server without TLS is accepted as well.
            (SmtpSecurity::Opportunistic, _) => Trust::AnyCertificate,
            (_, Some(authorities)) => Trust::MachineAnd(authorities),
            (_, None) => Trust::Machine,
        };
        let hello = match host.trim_matches(['[', ']']).parse() {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(host.to_owned()),
        };
        Ok(Self {
            server: SmtpServer {
                host: config.host.clone(),
                port: config.port,
                resolver: Resolver::system(),
                security: config.security,
                tls: Tls::new(trust, &[])?,
                hello,
                login: config.login.clone(),
                timeout: config.timeout,
            },
            idle: Arc::default(),
        })
    }

    /// Sends a mail and returns the server's reply.
    pub(super) async fn send(&self, envelope: &Envelope) -> Result<String, DeliveryError> {
        let mut session = self.session().await?;
        match session.send(envelope).await {
            Ok(reply) => {
                if session.is_usable() {
                    self.keep(session);
                }
                Ok(reply)
            }
            Err(error) => {
                if error.has_reply() {
                    tokio::spawn(session.quit());
                }
                Err(error)
            }
        }
    }

    /// Opens a connection and closes it again.
    pub(super) async fn check(&self) -> Result<(), DeliveryError> {
        self.open().await?.quit().await;
        Ok(())
    }

    /// Returns an idle connection that still responds, or a new connection.
    async fn session(&self) -> Result<SmtpSession, DeliveryError> {
        loop {
            let Some(idle) = lock(&self.idle).pop() else {
                return self.open().await;
            };
            let mut session = idle.session;
            if idle.since.elapsed() < IDLE_TIMEOUT && session.is_alive().await {
                return Ok(session);
            }
        }
    }

    /// Opens a connection. If the server refuses the password, the password file is read again, and a
    /// changed password is tried once.
    async fn open(&self) -> Result<SmtpSession, DeliveryError> {
        match SmtpSession::open(&self.server).await {
            Err(error) if error.is_refused_login() && self.server.reload_password().await => {
                SmtpSession::open(&self.server).await
            }
            result => result,
        }
    }

    /// Keeps a connection for the next mail, and ends it after the idle timeout.
    fn keep(&self, session: SmtpSession) {
        let since = Instant::now();
        lock(&self.idle).push(IdleSession { since, session });
        let idle = self.idle.clone();
        tokio::spawn(async move {
            sleep(IDLE_TIMEOUT).await;
            let all = mem::take(&mut *lock(&idle));
            let (expired, recent): (Vec<_>, _) =
                all.into_iter().partition(|idle| idle.since <= since);
            lock(&idle).extend(recent);
            for idle in expired {
                idle.session.quit().await;
            }
        });
    }
}

impl SmtpServer {
    /// Returns the user name and the password.
    fn login(&self) -> Option<(&str, Zeroizing<String>)> {
        let (user, password) = self.login.as_ref()?;
        Some((user, password.expose()))
    }

    /// Reads the password file again and returns whether the password has changed.
    async fn reload_password(&self) -> bool {
        match &self.login {
            Some((_, password)) => password.reload_refused().await == SecretReload::Changed,
            None => false,
        }
    }
}

impl Transport for SmtpTransport {
    async fn send(&self, envelope: &Envelope) -> Result<(), DeliveryError> {
        self.send(envelope).await.map(drop)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
