//! The parameters of a database URL: the supported ones, and the errors for others.

use std::{collections::BTreeSet, net::IpAddr};

use url::form_urlencoded;

use super::{
    displayable,
    foreign::{FOREIGN, SQLITE_FOREIGN, SQLITE_PRAGMA},
    hosts::TargetSessionAttrs,
};

const SEVERAL_HOSTS: &str = "names several hosts: write them before the name of the database, as in \
     postgres://db1:5432,db2:5432/signet";

/// The parameters of a PostgreSQL URL, each with its aliases. sqlx reads all but `target_session_attrs`.
const POSTGRES: &[&[&str]] = &[
    &["sslmode", "ssl-mode"],
    &["sslrootcert", "ssl-root-cert", "ssl-ca"],
    &["sslcert", "ssl-cert"],
    &["sslkey", "ssl-key"],
    &["host"],
    &["hostaddr"],
    &["port"],
    &["dbname"],
    &["user"],
    &["password"],
    &["application_name"],
    &["options"],
    &["target_session_attrs"],
];

/// The parameters that sqlx reads in a SQLite URL.
const SQLITE: &[&[&str]] = &[&["mode"], &["cache"], &["immutable"], &["vfs"]];

const SSL_MODES: &[&str] = &[
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// Decodes the parameters of a query.
pub(super) fn read(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// Returns whether a parameter of a PostgreSQL URL is supported.
pub(super) fn is_supported(name: &str) -> bool {
    POSTGRES.iter().any(|names| names.contains(&name)) || setting(name).is_some()
}

/// Returns the server setting that `options[NAME]` sets.
fn setting(name: &str) -> Option<&str> {
    let setting = name.strip_prefix("options[")?.strip_suffix(']')?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'.';
    (!setting.is_empty() && setting.bytes().all(is_plain)).then_some(setting)
}

/// Returns the problems of the parameters of a PostgreSQL URL.
pub(super) fn of_postgres(parameters: &[(String, String)]) -> Vec<String> {
    let mut problems = repeated(parameters, POSTGRES);
    for (name, value) in parameters {
        problems.extend(if is_supported(name) {
            wrong_value(name, value).map(|problem| format!("has the parameter {name}, {problem}"))
        } else {
            let folded = name.to_ascii_lowercase();
            let known = FOREIGN
                .iter()
                .find(|(names, _)| names.contains(&folded.as_str()));
            Some(unsupported(
                name,
                known.map(|(_, advice)| *advice),
                POSTGRES,
            ))
        });
    }
    problems
}

/// Returns the problems of the parameters of a SQLite URL.
pub(super) fn of_sqlite(parameters: &[(String, String)]) -> Vec<String> {
    let mut problems = repeated(parameters, SQLITE);
    for (name, value) in parameters {
        let allowed: &[&str] = match name.as_str() {
            "mode" => &["ro", "rw", "rwc", "memory"],
            "cache" => &["shared", "private"],
            "immutable" => &["true", "false", "1", "0"],
            "vfs" => continue,
            _ => {
                let folded = name.trim_start_matches('_').to_ascii_lowercase();
                let is_known = SQLITE_FOREIGN.contains(&folded.as_str());
                problems.push(unsupported(name, is_known.then_some(SQLITE_PRAGMA), SQLITE));
                continue;
            }
        };
        if !allowed.contains(&value.as_str()) {
            let allowed = allowed.join(", ");
            problems.push(format!(
                "has the parameter {name}, which must be one of {allowed}"
            ));
        }
    }
    problems
}

/// Returns the problem of the value of a supported parameter. Never quotes the value.
fn wrong_value(name: &str, value: &str) -> Option<String> {
    let wrong = match name {
        "sslmode" | "ssl-mode" if value == "no-verify" => {
            "which has no mode no-verify: write require, which encrypts and does not check the \
             certificate, or better verify-full"
        }
        "sslmode" | "ssl-mode" if !is_ssl_mode(value) => {
            return Some(format!("which must be one of {}", SSL_MODES.join(", ")));
        }
        "sslrootcert" | "ssl-root-cert" | "ssl-ca" if value == "system" => {
            "which must name a file: without it, verify-full trusts the authorities that browsers \
             trust"
        }
        "host" | "hostaddr" | "port" if value.contains(',') => {
            return Some(format!("which {SEVERAL_HOSTS}"));
        }
        "host" if value.is_empty() => "which must name a host, or the folder of a socket",
        "hostaddr" if value.parse::<IpAddr>().is_err() => "which must be an IP address",
        "port" if !value.parse().is_ok_and(|port: u16| port > 0) => "which must be a port",
        "target_session_attrs"
            if !TargetSessionAttrs::ALL
                .iter()
                .any(|it| it.as_str() == value) =>
        {
            let known = TargetSessionAttrs::ALL.iter().map(|it| it.as_str());
            let known: Vec<_> = known.collect();
            return Some(format!("which must be one of {}", known.join(", ")));
        }
        // sqlx decodes a plus sign as a space, and libpq does not.
        "user" | "password" if value.contains(' ') => {
            "which has a space, or a + that stands for one: write %2B for +, or write the user \
             and the password before the host"
        }
        _ => return None,
    };
    Some(wrong.to_owned())
}

fn is_ssl_mode(value: &str) -> bool {
    SSL_MODES.contains(&value.to_ascii_lowercase().as_str())
}

/// Returns the problems of parameters that occur more than once, under any of their names.
fn repeated(parameters: &[(String, String)], known: &[&'static [&'static str]]) -> Vec<String> {
    let canonical = |name: &str| {
        let found = known.iter().find(|names| names.contains(&name));
        found
            .and_then(|names| names.first())
            .map_or(name.to_owned(), |it| (*it).to_owned())
    };
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for (name, _) in parameters {
        let name = canonical(name);
        if !seen.insert(name.clone()) {
            twice.insert(name);
        }
    }
    let twice = twice.iter().filter_map(|name| displayable(name));
    twice
        .map(|name| format!("has the parameter {name} more than once"))
        .collect()
}

/// Returns the problem of an unsupported parameter, with advice.
fn unsupported(name: &str, advice: Option<&str>, supported: &[&[&str]]) -> String {
    let Some(name) = displayable(name) else {
        return "has a parameter that Signet does not support. In a password, write %3F for ?"
            .to_owned();
    };
    if let Some(advice) = advice {
        return format!("has the parameter {name}, which Signet does not support: {advice}");
    }
    let names: Vec<_> = supported
        .iter()
        .filter_map(|names| names.first())
        .copied()
        .collect();
    let folded = |text: &str| {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_lowercase()
    };
    let written = folded(name);
    let resembles = |known: &&&str| {
        let known = folded(known);
        written.len() > 2 && (known.starts_with(&written) || written.starts_with(&known))
    };
    match names.iter().find(resembles) {
        Some(meant) => format!(
            "has the parameter {name}, which Signet does not know: leaving it out is not safe if \
             it means {meant}, so write {meant}"
        ),
        None => format!(
            "has the parameter {name}, which Signet does not know: leave it out if it changes \
             nothing that you need. Supported are {}",
            names.join(", ")
        ),
    }
}
