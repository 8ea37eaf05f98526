//! Cookies of a domain.

use chrono::TimeDelta;

use super::{ADA, POLICIES, SCRIPT, ask_for};
use crate::support::{Browser, TestService};

#[tokio::test]
async fn cookies_of_a_domain_are_set_refreshed_and_removed_for_all_its_hosts() {
    let settings = format!("cookies.domain = 'example.com'\n{POLICIES}");
    let settings = settings.replace("'https://auth.example.com'", "'https://wiki.example.com'");
    let service = TestService::with(&settings).await;
    let ada = Browser::signed_up(&service, ADA).await;
    let names: Vec<_> = ada.jar.lock().unwrap().keys().cloned().collect();
    assert_eq!(names, ["__Secure-signet-access", "__Secure-signet-refresh"]);
    service.clock.advance(TimeDelta::minutes(10));
    let answer = ask_for(&service, &ada, "any", &SCRIPT).await;
    answer.assert_status(200);
    let lines = answer.set_cookies();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(
            line.contains("; Domain=example.com") && line.contains("; Secure"),
            "{line}"
        );
    }
    let out = ada.send("POST", "/logout", None).await;
    out.assert_status(204);
    let lines = out.set_cookies();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert!(
            line.starts_with("__Secure-signet-") && line.contains("; Domain=example.com"),
            "{line}"
        );
    }
    // Cookies of the host alone are no session here.
    let other = Browser::new(&service);
    let session = ada.log_in(ADA).await;
    session.assert_status(200);
    other.keep(&session);
    let access = other.drop_cookie("__Secure-signet-access").unwrap();
    other.jar.lock().unwrap().clear();
    other.set_cookie("__Host-signet-access", access);
    ask_for(&service, &other, "any", &SCRIPT)
        .await
        .assert_status(401);
}
