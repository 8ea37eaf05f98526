//! How long a client's access tokens can get: known before there is one, so refused at the start.

use serde_json::Value;
use uuid::fmt::Hyphenated;

use super::Issuer;
use crate::{
    client::{Client, UserColumn},
    identity::{EmailAddress, PersonName, Role},
};

/// The most bytes of an access token, apart from what a person chooses: name, address, picture.
/// Requests carry it beside cookies and everything else, and many a proxy takes 4 KiB or 8 KiB of
/// headers.
const MOST: usize = 1536;

/// The most bytes of an access token with those: a cookie of 4,096 bytes, its name included.
const MOST_IN_ALL: usize = 4096 - "__Host-signet-access=".len();

/// The most bytes of a picture's URL as a claim, which is less than a row may hold.
const PICTURE: usize = 512;

/// The header of every access token, but for its `typ`.
const HEADER: &str =
    r#"{"alg":"ES256","typ":"","kid":"0123456789012345678901234567890123456789012"}"#;

/// The longest claims, but for what the configuration says: a test mints such a token.
const CLAIMS: &str = concat!(
    r#"{"iss":"","sub":"01234567-0123-0123-0123-0123456789ab","aud":"","exp":1767225600,"#,
    r#""iat":1767225600,"jti":"0123456789012345678901","client_id":"","#,
    r#""sid":"0123456789012345678901","auth_time":1767225600,"amr":["pwd","hwk","mfa"],"#,
    r#""roles":["01234567890123456789012345678901"],"epoch":9007199254740991}"#,
);

/// The same of the claim that is left out where nothing is granted.
const SCOPE: &str = r#""scope":"","#;

/// The most bytes of an access token for that client.
pub fn longest_access_token(issuer: &Issuer, client: &Client) -> usize {
    longest(issuer, client, longest_claim)
}

/// The most bytes of a column in JSON, quotation marks included. What is longer is left out of a
/// token; of what a row may hold, only the URL of a picture can be.
pub const fn longest_claim(column: UserColumn) -> usize {
    "\"\"".len()
        + match column {
            UserColumn::Id => Hyphenated::LENGTH,
            UserColumn::Email => EmailAddress::MAX_BYTES,
            UserColumn::EmailVerified => "false".len() - "\"\"".len(),
            UserColumn::Name => char::MAX.len_utf8() * PersonName::MAX_CHARS,
            UserColumn::Image => PICTURE,
            UserColumn::Role => Role::MAX_BYTES,
        }
}

/// The setting of a client that makes its access tokens too long, and what is wrong with it.
pub(super) fn too_long(issuer: &Issuer, client: &Client) -> Option<(&'static str, String)> {
    // Of what a person chooses, the quotation marks.
    let least = |column| match column {
        UserColumn::Email | UserColumn::Name | UserColumn::Image => "\"\"".len(),
        UserColumn::Id | UserColumn::EmailVerified | UserColumn::Role => longest_claim(column),
    };
    let apart = longest(issuer, client, least);
    let in_all = longest_access_token(issuer, client);
    let algorithm = client.algorithm;
    if apart > MOST {
        // Whichever can be shortened the most is to blame.
        let parts = [
            ("audience", escaped(&client.audience)),
            ("scopes", escaped(&client.scopes.to_string())),
            ("claims", added(client, least)),
        ];
        let (setting, _) = parts.into_iter().max_by_key(|(_, bytes)| *bytes)?;
        let problem = format!(
            "makes {algorithm} access tokens of up to {apart} bytes, with the issuer, client_id, \
             scopes, audience and claims that they carry: at most {MOST} are allowed"
        );
        Some((setting, problem))
    } else if in_all > MOST_IN_ALL {
        let problem = format!(
            "makes {algorithm} access tokens of up to {in_all} bytes, with names, emails and picture URLs \
             of maximum length: at most {MOST_IN_ALL} are allowed"
        );
        Some(("claims", problem))
    } else {
        None
    }
}

/// The most bytes where each column of the user's row takes so many.
fn longest(issuer: &Issuer, client: &Client, bytes: impl Fn(UserColumn) -> usize) -> usize {
    let scope = match client.scopes.to_string().as_str() {
        "" => 0,
        scope => SCOPE.len() + escaped(scope),
    };
    let claims = CLAIMS.len()
        + escaped(issuer.as_str())
        + escaped(&client.audience)
        + escaped(&client.client_id)
        + scope
        + added(client, bytes);
    let signature = client.algorithm.longest_signature();
    let header = HEADER.len() + client.typ.as_str().len();
    let parts = [header, claims, signature].map(in_base64);
    parts.iter().sum::<usize>() + "..".len()
}

/// The length of what the client has added, the comma before it included.
fn added(client: &Client, bytes: impl Fn(UserColumn) -> usize) -> usize {
    let text = |column| "x".repeat(bytes(column) - "\"\"".len());
    let claims = client.claims.of_row(|column| Some(text(column).into()));
    if claims.is_empty() {
        return 0;
    }
    ",".len() + Value::from(claims).to_string().len() - "{}".len()
}

/// The length of a text in JSON, without its quotation marks.
fn escaped(text: &str) -> usize {
    Value::from(text).to_string().len() - "\"\"".len()
}

/// The length of so many bytes in base64url without padding.
const fn in_base64(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}
