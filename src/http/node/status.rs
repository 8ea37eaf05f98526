//! The state of this node.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::App,
    http::problem::{Code, Problem},
    internal::InternalError,
    token::MintError,
};

/// The state of the node that answers. Counts begin at its start.
#[derive(Serialize, JsonSchema)]
pub(crate) struct NodeStatus {
    /// True if `/readyz` answers 200.
    ready: bool,
    version: &'static str,
    database: DatabaseStatus,
    keys: KeysStatus,
    mail: MailStatus,
    password: PasswordStatus,
}

#[derive(Serialize, JsonSchema)]
struct DatabaseStatus {
    connections_idle: usize,
    connections_used: usize,
    connections_max: usize,
    /// The operations that failed, for every cause.
    failed: u64,
}

#[derive(Serialize, JsonSchema)]
struct KeysStatus {
    /// The time at which the folder was last read, as RFC 3339 in UTC.
    read_at: DateTime<Utc>,
    /// The files of the folder that were ignored because they are unusable.
    faults: usize,
}

#[derive(Serialize, JsonSchema)]
struct MailStatus {
    /// True if a mail server is configured.
    configured: bool,
    waiting: usize,
    sent: u64,
    lost: u64,
}

#[derive(Serialize, JsonSchema)]
struct PasswordStatus {
    /// The passwords that wait to be hashed or verified.
    waiting: usize,
    hashing: usize,
    hashed: u64,
    /// The operations refused because the queue was full or the wait too long.
    refused: u64,
}

impl NodeStatus {
    pub(crate) async fn read(app: &App, now: DateTime<Utc>) -> Self {
        let connections = app.store.connections();
        let errors = app.store.errors();
        let keyring = app.tokens.keyring();
        NodeStatus {
            ready: check_ready(app, now).await.is_ok(),
            version: env!("CARGO_PKG_VERSION"),
            database: DatabaseStatus {
                connections_idle: connections.idle,
                connections_used: connections.used,
                connections_max: connections.most,
                failed: errors.failed + errors.no_connection + errors.timed_out,
            },
            keys: KeysStatus {
                read_at: keyring.read_at(),
                faults: keyring.ignored_faults(),
            },
            mail: MailStatus {
                configured: app.mailer().check().is_ok(),
                waiting: app.mailer().waiting(),
                sent: app.mailer().sent(),
                lost: app.mailer().lost(),
            },
            password: PasswordStatus {
                waiting: app.hasher.waiting(),
                hashing: app.hasher.hashing(),
                hashed: app.hasher.performed(),
                refused: app.hasher.refused(),
            },
        }
    }
}

/// Checks that this node can serve requests.
///
/// # Errors
/// It is stopping, the database fails, or a key is missing.
pub(crate) async fn check_ready(app: &App, now: DateTime<Utc>) -> Result<(), Problem> {
    if app.readiness.is_stopping() {
        return Err(Problem::new(Code::Stopping));
    }
    let answers = app.store.can_confirm_logins().await;
    answers.map_err(InternalError::from)?;
    let keyring = app.tokens.keyring();
    let signs = app
        .tokens
        .clients()
        .signing_algorithms()
        .into_iter()
        .all(|algorithm| keyring.signing(algorithm, now).is_some());
    if signs && keyring.secret(now).is_some() {
        Ok(())
    } else {
        Err(InternalError::Mint(MintError::NoKey).into())
    }
}
