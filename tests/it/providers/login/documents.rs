//! Optional members of other services' documents in any form: a login works as if they were absent.

use serde_json::{Value, json};

use super::{Beside, Engine, House, Login, OAUTH_CLIENT, OpenIdStub, house_beside};
use crate::support::{github::GitHubStub, openid::Document};

/// One value of each type, and the ones that providers were seen to send.
fn forms() -> Vec<Value> {
    vec![
        json!(3599),
        json!("3599"),
        json!(3599.0),
        json!(-1.5),
        json!("text"),
        json!(["openid"]),
        json!([7, null]),
        json!({"a": 1}),
        json!(true),
        json!(false),
        json!(null),
    ]
}

/// The members that need not be there, or that nobody reads.
const OPTIONAL: [(Document, &[&str]); 5] = [
    (
        Document::TokenAnswer,
        &[
            "expires_in",
            "scope",
            "refresh_token",
            "error",
            "token_type",
        ],
    ),
    (
        Document::IdToken,
        &[
            "azp",
            "nbf",
            "auth_time",
            "at_hash",
            "name",
            "picture",
            "acr",
            "amr",
        ],
    ),
    (
        Document::UserInfo,
        &["name", "picture", "locale", "updated_at", "address"],
    ),
    (
        Document::Discovery,
        &[
            "userinfo_endpoint",
            "token_endpoint_auth_methods_supported",
            "authorization_response_iss_parameter_supported",
            "scopes_supported",
            "response_types_supported",
        ],
    ),
    (
        Document::Key,
        &["alg", "use", "key_ops", "x5c", "x5t", "x5u", "x5t#S256"],
    ),
];

/// Forms that are of the expected type, and mean something that keeps people out.
fn means_something(document: Document, member: &str, form: &Value) -> bool {
    match (document, member) {
        (Document::TokenAnswer, "token_type")
        | (Document::IdToken, "azp" | "at_hash")
        | (Document::Key, "alg" | "use") => form.is_string(),
        (Document::Key, "key_ops") => *form == json!(["openid"]),
        _ => false,
    }
}

#[tokio::test]
async fn slow_an_optional_member_of_an_openid_provider_may_have_any_form() {
    for (document, members) in OPTIONAL {
        let stub = OpenIdStub::start();
        if document == Document::UserInfo {
            stub.only_in_userinfo();
        }
        if document == Document::Discovery {
            // By whichever way the document leaves.
            stub.authenticating_by_any();
        }
        for member in members {
            for form in forms() {
                if means_something(document, member, &form) {
                    continue;
                }
                // A house of its own each time: documents and users are remembered.
                let house = house_beside(&stub).await;
                stub.saying(document, member, form.clone());
                let login = Login::new(&house);
                let answer = login.at("stub", &stub).await;
                let case = format!("{document:?} {member} {form}");
                assert_eq!(answer.status, 303, "{case}: {}", answer.text());
                let told = login.told(&answer);
                let told = told.unwrap_or_else(|| panic!("{case}: {}", answer.header("location")));
                assert!(
                    told.iter().any(|(name, _)| name == "code"),
                    "{case}: {told:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn slow_an_optional_member_of_github_may_have_any_form() {
    for (document, members) in [
        (
            "/login/oauth/access_token",
            &["scope", "expires_in", "id_token"][..],
        ),
        ("/user", &["login", "name", "avatar_url", "email", "plan"]),
        ("/user/emails", &["visibility"]),
    ] {
        for member in members {
            for form in forms() {
                let stub = GitHubStub::start();
                let beside: [Beside<'_>; 1] = [("stub", &stub, "trusts_addresses = true")];
                let house = House::beside(Engine::Sqlite, &beside, OAUTH_CLIENT)
                    .await
                    .unwrap();
                stub.saying(document, member, form.clone());
                let login = Login::new(&house);
                let answer = login.at("stub", &stub).await;
                let told = login.told(&answer);
                let case = format!("{document} {member} {form}");
                let told = told.unwrap_or_else(|| panic!("{case}: {}", answer.text()));
                assert!(
                    told.iter().any(|(name, _)| name == "code"),
                    "{case}: {told:?}"
                );
            }
        }
    }
}

/// What says nothing of an address is asked for one, and stays a login that can go on.
#[tokio::test]
async fn an_address_in_another_form_is_asked_for() {
    for member in ["email", "email_verified"] {
        for form in forms() {
            let stub = OpenIdStub::start();
            stub.only_in_userinfo();
            let house = house_beside(&stub).await;
            stub.saying(Document::UserInfo, member, form.clone());
            let login = Login::new(&house);
            let answer = login.at("stub", &stub).await;
            let is_verified = member == "email_verified" && form == json!(true);
            let status = if is_verified { 303 } else { 200 };
            assert_eq!(answer.status, status, "{member} {form}: {}", answer.text());
            assert_eq!(
                login.told(&answer).is_some(),
                is_verified,
                "{member} {form}"
            );
        }
    }
}

/// A required one is the provider's fault, as ever.
#[tokio::test]
async fn a_required_member_in_another_form_lets_nobody_in() {
    for (document, member) in [
        (Document::TokenAnswer, "access_token"),
        (Document::TokenAnswer, "id_token"),
        (Document::UserInfo, "sub"),
    ] {
        let stub = OpenIdStub::start();
        if document == Document::UserInfo {
            stub.only_in_userinfo();
        }
        let house = house_beside(&stub).await;
        stub.saying(document, member, json!(["secret"]));
        let login = Login::new(&house);
        let answer = login.at("stub", &stub).await;
        login.assert_stays_out(&answer);
        answer.assert_page(503, "provider_unavailable");
    }
}
