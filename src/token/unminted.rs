//! The claims of a session for which no access token is minted.

use chrono::{DateTime, Utc};

use super::Access;
use crate::{
    client::{Acr, Scope},
    config::Issuer,
    identity::{Epoch, UserId},
    json::UniqueMembers,
};

/// A login on a page of the issuer.
#[derive(Debug, Clone, Copy)]
pub struct PageLogin<'a> {
    /// The user.
    pub sub: UserId,
    /// The `session_epoch` of the user at the login.
    pub epoch: Epoch,
    /// The session id.
    pub sid: &'a str,
    /// The client that sealed tokens of the login name.
    pub client_id: &'a str,
    /// The time of authentication.
    pub auth_time: DateTime<Utc>,
    /// The authentication methods (RFC 8176).
    pub amr: &'a [String],
}

impl Access {
    /// Returns whether these are the claims of a login on a page, for which no access token is minted.
    pub fn is_unminted(&self) -> bool {
        self.jti.is_empty()
    }

    /// Returns the client to whose pages mails about a change lead. `None` for a login on a page of the issuer, whose mails
    /// lead to hosted pages.
    pub fn mailing_client(&self) -> Option<&str> {
        (!self.is_unminted()).then_some(&self.client_id)
    }

    /// Returns the claims by which services know the session that requests a change. They are never minted: members
    /// that only a token needs are empty.
    pub fn unminted(issuer: &Issuer, login: PageLogin<'_>) -> Self {
        Self {
            iss: issuer.as_str().to_owned(),
            sub: login.sub,
            aud: String::new(),
            exp: login.auth_time,
            iat: login.auth_time,
            jti: String::new(),
            client_id: login.client_id.to_owned(),
            sid: login.sid.to_owned(),
            auth_time: login.auth_time,
            acr: Acr::of(login.amr),
            amr: login.amr.to_vec(),
            scope: Scope::default(),
            roles: Vec::new(),
            epoch: login.epoch,
            cnf: None,
            session_jkt: None,
            extra: UniqueMembers::default(),
        }
    }
}
