//! Checks a database URL before its driver reads it.
//!
//! A driver ignores parameters that it does not support, and its errors for malformed URLs may
//! quote the password. The problems that this module reports never quote a user, a password or the
//! value of a parameter. A server that is named twice is quoted by its host and port.

mod foreign;
mod hosts;
mod parameters;

use percent_encoding::percent_decode_str;
use url::{ParseError, Url};

pub(super) use self::hosts::repeated_server;
pub use self::hosts::{TargetSessionAttrs, server_name, server_names, server_urls};

/// The longest parameter name that an error shows, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// The most hosts of one URL.
const MAX_HOSTS: usize = 16;

/// The parameters that name the place of one server.
const PLACES: &[&str] = &["host", "hostaddr", "port"];

/// Returns all problems of a URL. Each text follows the name of the setting in the error.
pub(super) fn problems(url: &str) -> Vec<String> {
    if url.contains(char::is_control) {
        return single("has a control character, such as a line break");
    }
    if let Some(rest) = url.strip_prefix("sqlite:") {
        sqlite(rest.trim_start_matches("//"))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        postgres(url)
    } else {
        single("must begin with sqlite: or postgres://")
    }
}

fn single(problem: &str) -> Vec<String> {
    vec![problem.to_owned()]
}

fn sqlite(rest: &str) -> Vec<String> {
    let (file, query) = rest.split_once('?').unwrap_or((rest, ""));
    if is_not_utf_8(file) {
        return single("is not UTF-8 after percent-decoding");
    }
    let parameters = parameters::read(query);
    let is_in_memory = |(name, value): &(String, String)| name == "mode" && value == "memory";
    let mut problems = parameters::of_sqlite(&parameters);
    if file.is_empty() && !parameters.iter().any(is_in_memory) {
        problems.push("names no file: write sqlite://signet.db".to_owned());
    }
    problems
}

fn postgres(url: &str) -> Vec<String> {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    if let Some(problem) = unescaped(rest) {
        return single(problem);
    }
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = before.split('/').next().unwrap_or_default();
    let (login, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if host.to_ascii_lowercase().contains("%2c") {
        return single("has %2C between its hosts: write a comma");
    }
    let urls = server_urls(url);
    if urls.len() > 1 && host.split(',').any(str::is_empty) {
        return single("has an empty host in its list of hosts");
    }
    if urls.len() > MAX_HOSTS {
        return vec![format!("has more than {MAX_HOSTS} hosts")];
    }
    if host.is_empty() && !login.is_empty() {
        return single(
            "has a user but no host: write localhost, also if the parameter host names the folder of a \
             socket",
        );
    }
    if let Some(error) = urls.iter().find_map(|url| Url::parse(url).err()) {
        return single(match error {
            ParseError::InvalidPort => {
                "has no valid port after its host. In a password, write %2F for /, %23 for # and \
                 %3F for ?"
            }
            _ => "has no valid host",
        });
    }
    let parameters = parameters::read(query);
    let mut problems = parameters::of_postgres(&parameters);
    let is_place = |(name, _): &(String, String)| PLACES.contains(&name.as_str());
    if urls.len() > 1 && parameters.iter().any(is_place) {
        problems.push(
            "has several hosts and a parameter host, hostaddr or port: leave it out".to_owned(),
        );
    } else if let Some((_, server)) = repeated_server(urls.iter().map(String::as_str)) {
        problems.push(format!("names {server} twice: write each host once"));
    }
    problems
}

/// Returns the problem of a reserved character that is not percent-encoded, and so ends or changes
/// the password.
fn unescaped(rest: &str) -> Option<&'static str> {
    if rest.contains('#') {
        return Some("has a # that is not percent-encoded: write %23");
    }
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = before.split_once('/').unwrap_or((before, ""));
    if authority.contains(':') && path.contains('@') {
        return Some(
            "has an @ after a / : in a password, write %2F for /, and in the name of a database, \
             write %40 for @",
        );
    }
    // If the query contains an @, the question mark may have been part of the password.
    let mut names = parameters::read(query).into_iter().map(|(name, _)| name);
    if authority.contains(':')
        && query.contains('@')
        && (is_not_host_and_port(authority) || names.any(|name| !parameters::is_supported(&name)))
    {
        return Some(
            "has an @ after a ? : in a password, write %3F for ?, and in a parameter, write %40 \
             for @",
        );
    }
    let after_percent = rest.split('%').skip(1);
    let is_hex = |text: &str| {
        let mut digits = text.bytes().take_while(u8::is_ascii_hexdigit);
        digits.nth(1).is_some()
    };
    if !after_percent.clone().all(is_hex) {
        return Some(
            "has a % that is not followed by two hexadecimal digits: in a password, write %25 for %",
        );
    }
    if is_not_utf_8(rest) || after_percent.clone().any(|text| text.starts_with("00")) {
        return Some("is not UTF-8 text after percent-decoding");
    }
    None
}

/// Returns whether an authority without `@` is not a host and a port.
fn is_not_host_and_port(authority: &str) -> bool {
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    !authority.contains('@') && port.is_some_and(|port| port.parse::<u16>().is_err())
}

fn is_not_utf_8(text: &str) -> bool {
    percent_decode_str(text).decode_utf8().is_err()
}

/// Returns the name of a parameter if it can be displayable in an error.
fn displayable(name: &str) -> Option<&str> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.[]".contains(&b);
    let fits = (1..=MAX_NAME_BYTES).contains(&name.len());
    (fits && name.bytes().all(is_plain)).then_some(name)
}
