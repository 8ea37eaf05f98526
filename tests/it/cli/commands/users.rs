//! The commands `signet users …`.

use std::fs;

use serde_json::json;

use super::run_signet;
use crate::support::{PASSWORD, process::ServiceProcess};

#[test]
fn users_are_created_shown_changed_and_deleted() {
    let service = ServiceProcess::start(&[]);
    let folder = service.folder.path();
    let create = [
        "users",
        "create",
        "Ada@Example.com",
        "--name",
        "Ada",
        "--role",
        "admin",
        "--verified",
    ];
    let created = run_signet(folder, &create, &format!("{PASSWORD}\n"));
    assert_eq!(created.code, 0, "{}", created.err);
    let (id, email) = created.out.trim().split_once("  ").unwrap();
    assert_eq!(email, "ada@example.com");

    let login = json!({"email": "ada@example.com", "password": PASSWORD});
    let (status, session) = service.post("/login", &login);
    assert_eq!(status, 200);
    let access = session["access_token"].as_str().unwrap().to_owned();
    let refresh = json!({"refresh_token": session["refresh_token"]});
    assert!(
        service
            .get("/session", &access)
            .1
            .contains("\"roles\":[\"admin\"]")
    );

    let shown = run_signet(folder, &["users", "show", id], "");
    assert_eq!(shown.code, 0);
    assert_eq!(
        shown.out,
        run_signet(folder, &["users", "show", "ADA@example.com"], "").out
    );
    for line in [
        "name            Ada",
        "role            admin",
        "accounts        credentials email",
    ] {
        assert!(shown.out.contains(line), "{}", shown.out);
    }
    let listed = run_signet(folder, &["users", "list"], "").out;
    assert!(
        listed.contains(id) && listed.contains("active") && listed.contains("verified"),
        "{listed}"
    );

    assert_eq!(service.post("/refresh", &refresh).0, 200);
    assert_eq!(run_signet(folder, &["users", "disable", id], "").code, 0);
    assert_eq!(service.post("/refresh", &refresh).0, 401);
    assert_eq!(service.post("/login", &login).0, 401);
    assert_eq!(service.get("/me", &access).0, 401);
    assert_eq!(
        run_signet(folder, &["users", "enable", "ada@example.com"], "").code,
        0
    );
    assert_eq!(service.post("/refresh", &refresh).0, 401);

    let (status, session) = service.post("/login", &login);
    assert_eq!(status, 200);
    let refresh = json!({"refresh_token": session["refresh_token"]});
    assert_eq!(service.post("/refresh", &refresh).0, 200);
    assert_eq!(run_signet(folder, &["users", "logout", id], "").code, 0);
    assert_eq!(service.post("/refresh", &refresh).0, 401);

    let refresh = json!({"refresh_token": service.post("/login", &login).1["refresh_token"]});
    assert_eq!(service.post("/refresh", &refresh).0, 200);
    let all = run_signet(folder, &["users", "logout", "--all"], "");
    assert_eq!(all.out, "All sessions of all 1 users have ended.\n");
    assert_eq!(service.post("/refresh", &refresh).0, 401);

    let role = run_signet(folder, &["users", "role", "ada@example.com", "editor"], "");
    assert_eq!(
        role.out,
        "ada@example.com has the role editor from the next refresh.\n"
    );
    let (_, session) = service.post("/login", &login);
    let access = session["access_token"].as_str().unwrap();
    assert!(
        service
            .get("/session", access)
            .1
            .contains("\"roles\":[\"editor\"]")
    );
    let refresh = json!({"refresh_token": session["refresh_token"]});
    assert_eq!(
        run_signet(folder, &["users", "role", id, "No Role"], "").code,
        2
    );

    assert_eq!(
        run_signet(folder, &["users", "delete", id], "").out,
        "ada@example.com was deleted.\n"
    );
    assert_eq!(service.post("/refresh", &refresh).0, 401);
    assert_eq!(run_signet(folder, &["users", "delete", id], "").code, 2);
    assert_eq!(run_signet(folder, &["users", "list"], "").out, "");
    let nobody = run_signet(folder, &["users", "logout"], "");
    assert_eq!(nobody.code, 2);
    assert!(nobody.err.contains("<USER|--all>"), "{}", nobody.err);
    assert_eq!(
        run_signet(folder, &["users", "logout", id, "--all"], "").code,
        2
    );
}

#[test]
fn invalid_users_are_rejected_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let refused = |arguments: &[&str], input: &str, problem: &str| {
        let output = run_signet(folder, arguments, input);
        assert_eq!(output.code, 2, "{}", output.err);
        assert!(output.err.contains(problem), "{}", output.err);
        assert!(!output.err.contains("passwordpassword"));
    };
    refused(&["users", "create", "ada"], PASSWORD, "name@domain");
    refused(
        &["users", "create", "ada@example.com"],
        "",
        "must not be empty",
    );
    refused(
        &["users", "create", "ada@example.com"],
        "short\n",
        "at least 15 characters",
    );
    refused(
        &["users", "create", "ada@example.com"],
        "passwordpassword\n",
        "common password",
    );
    refused(
        &["users", "create", "ada@example.com"],
        "january1990january\n",
        "harder to guess",
    );
    refused(
        &["users", "create", "ada@example.com", "--role", "A b"],
        PASSWORD,
        "a-z, 0-9",
    );
    refused(
        &["users", "create", "ada@example.com", "--password", "x"],
        "",
        "unexpected argument",
    );
    // No database was created.
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    let none = run_signet(folder, &["users", "list"], "");
    assert_eq!(none.code, 1);
    assert!(
        none.err.contains("signet.db does not exist"),
        "{}",
        none.err
    );

    assert_eq!(
        run_signet(folder, &["users", "create", "ada@example.com"], PASSWORD).code,
        0
    );
    refused(&["users", "show", "nobody@example.com"], "", "no such user");
    refused(
        &["users", "disable", "0190163d-8694-739b-aea5-966c26f8ad91"],
        "",
        "no such user",
    );
    refused(
        &["users", "create", "ADA@example.com"],
        PASSWORD,
        "a user with this email already exists",
    );
    let listed = run_signet(folder, &["users", "list"], "").out;
    assert!(listed.contains("unverified"), "{listed}");
}
