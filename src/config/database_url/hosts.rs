//! Several hosts in one PostgreSQL URL, in libpq's form: `postgres://u:p@db1:5432,db2:5432/signet`.

use percent_encoding::percent_decode_str;
use url::{Url, form_urlencoded};

/// The parameter that decides which of the hosts is used.
const TARGET_SESSION_ATTRS: &str = "target_session_attrs";

/// The servers of a list of hosts that Signet may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetSessionAttrs {
    /// The first that accepts a connection.
    Any,
    /// The first whose sessions may write.
    ReadWrite,
    /// The first that is no standby.
    Primary,
}

impl TargetSessionAttrs {
    /// All values.
    pub(super) const ALL: &[Self] = &[Self::Any, Self::ReadWrite, Self::Primary];

    /// Returns the value of the parameter.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadWrite => "read-write",
            Self::Primary => "primary",
        }
    }

    /// Returns the choice of a PostgreSQL URL: its parameter, or `read-write` for several hosts and `any` for one.
    pub fn of(url: &str) -> Self {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let given = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == TARGET_SESSION_ATTRS)
            .and_then(|(_, value)| Self::ALL.iter().find(|it| it.as_str() == value));
        match given {
            Some(given) => *given,
            None if server_urls(url).len() > 1 => Self::ReadWrite,
            None => Self::Any,
        }
    }
}

/// Returns the URL of each host of a PostgreSQL URL, in order, without the parameter `target_session_attrs`.
pub fn server_urls(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return vec![url.to_owned()];
    };
    let (before, query) = match rest.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (rest, None),
    };
    let (authority, path) = match before.split_once('/') {
        Some((authority, path)) => (authority, Some(path)),
        None => (before, None),
    };
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (format!("{login}@"), hosts),
        None => (String::new(), authority),
    };
    let mut tail = path.map(|path| format!("/{path}")).unwrap_or_default();
    let parameters = query.unwrap_or_default().split('&').filter(|parameter| {
        let mut pairs = form_urlencoded::parse(parameter.as_bytes());
        !parameter.is_empty()
            && pairs
                .next()
                .is_none_or(|(name, _)| name != TARGET_SESSION_ATTRS)
    });
    let parameters: Vec<_> = parameters.collect();
    if !parameters.is_empty() {
        tail.push('?');
        tail.push_str(&parameters.join("&"));
    }
    let urls = hosts
        .split(',')
        .map(|host| format!("{scheme}://{login}{host}{tail}"));
    urls.collect()
}

/// Returns the name of each host of a PostgreSQL URL, in order ([`server_name`]).
pub fn server_names(url: &str) -> Vec<String> {
    let urls = server_urls(url);
    urls.iter().filter_map(|url| server_name(url)).collect()
}

/// Returns the host and the port of a PostgreSQL URL of one host, or the folder of its socket, without user and password.
pub fn server_name(url: &str) -> Option<String> {
    let url = Url::parse(url).ok();
    let url = url.filter(|it| it.scheme().starts_with("postgres"))?;
    let parameter = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    let host = parameter("hostaddr").or_else(|| parameter("host"));
    let host = host.or_else(|| {
        let host = url.host_str()?;
        let folder = percent_decode_str(host).decode_utf8_lossy();
        Some(if folder.starts_with('/') {
            folder.into_owned()
        } else {
            host.to_ascii_lowercase()
        })
    });
    let host = host.filter(|it| !it.is_empty());
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    Some(
        match parameter("port").or_else(|| url.port().map(|it| it.to_string())) {
            Some(port) => format!("{host}:{port}"),
            None if host.starts_with('/') => host,
            None => format!("{host}:5432"),
        },
    )
}

/// Returns the first server that a list of URLs of one host names again.
pub(in crate::config) fn repeated_server<'u>(
    urls: impl Iterator<Item = &'u str>,
) -> Option<(usize, String)> {
    let mut names = vec![];
    urls.map(server_name).enumerate().find_map(|(index, name)| {
        let name = name?;
        if names.contains(&name) {
            return Some((index, name));
        }
        names.push(name);
        None
    })
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
            ("postgresql://DB/signet", Some("db:5432")),
            ("postgres://ada@[::1]/signet", Some("[::1]:5432")),
            ("postgres:///signet", Some("localhost:5432")),
            (
                "postgres://db/signet?host=a&hostaddr=10.0.0.1",
                Some("10.0.0.1:5432"),
            ),
            (
                "postgres://ada@localhost/signet?host=/run/postgresql",
                Some("/run/postgresql"),
            ),
            (
                "postgres:///signet?host=/run/postgresql&port=5433",
                Some("/run/postgresql:5433"),
            ),
            ("postgres://ada@%2FRun%2Fpg/signet", Some("/Run/pg")),
            ("sqlite://signet.db", None),
        ] {
            assert_eq!(server_name(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn each_host_has_a_url() {
        for (url, expected) in [
            (
                "postgres://u:p@db1:5432,db2/signet?sslmode=require&target_session_attrs=any",
                &[
                    "postgres://u:p@db1:5432/signet?sslmode=require",
                    "postgres://u:p@db2/signet?sslmode=require",
                ][..],
            ),
            (
                "postgres://[::1]:5432,b",
                &["postgres://[::1]:5432", "postgres://b"],
            ),
            (
                "postgres://u,v@a/x?target_session_attrs=primary",
                &["postgres://u,v@a/x"],
            ),
            (
                "postgres:///signet?host=/run",
                &["postgres:///signet?host=/run"],
            ),
        ] {
            assert_eq!(server_urls(url), expected, "{url}");
        }
    }

    #[test]
    fn several_hosts_are_asked_for_writes_by_default() {
        for (url, expected) in [
            ("postgres://a/x", TargetSessionAttrs::Any),
            ("postgres://a,b/x", TargetSessionAttrs::ReadWrite),
            (
                "postgres://a,b/x?target_session_attrs=any",
                TargetSessionAttrs::Any,
            ),
            (
                "postgres://a/x?target_session_attrs=primary",
                TargetSessionAttrs::Primary,
            ),
        ] {
            assert_eq!(TargetSessionAttrs::of(url), expected, "{url}");
        }
    }
}
