//! Faults of policies, which the log names, and refusals in the audit log.

use serde_json::{Value, json};

use crate::support::{PASSWORD, issuer::Issuer, process::ServiceProcess};

const SECRET: &str = "hush";

fn start(policy: &str) -> Issuer {
    Issuer::start(&format!(
        "http.trusted_proxies = ['127.0.0.1']\n[policies.wiki]\n{policy}\n\
         [[clients]]\nclient_id = 'web'\ntransport = 'cookie'\n"
    ))
}

fn lines(service: &ServiceProcess, text: &str) -> Vec<Value> {
    let logged = service.logged().lock().unwrap().clone();
    assert!(!logged.contains(SECRET), "{logged}");
    let lines = logged.lines().filter(|line| line.contains(text));
    lines.map(|it| serde_json::from_str(it).unwrap()).collect()
}

#[test]
fn return_url_at_another_origin_and_unknown_policy_are_logged_once_a_minute() {
    let mut service = start("preflight = 'admit'").service;
    let ask = |policy: &str, host: &str, uri: &str| {
        let head = format!(
            "GET /forward-auth/{policy} HTTP/1.1\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\n\
             X-Forwarded-Proto: https\r\nX-Forwarded-Host: {host}\r\nX-Forwarded-Uri: {uri}"
        );
        service.request(&head, "").unwrap().0
    };
    for _ in 0..3 {
        let uri = format!("/a?token={SECRET}");
        assert_eq!(ask("wiki", "wiki.example.com", &uri), 401);
        assert_eq!(ask("wikki", "wiki.example.com", &uri), 404);
    }
    service.wait_for_log("names no policy");
    let [line] = &lines(&service, "the return URL")[..] else {
        panic!("{}", service.logged().lock().unwrap());
    };
    let line = line.to_string();
    for part in ["WARN", "https://wiki.example.com", "policies.wiki.origins"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let [line] = &lines(&service, "names no policy")[..] else {
        panic!("{}", service.logged().lock().unwrap());
    };
    let line = line.to_string();
    assert!(
        line.contains("wikki") && line.contains("\"wiki\""),
        "{line}"
    );
}

#[test]
fn refusal_is_audited_with_the_policy_and_the_user() {
    let issuer = start("roles = ['admin']");
    let (url, mut service) = (issuer.url, issuer.service);
    let body = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    let head = format!("POST /login HTTP/1.1\r\nContent-Type: application/json\r\nOrigin: {url}");
    let (status, head, body) = service.request(&head, &body).unwrap();
    assert_eq!(status, 200, "{body}");
    let cookies = head.lines().filter_map(|line| {
        line.to_lowercase()
            .starts_with("set-cookie: ")
            .then_some(&line[12..])?
            .split(';')
            .next()
    });
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    let head = format!("GET /forward-auth/wiki HTTP/1.1\r\nCookie: {cookies}");
    let (status, _, body) = service.request(&head, "").unwrap();
    assert_eq!(status, 403, "{body}");
    service.wait_for_log("policy: role");
    let [line] = &lines(&service, "policy: role")[..] else {
        panic!("{}", service.logged().lock().unwrap());
    };
    let head = format!("GET /session HTTP/1.1\r\nCookie: {cookies}");
    let (_, _, session) = service.request(&head, "").unwrap();
    let session: Value = serde_json::from_str(&session).unwrap();
    let (line, sub) = (line.to_string(), session["sub"].as_str().unwrap());
    assert!(line.contains("\"wiki\"") && line.contains(sub), "{line}");
}
