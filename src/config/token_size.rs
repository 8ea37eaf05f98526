//! The maximum length of a client's access tokens, which is known at start, so that a configuration
//! with too long tokens is refused.

use serde_json::Value;
use uuid::fmt::Hyphenated;

use super::Issuer;
use crate::{
    client::{Client, DpopMode, UserColumn},
    identity::{EmailAddress, PersonName, Role},
};

/// The most bytes of an access token without the values that users choose: name, email and picture.
/// Requests carry the token beside cookies and other headers, and many proxies accept 4 KiB or 8
/// KiB of headers.
const MAX_FIXED_BYTES: usize = 1536;

/// The most bytes of an access token with these values: a cookie of 4,096 bytes, including its
/// name. The name is the longest one, which `cookies.domain` sets.
const MAX_BYTES: usize = 4096 - "__Secure-signet-access=".len();

/// The most bytes of a picture URL in a claim. A row may hold a longer one.
const MAX_PICTURE_BYTES: usize = 512;

/// The header of an access token without the value of `typ`.
const HEADER: &str =
    r#"{"alg":"ES256","typ":"","kid":"0123456789012345678901234567890123456789012"}"#;

/// The longest claims without the values from the configuration. A test mints such a token.
const CLAIMS: &str = concat!(
    r#"{"iss":"","sub":"01234567-0123-0123-0123-0123456789ab","aud":"","exp":1767225600,"#,
    r#""iat":1767225600,"jti":"0123456789012345678901","client_id":"","#,
    r#""sid":"0123456789012345678901","auth_time":1767225600,"acr":"1fa","amr":["pwd","hwk","mfa"],"#,
    r#""roles":["01234567890123456789012345678901"],"epoch":9007199254740991}"#,
);

/// The `scope` claim, which is omitted if no scope is granted.
const SCOPE: &str = r#""scope":"","#;

/// The claim `cnf` or `session_jkt` of a session that is bound to a key. Both have the same length.
const BINDING: &str = r#""cnf":{"jkt":"0123456789012345678901234567890123456789012"},"#;

/// Returns the most bytes of an access token for a client.
pub fn longest_access_token(issuer: &Issuer, client: &Client) -> usize {
    longest(issuer, client, longest_claim)
}

/// Returns the most bytes of a column as a JSON claim, including quotation marks. A longer value is
/// omitted from the token; only the URL of a picture can be longer.
pub const fn longest_claim(column: UserColumn) -> usize {
    "\"\"".len()
        + match column {
            UserColumn::Id => Hyphenated::LENGTH,
            UserColumn::Email => EmailAddress::MAX_BYTES,
            UserColumn::EmailVerified => "false".len() - "\"\"".len(),
            UserColumn::Name => char::MAX.len_utf8() * PersonName::MAX_CHARS,
            UserColumn::Image => MAX_PICTURE_BYTES,
            UserColumn::Role => Role::MAX_BYTES,
        }
}

/// Returns the setting that makes the access tokens of a client too long, and its problem.
pub(super) fn too_long(issuer: &Issuer, client: &Client) -> Option<(&'static str, String)> {
    // Values that users choose count only with their quotation marks.
    let fixed = |column| match column {
        UserColumn::Email | UserColumn::Name | UserColumn::Image => "\"\"".len(),
        UserColumn::Id | UserColumn::EmailVerified | UserColumn::Role => longest_claim(column),
    };
    let fixed_bytes = longest(issuer, client, fixed);
    let all_bytes = longest_access_token(issuer, client);
    let algorithm = client.algorithm;
    if fixed_bytes > MAX_FIXED_BYTES {
        // The error names the setting with the largest part, which can be shortened the most.
        let parts = [
            ("audience", longest_audience(client)),
            ("scopes", json_length(&client.scopes.to_string())),
            ("claims", extra_claims(client, fixed)),
        ];
        let (setting, _) = parts.into_iter().max_by_key(|(_, bytes)| *bytes)?;
        let problem = format!(
            "makes {algorithm} access tokens of up to {fixed_bytes} bytes, with the issuer, client_id, \
             scopes, audience and claims that they carry: at most {MAX_FIXED_BYTES} are allowed"
        );
        Some((setting, problem))
    } else if all_bytes > MAX_BYTES {
        let problem = format!(
            "makes {algorithm} access tokens of up to {all_bytes} bytes, with names, emails and picture URLs \
             of maximum length: at most {MAX_BYTES} are allowed"
        );
        Some(("claims", problem))
    } else {
        None
    }
}

/// Returns the most bytes of an access token in which `bytes` is the length of each column.
fn longest(issuer: &Issuer, client: &Client, bytes: impl Fn(UserColumn) -> usize) -> usize {
    let scope = match client.scopes.to_string().as_str() {
        "" => 0,
        scope => SCOPE.len() + json_length(scope),
    };
    let binding = match client.dpop.mode {
        DpopMode::Off => 0,
        DpopMode::Allowed | DpopMode::Required => BINDING.len(),
    };
    let claims = CLAIMS.len()
        + binding
        + json_length(issuer.as_str())
        + longest_audience(client)
        + json_length(&client.client_id)
        + scope
        + extra_claims(client, bytes);
    let signature = client.algorithm.longest_signature();
    let header = HEADER.len() + client.typ.as_str().len();
    let parts = [header, claims, signature].map(base64_length);
    parts.iter().sum::<usize>() + "..".len()
}

/// Returns the length of the longest audience of the client.
fn longest_audience(client: &Client) -> usize {
    let others = client.other_audiences.iter().map(|it| json_length(it));
    others.fold(json_length(&client.audience), usize::max)
}

/// Returns the length of the extra claims of a client, including the comma before them.
fn extra_claims(client: &Client, bytes: impl Fn(UserColumn) -> usize) -> usize {
    let text = |column| "x".repeat(bytes(column) - "\"\"".len());
    let claims = client.claims.of_row(|column| Some(text(column).into()));
    if claims.is_empty() {
        return 0;
    }
    ",".len() + Value::from(claims).to_string().len() - "{}".len()
}

/// Returns the length of a text in JSON, without quotation marks.
fn json_length(text: &str) -> usize {
    Value::from(text).to_string().len() - "\"\"".len()
}

/// Returns the length of `bytes` bytes in base64url without padding.
const fn base64_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}
