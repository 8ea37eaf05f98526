//! Declarations: the table `limits`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const LIMITS: SettingSection = SettingSection {
    header: "[limits]",
    description: "Rate limits for requests that guess secrets or cost resources. A rate such as `10/15m` allows 10 \
                  requests in a burst (1 to 1000000), and then one more each time that this part of the window (1s to \
                  1d) has passed. A network is an IPv4 address or an IPv6 /64. Without `http.trusted_proxies`, \
                  the limits of networks do not apply to peers on loopback or in private ranges, which may be proxies.",
    settings: &[
        Setting::new("limits.enabled", Kind::Boolean, "Applies the rate limits.").default("true"),
        Setting::new(
            "limits.capacity",
            Kind::Number,
            "The number of counters that are kept in memory, at about 100 bytes each.",
        )
        .default("100000")
        .between("1024", "10000000"),
        Setting::new(
            "limits.login_network",
            Kind::Rate,
            "Passwords tried by one network.",
        )
        .default("100/5m"),
        Setting::new(
            "limits.login_site",
            Kind::Rate,
            "Passwords tried by all networks of one IPv6 /48 together.",
        )
        .default("400/5m"),
        Setting::new(
            "limits.login_pair",
            Kind::Rate,
            "Passwords tried by one network for one email, until that network has logged in with it.",
        )
        .default("10/15m"),
        Setting::new(
            "limits.login_address",
            Kind::Rate,
            "Passwords tried for one email.",
        )
        .default("50/1h"),
        Setting::new(
            "limits.login_global",
            Kind::Rate,
            "All tried passwords.",
        )
        .default("10000/5m"),
        Setting::new(
            "limits.mail_network",
            Kind::Rate,
            "Mails requested by one network.",
        )
        .default("30/1h"),
        Setting::new(
            "limits.mail_site",
            Kind::Rate,
            "Mails requested by all networks of one IPv6 /48 together.",
        )
        .default("120/1h"),
        Setting::new(
            "limits.mail_pair",
            Kind::Rate,
            "Mails requested by one network for one recipient.",
        )
        .default("3/1h"),
        Setting::new(
            "limits.mail_address",
            Kind::Rate,
            "Mails to one recipient.",
        )
        .default("5/1h"),
        Setting::new(
            "limits.mail_global",
            Kind::Rate,
            "All mails.",
        )
        .default("1000/1h"),
        Setting::new(
            "limits.confirm_network",
            Kind::Rate,
            "Links that one network confirms, and its logins that fail at a provider or at `migration.verify_url`.",
        )
        .default("60/10m"),
        Setting::new(
            "limits.confirm_site",
            Kind::Rate,
            "The same for all networks of one IPv6 /48 together.",
        )
        .default("240/10m"),
        Setting::new(
            "limits.client_network",
            Kind::Rate,
            "Failed client authentications of one network, counted for each `client_id`. Unknown clients are \
             counted together.",
        )
        .default("60/10m"),
        Setting::new(
            "limits.client_site",
            Kind::Rate,
            "The same for all networks of one IPv6 /48 together.",
        )
        .default("240/10m"),
        Setting::new(
            "limits.password_user",
            Kind::Rate,
            "Requests that check or set a password, for one user with sessions, and as many again with mailed \
             links. Also the users that one administrator creates over HTTP.",
        )
        .default("10/15m"),
        Setting::new(
            "limits.second_factor",
            Kind::Rate,
            "Wrong one-time codes and recovery codes of one user. After them, even the right code is refused for a \
             while.",
        )
        .default("5/5m"),
        Setting::new(
            "limits.second_factor_long",
            Kind::Rate,
            "The same over a longer time: it bounds how many codes can be guessed on a day.",
        )
        .default("50/1d"),
    ],
};
