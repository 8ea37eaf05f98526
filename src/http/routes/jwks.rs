//! `GET /.well-known/jwks.json`: the public keys (RFC 7517), from memory.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use chrono::TimeDelta;
use schemars::JsonSchema;

use crate::{
    app::App,
    client::Algorithm,
    config::Config,
    http::{extract::Now, openapi::Api},
    keyring::Document,
    token::Tokens,
};

/// How long a document may be kept that changes with the configuration alone.
pub(super) const MAX_AGE: TimeDelta = TimeDelta::minutes(5);

/// Where the keys are, under the issuer.
pub(super) const PATH: &str = "/.well-known/jwks.json";

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route(PATH, get(jwks))
}

/// A public key (RFC 7517 §4).
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "what is served is written by the keyring; this describes it"
)]
struct Jwk {
    kid: String,
    kty: String,
    r#use: String,
    #[schemars(extend("enum" = Algorithm::ALL.iter().map(|alg| alg.as_str()).collect::<Vec<_>>()))]
    alg: String,
    #[schemars(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
}

/// The public keys (RFC 7517 §5).
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "what is served is written by the keyring; this describes it"
)]
struct KeySet {
    keys: Vec<Jwk>,
}

pub(super) fn describe(api: &mut Api) {
    api.get(PATH, "The public keys.")
        .tag("documents")
        .answers_document::<KeySet>("The key set.");
}

async fn jwks(
    State(tokens): State<Tokens>,
    State(config): State<Arc<Config>>,
    Now(now): Now,
    headers: HeaderMap,
) -> Response {
    public(&headers, &tokens.keyring().jwks(now), config.keys.max_age)
}

/// A JSON document that everybody may read and keep for a while, from whatever origin.
pub(super) fn public(headers: &HeaderMap, document: &Document, max_age: TimeDelta) -> Response {
    let Document { etag, body } = document;
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        let tags = value.to_str().unwrap_or_default().split(',').map(str::trim);
        tags.map(|tag| tag.trim_start_matches("W/"))
            .any(|tag| tag == *etag || tag == "*")
    });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], body.clone()).into_response()
    };
    let cache = format!("public, max-age={}", max_age.num_seconds());
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("etag"),
    );
    for (name, value) in [
        (header::CACHE_CONTROL, cache.as_str()),
        (header::ETAG, etag.as_str()),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_who_has_this_very_document_is_told_that_it_is_the_same(
            tags in prop::collection::vec("(W/)?\"[a-z]{0,3}\"|\\*|[ -~]{0,8}", 0..5),
            weak in any::<bool>(), knows in any::<bool>(),
        ) {
            let document = Document {
                etag: "\"abcdef\"".to_owned(),
                body: "{}".to_owned(),
            };
            let mut tags = tags;
            if knows {
                tags.push(format!("{}{}", if weak { "W/" } else { "" }, document.etag));
            }
            let mut headers = HeaderMap::new();
            let line = tags.join(", ");
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(&line).unwrap());
            let answer = public(&headers, &document, MAX_AGE);
            let anything = line.split(',').any(|tag| tag.trim().trim_start_matches("W/") == "*");
            let status = if knows || anything { 304 } else { 200 };
            prop_assert_eq!(answer.status().as_u16(), status);
            prop_assert_eq!(answer.headers()[header::ETAG].to_str().unwrap(), &document.etag);
        }
    }
}
