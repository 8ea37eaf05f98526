//! Declarations: `issuer`, `listen`, and the tables `database`, `pages`, `admin` and `log`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const TOP_LEVEL: SettingSection = SettingSection {
    header: "",
    description: "The identity of the service, and the address where it listens. In the file these settings come before \
                  all tables.",
    settings: &[
        Setting::new(
            "issuer",
            Kind::Url,
            "The URL that identifies this service: the `iss` of every token. It is in canonical form, without a trailing \
             slash. http is only allowed on loopback, or with `--dangerously-http`. Default: `http://` and `listen`, if \
             that is a loopback address; otherwise the setting is required.",
        )
        .example("https://auth.example.com"),
        Setting::new("listen", Kind::SocketAddress, "The IP address and port to listen on.")
            .default("127.0.0.1:8080"),
    ],
};

pub(super) const DATABASE: SettingSection = SettingSection {
    header: "[database]",
    description: "The database of the users.",
    settings: &[
        Setting::new(
            "database.url",
            Kind::Url,
            "The database: `sqlite:…` or `postgres://…`. A PostgreSQL URL may name several hosts, \
             `postgres://db1,db2/signet`; its parameter `target_session_attrs` is then `any`, `read-write` or `primary` \
             (default: `read-write`). The variable `DATABASE_URL` sets it too; `SIGNET_DATABASE__URL` overrides that \
             variable.",
        )
        .default("sqlite://signet.db"),
        Setting::new(
            "database.url_file",
            Kind::Path,
            "A file that contains the URL. It is read again when the server refuses the password.",
        )
        .example("/run/secrets/database-url"),
        Setting::new(
            "database.connections",
            Kind::Number,
            "The most connections that this process opens to each server.",
        )
        .default("8")
        .between("1", "1000"),
        Setting::new(
            "database.timeout",
            Kind::Duration,
            "The timeout of one operation, including the wait for a connection.",
        )
        .default("5s")
        .between("1s", "1m"),
        Setting::new(
            "database.replicas",
            Kind::List,
            "The URLs of read replicas, one host each. They confirm logins and refreshes; every refusal and every write \
             is the primary's. PostgreSQL only.",
        )
        .example(r#"["postgres://signet:secret@db2.internal/signet"]"#),
        Setting::new(
            "database.max_lag",
            Kind::Duration,
            "The largest lag of a replica that is read. PostgreSQL only.",
        )
        .default("10s")
        .between("1s", "5m"),
        Setting::new(
            "database.orphan_grace",
            Kind::Duration,
            "The time for which replicas confirm logins and refreshes after the primary was lost. PostgreSQL only.",
        )
        .default("15m")
        .between("0s", "1d"),
        Setting::new(
            "database.statement_cache",
            Kind::Number,
            "The prepared statements that a connection keeps. `0` prepares nothing by name and runs each operation in \
             a transaction, for poolers in transaction mode that do not track prepared statements. PostgreSQL only.",
        )
        .default("100")
        .between("0", "1000"),
    ],
};

pub(super) const PAGES: SettingSection = SettingSection {
    header: "[pages]",
    description: "The branding and the templates of the hosted pages.",
    settings: &[
        Setting::new(
            "pages.name",
            Kind::Text,
            "The name of the service on pages and in mails, 1 to 64 characters. Default: the host of the issuer.",
        )
        .example("Acme"),
        Setting::new(
            "pages.logo",
            Kind::Path,
            "An SVG or PNG file of at most 256 KiB: the logo on every page, and the icon of browser tabs.",
        )
        .example("branding/logo.svg"),
        Setting::new(
            "pages.accent",
            Kind::Text,
            "The color of buttons and links, `#rrggbb`. It is darkened in light mode and lightened in dark mode until \
             text has a contrast of 4.5:1. A gray that is not legible becomes black or white.",
        )
        .example("#7a1fa2"),
        Setting::new(
            "pages.privacy_url",
            Kind::Url,
            "The https URL of the privacy policy, a link at the foot of every page.",
        )
        .example("https://www.example.com/privacy"),
        Setting::new(
            "pages.terms_url",
            Kind::Url,
            "The https URL of the terms of service, a link at the foot of every page.",
        )
        .example("https://www.example.com/terms"),
        Setting::new(
            "pages.account",
            Kind::Boolean,
            "Serves `/account`, where users change their profile and their login methods. It needs `sso.enabled`.",
        )
        .default("true"),
        Setting::new(
            "pages.templates",
            Kind::Path,
            "A folder of templates and style sheets that replace the built-in ones of the hosted pages.",
        )
        .example("templates/pages"),
    ],
};

pub(super) const ADMIN: SettingSection = SettingSection {
    header: "[admin]",
    description: "Administration over HTTP. The command line offers the same functions without it.",
    settings: &[
        Setting::new(
            "admin.enabled",
            Kind::Boolean,
            "Serves the administration API `/admin/…`, on the same address as all other routes, and with `sso.enabled` the \
             pages `/admin/pages/…`.",
        )
        .default("false"),
        Setting::new(
            "admin.events",
            Kind::Number,
            "The number of audit events that this process keeps in memory for admins, and as many refusals. `log.filter` applies to them.",
        )
        .default("200")
        .between("0", "10000"),
        Setting::new(
            "admin.require_acr",
            Kind::Text,
            "The least strength of the login of an admin: `1fa`, `mfa` (two factors) or `phr` (resistant to phishing). \
             An admin who has a second factor needs at least `mfa` in any case.",
        )
        .default("1fa")
        .one_of(&["1fa", "mfa", "phr"]),
    ],
};

pub(super) const LOG: SettingSection = SettingSection {
    header: "[log]",
    description: "The log on standard error.",
    settings: &[
        Setting::new(
            "log.format",
            Kind::Text,
            "The format of a line. `auto` is `pretty` if standard error is a terminal, and `json` otherwise.",
        )
        .default("auto")
        .one_of(&["auto", "pretty", "json"]),
        Setting::new(
            "log.filter",
            Kind::Text,
            "The filter: directives such as `signet=debug,info`. Other crates log at most at level `info`.",
        )
        .default("info,sqlx=error,rustls_platform_verifier=off"),
    ],
};
