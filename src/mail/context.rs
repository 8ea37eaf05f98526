//! The context in which a mail is requested: it determines the language and the targets of the links.

use url::{Url, form_urlencoded::Serializer};

use super::{MailKind, Message};
use crate::{
    client::{AuthorizationRequest, Client},
    config::Issuer,
    identity::EmailAddress,
    locale::Locale,
};

/// The client, language and authorization request of a mail.
#[derive(Debug, Clone, Copy)]
pub struct MailContext<'a> {
    /// The client whose user receives the mail.
    pub client: &'a Client,
    /// The language of the mail.
    pub locale: Locale,
    /// The authorization request during which a hosted page requested the mail, and which the user
    /// continues.
    pub request: Option<&'a AuthorizationRequest>,
    /// Set if a hosted page requested the mail for no client. The links lead to hosted pages, and `client` is
    /// any client.
    pub is_at_issuer: bool,
}

/// Returns the URL of the page that can log a user out everywhere, as [`MailContext::security_page`] does. `client_id` is
/// absent if the change was made at no client.
pub fn security_page(issuer: &Issuer, locale: Locale, client_id: Option<&str>) -> String {
    let query = Serializer::new(String::new())
        .append_pair("everywhere", "1")
        .append_pair("ui_locales", locale.tag())
        .extend_pairs(client_id.map(|id| ("client_id", id)))
        .finish();
    format!("{}?{query}", issuer.endpoint("/end-session"))
}

impl MailContext<'_> {
    /// Returns a message of that kind in the language of the context.
    pub fn message(&self, to: EmailAddress, kind: MailKind) -> Message {
        Message {
            to,
            locale: self.locale,
            kind,
        }
    }

    /// Returns a link to a page of the app, or to the hosted page if the client has no app. The token is
    /// in the fragment: no server receives it, and a scanner that opens the link redeems nothing.
    pub fn link(&self, issuer: &Issuer, path: &str, token: &str) -> String {
        format!("{}#token={token}", self.page(issuer, path))
    }

    /// Returns a link to a hosted page, also if the client has an app. The token is in the fragment.
    pub fn own_link(&self, issuer: &Issuer, path: &str, token: &str) -> String {
        format!("{}#token={token}", self.hosted_page(issuer, path))
    }

    /// Returns a link to the page of the app, or to the hosted page, that sets a password.
    pub fn password_link(
        &self,
        issuer: &Issuer,
        path: &str,
        token: &str,
        email: &EmailAddress,
    ) -> String {
        match self.app_url() {
            Some(_) => self.link(issuer, path, token),
            None => self.own_password_link(issuer, path, token, email),
        }
    }

    /// Returns a link to the hosted page that sets a password, also if the client has an app. The fragment also
    /// has the email, with which password managers store the password.
    pub fn own_password_link(
        &self,
        issuer: &Issuer,
        path: &str,
        token: &str,
        email: &EmailAddress,
    ) -> String {
        let link = self.own_link(issuer, path, token);
        let email = Serializer::new(String::new())
            .append_pair("email", email.as_str())
            .finish();
        format!("{link}&{email}")
    }

    /// Returns the URL at which the user logs in: the app, else the authorization endpoint with the
    /// request in progress, else the hosted login page.
    pub fn front(&self, issuer: &Issuer) -> String {
        match (self.app_url(), self.request) {
            (Some(_), _) => self.page(issuer, ""),
            (None, Some(_)) => self.hosted_page(issuer, "/authorize"),
            (None, None) => self.hosted_page(issuer, "/login"),
        }
    }

    /// Returns the URL of the page that can log the user out everywhere, for mails about changes of the account. It is
    /// a page of this service also if the client has an app, which may not have such a page.
    pub fn security_page(&self, issuer: &Issuer) -> String {
        let client = (!self.is_at_issuer).then_some(self.client.client_id.as_str());
        security_page(issuer, self.locale, client)
    }

    /// Returns the URL of a page of the app, or of the hosted page if the client has no app.
    pub fn page(&self, issuer: &Issuer, path: &str) -> String {
        match self.app_url() {
            Some(app) => format!("{}{path}", app.as_str().trim_end_matches('/')),
            None => self.hosted_page(issuer, path),
        }
    }

    fn app_url(&self) -> Option<&Url> {
        let url = self.client.app_url.as_ref();
        url.filter(|_| !self.is_at_issuer)
    }

    /// Returns the URL of a hosted page, with the language, and the client or the authorization request.
    fn hosted_page(&self, issuer: &Issuer, path: &str) -> String {
        let client_only = || {
            let client = (!self.is_at_issuer).then(|| self.client.client_id.clone());
            client.map(|id| ("client_id", id)).into_iter().collect()
        };
        let request = self.request.map(AuthorizationRequest::parameters);
        let query = Serializer::new(String::new())
            .append_pair("ui_locales", self.locale.tag())
            .extend_pairs(request.unwrap_or_else(client_only))
            .finish();
        format!("{}?{query}", issuer.endpoint(path))
    }
}
