//! `signet users invite`, `email` and `password`: the commands that mail a user.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::run_signet;
use crate::support::{
    PASSWORD,
    process::{ServiceProcess, free_address},
};

const OTHER: &str = "a rather new passphrase";

/// A service, and its address in the configuration file: links name the issuer.
fn service() -> ServiceProcess {
    let service = ServiceProcess::start(&[]);
    let listen = format!("listen = '{}'\n", service.address);
    fs::write(service.folder.path().join("signet.toml"), listen).unwrap();
    service
}

/// The token of the link in a printed mail.
fn token(printed: &str) -> String {
    let (_, token) = printed.split_once("#token=").expect(printed);
    let is_end = |c: char| c == '&' || c.is_whitespace();
    token.split(is_end).next().unwrap().to_owned()
}

/// Runs the command, which succeeds, and returns its output.
fn done(folder: &Path, arguments: &[&str], input: &str) -> String {
    let output = run_signet(folder, arguments, input);
    assert_eq!(output.code, 0, "{arguments:?}: {}", output.err);
    output.out
}

fn login(service: &ServiceProcess, email: &str, password: &str) -> (u16, Value) {
    service.post("/login", &json!({"email": email, "password": password}))
}

fn is_stored(folder: &Path, email: &str) -> bool {
    done(folder, &["users", "list"], "").contains(email)
}

#[test]
fn invited_user_exists_with_the_role_once_the_link_is_confirmed() {
    let service = service();
    let folder = service.folder.path();
    let invite = [
        "users",
        "invite",
        "Ada@Example.com",
        "--name",
        "Ada",
        "--role",
        "editor",
    ];
    let invited = run_signet(folder, &invite, "");
    assert_eq!(invited.code, 0, "{}", invited.err);
    assert!(
        invited.out.contains("To: ada@example.com"),
        "{}",
        invited.out
    );
    assert!(
        invited
            .out
            .ends_with("A sign-up link was mailed to ada@example.com.\n")
    );
    for part in ["user_invite", "\"role\":\"editor\"", "command line"] {
        assert!(invited.err.contains(part), "{}", invited.err);
    }
    assert!(!invited.err.contains("example.com"), "{}", invited.err);
    assert!(!is_stored(folder, "ada@example.com"));

    let confirm = json!({"token": token(&invited.out), "password": PASSWORD});
    let (status, session) = service.post("/signup/confirm", &confirm);
    assert_eq!(status, 201, "{session}");
    let access = session["access_token"].as_str().unwrap();
    let (_, seen) = service.get("/session", access);
    assert!(seen.contains(r#""roles":["editor"]"#), "{seen}");
    let shown = done(folder, &["users", "show", "ada@example.com"], "");
    for line in ["name            Ada\n", "role            editor\n"] {
        assert!(shown.contains(line), "{shown}");
    }

    let again = run_signet(folder, &["users", "invite", "ada@example.com"], "");
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    let problem = "a user with this email already exists";
    assert!(again.err.contains(problem), "{}", again.err);
}

#[test]
fn invitation_leads_to_the_named_client_in_the_named_language() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let clients = "[[clients]]\nclient_id = 'web'\napp_url = 'https://app.example.com'\n\
                   [[clients]]\nclient_id = 'native'\n";
    fs::write(folder.join("signet.toml"), clients).unwrap();
    done(folder, &["migrate"], "");
    done(folder, &["keys", "generate"], "");
    let invite = ["users", "invite", "ada@example.com"];
    for (arguments, link) in [
        (
            &["--client", "web"][..],
            "https://app.example.com/signup/confirm#token=",
        ),
        (
            &["--client", "native", "--language", "de"],
            "/signup/confirm?ui_locales=de&client_id=native#token=",
        ),
        // Two public clients: the page of the issuer.
        (&[], "/signup/confirm?ui_locales=en#token="),
    ] {
        let mail = done(folder, &[&invite, arguments].concat(), "");
        assert!(mail.contains(link), "{arguments:?}: {mail}");
    }
    let unknown = run_signet(folder, &[&invite[..], &["--client", "other"]].concat(), "");
    assert_eq!(unknown.code, 2);
    let problem = "--client: other is not the client_id of a configured client";
    assert!(unknown.err.contains(problem), "{}", unknown.err);
}

#[test]
fn invitation_fails_if_no_mail_can_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(folder, &["migrate"], "");
    done(folder, &["keys", "generate"], "");
    let invite = ["users", "invite", "ada@example.com"];
    let public = ["--issuer", "https://auth.example.com"];
    let without = run_signet(folder, &[&invite[..], &public].concat(), "");
    assert_eq!(without.code, 2);
    let problem = "mail.url: no mail server is configured";
    assert!(without.err.contains(problem), "{}", without.err);

    let url = format!("mail.url=smtp://{}", free_address());
    let server = ["--set", &url, "--set", "mail.from=no-reply@example.com"];
    let unreachable = run_signet(folder, &[&invite[..], &server].concat(), "");
    assert_eq!((unreachable.code, unreachable.out.as_str()), (1, ""));
    let problem = "the email was not sent";
    assert!(unreachable.err.contains(problem), "{}", unreachable.err);

    // A notice that cannot be sent fails nothing.
    done(folder, &["users", "create", "ada@example.com"], PASSWORD);
    let set = ["users", "password", "ada@example.com"];
    let set = run_signet(folder, &[&set[..], &public].concat(), OTHER);
    assert_eq!(set.code, 0, "{}", set.err);
    assert!(set.err.contains("the user was not notified"), "{}", set.err);
}

#[test]
fn email_is_changed_and_the_old_email_is_notified() {
    let service = service();
    let folder = service.folder.path();
    for email in ["ada@example.com", "bob@example.com"] {
        done(folder, &["users", "create", email, "--verified"], PASSWORD);
    }
    let refresh =
        json!({"refresh_token": login(&service, "ada@example.com", PASSWORD).1["refresh_token"]});
    let set = ["users", "email", "ada@example.com", "Ada@Example.org"];
    let changed = run_signet(folder, &set, "");
    assert_eq!(changed.code, 0, "{}", changed.err);
    let result = "ada@example.com has the email ada@example.org; all sessions have ended.\n";
    assert!(changed.out.contains(result), "{}", changed.out);
    assert!(
        changed.out.contains("To: ada@example.com"),
        "{}",
        changed.out
    );
    assert!(
        !changed.out.contains("To: ada@example.org"),
        "{}",
        changed.out
    );
    assert!(changed.err.contains("address_change"), "{}", changed.err);
    assert_eq!(service.post("/refresh", &refresh).0, 401);
    assert_eq!(login(&service, "ada@example.com", PASSWORD).0, 401);
    assert_eq!(login(&service, "ada@example.org", PASSWORD).0, 200);
    let state = |email: &str| {
        let shown = done(folder, &["users", "show", email], "");
        let wanted = |it: &&str| it.starts_with("email_verified") || it.starts_with("accounts");
        shown.lines().filter(wanted).collect::<Vec<_>>().join("\n")
    };
    let unverified = "email_verified  -\naccounts        credentials";
    assert_eq!(state("ada@example.org"), unverified);
    let set = [
        "users",
        "email",
        "ada@example.org",
        "ada@example.net",
        "--verified",
    ];
    done(folder, &set, "");
    assert!(state("ada@example.net").contains("credentials email"));

    for (arguments, problem) in [
        (
            ["ada@example.net", "bob@example.com"],
            "a user with this email already exists",
        ),
        (
            ["bob@example.com", "bob@example.com"],
            "is the email of this user already",
        ),
        (["eve@example.com", "eve@example.org"], "no such user"),
        (["bob@example.com", "bob"], "name@domain"),
    ] {
        let refused = run_signet(folder, &[&["users", "email"][..], &arguments].concat(), "");
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (2, ""),
            "{arguments:?}"
        );
        assert!(refused.err.contains(problem), "{}", refused.err);
    }
    done(folder, &["users", "disable", "bob@example.com"], "");
    let refused = run_signet(
        folder,
        &["users", "email", "bob@example.com", "b@example.com"],
        "",
    );
    assert_eq!(refused.code, 2);
    let problem = "bob@example.com is disabled: run `signet users enable bob@example.com` first";
    assert!(refused.err.contains(problem), "{}", refused.err);
}

#[test]
fn password_is_set_from_standard_input_or_by_a_mailed_link() {
    let service = service();
    let folder = service.folder.path();
    let email = "ada@example.com";
    done(folder, &["users", "create", email], PASSWORD);
    let refresh = json!({"refresh_token": login(&service, email, PASSWORD).1["refresh_token"]});

    let weak = run_signet(folder, &["users", "password", email], "passwordpassword\n");
    assert_eq!(weak.code, 2);
    assert!(weak.err.contains("common password"), "{}", weak.err);
    assert_eq!(service.post("/refresh", &refresh).0, 200);

    let set = run_signet(folder, &["users", "password", email], &format!("{OTHER}\n"));
    assert_eq!(set.code, 0, "{}", set.err);
    let result = "ada@example.com has a new password; all sessions have ended.\n";
    assert!(
        set.out.contains(result) && set.out.contains("To: ada@example.com"),
        "{}",
        set.out
    );
    assert!(set.err.contains("password_change"), "{}", set.err);
    assert!(!set.err.contains(OTHER) && !set.out.contains(OTHER));
    assert_eq!(service.post("/refresh", &refresh).0, 401);
    assert_eq!(login(&service, email, PASSWORD).0, 401);
    let (status, session) = login(&service, email, OTHER);
    assert_eq!(status, 200);

    // The link changes nothing before it is used.
    let refresh = json!({"refresh_token": session["refresh_token"]});
    let mailed = run_signet(folder, &["users", "password", email, "--mail"], "");
    assert_eq!(mailed.code, 0, "{}", mailed.err);
    assert!(
        mailed
            .out
            .ends_with("A link that sets a password was mailed to ada@example.com.\n")
    );
    assert!(mailed.err.contains("password_link"), "{}", mailed.err);
    assert_eq!(service.post("/refresh", &refresh).0, 200);
    let reset = json!({"token": token(&mailed.out), "password": PASSWORD});
    let (status, answer) = service.post("/password/reset", &reset);
    assert_eq!(status, 204, "{answer} {}", mailed.out);
    assert_eq!(login(&service, email, PASSWORD).0, 200);
}
