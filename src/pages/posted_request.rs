//! `POST /authorize`: the login form, or an authorization request of a client (OpenID Connect Core §3.1.2.1).

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::App,
    http::{
        extract::{Form, Query},
        problem::{Code, Problem},
    },
    pages::{PageContext, SameOriginForm, error_page::PageError, view::Link},
};

/// The fields of the forms of this service that are posted here. A form that a script submits lacks `by`, the field
/// of the pressed button. A form with one of the fields has to come from a page of this service, so none of them
/// gets into a URL.
const OWN_FIELDS: [&str; 5] = ["by", "email", "password", "sid", "credential"];

/// Credentials of clients, which belong to the token endpoint and must not stand in a URL.
const SECRETS: [&str; 2] = ["client_secret", "client_assertion"];

/// The most bytes of the URL of a redirect: the shortest request line that servers and proxies have to accept
/// (RFC 9110 §4.1).
const LONGEST_URL: usize = 8000;

/// The body of `POST /authorize`.
pub(crate) enum PostedForm {
    /// A form of a page of this service.
    Own(Box<SameOriginForm>),
    /// An authorization request, which pages of every origin may post.
    Request(Box<PageContext>, Form),
}

impl FromRequest<App> for PostedForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let Ok(context) = PageContext::from_request_parts(&mut parts, app).await;
        let request = Request::from_parts(parts, body);
        let form = Form::from_request(request, app).await?;
        if !OWN_FIELDS.iter().any(|field| form.get(field).is_some()) {
            return Ok(Self::Request(Box::new(context), form));
        }
        let origin = &context.caller.origin;
        origin.check_same_origin(&app.config.issuer)?;
        Ok(Self::Own(Box::new(SameOriginForm { context, form })))
    }
}

/// Redirects a valid request to the same request as GET. Browsers post a form of another site without the cookie of
/// single sign-on (`SameSite=Lax`), and send the cookie with the GET.
///
/// # Errors
/// The redirect URI is not known, a parameter occurs twice, or the URL would be too long.
pub(crate) fn redirect_to_get(
    context: &PageContext,
    query: &Query,
    form: &Form,
) -> Result<Response, PageError> {
    let PageContext { flow, caller, .. } = context;
    let wrong = |title| Err(Problem::new(Code::InvalidRequest).title(title).into());
    let is_public = |(name, _): &(&str, &str)| !SECRETS.contains(name);
    if form.iter().any(|(name, _)| query.get(name).is_some()) {
        return wrong("A parameter occurs twice.");
    }
    let endpoint = flow.validate_request(true, caller.now);
    if let Err(error) = endpoint.validate(|name| query.get(name).or(form.get(name))) {
        let client_id = query.get("client_id").or(form.get("client_id"));
        return flow.refused_request(error, client_id, caller);
    }
    let parameters = query.iter().chain(form.iter()).filter(is_public);
    let url = Link::own(flow.issuer(), "/authorize", parameters).to_string();
    if url.len() > LONGEST_URL {
        return wrong(
            "The authorization request is too long: its URL may have at most 8000 bytes.",
        );
    }
    Ok(Redirect::to(&url).into_response())
}
