//! The error message of a database that cannot be used when a command starts: the server and the next step.

use std::error::Error as _;

use url::Url;

use crate::{
    cli::CommandFailure,
    config::{DatabaseConfig, server_urls},
    store,
};

/// Returns the message for an error of this database. It names the server without user and password.
pub(super) fn failure(config: &DatabaseConfig, error: &store::Error) -> CommandFailure {
    let cause = error.source().map(|cause| format!(": {cause}"));
    let cause = cause.unwrap_or_default();
    if let store::Error::Replica(problem) = error {
        return CommandFailure::new(format!("database.replicas: {problem}"));
    }
    let servers: Vec<_> = server_urls(&config.url.expose())
        .iter()
        .filter_map(|url| server(url))
        .collect();
    let server = (!servers.is_empty()).then(|| servers.join(", "));
    let message = match server.zip(error.next_step()) {
        Some((server, step)) => format!("database.url: {server}: {error}{cause}\n  {step}"),
        None => format!("database.url: {error}{cause}"),
    };
    CommandFailure::new(message)
}

/// Returns the host and the port of a PostgreSQL server, or the folder of its socket.
fn server(url: &str) -> Option<String> {
    let url = Url::parse(url).ok();
    let url = url.filter(|it| it.scheme().starts_with("postgres"))?;
    let parameter = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    let host = parameter("host").or_else(|| url.host_str().map(str::to_owned));
    let host = host.filter(|it| !it.is_empty());
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    Some(
        match parameter("port").or_else(|| url.port().map(|it| it.to_string())) {
            _ if host.starts_with('/') => host,
            Some(port) => format!("{host}:{port}"),
            None => format!("{host}:5432"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_is_named_without_user_and_password() {
        for (url, expected) in [
            (
                "postgres://ada:secret@db.internal:6432/signet",
                Some("db.internal:6432"),
            ),
            ("postgresql://db/signet", Some("db:5432")),
            ("postgres://ada@[::1]/signet", Some("[::1]:5432")),
            ("postgres:///signet", Some("localhost:5432")),
            (
                "postgres://ada@localhost/signet?host=/run/postgresql",
                Some("/run/postgresql"),
            ),
            ("sqlite://signet.db", None),
        ] {
            assert_eq!(server(url).as_deref(), expected, "{url}");
        }
    }
}
