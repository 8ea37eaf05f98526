//! OAuth clients (RFC 6749 §2): the apps that tokens are minted for. Clients come from the
//! configuration and are never stored in the database.

mod acr;
mod algorithm;
mod authentication;
#[cfg(feature = "service")]
mod authorization_request;
mod claims;
mod clients;
mod dpop;
mod grant_type;
mod id_token;
mod origin;
#[cfg(feature = "service")]
mod pkce;
#[cfg(feature = "service")]
mod prompt;
mod redirect_uri;
#[cfg(feature = "service")]
mod response_mode;
mod scope;
mod typ;

use chrono::TimeDelta;
use url::Url;

#[cfg(feature = "service")]
use crate::branding::ClientBranding;

pub use self::{
    acr::Acr,
    algorithm::Algorithm,
    authentication::{
        ClientAuthMethod, ClientAuthentication, ClientKeys, InvalidSecretHash, SecretHash,
    },
    claims::{ClaimTemplate, ExtraClaims, UserColumn},
    clients::{ClientLookupError, Clients},
    dpop::{ClientDpop, DpopBinding, DpopMode, InvalidThumbprint, KeyConfirmation, KeyThumbprint},
    grant_type::GrantType,
    id_token::{IdTokenConfig, IdTokenContent},
    origin::{InvalidOrigin, Origin},
    redirect_uri::{InvalidRedirectUri, RedirectUri},
    scope::{InvalidScope, Scope},
    typ::Typ,
};
#[cfg(feature = "service")]
pub use self::{
    authorization_request::{
        AuthorizationRequest, Intent, LoginHints, MaxAuthAge, ValidatedRequest,
    },
    pkce::{CODE_CHALLENGE_METHOD, CodeChallenge, InvalidCodeChallenge},
    prompt::{InvalidPrompt, Prompt, Prompts},
    response_mode::ResponseMode,
};

/// The scope of an authentication request (OpenID Connect Core §3.1.2.1).
pub const OPENID: &str = "openid";

/// The transport of a client's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTransport {
    /// Response bodies and the `Authorization` header: the client stores the tokens.
    Bearer,
    /// `HttpOnly` cookies: the browser stores the tokens, and no script can read them.
    Cookie,
}

impl TokenTransport {
    /// All transports.
    pub const ALL: &[Self] = &[Self::Bearer, Self::Cookie];

    /// Returns the name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Cookie => "cookie",
        }
    }
}

/// An OAuth client: a public one, such as a single-page app or a mobile app, or a confidential one, which
/// authenticates (RFC 6749 §2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The client identifier in requests and tokens.
    pub client_id: String,
    /// The authentication of the client at the token endpoint.
    pub authentication: ClientAuthentication,
    /// Set if an authorization request needs a PKCE challenge (RFC 7636). Always for public clients.
    pub requires_pkce: bool,
    /// The grants that the client may use at the token endpoint.
    pub grants: Vec<GrantType>,
    /// The default `aud` of access tokens: the services that the app calls.
    pub audience: String,
    /// The other audiences that a request can choose by `resource` (RFC 8707).
    pub other_audiences: Vec<String>,
    /// The scopes that are granted by default, and at most.
    pub scopes: Scope,
    /// The transport of tokens.
    pub transport: TokenTransport,
    /// The origins of web pages that may send requests for the client.
    pub origins: Vec<Origin>,
    /// The redirect URIs to which users return after a login at the authorization endpoint or a
    /// provider (RFC 6749 §3.1.2).
    pub redirect_uris: Vec<RedirectUri>,
    /// The redirect URI of this service itself, for logins at other applications (forward-auth). Requests have to name
    /// it: it is never the default.
    pub login_return: Option<RedirectUri>,
    /// The URIs to which users may be sent after a logout (OpenID Connect RP-Initiated Logout §3.1).
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// The endpoint that is notified of logouts (OpenID Connect Back-Channel Logout §2.2).
    pub backchannel_logout_uri: Option<Url>,
    /// The roles of the client's own access tokens (RFC 6749 §4.4).
    pub roles: Vec<String>,
    /// The audiences for which the client may exchange an access token (RFC 8693).
    pub may_exchange_to: Vec<String>,
    /// The settings for `DPoP`.
    pub dpop: ClientDpop,
    /// The least strength of a login. A refresh does not check it.
    pub min_acr: Acr,
    /// The properties of its ID tokens.
    pub id_token: IdTokenConfig,
    /// The name, the logo and the home page that users see.
    #[cfg(feature = "service")]
    pub branding: ClientBranding,
    /// The base URL of the app's pages, to which links in emails lead.
    pub app_url: Option<Url>,
    /// The algorithm that signs access tokens.
    pub algorithm: Algorithm,
    /// The `typ` of access tokens.
    pub typ: Typ,
    /// The extra claims of access tokens.
    pub claims: ExtraClaims,
    /// The lifetime of an access token.
    pub access_lifetime: TimeDelta,
    /// The idle timeout of a refresh token.
    pub refresh_idle: TimeDelta,
    /// The maximum lifetime of a session, however often it is refreshed.
    pub refresh_absolute: TimeDelta,
}

impl Client {
    /// Returns whether users may be redirected to this URI with the outcome of a login.
    pub fn may_redirect_to(&self, redirect_uri: &str) -> bool {
        self.registered(redirect_uri).is_some()
    }

    /// Returns whether this URI belongs to an app on the user's own machine.
    pub fn is_native_at(&self, redirect_uri: &str) -> bool {
        let registered = self.registered(redirect_uri);
        registered.is_some_and(RedirectUri::is_native)
    }

    /// Returns whether the client is an OpenID Connect client: it may be granted the scope `openid`.
    pub fn is_openid(&self) -> bool {
        self.scopes.contains(OPENID)
    }

    /// Returns whether an access token for that audience is one of the client's.
    pub fn has_audience(&self, audience: &str) -> bool {
        self.audience == audience || self.other_audiences.iter().any(|other| other == audience)
    }

    /// Returns the audience of an access token (RFC 8707 §2): that of the authorization request, which a token
    /// request may only repeat, or else the requested one, or else the default. `None` if the client does not have
    /// that audience.
    pub fn select_audience<'a>(
        &'a self,
        of_login: Option<&'a str>,
        requested: Option<&'a str>,
    ) -> Option<&'a str> {
        let audience = of_login.or(requested).unwrap_or(&self.audience);
        let is_granted = requested.is_none_or(|requested| requested == audience);
        (is_granted && self.has_audience(audience)).then_some(audience)
    }

    /// Returns whether the service sends requests to an endpoint of the client.
    pub fn receives_requests(&self) -> bool {
        let keys = self.authentication.keys.as_ref();
        keys.is_some_and(|keys| matches!(keys, ClientKeys::Uri(_)))
            || self.backchannel_logout_uri.is_some()
    }

    /// Returns whether refresh tokens of the client are bound to the key of a proof. Those of a confidential client
    /// are bound to its credentials (RFC 9449 §5).
    pub fn binds_refresh_tokens(&self) -> bool {
        self.dpop.mode != DpopMode::Off && !self.authentication.is_confidential()
    }

    /// Returns whether access tokens of the client are bound to the key of a proof.
    pub fn binds_access_tokens(&self) -> bool {
        self.dpop.mode != DpopMode::Off && self.dpop.binds == DpopBinding::Both
    }

    /// Returns whether the client may use that grant at the token endpoint.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }

    /// Returns the name that users know, or the `client_id` if none is configured.
    #[cfg(feature = "service")]
    pub fn display_name(&self) -> &str {
        let name = self.branding.name.as_ref();
        name.map_or(&self.client_id, |name| name.as_str())
    }

    /// Returns the page of the client to which users go when a flow ends.
    #[cfg(feature = "service")]
    pub fn home_page(&self) -> Option<&Url> {
        self.app_url.as_ref().or(self.branding.home.as_ref())
    }

    fn registered(&self, redirect_uri: &str) -> Option<&RedirectUri> {
        let mut all = self.redirect_uris.iter().chain(&self.login_return);
        all.find(|registered| registered.matches(redirect_uri))
    }
}
