//! An extractor for axum handlers, and the responses of requests without a valid token.

use axum::{
    body::Body,
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts, OriginalUri},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    CallerClaims, Claims, DpopRequest, Error, Forbidden, Rejected, StepUp, Unavailable, Verifier,
    claims::VerifiedClaims,
};
use crate::{
    client::Scope,
    dpop::{PresentedProof, ProofAlgorithm},
    jws_compact::{self, TokenScheme},
};

/// The authentication scheme of challenges about bearer tokens (RFC 6750 §3). There is no realm, because the
/// consumer's resources have no name here.
const BEARER: &str = "Bearer";

/// The claims of the valid access token in the only `Authorization` header. Tokens in the query or the body
/// are ignored.
///
/// `Option<Authorized>` is `None` for a request without a token. A token that is present must be valid.
///
/// ```
/// use axum::{Router, response::Result, routing::get};
/// use signet::verifier::{Authorized, Verifier};
///
/// async fn who(Authorized(claims): Authorized) -> String {
///     claims.sub.to_string()
/// }
///
/// async fn delete_everything(Authorized(claims): Authorized) -> Result<&'static str> {
///     claims.require_role("admin")?; // 403 insufficient_scope
///     claims.require_scope("write")?;
///     Ok("done")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = Verifier::builder("http://127.0.0.1:8080", "https://api.example.com").build()?;
/// let app: Router = Router::new()
///     .route("/", get(who).delete(delete_everything))
///     .with_state(verifier);
/// # use axum::{body::Body, http::Request};
/// # use tower::ServiceExt;
/// # let answer = app.oneshot(Request::get("/").body(Body::empty())?).await?;
/// # assert_eq!(answer.status(), 401);
/// # assert_eq!(answer.headers()["www-authenticate"], "Bearer");
/// # Ok(())
/// # }
/// ```
///
/// The state of the router must provide a [`Verifier`] by [`FromRef`].
#[derive(Debug, Clone)]
pub struct Authorized(pub Claims);

/// The user or the client of the valid access token in the only `Authorization` header. For handlers that also
/// serve clients which act for themselves (client credentials, RFC 6749 §4.4); [`Authorized`] refuses those.
///
/// ```
/// use axum::response::Result;
/// use signet::verifier::{AuthorizedCaller, CallerClaims};
///
/// async fn import(AuthorizedCaller(caller): AuthorizedCaller) -> Result<String> {
///     caller.require_scope("import")?;
///     Ok(match caller {
///         CallerClaims::User(claims) => format!("for the user {}", claims.sub),
///         CallerClaims::Client(claims) => format!("for the client {}", claims.client_id),
///     })
/// }
/// ```
#[derive(Debug, Clone)]
pub struct AuthorizedCaller(pub CallerClaims);

/// The reason why a request does not reach its handler. The response is an RFC 9457 problem with the
/// challenge of RFC 6750 §3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The request has no bearer token: 401.
    #[error("the request has no bearer token")]
    Missing,
    /// The request has more than one `Authorization` header: 400.
    #[error("the request has more than one Authorization header")]
    Ambiguous,
    /// The token or its proof is refused: 401. The body tells a refused proof and a bound token without a proof from
    /// other causes, which it does not distinguish.
    #[error("the token was refused: {0}")]
    Rejected(#[from] Rejected),
    /// The token cannot be verified at the moment: 503 with `Retry-After`.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejected) => Self::Rejected(rejected),
            Error::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Authorized
where
    Verifier: FromRef<S>,
{
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Denied> {
        let token = access_token(&parts.headers)?.ok_or(Denied::Missing)?;
        Ok(Self(Verifier::from_ref(state).admit(parts, token).await?))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Authorized
where
    Verifier: FromRef<S>,
{
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Denied> {
        match access_token(&parts.headers)? {
            Some(token) => match Verifier::from_ref(state).admit(parts, token).await {
                Ok(claims) => Ok(Some(Self(claims))),
                Err(Denied::Missing) => Ok(None),
                Err(denied) => Err(denied),
            },
            None => Ok(None),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AuthorizedCaller
where
    Verifier: FromRef<S>,
{
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Denied> {
        let token = access_token(&parts.headers)?.ok_or(Denied::Missing)?;
        let verifier = Verifier::from_ref(state);
        Ok(Self(verifier.admit(parts, token).await?))
    }
}

impl Verifier {
    /// Verifies the token of a request, with the proof of the request if the token comes as one that is bound to a key.
    async fn admit<C: VerifiedClaims>(
        &self,
        parts: &Parts,
        (scheme, token): (TokenScheme, &str),
    ) -> Result<C, Denied> {
        let base_url = match (scheme, &self.0.base_url) {
            (TokenScheme::Bearer, _) => return Ok(self.verified(token, None).await?),
            // The URL of the request is not known, so its proof cannot be verified.
            (TokenScheme::Dpop, None) => return Err(Denied::Missing),
            (TokenScheme::Dpop, Some(base_url)) => base_url,
        };
        // A nested router sees only a part of the path.
        let original = parts.extensions.get::<OriginalUri>();
        let path = original.map_or(parts.uri.path(), |OriginalUri(uri)| uri.path());
        let lines = parts.headers.get_all("dpop").iter();
        let presented = PresentedProof::new(lines.map(HeaderValue::as_bytes), || {
            (parts.method.to_string(), format!("{base_url}{path}"))
        });
        let (proof, target) = presented.only().map_err(Rejected::from)?;
        let request = DpopRequest {
            proof,
            method: target.method,
            url: target.url,
        };
        Ok(self.verified(token, Some(request)).await?)
    }
}

/// Returns the token of the `Authorization` header (RFC 6750 §2.1, RFC 9449 §7.1), if there is one.
fn access_token(headers: &HeaderMap) -> Result<Option<(TokenScheme, &str)>, Denied> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Denied::Ambiguous);
    }
    Ok(jws_compact::access_token(value.as_bytes()).map_err(Rejected::from)?)
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        match self {
            Self::Missing => {
                let title = "The request has no bearer token.";
                let answer = problem(StatusCode::UNAUTHORIZED, "missing_token", title, None);
                with(answer, WWW_AUTHENTICATE, BEARER)
            }
            Self::Ambiguous => {
                let title = "The request must have exactly one Authorization header.";
                challenge(StatusCode::BAD_REQUEST, "invalid_request", title, "")
            }
            Self::Rejected(Rejected::Proof(rejection)) => {
                tracing::debug!(reason = rejection.as_str(), "a proof was refused");
                dpop_challenge(
                    "invalid_dpop_proof",
                    "The DPoP proof is missing or invalid.",
                )
            }
            Self::Rejected(Rejected::BoundToken) => {
                tracing::debug!("a bound token came without its proof");
                let title = "This access token is bound to a key: send it with the scheme DPoP and a proof.";
                dpop_challenge("invalid_token", title)
            }
            Self::Rejected(reason) => {
                tracing::debug!(reason = reason.as_str(), "a token was refused");
                let title = "The access token is invalid or expired.";
                challenge(StatusCode::UNAUTHORIZED, "invalid_token", title, "")
            }
            Self::Unavailable(Unavailable { retry_after }) => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                let title = "The service is temporarily unavailable. Try again later.";
                let error = Some("temporarily_unavailable");
                let seconds = retry_after.as_secs().max(1).to_string();
                with(
                    problem(status, "unavailable", title, error),
                    RETRY_AFTER,
                    &seconds,
                )
            }
        }
    }
}

impl IntoResponse for Forbidden {
    fn into_response(self) -> Response {
        let (title, scope) = match self {
            Self::Scope(scope) => ("The access token lacks the required scope.", scope),
            Self::Role(_) => ("The access token lacks the required role.", String::new()),
        };
        // The challenge names the missing scope. It cannot name a role.
        let scope = Scope::parse(&scope).unwrap_or_default();
        let scope = if scope.is_empty() {
            String::new()
        } else {
            format!(", scope=\"{scope}\"")
        };
        challenge(StatusCode::FORBIDDEN, "insufficient_scope", title, &scope)
    }
}

impl IntoResponse for StepUp {
    fn into_response(self) -> Response {
        let title = "This request requires a more recent or a stronger login.";
        let error = "insufficient_user_authentication";
        challenge(StatusCode::UNAUTHORIZED, error, title, &self.parameters())
    }
}

/// Builds a problem response whose challenge names the same error.
fn challenge(status: StatusCode, error: &'static str, title: &str, more: &str) -> Response {
    let answer = problem(status, error, title, Some(error));
    with(
        answer,
        WWW_AUTHENTICATE,
        &format!("{BEARER} error=\"{error}\"{more}"),
    )
}

/// Builds the response to a bound token without a valid proof (RFC 9449 §7.1).
fn dpop_challenge(error: &'static str, title: &str) -> Response {
    let answer = problem(StatusCode::UNAUTHORIZED, error, title, Some(error));
    let algorithms = ProofAlgorithm::LIST;
    with(
        answer,
        WWW_AUTHENTICATE,
        &format!("DPoP error=\"{error}\", algs=\"{algorithms}\""),
    )
}

/// Builds a problem response (RFC 9457) with the JSON members of the issuer's own problems.
fn problem(status: StatusCode, code: &str, title: &str, error: Option<&str>) -> Response {
    let mut body = json!({
        "type": format!("urn:signet:problem:{code}"),
        "title": title,
        "status": status.as_u16(),
        "code": code,
    });
    if let (Some(error), Some(body)) = (error, body.as_object_mut()) {
        body.insert("error".to_owned(), error.into());
    }
    let mut answer = Response::new(Body::from(body.to_string()));
    *answer.status_mut() = status;
    let answer = with(answer, CACHE_CONTROL, "no-store");
    with(answer, CONTENT_TYPE, "application/problem+json")
}

fn with(mut answer: Response, name: axum::http::HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}
