//! Recipes that verify access tokens which are bound to a key (RFC 9449 §7).

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    PASSWORD,
    dpop::{Prover, s256, with},
    issuer::Issuer,
    recipes::{AUDIENCE, Recipe},
};

#[rstest]
#[case::fastapi("fastapi")]
#[case::node("node")]
fn slow_recipe_accepts_bound_tokens_with_their_proofs_only(#[case] name: &str) {
    let client =
        format!("[[clients]]\nclient_id = 'web'\naudience = '{AUDIENCE}'\ndpop_binds = 'both'");
    let issuer = Issuer::start(&client);
    let Some(recipe) = Recipe::start(name, &issuer.url, &[]) else {
        return;
    };
    let (prover, thief) = (Prover::new(), Prover::new());
    let login = prover.sign(&prover.claims_now("POST", &format!("{}/login", issuer.url)));
    let head = format!("POST /login HTTP/1.1\r\nContent-Type: application/json\r\nDPoP: {login}");
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "client_id": "web"});
    let (status, _, session) = issuer.service.request(&head, &body.to_string()).unwrap();
    assert_eq!(status, 200, "{session}");
    let session: Value = serde_json::from_str(&session).unwrap();
    assert_eq!(session["token_type"], "DPoP");
    let token = session["access_token"].as_str().unwrap();

    let url = format!("http://{}/", recipe.address);
    let claims = |prover: &Prover| with(prover.claims_now("GET", &url), "ath", s256(token));
    let dpop = format!("Authorization: DPoP {token}");
    let status = |lines: &[String]| recipe.ask(&lines.join("\r\n")).0;
    let presents = |proof: String| status(&[dpop.clone(), format!("DPoP: {proof}")]);
    let valid = prover.sign(&claims(&prover));
    for wrong in [
        thief.sign(&claims(&thief)),
        prover.sign(&prover.claims_now("GET", &url)),
        prover.sign(&with(claims(&prover), "htm", "POST")),
        prover.sign(&with(claims(&prover), "htu", format!("{url}other"))),
        prover.sign(&with(claims(&prover), "ath", s256("another"))),
        prover.sign(&with(claims(&prover), "iat", 1)),
        "garbage".to_owned(),
    ] {
        assert_eq!(presents(wrong.clone()), 401, "{wrong}");
    }
    let proof = |proof: &str| format!("DPoP: {proof}");
    assert_eq!(status(std::slice::from_ref(&dpop)), 401);
    assert_eq!(
        status(&[format!("Authorization: Bearer {token}"), proof(&valid)]),
        401
    );
    let second = prover.sign(&claims(&prover));
    assert_eq!(status(&[dpop.clone(), proof(&valid), proof(&second)]), 401);
    assert_eq!(presents(valid.clone()), 200);
    // Every request needs a new proof.
    assert_eq!(presents(valid), 401);
    // A bearer token is not accepted as a bound one.
    let bearer = issuer.access("web");
    let claims = with(prover.claims_now("GET", &url), "ath", s256(&bearer));
    let lines = [
        format!("Authorization: DPoP {bearer}"),
        proof(&prover.sign(&claims)),
    ];
    assert_eq!(status(&lines), 401);
    assert_eq!(recipe.request_with_token(&bearer).0, 200);
}
