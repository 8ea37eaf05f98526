//! The token consumers of `tests/recipes`: accepted tokens, rejected tokens, and key changes.

mod auth_js;
mod backend;
mod bound_tokens;

use std::{collections::BTreeSet, fs};

use rstest::rstest;
use serde_json::json;

use crate::{
    docs,
    support::{
        issuer::{CLIENTS, Issuer, with},
        recipes::{AUDIENCE, Recipe},
        token::{claims, header, under},
        wait_until,
    },
};

#[rstest]
#[case::fastapi("fastapi")]
#[case::node("node")]
#[case::apache("apache")]
#[case::rust("rust")]
fn slow_recipe_accepts_only_valid_tokens_across_key_rotation(#[case] name: &str) {
    let issuer = Issuer::start(CLIENTS);
    let Some(recipe) = Recipe::start(name, &issuer.url, &[]) else {
        return;
    };
    let status = |token: &str| recipe.request_with_token(token).0;
    let session = issuer.log_in("web", "ada@example.com");
    let first = session["access_token"].as_str().unwrap();
    let of_first = claims(first);
    assert_eq!(of_first["aud"], AUDIENCE);

    let (admitted, answer) = recipe.request_with_token(first);
    assert_eq!((admitted, &answer["sub"]), (200, &of_first["sub"]));

    let stranger = Issuer::start(CLIENTS);
    let alias = issuer.url.replace("127.0.0.1", "localhost");
    let folder = issuer.service.folder.clone();
    let namesake = Issuer::start_in(folder, &[("SIGNET_ISSUER", &alias)]);
    let by_alias = namesake.access("web");
    assert_eq!(header(first)["kid"], header(&by_alias)["kid"]);
    let exp = of_first["exp"].as_i64().unwrap();
    let expired = with(of_first.clone(), "exp", json!(exp - 3600));
    let (head, body) = first.rsplit_once('.').unwrap().0.split_once('.').unwrap();
    let unsigned = with(header(first), "alg", json!("none"));
    let refused = [
        ("an expired one", issuer.forge(header(first), &expired)),
        ("one for another audience", issuer.access("other")),
        ("one of a stranger", stranger.access("web")),
        ("one of the same keys by another name", by_alias),
        (
            "a refresh token",
            session["refresh_token"].as_str().unwrap().to_owned(),
        ),
        ("one that was cut", first[..first.len() - 3].to_owned()),
        ("one without signature", format!("{head}.{body}.")),
        (
            "one that needs no signature",
            under(&unsigned, &format!("{head}.{body}.")),
        ),
        ("no token", "garbage".to_owned()),
        ("nothing in three parts", "..".to_owned()),
    ];
    for (what, token) in &refused {
        assert_eq!(status(token), 401, "{what}: {token}");
    }
    let (scheme, bare) = (format!("Basic {first}"), String::new());
    for header in [
        format!("Authorization: {scheme}"),
        format!("Authorization: {bare}"),
        format!("X-Token: {first}"),
    ] {
        assert_eq!(recipe.ask(&header).0, 401, "{header}");
    }
    // The documentation lists the consumers that ignore `typ`.
    let of_another_kind = issuer.forge(with(header(first), "typ", json!("JWT")), &of_first);
    let looks_at_typ = name != "apache";
    assert_eq!(status(&of_another_kind) == 401, looks_at_typ);
    assert_eq!(status(first), 200);

    let second = issuer.rotate();
    wait_until("the new key is known", || status(&second) == 200);
    assert_eq!(status(first), 200);

    // A removed key is trusted until the keys are fetched again.
    fs::remove_file(&issuer.key_files()[0]).unwrap();
    issuer.service.signal("-HUP");
    wait_until("the service has forgotten it", || {
        issuer.service.get("/session", first).0 == 401
    });
    assert_eq!(status(first), 200);
    let third = issuer.rotate();
    wait_until("the new key is known", || status(&third) == 200);
    assert_eq!(status(first), 401);

    // Tokens are verified without a request to the service.
    drop(issuer);
    assert_eq!((status(&second), status(&third)), (200, 200));
}

#[rstest]
#[case::fastapi("fastapi")]
#[case::node("node")]
#[case::rust("rust")]
fn slow_recipe_returns_503_without_keys(#[case] name: &str) {
    let issuer = Issuer::start(CLIENTS);
    let access = issuer.access("web");
    let Some(recipe) = Recipe::start(name, &issuer.url, &[]) else {
        return;
    };
    drop(issuer);
    assert_eq!(recipe.request_with_token(&access).0, 503);
    assert_eq!(recipe.request_with_token("garbage").0, 401);
}

/// The documentation contains the tested recipes verbatim.
#[test]
fn docs_contain_the_recipes_verbatim() {
    let section = docs::section("verifying-tokens", "Consumers");
    let (ours, _) = section.split_once("no test of ours runs it").unwrap();
    let (mut text, mut shown) = (String::new(), BTreeSet::new());
    for (place, piece) in ours.split("```").enumerate() {
        if place % 2 == 0 {
            text += piece;
            continue;
        }
        let (_, path) = text.rsplit_once("from `tests/recipes/").unwrap();
        let path = path.split('`').next().unwrap();
        let (_, code) = piece.split_once('\n').unwrap();
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recipes/");
        let recipe = fs::read_to_string(format!("{root}{path}")).unwrap();
        assert!(recipe.contains(code), "{path} has not:\n{code}");
        shown.insert(path.to_owned());
    }
    let all = [
        "apache/httpd.conf",
        "authjs/server.js",
        "fastapi/app.py",
        "node/server.js",
        "rust/src/main.rs",
    ];
    assert_eq!(shown, all.map(str::to_owned).into());
}
