//! Declarations: the tables `[[providers]]`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const PROVIDERS: SettingSection = SettingSection {
    header: "[[providers]]",
    description: "The external identity providers, one table each, only in the file. Pages show them in this order. \
                  Register `<issuer>/callback/<id>` as the redirect URL at each provider.",
    settings: &[
        Setting::new(
            "providers[].id",
            Kind::Text,
            "The name in routes: 1 to 32 characters of a-z, 0-9 and `-`, the first a letter. Required.",
        )
        .example("google"),
        Setting::new(
            "providers[].kind",
            Kind::Text,
            "The kind of provider. `oidc` is any OpenID provider with discovery. Required.",
        )
        .one_of(&[
            "google", "github", "apple", "microsoft", "gitlab", "discord", "oidc",
        ])
        .example("google"),
        Setting::new(
            "providers[].name",
            Kind::Text,
            "The name that users see, 1 to 64 characters. Default: the name of the kind, or the id.",
        )
        .example("Google"),
        Setting::new(
            "providers[].client_id",
            Kind::Text,
            "The `client_id` of Signet at the provider. Required.",
        )
        .example("1234-abc.apps.googleusercontent.com"),
        Setting::new(
            "providers[].client_secret",
            Kind::Text,
            "The client secret of Signet at the provider. This or `client_secret_file` is required, except for `oidc` \
             (a public client) and `apple`. Prefer `client_secret_file`.",
        )
        .example("a-long-random-secret"),
        Setting::new(
            "providers[].client_secret_file",
            Kind::Path,
            "A file that contains the client secret. It is read again when the provider refuses the secret.",
        )
        .example("/run/secrets/google"),
        Setting::new(
            "providers[].native_client_ids",
            Kind::List,
            "Up to 16 client ids of mobile apps whose SDKs obtain ID tokens. Not for `github`.",
        )
        .default("[]")
        .example(r#"["com.example.app"]"#),
        Setting::new(
            "providers[].scopes",
            Kind::List,
            "The requested scopes; `openid` is always added for OpenID providers. Default: the scopes that yield the \
             email and the name.",
        )
        .example(r#"["openid", "email", "profile"]"#),
        Setting::new(
            "providers[].trusts_addresses",
            Kind::Boolean,
            "Trusts an email that the provider calls verified. Default: true for Google, github.com and Apple.",
        )
        .example("true"),
        Setting::new(
            "providers[].counts_as_mfa",
            Kind::Boolean,
            "A login at this provider counts as one with two factors (`acr` `mfa`), and no second factor is asked for. \
             Only for a provider that requires one.",
        )
        .default("false"),
        Setting::new(
            "providers[].issuer",
            Kind::Url,
            "The issuer, as the provider's metadata spells it. For `oidc` (required) and `gitlab` (default: \
             `https://gitlab.com`); for `google`, `apple` and `discord` only in tests on loopback.",
        )
        .example("https://id.example.com/realms/acme"),
        Setting::new(
            "providers[].base_url",
            Kind::Url,
            "The URL of a self-hosted GitHub server. For `github`.",
        )
        .example("https://github.example.com"),
        Setting::new(
            "providers[].tenant",
            Kind::Text,
            "The tenant id, `organizations` or `common`. For `microsoft`, where it is required.",
        )
        .example("common"),
        Setting::new(
            "providers[].team_id",
            Kind::Text,
            "The id of the team that owns the key, 10 characters. For `apple`, where it is required.",
        )
        .example("DEF123GHIJ"),
        Setting::new(
            "providers[].key_id",
            Kind::Text,
            "The id of the key, 10 characters. For `apple`, where it is required.",
        )
        .example("ABC123DEFG"),
        Setting::new(
            "providers[].private_key_file",
            Kind::Path,
            "A file that contains the private key. For `apple`, where it is required.",
        )
        .example("/run/secrets/AuthKey_ABC123DEFG.p8"),
    ],
};
