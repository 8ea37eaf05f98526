//! The `OpenAPI` document: golden file and completeness.
//!
//! Every test request checks its response against the document (`support/contract.rs`).

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    docs,
    support::{TestService, answer::Answer, contract::Contract},
};

async fn document() -> Value {
    let service = TestService::new().await;
    let answer = service.anon().get("/openapi.json").await;
    answer.assert_status(200).json()
}

#[tokio::test]
async fn openapi_document_matches_the_golden_file() {
    let document = document().await;
    let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    std::fs::write(&written, text).unwrap();
    let golden: Value = serde_json::from_str(include_str!("../../golden/openapi.json")).unwrap();
    let is_agreed = document == golden;
    assert!(
        is_agreed,
        "the description has changed. If it should have:\n\
         cp {} tests/golden/openapi.json",
        written.display()
    );
}

/// The operations in the route table of `docs/api.md`, as `GET /livez`.
fn documented_routes() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    let rows = docs::section("api", "Routes").lines();
    let rows = rows.skip_while(|line| !line.starts_with("| route |"));
    let rows = rows.take_while(|line| line.starts_with('|'));
    for row in rows.filter(|line| line.starts_with("| `")) {
        let cell = row.split('|').nth(1).unwrap();
        let mut methods = vec![];
        for text in cell.split('`').skip(1).step_by(2) {
            let (method, path) = match text.split_once(' ') {
                Some((method, path)) => (method, path.to_owned()),
                // Another path for the same method.
                None if text.starts_with('/') => (methods.pop().unwrap(), text.to_owned()),
                None => {
                    methods.push(text);
                    continue;
                }
            };
            methods.push(method);
            for method in &methods {
                routes.insert(format!("{method} {path}"));
            }
            methods = vec![method];
        }
    }
    routes
}

#[tokio::test]
async fn openapi_describes_exactly_the_served_routes() {
    let service = TestService::new().await;
    let described: BTreeSet<_> = Contract::of(&service.app.config)
        .operations()
        .into_iter()
        .collect();
    assert!(described.len() > 25, "{described:?}");
    assert_eq!(described, documented_routes());
}

#[tokio::test]
async fn error_codes_have_the_documented_statuses() {
    let mut named = BTreeSet::new();
    let rows = docs::section("api", "Routes").lines();
    let rows = rows.skip_while(|line| !line.starts_with("| code |"));
    for row in rows.filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let statuses: Vec<_> = cells[2].split(", ").collect();
        let codes = cells[1].split('`').skip(1).step_by(2);
        for (place, code) in codes.enumerate() {
            let status = statuses.get(place).unwrap_or(&statuses[0]);
            named.insert((status.parse().unwrap(), code.to_owned()));
        }
    }
    let document = document().await;
    let responses = document["components"]["responses"].as_object().unwrap();
    let mut described = BTreeSet::new();
    for response in responses.values() {
        let schema = &response["content"]["application/problem+json"]["schema"];
        let narrowed = &schema["allOf"][1]["properties"];
        for code in narrowed["code"]["enum"].as_array().unwrap() {
            let status = narrowed["status"]["const"].as_u64().unwrap();
            described.insert((status, code.as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(described, named);
}

#[tokio::test]
async fn contract_rejects_undescribed_responses() {
    let service = TestService::new().await;
    let contract = Contract::of(&service.app.config);
    let ada = service.signed_up("ada@example.com").await;
    let good = ada.get("/me").await;
    let changed = |change: fn(&mut Answer, &mut Value)| {
        let (mut answer, mut body) = (good.clone(), good.json());
        change(&mut answer, &mut body);
        answer.body = body.to_string().into();
        contract.admits("GET", "/me", &answer)
    };
    assert_eq!(changed(|_, _| {}), Ok(()));
    for (change, said) in [
        (
            (|_, body| body["password_hash"] = json!("x")) as fn(&mut Answer, &mut Value),
            "password_hash",
        ),
        (
            |_, body| drop(body.as_object_mut().unwrap().remove("role")),
            "role",
        ),
        (
            |_, body| body["email_verified"] = json!(7),
            "email_verified",
        ),
        (
            |_, body| body["created_at"] = json!("yesterday"),
            "created_at",
        ),
        (|answer, _| answer.status = 201, "201"),
        (
            |answer, _| {
                let html = "text/html".parse().unwrap();
                answer.headers.insert("content-type", html);
            },
            "text/html",
        ),
    ] {
        let fault = changed(change).unwrap_err();
        assert!(fault.contains(said), "{fault}");
    }
    assert!(contract.admits("GET", "/attic", &good).is_err());
    assert!(contract.admits("PUT", "/me", &good).is_err());

    let refused = service.anon().get("/me").await;
    let mut answer = refused.clone();
    answer.headers.remove("www-authenticate");
    assert_eq!(
        contract.admits("GET", "/me", &answer).unwrap_err(),
        "the header WWW-Authenticate is missing"
    );
    let mut body = refused.json();
    body["code"] = json!("rate_limited");
    let mut answer = refused.clone();
    answer.body = body.to_string().into();
    assert!(contract.admits("GET", "/me", &answer).is_err());
}

#[tokio::test]
async fn openapi_server_url_contains_the_path_of_the_issuer() {
    let service = TestService::with("issuer = 'https://example.com/auth'").await;
    let document = service.anon().get("/openapi.json").await;
    let document = document.assert_status(200).json();
    assert_eq!(document["servers"][0]["url"], "https://example.com/auth");
    let probe = &document["paths"]["/livez"];
    assert_eq!(probe["servers"][0]["url"], "https://example.com");
    let inserted = "/.well-known/oauth-authorization-server/auth";
    service.anon().get(inserted).await.assert_status(200);
    assert!(document["paths"][inserted]["get"].is_object());
    service.anon().get("/auth/session").await.assert_status(401);
}

#[tokio::test]
async fn every_token_kind_is_distinguishable() {
    let document = document().await;
    let kinds = document["x-token-kinds"].as_array().unwrap();
    for part in ["typ", "audience", "algorithms"] {
        let different: BTreeSet<_> = kinds.iter().map(|kind| kind[part].to_string()).collect();
        assert_eq!(different.len(), 3, "{part}");
    }
    // Sealed tokens differ by purpose only: each purpose is unique and described.
    let named: Vec<_> = kinds
        .iter()
        .filter_map(|kind| kind["kind"].as_str())
        .collect();
    let mut purposes = vec!["access".to_owned(), "refresh".to_owned()];
    let of_the_program = |path: &PathBuf| !path.iter().any(|part| part == "tests");
    for path in docs::sources("").into_iter().filter(of_the_program) {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        for before in ["PURPOSE: &'static str = \"", "Form::Sealed { purpose: \""] {
            let found = text.split(before).skip(1);
            let found = found.filter_map(|rest| rest.split('"').next());
            purposes.extend(found.map(str::to_owned));
        }
    }
    purposes.sort();
    let mut sorted = named.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, purposes);
    sorted.dedup();
    assert_eq!(sorted.len(), kinds.len());

    // The documentation states the same lifetimes.
    let rows = docs::section("verifying-tokens", "Tokens").lines();
    let lives = rows.filter(|line| line.starts_with("| lives |"));
    let lives = lives.collect::<String>();
    for kind in kinds {
        let words = match kind["lifetime"].as_i64().unwrap() {
            30 => "codes 30 s",
            300 if kind["kind"] == "access" => "| 5 min |",
            300 => "challenges 5 min",
            600 if kind["kind"] == "login-link" => "to log in 10 min",
            600 => "a login under way 10 min",
            1_800 => "to reset 30 min",
            3_600 if kind["kind"] == "address-change" => "to another address 1 h",
            3_600 => "while it lacks an address 1 h",
            43_200 => "sessions at the issuer 12 h unused",
            86_400 => "to sign up 1 day",
            2_592_000 => "30 days unused",
            other => panic!("the documentation says nothing of {other} s"),
        };
        assert!(lives.contains(words), "{words}: {lives}");
    }
}

/// Every `$ref` resolves, every component is used, and every name is unique.
#[tokio::test]
async fn openapi_references_resolve_and_components_are_used() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                let reference = members.get("$ref").and_then(Value::as_str);
                found.extend(reference.map(str::to_owned));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document().await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for schema in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
    {
        assert!(
            found.contains(&format!("#/components/schemas/{schema}")),
            "{schema}"
        );
    }
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values().filter(|o| o.is_object()) {
            assert_ne!(operation["tags"][0], "", "{operation}");
            assert_ne!(operation["summary"], "", "{operation}");
        }
    }
}
