//! A server that takes mails (RFC 5321, RFC 6409).

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

/// How long a connection is kept that nobody needs: servers mind, and most letters come alone.
const KEPT: Duration = Duration::from_secs(10);

/// A server, and the connections to it.
pub(super) struct SmtpTransport {
    server: SmtpServer,
    idle: Arc<Mutex<Vec<IdleSession>>>,
}

/// How to speak to it.
struct SmtpServer {
    host: String,
    port: u16,
    resolver: Resolver,
    security: SmtpSecurity,
    tls: Tls,
    hello: ClientId,
    login: Option<(String, Reloadable<SecretString>)>,
    timeout: Duration,
}

/// A connection that can be used again.
struct IdleSession {
    since: Instant,
    dialog: SmtpSession,
}

impl SmtpTransport {
    /// That server, to which we say that we are `host`. Connects to nothing.
    pub(super) fn new(config: &config::SmtpConfig, host: &str) -> Result<Self, TlsError> {
        let trust = match (config.security, &config.authorities) {
            // Without TLS nobody would know either who it is.
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

    /// Hands a mail over: what the server said to that.
    pub(super) async fn send(&self, envelope: &Envelope) -> Result<String, DeliveryError> {
        let mut dialog = self.session().await?;
        match dialog.send(envelope).await {
            Ok(answer) => {
                if dialog.is_sound() {
                    self.keep(dialog);
                }
                Ok(answer)
            }
            Err(why) => {
                if why.is_answer() {
                    tokio::spawn(dialog.end());
                }
                Err(why)
            }
        }
    }

    /// One that was kept and still answers, or a new one.
    async fn session(&self) -> Result<SmtpSession, DeliveryError> {
        loop {
            let Some(kept) = lock(&self.idle).pop() else {
                return self.begin().await;
            };
            let mut dialog = kept.dialog;
            if kept.since.elapsed() < KEPT && dialog.is_alive().await {
                return Ok(dialog);
            }
        }
    }

    /// A new connection. Where the server refuses the password, the password is read again from its
    /// file, and one that has changed is tried once.
    async fn begin(&self) -> Result<SmtpSession, DeliveryError> {
        match SmtpSession::begin(&self.server).await {
            Err(why) if why.is_refused_login() && self.server.reload_password().await => {
                SmtpSession::begin(&self.server).await
            }
            begun => begun,
        }
    }

    fn keep(&self, dialog: SmtpSession) {
        let since = Instant::now();
        lock(&self.idle).push(IdleSession { since, dialog });
        let idle = self.idle.clone();
        tokio::spawn(async move {
            sleep(KEPT).await;
            let all = mem::take(&mut *lock(&idle));
            let (old, young): (Vec<_>, _) = all.into_iter().partition(|it| it.since <= since);
            lock(&idle).extend(young);
            for idle in old {
                idle.dialog.end().await;
            }
        });
    }
}

impl SmtpServer {
    /// The user and the password.
    fn login(&self) -> Option<(&str, Zeroizing<String>)> {
        let (user, password) = self.login.as_ref()?;
        Some((user, password.expose()))
    }

    /// Reads the password again from its file, and says whether it has changed.
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
