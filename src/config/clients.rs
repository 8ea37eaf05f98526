//! `[[clients]]`: the apps that tokens are minted for.

use std::collections::BTreeSet;

use url::Url;

use super::{Issuer, Tokens, reader::Reader, tokens::lifetimes};
use crate::client::{Algorithm, Client, Clients, Scope};

/// The client that exists where none is configured.
const DEFAULT_CLIENT_ID: &str = "default";

pub(super) fn read(reader: &mut Reader, issuer: &Issuer, tokens: &Tokens) -> Clients {
    let prefixes = reader.client_tables();
    let mut seen = BTreeSet::new();
    let mut clients = Vec::new();
    for prefix in &prefixes {
        let client = client(reader, prefix, issuer, tokens);
        if !client.client_id.is_empty() && !seen.insert(client.client_id.clone()) {
            let problem = "is the client_id of another client too".to_owned();
            reader.fault(&format!("{prefix}.client_id"), "", problem);
        }
        clients.push(client);
    }
    if clients.is_empty() {
        clients.push(default_client(issuer, tokens));
    }
    Clients::new(clients)
}

fn default_client(issuer: &Issuer, tokens: &Tokens) -> Client {
    Client {
        client_id: DEFAULT_CLIENT_ID.to_owned(),
        audience: issuer.as_str().to_owned(),
        scopes: Scope::default(),
        app_url: None,
        algorithm: Algorithm::Es256,
        access_lifetime: tokens.access_lifetime,
        refresh_idle: tokens.refresh_idle,
        refresh_absolute: tokens.refresh_absolute,
    }
}

fn client(reader: &mut Reader, prefix: &str, issuer: &Issuer, tokens: &Tokens) -> Client {
    let defaults = default_client(issuer, tokens);
    let name = |setting: &str| format!("{prefix}.{setting}");
    let client_id = if reader.is_set(&name("client_id")) {
        // A wrong one is a fault of its own.
        reader.value(&name("client_id"), String::new(), client_id)
    } else {
        reader.fault(&name("client_id"), "", "is required".to_owned());
        String::new()
    };
    let scopes = reader.words(&name("scopes"), |words| Scope::parse(&words.join(" ")));
    let scopes = scopes.unwrap_or_default();
    let [access_lifetime, refresh_idle, refresh_absolute] = lifetimes(
        reader,
        prefix,
        [
            defaults.access_lifetime,
            defaults.refresh_idle,
            defaults.refresh_absolute,
        ],
    );
    let refresh_audience = issuer.endpoint("/refresh");
    Client {
        client_id,
        audience: reader.value(&name("audience"), defaults.audience, |text| {
            if text.is_empty() || text.len() > 256 {
                Err("must be 1 to 256 characters long")
            } else if text == refresh_audience {
                Err("is the audience of refresh tokens")
            } else {
                Ok(text.to_owned())
            }
        }),
        scopes,
        app_url: reader.optional(&name("app_url"), app_url),
        algorithm: reader.value(&name("algorithm"), defaults.algorithm, algorithm),
        access_lifetime,
        refresh_idle,
        refresh_absolute,
    }
}

fn client_id(text: &str) -> Result<String, &'static str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 64 characters of A-Z, a-z, 0-9 and -._~")
    }
}

fn app_url(text: &str) -> Result<Url, &'static str> {
    let wrong = "must be an absolute http or https URL without query and fragment";
    let url = Url::parse(text).map_err(|_| wrong)?;
    let usable = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.query().is_none()
        && url.fragment().is_none();
    if usable { Ok(url) } else { Err(wrong) }
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    let all = Algorithm::ALL;
    all.iter()
        .copied()
        .find(|algorithm| algorithm.as_str() == text)
        .ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|algorithm| algorithm.as_str()).collect();
            format!("must be one of {}", names.join(", "))
        })
}
