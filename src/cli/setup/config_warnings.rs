//! Warnings about settings that are valid but unsafe, or that do not work together.

use crate::config::{Config, SmtpConfig, too_many_labels};

/// Returns the warnings of a configuration.
pub(in crate::cli) fn config_warnings(config: &Config) -> Vec<&'static str> {
    let mut warnings = Vec::new();
    if !config.issuer.is_https() && !config.is_loopback() {
        warnings.push("plain HTTP: anyone who sees the traffic can take over every account");
    }
    let has_no_proxy = config.http.proxies.trusted.is_empty();
    let is_behind_proxy = config.issuer.is_https() && config.tls.is_none();
    if config.limits.enabled && has_no_proxy && is_behind_proxy {
        warnings.push(
            "no trusted proxy is configured: logins from private addresses are not rate-limited \
             (http.trusted_proxies)",
        );
    }
    if config.policies.have_cookies() && has_no_proxy {
        warnings.push(
            "no trusted proxy is configured: users cannot return to the application after a login for [policies] \
             (http.trusted_proxies)",
        );
    }
    let has_passkeys = config.passkeys.rp_id().is_some();
    if has_passkeys && too_many_labels(&config.clients).is_some() {
        warnings.push(
            "clients have origins of more than 5 domains: browsers may ignore all but 5 for passkeys",
        );
    }
    if config.migration.is_some() {
        warnings.push(
            "migration.verify_url is set: the time of logins and outages of that service tell which emails have a user \
             here. Remove the setting when the users have moved",
        );
    }
    if config.database.may_be_clear_text() {
        warnings.push(
            "the connection to the database may be unencrypted: add ?sslmode=verify-full to database.url",
        );
    }
    if config.coordination.is_clear_text() {
        warnings.push(
            "the connection to the coordination server is unencrypted: use rediss:// in coordination.url",
        );
    }
    let smtp = config.mail.smtp.as_ref();
    if smtp.is_some_and(SmtpConfig::may_be_clear_text) {
        warnings.push(
            "emails may be sent unencrypted (mail.dangerously_clear_text): anyone who sees them can use their links",
        );
    }
    warnings
}
