//! Hostile texts in the database. Names and passkey names may be such texts; the others are there if another program
//! has written them.

use super::{ADA, HOSTILE, People, ROOT, SETTINGS, assert_escaped, escaped, routes_with_session};
use crate::support::TestService;

/// The hostile text of a field, as a literal of SQL.
fn literal(field: &str) -> String {
    format!("'{}'", text(field).replace('\'', "''"))
}

/// The hostile text of a field.
fn text(field: &str) -> String {
    format!("{field}{HOSTILE}")
}

/// Replaces every text of users, accounts and passkeys.
async fn make_hostile(service: &TestService) {
    let of_user = |user: &str, role: &str| {
        let at = if user == "root" { ROOT } else { ADA };
        format!(
            "UPDATE users SET name = {}, image = {}, role = {role}, email = {} WHERE email = '{at}'",
            literal(&format!("{user}-name")),
            literal(&format!("{user}-image")),
            literal(&format!("{user}-email")),
        )
    };
    let in_json = |field: &str| {
        let json = serde_json::json!(text(field)).to_string();
        json.replace('\'', "''")
    };
    let passkey = format!(
        "UPDATE credentials SET verifier = replace(replace(verifier, '\"name\":\"Passkey\"', '\"name\":{}'), \
         '\"rp_id\":\"former.auth.example.com\"', '\"rp_id\":{}') WHERE type = 'passkey'",
        in_json("passkey"),
        in_json("domain"),
    );
    let account = format!(
        "UPDATE accounts SET type = 'oidc', provider = {} WHERE type = 'email'",
        literal("provider")
    );
    let statements = [
        of_user("root", "'admin'"),
        of_user("ada", &literal("role")),
        passkey,
        account,
    ];
    for statement in statements {
        service.database.execute(&statement).await;
    }
}

/// The texts that the page of a route must show.
fn shown_at(path: &str) -> &'static [&'static str] {
    const ADMIN: &str = "root-email";
    match path {
        "/account" => &[
            ADMIN,
            "root-name",
            "root-image",
            "provider",
            "passkey",
            "domain",
        ],
        "/account/profile" => &["root-name", "root-image"],
        "/account/password" => &[ADMIN],
        "/account/passkeys/{id}" | "/account/passkeys/{id}/remove" => &["passkey"],
        "/account/accounts/{id}/disconnect" => &["provider"],
        "/admin/pages/users" => &[ADMIN, "root-name", "ada-email", "ada-name", "role"],
        "/admin/pages/users/{id}" => &[ADMIN, "ada-email", "ada-name", "role", "provider"],
        "/admin/pages/users/{id}/{act}" => &[ADMIN, "ada-email"],
        path if path.starts_with("/admin/pages/") => &[ADMIN],
        _ => &[],
    }
}

#[tokio::test]
async fn stored_texts_are_escaped() {
    let service = TestService::with(SETTINGS).await;
    let people = People::of(&service).await;
    make_hostile(&service).await;
    let overview = people.browser.visit("/account").await.links();
    let account = overview.iter().find_map(|(_, url)| {
        let (_, rest) = url.split_once("/account/accounts/")?;
        rest.strip_suffix("/disconnect")
    });
    let account = account.expect("a connected account");
    let acts = [
        "role",
        "disable",
        "enable",
        "logout",
        "reset-factors",
        "delete",
    ];
    for route in routes_with_session("GET") {
        let id = match route.path {
            path if path.starts_with("/account/passkeys/") => &people.passkey,
            path if path.starts_with("/account/accounts/") => account,
            _ => &people.ada,
        };
        let path = route.path.replace("{id}", id);
        let count = if path.contains("{act}") {
            acts.len()
        } else {
            1
        };
        for act in &acts[..count] {
            let path = path.replace("{act}", act);
            let page = people.browser.visit(&path).await;
            page.assert_status(if path == "/admin" { 303 } else { 200 });
            assert_escaped(&path, &page);
            for field in shown_at(route.path) {
                let shown = escaped(&text(field));
                assert!(
                    page.text().contains(&shown),
                    "{path} lacks {shown}: {}",
                    page.text()
                );
            }
        }
    }
    // The role is the value of a field.
    let path = format!("/admin/pages/users/{}/role", people.ada);
    let page = people.browser.visit(&path).await;
    assert_eq!(page.field("role"), text("role"));
}
