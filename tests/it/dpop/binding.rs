//! The key to which the tokens of a login are bound, and what a bound refresh token needs.

use futures_util::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{
    ADA, access_token, assert_no_proof, assert_nothing_minted, bound, client, key_of, login,
    refresh_token, service_with, sign_up, unbound,
};
use crate::support::{
    Engine, PASSWORD, TestService, both_engines,
    dpop::{Prover, post, post_token},
    oauth_client::{CHALLENGE, VERIFIER},
    token,
};

#[apply(both_engines)]
#[tokio::test]
async fn refresh_token_is_bound_and_access_token_stays_a_bearer_token(engine: Engine) {
    let service = TestService::configured(engine, &client("")).await;
    sign_up(&service).await;
    let prover = Prover::new();
    let answer = prover.post(&service, "/login", login()).await;
    let mut refresh = refresh_token(&answer);
    for _ in 0..3 {
        assert_eq!(key_of(&refresh), json!(prover.thumbprint()));
        let answer = prover.refresh(&service, &refresh).await;
        assert_eq!(answer.assert_status(200).json()["token_type"], "Bearer");
        let access = token::claims(&access_token(&answer));
        assert_eq!(access.get("cnf"), None);
        assert_eq!(access["session_jkt"], json!(prover.thumbprint()));
        let headers = [(
            "authorization",
            &*format!("Bearer {}", access_token(&answer)),
        )];
        let me = service.anon().send("GET", "/me", &headers, "").await;
        me.assert_status(200);
        refresh = refresh_token(&answer);
    }
}

#[tokio::test]
async fn stolen_refresh_token_is_useless_without_its_key() {
    let service = service_with("").await;
    let (prover, thief) = (Prover::new(), Prover::new());
    let stolen = bound(&service, &prover).await;
    let body = json!({"refresh_token": stolen});
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", &*stolen),
    ];
    // A missing proof is no reason to sign out.
    let answer = service.anon().post("/refresh", body.clone()).await;
    assert_no_proof(&answer, "invalid_dpop_proof");
    let answer = service.anon().post_form("/token", &form).await;
    answer.assert_oauth_error(400, "invalid_dpop_proof");
    assert_eq!(answer.header("dpop-nonce"), "");
    let answer = thief.refresh(&service, &stolen).await;
    answer.assert_problem(401, "invalid_grant");
    assert_eq!(answer.header("dpop-nonce"), "");
    let answer = thief.token(&service, &form).await;
    answer.assert_oauth_error(400, "invalid_grant");
    assert_eq!(answer.header("dpop-nonce"), "");
    assert_nothing_minted(&answer);
    // The owner is not affected.
    let answer = prover.token(&service, &form).await;
    assert_eq!(key_of(&refresh_token(&answer)), json!(prover.thumbprint()));
    prover.refresh(&service, &stolen).await.assert_status(200);
}

#[tokio::test]
async fn other_logins_bind_as_well() {
    let service = service_with("").await;
    let prover = Prover::new();
    let jkt = json!(prover.thumbprint());

    let asked = json!({"email": ADA, "client_id": "app", "code_challenge": CHALLENGE});
    let ada = service.anon();
    ada.post("/login/link", asked).await.assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let body = json!({"token": token, "code_verifier": VERIFIER});
    let answer = prover.post(&service, "/login/link/confirm", body).await;
    assert_eq!(key_of(&refresh_token(&answer)), jkt);

    let asked = json!({"email": "bob@example.com", "client_id": "app"});
    ada.post("/signup", asked).await.assert_status(202);
    let token = service.mailed_token("bob@example.com").unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    let answer = prover.post(&service, "/signup/confirm", body).await;
    let body = answer.assert_status(201).json();
    assert_eq!(key_of(body["refresh_token"].as_str().unwrap()), jkt);
}

/// A link can be used once, so a proof that is refused must not use it up.
#[tokio::test]
async fn link_is_not_used_up_by_a_refused_proof() {
    let service = service_with("dpop = 'required'").await;
    let prover = Prover::new();
    let asked = json!({"email": ADA, "client_id": "app", "code_challenge": CHALLENGE});
    service
        .anon()
        .post("/login/link", asked)
        .await
        .assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let body = json!({"token": token, "code_verifier": VERIFIER});
    let path = "/login/link/confirm";
    let answer = service.anon().post(path, body.clone()).await;
    assert_no_proof(&answer, "invalid_dpop_proof");
    let foreign = prover.proof(&service, "/login");
    let answer = post(&service, path, &[&foreign], body.clone()).await;
    assert_no_proof(&answer, "invalid_dpop_proof");
    let answer = prover.post(&service, path, body).await;
    answer.assert_status(200);
}

/// The mode of the client at the refresh, for an unbound and for a bound token: without a proof, with the proof of the
/// key, and with that of another key.
#[rstest]
#[case::off("dpop = 'off'", ["unbound", "unbound", "unbound"])]
#[case::allowed("dpop = 'allowed'", ["unbound", "bound", "bound"])]
#[case::required("dpop = 'required'", ["invalid_grant", "invalid_grant", "invalid_grant"])]
#[tokio::test]
async fn bound_token_needs_its_proof_in_every_mode(
    #[case] settings: &str,
    #[case] of_unbound: [&str; 3],
) {
    let mut service = service_with("").await;
    let (prover, other) = (Prover::new(), Prover::new());
    let tokens = [unbound(&service).await, bound(&service, &prover).await];
    service.reload(&client(settings)).unwrap();
    let of_bound = ["invalid_dpop_proof", "bound", "invalid_grant"];
    for (token, expected) in tokens.iter().zip([of_unbound, of_bound]) {
        let body = json!({"refresh_token": token});
        let answers = [
            service.anon().post("/refresh", body).await,
            prover.refresh(&service, token).await,
            other.refresh(&service, token).await,
        ];
        let found = answers.map(|answer| match answer.status {
            200 if key_of(&refresh_token(&answer)).is_string() => "bound".to_owned(),
            200 => "unbound".to_owned(),
            _ => answer.json()["code"].as_str().unwrap().to_owned(),
        });
        assert_eq!(found, expected, "{settings}");
    }
}

#[tokio::test]
async fn required_client_needs_a_proof_at_every_login() {
    let service = service_with("dpop = 'required'").await;
    let answer = service.anon().post("/login", login()).await;
    assert_no_proof(&answer, "invalid_dpop_proof");
    bound(&service, &Prover::new()).await;
}

#[tokio::test]
async fn client_that_is_off_ignores_proofs_of_new_logins() {
    let service = service_with("dpop = 'off'").await;
    let answer = post(&service, "/login", &["not a proof"], login()).await;
    assert_eq!(key_of(&refresh_token(&answer)), Value::Null);
    let token = bound(&service, &Prover::new()).await;
    assert_eq!(key_of(&token), Value::Null);
}

#[tokio::test]
async fn many_tabs_refresh_at_once() {
    let service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    let tabs = (0..20).map(|_| prover.refresh(&service, &token));
    for answer in join_all(tabs).await {
        assert_eq!(key_of(&refresh_token(&answer)), json!(prover.thumbprint()));
    }
}

#[tokio::test]
async fn two_proofs_and_long_proofs_are_refused_at_every_route() {
    let service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    let refresh = json!({"refresh_token": token});
    let long = "x".repeat(5 * 1024);
    for (path, body) in [("/refresh", refresh), ("/login", login())] {
        let proof = prover.proof(&service, path);
        for proofs in [&[&*proof, &*proof][..], &[&*long], &["", ""], &[""]] {
            let answer = post(&service, path, proofs, body.clone()).await;
            assert_no_proof(&answer, "invalid_dpop_proof");
        }
        // The proof of the refused request can be used.
        let answer = post(&service, path, &[&proof], body).await;
        answer.assert_status(200);
    }
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", &*token),
    ];
    let proof = prover.proof(&service, "/token");
    for proofs in [&[&*proof, &*proof][..], &[&*long]] {
        let answer = post_token(&service, proofs, &form).await;
        answer.assert_oauth_error(400, "invalid_dpop_proof");
        assert_nothing_minted(&answer);
    }
}

#[tokio::test]
async fn client_with_cookies_ignores_proofs() {
    let settings = "transport = 'cookie'\norigins = ['https://app.example.com']";
    let mut service = service_with("").await;
    service.reload(&client(settings)).unwrap();
    let headers = [
        ("dpop", "not a proof"),
        ("origin", "https://app.example.com"),
        ("content-type", "application/json"),
    ];
    let client = service.anon();
    let answer = client
        .send("POST", "/login", &headers, login().to_string())
        .await;
    assert_eq!(answer.assert_status(200).set_cookies().len(), 2);
}
