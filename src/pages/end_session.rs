//! `GET|POST /end-session`: the logout endpoint (OpenID Connect RP-Initiated Logout 1.0), and the page by which
//! a user logs out at the issuer.

mod description;

use axum::{
    Extension,
    extract::{FromRef, State},
    response::{IntoResponse, Redirect, Response},
};

pub(crate) use self::description::describe;
use self::description::{CONFIRMED, EVERYWHERE, FIELDS, PATH, SHOWN_TO};
use crate::{
    app::App,
    client::Client,
    http::{
        cookie::{CookieChange, CookieHeaders},
        extract::{Caller, Form, Query},
        problem::Problem,
    },
    oauth::{BrowserLogins, BrowserLogout, LogoutParameters, LogoutRequest},
    pages::{
        error_page::{OrErrorPage, PageError},
        login_flow::LoginFlow,
        view::{
            DisplayText, FormPostRelay, Link, LogOutEverywherePage, LogOutPage, LoggedOutPage,
            RelayPurpose,
        },
    },
    token::Tokens,
};

/// The services of the logout endpoint.
#[derive(Clone)]
pub(crate) struct EndSession {
    flow: LoginFlow,
    logout: BrowserLogout,
    tokens: Tokens,
}

impl FromRef<App> for EndSession {
    fn from_ref(app: &App) -> Self {
        Self {
            flow: LoginFlow::from_ref(app),
            logout: app.browser_logout.clone(),
            tokens: app.tokens.clone(),
        }
    }
}

/// Answers `HEAD`, which is safe (RFC 9110 §9.2.1) and must not log out.
pub(crate) async fn no_logout(
    State(service): State<EndSession>,
    caller: Caller,
    cookies: CookieHeaders,
) -> Result<Response, PageError> {
    let request = LogoutRequest::default();
    let given = LogoutParameters::default();
    let browser = service.find(&caller, &cookies).await?;
    Ok(service.ask_or_report(&request, given, &caller, &browser))
}

pub(crate) async fn by_query(
    State(service): State<EndSession>,
    caller: Caller,
    cookies: CookieHeaders,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, PageError> {
    let given = parameters(|name| query.get(name));
    if query.get(EVERYWHERE).is_some() {
        return service.offer_everywhere(given, &caller, &cookies).await;
    }
    service.request(given, &caller, &cookies).await
}

pub(crate) async fn by_form(
    State(service): State<EndSession>,
    caller: Caller,
    cookies: CookieHeaders,
    OrErrorPage(form): OrErrorPage<Form>,
) -> Result<Response, PageError> {
    let given = parameters(|name| form.get(name));
    let (origin, issuer) = (&caller.origin, service.flow.issuer());
    if form.get(CONFIRMED).is_some() {
        origin.check_same_origin(issuer)?;
        let mut browser = service.find(&caller, &cookies).await?;
        if let Some(shown_to) = form.get(SHOWN_TO) {
            let Some(user) = browser.users().find(|user| user.to_string() == shown_to) else {
                let (request, given) = (LogoutRequest::default(), LogoutParameters::default());
                return Ok(service.ask_or_report(&request, given, &caller, &browser));
            };
            browser.exclude_other_users(user);
        }
        let request = service.verify(given, &caller)?;
        return if form.get(EVERYWHERE).is_some() {
            service
                .everywhere(&request, &browser, &caller, &cookies)
                .await
        } else {
            let response = service.after_logout(&request, &caller, None);
            Ok(service.log_out(&browser, &cookies, response))
        };
    }
    // A form posted by another site brings no cookie (SameSite=Lax), so a page of this service posts it
    // again. Without the cookies, the hint could not be compared with the user of the browser.
    if form.get(FormPostRelay::AGAIN).is_none() && !origin.is_form_of(issuer) {
        return Ok(service.relay(&form, &caller));
    }
    origin.check_same_origin(issuer)?;
    service.request(given, &caller, &cookies).await
}

fn parameters<'a>(get: impl Fn(&str) -> Option<&'a str>) -> LogoutParameters<'a> {
    LogoutParameters {
        id_token_hint: get("id_token_hint"),
        client_id: get("client_id"),
        post_logout_redirect_uri: get("post_logout_redirect_uri"),
        state: get("state"),
    }
}

impl EndSession {
    /// Logs out at once if the hint is of the user who is logged in, and the client is waiting at a
    /// registered URI. Otherwise asks the user, or reports that no user is logged in.
    async fn request(
        &self,
        given: LogoutParameters<'_>,
        caller: &Caller,
        cookies: &CookieHeaders,
    ) -> Result<Response, PageError> {
        let request = self.verify(given, caller)?;
        let browser = self.find(caller, cookies).await?;
        if let (Some(user), Some(redirect)) = (request.user, &request.redirect)
            // A hint of another user counts as absent: anybody has an ID token of themselves.
            && browser.users().all(|logged_in| logged_in == user)
        {
            let redirect = Redirect::to(redirect.as_str());
            return Ok(self.log_out(&browser, cookies, redirect));
        }
        Ok(self.ask_or_report(&request, given, caller, &browser))
    }

    /// Ends every session of the users who are logged in, after their confirmation.
    async fn everywhere(
        &self,
        request: &LogoutRequest<'_>,
        browser: &BrowserLogins,
        caller: &Caller,
        cookies: &CookieHeaders,
    ) -> Result<Response, PageError> {
        let ended = self.logout.end_everywhere(browser, caller.now).await;
        let ended = ended.map_err(Problem::from)?;
        let response = if ended {
            self.after_logout(request, caller, Some(self.time_to_notice(caller)))
        } else {
            // The login had ended before, by a new password for example, so it cannot end others.
            self.everywhere_page(request, caller, None)
        };
        Ok(self.forget(browser, cookies, response))
    }

    /// Finds the logins of a browser.
    ///
    /// # Errors
    /// A cookie occurs twice, or this node cannot verify a cookie now.
    async fn find(
        &self,
        caller: &Caller,
        cookies: &CookieHeaders,
    ) -> Result<BrowserLogins, Problem> {
        let issuer = self.flow.issuer();
        let (presented, sso) = (cookies.read(issuer)?, cookies.sso(issuer));
        let cookies = presented.with_session_at_issuer(sso.as_deref());
        Ok(self.logout.find(cookies, caller.now).await?)
    }

    /// Ends the logins of a browser, and answers with `response`.
    fn log_out(
        &self,
        browser: &BrowserLogins,
        cookies: &CookieHeaders,
        response: impl IntoResponse,
    ) -> Response {
        self.logout.end(browser);
        self.forget(browser, cookies, response)
    }

    /// Removes the cookies that the browser has sent, and answers with `response`. A request of another site may
    /// have none although the browser has them.
    fn forget(
        &self,
        browser: &BrowserLogins,
        cookies: &CookieHeaders,
        response: impl IntoResponse,
    ) -> Response {
        let change = CookieChange::Forget {
            ended: browser.ids(),
            tokens: !browser.keeps_tokens,
            at_issuer: !browser.keeps_session && cookies.sso(self.flow.issuer()).is_some(),
        };
        (Extension(change), response).into_response()
    }

    /// Returns to the client if its URI is registered, and otherwise shows a page. `everywhere` is the time until
    /// clients notice a logout everywhere.
    fn after_logout(
        &self,
        request: &LogoutRequest<'_>,
        caller: &Caller,
        everywhere: Option<String>,
    ) -> Response {
        if let Some(redirect) = &request.redirect {
            return Redirect::to(redirect.as_str()).into_response();
        }
        let page = LoggedOutPage {
            log_in: self.client_page(request, caller),
            was_logged_in: true,
            everywhere,
        };
        self.flow.render(&caller.language, page)
    }

    /// The page that asks the user, or the one that reports that no user is logged in.
    fn ask_or_report(
        &self,
        request: &LogoutRequest<'_>,
        given: LogoutParameters<'_>,
        caller: &Caller,
        browser: &BrowserLogins,
    ) -> Response {
        if browser.users().next().is_some() {
            return self.ask(request, given, caller, browser);
        }
        let page = LoggedOutPage {
            log_in: self.client_page(request, caller),
            was_logged_in: false,
            everywhere: None,
        };
        self.flow.render(&caller.language, page)
    }

    /// The page to which emails about changes of an account lead.
    async fn offer_everywhere(
        &self,
        given: LogoutParameters<'_>,
        caller: &Caller,
        cookies: &CookieHeaders,
    ) -> Result<Response, PageError> {
        let request = self.verify(given, caller)?;
        let browser = self.find(caller, cookies).await?;
        Ok(self.everywhere_page(&request, caller, Some(&browser)))
    }

    fn everywhere_page(
        &self,
        request: &LogoutRequest<'_>,
        caller: &Caller,
        browser: Option<&BrowserLogins>,
    ) -> Response {
        let mut users = browser.into_iter().flat_map(BrowserLogins::users);
        let first = users.next();
        let only = first.filter(|first| users.all(|user| user == *first));
        let client_id = request.client.map(|client| client.client_id.as_str());
        let client_id = client_id.map(|client_id| ("client_id", client_id));
        let query = client_id.into_iter().chain(caller.language.kept());
        let issuer = self.flow.issuer();
        let can_mail = self.flow.can_mail();
        let page = LogOutEverywherePage {
            action: Link::own(issuer, PATH, caller.language.kept()),
            client_id: request.client.map(|client| client.client_id.clone()),
            user: only.map(|user| user.to_string()),
            time: first.map(|_| self.time_to_notice(caller)),
            reset: can_mail.then(|| Link::own(issuer, "/password/forgot", query)),
            log_in: self.client_page(request, caller),
        };
        self.flow.render(&caller.language, page)
    }

    fn verify(
        &self,
        given: LogoutParameters<'_>,
        caller: &Caller,
    ) -> Result<LogoutRequest<'_>, Problem> {
        Ok(LogoutRequest::verify(&self.tokens, given, caller.now)?)
    }

    /// Returns the longest time until a client notices a logout everywhere, in words.
    fn time_to_notice(&self, caller: &Caller) -> String {
        self.flow.time_to_notice(&caller.language)
    }

    /// The page that asks the user. Its form has the client of a hint, and not the hint. It has the user of the hint if
    /// this user is logged in, so that other users of the browser stay logged in.
    fn ask(
        &self,
        request: &LogoutRequest<'_>,
        given: LogoutParameters<'_>,
        caller: &Caller,
        browser: &BrowserLogins,
    ) -> Response {
        let client_id = request.client.map(|client| client.client_id.as_str());
        let user = browser.users().find(|user| Some(*user) == request.user);
        let user = user.map(|user| user.to_string());
        let fields = [
            ("client_id", client_id),
            // Nothing of a request without a client is used.
            (
                "post_logout_redirect_uri",
                client_id.and(given.post_logout_redirect_uri),
            ),
            ("state", client_id.and(given.state)),
            (SHOWN_TO, user.as_deref()),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.to_owned())));
        let page = LogOutPage {
            action: Link::own(self.flow.issuer(), PATH, caller.language.kept()),
            fields: fields.collect(),
            client: request
                .client
                .map(|client| DisplayText::of(client.display_name())),
            stay: self.client_page(request, caller),
            everywhere: self.time_to_notice(caller),
        };
        self.flow.render(&caller.language, page)
    }

    /// The page of the client, or the login page of this service.
    fn client_page(&self, request: &LogoutRequest<'_>, caller: &Caller) -> Link {
        let url = request.client.and_then(Client::home_page);
        let login = || Link::own(self.flow.issuer(), "/login", caller.language.kept());
        url.and_then(Link::to).unwrap_or_else(login)
    }

    fn relay(&self, form: &Form, caller: &Caller) -> Response {
        let language = form.get("ui_locales").map(|tags| ("ui_locales", tags));
        let language = language.or(caller.language.kept());
        let action = Link::own(self.flow.issuer(), PATH, language);
        let field = |name: &str| form.get(name);
        let page = FormPostRelay::again(action, &FIELDS, field, RelayPurpose::Logout);
        self.flow.render(&caller.language, page)
    }
}
