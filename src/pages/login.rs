//! The login page, which `/authorize` shows when the request names no provider.

use axum::{
    Extension,
    extract::{FromRef, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};

use crate::{
    app::App,
    audit::Act,
    client::{AuthorizationRequest, CodeChallenge, Hints, Intent},
    http::{
        cookie::{Bind, Binding},
        extract::{ClientNetwork, Now, Query},
        mail_requests::Unsaid,
        openapi::Api,
        problem::{Problem, from_domain},
    },
    identity::EmailAddress,
    network::Network,
    pages::{
        Posted, Visit,
        error_page::{Sent, Stopped},
        login_flow::{Landing, turned_away},
        view::{Front, Href, Line, Login, LoginProblem},
    },
    password::PresentedPassword,
    provider::{Error, LoginLinkProvider, PasswordProvider},
};

/// The ways to log in that are Signet's own.
#[derive(Clone)]
pub(crate) struct Ways {
    passwords: PasswordProvider,
    links: LoginLinkProvider,
}

impl FromRef<App> for Ways {
    fn from_ref(app: &App) -> Self {
        Self {
            passwords: app.passwords.clone(),
            links: app.login_links.clone(),
        }
    }
}

pub(crate) fn describe(api: &mut Api) {
    let summary = "Show a page that explains where to log in. Links in emails lead to it.";
    api.get("/login", summary).tag("page").answers_page(&[200]);
}

/// Where to log in, for those whom no app has brought here.
pub(crate) async fn front_page(visit: Visit) -> Front {
    let can_mail = visit.landing.can_mail();
    let mailed = |path| can_mail.then(|| visit.href(path));
    Front {
        voice: visit.voice().clone(),
        issuer: visit.landing.issuer().clone(),
        forgot: mailed("/password/forgot"),
        sign_up: mailed("/signup"),
    }
}

/// What was entered, and what is wrong with it.
#[derive(Clone, Copy)]
pub(crate) struct Entered<'a> {
    pub(crate) email: Option<&'a str>,
    pub(crate) problem: Option<LoginProblem>,
}

impl<'a> Entered<'a> {
    /// What the app knows of who it may be.
    pub(crate) fn hinted(hints: &'a Hints) -> Self {
        Self {
            email: hints.login_hint.as_deref(),
            problem: None,
        }
    }
}

/// The ways by which the person can log in.
pub(crate) fn login_page(
    visit: &Visit,
    query: &Query,
    request: &AuthorizationRequest,
    entered: Entered<'_>,
) -> Login {
    let landing = &visit.landing;
    // With the hints that came along.
    let here = |further| Href::own(landing.issuer(), "/authorize", query.iter().chain(further));
    // What is to be linked is an account of somebody else.
    let is_login = request.intent == Intent::Login;
    let own = |path| is_login.then(|| visit.href(path));
    let mailed = |path| own(path).filter(|_| landing.can_mail());
    let providers = landing.providers.upstreams.iter().map(|provider| {
        let name = Line::of(provider.name());
        (name, here(Some(("provider", provider.id()))))
    });
    Login {
        voice: visit.voice().clone(),
        issuer: landing.issuer().clone(),
        client: Line::of(&request.client_id),
        action: here(None),
        by_password: is_login,
        by_mail: is_login && landing.can_mail(),
        email: entered.email.map(Line::of),
        problem: entered.problem,
        providers: providers.collect(),
        forgot: mailed("/password/forgot"),
        sign_up: mailed("/signup"),
        cancel: landing.href_back(request, "access_denied", "the user canceled the login"),
    }
}

pub(crate) async fn log_in(
    State(ways): State<Ways>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    binding: Binding,
    Sent(query): Sent<Query>,
    Posted { mut visit, form }: Posted,
) -> Result<Response, Stopped> {
    let (request, _) = match visit.landing.front_door(true).judge(|name| query.get(name)) {
        Ok(judged) => judged,
        Err(wrong) => return turned_away(wrong),
    };
    visit.request = Some(request.clone());
    if request.intent != Intent::Login {
        let description = "intent=link requires a provider";
        return Ok(visit
            .landing
            .answer_error(&request, "invalid_request", description));
    }
    let entered = form.get("email");
    let problem = |problem| {
        let entered = Entered {
            email: entered,
            problem: Some(problem),
        };
        login_page(&visit, &query, &request, entered).into_response()
    };
    let email = match EmailAddress::parse(entered.unwrap_or_default()) {
        Ok(email) => email,
        Err(invalid) => return Ok(problem(LoginProblem::Address(invalid))),
    };
    if form.get("by") == Some("link") {
        let sending = ways.mail_link(&visit, &request, email, (network, &binding), now);
        let (bind, unsaid) = sending.await?;
        return Ok((bind, unsaid, visit.mailed(entered, true)).into_response());
    }
    let Some(password) = form.get("password") else {
        return Ok(problem(LoginProblem::NoPassword));
    };
    // What can be no password is a wrong one.
    let Ok(password) = PresentedPassword::parse(password) else {
        return Ok(problem(LoginProblem::Wrong));
    };
    match ways.passwords.verify(&email, password, network, now).await {
        Ok(verified) => visit.landing.log_in(&request, &verified, now),
        Err(Error::Refused(refused)) => {
            let counted = Extension(from_domain::record(Act::Login, refused.as_str()));
            Ok((counted, problem(LoginProblem::Wrong)).into_response())
        }
        Err(error) => Err(Problem::from(error).into()),
    }
}

impl Ways {
    /// Mails a link that logs in, in this browser alone.
    async fn mail_link(
        &self,
        visit: &Visit,
        request: &AuthorizationRequest,
        email: EmailAddress,
        (network, binding): (Network, &Binding),
        now: DateTime<Utc>,
    ) -> Result<(Bind, Unsaid), Stopped> {
        let Landing {
            providers, mailing, ..
        } = &visit.landing;
        let secret = providers.upstreams.binding(binding.get());
        let secret = secret.map_err(|error| Problem::trouble(&error))?;
        let challenge = CodeChallenge::to(&secret);
        let client_id = Some(&*request.client_id);
        let asked = mailing.asked(client_id, visit.voice(), Some(request))?;
        let sending = self
            .links
            .request(email.clone(), challenge, None, asked, now);
        let unsaid = mailing.send(network, &email, sending).await?;
        let issuer = visit.landing.issuer();
        let bind = Bind::to(&secret, providers.upstreams.binding_lifetime(), issuer);
        Ok((bind, unsaid))
    }
}
