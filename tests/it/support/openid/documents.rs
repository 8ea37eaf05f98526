//! The metadata and the key set of the stub.

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    super::stub::{answer, endless, html, json as json_answer, padded, redirect},
    Defect as D, Dialect, Document, Provider, StubKey,
};

pub const DISCOVERY: &str = "/.well-known/openid-configuration";
/// The path that a malicious token links to.
pub const OTHER_KEYS: &str = "/other-keys";
/// The target of redirects, which serves the correct documents.
pub const MOVED: &str = "/moved";

impl Provider {
    pub fn discovery(&self, is_moved: bool) -> Response {
        let document = self.metadata();
        match self.state().defect {
            Some(D::DiscoveryMoved) if !is_moved => {
                redirect(&format!("{}{MOVED}{DISCOVERY}", self.issuer))
            }
            Some(D::DiscoveryTooLong) => json_answer(200, &padded(document)),
            Some(D::DiscoverySlow) => endless(),
            Some(D::DiscoveryHtml) => html(200),
            _ => json_answer(200, &document),
        }
    }

    fn metadata(&self) -> Value {
        let (issuer, paths, state) = (&self.issuer, self.dialect.paths(), self.state());
        let at = |path: &str| format!("{issuer}{path}");
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": at(paths.authorize),
            "token_endpoint": at(paths.token),
            "jwks_uri": at(paths.keys),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": [state.keys.signing().alg()],
            "scopes_supported": ["openid", "email", "profile", "name"],
            "token_endpoint_auth_methods_supported": state.auth_methods,
        });
        if let Some(path) = paths.userinfo {
            document["userinfo_endpoint"] = json!(at(path));
        }
        if let Dialect::OpenId = self.dialect {
            document["authorization_response_iss_parameter_supported"] = json!(true);
            document["code_challenge_methods_supported"] = json!(["S256"]);
        }
        match state.defect {
            Some(D::DiscoveryOtherIssuer) => {
                document["issuer"] = json!("https://provider.example.com");
            }
            Some(D::DiscoveryTrailingSlash) => document["issuer"] = json!(at("/")),
            Some(D::DiscoveryHttpEndpoints) => {
                document["token_endpoint"] = json!("http://provider.example.com/token");
            }
            Some(D::DiscoveryPrivateEndpoints) => {
                document["jwks_uri"] = json!("https://169.254.169.254/latest/meta-data");
            }
            Some(D::DiscoveryIncomplete) => {
                document.as_object_mut().unwrap().remove("jwks_uri");
            }
            _ => {}
        }
        state.replace_member(Document::Discovery, &mut document);
        document
    }

    pub fn key_set(&self, is_moved: bool) -> Response {
        let path = self.dialect.paths().keys;
        let state = self.state();
        let (defect, keys) = (state.defect, &state.keys);
        let own = keys.own.iter();
        let mut set: Vec<_> = own.map(|key| self.dialect.jwk(key, &self.issuer)).collect();
        for key in &mut set {
            state.replace_member(Document::Key, key);
        }
        match defect {
            Some(D::KidMissingOfOneKey) => {}
            Some(D::KidTwice) => {
                set.push(StubKey::es256(&keys.signing().kid).jwk());
            }
            Some(D::KeysEmpty) => set.clear(),
            Some(D::KeysPrivate) => set = vec![keys.signing().private_jwk()],
            _ => set.push(self.dialect.jwk(&keys.rsa, &self.issuer)),
        }
        let document = json!({"keys": set});
        match defect {
            Some(D::KeysMoved) if !is_moved => redirect(&format!("{}{MOVED}{path}", self.issuer)),
            Some(D::KeysTooLong) => json_answer(200, &padded(document)),
            Some(D::KeysSlow) => endless(),
            Some(D::KeysHtml) => html(200),
            _ => answer(200, "application/jwk-set+json", document.to_string()),
        }
    }

    /// Keys of an attacker on the provider's server.
    pub fn other_keys(&self) -> Response {
        json_answer(200, &json!({"keys": [self.state().keys.forged.jwk()]}))
    }
}
