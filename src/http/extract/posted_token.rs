//! An access token that may be in a form (RFC 6750 §2.2).

use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, Request},
    http::header::{AUTHORIZATION, CONTENT_TYPE},
};

use crate::{
    app::App,
    client::TokenTransport,
    http::{
        extract::{Form, Now, PresentedAccess, authenticated::missing_token, media_type},
        problem::{Code, Problem, from_domain::INVALID_REQUEST},
    },
    session::Sessions,
    token::Access,
};

/// The media type of a form.
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// The claims of the valid access token of a POST: from the `Authorization` header, from the form, or without both
/// from the cookies. Never from the header and the form at once (RFC 6750 §2).
pub(crate) struct PostedToken(pub(crate) Access);

impl FromRequest<App> for PostedToken {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let has_header = parts.headers.contains_key(AUTHORIZATION);
        if has_header || !parts.headers.contains_key(CONTENT_TYPE) {
            let PresentedAccess(session) =
                PresentedAccess::from_request_parts(&mut parts, app).await?;
            if has_header && media_type::is(&parts.headers, FORM_TYPE) {
                let form = Form::from_request(Request::from_parts(parts, body), app).await?;
                if form.get("access_token").is_some() {
                    return Err(two_tokens());
                }
            }
            return Ok(Self(session));
        }
        let Ok(Now(now)) = Now::from_request_parts(&mut parts, app).await;
        let form = Form::from_request(Request::from_parts(parts, body), app).await?;
        let token = form.get("access_token").ok_or_else(missing_token)?;
        let session = Sessions::from_ref(app).presented(token, TokenTransport::Bearer, now);
        Ok(Self(session?))
    }
}

/// The problem of a request with an access token in the header and in the form.
fn two_tokens() -> Problem {
    let problem = Problem::new(Code::InvalidRequest).challenge(INVALID_REQUEST);
    problem.title("The request has an access token in the header and in the form.")
}
