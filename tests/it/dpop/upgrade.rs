//! Clients that begin to use proofs, and the settings.

use std::{fs, sync::Arc};

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::{assert_no_proof, bound, client, key_of, refresh_token, service_with, unbound};
use crate::{
    oauth::flow::confidential,
    support::{
        TestService,
        dpop::Prover,
        process::{ServiceProcess, free_address},
    },
};

#[tokio::test]
async fn proof_binds_the_successor_of_an_unbound_token() {
    let service = service_with("").await;
    let (prover, other) = (Prover::new(), Prover::new());
    let token = unbound(&service).await;
    let answer = prover.refresh(&service, &token).await;
    let successor = refresh_token(&answer);
    assert_eq!(key_of(&successor), json!(prover.thumbprint()));
    let answer = other.refresh(&service, &successor).await;
    answer.assert_problem(401, "invalid_grant");
}

#[tokio::test]
async fn tokens_of_the_time_before_can_be_bound() {
    let mut service = service_with("").await;
    let prover = Prover::new();
    let before = unbound(&service).await;
    service.clock.advance(TimeDelta::seconds(1));
    let from = service.clock.now().to_rfc3339();
    let after = unbound(&service).await;
    let settings = format!("dpop = 'required'\ndpop_required_from = '{from}'");
    service.reload(&client(&settings)).unwrap();
    let body = json!({"refresh_token": before});
    let answer = service.anon().post("/refresh", body).await;
    assert_no_proof(&answer, "invalid_dpop_proof");
    let answer = prover.refresh(&service, &after).await;
    answer.assert_problem(401, "invalid_grant");
    let answer = prover.refresh(&service, &before).await;
    assert_eq!(key_of(&refresh_token(&answer)), json!(prover.thumbprint()));
    bound(&service, &prover).await;
}

#[rstest]
#[case("dpop = 'on'", "dpop", "must be one of off, allowed, required")]
#[case("dpop_binds = 'access'", "dpop_binds", "must be one of refresh, both")]
#[case(
    "dpop = 'off'\ndpop_binds = 'both'",
    "dpop_binds",
    "no effect while dpop is off"
)]
#[case(
    "dpop = 'required'\ndpop_required_from = 'soon'",
    "dpop_required_from",
    "must be a time such as"
)]
#[case(
    "transport = 'cookie'\ndpop = 'required'",
    "dpop",
    "is for bearer transport"
)]
#[case(
    "transport = 'cookie'\ndpop_binds = 'both'",
    "dpop_binds",
    "is for bearer transport"
)]
#[tokio::test]
async fn wrong_setting_is_named(#[case] settings: &str, #[case] name: &str, #[case] problem: &str) {
    let mut service = TestService::new().await;
    let faults = service.reload(&client(settings)).unwrap_err();
    let place = format!("clients[0].{name} (signet.toml");
    assert!(
        faults.contains(&place) && faults.contains(problem),
        "{faults}"
    );
    assert!(faults.starts_with("1 setting"), "{faults}");
}

/// The note of the start about RFC 9700 §4.14.2 names the public clients that need no proof, and no other.
#[test]
fn start_names_public_clients_that_need_no_proof() {
    let bound = client("dpop = 'required'");
    let api = confidential("api", "");
    let open = "[[clients]]\nclient_id = 'web'\n[[clients]]\nclient_id = 'off'\ndpop = 'off'\n";
    for (clients, named) in [
        (
            [&*bound, &*api, open].concat(),
            Some("the public clients off, web are not"),
        ),
        ([&*bound, &*api].concat(), None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("signet.toml"), clients).unwrap();
        let service = ServiceProcess::start_in(Arc::new(folder), free_address(), &[]);
        let printed = service.printed();
        assert_eq!(printed.contains("RFC 9700"), named.is_some(), "{printed}");
        assert!(printed.contains(named.unwrap_or_default()), "{printed}");
    }
}

#[tokio::test]
async fn metadata_and_cors_describe_proofs() {
    let service = service_with("origins = ['https://spa.example.org']").await;
    let metadata = service
        .anon()
        .get("/.well-known/oauth-authorization-server")
        .await;
    assert_eq!(
        metadata.json()["dpop_signing_alg_values_supported"],
        json!(["ES256", "EdDSA", "RS256", "PS256"])
    );
    let headers = [
        ("origin", "https://spa.example.org"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "dpop,content-type"),
    ];
    let preflight = service
        .anon()
        .send("OPTIONS", "/refresh", &headers, "")
        .await;
    let allowed = preflight.header("access-control-allow-headers");
    assert!(allowed.split(',').any(|it| it == "dpop"), "{allowed}");
    let answer = service.anon().send("GET", "/session", &headers, "").await;
    let exposed = answer.header("access-control-expose-headers");
    for name in ["dpop-nonce", "www-authenticate"] {
        assert!(exposed.split(',').any(|it| it == name), "{exposed}");
    }
}
