//! The user and the session of a page below `/account` or `/admin`.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{Uri, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::App,
    audit::{AuditAction, audit},
    client::{Acr, AuthorizationRequest},
    http::{
        cookie::CookieChange,
        extract::{Form, Query},
        problem::Problem,
    },
    identity::User,
    oauth::ResumedSession,
    pages::{
        PageContext,
        account_paths::{NEW_PASSKEY, OVERVIEW, TOTP},
        cancellation::Cancellation,
        error_page::PageError,
        own_form,
        return_path::{PROMPT_LOGIN, ReturnPath},
        view::{ConfirmChangePage, ConfirmProblem, ConfirmedChange, DisplayText, Link, OTHER_USER},
    },
    profile::{Error, Requester},
    session::ProvenLogin,
    token::{Access, PageLogin, SsoSession},
};

/// A request for a page that needs the session at the issuer. Its user was read for this request.
pub(crate) struct AccountRequest {
    pub(crate) context: PageContext,
    pub(crate) user: User,
    /// The session as the claims of an access token, by which the services know who requests a change. It is never
    /// minted.
    pub(crate) session: Access,
    sso: SsoSession,
    /// The request of a client that requires a factor which the user is to add. It goes on afterwards.
    pending: Option<AuthorizationRequest>,
    /// The address of the page, to which a login returns.
    page: String,
}

impl FromRequestParts<App> for AccountRequest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(context) = PageContext::from_request_parts(parts, app).await;
        Self::at(context, page_of(&parts.uri)).await
    }
}

impl AccountRequest {
    /// Reads the session of this browser at the issuer, with one read of its user. `page` is the address to which a
    /// login returns.
    ///
    /// # Errors
    /// The response that leads to a login, or that reports a fault.
    pub(super) async fn at(mut context: PageContext, page: String) -> Result<Self, Response> {
        // Only the pages that add a factor lead on.
        let is_enrolment = [TOTP, NEW_PASSKEY].contains(&route_of(&page));
        let pending = context.request.take().filter(|_| is_enrolment);
        context.leave_client();
        match context.resumed_session().await {
            Ok(Some(ResumedSession { verified, session })) => Ok(Self {
                session: claims(&context, verified.user(), &session),
                user: verified.user().clone(),
                sso: session,
                pending,
                context,
                page,
            }),
            Ok(None) => Err(log_in(&context, &page, Acr::default(), None)),
            Err(error) => Err(PageError::from(Problem::from(error)).into_response()),
        }
    }
}

/// Returns the address of a page, without the user to whom its form was shown. The forms that connect a provider are on
/// the overview.
fn page_of(uri: &Uri) -> String {
    let path = match uri.path() {
        path if path.starts_with(CONNECT) => OVERVIEW,
        path => path,
    };
    let is_kept = |pair: &&str| !pair.is_empty() && pair.split('=').next() != Some(SHOWN_TO);
    let pairs = uri.query().unwrap_or_default().split('&');
    let pairs: Vec<_> = pairs.filter(is_kept).collect();
    match pairs[..] {
        [] => path.to_owned(),
        _ => format!("{path}?{}", pairs.join("&")),
    }
}

/// Returns the route of a page, without its parameters.
fn route_of(page: &str) -> &str {
    page.split('?').next().unwrap_or_default()
}

/// Returns the claims of a session at the issuer. They name the first client: the session belongs to none, and sealed
/// tokens name one.
fn claims(context: &PageContext, user: &User, session: &SsoSession) -> Access {
    let client = context.flow.sessions.clients().any();
    let login = PageLogin {
        sub: session.sub,
        epoch: session.epoch,
        sid: &session.sid,
        client_id: client.map_or("", |it| &it.client_id),
        auth_time: session.auth_time,
        amr: &session.amr,
    };
    Access {
        roles: vec![user.role.clone()],
        ..Access::unminted(context.flow.issuer(), login)
    }
}

/// Redirects to the login at the issuer, which returns to that page.
fn log_in(context: &PageContext, page: &str, acr: Acr, again: Option<(&str, &str)>) -> Response {
    let return_to = ReturnPath::new(page, acr);
    let parameters = return_to.iter().flat_map(ReturnPath::parameters);
    let query = context.caller.language.kept().into_iter().chain(parameters);
    let query = query.chain(again);
    let link = Link::own(context.flow.issuer(), "/login", query);
    Redirect::to(&link.to_string()).into_response()
}

impl AccountRequest {
    /// The requester of a change, without a password: pages need a recent login.
    pub(crate) fn requester(&self) -> Requester<'_> {
        Requester {
            session: &self.session,
            password: None,
            network: self.context.caller.network,
            locale: self.context.caller.locale(),
        }
    }

    /// Checks that the login suffices for a sensitive change, before a page asks for one.
    ///
    /// # Errors
    /// The response that leads to a login, or that reports a fault.
    pub(crate) async fn check_may_change(&self, app: &App) -> Result<(), Response> {
        let now = self.context.caller.now;
        let checked = app.profiles.check_may_change(self.requester(), now).await;
        checked.map_err(|error| self.refuse(error))
    }

    /// Answers an error of a service that no field of the form caused: a login that does not suffice leads to another
    /// one, which returns to this page.
    pub(crate) fn refuse(&self, error: Error) -> Response {
        match error {
            Error::NotRecent { acr, .. } => self.log_in_again(acr),
            Error::Ended => self.log_in_again(Acr::default()),
            // The overview shows the present factors: another request has made the change, or there is nothing to change.
            Error::NoSecondFactor | Error::TotpExists => self.done(None).into_response(),
            error => PageError::from(Problem::from(error)).into_response(),
        }
    }

    /// Redirects to a login of at least that strength, which returns to this page.
    pub(crate) fn log_in_again(&self, acr: Acr) -> Response {
        log_in(&self.context, &self.page, acr, Some(PROMPT_LOGIN))
    }

    /// Answers a change that has replaced the epoch of the user: records it, renews this session, and redirects to the
    /// overview, which reports the change if `done` names it.
    pub(crate) fn changed(&self, user: &User, act: AuditAction, done: Option<&str>) -> Response {
        self.renewed(self.sso.clone(), user, act, done)
    }

    /// As [`AccountRequest::changed`], after the user has proven further factors.
    pub(crate) fn changed_as(
        &self,
        proven: ProvenLogin,
        user: &User,
        act: AuditAction,
        done: Option<&str>,
    ) -> Response {
        let session = SsoSession {
            auth_time: proven.auth_time,
            amr: proven.amr,
            ..self.sso.clone()
        };
        self.renewed(session, user, act, done)
    }

    fn renewed(
        &self,
        session: SsoSession,
        user: &User,
        act: AuditAction,
        done: Option<&str>,
    ) -> Response {
        audit!(act, Done, user.id = %user.id, sid = %self.session.sid);
        let session = SsoSession {
            epoch: user.session_epoch,
            ..session
        };
        let PageContext { flow, caller, .. } = &self.context;
        match flow.sso_cookie(&session, None, caller.now) {
            Ok(cookie) => (cookie, self.done(done)).into_response(),
            Err(error) => PageError::from(Problem::from(error)).into_response(),
        }
    }

    /// Renders the page that asks to confirm a change. `subject` is the provider or the passkey.
    pub(crate) fn confirm(
        &self,
        change: ConfirmedChange,
        subject: Option<&str>,
        problem: Option<ConfirmProblem>,
    ) -> Response {
        self.context.render(ConfirmChangePage {
            action: self.here(),
            back: self.back(),
            change,
            subject: subject.map(DisplayText::of),
            problem,
        })
    }

    /// Returns the change of cookies that ends this session.
    pub(crate) fn forget(&self) -> CookieChange {
        CookieChange::Forget {
            ended: vec![(self.sso.sid.clone(), self.sso.abs_exp)],
            tokens: true,
            at_issuer: true,
        }
    }

    /// Redirects from a form that was shown to another user: to the overview, which says so, or to the page itself if it is
    /// not one of the account, or if a client waits for it.
    fn shown_to_another(&self) -> Redirect {
        if self.page.starts_with(OVERVIEW) && self.pending.is_none() {
            return self.redirect(OVERVIEW, Some(OTHER_USER));
        }
        Redirect::to(&self.context.flow.issuer().endpoint(&self.page))
    }

    /// The address to which the form of this page posts.
    pub(crate) fn here(&self) -> Link {
        self.action(route_of(&self.page))
    }

    /// The address to which a form posts, with the user to whom it is shown.
    pub(crate) fn action(&self, path: &str) -> Link {
        let user = self.user.id.to_string();
        let pending = self.pending.as_ref().map(AuthorizationRequest::parameters);
        let pending = pending.iter().flatten();
        let pending = pending.map(|(name, value)| (*name, value.as_str()));
        self.href_with(path, [(SHOWN_TO, user.as_str())].into_iter().chain(pending))
    }

    /// Returns the name of the client whose request goes on after the change.
    pub(crate) fn waiting_client(&self) -> Option<DisplayText> {
        let client = self.context.flow.client(self.pending.as_ref()?).ok()?;
        Some(DisplayText::of(client.display_name()))
    }

    /// The page without the change: the overview, or the client whose request waits for it.
    pub(crate) fn back(&self) -> Link {
        let flow = &self.context.flow;
        let client = self.pending.as_ref();
        let client = client.and_then(|request| flow.error_link(request, Cancellation::ByUser));
        client.unwrap_or_else(|| self.href(OVERVIEW))
    }

    /// The time until apps notice that every login has ended, in words.
    pub(crate) fn time_to_notice(&self) -> String {
        let flow = &self.context.flow;
        flow.time_to_notice(&self.context.caller.language)
    }

    /// A link to another page, in the language of this one.
    pub(crate) fn href(&self, path: &str) -> Link {
        self.href_with(path, [])
    }

    /// As [`AccountRequest::href`], with these parameters.
    pub(crate) fn href_with<'a>(
        &self,
        path: &str,
        query: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Link {
        let kept = self.context.caller.language.kept().into_iter();
        Link::own(self.context.flow.issuer(), path, kept.chain(query))
    }

    /// Redirects to the overview after a change, which reports it if `done` names the change. A request of a client that
    /// waits for the change goes on.
    pub(crate) fn done(&self, done: Option<&str>) -> Redirect {
        let Some(request) = &self.pending else {
            return self.redirect(OVERVIEW, done);
        };
        let PageContext { flow, caller, .. } = &self.context;
        Redirect::to(&flow.page_for(request, "/authorize", caller).to_string())
    }

    /// As [`AccountRequest::done`], after a change of the account at that provider.
    pub(super) fn done_at(&self, provider: &str, done: &str) -> Redirect {
        let link = self.href_with(OVERVIEW, [(DONE, done), (PROVIDER, provider)]);
        Redirect::to(&link.to_string())
    }

    /// Redirects to another page after a change (303), which reports it if `done` names the change.
    pub(crate) fn redirect(&self, path: &str, done: Option<&str>) -> Redirect {
        let link = self.href_with(path, done.map(|done| (DONE, done)));
        Redirect::to(&link.to_string())
    }
}

/// The path of the forms that connect a provider, before its ID.
pub(super) const CONNECT: &str = "/account/connect/";

/// The parameter of a form's address that names the user to whom the form was shown.
const SHOWN_TO: &str = "user";

/// The parameter that names the change that the overview reports.
const DONE: &str = "done";

/// The parameter that names the provider of this change by its ID.
pub(super) const PROVIDER: &str = "provider";

/// Returns the change that the overview reports. It shows only texts of its own for it.
pub(crate) fn done(query: &Query) -> Option<&str> {
    query.get(DONE)
}

/// A form of a page that needs the session at the issuer. Only pages of this service may post it. A form that was shown to
/// another user, before this one logged in, changes nothing: the page is shown again.
pub(crate) struct AccountForm {
    pub(crate) request: AccountRequest,
    pub(crate) form: Form,
}

impl FromRequest<App> for AccountForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let account = AccountRequest::from_request_parts(&mut parts, app).await?;
        let query = Query::of(&parts.uri).map_err(PageError::from)?;
        let origin = &account.context.caller.origin;
        let form = own_form(origin, Request::from_parts(parts, body), app).await?;
        let shown_to = query.get(SHOWN_TO);
        if shown_to.is_some_and(|id| id != account.user.id.to_string()) {
            return Err(account.shown_to_another().into_response());
        }
        Ok(Self {
            request: account,
            form,
        })
    }
}
