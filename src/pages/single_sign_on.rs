//! Logins at the authorization endpoint by the session at the issuer (OpenID Connect Core §3.1.2.3).

use axum::response::Response;

use crate::{
    client::{Intent, Prompt, ValidatedRequest},
    http::{extract::Query, problem::Problem},
    oauth::{ResumedSession, SsoDecision},
    pages::{
        PageContext,
        cancellation::Cancellation,
        error_page::PageError,
        login_page::{LoginFormInput, login_page},
        sign_up::sign_up_page,
        view::{ChooseAccountPage, DisplayText, Link},
    },
    token::SsoSession,
};

/// The `prompt` of the link to another account. `select_account` makes a provider offer its accounts as well.
const ANOTHER_ACCOUNT: &str = "login select_account";

/// An authorization request for which no provider was chosen.
#[derive(Clone, Copy)]
pub(crate) struct AuthenticationRequest<'a> {
    pub(crate) context: &'a PageContext,
    pub(crate) query: &'a Query,
    pub(crate) validated: &'a ValidatedRequest,
}

impl AuthenticationRequest<'_> {
    /// Answers the request: by a redirect to the client if the session at the issuer suffices, or else by a page.
    pub(crate) async fn answer(self) -> Result<Response, PageError> {
        let context = self.context;
        let ValidatedRequest { request, hints } = self.validated;
        if request.intent == Intent::Link {
            let page = |it: Self| it.log_in(hints.login_hint.as_deref());
            let description = "the user has to choose a provider";
            return Ok(self.or_error("interaction_required", description, page));
        }
        if hints.prompts.contains(Prompt::Create) && context.flow.can_mail() {
            return Ok(sign_up_page(context));
        }
        let resumed = match self.decide().await? {
            SsoDecision::Session(resumed) => resumed,
            SsoDecision::OtherUser => return Ok(self.other_user()),
            SsoDecision::LogIn(session) => return self.needs_login(session.as_deref()).await,
        };
        let origin = &context.caller.origin;
        let needs_confirmation = context.flow.may_be_foreign(request, origin);
        if needs_confirmation || hints.prompts.contains(Prompt::SelectAccount) {
            let description = "the user has to confirm the login";
            let page = |it: Self| it.choose(&resumed, needs_confirmation);
            return Ok(self.or_error("interaction_required", description, page));
        }
        self.continue_with(&resumed)
    }

    /// Answers the form of the page that shows the account. `sid` is that of the shown session.
    pub(crate) async fn confirm(self, sid: Option<&str>) -> Result<Response, PageError> {
        if self.validated.request.intent == Intent::Link {
            return self.needs_login(None).await;
        }
        match self.decide().await? {
            SsoDecision::Session(resumed) if sid == Some(&resumed.session.sid) => {
                self.continue_with(&resumed)
            }
            SsoDecision::Session(resumed) => {
                let flow = &self.context.flow;
                let origin = &self.context.caller.origin;
                let is_foreign = flow.may_be_foreign(&self.validated.request, origin);
                Ok(self.choose(&resumed, is_foreign))
            }
            SsoDecision::OtherUser => Ok(self.other_user()),
            SsoDecision::LogIn(session) => self.needs_login(session.as_deref()).await,
        }
    }

    /// Decides by the session of the browser.
    async fn decide(self) -> Result<SsoDecision, PageError> {
        let PageContext { flow, caller, .. } = self.context;
        let session = self.context.sso_session().await.map_err(Problem::from)?;
        let client = flow.client(&self.validated.request)?;
        let sso = &flow.single_sign_on;
        let decision = sso.decide(session, self.validated, client, caller.now);
        Ok(decision.await.map_err(Problem::from)?)
    }

    /// Shows the login page, if a page may be shown. The email is the one that the client suggests, or that of a session
    /// that does not suffice. An ID token hint alone shows no email: it may have leaked, and its client may not have
    /// the scope `email`.
    async fn needs_login(self, session: Option<&SsoSession>) -> Result<Response, PageError> {
        let ValidatedRequest { request, hints } = self.validated;
        if hints.prompts.is_silent() {
            return Ok(self.refuse("login_required", "the user has to log in"));
        }
        let sso = &self.context.flow.single_sign_on;
        let session = session.filter(|session| request.may_log_in(&session.sub.to_string()));
        let known = match (&hints.login_hint, session) {
            (Some(login_hint), _) => Some(login_hint.clone()),
            // The user may want to use another account.
            (None, Some(session)) if !hints.prompts.contains(Prompt::SelectAccount) => {
                let resumed = sso.resume(session.clone()).await;
                let resumed = resumed.map_err(Problem::from)?;
                resumed.map(|resumed| resumed.verified.user().email.to_string())
            }
            _ => None,
        };
        Ok(self.log_in(known.as_deref()))
    }

    /// Sends an error to the client if no page may be shown, and else shows the page.
    fn or_error(
        self,
        error: &str,
        description: &str,
        page: impl FnOnce(Self) -> Response,
    ) -> Response {
        if self.validated.hints.prompts.is_silent() {
            self.refuse(error, description)
        } else {
            page(self)
        }
    }

    fn refuse(self, error: &str, description: &str) -> Response {
        let flow = &self.context.flow;
        let language = &self.context.caller.language;
        flow.answer_error(&self.validated.request, (error, description), language)
    }

    /// The error of a request for another user than that of the session (§3.1.2.1).
    fn other_user(self) -> Response {
        let description = "another user than that of the id_token_hint is logged in";
        self.refuse("login_required", description)
    }

    fn log_in(self, email: Option<&str>) -> Response {
        let entered = LoginFormInput {
            email,
            ..LoginFormInput::EMPTY
        };
        login_page(self.context, self.query, &self.validated.request, entered)
    }

    fn continue_with(self, resumed: &ResumedSession) -> Result<Response, PageError> {
        let ResumedSession { verified, session } = resumed;
        let PageContext { flow, caller, .. } = self.context;
        flow.finish(&self.validated.request, verified, session, caller)
    }

    fn choose(self, resumed: &ResumedSession, needs_confirmation: bool) -> Response {
        let flow = &self.context.flow;
        let at_login = self.query.iter().filter(|(name, _)| *name != "prompt");
        let at_login = at_login.chain([("prompt", ANOTHER_ACCOUNT)]);
        let user = resumed.verified.user();
        let email = DisplayText::of(user.email.as_str());
        let name = user
            .name
            .as_ref()
            .map(|name| DisplayText::of(name.as_str()));
        self.context.render(ChooseAccountPage {
            client: flow.client_view(&self.validated.request),
            action: Link::own(flow.issuer(), "/authorize", self.query.iter()),
            sid: resumed.session.sid.clone(),
            email: name.is_some().then(|| email.clone()),
            name: name.unwrap_or(email),
            needs_confirmation,
            other: Link::own(flow.issuer(), "/authorize", at_login),
            cancel: flow.error_link(&self.validated.request, Cancellation::ByUser),
        })
    }
}
