//! Declarations: the tables `http`, `tls`, `metrics` and `outbound`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const HTTP: SettingSection = SettingSection {
    header: "[http]",
    description: "Limits of requests and connections, and the proxies in front of the service.",
    settings: &[
        Setting::new("http.max_body", Kind::Number, "The largest request body, in bytes.")
            .default("16384")
            .between("1024", "65536"),
        Setting::new(
            "http.max_header",
            Kind::Number,
            "The largest header section of a request, in bytes.",
        )
        .default("16384")
        .between("8192", "65536"),
        Setting::new(
            "http.header_timeout",
            Kind::Duration,
            "The time limit for a header section, and for the first request of a new connection.",
        )
        .default("15s")
        .between("1s", "5m"),
        Setting::new(
            "http.idle_timeout",
            Kind::Duration,
            "The time that a connection stays open between a response and the next request. Set it longer than the idle \
             timeout of the proxy in front (nginx and AWS ALB: 60 s, Google Cloud load balancers: 600 s).",
        )
        .default("75s")
        .between("1s", "15m"),
        Setting::new(
            "http.body_timeout",
            Kind::Duration,
            "The time limit for a request body. A slower request is answered 408.",
        )
        .default("30s")
        .between("1s", "5m"),
        Setting::new(
            "http.max_connections",
            Kind::Number,
            "The most simultaneous connections; further connections wait. The same number limits requests: more are \
             answered 503. The process needs as many open files, and some more.",
        )
        .default("4096")
        .between("16", "65536"),
        Setting::new(
            "http.drain",
            Kind::Duration,
            "The time for which requests are still accepted after SIGTERM, with `Connection: close`.",
        )
        .default("1s")
        .between("0s", "5m"),
        Setting::new(
            "http.shutdown_grace",
            Kind::Duration,
            "The time that responses in flight, and then waiting mails and logout notifications, have after `http.drain`. \
             Mails and notifications have at least a second.",
        )
        .default("10s")
        .between("1s", "5m"),
        Setting::new(
            "http.trusted_proxies",
            Kind::List,
            "The addresses and ranges of the proxies in front. Only their forwarding header is trusted, and only their \
             description of a request at `/forward-auth/{policy}`.",
        )
        .default("[]")
        .example(r#"["127.0.0.1", "10.0.0.0/8"]"#),
        Setting::new(
            "http.forwarded_header",
            Kind::Text,
            "The header in which the proxies name the client address. The other one is not read. `forwarded` is the \
             header of RFC 7239.",
        )
        .default("x-forwarded-for")
        .one_of(&["x-forwarded-for", "forwarded"]),
    ],
};

pub(super) const TLS: SettingSection = SettingSection {
    header: "[tls]",
    description: "TLS of the listener, for a service without a proxy in front. HTTP/2 and HTTP/1.1 are offered by ALPN. \
                  `metrics.listen` stays plain HTTP. The files are read again every `keys.read_every` and at SIGHUP; new \
                  connections use them.",
    settings: &[
        Setting::new(
            "tls.certificate",
            Kind::Path,
            "The PEM file of the certificate, followed by those of the intermediate authorities. Needs `tls.key` and an \
             https issuer.",
        )
        .example("/etc/signet/tls.crt"),
        Setting::new(
            "tls.key",
            Kind::Path,
            "The PEM file of the private key of `tls.certificate`, without a password.",
        )
        .example("/etc/signet/tls.key"),
    ],
};

pub(super) const METRICS: SettingSection = SettingSection {
    header: "[metrics]",
    description: "A separate listener for metrics and probes.",
    settings: &[Setting::new(
        "metrics.listen",
        Kind::SocketAddress,
        "An IP address and port that serve only `/metrics`, `/livez` and `/readyz`. It differs from `listen`.",
    )
    .example("127.0.0.1:9090")],
};

pub(super) const OUTBOUND: SettingSection = SettingSection {
    header: "[outbound]",
    description: "The servers that Signet sends requests to.",
    settings: &[Setting::new(
        "outbound.allow",
        Kind::List,
        "Private networks and hosts that requests to providers, `jwks_uri`, `backchannel_logout_uri` and \
         `migration.verify_url` may reach over https. Other private addresses are refused. At most 64 entries.",
    )
    .default("[]")
    .example(r#"["10.0.0.0/8", "gitlab.internal"]"#)],
};
