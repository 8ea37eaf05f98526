//! Declarations: the table `mail`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const MAIL: SettingSection = SettingSection {
    header: "[mail]",
    description: "The mail server and the templates of mails. Without a mail server, mails are printed if the service is \
                  on loopback, and not sent otherwise.",
    settings: &[
        Setting::new(
            "mail.url",
            Kind::Url,
            "The mail server: `smtp://user@host:587` with STARTTLS, or `smtps://user@host:465`. A user or a password in \
             the URL is percent-encoded.",
        )
        .example("smtp://signet@mail.example.com:587"),
        Setting::new(
            "mail.password",
            Kind::Text,
            "The password of the user in `mail.url`, 1 to 1024 bytes. Prefer `mail.password_file`.",
        )
        .example("a-long-random-password"),
        Setting::new(
            "mail.password_file",
            Kind::Path,
            "A file that contains the password. It is read again when the server refuses the password.",
        )
        .example("/run/secrets/smtp"),
        Setting::new(
            "mail.from",
            Kind::Text,
            "The sender: an email, or a name and an email. Required with `mail.url`.",
        )
        .example("Signet <no-reply@example.com>"),
        Setting::new(
            "mail.ca_file",
            Kind::Path,
            "Additional certificate authorities in PEM that may certify the mail server.",
        )
        .example("/etc/signet/mail-ca.pem"),
        Setting::new(
            "mail.dangerously_clear_text",
            Kind::Boolean,
            "Sends mails to another machine without TLS if that machine does not offer it. Anyone who sees a mail can \
             use the links in it.",
        )
        .default("false"),
        Setting::new(
            "mail.timeout",
            Kind::Duration,
            "The time limit for each response of the mail server.",
        )
        .default("10s")
        .between("1s", "5m"),
        Setting::new(
            "mail.login_codes",
            Kind::Boolean,
            "Mails a code beside each login link, for users who read the mail on another device. A fake \
             page can ask for a code, but not for a link.",
        )
        .default("true"),
        Setting::new(
            "mail.templates",
            Kind::Path,
            "A folder of templates that replace the built-in ones.",
        )
        .example("templates/mail"),
    ],
};
