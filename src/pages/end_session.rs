//! `GET|POST /end-session`: the logout endpoint (OpenID Connect RP-Initiated Logout 1.0), and the page by which
//! a user logs out at the issuer.

use axum::{
    Extension,
    extract::{FromRef, State},
    response::{IntoResponse, Redirect, Response},
};
use schemars::JsonSchema;
use serde_json::json;

use crate::{
    app::App,
    audit::{AuditAction, audit},
    http::{
        cookie::{CookieChange, CookieHeaders, EndedLogins, IssuerLogout},
        extract::{Caller, Form, Query},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    oauth::{BackchannelLogout, LogoutParameters, LogoutRequest, SingleSignOn},
    pages::{
        error_page::{OrErrorPage, PageError},
        login_flow::LoginFlow,
        view::{DisplayText, FormPostRelay, Link, LogOutPage, LoggedOutPage, RelayPurpose},
    },
    session::{LoggedOut, PresentedTokens},
    token::{SsoSession, Tokens},
};

const PATH: &str = "/end-session";

/// The parameters of a logout request (§2), without those that are ignored.
const FIELDS: [&str; 4] = [
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
];

/// The parameter of the confirmation that a page of this service posts.
const CONFIRMED: &str = "confirmed";

/// The parameter of a form that a page of this service has posted again.
const AGAIN: &str = "again";

/// A logout request, or the confirmation of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct LogoutForm {
    id_token_hint: Option<String>,
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
    ui_locales: Option<String>,
    again: Option<String>,
    confirmed: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    const REDIRECT: &str = "Redirect to the client after the logout.";
    let text = json!({ "type": "string" });
    let summary = "The logout endpoint (OpenID Connect RP-Initiated Logout 1.0).";
    let by_query = api.get(PATH, summary);
    let by_query = FIELDS
        .iter()
        .fold(by_query, |it, name| it.query(name, &text));
    by_query
        .tag("login")
        .redirects(REDIRECT)
        .answers_page(&[200, 400, 503]);
    api.post(PATH, summary)
        .tag("login")
        .takes_form::<LogoutForm>()
        .redirects(REDIRECT)
        .answers_page(&[200, 400, 403, 408, 413, 415, 503]);
}

/// The services of the logout endpoint.
#[derive(Clone)]
pub(crate) struct EndSession {
    flow: LoginFlow,
    single_sign_on: SingleSignOn,
    backchannel_logout: BackchannelLogout,
    tokens: Tokens,
}

impl FromRef<App> for EndSession {
    fn from_ref(app: &App) -> Self {
        Self {
            flow: LoginFlow::from_ref(app),
            single_sign_on: app.single_sign_on.clone(),
            backchannel_logout: app.backchannel_logout.clone(),
            tokens: app.tokens.clone(),
        }
    }
}

/// Answers `HEAD`, which is safe (RFC 9110 §9.2.1) and must not log out.
pub(crate) async fn no_logout(State(service): State<EndSession>, caller: Caller) -> Response {
    service.ask(
        &LogoutRequest::default(),
        LogoutParameters::default(),
        &caller,
    )
}

pub(crate) async fn by_query(
    State(service): State<EndSession>,
    caller: Caller,
    cookies: CookieHeaders,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, PageError> {
    let given = parameters(|name| query.get(name));
    service.request(given, &caller, &cookies).await
}

pub(crate) async fn by_form(
    State(service): State<EndSession>,
    caller: Caller,
    cookies: CookieHeaders,
    OrErrorPage(form): OrErrorPage<Form>,
) -> Result<Response, PageError> {
    let given = parameters(|name| form.get(name));
    let own = caller.origin.check_same_origin(service.flow.issuer());
    if form.get(CONFIRMED).is_some() {
        own?;
        return service.confirmed(given, &caller, &cookies).await;
    }
    // A form posted by another site brings no cookie (SameSite=Lax), so a page of this service posts it
    // again. Without the cookies, the hint could not be compared with the user of the browser.
    match own {
        Err(_) if form.get(AGAIN).is_none() => Ok(service.relay(&form, &caller)),
        own => {
            own?;
            service.request(given, &caller, &cookies).await
        }
    }
}

fn parameters<'a>(get: impl Fn(&str) -> Option<&'a str>) -> LogoutParameters<'a> {
    LogoutParameters {
        id_token_hint: get("id_token_hint"),
        client_id: get("client_id"),
        post_logout_redirect_uri: get("post_logout_redirect_uri"),
        state: get("state"),
    }
}

/// The logins of a browser.
struct BrowserLogins {
    /// The session at the issuer.
    session: Option<SsoSession>,
    /// The logins of the client with cookies.
    logins: Vec<LoggedOut>,
    /// The logins that ended before.
    ended: EndedLogins,
    /// Set if the browser sent the cookie of single sign-on, valid or not.
    has_sso_cookie: bool,
}

impl EndSession {
    /// Logs out at once if the hint is of the user who is logged in, and the client is waiting at a
    /// registered URI. Otherwise asks the user.
    async fn request(
        &self,
        given: LogoutParameters<'_>,
        caller: &Caller,
        cookies: &CookieHeaders,
    ) -> Result<Response, PageError> {
        let request = LogoutRequest::verify(&self.tokens, given, caller.now);
        let (Some(user), Some(redirect)) = (request.user, &request.redirect) else {
            return Ok(self.ask(&request, given, caller));
        };
        let browser = self.logins(caller, cookies).await?;
        let session = browser.session.as_ref().map(|session| session.sub);
        let mut users = session
            .into_iter()
            .chain(browser.logins.iter().map(|it| it.user));
        // A hint of another user counts as absent: anybody has an ID token of themselves.
        if users.any(|logged_in| logged_in != user) {
            return Ok(self.ask(&request, given, caller));
        }
        let redirect = Redirect::to(redirect.as_str());
        Ok(self.log_out(&browser, caller, redirect))
    }

    /// Logs out after the confirmation of the user, and redirects to the client if its URI is registered.
    async fn confirmed(
        &self,
        given: LogoutParameters<'_>,
        caller: &Caller,
        cookies: &CookieHeaders,
    ) -> Result<Response, PageError> {
        let request = LogoutRequest::verify(&self.tokens, given, caller.now);
        let browser = self.logins(caller, cookies).await?;
        if let Some(redirect) = &request.redirect {
            return Ok(self.log_out(&browser, caller, Redirect::to(redirect.as_str())));
        }
        let page = LoggedOutPage {
            log_in: self.client_page(&request, caller),
        };
        let page = self.flow.render(&caller.language, page);
        Ok(self.log_out(&browser, caller, page))
    }

    /// The page that asks the user. Its form has the client of a hint, and not the hint.
    fn ask(
        &self,
        request: &LogoutRequest<'_>,
        given: LogoutParameters<'_>,
        caller: &Caller,
    ) -> Response {
        let client_id = request.client.map(|client| client.client_id.as_str());
        let fields = [
            ("client_id", client_id),
            // Nothing of a request without a client is used.
            (
                "post_logout_redirect_uri",
                client_id.and(given.post_logout_redirect_uri),
            ),
            ("state", client_id.and(given.state)),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.to_owned())));
        let page = LogOutPage {
            action: Link::own(self.flow.issuer(), PATH, caller.language.kept()),
            fields: fields.collect(),
            client: client_id.map(DisplayText::of),
            stay: self.client_page(request, caller),
        };
        self.flow.render(&caller.language, page)
    }

    /// The page of the client, or the login page of this service.
    fn client_page(&self, request: &LogoutRequest<'_>, caller: &Caller) -> Link {
        let url = request.client.and_then(|client| client.app_url.as_ref());
        let login = || Link::own(self.flow.issuer(), "/login", caller.language.kept());
        url.and_then(Link::to).unwrap_or_else(login)
    }

    fn relay(&self, form: &Form, caller: &Caller) -> Response {
        let fields = FIELDS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), form.get(name)?.to_owned())));
        let language = form.get("ui_locales").map(|tags| ("ui_locales", tags));
        let language = language.or(caller.language.kept());
        let page = FormPostRelay {
            action: Link::own(self.flow.issuer(), PATH, language),
            fields: fields.collect(),
            purpose: RelayPurpose::Logout,
        };
        self.flow.render(&caller.language, page)
    }

    async fn logins(
        &self,
        caller: &Caller,
        cookies: &CookieHeaders,
    ) -> Result<BrowserLogins, Problem> {
        let issuer = self.flow.issuer();
        let presented = cookies.read(issuer)?;
        let sealed = cookies.sso(issuer);
        let ended = presented.logged_out;
        let ids = ended.ids();
        let session = match &sealed {
            Some(sealed) => self.single_sign_on.open(sealed, &ids, caller.now).await,
            None => None,
        };
        let sessions = &self.flow.sessions;
        let logins = match sessions.clients().with_cookies() {
            Some(client) => {
                let presented = PresentedTokens {
                    refresh: [presented.refresh.as_deref(), presented.renewed.as_deref()],
                    access: presented.access.as_deref(),
                };
                sessions.logins(client, presented, caller.now).await?
            }
            None => Vec::new(),
        };
        Ok(BrowserLogins {
            session,
            logins,
            ended,
            has_sso_cookie: sealed.is_some(),
        })
    }

    /// Removes the cookies of the logins that the browser has, and answers with `response`. Without cookies
    /// there is nothing to remove: a request of another site may have none although the browser has them.
    fn log_out(
        &self,
        browser: &BrowserLogins,
        caller: &Caller,
        response: impl IntoResponse,
    ) -> Response {
        let mut ended = Vec::new();
        for LoggedOut { sid, user, until } in &browser.logins {
            audit!(AuditAction::Logout, Done, sid, user.id = %user);
            ended.push((sid.clone(), *until));
        }
        if let Some(session) = &browser.session
            && ended.iter().all(|(sid, _)| *sid != session.sid)
        {
            audit!(AuditAction::Logout, Done, sid = session.sid, user.id = %session.sub);
            ended.push((session.sid.clone(), session.abs_exp));
        }
        if let Some(session) = &browser.session {
            self.backchannel_logout.notify_of_login(session);
        }
        let issuer = self.flow.issuer();
        let sso = browser
            .has_sso_cookie
            .then(|| IssuerLogout::new(issuer, &ended, &browser.ended, caller.now));
        let cookies =
            (!browser.logins.is_empty()).then_some(Extension(CookieChange::Forget(ended)));
        (sso, cookies, response).into_response()
    }
}
