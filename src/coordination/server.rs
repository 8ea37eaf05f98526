//! The server: opens connections to it.

use std::{fmt, io, time::Duration};

use redis::{AsyncConnectionConfig, RedisConnectionInfo, aio::MultiplexedConnection};
use secrecy::ExposeSecret;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    task::JoinHandle,
    time::timeout,
};

use super::fault::ServerFault;
use crate::{
    config::{CoordinationConfig, RedisUrl, Reloadable},
    connect::{Resolver, Tls, TlsError, Trust, innermost, race},
};

/// The time limit of each step of a new connection. An operation does not wait that long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The first command on a connection, and the reply.
const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";
const PONG: &[u8] = b"+PONG\r\n";

/// The longest error in place of that reply, in bytes.
const MAX_GREETING: usize = 512;

/// A byte stream to the server, with or without TLS.
trait ServerStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ServerStream for S {}

/// An open connection, and the task that drives it. The connection ends when this value is dropped.
pub(super) struct OpenConnection {
    pub(super) connection: MultiplexedConnection,
    pub(super) driver: JoinHandle<()>,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Opens connections to the configured server.
pub(super) struct ServerConnector {
    url: Reloadable<RedisUrl>,
    prefix: String,
    /// The longest time that the server may take to answer.
    timeout: Duration,
    tls: Tls,
    resolver: Resolver,
}

impl ServerConnector {
    /// Returns the connector of the configured server. `None` if none is configured.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub(super) fn new(config: &CoordinationConfig) -> Result<Option<Self>, TlsError> {
        let Some(url) = config.url.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            url,
            prefix: config.prefix.clone(),
            timeout: config.timeout,
            tls: Tls::new(Trust::Machine, &[])?,
            resolver: Resolver::system(),
        }))
    }

    /// Opens a connection over which the server has answered in time.
    ///
    /// # Errors
    /// The server cannot be used now. A password that it refuses is read from its file again for the next attempt.
    pub(super) async fn connect(&self) -> Result<OpenConnection, ServerFault> {
        let opened = self.open().await;
        if let Err(ServerFault::Login(_)) = opened {
            self.url.reload_refused().await;
        }
        opened
    }

    async fn open(&self) -> Result<OpenConnection, ServerFault> {
        let url = self.url.with(RedisUrl::clone);
        let mut stream = in_time(self.stream(&url)).await??;
        let greeted = timeout(self.timeout, greet(&mut stream)).await;
        greeted.map_err(|_| ServerFault::Slow(self.timeout))??;
        let login = login(&url);
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_connection_timeout(None);
        let opening = MultiplexedConnection::new_with_config(&login, stream, config);
        let opened = in_time(opening).await?;
        let (connection, driver) = opened.map_err(|error| ServerFault::of(&error, &self.prefix))?;
        let open = OpenConnection {
            connection,
            driver: tokio::spawn(driver),
        };
        self.ping(&open.connection).await?;
        Ok(open)
    }

    /// Asks the server for an answer.
    ///
    /// # Errors
    /// It does not answer in time, or refuses to.
    pub(super) async fn ping(&self, connection: &MultiplexedConnection) -> Result<(), ServerFault> {
        self.ask::<redis::Value>(connection, &redis::cmd("PING"))
            .await
            .map(drop)
    }

    /// Sends a command and waits for the answer.
    ///
    /// # Errors
    /// The server does not answer in time, or refuses the command.
    pub(super) async fn ask<T: redis::FromRedisValue>(
        &self,
        connection: &MultiplexedConnection,
        command: &redis::Cmd,
    ) -> Result<T, ServerFault> {
        let mut connection = connection.clone();
        let answer = timeout(self.timeout, command.query_async(&mut connection)).await;
        let answer = answer.map_err(|_| ServerFault::Slow(self.timeout))?;
        answer.map_err(|error| ServerFault::of(&error, &self.prefix))
    }

    async fn stream(&self, url: &RedisUrl) -> Result<Box<dyn ServerStream>, ServerFault> {
        let unreachable = |cause: String| ServerFault::Unreachable(cause);
        let addresses = self.resolver.addresses(&url.host).await;
        let addresses = addresses.map_err(|error| unreachable(innermost(&error).to_string()))?;
        let stream = race(&addresses, url.port).await;
        let stream = stream.map_err(|error| unreachable(error.to_string()))?;
        if !url.is_tls {
            return Ok(Box::new(stream));
        }
        let encrypted = self.tls.connect(&url.host, stream).await;
        let encrypted = encrypted.map_err(|error| {
            let cause = innermost(&error).to_string();
            if error.is_untrusted() {
                ServerFault::Certificate(cause)
            } else {
                unreachable(cause)
            }
        })?;
        Ok(Box::new(encrypted))
    }
}

impl fmt::Display for ServerConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.with(|url| url.fmt(f))
    }
}

/// Asks for an answer before the client library reads from the stream, because the library does not tell another protocol
/// from a connection that broke. An error is an answer: this is before the login.
async fn greet(stream: &mut Box<dyn ServerStream>) -> Result<(), ServerFault> {
    let broken = |error: io::Error| ServerFault::Unreachable(error.to_string());
    stream.write_all(PING).await.map_err(broken)?;
    let mut line = vec![];
    // Byte by byte, so that nothing after the line is read.
    while line.last() != Some(&b'\n') {
        line.push(stream.read_u8().await.map_err(broken)?);
        let is_reply = line.starts_with(b"-") || PONG.starts_with(&line);
        if !is_reply || line.len() > MAX_GREETING {
            return Err(ServerFault::OtherProtocol);
        }
    }
    Ok(())
}

async fn in_time<T>(step: impl Future<Output = T>) -> Result<T, ServerFault> {
    let done = timeout(CONNECT_TIMEOUT, step).await;
    done.map_err(|_| ServerFault::Unreachable(format!("no answer within {CONNECT_TIMEOUT:?}")))
}

fn login(url: &RedisUrl) -> RedisConnectionInfo {
    let info = RedisConnectionInfo::default()
        .set_skip_set_lib_name()
        .set_db(i64::from(url.database));
    let info = match &url.user {
        Some(user) => info.set_username(user),
        None => info,
    };
    match &url.password {
        Some(password) => info.set_password(password.expose_secret()),
        None => info,
    }
}
