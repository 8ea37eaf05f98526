//! `[[clients]]`: the OAuth clients that tokens are minted for.

mod audiences;
mod authentication;
mod grants;
mod openid;

use std::collections::BTreeSet;

use url::Url;

use self::audiences::ClientTable;
use super::{
    Issuer, RolesConfig, TokensConfig, claims, dpop, logo_file,
    reader::{SettingReader, each_entry},
    token_size,
    tokens::lifetimes,
    web_link::web_link,
};
use crate::{
    branding::{ClientBranding, DisplayName},
    client::{
        Acr, Algorithm, Client, ClientAuthentication, ClientDpop, Clients, ExtraClaims, GrantType,
        IdTokenConfig, IdTokenContent, Origin, RedirectUri, Scope, TokenTransport, Typ,
    },
};

/// The `client_id` of the client that exists if none is configured.
const DEFAULT_CLIENT_ID: &str = "default";

/// The most redirect URIs of a client.
const MAX_REDIRECT_URIS: usize = 32;

pub(super) fn read(
    reader: &mut SettingReader,
    issuer: &Issuer,
    tokens: &TokensConfig,
    roles: &RolesConfig,
) -> Clients {
    let prefixes = reader.tables("clients");
    let mut seen = BTreeSet::new();
    let mut has_cookies = false;
    let mut tables = Vec::new();
    let mut clients = Vec::new();
    for prefix in &prefixes {
        let name = |setting: &str| format!("{prefix}.{setting}");
        let transport = reader.origin(&name("transport"));
        let id_origin = reader.origin(&name("client_id"));
        let table = ClientTable::new(reader, prefix);
        let client = client(reader, prefix, issuer, tokens, roles);
        table.check_exchange(reader, &client);
        if !client.client_id.is_empty() && !seen.insert(client.client_id.clone()) {
            let problem = "is also the client_id of another client: choose another name".to_owned();
            reader.fault(&name("client_id"), &id_origin, problem);
        }
        if client.transport == TokenTransport::Cookie {
            let setting = name("transport");
            if has_cookies {
                let problem =
                    "cookie is already used by another client: only one client can use it";
                reader.fault(&setting, &transport, problem.to_owned());
            } else if client.authentication.is_confidential() {
                let problem = "cookie is for public clients: this client has secrets or keys";
                reader.fault(&setting, &transport, problem.to_owned());
            } else if !client.may_use(GrantType::RefreshToken) {
                let problem = "cookie needs the grant refresh_token: cookies renew the session";
                reader.fault(&setting, &transport, problem.to_owned());
            } else if !(issuer.is_https() || issuer.is_loopback()) {
                let problem = "cookie needs an https issuer or a loopback issuer";
                reader.fault(&setting, &transport, problem.to_owned());
            }
            has_cookies = true;
        }
        tables.push(table);
        clients.push(client);
    }
    let openid_clients = clients.iter().filter(|client| client.is_openid());
    let openid_clients = openid_clients.map(|client| client.client_id.clone());
    let openid_clients = openid_clients.collect();
    for (table, client) in tables.iter().zip(&clients) {
        table.check_audiences(reader, client, &openid_clients);
    }
    if clients.is_empty() {
        clients.push(default_client(issuer, tokens));
    }
    Clients::new(clients)
}

fn default_client(issuer: &Issuer, tokens: &TokensConfig) -> Client {
    Client {
        client_id: DEFAULT_CLIENT_ID.to_owned(),
        authentication: ClientAuthentication::none(),
        requires_pkce: true,
        grants: GrantType::DEFAULT.to_vec(),
        audience: issuer.as_str().to_owned(),
        other_audiences: Vec::new(),
        scopes: Scope::default(),
        transport: TokenTransport::Bearer,
        origins: Vec::new(),
        redirect_uris: Vec::new(),
        login_return: None,
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        roles: Vec::new(),
        may_exchange_to: Vec::new(),
        dpop: ClientDpop::default(),
        min_acr: Acr::OneFactor,
        id_token: IdTokenConfig {
            algorithm: Algorithm::Rs256,
            lifetime: tokens.access_lifetime,
            claims: IdTokenContent::Scopes,
        },
        branding: ClientBranding::default(),
        app_url: None,
        algorithm: Algorithm::Es256,
        typ: Typ::AtJwt,
        claims: ExtraClaims::default(),
        access_lifetime: tokens.access_lifetime,
        refresh_idle: tokens.refresh_idle,
        refresh_absolute: tokens.refresh_absolute,
    }
}

fn client(
    reader: &mut SettingReader,
    prefix: &str,
    issuer: &Issuer,
    tokens: &TokensConfig,
    roles: &RolesConfig,
) -> Client {
    let defaults = default_client(issuer, tokens);
    let name = |setting: &str| format!("{prefix}.{setting}");
    let client_id = if reader.is_set(&name("client_id")) {
        // A malformed client_id is reported by its parser, a missing one here.
        reader.value(&name("client_id"), String::new(), client_id)
    } else {
        reader.fault(&name("client_id"), "", "is required".to_owned());
        String::new()
    };
    let sources = ["scopes", "audience", "claims"].map(|it| (it, reader.origin(&name(it))));
    let scopes = reader.words(&name("scopes"), |words| Scope::parse(&words.join(" ")));
    let scopes = scopes.unwrap_or_default();
    openid::check_logout(reader, prefix, &scopes);
    let origins = reader.words(&name("origins"), |words| {
        each_entry(&words, |word| Origin::parse(word))
    });
    let origins: Vec<Origin> = origins.unwrap_or_default();
    let transport = reader.choice(
        &name("transport"),
        TokenTransport::ALL,
        TokenTransport::as_str,
    );
    let transport = transport.unwrap_or(defaults.transport);
    let redirect_uris = reader.words(&name("redirect_uris"), |words| match transport {
        TokenTransport::Bearer => redirect_uris(&words),
        TokenTransport::Cookie => own_origins_only(redirect_uris(&words)?, &origins, issuer),
    });
    let [access_lifetime, refresh_idle, refresh_absolute] = lifetimes(
        reader,
        prefix,
        [
            defaults.access_lifetime,
            defaults.refresh_idle,
            defaults.refresh_absolute,
        ],
    );
    let authentication = authentication::authentication(reader, prefix, issuer);
    let (audience, other_audiences) = audiences::audiences(reader, prefix, issuer);
    let algorithm = reader.choice(&name("algorithm"), Algorithm::ALL, Algorithm::as_str);
    let min_acr = reader.choice(&name("min_acr"), Acr::ALL, Acr::as_str);
    let typ = reader.choice(&name("typ"), Typ::ALL, Typ::as_str);
    let client = Client {
        client_id,
        audience,
        other_audiences,
        requires_pkce: grants::requires_pkce(reader, prefix, &authentication),
        grants: grants::grants(reader, prefix, &authentication),
        authentication,
        post_logout_redirect_uris: openid::post_logout_redirect_uris(reader, prefix),
        backchannel_logout_uri: openid::backchannel_logout_uri(reader, prefix, issuer),
        roles: own_roles(reader, prefix, roles),
        may_exchange_to: audiences::may_exchange_to(reader, prefix, issuer),
        dpop: dpop::of_client(reader, prefix, transport),
        min_acr: min_acr.unwrap_or(defaults.min_acr),
        id_token: openid::id_token(reader, prefix, access_lifetime),
        scopes,
        transport,
        origins,
        redirect_uris: redirect_uris.unwrap_or_default(),
        login_return: None,
        branding: branding(reader, prefix, issuer),
        app_url: reader.optional(&name("app_url"), app_url),
        algorithm: algorithm.unwrap_or(defaults.algorithm),
        typ: typ.unwrap_or(defaults.typ),
        claims: claims::read(reader, &name("claims")),
        access_lifetime,
        refresh_idle,
        refresh_absolute,
    };
    if let Some((setting, problem)) = token_size::too_long(issuer, &client) {
        let origin = sources.into_iter().find(|(it, _)| *it == setting);
        let origin = origin.map(|(_, origin)| origin).unwrap_or_default();
        reader.fault(&name(setting), &origin, problem);
    }
    client
}

/// Reads the name, the logo and the home page.
fn branding(reader: &mut SettingReader, prefix: &str, issuer: &Issuer) -> ClientBranding {
    let name = |setting: &str| format!("{prefix}.{setting}");
    ClientBranding {
        name: reader.optional(&name("name"), DisplayName::parse),
        logo: reader.optional(&name("logo"), logo_file::read),
        home: reader.optional(&name("home"), |text| web_link(text, issuer)),
    }
}

/// Reads the roles of the client's own access tokens.
fn own_roles(reader: &mut SettingReader, prefix: &str, roles: &RolesConfig) -> Vec<String> {
    let own = reader.words(&format!("{prefix}.roles"), |words| roles.all_known(words));
    own.unwrap_or_default()
}

fn client_id(text: &str) -> Result<String, &'static str> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if (1..=64).contains(&text.len()) && text.bytes().all(is_allowed) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 64 characters of A-Z, a-z, 0-9 and -._~")
    }
}

fn redirect_uris(words: &[String]) -> Result<Vec<RedirectUri>, String> {
    if words.len() > MAX_REDIRECT_URIS {
        return Err(format!("must have at most {MAX_REDIRECT_URIS} entries"));
    }
    each_entry(words, |word| RedirectUri::parse(word))
}

/// Checks the redirect URIs of a client with the cookie transport. Its cookies are set before the
/// user arrives at the redirect URI, and only pages of the issuer or of the client's `origins`,
/// which CORS admits, can use them. Each redirect URI must therefore have one of these origins,
/// including the port.
fn own_origins_only(
    redirect_uris: Vec<RedirectUri>,
    origins: &[Origin],
    issuer: &Issuer,
) -> Result<Vec<RedirectUri>, String> {
    let is_own = |uri: &RedirectUri| {
        uri.origin().is_some_and(|origin| {
            origin == issuer.origin() || origins.iter().any(|own| own.as_str() == origin)
        })
    };
    each_entry(redirect_uris, |uri| {
        if is_own(&uri) {
            Ok(uri.with_exact_port())
        } else {
            Err(
                "must have an origin of the client or of the issuer: pages of other origins cannot use the \
                 client's cookies",
            )
        }
    })
}

fn app_url(text: &str) -> Result<Url, &'static str> {
    let wrong = "must be an absolute http or https URL without query and fragment";
    let url = Url::parse(text).map_err(|_| wrong)?;
    let is_valid = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.query().is_none()
        && url.fragment().is_none();
    if is_valid { Ok(url) } else { Err(wrong) }
}
