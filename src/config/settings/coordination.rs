//! Declarations: the table `coordination`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const COORDINATION: SettingSection = SettingSection {
    header: "[coordination]",
    description: "A Redis or Valkey server by which several nodes share the marks of used single-use tokens and the rate \
                  limits. Without it each node has its own. See [Coordination](coordination.md).",
    settings: &[
        Setting::new(
            "coordination.url",
            Kind::Url,
            "The server: `redis://user:password@host:6379/0`, or `rediss://…` with TLS. Valkey has the same URLs. If it is \
             not set, nodes do not coordinate.",
        )
        .example("rediss://signet:password@redis.example.com:6379/0"),
        Setting::new(
            "coordination.url_file",
            Kind::Path,
            "A file that contains the URL. It is read again when the server refuses the password.",
        )
        .example("/run/secrets/coordination-url"),
        Setting::new(
            "coordination.timeout",
            Kind::Milliseconds,
            "The longest time that an operation waits for the server.",
        )
        .default("100ms")
        .between("10ms", "1s"),
        Setting::new(
            "coordination.strict",
            Kind::Boolean,
            "Answers requests that need a mark or a limit with 503 while the server cannot be used. Otherwise each node \
             goes on by itself meanwhile.",
        )
        .default("false"),
        Setting::new(
            "coordination.prefix",
            Kind::Text,
            "The beginning of every key: 1 to 64 ASCII characters without white space. Issuers that share a server need \
             different prefixes only if an ACL separates them: the rest of a key differs by issuer.",
        )
        .default("signet:"),
    ],
};
