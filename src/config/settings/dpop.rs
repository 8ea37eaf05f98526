//! Declarations: proofs of possession, `[dpop]` and the settings of clients.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const DPOP: SettingSection = SettingSection {
    header: "[dpop]",
    description: "Proofs of possession (DPoP, RFC 9449). Each client has further settings.",
    settings: &[Setting::new(
        "dpop.nonce",
        Kind::Text,
        "When a proof needs a nonce of the service: if the clock of the client is more than a minute wrong or its proof \
         was used before, or always. With `always`, proofs that an attacker has signed in the page of a client are \
         useless three minutes later; each refresh costs one more request.",
    )
    .default("when_needed")
    .one_of(&["when_needed", "always"])],
};

/// The rule for the proofs of a client.
pub(super) const MODE: Setting = Setting::new(
    "clients[].dpop",
    Kind::Text,
    "Whether tokens are bound to the key of a DPoP proof (RFC 9449): never, if the request has a proof, or \
     always. With `required`, every request for tokens needs a proof. Needs bearer transport.",
)
.default("allowed")
.one_of(&["off", "allowed", "required"]);

/// The tokens of a client that are bound.
pub(super) const BINDS: Setting = Setting::new(
    "clients[].dpop_binds",
    Kind::Text,
    "The tokens that are bound: refresh tokens, or access tokens as well. Services must then verify the proofs \
     of their requests. Refresh tokens of confidential clients are never bound (RFC 9449 §5).",
)
.default("refresh")
.one_of(&["refresh", "both"]);

/// The time from which a client binds its tokens.
pub(super) const REQUIRED_FROM: Setting = Setting::new(
    "clients[].dpop_required_from",
    Kind::Text,
    "A time in RFC 3339. With `dpop = \"required\"`, a refresh token without a key that was issued before can \
     still be used with a proof, which binds its successor. Default: none is accepted.",
)
.example("2026-01-31T12:00:00Z");
