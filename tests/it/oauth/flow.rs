//! The steps of a login at the OpenID provider: the authorization endpoint, the login page and the token
//! endpoint.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use signet::client::SecretHash;

use crate::support::{
    ApiClient, Browser, Engine, PASSWORD, TestService,
    answer::Answer,
    oauth_client::{CHALLENGE, REDIRECT_URI, VERIFIER},
    openid::{StubKey, encode},
    stub::{one, pairs},
    upstream::LOOPBACK,
};

pub const ADA: &str = "ada@example.com";

/// A secret with characters that a form encodes (RFC 6749 §2.3.1).
pub const SECRET: &str = "a:secret+100%/=& \u{e9}";

/// The `[[clients]]` table of a public client.
pub const PUBLIC: &str = "
    [[clients]]
    client_id = 'spa'
    scopes = ['openid', 'read']
    id_token_algorithm = 'ES256'
    redirect_uris = ['https://app.example.com/back']
    origins = ['https://spa.example.com']
";

/// The setting for these secrets.
pub fn hashes(secrets: &[&str]) -> String {
    let hashes: Vec<_> = secrets
        .iter()
        .map(|it| format!("'{}'", SecretHash::of(it)))
        .collect();
    format!("client_secret_hashes = [{}]", hashes.join(", "))
}

/// The `[[clients]]` table of a client with [`SECRET`] and these settings.
pub fn confidential(client_id: &str, more: &str) -> String {
    format!(
        "
        [[clients]]
        client_id = '{client_id}'
        redirect_uris = ['{REDIRECT_URI}']
        {}
        {more}
        ",
        hashes(&[SECRET])
    )
}

/// A service with these clients, the public client and a user.
pub async fn service_with(clients: &str) -> TestService {
    let settings = format!("{clients}\n{PUBLIC}");
    let service = TestService::with_providers(Engine::Sqlite, &[], &settings).await;
    sign_up(&service).await;
    service
}

/// Signs up the user.
pub async fn sign_up(service: &TestService) {
    let anon = service.anon();
    let asked = json!({"email": ADA, "client_id": "spa"});
    anon.post("/signup", asked).await.assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    anon.post("/signup/confirm", body).await.assert_status(201);
}

/// The URL of an authorization request. An empty parameter leaves out the default one.
pub fn authorization_url(client_id: &str, more: &[(&str, &str)]) -> String {
    let defaults = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", REDIRECT_URI),
        ("state", "the-state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let defaults = defaults
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(defaults.chain(more).filter(|(_, value)| !value.is_empty()))
        .finish();
    format!("{LOOPBACK}/authorize?{query}")
}

/// The parameters of a redirect to the client.
#[track_caller]
pub fn redirected(answer: &Answer) -> Vec<(String, String)> {
    answer.assert_status(303);
    let location = answer.header("location");
    let (uri, query) = location.split_once('?').unwrap();
    assert_eq!(uri, REDIRECT_URI);
    let parameters = pairs(query.as_bytes());
    assert_eq!(one(&parameters, "iss"), Some(LOOPBACK));
    parameters
}

/// The error that an authorization request sends to the client.
pub async fn authorization_error(
    service: &TestService,
    client_id: &str,
    more: &[(&str, &str)],
) -> String {
    let url = authorization_url(client_id, more);
    let answer = Browser::new(service).visit(&url).await;
    let parameters = redirected(&answer);
    assert_eq!(one(&parameters, "code"), None);
    one(&parameters, "error").unwrap().to_owned()
}

/// The code of a login on the login page, in a new browser.
pub async fn code(service: &TestService, client_id: &str, more: &[(&str, &str)]) -> String {
    let browser = Browser::new(service);
    let page = browser.visit(&authorization_url(client_id, more)).await;
    let (action, _) = page.assert_status(200).form();
    let fields = [("email", ADA), ("password", PASSWORD), ("by", "password")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let parameters = redirected(&browser.post_form(&action, &fields).await);
    one(&parameters, "code").unwrap().to_owned()
}

/// The form that redeems a code.
pub fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ]
}

/// The form that refreshes a session.
pub fn refresh(token: &str) -> Vec<(&str, &str)> {
    vec![("grant_type", "refresh_token"), ("refresh_token", token)]
}

/// The `Authorization` header of a client (RFC 6749 §2.3.1).
pub fn basic(client_id: &str, secret: &str) -> String {
    let encoded =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client_id), encoded(secret));
    format!("Basic {}", STANDARD.encode(pair))
}

/// The form with this `client_id`.
pub fn naming<'a>(form: &[(&'a str, &'a str)], client_id: &'a str) -> Vec<(&'a str, &'a str)> {
    [form, &[("client_id", client_id)]].concat()
}

/// A request to the token endpoint without client authentication.
pub async fn unauthenticated(service: &TestService, form: &[(&str, &str)]) -> Answer {
    service.anon().post_form("/token", form).await
}

/// A request to the token endpoint of the client with [`SECRET`] in the header.
pub async fn token(service: &TestService, client_id: &str, form: &[(&str, &str)]) -> Answer {
    token_with(service, &basic(client_id, SECRET), form).await
}

/// A request to the token endpoint with this `Authorization` header.
pub async fn token_with(
    service: &TestService,
    authorization: &str,
    form: &[(&str, &str)],
) -> Answer {
    token_from(&service.anon(), authorization, form).await
}

/// A request to the token endpoint from the network of that caller.
pub async fn token_from(
    caller: &ApiClient<'_>,
    authorization: &str,
    form: &[(&str, &str)],
) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let headers = [
        ("authorization", authorization),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    caller.send("POST", "/token", &headers, body).await
}

/// The token response of a login at a client with [`SECRET`].
pub async fn session(service: &TestService, client_id: &str, more: &[(&str, &str)]) -> Value {
    let code = code(service, client_id, more).await;
    let answer = token(service, client_id, &redemption(&code)).await;
    answer.assert_status(200).json()
}

/// The token response of a login at the public client.
pub async fn public_session(service: &TestService, more: &[(&str, &str)]) -> Value {
    let code = code(service, "spa", more).await;
    let form = [redemption(&code), vec![("client_id", "spa")]].concat();
    let answer = service.anon().post_form("/token", &form).await;
    answer.assert_status(200).json()
}

/// A member of a JSON document that is a text.
#[track_caller]
pub fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    let value = document[name].as_str();
    value.unwrap_or_else(|| panic!("no {name}: {document:#}"))
}

/// A JWT with this header and these claims.
pub fn signed(key: &StubKey, header: &Value, claims: &Value) -> String {
    let message = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    );
    format!("{message}.{}", encode(key.sign(message.as_bytes())))
}
