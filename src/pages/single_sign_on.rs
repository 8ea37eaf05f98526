//! Logins at the authorization endpoint by the session at the issuer (OpenID Connect Core §3.1.2.3).

use axum::response::Response;

use crate::{
    client::{Acr, AuthorizationRequest, Intent, LoginHints, Prompt},
    http::{extract::Query, problem::Problem},
    internal::InternalError,
    oauth::ResumedSession,
    pages::{
        PageContext,
        cancellation::Cancellation,
        error_page::PageError,
        login_page::{LoginFormInput, login_page},
        sign_up::sign_up_page,
        view::{ChooseAccountPage, DisplayText, Link},
    },
};

/// An authorization request for which no provider was chosen.
#[derive(Clone, Copy)]
pub(crate) struct AuthenticationRequest<'a> {
    pub(crate) context: &'a PageContext,
    pub(crate) query: &'a Query,
    pub(crate) request: &'a AuthorizationRequest,
    pub(crate) hints: &'a LoginHints,
}

/// The session at the issuer that a request may use.
enum Found {
    /// The user has to log in.
    Nothing,
    /// The session belongs to another user than the ID token hint.
    OtherUser,
    /// The session is valid.
    Session(Box<ResumedSession>),
}

impl AuthenticationRequest<'_> {
    /// Answers the request: by a redirect to the client if the session at the issuer suffices, or else by a page.
    pub(crate) async fn answer(self) -> Result<Response, PageError> {
        let Self {
            context, request, ..
        } = self;
        let prompts = &self.hints.prompts;
        if request.intent == Intent::Link {
            return Ok(self.or_error(
                "interaction_required",
                "the user has to choose a provider",
                Self::log_in,
            ));
        }
        if prompts.contains(Prompt::Create) && context.flow.can_mail() {
            return Ok(sign_up_page(context));
        }
        let resumed = match self.find().await.map_err(Problem::from)? {
            Found::Session(resumed) => resumed,
            Found::OtherUser => return Ok(self.other_user()),
            Found::Nothing => {
                let description = "the user has to log in";
                return Ok(self.or_error("login_required", description, Self::log_in));
            }
        };
        let origin = &context.caller.origin;
        let needs_confirmation = context.flow.needs_confirmation(request, origin);
        if needs_confirmation || prompts.contains(Prompt::SelectAccount) {
            let description = "the user has to confirm the login";
            let page = |it: Self| it.choose(&resumed, needs_confirmation);
            return Ok(self.or_error("interaction_required", description, page));
        }
        self.continue_with(&resumed)
    }

    /// Answers the form of the page that shows the account. `sid` is that of the shown session.
    pub(crate) async fn confirm(self, sid: Option<&str>) -> Result<Response, PageError> {
        let log_in =
            |it: Self| it.or_error("login_required", "the user has to log in", Self::log_in);
        if self.request.intent == Intent::Link {
            return Ok(log_in(self));
        }
        match self.find().await.map_err(Problem::from)? {
            Found::Session(resumed) if sid == Some(&resumed.session.sid) => {
                self.continue_with(&resumed)
            }
            Found::Session(resumed) => Ok(self.choose(&resumed, false)),
            Found::OtherUser => Ok(self.other_user()),
            Found::Nothing => Ok(log_in(self)),
        }
    }

    /// Finds the session of the browser, with one read of the user if the session may be used: it satisfies
    /// `prompt=login`, `max_age`, `acr_values` and the ID token hint.
    async fn find(self) -> Result<Found, InternalError> {
        let Self {
            context, request, ..
        } = self;
        if request.needs_login {
            return Ok(Found::Nothing);
        }
        let (sso, now) = (&context.flow.single_sign_on, context.caller.now);
        let Some(session) = context.sso_session().await? else {
            return Ok(Found::Nothing);
        };
        let is_recent = session.is_within(self.hints.max_age, now);
        let is_strong = request.acr.is_none_or(|acr| Acr::of(&session.amr) >= acr);
        if !is_recent || !is_strong {
            return Ok(Found::Nothing);
        }
        let user = session.sub.to_string();
        if request.hinted.as_ref().is_some_and(|it| *it != user) {
            return Ok(Found::OtherUser);
        }
        let resumed = sso.resume(session).await?;
        Ok(resumed.map_or(Found::Nothing, |it| Found::Session(Box::new(it))))
    }

    /// Sends an error to the client if no page may be shown, and else shows the page.
    fn or_error(
        self,
        error: &str,
        description: &str,
        page: impl FnOnce(Self) -> Response,
    ) -> Response {
        if self.hints.prompts.is_silent() {
            self.refuse(error, description)
        } else {
            page(self)
        }
    }

    fn refuse(self, error: &str, description: &str) -> Response {
        let flow = &self.context.flow;
        let language = &self.context.caller.language;
        flow.answer_error(self.request, (error, description), language)
    }

    /// The error of a login of another user than the one of the ID token hint (§3.1.2.1).
    fn other_user(self) -> Response {
        let description = "another user than that of the id_token_hint is logged in";
        self.refuse("login_required", description)
    }

    fn log_in(self) -> Response {
        let entered = LoginFormInput::hinted(self.hints);
        login_page(self.context, self.query, self.request, entered)
    }

    fn continue_with(self, resumed: &ResumedSession) -> Result<Response, PageError> {
        let ResumedSession { verified, session } = resumed;
        let PageContext { flow, caller, .. } = self.context;
        flow.finish(self.request, verified, Some(session), caller)
    }

    fn choose(self, resumed: &ResumedSession, needs_confirmation: bool) -> Response {
        let flow = &self.context.flow;
        let at_login = self.query.iter().filter(|(name, _)| *name != "prompt");
        let at_login = at_login.chain([("prompt", Prompt::Login.as_str())]);
        let user = resumed.verified.user();
        let email = DisplayText::of(user.email.as_str());
        let name = user
            .name
            .as_ref()
            .map(|name| DisplayText::of(name.as_str()));
        self.context.render(ChooseAccountPage {
            client: flow.client_view(self.request),
            action: Link::own(flow.issuer(), "/authorize", self.query.iter()),
            sid: resumed.session.sid.clone(),
            email: name.is_some().then(|| email.clone()),
            name: name.unwrap_or(email),
            needs_confirmation,
            other: Link::own(flow.issuer(), "/authorize", at_login),
            cancel: flow.error_link(self.request, Cancellation::ByUser),
        })
    }
}
