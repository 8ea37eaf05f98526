//! Reads the needed members of a response of a token endpoint.

use super::super::{Error, ProviderFault, ProviderLoginRejection};
use crate::json::foreign::{ForeignDocument, ForeignDocumentError, text};

/// The name of a token response in logs and errors.
pub(in crate::provider::upstream) const TOKEN_ANSWER: &str = "token answer";

/// The tokens that a code was exchanged for. None of them outlives the request.
pub(in crate::provider::upstream) struct ProviderTokens {
    pub(in crate::provider::upstream) access_token: String,
    pub(in crate::provider::upstream) id_token: Option<String>,
}

impl ProviderTokens {
    /// Reads a token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
    ///
    /// # Errors
    /// The response is an error, lacks the access token, or has tokens of another type.
    pub(in crate::provider::upstream) fn read(
        answer: &[u8],
        is_openid: bool,
    ) -> Result<Self, Error> {
        let mut answer =
            ForeignDocument::parse(TOKEN_ANSWER, answer).map_err(ProviderFault::from)?;
        // GitHub sends errors with the status of a success.
        let error = answer.optional("error", text);
        let access_token = match (answer.required("access_token", text), error) {
            (Ok(access_token), _) => access_token,
            (Err(_), Some(error)) => return Err(declined(&error)),
            (Err(unreadable), None) => return Err(ProviderFault::from(unreadable).into()),
        };
        // RFC 6749 §7.1: tokens of an unknown type are not used. Some providers leave the type out, and all
        // of those issue bearer tokens.
        let token_type = answer.optional("token_type", text);
        if token_type.is_some_and(|it| !it.eq_ignore_ascii_case("bearer")) {
            return Err(ProviderLoginRejection::Answer.into());
        }
        let id_token = if is_openid {
            id_token(&mut answer)?
        } else {
            None
        };
        Ok(Self {
            access_token,
            id_token,
        })
    }
}

/// Takes the ID token. An ID token of another type is a fault of the provider; an absent one is refused later.
fn id_token(answer: &mut ForeignDocument) -> Result<Option<String>, Error> {
    let given = answer.optional("id_token", Some);
    match given.map(text) {
        None => Ok(None),
        Some(Some(id_token)) => Ok(Some(id_token)),
        Some(None) => {
            Err(ProviderFault::from(ForeignDocumentError::Member(TOKEN_ANSWER, "id_token")).into())
        }
    }
}

/// Returns the `error` of an error response (RFC 6749 §5.2), whatever its other members are.
pub(in crate::provider::upstream) fn error_of(answer: &[u8]) -> Option<String> {
    let mut answer = ForeignDocument::parse(TOKEN_ANSWER, answer).ok()?;
    answer.optional("error", text)
}

/// Converts an error of the token endpoint.
pub(in crate::provider::upstream) fn declined(error: &str) -> Error {
    match error {
        // GitHub sends the last one.
        "invalid_client" | "unauthorized_client" | "incorrect_client_credentials" => {
            ProviderFault::Credentials.into()
        }
        _ => ProviderLoginRejection::Code.into(),
    }
}
