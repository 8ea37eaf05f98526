//! Connection options for PostgreSQL, read from the URL.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// The database URL cannot be read. The error does not quote the URL, which may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a sqlite: or postgres:// URL")]
pub struct InvalidDatabaseUrl;

/// Reads the connection options of a URL. Leaves out `extra_float_digits`, which PgBouncer refuses by default;
/// Signet reads no floating-point numbers.
///
/// # Errors
/// The URL cannot be read.
pub(super) fn postgres_options(url: &str) -> Result<PgConnectOptions, InvalidDatabaseUrl> {
    let options = PgConnectOptions::from_str(url).map_err(|_| InvalidDatabaseUrl)?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("signet"),
    };
    // The brackets of an IPv6 address belong to the URL (RFC 3986 §3.2.2). sqlx would look up a name with
    // brackets.
    let host = options.get_host();
    let address = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let options = match address.map(str::to_owned) {
        Some(address) => options.host(&address),
        None => options,
    };
    Ok(options.extra_float_digits(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_an_ipv6_host_are_removed() {
        for (url, host) in [
            ("postgres://signet@[::1]:5432/signet", "::1"),
            ("postgres://signet@db.example:5432/signet", "db.example"),
        ] {
            assert_eq!(postgres_options(url).ok().unwrap().get_host(), host);
        }
    }
}
