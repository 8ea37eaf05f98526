//! The verifier library of this crate over a socket, during key changes and outages.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::Request};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;
use signet::{
    client::Algorithm,
    router,
    verifier::{CallerClaims, Error, Rejected, Verifier},
};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::support::{ApiClient, PASSWORD, TestService, test_service::ISSUER};

/// A server that a test can stop.
struct Place {
    address: SocketAddr,
    serves: Arc<Mutex<Router>>,
    /// The paths of the requests, in order.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Place {
    async fn of(service: &TestService) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serves = Arc::new(Mutex::new(router::router(service.app.clone())));
        let asked = Arc::new(Mutex::new(vec![]));
        let (router, paths) = (serves.clone(), asked.clone());
        let now = Router::new().fallback(move |request: Request| {
            paths.lock().unwrap().push(request.uri().path().to_owned());
            let router = router.lock().unwrap().clone();
            async move { router.oneshot(request).await }
        });
        tokio::spawn(async move { axum::serve(listener, now).await });
        Self {
            address,
            serves,
            asked,
        }
    }

    /// A verifier for this server, with the clock of the service.
    fn verifier(&self, service: &TestService, audience: &str, algorithm: Algorithm) -> Verifier {
        Verifier::builder(ISSUER, audience)
            .jwks_url(format!("http://{}/.well-known/jwks.json", self.address))
            .algorithms([algorithm])
            .clock(service.clock.handle())
            .build()
            .unwrap()
    }
}

fn access<'a>(client: &'a ApiClient) -> &'a str {
    client.access.as_deref().unwrap()
}

#[rstest]
#[tokio::test]
async fn verifier_reads_the_minted_claims(
    #[values(Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa)] algorithm: Algorithm,
) {
    let service = TestService::with(&format!(
        "[[clients]]\nclient_id = 'web'\naudience = 'https://api.example.com'\n\
         scopes = 'read write'\nalgorithm = '{algorithm}'"
    ))
    .await;
    let place = Place::of(&service).await;
    let verifier = place.verifier(&service, "https://api.example.com", algorithm);
    let mut ada = service.signed_up("ada@example.com").await;

    let claims = verifier.verify(access(&ada)).await.unwrap();
    let said = ada.get("/session").await.json();
    assert_eq!(said["sub"], json!(claims.sub));
    assert_eq!(said, serde_json::to_value(&*claims).unwrap());
    assert!(claims.require_scope("read write").is_ok());
    assert!(claims.has_role("user") && claims.require_role("admin").is_err());

    let narrow = json!({"email": "ada@example.com", "password": PASSWORD, "scope": "read"});
    ada.keep(ada.post("/login", narrow).await.assert_status(200));
    let claims = verifier.verify(access(&ada)).await.unwrap();
    assert!(claims.has_scope("read") && claims.require_scope("write").is_err());

    // Other token kinds and audiences are rejected without a fetch of the key set.
    let refused = verifier.verify(ada.refresh.as_deref().unwrap()).await;
    assert_eq!(refused, Err(Error::Rejected(Rejected::Header)));
    let other = place.verifier(&service, "https://other.example.com", algorithm);
    let refused = other.verify(access(&ada)).await;
    assert_eq!(refused, Err(Error::Rejected(Rejected::Audience)));
    assert_eq!(*place.asked.lock().unwrap(), ["/.well-known/jwks.json"]);

    // The clock moves for both.
    service.clock.advance(TimeDelta::minutes(6));
    let refused = verifier.verify(access(&ada)).await;
    assert_eq!(refused, Err(Error::Rejected(Rejected::Expired)));
    ada.refreshed().await;
    assert!(verifier.verify(access(&ada)).await.is_ok());
}

/// An app, a gateway that calls other services, and one of these, which exchanges tokens again. The secret of
/// both is `abc`.
const SERVICES: &str = "
    [[clients]]
    client_id = 'app'
    audience = 'https://gateway.example.com'
    scopes = ['read', 'write']
    [[clients]]
    client_id = 'gateway'
    client_secret_hashes = ['sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0']
    grants = ['client_credentials', 'token_exchange']
    audiences = ['https://gateway.example.com', 'https://orders.example.com']
    may_exchange_to = ['https://orders.example.com']
    scopes = ['read']
    roles = ['reader']
    [[clients]]
    client_id = 'orders'
    client_secret_hashes = ['sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0']
    grants = ['token_exchange']
    audience = 'https://orders.example.com'
    may_exchange_to = ['https://billing.example.com']
    [roles.reader]
    groups = ['readers']
";

async fn token_of(service: &TestService, form: &[(&str, &str)]) -> String {
    let secret = [("client_secret", "abc")];
    let form = [form, &secret].concat();
    let answer = service.anon().post_form("/token", &form).await;
    let body = answer.assert_status(200).json();
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn verifier_distinguishes_users_clients_and_actors() {
    let service = TestService::with(SERVICES).await;
    let place = Place::of(&service).await;
    let verifier = |audience: &str| place.verifier(&service, audience, Algorithm::Es256);
    let orders = verifier("https://orders.example.com");
    let billing = verifier("https://billing.example.com");

    let own = [
        ("grant_type", "client_credentials"),
        ("client_id", "gateway"),
        ("resource", "https://orders.example.com"),
    ];
    let own = token_of(&service, &own).await;
    assert_eq!(orders.verify(&own).await, Err(Rejected::Claims.into()));
    let caller = orders.verify_caller(&own).await.unwrap();
    assert!(matches!(&caller, CallerClaims::Client(claims) if claims.sub == "gateway"));
    assert!(caller.require_scope("read").is_ok() && caller.require_role("reader").is_ok());

    let ada = service.signed_up("ada@example.com").await;
    let exchange = async |client: &str, subject: &str, audience: &str| {
        let form = [
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            ("client_id", client),
            (
                "subject_token_type",
                "urn:ietf:params:oauth:token-type:access_token",
            ),
            ("subject_token", subject),
            ("audience", audience),
        ];
        token_of(&service, &form).await
    };
    let once = exchange("gateway", access(&ada), "https://orders.example.com").await;
    let twice = exchange("orders", &once, "https://billing.example.com").await;
    for (verifier, token, actors) in [
        (&orders, once, &["gateway"][..]),
        (&billing, twice, &["orders", "gateway"]),
    ] {
        let claims = verifier.verify(&token).await.unwrap();
        assert_eq!(claims.sub, ada.id());
        assert_eq!(claims.actors().collect::<Vec<_>>(), actors);
        assert_eq!(claims.client_id, actors[0]);
        let caller = verifier.verify_caller(&token).await.unwrap();
        assert_eq!(caller.user(), Some(ada.id()));
    }
}

/// Every minute of 36 hours, a client refreshes and presents the new token and the previous one.
#[tokio::test]
async fn verifier_accepts_every_token_during_key_rotation() {
    let service = TestService::new().await;
    let place = Place::of(&service).await;
    let verifier = place.verifier(&service, ISSUER, Algorithm::Es256);
    let ada = service.signed_up("ada@example.com").await;
    let (mut last, mut refresh) = (access(&ada).to_owned(), ada.refresh.clone());
    let mut keys = std::collections::BTreeSet::new();

    for minute in 0..36 * 60 {
        if minute == 600 {
            // A successor is published, to sign in a day.
            service
                .rotate(service.clock.now() + TimeDelta::days(1))
                .await;
        }
        let mut ada = service.anon();
        ada.refresh = refresh;
        ada.refreshed().await;
        for token in [access(&ada), &last] {
            let judged = verifier.verify(token).await;
            assert!(judged.is_ok(), "minute {minute}: {judged:?}");
        }
        access(&ada).clone_into(&mut last);
        refresh = ada.refresh;
        keys.insert(last.split('.').next().unwrap().to_owned());
        service.clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(keys.len(), 2, "another key has signed");
    // As often as the cache headers of the key set demand, and not more often.
    let asked = place.asked.lock().unwrap().len();
    assert!((425..=440).contains(&asked), "{asked}");
}

#[tokio::test]
async fn verifier_works_while_the_service_is_down() {
    let service = TestService::new().await;
    let place = Place::of(&service).await;
    let verifier = place.verifier(&service, ISSUER, Algorithm::Es256);
    let mut ada = service.signed_up("ada@example.com").await;
    verifier.verify(access(&ada)).await.unwrap();

    *place.serves.lock().unwrap() = Router::new();
    for _ in 0..23 {
        service.clock.advance(TimeDelta::hours(1));
        ada.refreshed().await;
        assert!(verifier.verify(access(&ada)).await.is_ok());
    }
    service.clock.advance(TimeDelta::hours(2));
    ada.refreshed().await;
    let refused = verifier.verify(access(&ada)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
}
