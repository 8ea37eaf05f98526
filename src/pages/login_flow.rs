//! Starts and finishes logins at the authorization endpoint, for every route that leads to it.

use axum::{
    Extension,
    extract::FromRef,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use url::Url;

use crate::{
    app::App,
    audit::Act,
    client::{AuthorizationRequest, Client, Hints, Transport},
    config::Issuer,
    http::{
        cookie::{Bind, Binding, Change},
        extract::{Spoken, request_origin::Site},
        mail_requests::Mailing,
        problem::{Problem, from_domain},
        provider_requests::ProviderRequests,
    },
    identity::Verified,
    oauth::{Answer, Codes, FrontDoor, Wrong},
    pages::{
        error_page::Stopped,
        view::{Address, AskFirst, Href, Line, LogInAndLink},
    },
    provider::{Entered, Upstream, UpstreamError},
    session::Sessions,
    token::MintError,
};

/// What those routes work with.
#[derive(Clone)]
pub(crate) struct Landing {
    pub(crate) providers: ProviderRequests,
    pub(crate) mailing: Mailing,
    pub(crate) sessions: Sessions,
    codes: Codes,
}

impl FromRef<App> for Landing {
    fn from_ref(app: &App) -> Self {
        Self {
            providers: ProviderRequests::from_ref(app),
            mailing: Mailing::from_ref(app),
            codes: app.codes.clone(),
            sessions: app.sessions.clone(),
        }
    }
}

impl Landing {
    pub(crate) fn issuer(&self) -> &Issuer {
        self.sessions.issuer()
    }

    /// Whose request it is.
    pub(crate) fn client(&self, request: &AuthorizationRequest) -> Result<&Client, Problem> {
        Ok(self.sessions.clients().choose(Some(&request.client_id))?)
    }

    /// Whether there is a way to send mail.
    pub(crate) fn can_mail(&self) -> bool {
        self.mailing.can_mail()
    }

    pub(crate) fn front_door(&self, needs_response_type: bool) -> FrontDoor<'_> {
        FrontDoor {
            clients: self.sessions.clients(),
            issuer: self.issuer(),
            needs_response_type,
        }
    }

    /// An error that tells the client why it gets nothing. The description is ours.
    pub(crate) fn error(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Answer {
        Answer::error(request, self.issuer(), error, description)
    }

    /// The person goes back with it.
    pub(crate) fn answer_error(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Response {
        Redirect::to(self.error(request, error, description).as_str()).into_response()
    }

    /// The person goes to the provider: at once, or by a link where somebody else may have brought
    /// them here unasked.
    pub(crate) async fn depart(
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
            .providers
            .upstreams
            .begin(provider, asked, binding.get(), &hints, now);
        let departure = match departure.await {
            Ok(departure) => departure,
            Err(error) => return Err(self.trouble(provider, error, &request)),
        };
        let bind = Bind::to(
            &departure.binding,
            self.providers.upstreams.binding_lifetime(),
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

    /// The person comes back, with whatever came of it.
    pub(crate) fn arrive(
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
        let counted = Extension(from_domain::record(Act::Login, reason));
        (counted, self.answer_error(request, error, description)).into_response()
    }

    /// The person is logged in: by cookies here and now, or by a code.
    pub(crate) fn log_in(
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
        let session = from_domain::minted(session, Act::Login)?;
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
    pub(crate) fn href_back(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Option<Href> {
        let url = Url::parse(self.error(request, error, description).as_str()).ok()?;
        Href::to(&url)
    }

    /// A page of a login at that provider.
    pub(crate) fn href_of(&self, provider: &Upstream, name: &str, spoken: &Spoken) -> Href {
        let route = format!("/login/{}/{name}", provider.id());
        Href::own(self.issuer(), &route, spoken.kept())
    }
}

/// Answers a request that the authorization endpoint refuses: by a redirect to the client if its
/// `redirect_uri` is known, and by an error page otherwise (RFC 6749 §4.1.2.1).
pub(crate) fn turned_away(wrong: Wrong) -> Result<Response, Stopped> {
    match wrong {
        Wrong::Answer(answer) => Ok(Redirect::to(answer.as_str()).into_response()),
        Wrong::Unanswerable(unanswerable) => Err(Problem::from(unanswerable).into()),
    }
}
