//! The caller of a request: when, from where and in which language the request is made.

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use chrono::{DateTime, Utc};

use super::{Authenticated, ClientNetwork, Language, Now, Password, request_origin::RequestOrigin};
use crate::{
    admission::RequestedMail,
    client::{Client, Clients},
    clock::Clock,
    config::Issuer,
    dpop::PresentedProof,
    http::{
        cookie::{LoginCookie, SsoCookie},
        dpop::presented_proof,
        problem::Problem,
    },
    identity::EmailAddress,
    locale::{Locale, Translations},
    mail::MailContext,
    network::Network,
    profile::{LinkConfirmation, Requester},
    session::Sessions,
    token::Access,
};

/// The caller of a request.
pub(crate) struct Caller {
    /// The second in which the request is served, read once.
    pub(crate) now: DateTime<Utc>,
    /// The network that the request comes from.
    pub(crate) network: Network,
    /// The web page that sends the request.
    pub(crate) origin: RequestOrigin,
    /// The language of the response.
    pub(crate) language: Language,
    /// The proof of the possession of a key.
    pub(crate) proof: PresentedProof,
    /// The cookie that binds logins to the browser.
    pub(crate) login_cookie: LoginCookie,
    /// The cookie of the session at the issuer.
    pub(crate) sso_cookie: SsoCookie,
}

impl Caller {
    /// The language of pages and mails.
    pub(crate) fn locale(&self) -> Locale {
        self.language.localizer.locale()
    }

    /// Chooses the client that a request names, and checks that one of its pages sends the request if the
    /// client uses cookies.
    ///
    /// # Errors
    /// `unknown_client`, `client_id_required` or `foreign_origin`.
    pub(crate) fn client<'a>(
        &self,
        sessions: &'a Sessions,
        client_id: Option<&str>,
    ) -> Result<&'a Client, Problem> {
        let client = sessions.clients().choose_public(client_id)?;
        self.check_origin(client, sessions.issuer())?;
        Ok(client)
    }

    /// As [`RequestOrigin::check_allowed`].
    pub(crate) fn check_origin(&self, client: &Client, issuer: &Issuer) -> Result<(), Problem> {
        self.origin.check_allowed(client, issuer)
    }

    /// Returns a mail that the caller requests for that client.
    ///
    /// # Errors
    /// `unknown_client` or `client_id_required`.
    pub(crate) fn mail<'a>(
        &self,
        to: EmailAddress,
        clients: &'a Clients,
        client_id: Option<&str>,
    ) -> Result<RequestedMail<'a>, Problem> {
        Ok(RequestedMail {
            to,
            network: self.network,
            context: MailContext {
                client: clients.choose(client_id)?,
                locale: self.locale(),
                request: None,
                is_at_issuer: false,
            },
        })
    }

    /// Returns the confirmation of a mailed link by the caller.
    pub(crate) fn confirmation<'a>(&self, token: &'a str) -> LinkConfirmation<'a> {
        LinkConfirmation {
            token,
            network: self.network,
            locale: self.locale(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Clock: FromRef<S>,
    Sessions: FromRef<S>,
    Translations: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Now(now) = Now::from_request_parts(parts, state).await?;
        let ClientNetwork(network) = ClientNetwork::from_request_parts(parts, state).await?;
        Ok(Self {
            now,
            network,
            proof: presented_proof(parts, Sessions::from_ref(state).issuer()),
            origin: RequestOrigin::of(&parts.headers, &parts.extensions),
            language: Language::from_request_parts(parts, state).await?,
            login_cookie: LoginCookie::from_request_parts(parts, state).await?,
            sso_cookie: SsoCookie::from_request_parts(parts, state).await?,
        })
    }
}

/// A caller with a valid session.
pub(crate) struct AuthenticatedCaller {
    /// The claims of the access token.
    pub(crate) session: Access,
    /// The caller.
    pub(crate) caller: Caller,
}

impl AuthenticatedCaller {
    /// Returns the requester of a sensitive change, with the password from the field of that name.
    ///
    /// # Errors
    /// `invalid_field`: the field is not a password.
    pub(crate) fn requester(
        &self,
        field: &str,
        password: Option<Password>,
    ) -> Result<Requester<'_>, Problem> {
        Ok(Requester {
            session: &self.session,
            password: password.map(|it| it.parse(field)).transpose()?,
            network: self.caller.network,
            locale: self.caller.locale(),
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AuthenticatedCaller
where
    Clock: FromRef<S>,
    Sessions: FromRef<S>,
    Translations: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(caller) = Caller::from_request_parts(parts, state).await;
        let Authenticated(session) = Authenticated::from_request_parts(parts, state).await?;
        Ok(Self { session, caller })
    }
}
