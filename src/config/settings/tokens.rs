//! Declarations: the tables `keys`, `tokens`, `sso` and `roles`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const KEYS: SettingSection = SettingSection {
    header: "[keys]",
    description: "Signing keys and secrets, and the schedule of their rotation.",
    settings: &[
        Setting::new("keys.folder", Kind::Path, "The folder of private keys and secrets.")
            .default("keys"),
        Setting::new(
            "keys.read_every",
            Kind::Duration,
            "The interval at which a running service reads the folder again.",
        )
        .default("10s")
        .between("1s", "1h"),
        Setting::new(
            "keys.rotate_after",
            Kind::Duration,
            "The time for which a key or secret signs before `signet keys rotate` creates its successor.",
        )
        .default("90d")
        .between("1s", "3650d"),
        Setting::new(
            "keys.publish_ahead",
            Kind::Duration,
            "The time for which a successor is published before it signs. At least the sum of `keys.read_every`, \
             `keys.max_age` and `tokens.leeway`.",
        )
        .default("24h")
        .between("1s", "3650d"),
        Setting::new(
            "keys.retire_after",
            Kind::Duration,
            "The time for which a key stays published after its successor began to sign. At least the sum of the longest \
             `access_lifetime` or `id_token_lifetime`, `keys.max_age`, `keys.read_every` and `tokens.leeway`.",
        )
        .default("2h")
        .between("1s", "3650d"),
        Setting::new(
            "keys.max_age",
            Kind::Duration,
            "The time for which consumers may cache the key set (`Cache-Control`). A key that leaked and was removed is \
             trusted for this time.",
        )
        .default("5m")
        .between("1s", "10m"),
    ],
};

pub(super) const TOKENS: SettingSection = SettingSection {
    header: "[tokens]",
    description: "Lifetimes of tokens and sessions. A client can override the first three.",
    settings: &[
        Setting::new(
            "tokens.access_lifetime",
            Kind::Duration,
            "The lifetime of an access token.",
        )
        .default("5m")
        .between("1s", "15m"),
        Setting::new(
            "tokens.refresh_idle",
            Kind::Duration,
            "The idle timeout: an unused refresh token expires after this time. At most `tokens.refresh_absolute`.",
        )
        .default("30d")
        .between("1s", "3650d"),
        Setting::new(
            "tokens.refresh_absolute",
            Kind::Duration,
            "The time after which every session ends.",
        )
        .default("90d")
        .between("1s", "3650d"),
        Setting::new(
            "tokens.sign_up_lifetime",
            Kind::Duration,
            "The lifetime of the link that confirms a sign-up.",
        )
        .default("1d")
        .between("1s", "1d"),
        Setting::new(
            "tokens.recent_login",
            Kind::Duration,
            "The maximum age of a login for administration, and for a new password or a deletion without the present \
             password.",
        )
        .default("10m")
        .between("1s", "1h"),
        Setting::new(
            "tokens.leeway",
            Kind::Duration,
            "The largest tolerated difference between two clocks.",
        )
        .default("30s")
        .between("0s", "1m"),
    ],
};

pub(super) const SSO: SettingSection = SettingSection {
    header: "[sso]",
    description: "Single sign-on across the clients of the issuer.",
    settings: &[
        Setting::new(
            "sso.enabled",
            Kind::Boolean,
            "Begins a session at the issuer with each login on the hosted pages.",
        )
        .default("true"),
        Setting::new(
            "sso.idle",
            Kind::Duration,
            "The time after which an unused session at the issuer ends. At most `sso.absolute`.",
        )
        .default("12h")
        .between("1s", "90d"),
        Setting::new(
            "sso.absolute",
            Kind::Duration,
            "The time after which every session at the issuer ends.",
        )
        .default("30d")
        .between("1s", "90d"),
    ],
};

pub(super) const ROLES: SettingSection = SettingSection {
    header: "[roles.NAME]",
    description: "The roles of users. The roles `admin` and `user` exist without configuration. NAME stands for the name \
                  of a role.",
    settings: &[Setting::new(
        "roles.NAME.groups",
        Kind::List,
        "The groups of users with the role: the claim `groups`. At most 32 names of 1 to 64 characters. Default: the \
         name of the role.",
    )
    .example(r#"["staff", "editors"]"#)],
};

pub(super) const PASSKEYS: SettingSection = SettingSection {
    header: "[passkeys]",
    description: "Login with passkeys (Web Authentication). They need an issuer with a domain.",
    settings: &[
        Setting::new(
            "passkeys.enabled",
            Kind::Boolean,
            "Serves `/passkeys/…`, `/me/passkeys` and `/login/passkey`. With an IP address as issuer they are off.",
        )
        .default("true"),
        Setting::new(
            "passkeys.rp_id",
            Kind::Text,
            "The domain that browsers bind passkeys to (RP ID): the host of the issuer, or a registrable domain that it \
             ends with. **Passkeys of another RP ID cannot be used**: choose it before the first passkey exists. Default: \
             the host of the issuer.",
        )
        .example("example.com"),
        Setting::new(
            "passkeys.origins",
            Kind::List,
            "Further origins of pages and apps that may use passkeys, for every client: `https://…`, or \
             `android:apk-key-hash:…` for an Android app. The origin of the issuer and `clients[].origins` of the client \
             always count.",
        )
        .default("[]"),
    ],
};
