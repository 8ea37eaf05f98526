//! The audiences of a client, and the audiences for which it exchanges tokens.

use std::collections::BTreeSet;

use super::super::{
    Issuer,
    reader::{SettingReader, each_entry},
};
use crate::client::{Client, GrantType};

/// The most audiences of a client, and the most to which it may exchange a token.
const MOST_AUDIENCES: usize = 32;

/// Reads the audiences of the client's access tokens: the default one, and the others.
pub(super) fn audiences(
    reader: &mut SettingReader,
    prefix: &str,
    issuer: &Issuer,
) -> (String, Vec<String>) {
    let name = |setting: &str| format!("{prefix}.{setting}");
    let default = issuer.as_str().to_owned();
    if reader.is_set(&name("audience")) && reader.is_set(&name("audiences")) {
        let origin = reader.origin(&name("audiences"));
        let problem = "is set beside audience: set one of the two".to_owned();
        reader.fault(&name("audiences"), &origin, problem);
    }
    let all = reader.words(&name("audiences"), |words| list(&words, issuer));
    let single = reader.optional(&name("audience"), |text| audience(text, issuer));
    match all {
        Some(mut all) if !all.is_empty() => {
            let first = all.remove(0);
            (first, all)
        }
        _ => (single.unwrap_or(default), Vec::new()),
    }
}

/// The table of a client, for faults that concern several clients.
pub(super) struct ClientTable {
    prefix: String,
    origin: String,
    audience: Option<&'static str>,
}

impl ClientTable {
    /// Describes a table that has not been read yet.
    pub(super) fn new(reader: &SettingReader, prefix: &str) -> Self {
        let mut audience = ["audiences", "audience"].into_iter();
        Self {
            prefix: prefix.to_owned(),
            origin: reader.origin(&format!("{prefix}.client_id")),
            audience: audience.find(|setting| reader.is_set(&format!("{prefix}.{setting}"))),
        }
    }

    fn fault(&self, reader: &mut SettingReader, setting: &str, problem: String) {
        reader.fault(&format!("{}.{setting}", self.prefix), &self.origin, problem);
    }

    /// Reports a client that exchanges tokens and has only the default audience. That is the issuer: tokens for the
    /// routes of this service are not for another service to exchange.
    pub(super) fn check_exchange(&self, reader: &mut SettingReader, client: &Client) {
        if self.audience.is_none() && client.may_use(GrantType::TokenExchange) {
            let problem = "is required with the grant token_exchange: the client exchanges the access tokens \
                           for this audience";
            self.fault(reader, "audience", problem.to_owned());
        }
    }

    /// Reports an audience that is also the `client_id` of an OpenID client. Access tokens for that audience and ID
    /// tokens of that client would have the same `iss` and `aud`, so a service could accept one for the other
    /// (RFC 8725 §3.12).
    pub(super) fn check_audiences(
        &self,
        reader: &mut SettingReader,
        client: &Client,
        openid_clients: &BTreeSet<String>,
    ) {
        let own = [&client.audience]
            .into_iter()
            .chain(&client.other_audiences);
        let own = own.map(|audience| (self.audience.unwrap_or("audience"), audience));
        let other = client.may_exchange_to.iter();
        let other = other.map(|audience| ("may_exchange_to", audience));
        for (setting, audience) in own.chain(other) {
            if openid_clients.contains(audience) {
                let problem = format!(
                    "must not be {audience}, the client_id of a client with the scope openid: its ID tokens have \
                     this audience"
                );
                self.fault(reader, setting, problem);
            }
        }
    }
}

/// Reads the audiences for which the client may exchange tokens.
pub(super) fn may_exchange_to(
    reader: &mut SettingReader,
    prefix: &str,
    issuer: &Issuer,
) -> Vec<String> {
    let setting = format!("{prefix}.may_exchange_to");
    let all = reader.words(&setting, |words| list(&words, issuer));
    all.unwrap_or_default()
}

fn list(words: &[String], issuer: &Issuer) -> Result<Vec<String>, String> {
    if words.is_empty() || words.len() > MOST_AUDIENCES {
        return Err(format!("must have 1 to {MOST_AUDIENCES} entries"));
    }
    each_entry(words, |word| audience(word, issuer))
}

fn audience(text: &str, issuer: &Issuer) -> Result<String, &'static str> {
    if text.is_empty() || text.len() > 256 {
        Err("must be 1 to 256 characters long")
    } else if text == issuer.endpoint("/refresh") {
        Err("is reserved for refresh tokens")
    } else {
        Ok(text.to_owned())
    }
}
