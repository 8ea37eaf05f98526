//! Declarations: the tables `cookies` and `policies`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const COOKIES: SettingSection = SettingSection {
    header: "[cookies]",
    description: "The session cookies of the client with `transport = \"cookie\"`.",
    settings: &[Setting::new(
        "cookies.domain",
        Kind::Text,
        "A domain whose hosts share the session cookies, for forward-auth over several hosts. It contains the host of the \
         issuer, which is https. Every host within it can use a session. Default: only the host of the issuer has the \
         cookies. A change logs users out of the client.",
    )
    .example("example.com")],
};

pub(super) const POLICIES: SettingSection = SettingSection {
    header: "[policies.NAME]",
    description: "The rules of `/forward-auth/NAME`, by which a proxy admits requests to other applications. A policy \
                  with cookies needs a client with `transport = \"cookie\"`. NAME stands for 1 to 64 characters of \
                  a-z, A-Z, 0-9, `-` and `_`. A policy has at least one setting.",
    settings: &[
        Setting::new(
            "policies.NAME.roles",
            Kind::List,
            "The user has one of these roles. Default: every role.",
        )
        .example(r#"["admin"]"#),
        Setting::new(
            "policies.NAME.groups",
            Kind::List,
            "The user is in one of these groups: those of the role in `[roles.NAME]`, or the name of a role without that \
             table. Default: every group.",
        )
        .example(r#"["staff"]"#),
        Setting::new(
            "policies.NAME.scopes",
            Kind::List,
            "The access token has all of these scopes.",
        )
        .example(r#"["read"]"#),
        Setting::new(
            "policies.NAME.clients",
            Kind::List,
            "The clients whose tokens are accepted. Clients with credentials must be listed. If none of the clients uses \
             cookies, the policy is for bearer tokens alone. Default: every public client.",
        )
        .example(r#"["web"]"#),
        Setting::new(
            "policies.NAME.max_age",
            Kind::Duration,
            "The maximum age of the login. Default: no limit.",
        )
        .between("1s", "3650d")
        .example("12h"),
        Setting::new(
            "policies.NAME.acr",
            Kind::Text,
            "The least strength of the login (`acr`). Default: no limit.",
        )
        .one_of(&["1fa", "mfa", "phr"])
        .example("mfa"),
        Setting::new(
            "policies.NAME.origins",
            Kind::List,
            "Up to 64 origins of the protected applications. Users return only to these after a login.",
        )
        .example(r#"["https://wiki.example.com"]"#),
        Setting::new(
            "policies.NAME.on_refused",
            Kind::Text,
            "The response to a navigation of a browser that is not logged in, or whose login is older than `max_age` or \
             weaker than `acr`: 401 with the login page in `Location`, or a redirect to it (303). nginx needs `401`.",
        )
        .default("401")
        .one_of(&["401", "redirect"]),
        Setting::new(
            "policies.NAME.preflight",
            Kind::Text,
            "The response to a CORS preflight, which browsers send without credentials: `admit` lets the application \
             answer it, without a user; `refuse` answers 401, so pages of other origins cannot use the application. \
             Every client can send a preflight: choose `refuse` if the application acts on `OPTIONS` requests.",
        )
        .default("admit")
        .one_of(&["admit", "refuse"]),
    ],
};

pub(super) const HEADERS: SettingSection = SettingSection {
    header: "[policies.NAME.headers]",
    description: "The names of the response headers with the identity of the user. A name has no `_`, which many servers read as \
                  `-`. It is not one of a header that HTTP or Signet uses, such as `Authorization`, `Cookie`, `Host` or \
                  `Location`, and the four names differ.",
    settings: &[
        Setting::new(
            "policies.NAME.headers.user",
            Kind::Text,
            "The header of the user's id (`sub`).",
        )
        .default("Remote-User"),
        Setting::new(
            "policies.NAME.headers.email",
            Kind::Text,
            "The header of the verified email, from the claims `email` and `email_verified` of the access token.",
        )
        .default("Remote-Email"),
        Setting::new(
            "policies.NAME.headers.name",
            Kind::Text,
            "The header of the name, from the claim `name` of the access token.",
        )
        .default("Remote-Name"),
        Setting::new(
            "policies.NAME.headers.groups",
            Kind::Text,
            "The header of the groups, separated by commas.",
        )
        .default("Remote-Groups"),
    ],
};
