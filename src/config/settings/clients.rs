//! Declarations: the tables `[[clients]]`.

use super::{Setting, SettingKind as Kind, SettingSection, dpop};

/// The algorithms of access tokens and ID tokens.
const ALGORITHMS: &[&str] = &["ES256", "RS256", "EdDSA"];

pub(super) const CLIENTS: SettingSection = SettingSection {
    header: "[[clients]]",
    description: "The OAuth clients, one table each, only in the file. Without any there is one, `default`.",
    settings: &[
        Setting::new(
            "clients[].client_id",
            Kind::Text,
            "The name of the client, 1 to 64 characters of A-Z, a-z, 0-9 and `-._~`. Required.",
        )
        .example("web"),
        Setting::new(
            "clients[].name",
            Kind::Text,
            "The name of the client on pages, 1 to 64 characters. Default: the `client_id`.",
        )
        .example("Acme Web"),
        Setting::new(
            "clients[].logo",
            Kind::Path,
            "An SVG or PNG file of at most 256 KiB: the logo of the client on pages.",
        )
        .example("branding/web.svg"),
        Setting::new(
            "clients[].home",
            Kind::Url,
            "The https URL of the page to which users go when a flow ends, unless there is an `app_url`.",
        )
        .example("https://app.example.com/start"),
        Setting::new(
            "clients[].audience",
            Kind::Text,
            "The audience of access tokens, 1 to 256 characters. Required with the grant `token_exchange`. Default: the \
             issuer.",
        )
        .example("https://api.example.com"),
        Setting::new(
            "clients[].audiences",
            Kind::List,
            "Up to 32 audiences, in place of `audience`. The first is the default; the parameter `resource` selects \
             another one.",
        )
        .example(r#"["https://api.example.com", "https://files.example.com"]"#),
        Setting::new(
            "clients[].scopes",
            Kind::List,
            "The scopes that are granted by default; a request can narrow them. `openid` makes the client an OpenID \
             client.",
        )
        .default("[]")
        .example(r#"["read", "write"]"#),
        Setting::new(
            "clients[].origins",
            Kind::List,
            "The origins of pages that may call the API from a browser (CORS).",
        )
        .default("[]")
        .example(r#"["https://app.example.com"]"#),
        Setting::new(
            "clients[].redirect_uris",
            Kind::List,
            "Up to 32 URIs to which users may return with an authorization code. They are compared byte for byte.",
        )
        .default("[]")
        .example(r#"["https://app.example.com/callback"]"#),
        Setting::new(
            "clients[].post_logout_redirect_uris",
            Kind::List,
            "Up to 32 URIs to which users may return after a logout. Needs the scope `openid`.",
        )
        .default("[]")
        .example(r#"["https://app.example.com/"]"#),
        Setting::new(
            "clients[].backchannel_logout_uri",
            Kind::Url,
            "The endpoint of the client that is notified of logouts. Needs the scope `openid`.",
        )
        .example("https://app.example.com/backchannel-logout"),
        Setting::new(
            "clients[].transport",
            Kind::Text,
            "The transport of tokens: in responses, or in cookies. Only one client can use cookies.",
        )
        .default("bearer")
        .one_of(&["bearer", "cookie"]),
        dpop::MODE,
        dpop::BINDS,
        dpop::REQUIRED_FROM,
        Setting::new(
            "clients[].app_url",
            Kind::Url,
            "The URL of the app. Links in mails lead to pages below it.",
        )
        .example("https://app.example.com"),
        Setting::new(
            "clients[].client_secret_hashes",
            Kind::List,
            "Up to 3 hashes of the client's secrets. `signet clients secret` prints a secret and its hash. The client \
             is confidential.",
        )
        .example(r#"["sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"]"#),
        Setting::new(
            "clients[].client_secret_hash_file",
            Kind::Path,
            "A file that contains the hashes, one a line.",
        )
        .example("/run/secrets/web-hash"),
        Setting::new(
            "clients[].jwks",
            Kind::Table,
            "The client's public keys for `private_key_jwt`: a JSON Web Key Set. The client is confidential.",
        )
        .example(
            r#"{ keys = [{ kty = "OKP", crv = "Ed25519", x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] }"#,
        ),
        Setting::new(
            "clients[].jwks_uri",
            Kind::Url,
            "The https URL of the client's public keys.",
        )
        .example("https://app.example.com/jwks.json"),
        Setting::new(
            "clients[].auth_method",
            Kind::Text,
            "The only accepted authentication method. Default: every method that the secrets or keys of the client \
             allow.",
        )
        .one_of(&[
            "none",
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ])
        .example("client_secret_basic"),
        Setting::new(
            "clients[].pkce",
            Kind::Text,
            "The rule for PKCE: `required`, or `optional` for confidential clients that cannot send a challenge.",
        )
        .default("required")
        .one_of(&["required", "optional"]),
        Setting::new(
            "clients[].grants",
            Kind::List,
            "The grants: `authorization_code`, `refresh_token`, and for confidential clients `client_credentials` and \
             `token_exchange`.",
        )
        .default(r#"["authorization_code", "refresh_token"]"#),
        Setting::new(
            "clients[].roles",
            Kind::List,
            "The roles of the client's own access tokens.",
        )
        .default("[]")
        .example(r#"["admin"]"#),
        Setting::new(
            "clients[].may_exchange_to",
            Kind::List,
            "Up to 32 audiences for which the client may exchange an access token (RFC 8693).",
        )
        .example(r#"["https://billing.example.com"]"#),
        Setting::new(
            "clients[].min_acr",
            Kind::Text,
            "The least strength of a login at this client: `1fa`, `mfa` (two factors) or `phr` (resistant to phishing). \
             A refresh does not check it.",
        )
        .default("1fa")
        .one_of(&["1fa", "mfa", "phr"]),
        Setting::new(
            "clients[].algorithm",
            Kind::Text,
            "The signature algorithm of access tokens.",
        )
        .default("ES256")
        .one_of(ALGORITHMS),
        Setting::new(
            "clients[].typ",
            Kind::Text,
            "The header `typ` of access tokens. `JWT` is for consumers that refuse `at+jwt` (RFC 9068).",
        )
        .default("at+jwt")
        .one_of(&["at+jwt", "JWT"]),
        Setting::new(
            "clients[].claims",
            Kind::Table,
            "Extra claims of access tokens. `$id`, `$email`, `$email_verified`, `$name`, `$image` and `$role` are \
             columns of the user; `$$` begins a text with one `$`.",
        )
        .default("{}")
        .example(r#"{ tenant = "acme", email = "$email" }"#),
        Setting::new(
            "clients[].access_lifetime",
            Kind::Duration,
            "The lifetime of an access token. Default: `tokens.access_lifetime`.",
        )
        .between("1s", "15m")
        .example("5m"),
        Setting::new(
            "clients[].refresh_idle",
            Kind::Duration,
            "The idle timeout of refresh tokens. At most `refresh_absolute`. Default: `tokens.refresh_idle`.",
        )
        .between("1s", "3650d")
        .example("30d"),
        Setting::new(
            "clients[].refresh_absolute",
            Kind::Duration,
            "The time after which every session ends. Default: `tokens.refresh_absolute`.",
        )
        .between("1s", "3650d")
        .example("90d"),
        Setting::new(
            "clients[].id_token_algorithm",
            Kind::Text,
            "The signature algorithm of ID tokens.",
        )
        .default("RS256")
        .one_of(ALGORITHMS),
        Setting::new(
            "clients[].id_token_lifetime",
            Kind::Duration,
            "The lifetime of an ID token. Default: `access_lifetime`.",
        )
        .between("1s", "1h")
        .example("5m"),
        Setting::new(
            "clients[].id_token_claims",
            Kind::Text,
            "The claims of ID tokens. `minimal` leaves the claims of the scopes to `/userinfo`.",
        )
        .default("scopes")
        .one_of(&["scopes", "minimal"]),
    ],
};
