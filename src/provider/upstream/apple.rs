//! Login with Apple: a client secret that is a signed JWT, and a name that is sent only once.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ProviderFault, Upstream};
use crate::{
    client::Algorithm,
    config::{AppleKey, ProviderIssuer},
    identity::PersonName,
    json::foreign::{ForeignDocument, text},
};

/// The lifetime of a client secret. Apple allows six months.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

impl Upstream {
    /// Creates the client secret, a signed JWT.
    ///
    /// # Errors
    /// The key cannot sign.
    pub(super) fn apple_secret(
        &self,
        key: &AppleKey,
        now: DateTime<Utc>,
    ) -> Result<String, ProviderFault> {
        let ProviderIssuer::OpenId { issuer, .. } = &self.settings.issuer else {
            return Err(ProviderFault::Credentials);
        };
        let header = json!({ "alg": Algorithm::Es256.as_str(), "kid": key.key_id });
        let claims = json!({
            "iss": key.team_id,
            "iat": now.timestamp(),
            "exp": (now + LIFETIME).timestamp(),
            "aud": issuer,
            "sub": self.settings.client_id,
        });
        let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let signature = key.private_key.with(|key| key.sign(message.as_bytes()));
        let signature = signature.map_err(|_| ProviderFault::Credentials)?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Reads the name from the form field that Apple posts with the code at the first login. It is not signed.
pub(super) fn name(user: &str) -> Option<PersonName> {
    const USER: &str = "form field user";
    let mut user = ForeignDocument::parse(USER, user.as_bytes()).ok()?;
    let object = |value: Value| ForeignDocument::of_value(USER, value);
    let mut name = user.optional("name", object)?;
    let [first, last] = ["firstName", "lastName"].map(|part| name.optional(part, text));
    let parts = [first, last].map(Option::unwrap_or_default);
    PersonName::cleaned(&parts.join(" "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_name_is_read() {
        let of = |user: &str| name(user).map(|name| name.to_string());
        let user = r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"a@b.example"}"#;
        assert_eq!(of(user).as_deref(), Some("Ada Lovelace"));
        let only = of(r#"{"name":{"firstName":"Ada"}}"#);
        assert_eq!(only.as_deref(), Some("Ada"));
        for other in [json!(null), json!(7), json!([]), json!({}), json!(true)] {
            let user = json!({"name": {"firstName": "Ada", "lastName": other}});
            assert_eq!(of(&user.to_string()).as_deref(), Some("Ada"), "{user}");
        }
        let with_break = json!({"name": {"firstName": "Ada\n", "lastName": "Byron, Lady"}});
        let cleaned = of(&with_break.to_string());
        assert_eq!(cleaned.as_deref(), Some("Ada Byron, Lady"));
        for nothing in ["", "{}", "[]", r#"{"name":{}}"#, r#"{"name":"Ada"}"#] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,60}", first in "\\PC{0,300}") {
            let _ = name(&text);
            let user = json!({ "name": { "firstName": first } }).to_string();
            let _ = name(&user);
        }
    }
}
