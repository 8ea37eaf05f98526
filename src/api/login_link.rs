//! `POST /login/link` mails a login link; `POST /login/link/confirm` logs in by it, or by the code beside it, for a client
//! that keeps the secret of the request.

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::login_step,
    api::token_response::{TokenResponse, TokenResponseSchema},
    app::App,
    client::{CodeChallenge, Scope},
    http::{
        extract::{Caller, JsonBody, field, optional_field},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    identity::EmailAddress,
    provider::{Error, LoginCode, LoginLinkProvider, PresentedLoginCode},
    token::LinkRejection,
};

/// The challenge is the SHA-256 of a secret that the client keeps, as in PKCE (RFC 7636 §4.2).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginLinkRequest {
    email: String,
    client_id: Option<String>,
    scope: Option<String>,
    code_challenge: String,
}

/// The challenge of the code in the mail. It has the same size for every email.
#[derive(Serialize, JsonSchema)]
struct LoginLinkAnswer {
    challenge: String,
    /// Seconds.
    expires_in: i64,
}

/// The `token` of the mailed link, or the `code` beside it and the `challenge` of the request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginLinkConfirmRequest {
    token: Option<String>,
    challenge: Option<String>,
    code: Option<String>,
    code_verifier: String,
}

/// The secret of the mail: the token of the link, or the code.
enum MailProof<'a> {
    Link(&'a str),
    Code(&'a str, LoginCode),
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post("/login/link", "Request a login link by email.")
        .tag("session")
        .takes::<LoginLinkRequest>()
        .answers::<LoginLinkAnswer>(
            202,
            "Accepted. The response tells nothing about whether the email has an account.",
        )
        .fails(&[401, 429, 501, 503]);
    api.post(
        "/login/link/confirm",
        "Log in by the mailed link or its code, in the app or browser that requested it.",
    )
    .tag("session")
    .takes::<LoginLinkConfirmRequest>()
    .answers::<TokenResponseSchema>(200, "The new session.")
    .takes_proof()
    .gives_cookies()
    .fails(&[401, 429, 503]);
}

pub(crate) async fn ask(
    State(links): State<LoginLinkProvider>,
    caller: Caller,
    JsonBody(request): JsonBody<LoginLinkRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let challenge = CodeChallenge::parse(&request.code_challenge);
    let challenge = field("code_challenge", challenge)?;
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let clients = links.tokens.clients();
    clients.choose_public(request.client_id.as_deref())?;
    let mail = caller.mail(email, clients, request.client_id.as_deref())?;
    let allowed = &mail.context.client.scopes;
    let scope = scope.and_then(|scope| scope.without_offline_access(allowed));
    if allowed.granted(scope.as_ref()).is_none() {
        return Err(from_domain::scope_too_wide());
    }
    let requested = links.request(mail, challenge, scope, caller.now).await?;
    let hidden = from_domain::suppressed(requested.mail);
    let answer = LoginLinkAnswer {
        challenge: requested.challenge,
        expires_in: requested.expires_in.num_seconds(),
    };
    Ok((StatusCode::ACCEPTED, hidden, Json(answer)))
}

pub(crate) async fn confirm(
    State(app): State<App>,
    caller: Caller,
    JsonBody(request): JsonBody<LoginLinkConfirmRequest>,
) -> Result<TokenResponse, Problem> {
    let (links, now) = (&app.login_links, caller.now);
    let secret = Some(&*request.code_verifier);
    let link = match proof(&request)? {
        MailProof::Link(token) => links.open(token, secret, caller.network, now).await?,
        MailProof::Code(challenge, code) => {
            let presented = PresentedLoginCode {
                challenge,
                code: &code,
                code_verifier: secret,
            };
            links.open_by_code(presented, caller.network, now).await?
        }
    };
    // A link that the login page requested is opened at a page.
    if link.claims.is_of_page() {
        return Err(Error::from(LinkRejection::Elsewhere).into());
    }
    let client = caller.client(&app.sessions, Some(&link.client_id))?;
    let possession = app.sessions.possession(client, &caller.proof, now).await?;
    let first = links.verify(&link.claims, now).await?;
    let scope = link.claims.scope.as_ref();
    login_step::complete(&app, first, (client, scope), possession, now)
}

/// Returns the only proof of the request.
fn proof(request: &LoginLinkConfirmRequest) -> Result<MailProof<'_>, Problem> {
    let LoginLinkConfirmRequest {
        token,
        challenge,
        code,
        ..
    } = request;
    let beside_token =
        |name| Problem::field(name, "must not be sent together with token".to_owned());
    match (token, challenge, code) {
        (Some(token), None, None) => Ok(MailProof::Link(token)),
        (None, Some(challenge), Some(code)) => {
            let code = field("code", LoginCode::parse(code))?;
            Ok(MailProof::Code(challenge, code))
        }
        (None, None, None) => Err(Problem::missing_field("token")),
        (None, Some(_), None) => Err(Problem::missing_field("code")),
        (None, None, Some(_)) => Err(Problem::missing_field("challenge")),
        (Some(_), Some(_), _) => Err(beside_token("challenge")),
        (Some(_), None, Some(_)) => Err(beside_token("code")),
    }
}
