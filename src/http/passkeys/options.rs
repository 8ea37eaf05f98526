//! The options of ceremonies: `PublicKeyCredentialCreationOptionsJSON` and `PublicKeyCredentialRequestOptionsJSON`
//! (WebAuthn Level 3 §5.1).

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    config::Config,
    passkey::{PasskeyAlgorithm, StoredPasskey, UserVerification, encode},
    profile::RegistrationChallenge,
    provider::LoginChallenge,
};

const PUBLIC_KEY: &str = "public-key";

/// WebAuthn's `PublicKeyCredentialCreationOptionsJSON`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreationOptions {
    rp: RelyingPartyEntity,
    user: UserEntity,
    challenge: String,
    pub_key_cred_params: Vec<CredentialParameters>,
    timeout: i64,
    exclude_credentials: Vec<CredentialDescriptor>,
    authenticator_selection: AuthenticatorSelection,
    attestation: &'static str,
    extensions: CreationExtensions,
}

#[derive(Serialize, JsonSchema)]
struct RelyingPartyEntity {
    id: String,
    name: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UserEntity {
    id: String,
    name: String,
    display_name: String,
}

#[derive(Serialize, JsonSchema)]
struct CredentialParameters {
    r#type: &'static str,
    alg: i64,
}

#[derive(Serialize, JsonSchema)]
struct CredentialDescriptor {
    r#type: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transports: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AuthenticatorSelection {
    resident_key: &'static str,
    require_resident_key: bool,
    user_verification: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CreationExtensions {
    cred_props: bool,
}

/// WebAuthn's `PublicKeyCredentialRequestOptionsJSON`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestOptions {
    challenge: String,
    timeout: i64,
    rp_id: String,
    /// Empty at a login: the authenticator offers the passkeys that it has.
    allow_credentials: Vec<CredentialDescriptor>,
    user_verification: &'static str,
}

/// Returns the options with which a browser creates a passkey.
pub(crate) fn creation_options(config: &Config, begun: &RegistrationChallenge) -> CreationOptions {
    let user = &begun.user;
    let email = user.email.as_str().to_owned();
    let name = config.pages.name.as_ref().map(ToString::to_string);
    let parameters = PasskeyAlgorithm::ALL.map(|algorithm| CredentialParameters {
        r#type: PUBLIC_KEY,
        alg: algorithm.cose(),
    });
    CreationOptions {
        rp: RelyingPartyEntity {
            id: rp_id(config),
            name: name.unwrap_or_else(|| config.issuer.host().to_owned()),
        },
        user: UserEntity {
            id: encode(&user.id.to_bytes()),
            display_name: user
                .name
                .as_ref()
                .map_or_else(|| email.clone(), |name| name.as_str().to_owned()),
            name: email,
        },
        challenge: begun.challenge.encode(),
        pub_key_cred_params: parameters.into(),
        timeout: begun.lifetime.num_milliseconds(),
        exclude_credentials: begun.existing.iter().map(descriptor).collect(),
        authenticator_selection: AuthenticatorSelection {
            resident_key: "preferred",
            require_resident_key: false,
            user_verification: "required",
        },
        attestation: "none",
        extensions: CreationExtensions { cred_props: true },
    }
}

/// Returns the options with which a browser logs in.
pub(crate) fn request_options(config: &Config, begun: &LoginChallenge) -> RequestOptions {
    RequestOptions {
        challenge: begun.challenge.encode(),
        timeout: begun.lifetime.num_milliseconds(),
        rp_id: rp_id(config),
        allow_credentials: begun.allowed.iter().map(descriptor).collect(),
        user_verification: match begun.user_verification {
            UserVerification::Required => "required",
            UserVerification::Preferred => "preferred",
        },
    }
}

fn rp_id(config: &Config) -> String {
    config.passkeys.rp_id().unwrap_or_default().to_owned()
}

fn descriptor(passkey: &StoredPasskey) -> CredentialDescriptor {
    CredentialDescriptor {
        r#type: PUBLIC_KEY,
        id: encode(&passkey.id),
        transports: passkey.transports.clone(),
    }
}
