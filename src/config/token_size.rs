//! How long a client's access tokens can get: known before there is one, so refused at the start.

use super::Issuer;
use crate::client::Client;

/// The most bytes of an access token. Requests carry it beside cookies and everything else, and
/// many a proxy takes 4 KiB or 8 KiB of headers.
pub(super) const MOST: usize = 1536;

/// The header of every access token, but for its `typ`.
const HEADER: &str =
    r#"{"alg":"ES256","typ":"","kid":"0123456789012345678901234567890123456789012"}"#;

/// The longest claims, but for what the configuration says: a test mints such a token.
const CLAIMS: &str = concat!(
    r#"{"iss":"","sub":"01234567-0123-0123-0123-0123456789ab","aud":"","exp":1767225600,"#,
    r#""iat":1767225600,"jti":"0123456789012345678901","client_id":"","#,
    r#""sid":"0123456789012345678901","auth_time":1767225600,"amr":["pwd","hwk","mfa"],"#,
    r#""scope":"","roles":["01234567890123456789012345678901"],"epoch":9007199254740991}"#,
);

/// The most bytes of an access token for that client.
pub fn longest_access_token(issuer: &Issuer, client: &Client) -> usize {
    let claims = CLAIMS.len()
        + escaped(issuer.as_str())
        + escaped(&client.audience)
        + escaped(&client.client_id)
        + escaped(&client.scopes.to_string());
    let signature = client.algorithm.longest_signature();
    let header = HEADER.len() + client.typ.as_str().len();
    let parts = [header, claims, signature].map(in_base64);
    parts.iter().sum::<usize>() + "..".len()
}

/// The length of a text in JSON, without its quotation marks.
fn escaped(text: &str) -> usize {
    serde_json::Value::from(text).to_string().len() - "\"\"".len()
}

/// The length of so many bytes in base64url without padding.
const fn in_base64(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}
