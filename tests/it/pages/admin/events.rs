//! `/admin/pages/events`: the last audit events of this node.

use chrono::TimeDelta;
use signet::audit;

use super::{ROOT, USERS, assert_shows, follow, logged_in, post, service};
use crate::support::{answer::Answer, totp::AuthenticatorApp};

const EVENTS: &str = "/admin/pages/events";

/// The text of each event, cell by cell.
fn rows(page: &Answer) -> Vec<String> {
    let text = page.text();
    let (_, body) = text.split_once("<tbody>").expect("events");
    let (body, _) = body.split_once("</tbody>").unwrap();
    let rows = body.split("<tr>").skip(1);
    let rows = rows.map(|row| {
        let pieces = row.replace("</td>", "<> | ");
        let pieces = pieces.split('<');
        let texts = pieces.filter_map(|piece| Some(piece.split_once('>')?.1));
        let text: String = texts.collect();
        let words: Vec<_> = text.split_whitespace().collect();
        words.join(" ")
    });
    rows.collect()
}

#[tokio::test]
async fn events_are_shown_newest_first_in_the_language_of_the_admin() {
    let (mut service, root) = service().await;
    let mut ada = service.signed_up("ada@example.com").await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let ada = ada.id();
    let _events = service.keep_events(10);
    let browser = logged_in(&service, ROOT).await;
    service.clock.advance(TimeDelta::seconds(10));
    let wrong = service.anon();
    let wrong = wrong.log_in("ada@example.com", "wrong password").await;
    wrong.assert_problem(401, "invalid_credentials");
    service.clock.advance(TimeDelta::seconds(10));
    let path = format!("{USERS}/{ada}");
    let changed = post(&browser, &format!("{path}/role"), &[("role", "editor")]).await;
    changed.assert_status(303);
    service.clock.advance(TimeDelta::seconds(10));
    let reset = post(&browser, &format!("{path}/reset-factors"), &[]).await;
    reset.assert_status(303);

    // The user of a failed login is not logged.
    for (language, reset, role, login) in [
        (
            "en",
            format!("Two-step verification reset Done By: {root}"),
            format!("Role changed Done By: {root}"),
            "Login Refused Network: 192.0.2.1/32 Reason: wrong password",
        ),
        (
            "de",
            format!("Zwei-Schritt-Bestätigung aufgehoben Erledigt Durch: {root}"),
            format!("Rolle geändert Erledigt Durch: {root}"),
            "Anmeldung Abgelehnt Netzwerk: 192.0.2.1/32 Grund: wrong password",
        ),
    ] {
        let page = browser
            .visit(&format!("{EVENTS}?ui_locales={language}"))
            .await;
        page.assert_status(200);
        let rows = rows(&page);
        for (row, (time, what, user)) in rows.iter().zip([
            ("00:01:00", reset.as_str(), ada.to_string()),
            ("00:00:50", &role, ada.to_string()),
            ("00:00:40", login, "–".to_owned()),
            ("00:00:30", "", root.to_string()),
        ]) {
            assert!(
                row.starts_with(&format!("2026-01-01 {time} UTC | {what}")),
                "{row}"
            );
            assert!(row.ends_with(&format!(" | {user} |")), "{row}");
        }
        assert_eq!(rows.len(), 4, "{rows:#?}");
        assert!(rows[1].contains(": editor"), "{rows:#?}");
        let user = follow(&browser, &page, &format!("<code>{ada}</code>")).await;
        assert_shows(&user, &format!("<html lang=\"{language}\">"));
        assert_shows(&user, "<code>editor</code>");
    }
}

#[tokio::test]
async fn page_shows_the_last_hundred_events() {
    let (mut service, _) = service().await;
    let _events = service.keep_events(100);
    let browser = logged_in(&service, ROOT).await;
    for number in 0..60 {
        for outcome in ["done", "refused"] {
            tracing::info!(target: audit::TARGET, act = "login", outcome, number);
        }
    }
    let page = browser.visit(EVENTS).await;
    assert_shows(&page, "The last 100 security events");
    let rows = rows(&page);
    assert_eq!(rows.len(), 100);
    assert!(rows[0].contains("Login Refused number: 59"), "{}", rows[0]);
    assert!(rows[1].contains("Login Done number: 59"), "{}", rows[1]);
    assert!(rows[99].contains("Login Done number: 10"), "{}", rows[99]);
}

#[tokio::test]
async fn fields_of_events_are_escaped() {
    let (mut service, _) = service().await;
    let _events = service.keep_events(10);
    let browser = logged_in(&service, ROOT).await;
    let text = "\"'><i id=x>&amp;";
    tracing::info!(
        target: audit::TARGET, act = text, outcome = text, client_id = text, user.id = text, other = text,
    );
    let page = browser.visit(EVENTS).await;
    page.assert_status(200);
    let shown = "&#34;&#39;&#62;&#60;i id=x&#62;&#38;amp;";
    assert_eq!(page.text().matches(shown).count(), 5, "{}", page.text());
    for raw in ["<i id", "\"'>", "&amp;"] {
        assert!(!page.text().contains(raw), "{raw}: {}", page.text());
    }
}
