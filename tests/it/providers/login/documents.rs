//! Malformed optional members in provider documents: a login works as if they were absent.

use serde_json::{Value, json};

use super::{
    Engine, Login, OAUTH_CLIENT, OpenIdStub, ProviderSetup, TestService, service_with_stub,
};
use crate::support::{github::GitHubStub, openid::Document};

/// One value of each type, and values that providers were seen to send.
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

/// The optional and the unread members.
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

/// Values of the expected type with a meaning that prevents a login.
fn has_another_meaning(document: Document, member: &str, form: &Value) -> bool {
    match (document, member) {
        (Document::TokenAnswer, "token_type")
        | (Document::IdToken, "azp" | "at_hash")
        | (Document::Key, "alg" | "use") => form.is_string(),
        (Document::Key, "key_ops") => *form == json!(["openid"]),
        _ => false,
    }
}

#[tokio::test]
async fn slow_malformed_optional_openid_members_are_ignored() {
    for (document, members) in OPTIONAL {
        let stub = OpenIdStub::start();
        if document == Document::UserInfo {
            stub.only_in_userinfo();
        }
        if document == Document::Discovery {
            // For every transport of the document.
            stub.authenticating_by_any();
        }
        for member in members {
            for form in forms() {
                if has_another_meaning(document, member, &form) {
                    continue;
                }
                // A new service each time, because documents and users are cached.
                let service = service_with_stub(&stub).await;
                stub.with_member(document, member, form.clone());
                let login = Login::new(&service);
                let answer = login.log_in_at("stub", &stub).await;
                let case = format!("{document:?} {member} {form}");
                assert_eq!(answer.status, 303, "{case}: {}", answer.text());
                let told = login.parameters(&answer);
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
async fn slow_malformed_optional_github_members_are_ignored() {
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
                let providers: [ProviderSetup<'_>; 1] =
                    [("stub", &stub, "trusts_addresses = true")];
                let service =
                    TestService::with_providers(Engine::Sqlite, &providers, OAUTH_CLIENT).await;
                stub.with_member(document, member, form.clone());
                let login = Login::new(&service);
                let answer = login.log_in_at("stub", &stub).await;
                let told = login.parameters(&answer);
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

/// A missing email leads to the email page, and the login can continue.
#[tokio::test]
async fn malformed_email_claim_asks_the_user_for_an_email() {
    for member in ["email", "email_verified"] {
        for form in forms() {
            let stub = OpenIdStub::start();
            stub.only_in_userinfo();
            let service = service_with_stub(&stub).await;
            stub.with_member(Document::UserInfo, member, form.clone());
            let login = Login::new(&service);
            let answer = login.log_in_at("stub", &stub).await;
            let is_verified = member == "email_verified" && form == json!(true);
            let status = if is_verified { 303 } else { 200 };
            assert_eq!(answer.status, status, "{member} {form}: {}", answer.text());
            assert_eq!(
                login.parameters(&answer).is_some(),
                is_verified,
                "{member} {form}"
            );
        }
    }
}

/// A malformed required member is an error of the provider.
#[tokio::test]
async fn malformed_required_members_log_nobody_in() {
    for (document, member) in [
        (Document::TokenAnswer, "access_token"),
        (Document::TokenAnswer, "id_token"),
        (Document::UserInfo, "sub"),
    ] {
        let stub = OpenIdStub::start();
        if document == Document::UserInfo {
            stub.only_in_userinfo();
        }
        let service = service_with_stub(&stub).await;
        stub.with_member(document, member, json!(["secret"]));
        let login = Login::new(&service);
        let answer = login.log_in_at("stub", &stub).await;
        login.assert_not_logged_in(&answer);
        answer.assert_page(503, "provider_unavailable");
    }
}
