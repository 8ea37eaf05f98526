//! A server that takes mails (RFC 5321, RFC 6409).

mod dialog;
mod lines;

use std::{
    mem,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lettre::transport::smtp::{
    Error,
    authentication::Credentials,
    client::{Certificate, TlsParameters},
    extension::ClientId,
};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use self::dialog::Dialog;
use super::{delivery::Carrier, letterhead::Parcel, undelivered::Undelivered};
use crate::config::{self, Reload, Reloadable, Security};

/// How long a connection is kept that nobody needs: servers mind, and most letters come alone.
const KEPT: Duration = Duration::from_secs(10);

/// A server, and the connections to it.
pub(super) struct Smtp {
    server: Server,
    idle: Arc<Mutex<Vec<Idle>>>,
}

/// How to speak to it.
struct Server {
    host: String,
    port: u16,
    security: Security,
    tls: TlsParameters,
    hello: ClientId,
    login: Option<(String, Reloadable<SecretString>)>,
    timeout: Duration,
}

/// A connection that can be used again.
struct Idle {
    since: Instant,
    dialog: Dialog,
}

impl Smtp {
    /// That server, to which we say that we are `host`. Connects to nothing.
    pub(super) fn new(config: &config::Smtp, host: &str) -> Result<Self, Error> {
        let mut tls = TlsParameters::builder(config.host.clone());
        if let Some(authorities) = &config.authorities {
            tls = tls.add_root_certificate(Certificate::from_pem(authorities.as_bytes())?);
        }
        if config.security == Security::Opportunistic {
            // Without TLS it would be all the same to us who it is.
            tls = tls
                .dangerous_accept_invalid_certs(true)
                .dangerous_accept_invalid_hostnames(true);
        }
        let hello = match host.trim_matches(['[', ']']).parse() {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(host.to_owned()),
        };
        Ok(Self {
            server: Server {
                host: config.host.clone(),
                port: config.port,
                security: config.security,
                tls: tls.build_rustls()?,
                hello,
                login: config.login.clone(),
                timeout: config.timeout,
            },
            idle: Arc::default(),
        })
    }

    /// Hands a mail over: what the server said to that.
    pub(super) async fn send(&self, parcel: &Parcel) -> Result<String, Undelivered> {
        let mut dialog = self.dialog().await?;
        match dialog.send(parcel).await {
            Ok(answer) => {
                self.keep(dialog);
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
    async fn dialog(&self) -> Result<Dialog, Undelivered> {
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
    async fn begin(&self) -> Result<Dialog, Undelivered> {
        match Dialog::begin(&self.server).await {
            Err(why) if why.is_refused_login() && self.server.reload_password().await => {
                Dialog::begin(&self.server).await
            }
            begun => begun,
        }
    }

    fn keep(&self, dialog: Dialog) {
        let since = Instant::now();
        lock(&self.idle).push(Idle { since, dialog });
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

impl Server {
    fn credentials(&self) -> Option<Credentials> {
        let (user, password) = self.login.as_ref()?;
        Some(Credentials::new(
            user.clone(),
            password.expose().to_string(),
        ))
    }

    /// Reads the password again from its file, and says whether it has changed.
    async fn reload_password(&self) -> bool {
        match &self.login {
            Some((_, password)) => password.reload_refused().await == Reload::Changed,
            None => false,
        }
    }
}

impl Carrier for Smtp {
    async fn carry(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        self.send(parcel).await.map(drop)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
