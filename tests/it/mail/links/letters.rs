//! Rules for mails of every kind: language and link target.

use signet::{locale::Locale, mail::RenderedMail};
use url::Url;

use super::*;

const EVIL: &str = "evil.example";

/// A request in German, with headers that try to change the target of links.
async fn ask(client: &ApiClient<'_>, method: &str, route: &str, body: Value) -> Answer {
    let authorization = format!("Bearer {}", client.access.as_deref().unwrap_or_default());
    let mut headers = vec![
        ("content-type", "application/json"),
        ("accept-language", "fr, de-AT;q=0.9, en;q=0.5"),
        ("host", EVIL),
        ("x-forwarded-host", EVIL),
        ("x-forwarded-proto", "ftp"),
        ("x-forwarded-prefix", "/evil.example"),
        ("x-original-url", "https://evil.example/"),
        ("forwarded", "host=evil.example;proto=ftp"),
    ];
    if client.access.is_some() {
        headers.push(("authorization", &authorization));
    }
    let uri = format!("http://{EVIL}{route}");
    client.send(method, &uri, &headers, body.to_string()).await
}

/// The link of a mail.
fn link(letter: &RenderedMail) -> Url {
    let mut lines = letter.text.lines();
    let link = lines.find(|line| line.starts_with("http")).unwrap();
    let shown = link.replace('&', "&amp;");
    assert_eq!(letter.html.matches(&format!("href=\"{shown}\"")).count(), 1);
    link.parse().unwrap()
}

#[rstest]
#[case("", "auth.example.com", "/")]
#[case(
    "[[clients]]\nclient_id = 'web'\napp_url = 'https://app.example.com/start/'",
    "app.example.com",
    "/start"
)]
#[tokio::test]
async fn mail_uses_the_language_of_the_request_and_the_configured_link(
    #[case] settings: &str,
    #[case] host: &str,
    #[case] path: &str,
) {
    let service = TestService::with(&format!("limits.enabled = false\n{settings}")).await;
    let mut ada = service.signed_up("ada@example.com").await;
    service.signed_up("bob@example.com").await;
    service.outbox.lock().unwrap().clear();
    let anon = service.anon();
    for route in ASKING {
        for email in ["ada@example.com", "new@example.com"] {
            let answer = ask(&anon, "POST", route, body_of(route, email)).await;
            answer.assert_status(202);
        }
    }
    for email in ["bob@example.com", "new@example.com"] {
        let answer = ask(&ada, "POST", "/email", json!({"email": email})).await;
        answer.assert_status(202);
    }
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    let changed = ask(&ada, "PUT", "/password", body).await;
    changed.assert_status(200);
    ada.keep(&changed);
    let answer = ask(&ada, "POST", "/email", json!({"email": "new@example.com"})).await;
    answer.assert_status(202);
    let token = service.mailed_token("new@example.com").unwrap();
    let answer = ask(&anon, "POST", "/email/confirm", json!({"token": token})).await;
    answer.assert_status(204);

    let letters = service.outbox.lock().unwrap().clone();
    let mut subjects: Vec<_> = letters.iter().map(|it| it.subject.as_str()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let all = [
        "Bestätigen Sie Ihre E-Mail-Adresse für HOST",
        "Bestätigen Sie Ihre neue E-Mail-Adresse für HOST",
        "Ihr Anmeldelink für HOST",
        "Ihre E-Mail-Adresse bei ISSUER soll geändert werden",
        "Ihre E-Mail-Adresse bei ISSUER wurde geändert",
        "Kein Konto bei HOST mit dieser E-Mail-Adresse",
        "Neues Passwort bei ISSUER",
        "Neues Passwort für HOST festlegen",
        "Sie haben schon ein Konto bei HOST",
    ];
    let all = all.map(|subject| {
        let subject = subject.replace("HOST", host);
        subject.replace("ISSUER", "auth.example.com")
    });
    assert_eq!(subjects, all);
    for letter in letters {
        assert_eq!(letter.locale, Locale::German);
        assert!(letter.html.contains("<html lang=\"de\">"));
        for part in [&letter.subject, &letter.text, &letter.html] {
            assert!(!part.contains("evil"), "{part}");
        }
        let link = link(&letter);
        assert_eq!(link.scheme(), "https");
        // Mails about changes lead to the page of the service that logs out everywhere.
        let is_about_change = link.path() == "/end-session";
        let expected = if is_about_change {
            ("auth.example.com", "/end-session")
        } else {
            (host, path)
        };
        assert_eq!(link.host_str(), Some(expected.0), "{link}");
        assert!(link.path().starts_with(expected.1), "{link}");
        // Links to own pages contain the language; links to apps do not.
        let language = link.query_pairs().find(|(name, _)| name == "ui_locales");
        let language = language.map(|(_, tag)| tag.into_owned());
        assert_eq!(
            language.as_deref(),
            (is_about_change || settings.is_empty()).then_some("de"),
            "{link}"
        );
    }
}
