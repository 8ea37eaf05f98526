//! How a login begins and ends at the front door, whichever route it comes by.

use std::convert::Infallible;

use axum::{
    Extension,
    extract::{FromRef, FromRequestParts, Path},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use url::Url;

use super::mailing::Mailing;
use crate::{
    app::App,
    audit::Act,
    client::{AuthorizationRequest, Client, Hints, Transport},
    config::Issuer,
    http::{
        cookie::{Bind, Binding, Change},
        extract::Spoken,
        page::{Address, AskFirst, Href, Line, LogInAndLink},
        problem::Problem,
        refusal,
        site::Site,
        stopped::Stopped,
    },
    identity::Verified,
    limits::{Caller, Limited, Limits},
    network::Network,
    oauth::{Answer, Codes, FrontDoor},
    provider::{Entered, Upstream, UpstreamError, Upstreams},
    session::Sessions,
    token::MintError,
};

/// What those routes work with.
#[derive(Clone)]
pub(super) struct Landing {
    pub(super) upstreams: Upstreams,
    pub(super) limits: Limits,
    pub(super) mailing: Mailing,
    pub(super) sessions: Sessions,
    codes: Codes,
}

impl FromRef<App> for Landing {
    fn from_ref(app: &App) -> Self {
        Self {
            upstreams: app.upstreams.clone(),
            limits: app.limits.clone(),
            mailing: Mailing::from_ref(app),
            codes: app.codes.clone(),
            sessions: app.sessions.clone(),
        }
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

impl Landing {
    pub(super) fn issuer(&self) -> &Issuer {
        self.sessions.issuer()
    }

    /// Whose request it is.
    pub(super) fn client(&self, request: &AuthorizationRequest) -> Result<&Client, Problem> {
        Ok(self.sessions.clients().choose(Some(&request.client_id))?)
    }

    /// Whether there is a way to send mail.
    pub(super) fn can_mail(&self) -> bool {
        self.mailing.can_mail()
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

    /// The person goes to the provider: at once, or by a link where somebody else may have brought
    /// them here unasked.
    pub(super) async fn depart(
        &self,
        provider: &Upstream,
        (request, hints): (AuthorizationRequest, Hints),
        binding: &Binding,
        site: &Site,
        spoken: Spoken,
        now: DateTime<Utc>,
    ) -> Result<Response, Stopped> {
        let asked = request.clone();
        let departure = self
            .upstreams
            .begin(provider, asked, binding.get(), &hints, now);
        let departure = match departure.await {
            Ok(departure) => departure,
            Err(error) => return Err(self.trouble(provider, error, &request)),
        };
        let bind = Bind::to(
            &departure.binding,
            self.upstreams.binding_lifetime(),
            self.issuer(),
        );
        let onward = Href::to(&departure.url).filter(|_| self.asks_first(&request, site));
        let Some(onward) = onward else {
            return Ok((bind, Redirect::to(departure.url.as_str())).into_response());
        };
        let page = AskFirst {
            voice: spoken.voice,
            issuer: self.issuer().clone(),
            client: Line::of(&request.client_id),
            provider: Line::of(provider.name()),
            onward,
            cancel: self.href_back(&request, "access_denied", "the user canceled the login"),
        };
        Ok((bind, page).into_response())
    }

    /// Whether the person is asked before they are sent on. An app on somebody's machine cannot be
    /// told from another that takes its place (RFC 8252 §8.6), and a client with cookies cannot tell
    /// that another site has begun the login. On loopback there is nobody else.
    fn asks_first(&self, request: &AuthorizationRequest, site: &Site) -> bool {
        let client = self.sessions.clients().get(&request.client_id);
        let is_asked = client.is_some_and(|client| match client.transport {
            Transport::Bearer => client.is_native_at(&request.redirect_uri),
            Transport::Cookie => site.is_foreign(),
        });
        is_asked && !site.is_own() && !self.issuer().is_loopback()
    }

    /// Runs an attempt that has a provider asked, within the network's limit of confirmations. An attempt
    /// that fails stays charged (see [`UpstreamError::is_charged`]); others cost nothing. Logins by password
    /// have a budget of their own, so a provider that is down takes none from them.
    pub(super) async fn attempted<T>(
        &self,
        network: Network,
        attempt: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<Result<T, UpstreamError>, Problem> {
        let receipt = self.limits.charge(Limited::Confirm, Caller::at(network))?;
        let outcome = attempt.await;
        receipt.settle(!outcome.as_ref().is_err_and(UpstreamError::is_charged));
        Ok(outcome)
    }

    /// The person comes back, with whatever came of it.
    pub(super) fn arrive(
        &self,
        provider: &Upstream,
        request: &AuthorizationRequest,
        entered: Result<Entered, UpstreamError>,
        spoken: Spoken,
        now: DateTime<Utc>,
    ) -> Result<Response, Stopped> {
        match entered {
            Ok(Entered::Person(verified)) => self.log_in(request, &verified, now),
            Ok(Entered::Account(account)) => {
                let code = self.codes.of_account(request, account, now);
                self.hand_out(request, code)
            }
            Ok(Entered::AddressNeeded { token, claimed }) => Ok(Address {
                action: self.href_of(provider, "address", &spoken),
                voice: spoken.voice,
                issuer: self.issuer().clone(),
                token,
                provider: Line::of(provider.name()),
                email: claimed.map(|email| Line::of(email.as_str())),
                problem: None,
            }
            .into_response()),
            Ok(Entered::LogInAndLink) => {
                let description = "a user with this email already exists: log in with an existing method, \
                                   then link this account";
                Ok(LogInAndLink {
                    voice: spoken.voice,
                    issuer: self.issuer().clone(),
                    provider: Line::of(provider.name()),
                    back: self.href_back(request, "access_denied", description),
                }
                .into_response())
            }
            Ok(Entered::Declined(error)) => {
                let description = "the provider refused the login";
                Ok(self.turned_away(error, request, error, description))
            }
            Err(UpstreamError::Refused(refused)) => {
                let description = "the ID token or the provider's response could not be verified";
                Ok(self.turned_away(refused.as_str(), request, "access_denied", description))
            }
            Err(error) => Err(self.trouble(provider, error, request)),
        }
    }

    /// The person goes back without a login. Why is on record, and for whoever counts.
    fn turned_away(
        &self,
        reason: &'static str,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Response {
        let counted = Extension(refusal::record(Act::Login, reason));
        (counted, self.answer_error(request, error, description)).into_response()
    }

    /// The person is logged in: by cookies here and now, or by a code.
    pub(super) fn log_in(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        now: DateTime<Utc>,
    ) -> Result<Response, Stopped> {
        let client = self.client(request)?;
        if client.transport == Transport::Bearer {
            let code = self.codes.of_login(request, verified, now);
            return self.hand_out(request, code);
        }
        let scope = request.scope.as_ref();
        let session = self.sessions.sign_in(verified, client, scope, now);
        let session = refusal::minted(session, Act::Login)?;
        let change = Extension(Change::Keep(Box::new(session)));
        Ok((change, self.go_on(request, &[])).into_response())
    }

    fn hand_out(
        &self,
        request: &AuthorizationRequest,
        code: Result<Option<String>, MintError>,
    ) -> Result<Response, Stopped> {
        Ok(match code.map_err(|error| Problem::trouble(&error))? {
            Some(code) => self.go_on(request, &[("code", &code)]),
            // The client used cookies when it asked.
            None => self.answer_error(
                request,
                "server_error",
                "the client was reconfigured during the \
                                                                login",
            ),
        })
    }

    /// Back to the client with what it gets: nothing but its state where cookies hold the rest.
    fn go_on(&self, request: &AuthorizationRequest, says: &[(&str, &str)]) -> Response {
        Redirect::to(Answer::to(request, self.issuer(), says).as_str()).into_response()
    }

    /// A page that says why it does not go on, and leads back to the client.
    fn trouble(
        &self,
        provider: &Upstream,
        error: UpstreamError,
        request: &AuthorizationRequest,
    ) -> Stopped {
        let description = "the login is temporarily unavailable";
        let back = self.href_back(request, "temporarily_unavailable", description);
        Stopped::at(provider.name(), error, back)
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
    pub(super) fn href_of(&self, provider: &Upstream, name: &str, spoken: &Spoken) -> Href {
        let route = format!("/login/{}/{name}", provider.id());
        Href::own(self.issuer(), &route, spoken.kept())
    }
}
