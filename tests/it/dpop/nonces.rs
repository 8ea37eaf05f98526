//! Nonces: for clients with a wrong clock, for repeated proofs, and over several nodes.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::{assert_no_proof, bound, client, login, refresh_token, service_with};
use crate::support::{
    TestService,
    answer::Answer,
    dpop::{Prover, post, with},
    redis::RedisServer,
};

const ALWAYS: &str = "dpop.nonce = 'always'\n";

async fn refresh(service: &TestService, proof: &str, token: &str) -> Answer {
    let body = json!({"refresh_token": token});
    post(service, "/refresh", &[proof], body).await
}

/// Refreshes with a new proof and the nonce of a response.
async fn retry(service: &TestService, prover: &Prover, token: &str, nonce: &Answer) -> Answer {
    let nonce = nonce.header("dpop-nonce");
    let proof = prover.proof_with(service, "/refresh", nonce);
    refresh(service, &proof, token).await
}

#[rstest]
#[case::behind(-10)]
#[case::ahead(10)]
#[tokio::test]
async fn wrong_clock_costs_one_more_request(#[case] minutes: i64) {
    let service = service_with("").await;
    let prover = Prover::ahead(TimeDelta::minutes(minutes));
    let refused = prover.post(&service, "/login", login()).await;
    assert_no_proof(&refused, "use_dpop_nonce");
    let nonce = refused.header("dpop-nonce");
    let proof = prover.proof_with(&service, "/login", nonce);
    let answer = post(&service, "/login", &[&proof], login()).await;
    // The nonce is still the newest.
    assert_eq!(answer.header("dpop-nonce"), "");
    let token = refresh_token(&answer);
    let answer = retry(&service, &prover, &token, &refused).await;
    refresh_token(&answer);
}

#[rstest]
#[case::ahead_by_the_limit(60, true)]
#[case::ahead_beyond_the_limit(61, false)]
#[case::behind_by_the_limit(-60, true)]
#[case::behind_beyond_the_limit(-61, false)]
#[tokio::test]
async fn clock_may_be_wrong_by_a_minute(#[case] seconds: i64, #[case] is_accepted: bool) {
    let service = service_with("").await;
    let prover = Prover::ahead(TimeDelta::seconds(seconds));
    let answer = prover.post(&service, "/login", login()).await;
    if is_accepted {
        answer.assert_status(200);
    } else {
        assert_no_proof(&answer, "use_dpop_nonce");
    }
}

#[tokio::test]
async fn repeated_proof_is_answered_with_a_nonce() {
    let service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    let proof = prover.proof(&service, "/refresh");
    refresh(&service, &proof, &token).await.assert_status(200);
    let repeated = refresh(&service, &proof, &token).await;
    assert_no_proof(&repeated, "use_dpop_nonce");
    let answer = retry(&service, &prover, &token, &repeated).await;
    answer.assert_status(200);
    // A thief of the proof and the token cannot make another proof.
    let repeated = refresh(&service, &proof, &token).await;
    assert_no_proof(&repeated, "use_dpop_nonce");
}

#[tokio::test]
async fn next_nonce_comes_with_the_response_when_the_step_has_moved() {
    let service = service_with("").await;
    let prover = Prover::ahead(TimeDelta::hours(1));
    let first = prover.post(&service, "/login", login()).await;
    service.clock.advance(TimeDelta::seconds(60));
    let proof = prover.proof_with(&service, "/login", first.header("dpop-nonce"));
    let second = post(&service, "/login", &[&proof], login()).await;
    let token = refresh_token(&second);
    let next = second.header("dpop-nonce");
    assert!(!next.is_empty() && next != first.header("dpop-nonce"));
    let third = retry(&service, &prover, &token, &second).await;
    assert_eq!(third.assert_status(200).header("dpop-nonce"), "");
    service.clock.advance(TimeDelta::seconds(180));
    let fourth = retry(&service, &prover, &token, &second).await;
    assert_no_proof(&fourth, "use_dpop_nonce");
}

#[tokio::test]
async fn every_proof_needs_a_nonce_if_the_service_says_so() {
    let mut service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    let needs_restart = service.reload(&format!("{ALWAYS}{}", client(""))).unwrap();
    assert!(needs_restart.is_empty(), "{needs_restart:?}");
    let refused = prover.refresh(&service, &token).await;
    assert_no_proof(&refused, "use_dpop_nonce");
    let answer = retry(&service, &prover, &token, &refused).await;
    answer.assert_status(200);
    let proof = prover.proof_with(&service, "/refresh", "invented");
    let answer = refresh(&service, &proof, &token).await;
    assert_no_proof(&answer, "use_dpop_nonce");
}

/// The thief has the refresh token, and a proof that a script in the page of the client has signed for later, with the
/// nonce of that time.
#[rstest]
#[case::when_needed("when_needed")]
#[case::always("always")]
#[tokio::test]
async fn proof_for_later_is_useless_if_every_proof_needs_a_nonce(#[case] policy: &str) {
    let mut service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    let settings = format!("dpop.nonce = '{policy}'\n{}", client(""));
    service.reload(&settings).unwrap();
    let late = Prover::ahead(TimeDelta::hours(1));
    let refused = late.refresh(&service, &token).await;
    assert_no_proof(&refused, "use_dpop_nonce");

    let later = TimeDelta::minutes(5);
    let iat = (service.clock.now() + later).timestamp();
    let claims = with(prover.claims(&service, "POST", "/refresh"), "iat", iat);
    let stolen = match policy {
        "always" => with(claims, "nonce", refused.header("dpop-nonce")),
        _ => claims,
    };
    let stolen = prover.sign(&stolen);
    service.clock.advance(later);
    let answer = refresh(&service, &stolen, &token).await;
    match policy {
        "always" => assert_no_proof(&answer, "use_dpop_nonce"),
        _ => drop(refresh_token(&answer)),
    }
}

/// A client that keeps the nonce of each response, and refreshes whenever its access token has expired.
#[tokio::test]
async fn nonce_that_is_always_needed_costs_one_request_for_each_refresh() {
    let mut service = service_with("").await;
    let prover = Prover::new();
    let mut token = bound(&service, &prover).await;
    service.reload(&format!("{ALWAYS}{}", client(""))).unwrap();
    let mut nonce = prover.refresh(&service, &token).await;
    for _ in 0..3 {
        let answer = retry(&service, &prover, &token, &nonce).await;
        token = refresh_token(&answer);
        let lifetime = answer.json()["expires_in"].as_i64().unwrap();
        service.clock.advance(TimeDelta::seconds(lifetime));
        nonce = retry(&service, &prover, &token, &nonce).await;
        assert_no_proof(&nonce, "use_dpop_nonce");
    }
}

#[tokio::test]
async fn nonce_of_one_node_is_accepted_by_the_other() {
    let settings = format!("{ALWAYS}{}", client(""));
    let first = TestService::with(&client("")).await;
    super::sign_up(&first).await;
    let prover = Prover::new();
    let mut token = bound(&first, &prover).await;
    let [first, second] = [
        first.second_node(&settings).await,
        first.second_node(&settings).await,
    ];
    let mut nonce = prover.refresh(&first, &token).await;
    assert_no_proof(&nonce, "use_dpop_nonce");
    for turn in 0..6 {
        let node = if turn % 2 == 0 { &second } else { &first };
        let answer = retry(node, &prover, &token, &nonce).await;
        token = refresh_token(&answer);
        if !answer.header("dpop-nonce").is_empty() {
            nonce = answer;
        }
        for node in [&first, &second] {
            node.clock.advance(TimeDelta::seconds(30));
        }
    }
}

#[tokio::test]
async fn proof_is_used_once_at_nodes_that_coordinate() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let settings = format!("{}{}", redis.settings(), client(""));
    let first = TestService::with(&settings).await;
    super::sign_up(&first).await;
    let second = first.second_node(&settings).await;
    let prover = Prover::new();
    let token = bound(&first, &prover).await;
    let proof = prover.proof(&first, "/refresh");
    refresh(&first, &proof, &token).await.assert_status(200);
    let repeated = refresh(&second, &proof, &token).await;
    assert_no_proof(&repeated, "use_dpop_nonce");
}

#[tokio::test]
async fn nonces_survive_a_rotation_of_the_secret() {
    let service = service_with("").await;
    let prover = Prover::ahead(TimeDelta::hours(1));
    let before = prover.post(&service, "/login", login()).await;
    let proof = prover.proof_with(&service, "/login", before.header("dpop-nonce"));
    let token = refresh_token(&post(&service, "/login", &[&proof], login()).await);
    service
        .rotate(service.clock.now() + TimeDelta::seconds(30))
        .await;
    service.clock.advance(TimeDelta::seconds(59));
    let answer = retry(&service, &prover, &token, &before).await;
    let token = refresh_token(&answer);
    let after = prover.refresh(&service, &token).await;
    assert_no_proof(&after, "use_dpop_nonce");
    assert_ne!(after.header("dpop-nonce"), before.header("dpop-nonce"));
    let answer = retry(&service, &prover, &token, &after).await;
    answer.assert_status(200);
}

/// A client that treats every response with a nonce as a nonce error must see `invalid_grant` and sign out.
#[tokio::test]
async fn refused_token_is_answered_without_a_nonce() {
    let service = service_with("").await;
    let prover = Prover::ahead(TimeDelta::hours(1));
    let refused = prover.post(&service, "/login", login()).await;
    let proof = prover.proof_with(&service, "/login", refused.header("dpop-nonce"));
    let token = refresh_token(&post(&service, "/login", &[&proof], login()).await);
    service.clock.advance(TimeDelta::days(120));
    let answer = prover.refresh(&service, &token).await;
    answer.assert_problem(401, "invalid_grant");
    assert_eq!(answer.header("dpop-nonce"), "");
}
