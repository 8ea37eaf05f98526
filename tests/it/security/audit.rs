//! The audit trail: every security event writes one line with the documented fields.

mod passkeys;
mod second_factor;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
    thread,
    time::Duration,
};

use chrono::Utc;
use serde_json::{Value, json};

use self::second_factor::acts_of_second_factors;
use crate::{
    docs::section,
    support::{
        PASSWORD,
        app::empty_app,
        http_browser::HttpBrowser,
        keys::age,
        openid::{OpenIdStub, s256},
        process::{ServiceProcess, free_address, run, signet},
        upstream::StubProvider,
    },
};

/// A service process with a provider.
const APP: &str = "
    [[clients]]
    client_id = 'app'
    audience = 'https://api.example.com'
    redirect_uris = ['http://127.0.0.1/back']
    [[clients]]
    client_id = 'api'
    audience = 'https://api.example.com'
    client_secret_hashes = ['sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0']
    grants = ['client_credentials', 'token_exchange']
    may_exchange_to = ['https://billing.example.com']
";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-mor";

/// Events as `act outcome`, with the fields of each.
type Trail = Vec<(String, BTreeSet<String>)>;

/// The audit events among lines of JSON.
fn trail(logged: &str, by_command: bool) -> Trail {
    let entries = logged
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let events = entries.filter(|entry| entry["target"] == "signet::audit");
    let events = events.map(|entry| {
        let common = ["timestamp", "level", "target", "act", "outcome", "span"];
        let fields = entry.as_object().unwrap().keys();
        let own = fields.filter(|name| !common.contains(&name.as_str()));
        if entry["act"] == "keys_change" {
            // The service itself is the actor.
            assert_eq!(entry.get("span"), None, "{entry}");
        } else if by_command {
            assert_eq!(entry["by"], "command line", "{entry}");
        } else {
            assert_eq!(entry["span"]["network"], "127.0.0.1/32", "{entry}");
            assert!(entry["span"]["request_id"].is_string(), "{entry}");
        }
        assert_eq!(entry["level"], "INFO");
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        let name = format!("{} {}", text("act"), text("outcome"));
        (name, own.cloned().collect())
    });
    events.collect()
}

fn quoted(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The documented fields of each act and outcome.
fn documented_events() -> BTreeMap<String, Vec<BTreeSet<String>>> {
    let rows = section("operations", "Audit events").lines();
    let rows = rows.skip_while(|line| !line.starts_with("| act |"));
    let mut documented_events = BTreeMap::new();
    for row in rows.filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').collect();
        let outcome = quoted(cells[2]).next().unwrap();
        let (first, or) = cells[3].split_once("and `").unwrap_or((cells[3], ""));
        let always: BTreeSet<_> = quoted(first).collect();
        let or = format!("`{or}");
        let or: Vec<_> = quoted(&or).filter(|name| !name.is_empty()).collect();
        let sets: Vec<BTreeSet<String>> = if or.is_empty() {
            vec![always]
        } else {
            let with = |more: &String| always.iter().chain([more]).cloned().collect();
            or.iter().map(with).collect()
        };
        for act in quoted(cells[1]) {
            let known: &mut Vec<_> = documented_events
                .entry(format!("{act} {outcome}"))
                .or_default();
            known.extend(sets.iter().cloned());
        }
    }
    documented_events
}

fn login(password: &str) -> Value {
    json!({"email": "ada@example.com", "password": password})
}

/// A code from a provider login, and the request that presents it.
fn code(service: &ServiceProcess, more: &str) -> Value {
    let app = empty_app() + "/back";
    let url = format!(
        "http://{}/login/stub?redirect_uri={app}&code_challenge={}\
         &code_challenge_method=S256{more}",
        service.address,
        s256(VERIFIER),
    );
    let landed = HttpBrowser::default().open(&url);
    let code = landed.parameter("code").expect("a code");
    json!({"code": code, "redirect_uri": app, "code_verifier": VERIFIER})
}

/// Links, fails to link, unlinks and joins an account, and returns the session.
fn provider_events(
    service: &ServiceProcess,
    session: &Value,
    ask: impl Fn(&str, &str, &Value, Value) -> Value,
) -> Value {
    let linking = code(service, "&intent=link");
    let linked = ask("POST", "/me/accounts", session, linking);
    // A login code does not link an account.
    let head = format!(
        "POST /me/accounts HTTP/1.1\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {}",
        session["access_token"].as_str().unwrap()
    );
    let body = code(service, "").to_string();
    assert_eq!(service.request(&head, &body).unwrap().0, 400);
    let path = format!("/me/accounts/{}", linked["id"].as_str().unwrap());
    ask("DELETE", &path, session, json!({}));

    let presented = code(service, "");
    let presented = presented.as_object().unwrap().iter();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .extend_pairs(presented.map(|(name, value)| (name, value.as_str().unwrap())))
        .finish();
    let head = "POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let (status, _, body) = service.request(head, &form).unwrap();
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Sends a request with a session.
fn ask_as(
    service: &ServiceProcess,
    method: &str,
    path: &str,
    session: &Value,
    body: &Value,
) -> Value {
    let access = session["access_token"].as_str().unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {access}"
    );
    let (status, _, body) = service.request(&head, &body.to_string()).unwrap();
    assert!((200..300).contains(&status), "{path}: {body}");
    serde_json::from_str::<Value>(&body).unwrap_or_default()
}

/// Logs in on the page of the issuer, for no client.
fn log_in_at_issuer(service: &ServiceProcess) {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", "ada@example.com"), ("password", PASSWORD)])
        .append_pair("by", "password")
        .finish();
    let head = "POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Sec-Fetch-Site: same-origin";
    let (status, head, _) = service.request(head, &form).unwrap();
    assert_eq!(status, 200);
    assert!(head.contains("-sso="), "{head}");
}

/// Performs every audited act and returns the expected events.
fn perform_all_acts(service: &mut ServiceProcess) -> Vec<&'static str> {
    let mut expected = vec![];
    let session = service.sign_up("ada@example.com", PASSWORD);
    expected.extend(["sign_up done", "login done"]);
    let link = service.printed_token();
    let other = json!({"token": link, "password": "another password, not the one"});
    assert_eq!(service.post("/signup/confirm", &other).0, 400);
    expected.push("link refused");

    assert_eq!(service.post("/login", &login(PASSWORD)).0, 200);
    assert_eq!(
        service.post("/login", &login("this is not the password")).0,
        401
    );
    expected.extend(["login done", "login refused"]);
    log_in_at_issuer(service);
    expected.push("login done");
    let refresh = |token: &Value| json!({"refresh_token": token});
    assert_eq!(
        service
            .post("/refresh", &refresh(&session["refresh_token"]))
            .0,
        200
    );
    assert_eq!(
        service
            .post("/refresh", &refresh(&session["access_token"]))
            .0,
        401
    );
    expected.extend(["refresh done", "refresh refused"]);
    let access = session["access_token"].as_str().unwrap();
    assert_eq!(service.get("/me", access).0, 200);
    acts_of_a_confidential_client(service, access);
    expected.extend([
        "client_authentication refused",
        "client_credentials done",
        "token_exchange done",
        "token_exchange refused",
    ]);
    let with_proof = "POST /login HTTP/1.1\r\nContent-Type: application/json\r\nDPoP: no proof";
    let body = login(PASSWORD).to_string();
    assert_eq!(service.request(with_proof, &body).unwrap().0, 400);
    expected.push("proof refused");
    assert_eq!(service.get("/me", "no.such.token").0, 401);
    expected.push("access refused");
    let everywhere = format!("POST /logout/everywhere HTTP/1.1\r\nAuthorization: Bearer {access}");
    assert_eq!(service.request(&everywhere, "").unwrap().0, 204);
    assert_eq!(service.request(&everywhere, "").unwrap().0, 401);
    expected.extend(["logout_everywhere done", "access refused"]);

    let (_, session) = service.post("/login", &login(PASSWORD));
    let ask = |method: &str, path: &str, session: &Value, body: Value| {
        ask_as(service, method, path, session, &body)
    };
    ask("PATCH", "/me", &session, json!({"name": "Ada"}));
    let new = json!({"new_password": "another password, for a while"});
    let session = ask("PUT", "/password", &session, new);
    let session = provider_events(service, &session, ask);
    ask("DELETE", "/me", &session, json!({}));
    expected.extend([
        "login done",
        "record_change done",
        "password_change done",
        "account_link done",
        "account_link refused",
        "account_unlink done",
        "account_link done",
        "login done",
        "user_delete done",
    ]);
    service.sign_up("ada@example.com", PASSWORD);
    let session = service.sign_up("bob@example.com", PASSWORD);
    expected.extend(["sign_up done", "login done", "sign_up done", "login done"]);
    // An account linked in the second of the user's creation does not count as younger than the
    // user.
    let made = Utc::now().timestamp();
    while Utc::now().timestamp() == made {
        thread::sleep(Duration::from_millis(20));
    }
    let linking = code(service, "&intent=link");
    ask_as(service, "POST", "/me/accounts", &session, &linking);
    expected.push("account_link done");
    let head = format!(
        "POST /email HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {}",
        session["access_token"].as_str().unwrap()
    );
    let body = json!({"email": "new@example.com"}).to_string();
    assert_eq!(service.request(&head, &body).unwrap().0, 202);
    let body = json!({"token": service.printed_token_at("/email/confirm")});
    assert_eq!(service.post("/email/confirm", &body).0, 204);
    let body = json!({"email": "new@example.com"});
    assert_eq!(service.post("/password/forgot", &body).0, 202);
    let body = json!({"token": service.printed_token_at("/password/reset"), "password": PASSWORD});
    assert_eq!(service.post("/password/reset", &body).0, 204);
    expected.extend(["account_unlink done", "address_change done"]);
    expected.push("password_reset done");
    expected.extend(acts_of_second_factors(service, "new@example.com"));
    // The limit of the mailbox is reached silently.
    for _ in 0..6 {
        let body = json!({"email": "eve@example.com"});
        assert_eq!(service.post("/signup", &body).0, 202);
    }
    expected.push("limit refused");
    expected
}

/// Fails to authenticate a client, obtains a token for it, and exchanges an access token and an invalid one.
fn acts_of_a_confidential_client(service: &ServiceProcess, access_token: &str) {
    let ask = |grant: &str, secret: &str, more: &str| {
        let body = format!("grant_type={grant}&client_id=api&client_secret={secret}{more}");
        let head = "POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
        service.request(head, &body).unwrap().0
    };
    assert_eq!(ask("client_credentials", "wrong", ""), 401);
    assert_eq!(ask("client_credentials", "abc", ""), 200);
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let subject = |token: &str| {
        format!(
            "&subject_token_type=urn:ietf:params:oauth:token-type:access_token\
             &audience=https://billing.example.com&subject_token={token}"
        )
    };
    assert_eq!(ask(exchange, "abc", &subject(access_token)), 200);
    assert_eq!(ask(exchange, "abc", &subject("x.y.z")), 400);
}

/// Starts the service with this provider.
fn with_provider(stub: &OpenIdStub) -> ServiceProcess {
    stub.use_real_time();
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let settings = stub.settings("stub", "trusts_addresses = true");
    let settings = APP.to_owned() + &settings;
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    ServiceProcess::start_in(folder, free_address(), &[])
}

/// Logs in by a cookie and out again, and does the same at the issuer. Returns the events.
fn acts_of_a_browser(service: &ServiceProcess) -> [&'static str; 5] {
    // Returns the status and the cookies of the response.
    let post = |path: &str, media_type: &str, cookies: &str, body: &str| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: {media_type}\r\nSec-Fetch-Site: same-origin\r\n\
             Cookie: {cookies}"
        );
        let (status, head, _) = service.request(&head, body).unwrap();
        let cookies = head
            .lines()
            .filter_map(|it| it.strip_prefix("set-cookie: "));
        let cookies: Vec<_> = cookies.filter_map(|it| it.split(';').next()).collect();
        (status, cookies.join("; "))
    };
    let json = "application/json";
    let (status, cookies) = post("/login", json, "", &login(PASSWORD).to_string());
    assert_eq!(status, 200);
    assert_eq!(post("/logout", json, &cookies, "{}").0, 204);

    let form = "application/x-www-form-urlencoded";
    let fields = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("email", "ada@example.com")
        .append_pair("password", PASSWORD)
        .finish();
    let (status, cookies) = post("/login", form, "", &fields);
    assert_eq!(status, 200);
    assert_eq!(post("/end-session", form, &cookies, "confirmed=1").0, 200);
    [
        "rehash done",
        "login done",
        "logout done",
        "login done",
        "logout done",
    ]
}

/// Commands of the operator, and the event of each.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["users", "create", "bob@example.com"], "user_create done"),
    (
        &["users", "disable", "bob@example.com"],
        "user_disable done",
    ),
    (&["users", "enable", "bob@example.com"], "user_enable done"),
    (
        &["users", "logout", "bob@example.com"],
        "logout_everywhere done",
    ),
    (
        &["users", "logout", "--all", "--yes"],
        "logout_everybody done",
    ),
    (
        &["users", "role", "bob@example.com", "editor"],
        "role_change done",
    ),
    (&["users", "invite", "carl@example.com"], "user_invite done"),
    (
        &["users", "password", "bob@example.com", "--mail"],
        "password_link done",
    ),
    (
        &["users", "email", "bob@example.com", "bobby@example.com"],
        "address_change done",
    ),
    (
        &["users", "password", "bobby@example.com"],
        "password_change done",
    ),
    (
        &["keys", "generate", "--now", "secret"],
        "keys_generate done",
    ),
    (&["keys", "reseal"], "keys_reseal done"),
    (
        &["users", "factors", "reset", "new@example.com"],
        "factors_reset done",
    ),
    (
        &["users", "export", "--output", "users.jsonl"],
        "users_export done",
    ),
    (
        &["users", "delete", "ada@example.com", "--yes"],
        "user_delete done",
    ),
    (
        &["users", "import", "--from", "signet", "users.jsonl"],
        "users_import done",
    ),
];

#[test]
fn audit_events_have_the_documented_fields() {
    let stub = OpenIdStub::start();
    let mut service = with_provider(&stub);
    let mut expected = vec!["keys_generate done"];
    expected.extend(perform_all_acts(&mut service));

    let (folder, address) = (service.folder.clone(), service.address);
    let logged = service.logged();
    service.signal("-INT");
    service.ended();
    let first = logged.lock().unwrap().clone();

    let costlier = [("SIGNET_PASSWORD__MEMORY_KIB", "20480")];
    let web = "[[clients]]\nclient_id = 'web'\ntransport = 'cookie'";
    fs::write(folder.path().join("signet.toml"), web).unwrap();
    let mut service = ServiceProcess::start_in(folder.clone(), address, &costlier);
    expected.extend(acts_of_a_browser(&service));
    let command = |arguments: &[&str]| {
        let mut command = signet(folder.path());
        command.args(arguments);
        let output = run(command, PASSWORD);
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let generated = command(&["keys", "generate"]);
    service.signal("-HUP");
    let logged = service.logged();
    service.wait_for("the folder is read", |service| {
        service.printed().contains("keys_change")
    });
    expected.push("keys_change done");
    service.signal("-INT");
    service.ended();
    let second = logged.lock().unwrap().clone();

    fs::write(folder.path().join("signet.toml"), passkeys::SETTINGS).unwrap();
    let mut service = ServiceProcess::start_in(folder.clone(), address, &[]);
    expected.extend(passkeys::acts_with_passkeys(&mut service));
    let logged = service.logged();
    service.signal("-INT");
    service.ended();
    let third = logged.lock().unwrap().clone();

    // The creator of the first keys has no network address.
    let (made, asked) = first.split_once('\n').unwrap();
    let mut seen = trail(made, true);
    seen.extend(trail(asked, false));
    seen.extend(trail(&second, false));
    seen.extend(trail(&third, false));

    for (arguments, event) in COMMANDS {
        let logged = command(arguments);
        assert!(!logged.contains("example.com"), "{logged}");
        seen.extend(trail(&logged, true));
        expected.push(event);
    }
    // The last app is gone.
    fs::remove_file(folder.path().join("keys/.apps")).unwrap();
    age(&folder.path().join("keys"), "20260101T000000Z");
    let rotated = command(&["keys", "rotate"]);
    age(&folder.path().join("keys"), "20260201T000000Z");
    let of_keys = [generated, rotated, command(&["keys", "prune"])].concat();
    seen.extend(trail(&of_keys, true));
    expected.extend(["keys_generate done", "keys_rotate done", "keys_prune done"]);
    for arguments in [
        &["users", "list"][..],
        &["users", "show", "bobby@example.com"],
        &["keys", "list"],
        &["keys", "jwks"],
        &["migrate"],
    ] {
        assert_eq!(command(arguments), "", "{arguments:?}");
    }

    let names: Vec<_> = seen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, expected);
    assert_documented(seen);
}

/// Every event has exactly the documented fields, and every documented field occurs.
fn assert_documented(seen: Trail) {
    let documented_events = documented_events();
    let mut kept = BTreeMap::<_, BTreeSet<_>>::new();
    for (name, fields) in seen {
        let sets = documented_events
            .get(&name)
            .unwrap_or_else(|| panic!("{name}"));
        assert!(sets.contains(&fields), "{name}: {fields:?}, not {sets:?}");
        kept.entry(name).or_default().insert(fields);
    }
    // Every documented event has occurred.
    for (name, sets) in documented_events {
        assert_eq!(
            kept.get(&name).map(BTreeSet::len),
            Some(sets.len()),
            "{name}"
        );
    }
}

/// `docs/operations.md` lists every audited act.
#[test]
fn docs_list_every_audit_event() {
    let source = include_str!("../../../src/audit.rs");
    let (_, names) = source.split_once("fn as_str").unwrap();
    let (names, _) = names.split_once("\n}\n").unwrap();
    let acts: BTreeSet<_> = names.split('"').skip(1).step_by(2).collect();
    let documented_events = documented_events();
    let documented_events: BTreeSet<_> = documented_events
        .keys()
        .map(|name| name.split(' ').next().unwrap())
        .collect();
    assert_eq!(documented_events, acts);
}
