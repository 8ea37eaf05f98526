//! Extractors: the services of the app, and the validated parts of a request.

mod admin;
mod authenticated;
mod body;
mod caller;
mod form;
mod language;
pub(crate) mod media_type;
mod password;
mod path_id;
mod posted_token;
mod provider_id;
pub(crate) mod request_origin;

use std::{convert::Infallible, fmt::Display, net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts, Request},
    http::{HeaderValue, request::Parts},
};
use chrono::{DateTime, Utc};

pub(crate) use self::{
    admin::{AdminOnly, AdminSession},
    authenticated::{
        Authenticated, PresentedAccess, access_token_if_any, missing_token, session_of,
    },
    body::JsonBody,
    caller::{AuthenticatedCaller, Caller},
    form::{Form, Query},
    language::Language,
    password::Password,
    path_id::{AccountIdPath, PasskeyIdPath, UserIdPath},
    posted_token::PostedToken,
    provider_id::ProviderId,
};
use crate::{
    admin::AdminService,
    app::{App, Readiness},
    clock::Clock,
    config::Config,
    http::problem::Problem,
    limits::Limits,
    locale::Translations,
    metrics::Exposition,
    network::{Network, TrustedProxies},
    oauth::{BrowserLogout, Codes},
    profile::ProfileService,
    provider::{LoginLinkProvider, PasswordProvider, SignUpProvider},
    session::Sessions,
    store::Store,
    telemetry::RecentAuditEvents,
    token::Tokens,
};

macro_rules! handles {
    ($($field:ident: $handle:ty),* $(,)?) => {$(
        impl FromRef<App> for $handle {
            fn from_ref(app: &App) -> Self {
                app.$field.clone()
            }
        }
    )*};
}

handles! {
    administration: AdminService,
    browser_logout: BrowserLogout,
    clock: Clock,
    codes: Codes,
    config: Arc<Config>,
    exposition: Exposition,
    limits: Limits,
    login_links: LoginLinkProvider,
    passwords: PasswordProvider,
    readiness: Readiness,
    recent_events: RecentAuditEvents,
    profiles: ProfileService,
    sessions: Sessions,
    sign_ups: SignUpProvider,
    store: Store,
    tokens: Tokens,
    translations: Translations,
}

/// The second in which the request is served.
pub(crate) struct Now(pub(crate) DateTime<Utc>);

impl<S: Sync> FromRequestParts<S> for Now
where
    Clock: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(Clock::from_ref(state).now()))
    }
}

/// The network that the request comes from, as the log names it.
#[derive(Clone, Copy)]
pub(crate) struct ClientNetwork(pub(crate) Network);

impl ClientNetwork {
    /// Returns the network of the peer, or of the client that a trusted proxy names. Called once per request.
    pub(crate) fn of(request: &Request, proxies: &TrustedProxies) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self(peer.map_or(Network::UNKNOWN, |ConnectInfo(peer)| {
            // Without trusted proxies the forwarding header is not read.
            if proxies.trusted.is_empty() {
                return Network::of(peer.ip());
            }
            let lines = request.headers().get_all(proxies.header.as_str()).iter();
            proxies.client(peer.ip(), lines.map(HeaderValue::as_bytes))
        }))
    }
}

impl<S: Sync> FromRequestParts<S> for ClientNetwork {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let found = parts.extensions.get::<Self>().copied();
        Ok(found.unwrap_or(Self(Network::UNKNOWN)))
    }
}

/// Parses an optional field.
///
/// # Errors
/// `invalid_field`: the value is invalid.
pub(crate) fn optional_field<T, E: Display>(
    name: &str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    field(name, text.map(parse).transpose())
}

/// Returns the parsed value of a field.
///
/// # Errors
/// `invalid_field`: the value is invalid.
pub(crate) fn field<T, E: Display>(name: &str, parsed: Result<T, E>) -> Result<T, Problem> {
    parsed.map_err(|error| Problem::field(name, error.to_string()))
}
