//! The statements of OpenID Connect, client credentials and token exchange, on connections that reject writes.

use std::sync::atomic::{AtomicU64, Ordering};

use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{counted, make_read_only};
use crate::support::{
    Engine, PASSWORD, TestService,
    answer::Answer,
    both_engines,
    oauth_client::Login,
    openid::{StubKey, encode},
    upstream::LOOPBACK,
};

/// The number of times that each operation is performed.
const TIMES: u64 = 300;

/// A public client and two confidential ones. The secret of `api` is `abc`.
const CLIENTS: &str = "
    [[clients]]
    client_id = 'app'
    audience = 'https://api.example.com'
    scopes = ['openid', 'profile', 'email', 'groups', 'read']
    redirect_uris = ['https://app.example.com/back']
    post_logout_redirect_uris = ['https://app.example.com/out']
    [[clients]]
    client_id = 'api'
    client_secret_hashes = ['sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0']
    grants = ['client_credentials', 'token_exchange']
    audience = 'https://api.example.com'
    may_exchange_to = ['https://billing.example.com']
    roles = ['admin']
    scopes = ['read']
    [[clients]]
    client_id = 'signer'
    audience = 'https://api.example.com'
    grants = ['client_credentials', 'token_exchange']
    may_exchange_to = ['https://billing.example.com']
";

const SECRET: [(&str, &str); 2] = [("client_id", "api"), ("client_secret", "abc")];
const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// A service on a database that rejects writes, in which Ada exists.
async fn service(engine: Engine, key: &StubKey) -> TestService {
    let jwk = serde_json::from_value::<toml::Table>(key.jwk()).unwrap();
    let jwk: Vec<_> = jwk
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let clients = format!(
        "{CLIENTS}    jwks = {{ keys = [{{ {} }}] }}\n",
        jwk.join(", ")
    );
    let service = TestService::with_providers(engine, &[], "").await;
    service.signed_up("ada@example.com").await;
    let TestService { database, app, .. } = service;
    app.store.close().await;
    // The key of ID tokens is not in the folder yet.
    std::fs::remove_dir_all(&app.config.keys.folder).unwrap();
    let database = make_read_only(database, engine).await;
    TestService::with_providers_in(database, &[], &clients).await
}

/// Performs an operation [`TIMES`] times.
async fn assert_costs(name: &str, reads: u64, operation: impl AsyncFn()) {
    let ((), read, others) = counted(async {
        for _ in 0..TIMES {
            operation().await;
        }
    })
    .await;
    assert_eq!((read, others), (reads * TIMES, 0), "{name}");
}

/// A new assertion of the client `signer` (RFC 7523 §3).
fn assertion(service: &TestService, key: &StubKey) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let now = service.clock.now().timestamp();
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": key.kid});
    let claims = json!({
        "iss": "signer", "sub": "signer", "aud": LOOPBACK, "iat": now, "exp": now + 60,
        "jti": NUMBER.fetch_add(1, Ordering::Relaxed).to_string(),
    });
    let message = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    );
    let signature = encode(key.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn exchange(subject: &str) -> [(&'static str, &str); 4] {
    [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
        ("subject_token", subject),
        ("audience", "https://billing.example.com"),
    ]
}

/// Logs in on the page, and returns the answer with the code.
async fn log_in(login: &Login<'_>, url: &str) -> Answer {
    let page = login.browser.visit(url).await;
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    login.browser.post_form(&page.form().0, &fields).await
}

#[apply(both_engines)]
#[tokio::test(flavor = "multi_thread")]
async fn slow_thousands_of_openid_requests_write_nothing(engine: Engine) {
    let key = StubKey::es256("signer");
    let service = service(engine, &key).await;
    let rows = service.app.store.users(None, 10).await.unwrap();
    let login = Login::new(&service);
    let url = format!("{}&scope=openid+profile+email+groups+read", login.url(""));

    let (landed, reads, writes) = counted(log_in(&login, &url)).await;
    assert_eq!((reads, writes), (1, 0), "login on the page");
    let (session, reads, writes) = counted(login.redeem(&login.code(&landed))).await;
    assert_eq!((reads, writes), (1, 0), "code grant");
    let session = session.assert_status(200).json();
    assert!(session["id_token"].is_string(), "{session}");

    assert_costs(
        "login by single sign-on, and its code with an ID token",
        2,
        async || {
            let landed = login.browser.visit(&url).await;
            let session = login.redeem(&login.code(&landed)).await;
            assert!(session.assert_status(200).json()["id_token"].is_string());
        },
    )
    .await;
    assert_costs(
        "authorization endpoint with a session at the issuer",
        1,
        async || {
            login.code(&login.browser.visit(&format!("{url}&prompt=none")).await);
        },
    )
    .await;
    let stranger = Login::new(&service);
    let silent = format!("{}&scope=openid&prompt=none", stranger.url(""));
    assert_costs("prompt=none without a session", 0, async || {
        let answer = stranger.browser.visit(&silent).await;
        assert_eq!(stranger.error(&answer).as_deref(), Some("login_required"));
    })
    .await;
    let refresh_token = session["refresh_token"].as_str().unwrap();
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", refresh_token),
    ];
    assert_costs("refresh with an ID token", 1, async || {
        let renewed = service.anon().post_form("/token", &refresh).await;
        assert!(renewed.assert_status(200).json()["id_token"].is_string());
    })
    .await;

    let mut ada = service.anon();
    ada.access = session["access_token"].as_str().map(str::to_owned);
    assert_costs("userinfo", 1, async || {
        let claims = ada.get("/userinfo").await.assert_status(200).json();
        assert_eq!(claims["email"], "ada@example.com");
    })
    .await;
    services_write_nothing(&service, &key, &session).await;

    let hint = session["id_token"].as_str().unwrap();
    let out = "https%3A%2F%2Fapp.example.com%2Fout";
    let logout = format!("/end-session?id_token_hint={hint}&post_logout_redirect_uri={out}");
    assert_costs("logout by a relying party", 0, async || {
        let answer = service.anon().get(&logout).await;
        answer.assert_status(303);
        assert_eq!(answer.header("location"), "https://app.example.com/out");
    })
    .await;
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), rows);
}

/// The grants of confidential clients.
async fn services_write_nothing(service: &TestService, key: &StubKey, session: &Value) {
    let ask = async |form: Vec<(&str, &str)>, status: u16| {
        let answer = service.anon().post_form("/token", &form).await;
        answer.assert_status(status);
    };
    assert_costs("client credentials", 0, async || {
        ask([&CREDENTIALS[..], &SECRET].concat(), 200).await;
    })
    .await;
    assert_costs("a wrong client secret", 0, async || {
        let wrong = [("client_id", "api"), ("client_secret", "wrong")];
        ask([&CREDENTIALS[..], &wrong].concat(), 401).await;
    })
    .await;
    assert_costs("private_key_jwt", 0, async || {
        let assertion = assertion(service, key);
        let signed = [
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion.as_str()),
        ];
        ask([&CREDENTIALS[..], &signed].concat(), 200).await;
    })
    .await;
    let subject = session["access_token"].as_str().unwrap();
    assert_costs("token exchange", 1, async || {
        ask([&exchange(subject)[..], &SECRET].concat(), 200).await;
    })
    .await;
    assert_costs("token exchange of an invalid token", 0, async || {
        ask([&exchange("x.y.z")[..], &SECRET].concat(), 400).await;
    })
    .await;
}
