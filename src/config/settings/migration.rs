//! Declarations: the table `migration`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const MIGRATION: SettingSection = SettingSection {
    header: "[migration]",
    description: "The service that users [move from when they log in](migrating.md#move-users-when-they-log-in): it is \
                  asked about emails that have no user here.",
    settings: &[
        Setting::new(
            "migration.verify_url",
            Kind::Url,
            "The https URL that an email without a user and its password are posted to, of at most 512 characters. http \
             is only for a loopback issuer and a loopback host. A private address needs an entry of `outbound.allow`. \
             Not set: the service asks no other service.",
        )
        .example("https://old.example.com/verify-password"),
        Setting::new(
            "migration.secret",
            Kind::Text,
            "The bearer token of these requests, 1 to 1024 visible ASCII characters. This or `migration.secret_file` is \
             required with `migration.verify_url`. Prefer `migration.secret_file`.",
        )
        .example("a-long-random-secret"),
        Setting::new(
            "migration.secret_file",
            Kind::Path,
            "A file that contains the secret. SIGHUP reads it again.",
        )
        .example("/run/secrets/migration"),
        Setting::new(
            "migration.timeout",
            Kind::Duration,
            "The timeout of a request, including the wait for `migration.concurrency`. After it the login is answered \
             with 503.",
        )
        .default("5s")
        .between("1s", "30s"),
        Setting::new(
            "migration.concurrency",
            Kind::Number,
            "The most requests in flight. Further ones wait.",
        )
        .default("16")
        .between("1", "1000"),
    ],
};
