//! How a mail comes to be asked for: that decides its language, and where its links lead.

use url::form_urlencoded::Serializer;

use super::{MailKind, Message};
use crate::{
    client::{AuthorizationRequest, Client},
    config::Issuer,
    identity::EmailAddress,
    locale::Locale,
};

/// Who asks for a mail, and where its reader goes on.
#[derive(Debug, Clone, Copy)]
pub struct MailContext<'a> {
    /// For which client.
    pub client: &'a Client,
    /// In which language.
    pub locale: Locale,
    /// What brought the person to a page of ours that asks, and to which they return.
    pub request: Option<&'a AuthorizationRequest>,
}

impl MailContext<'_> {
    /// What was asked for, to that address.
    pub fn message(&self, to: EmailAddress, says: MailKind) -> Message {
        Message {
            to,
            locale: self.locale,
            kind: says,
        }
    }

    /// A link to a page of the app, or of ours where it has none. The token is in the fragment: no
    /// server is told, and no scanner that opens the page has done anything.
    pub fn link(&self, issuer: &Issuer, path: &str, token: &str) -> String {
        format!("{}#token={token}", self.page(issuer, path))
    }

    /// The same to a page of ours, whatever the app has.
    pub fn own_link(&self, issuer: &Issuer, path: &str, token: &str) -> String {
        format!("{}#token={token}", self.own_page(issuer, path))
    }

    /// Where the person logs in as usual: the app, or the page of ours that they have come by, or one
    /// that says where.
    pub fn front(&self, issuer: &Issuer) -> String {
        match (&self.client.app_url, self.request) {
            (Some(_), _) => self.page(issuer, ""),
            (None, Some(_)) => self.own_page(issuer, "/authorize"),
            (None, None) => self.own_page(issuer, "/login"),
        }
    }

    /// A page of the app, or of ours where it has none.
    pub fn page(&self, issuer: &Issuer, path: &str) -> String {
        match &self.client.app_url {
            Some(app) => format!("{}{path}", app.as_str().trim_end_matches('/')),
            None => self.own_page(issuer, path),
        }
    }

    /// In the language of the mail, for that client, and with what brought the person here.
    fn own_page(&self, issuer: &Issuer, path: &str) -> String {
        let client = || vec![("client_id", self.client.client_id.clone())];
        let request = self.request.map(AuthorizationRequest::parameters);
        let query = Serializer::new(String::new())
            .append_pair("ui_locales", self.locale.tag())
            .extend_pairs(request.unwrap_or_else(client))
            .finish();
        format!("{}?{query}", issuer.endpoint(path))
    }
}
