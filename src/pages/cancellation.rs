//! Links on pages that end a login: back to the client, with an error.

use url::Url;

use crate::{
    client::{AuthorizationRequest, ResponseMode},
    config::Issuer,
    http::extract::Query,
    oauth::ClientResponse,
    pages::view::Link,
};

/// The parameter of a link that posts the error to the client.
const PARAMETER: &str = "cancel";

/// The reason why a login ends without a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cancellation {
    /// The user does not want to log in.
    ByUser,
    /// The email of the provider account belongs to a user already.
    EmailTaken,
    /// The provider or this service has failed.
    Unavailable,
}

impl Cancellation {
    const ALL: [Self; 3] = [Self::ByUser, Self::EmailTaken, Self::Unavailable];

    /// The value of the parameter.
    const fn as_str(self) -> &'static str {
        match self {
            Self::ByUser => "user",
            Self::EmailTaken => "email_taken",
            Self::Unavailable => "unavailable",
        }
    }

    /// The error and its description.
    pub(crate) const fn error(self) -> (&'static str, &'static str) {
        match self {
            Self::ByUser => ("access_denied", "the user canceled the login"),
            Self::EmailTaken => (
                "access_denied",
                "a user with this email already exists: log in with an existing method, \
                 then link this account",
            ),
            Self::Unavailable => (
                "temporarily_unavailable",
                "the login is temporarily unavailable",
            ),
        }
    }

    /// Returns the reason that a request states, if it follows a link with the parameter.
    pub(crate) fn of(query: &Query) -> Option<Self> {
        let given = query.get(PARAMETER)?;
        Self::ALL.into_iter().find(|it| it.as_str() == given)
    }

    /// Returns a link back to the client, with an error. With `response_mode=form_post` the link leads to the
    /// authorization endpoint, which answers with a form: an error takes the way of every other response (OAuth
    /// 2.0 Form Post Response Mode §2).
    pub(crate) fn link(self, request: &AuthorizationRequest, issuer: &Issuer) -> Option<Link> {
        if request.response_mode == ResponseMode::FormPost {
            let parameters = request.parameters();
            let query = parameters
                .iter()
                .map(|(name, value)| (*name, value.as_str()));
            let query = query.chain([(PARAMETER, self.as_str())]);
            return Some(Link::own(issuer, "/authorize", query));
        }
        let (error, description) = self.error();
        let response = ClientResponse::error(request, issuer, error, description);
        Link::to(&Url::parse(response.redirect_url()).ok()?)
    }
}
