//! The responses of the authorization endpoint to a client (RFC 6749 §4.1.2).

use url::form_urlencoded;

use crate::{
    client::{AuthorizationRequest, ResponseMode},
    config::Issuer,
};

/// A response to the client: the URL of a redirect, or a form that the browser posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientResponse {
    url: String,
    form: Option<FormPost>,
}

/// A form that the browser posts to the client (OAuth 2.0 Form Post Response Mode §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPost {
    /// The redirect URI.
    pub redirect_uri: String,
    /// The parameters of the response.
    pub fields: Vec<(String, String)>,
}

impl ClientResponse {
    /// Returns the response to a request (RFC 6749 §4.1.2), with the issuer (RFC 9207).
    pub fn to(
        request: &AuthorizationRequest,
        issuer: &Issuer,
        parameters: &[(&str, &str)],
    ) -> Self {
        Self::at(
            &request.redirect_uri,
            (request.state.as_deref(), request.response_mode),
            issuer,
            parameters,
        )
    }

    /// Returns an error response (§4.1.2.1). The description is a text of this service, never of the sender.
    pub fn error(
        request: &AuthorizationRequest,
        issuer: &Issuer,
        error: &str,
        description: &str,
    ) -> Self {
        let says = [("error", error), ("error_description", description)];
        Self::to(request, issuer, &says)
    }

    pub(super) fn at(
        redirect_uri: &str,
        (state, mode): (Option<&str>, ResponseMode),
        issuer: &Issuer,
        parameters: &[(&str, &str)],
    ) -> Self {
        let state = state.map(|state| ("state", state));
        let parameters = parameters.iter().copied().chain(state);
        let parameters: Vec<_> = parameters.chain([("iss", issuer.as_str())]).collect();
        let fields = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            url: with_parameters(redirect_uri, &parameters),
            form: (mode == ResponseMode::FormPost).then(|| FormPost {
                redirect_uri: redirect_uri.to_owned(),
                fields: fields.collect(),
            }),
        }
    }

    /// The URL of a redirect with the response in its query.
    pub fn redirect_url(&self) -> &str {
        &self.url
    }

    /// The form, if the client requested `response_mode=form_post`.
    pub fn form(&self) -> Option<&FormPost> {
        self.form.as_ref()
    }
}

/// Returns a registered URI with these parameters. The URI is kept byte for byte, including its query.
pub(super) fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", query.finish())
}
