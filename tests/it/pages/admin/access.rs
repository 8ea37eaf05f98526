//! Access to the pages for admins.

use chrono::TimeDelta;
use serde_json::json;

use super::{ROOT, SETTINGS, USERS, admin_of, assert_shows, log_in, logged_in, post, service};
use crate::support::{
    Browser, Engine, TestService, authenticator::Authenticator, totp::AuthenticatorApp,
};

const PAGES: [&str; 6] = ["users", "users/new", "keys", "clients", "health", "events"];

#[tokio::test]
async fn admin_path_leads_through_the_login_to_the_users() {
    let (service, _) = service().await;
    let browser = Browser::new(&service);
    let asked = browser.visit("/admin").await;
    asked.assert_status(303);
    let login = asked.header("location").to_owned();
    assert!(login.ends_with("/login?return_to=%2Fadmin"), "{login}");
    let back = log_in(&browser, &login, ROOT).await;
    back.assert_status(303);
    let to_users = browser.visit(back.header("location")).await;
    to_users.assert_status(303);
    assert!(to_users.header("location").ends_with(USERS));
    for page in PAGES {
        let path = format!("/admin/pages/{page}");
        let shown = browser.visit(&path).await;
        for link in ["/account\">Your account</a>", "/end-session\">Log out</a>"] {
            assert_shows(&shown, link);
        }
        let foreign = Browser::new(&service).visit(&path).await;
        foreign.assert_status(303);
        assert!(foreign.header("location").contains("/login?return_to="));
    }
}

#[tokio::test]
async fn the_row_decides_the_role() {
    let (service, root) = service().await;
    let ada = service.signed_up("ada@example.com").await;
    let of_ada = logged_in(&service, "ada@example.com").await;
    let of_root = logged_in(&service, ROOT).await;
    let act = format!("{USERS}/{root}/disable");
    for page in PAGES {
        let answer = of_ada.visit(&format!("/admin/pages/{page}")).await;
        answer.assert_page(403, "admin_required");
    }
    of_ada.visit(&act).await.assert_page(403, "admin_required");
    post(&of_ada, &act, &[])
        .await
        .assert_page(403, "admin_required");
    // The session of the browser lives on; the role is read from the row.
    ada.set_role("admin").await;
    of_ada.visit(USERS).await.assert_status(200);
    of_root.visit(USERS).await.assert_status(200);
    post(
        &of_ada,
        &format!("{USERS}/{root}/role"),
        &[("role", "user")],
    )
    .await
    .assert_status(303);
    let act = format!("{USERS}/{}/disable", ada.id());
    of_root
        .visit(USERS)
        .await
        .assert_page(403, "admin_required");
    post(&of_root, &act, &[])
        .await
        .assert_page(403, "admin_required");
}

#[tokio::test]
async fn forms_of_other_origins_change_nothing() {
    let (service, _) = service().await;
    let ada = service.signed_up("ada@example.com").await;
    let browser = logged_in(&service, ROOT).await;
    let cookies = browser.cookies();
    for act in [
        "disable",
        "delete",
        "logout",
        "role",
        "reset-factors",
        "enable",
    ] {
        let path = format!("{USERS}/{}/{act}", ada.id());
        for origin in ["https://evil.example", "null"] {
            let headers = [
                ("origin", origin),
                ("cookie", &cookies),
                ("content-type", "application/x-www-form-urlencoded"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ];
            let answer = service
                .anon()
                .send("POST", &path, &headers, "role=admin")
                .await;
            answer.assert_page(403, "foreign_origin");
        }
    }
    ada.refresh().await.assert_status(200);
}

#[tokio::test]
async fn an_old_login_leads_to_a_new_one_that_returns() {
    let (service, root) = service().await;
    let browser = logged_in(&service, ROOT).await;
    service.clock.advance(TimeDelta::minutes(11));
    let path = format!("{USERS}/{root}/logout");
    for asked in [browser.visit(&path).await, post(&browser, &path, &[]).await] {
        asked.assert_status(303);
        let login = asked.header("location").to_owned();
        assert!(login.contains("/login?return_to="), "{login}");
        let url = url::Url::parse(&login).unwrap();
        let back = url.query_pairs().find(|it| it.0 == "return_to").unwrap();
        assert_eq!(back.1, path);
    }
    log_in(&browser, "/login", ROOT).await.assert_status(200);
    browser.visit(&path).await.assert_status(200);
}

#[tokio::test]
async fn pages_are_absent_without_admin_or_single_sign_on() {
    for settings in [
        "[sso]\nenabled = true",
        "[admin]\nenabled = true\n[sso]\nenabled = false",
    ] {
        let service = TestService::configured(Engine::Sqlite, settings).await;
        for path in ["/admin", USERS, "/admin/pages/keys"] {
            let answer = service
                .anon()
                .send("GET", path, &[("accept", "text/html")], "")
                .await;
            answer.assert_page(404, "not_found");
        }
    }
}

#[tokio::test]
async fn the_second_factor_of_the_admin_is_required() {
    let (service, root) = service().await;
    let phone = Authenticator::p256();
    let mut client = service.anon().logged_in(ROOT).await;
    phone.add_to(&mut client).await.assert_status(201);
    // A passkey alone does not turn the two-step login on: these logins have one factor.
    let client = service.anon().logged_in(ROOT).await;
    assert_eq!(client.claims()["acr"], "1fa");
    let browser = logged_in(&service, ROOT).await;
    let refused = client.get("/admin/users").await;
    refused.assert_problem(401, "insufficient_user_authentication");
    let challenge = refused.header("www-authenticate");
    let required = "acr_values=\"mfa\", max_age=\"600\"";
    assert!(challenge.contains(required), "{challenge}");
    let act = format!("{USERS}/{root}/logout");
    for asked in [
        browser.visit(USERS).await,
        browser.visit(&act).await,
        post(&browser, &act, &[]).await,
    ] {
        asked.assert_status(303);
        let login = asked.header("location");
        assert!(login.contains("/login?return_to="), "{login}");
        assert!(login.contains("acr_values=mfa"), "{login}");
    }
    let body = phone.login_body(&service, root).await;
    let mut client = service.anon();
    client.keep(client.post("/login/passkey", body).await.assert_status(200));
    let listed = client.get(&format!("/admin/users/{root}")).await;
    assert_eq!(
        listed.assert_status(200).json()["factors"],
        json!(["passkey"])
    );
}

#[tokio::test]
async fn require_acr_holds_for_pages_and_the_api() {
    let settings = SETTINGS.replace("[admin]", "[admin]\nrequire_acr = 'mfa'");
    let service = TestService::configured(Engine::Sqlite, &settings).await;
    let mut root = admin_of(&service).await;
    root.refreshed().await;
    let answer = root.get("/admin/users").await;
    answer.assert_problem(401, "insufficient_user_authentication");
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.contains("acr_values=\"mfa\", max_age=\"600\""),
        "{challenge}"
    );
    // An admin without a factor adds one first: another login would be as weak.
    let browser = logged_in(&service, ROOT).await;
    let asked = browser.visit(USERS).await;
    asked.assert_status(303);
    let enrolment = asked.header("location").to_owned();
    assert!(enrolment.ends_with("/account/totp"), "{enrolment}");
    browser.visit(&enrolment).await.assert_status(200);
    let app = AuthenticatorApp::enrolled(&service, &mut root).await;
    root.get("/admin/users").await.assert_status(200);
    let asked = Browser::new(&service).visit(USERS).await;
    let browser = Browser::new(&service);
    let login = format!("{}&acr_values=mfa", asked.header("location"));
    let step = log_in(&browser, &login, ROOT).await;
    step.assert_status(200);
    let (action, mut fields) = step.form();
    fields.retain(|(name, _)| name != "code" && name != "by");
    fields.push(("code".to_owned(), app.code(service.clock.now())));
    fields.push(("by".to_owned(), "totp".to_owned()));
    let back = browser.post_form(&action, &fields).await;
    back.assert_status(303);
    let page = browser.visit(back.header("location")).await;
    page.assert_status(200);
    assert_shows(&page, ROOT);
}
