//! The commands `signet users …`.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread,
};

use serde_json::{Value, json};

use super::run_signet;
use crate::support::{PASSWORD, process::ServiceProcess, token};

#[test]
fn users_are_created_shown_disabled_and_logged_out() {
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
    let all = run_signet(folder, &["users", "logout", "--all", "--yes"], "");
    assert_eq!(all.out, "All sessions of all 1 users have ended.\n");
    assert_eq!(service.post("/refresh", &refresh).0, 401);
}

#[test]
fn users_get_another_role_and_are_deleted() {
    let service = ServiceProcess::start(&[]);
    let folder = service.folder.path();
    let create = ["users", "create", "ada@example.com", "--verified"];
    let created = run_signet(folder, &create, &format!("{PASSWORD}\n"));
    assert_eq!(created.code, 0, "{}", created.err);
    let (id, _) = created.out.trim().split_once("  ").unwrap();
    let login = json!({"email": "ada@example.com", "password": PASSWORD});

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
        run_signet(folder, &["users", "delete", id, "--yes"], "").out,
        "ada@example.com was deleted.\n"
    );
    assert_eq!(service.post("/refresh", &refresh).0, 401);
    assert_eq!(
        run_signet(folder, &["users", "delete", id, "--yes"], "").code,
        2
    );
    let listed = run_signet(folder, &["users", "list"], "").out;
    assert!(!listed.contains("ada@example.com"), "{listed}");
    let nobody = run_signet(folder, &["users", "logout"], "");
    assert_eq!(nobody.code, 2);
    assert!(nobody.err.contains("<USER|--all>"), "{}", nobody.err);
    assert_eq!(
        run_signet(folder, &["users", "logout", id, "--all"], "").code,
        2
    );
}

#[test]
fn commands_name_the_missing_database_and_only_the_creation_of_a_user_creates_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run_signet(folder, &["keys", "generate"], "").code, 0);
    let file = folder.join("signet.db");
    let ada = "ada@example.com";
    for arguments in [
        &["list"][..],
        &["show", ada],
        &["disable", ada],
        &["enable", ada],
        &["role", ada, "admin"],
        &["email", ada, "ada@example.org"],
        &["password", ada],
        &["password", ada, "--mail"],
        &["logout", ada],
        &["logout", "--all", "--yes"],
        &["delete", ada, "--yes"],
        &["invite", ada],
    ] {
        let refused = run_signet(folder, &[&["users"], arguments].concat(), PASSWORD);
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (1, ""),
            "{arguments:?}"
        );
        let missing = format!("database.url: there is no database at {}", file.display());
        for part in [&missing, "`signet migrate` or `signet serve` creates one"] {
            assert!(refused.err.contains(part), "{arguments:?}: {}", refused.err);
        }
        assert!(!file.exists(), "{arguments:?}");
    }

    let created = run_signet(folder, &["users", "create", ada], PASSWORD);
    assert_eq!(created.code, 0, "{}", created.err);
    let notice = format!("created the database {}", file.display());
    assert!(created.err.contains(&notice), "{}", created.err);
    let second = run_signet(folder, &["users", "create", "bob@example.com"], PASSWORD);
    assert!(
        !second.err.contains("created the database"),
        "{}",
        second.err
    );
    assert_eq!(second.code, 0, "{}", second.err);
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
    let created = run_signet(folder, &["users", "create", "ada@example.com"], PASSWORD);
    assert_eq!(created.code, 0);
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

/// A client that receives logout tokens and answers with this status line.
fn notified_client(status: &'static str) -> (SocketAddr, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).unwrap() > 2 {
                let header = line.to_ascii_lowercase();
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap();
            let token = body.strip_prefix("logout_token=").unwrap();
            let _ = sender.send(token::claims(token));
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, receiver)
}

/// Commands that end all sessions of a user notify the clients, and warn of each client that they did not notify.
#[test]
fn clients_are_notified_of_the_logout_of_a_user() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (app, received) = notified_client("204 No Content");
    let (refusing, refused) = notified_client("400 Bad Request");
    let clients = [("app", app), ("refusing", refusing)].map(|(id, address)| {
        format!(
            "[[clients]]\nclient_id = '{id}'\nscopes = ['openid']\nid_token_algorithm = 'ES256'\n\
             backchannel_logout_uri = 'http://{address}/logout'\n"
        )
    });
    fs::write(folder.join("signet.toml"), clients.concat()).unwrap();
    assert_eq!(run_signet(folder, &["keys", "generate"], "").code, 0);
    let create = ["users", "create", "ada@example.com"];
    let created = run_signet(folder, &create, &format!("{PASSWORD}\n"));
    let id = created.out.split_whitespace().next().unwrap().to_owned();

    for act in ["logout", "disable", "enable"] {
        let done = run_signet(folder, &["users", act, &id], "");
        assert_eq!(done.code, 0, "{}", done.err);
        for received in [&received, &refused] {
            let claims = received.try_recv().unwrap();
            assert_eq!(claims["sub"], json!(id));
            assert!(claims.get("sid").is_none());
        }
        let warning = "these clients were not notified of the logout";
        assert!(
            done.err.contains(warning) && done.err.contains("refusing"),
            "{}",
            done.err
        );
    }
    let all = run_signet(folder, &["users", "logout", "--all", "--yes"], "");
    assert_eq!(all.code, 0);
    assert!(
        all.err.contains("not notified of a logout of all users"),
        "{}",
        all.err
    );
    assert!(received.try_recv().is_err());

    // Without the keys, the sessions end all the same.
    fs::rename(folder.join("keys"), folder.join("kept")).unwrap();
    let done = run_signet(folder, &["users", "logout", &id], "");
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.err.contains("keys.folder") && done.err.contains("app refusing"),
        "{}",
        done.err
    );
    fs::rename(folder.join("kept"), folder.join("keys")).unwrap();

    let deleted = run_signet(folder, &["users", "delete", &id, "--yes"], "");
    assert_eq!(deleted.code, 0);
    assert_eq!(received.try_recv().unwrap()["sub"], json!(id));
}
