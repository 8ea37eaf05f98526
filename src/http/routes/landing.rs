//! How a login by a provider begins and ends, whichever route it comes by.

use std::convert::Infallible;

use axum::{
    Extension,
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use url::Url;

use crate::{
    app::App,
    audit::Act,
    client::{AuthorizationRequest, Hints, Intent, Transport},
    config::Issuer,
    http::{
        cookie::{Bind, Binding, Change},
        observe::RequestId,
        page::{Address, Href, Line, LogInAndLink, Told, Trouble},
        problem::Problem,
        refusal,
    },
    oauth::{Answer, Codes, FrontDoor},
    provider::{Entered, Upstream, UpstreamError, UpstreamRefused, Upstreams},
    session::Sessions,
};

/// What those routes work with.
#[derive(Clone)]
pub(super) struct Landing {
    pub(super) upstreams: Upstreams,
    codes: Codes,
    sessions: Sessions,
    request_id: Option<Line>,
}

impl FromRequestParts<App> for Landing {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let request_id = parts.extensions.get::<RequestId>();
        Ok(Self {
            upstreams: app.upstreams.clone(),
            codes: app.codes.clone(),
            sessions: app.sessions.clone(),
            request_id: request_id.map(|id| Line::of(id.as_str())),
        })
    }
}

/// The provider that the path names. What is no text at all names none.
pub(super) struct At(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for At {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map(|Path(id)| id).unwrap_or_default()))
    }
}

/// Why a person does not get on.
pub(super) struct Stopped(Box<Reason>);

struct Reason {
    problem: Problem,
    told: Option<Told>,
    provider: Option<Line>,
    back: Option<Href>,
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self(Box::new(Reason {
            problem,
            told: None,
            provider: None,
            back: None,
        }))
    }
}

impl Stopped {
    /// A login that does not go on.
    pub(super) fn of_login(error: UpstreamError) -> Self {
        let told = match &error {
            UpstreamError::Refused(UpstreamRefused::OtherBrowser) => Some(Told::OtherBrowser),
            UpstreamError::Refused(_) => Some(Told::Over),
            _ => None,
        };
        let mut stopped = Self::from(refusal::not_resumed(error));
        stopped.0.told = told;
        stopped
    }
}

impl Landing {
    /// What the person sees: where it goes on, or a page that says why it does not.
    pub(super) fn shown(&self, outcome: Result<Response, Stopped>) -> Response {
        outcome.unwrap_or_else(|Stopped(reason)| {
            let mut page = Trouble::of(self.issuer(), reason.problem);
            page.told = reason.told.unwrap_or(page.told);
            page.provider = reason.provider;
            page.back = reason.back;
            page.request_id.clone_from(&self.request_id);
            page.into_response()
        })
    }

    pub(super) fn issuer(&self) -> &Issuer {
        self.sessions.issuer()
    }

    /// The provider of that name.
    pub(super) fn provider(&self, id: &str) -> Result<&Upstream, Problem> {
        self.upstreams.get(id).ok_or_else(refusal::unknown_provider)
    }

    pub(super) fn front_door(&self, needs_response_type: bool) -> FrontDoor<'_> {
        FrontDoor {
            clients: self.sessions.clients(),
            issuer: self.issuer(),
            needs_response_type,
        }
    }

    /// An error that tells the client why it gets nothing. The description is ours.
    pub(super) fn error(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Answer {
        Answer::error(request, self.issuer(), error, description)
    }

    /// The person goes back with it.
    pub(super) fn answer_error(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Response {
        Redirect::to(self.error(request, error, description).as_str()).into_response()
    }

    /// The person goes to the provider.
    pub(super) async fn depart(
        &self,
        provider: &Upstream,
        request: AuthorizationRequest,
        binding: &Binding,
        hints: &Hints,
        now: DateTime<Utc>,
    ) -> Result<Response, Stopped> {
        let asked = request.clone();
        let departure = self
            .upstreams
            .begin(provider, asked, binding.get(), hints, now);
        let departure = match departure.await {
            Ok(departure) => departure,
            Err(error) => return Err(self.trouble(provider, error, &request)),
        };
        let bind = Bind::to(&departure.binding, departure.lifetime, self.issuer());
        Ok((bind, Redirect::to(departure.url.as_str())).into_response())
    }

    /// The person comes back, with whatever came of it.
    pub(super) fn arrive(
        &self,
        provider: &Upstream,
        request: &AuthorizationRequest,
        entered: Result<Entered, UpstreamError>,
        now: DateTime<Utc>,
    ) -> Result<Response, Stopped> {
        match entered {
            Ok(Entered::Person(verified)) => {
                let client = self.sessions.clients().choose(Some(&request.client_id));
                let client = client.map_err(Problem::from)?;
                if request.intent == Intent::Login && client.transport == Transport::Cookie {
                    let scope = request.scope.as_ref();
                    let session = self.sessions.sign_in(&verified, client, scope, now);
                    let session = refusal::minted(session, Act::Login)?;
                    let change = Extension(Change::Keep(Box::new(session)));
                    return Ok((change, self.go_on(request, None)).into_response());
                }
                let code = self.codes.of_login(request, &verified, now);
                let code = code.map_err(|error| Problem::trouble(&error))?;
                Ok(self.go_on(request, code.as_deref()))
            }
            Ok(Entered::Account(account)) => {
                let code = self.codes.of_account(request, account, now);
                let code = code.map_err(|error| Problem::trouble(&error))?;
                Ok(self.go_on(request, code.as_deref()))
            }
            Ok(Entered::AddressNeeded { token, claimed }) => Ok(Address {
                issuer: self.issuer().clone(),
                action: self.href_of(provider, "address"),
                token,
                provider: Line::of(provider.name()),
                claimed: claimed.map(|email| Line::of(email.as_str())),
                problem: None,
            }
            .into_response()),
            Ok(Entered::LogInAndLink) => {
                let description = "the address has a user already: log in as usual, and link";
                Ok(LogInAndLink {
                    issuer: self.issuer().clone(),
                    provider: Line::of(provider.name()),
                    back: self.href_back(request, "access_denied", description),
                }
                .into_response())
            }
            Err(UpstreamError::Declined(error)) => {
                let description = "the provider did not let the person in";
                Ok(self.answer_error(request, error, description))
            }
            Err(UpstreamError::Refused(refused)) => {
                // On record; the client is told no cause.
                let _ = refusal::of_provider(refused);
                let description = "the login could not be verified";
                Ok(self.answer_error(request, "access_denied", description))
            }
            Err(error) => Err(self.trouble(provider, error, request)),
        }
    }

    /// Back to the client with what it gets: nothing but its state where cookies hold the rest.
    fn go_on(&self, request: &AuthorizationRequest, code: Option<&str>) -> Response {
        let says: Vec<_> = code.map(|code| ("code", code)).into_iter().collect();
        Redirect::to(Answer::to(request, self.issuer(), &says).as_str()).into_response()
    }

    /// A page that says why it does not go on, and leads back to the client.
    fn trouble(
        &self,
        provider: &Upstream,
        error: UpstreamError,
        request: &AuthorizationRequest,
    ) -> Stopped {
        let is_theirs = matches!(error, UpstreamError::Trouble(_));
        let description = "the login cannot go on at the moment";
        Stopped(Box::new(Reason {
            problem: error.into(),
            told: is_theirs.then_some(Told::Away),
            provider: Some(Line::of(provider.name())),
            back: self.href_back(request, "temporarily_unavailable", description),
        }))
    }

    /// A link back to the client, with an error.
    pub(super) fn href_back(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Option<Href> {
        let url = Url::parse(self.error(request, error, description).as_str()).ok()?;
        Href::to(&url)
    }

    /// A page of a login at that provider.
    pub(super) fn href_of(&self, provider: &Upstream, name: &str) -> Href {
        Href::own(
            self.issuer(),
            &format!("/login/{}/{name}", provider.id()),
            [],
        )
    }
}
