//! Forged proofs at routes that mint tokens, and at a route that reads an access token. Each one is refused with its
//! cause, and nothing is minted.

mod table;

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use self::table::{FORGED, OF_ANOTHER_TOKEN, Row};
use super::{
    access_token, assert_no_proof, assert_nothing_minted, bound, client, login, refresh_token,
    resources::assert_refused, service_with,
};
use crate::support::{
    TestService,
    answer::Answer,
    dpop::{Prover, post, post_token, present, s256, with},
};

const INVALID: &str = "invalid_dpop_proof";
const NONCE: &str = "use_dpop_nonce";
const GRANT: &str = "invalid_grant";

/// A request for which proofs are forged.
struct Target {
    service: TestService,
    method: &'static str,
    path: &'static str,
    /// The owner of the tokens.
    prover: Prover,
    access: String,
    refresh: String,
    /// A proof that was used for this request.
    used: String,
    /// A nonce of another issuer with the same secret.
    foreign_nonce: String,
}

impl Target {
    async fn of((method, path): (&'static str, &'static str)) -> Self {
        let service = service_with("dpop_binds = 'both'").await;
        let prover = Prover::new();
        let answer = prover.post(&service, "/login", login()).await;
        let settings = format!("issuer = 'https://auth.example.org'\n{}", client(""));
        let elsewhere = service.second_node(&settings).await;
        let late = Prover::ahead(TimeDelta::hours(1));
        let refused = late.post(&elsewhere, "/login", login()).await;
        let mut target = Self {
            access: access_token(&answer),
            refresh: refresh_token(&answer),
            used: String::new(),
            foreign_nonce: refused.header("dpop-nonce").to_owned(),
            service,
            method,
            path,
            prover,
        };
        target.used = target.proof();
        let answer = target.send(&[target.used.clone()]).await;
        answer.assert_status(200);
        target
    }

    async fn send(&self, proofs: &[String]) -> Answer {
        let proofs: Vec<_> = proofs.iter().map(String::as_str).collect();
        let (service, token) = (&self.service, &*self.refresh);
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "app"),
            ("refresh_token", token),
        ];
        match self.path {
            "/refresh" => post(service, self.path, &proofs, json!({"refresh_token": token})).await,
            "/token" => post_token(service, &proofs, &form).await,
            _ => {
                let authorization = format!("DPoP {}", self.access);
                present(service, (self.method, self.path), &authorization, &proofs).await
            }
        }
    }

    /// Asserts that a proof is refused with this error, and this cause in the response.
    async fn refuses(&self, name: &str, proofs: &[String], (error, cause): (&str, &str)) {
        let answer = self.send(proofs).await;
        let text = answer.text();
        let expected = match (self.path, error) {
            // The token is presented by the proof of another key.
            ("/me", GRANT) => (401, INVALID),
            ("/me", _) | ("/refresh", GRANT) => (401, error),
            _ => (400, error),
        };
        let found = answer.json()["error"].clone();
        assert_eq!(
            (answer.status, found.as_str()),
            (expected.0, Some(expected.1)),
            "{name}: {text}"
        );
        assert!(text.contains(cause), "{name}: {text}");
        assert_nothing_minted(&answer);
        match self.path {
            "/me" => assert_refused(&answer, expected.1),
            "/token" => {
                answer.assert_oauth_error(400, error);
            }
            _ if error == GRANT => assert_eq!(answer.header("dpop-nonce"), "", "{name}"),
            _ => assert_no_proof(&answer, error),
        }
    }

    fn claims(&self) -> Value {
        let claims = self.prover.claims(&self.service, self.method, self.path);
        with(claims, "ath", s256(&self.access))
    }

    fn url(&self) -> String {
        self.service.app.config.issuer.endpoint(self.path)
    }

    fn now(&self) -> i64 {
        self.service.clock.now().timestamp()
    }

    /// A valid proof.
    fn proof(&self) -> String {
        self.prover.sign(&self.claims())
    }

    /// A valid proof of a key to which the tokens are not bound.
    fn proof_of_other_key(&self) -> String {
        Prover::new().sign(&self.claims())
    }

    fn with_header(&self, name: &str, value: impl Into<Value>) -> Vec<String> {
        let header = with(self.prover.header(), name, value).to_string();
        vec![self.prover.sign_texts(&header, &self.claims().to_string())]
    }

    fn with_claim(&self, name: &str, value: impl Into<Value>) -> Vec<String> {
        vec![self.prover.sign(&with(self.claims(), name, value))]
    }

    fn with_url(&self, from: &str, to: &str) -> Vec<String> {
        self.with_claim("htu", self.url().replacen(from, to, 1))
    }

    /// A proof whose header also begins with this member.
    fn with_more_header(&self, member: &str) -> Vec<String> {
        let header = beginning_with(member, &self.prover.header());
        vec![self.prover.sign_texts(&header, &self.claims().to_string())]
    }

    /// A proof whose claims also begin with this member.
    fn with_more_claims(&self, member: &str) -> Vec<String> {
        let claims = beginning_with(member, &self.claims());
        vec![
            self.prover
                .sign_texts(&self.prover.header().to_string(), &claims),
        ]
    }

    /// A proof whose part of this number is replaced after signing.
    fn with_part(&self, number: usize, part: &str) -> Vec<String> {
        let proof = self.proof();
        let mut parts: Vec<_> = proof.split('.').collect();
        parts[number] = part;
        vec![parts.join(".")]
    }
}

fn beginning_with(member: &str, object: &Value) -> String {
    object.to_string().replacen('{', &format!("{{{member},"), 1)
}

#[rstest]
#[case::refresh(("POST", "/refresh"), &[])]
#[case::token(("POST", "/token"), &[])]
#[case::access_token(("GET", "/me"), OF_ANOTHER_TOKEN)]
#[tokio::test]
async fn forged_proof_is_refused(
    #[case] request: (&'static str, &'static str),
    #[case] more: &[Row],
) {
    let target = Target::of(request).await;
    for (name, forge, error, cause) in FORGED.iter().chain(more) {
        target.refuses(name, &forge(&target), (error, cause)).await;
    }
    // The key and the tokens of the owner still work.
    let answer = target.send(&[target.proof()]).await;
    answer.assert_status(200);
}

/// A proxy may rewrite `Host`, and a client can send any. The URL of a proof is that of the issuer.
#[tokio::test]
async fn host_of_the_request_does_not_matter() {
    let service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    let body = json!({"refresh_token": token}).to_string();
    let evil = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
        ("content-type", "application/json"),
    ];
    let send = async |proof: &str| {
        let headers = [&evil[..], &[("dpop", proof)]].concat();
        let client = service.anon();
        client
            .send("POST", "/refresh", &headers, body.clone())
            .await
    };
    let proof = prover.proof(&service, "/refresh");
    send(&proof).await.assert_status(200);
    let claims = prover.claims(&service, "POST", "/refresh");
    let proof = prover.sign(&with(claims, "htu", "http://evil.example/refresh"));
    assert_no_proof(&send(&proof).await, "invalid_dpop_proof");
}
