//! The client credentials of a request to the token endpoint (RFC 6749 §2.3).

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;

use crate::{
    client::{Client, ClientLookupError, GrantType},
    http::{
        extract::{Caller, Form},
        problem::{Code, Problem, from_domain},
    },
    oauth::{ASSERTION_TYPE, ClientAuthenticationError, ClientAuthenticator, PresentedCredentials},
    session::SessionRefusal,
};

/// Authenticates the client of a request. `None` if the request names no client.
///
/// # Errors
/// `invalid_client` if the credentials are wrong, `invalid_request` if there are several.
pub(crate) async fn authenticate<'a>(
    authenticator: &'a ClientAuthenticator,
    headers: &HeaderMap,
    form: &Form,
    caller: &Caller,
) -> Result<Option<&'a Client>, Problem> {
    let basic = basic(headers)?;
    let presented = PresentedCredentials {
        basic: basic
            .as_ref()
            .map(|(id, secret)| (id.as_str(), secret.as_str())),
        client_id: form.get("client_id"),
        client_secret: form.get("client_secret"),
        assertion_type: form.get("client_assertion_type"),
        assertion: form.get("client_assertion"),
    };
    let client = authenticator
        .authenticate(presented, caller.network, caller.now)
        .await;
    let invalid = |title| Problem::new(Code::InvalidRequest).title(title);
    client.map_err(|error| match error {
        ClientAuthenticationError::Failed(reason) => from_domain::invalid_client(reason),
        // The client is gone, so its refresh token is as well: apps log out when they receive this error.
        ClientAuthenticationError::UnknownClient
            if form.get("grant_type") == Some(GrantType::RefreshToken.as_str()) =>
        {
            from_domain::of_refresh(SessionRefusal::OtherClient.into())
        }
        ClientAuthenticationError::UnknownClient => ClientLookupError::Unknown.into(),
        ClientAuthenticationError::Limited(limit) => limit.into(),
        ClientAuthenticationError::Unavailable { retry_after } => {
            Problem::failed(&error).again_after(Some(retry_after))
        }
        ClientAuthenticationError::Internal(fault) => fault.into(),
        ClientAuthenticationError::SeveralMethods => {
            invalid("The request uses more than one client authentication method.")
        }
        ClientAuthenticationError::OtherClientId => {
            invalid("The request names two different clients.")
        }
        ClientAuthenticationError::AssertionType => Problem::new(Code::InvalidRequest)
            .of_field("client_assertion_type")
            .detail(format!("must be {ASSERTION_TYPE}")),
    })
}

/// The client and the secret of HTTP Basic (RFC 7617 §2), each decoded as a form is (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Problem> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    let decoded = decode(line.as_bytes()).filter(|_| lines.next().is_none());
    decoded
        .map(Some)
        .ok_or_else(|| from_domain::invalid_client("malformed Authorization header"))
}

fn decode(credentials: &[u8]) -> Option<(String, String)> {
    let (scheme, encoded) = str::from_utf8(credentials).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim_start_matches(' ')).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (user, password) = decoded.split_once(':')?;
    // `+` stands for a space in a form.
    let [user, password] = [user, password].map(|part| {
        let part = part.replace('+', " ");
        let part = percent_decode_str(&part).decode_utf8().ok()?;
        Some(part.into_owned())
    });
    let user = user.filter(|user| !user.is_empty())?;
    Some((user, password?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn user_and_password_are_decoded_as_a_form() {
        let decoded = |text: &str| decode(header(text).as_bytes());
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(decoded("web:secret"), pair("web", "secret"));
        assert_eq!(decoded("web:"), pair("web", ""));
        assert_eq!(decoded("web:a%3Ab+c%25"), pair("web", "a:b c%"));
        assert_eq!(decoded("web:a:b"), pair("web", "a:b"));
        for wrong in [":secret", "web", ""] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
        assert_eq!(decode(b"Bearer abc"), None);
        assert_eq!(decode(b"Basic !"), None);
    }

    proptest! {
        #[test]
        fn decoding_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&bytes);
            let encoded = format!("basic {}", STANDARD.encode(&bytes));
            let _ = decode(encoded.as_bytes());
        }
    }
}
