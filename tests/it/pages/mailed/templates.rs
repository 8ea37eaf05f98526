//! Pages with files in the folder `pages.templates`.

use std::fs;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{ADA, by_password, login_page, service_with};
use crate::support::{PASSWORD, oauth_client::Login};

const LOGIN: &str = "<!doctype html>
<title>{{ host }}</title>
<style>{{ style }}</style><style>body { color: red }</style>
<script>document.title = 'changed'</script>
<form method=\"post\" action=\"{{ action }}\">
{% if problem %}<p role=\"alert\">{{ text(problem.text) }}</p>{% endif %}
<input name=\"email\" value=\"{{ email or '' }}\">
<input name=\"password\" type=\"password\">
<button name=\"by\" value=\"password\">{{ plain_text('page-login') }}</button>
</form>
<script>{{ script }}</script>
";

#[tokio::test]
async fn custom_login_page_logs_in_and_keeps_the_content_security_policy() {
    let folder = tempfile::tempdir().unwrap();
    let style = "body { background: #fedcba }\n";
    fs::write(folder.path().join("login.html"), LOGIN).unwrap();
    fs::write(folder.path().join("style.css"), style).unwrap();
    let setting = format!("pages.templates = '{}'\n", folder.path().display());
    let service = service_with(&setting).await;
    let id = service.signed_up(ADA).await.id();
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let host = service.app.config.issuer.host();
    assert!(page.text().contains(&format!("<title>{host}</title>")));
    assert!(page.text().contains(&format!("<style>{style}</style>")));

    // The hashes of the style sheet and of Signet's script, and nothing else.
    let policy = page.header("content-security-policy");
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    let script = page.text().rsplit_once("<script>").unwrap().1.to_owned();
    let script = script.split_once("</script>").unwrap().0;
    let expected = format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src 'self'; script-src 'sha256-{}'; frame-ancestors 'none'; \
         base-uri 'none'",
        hash(style),
        hash(script)
    );
    assert_eq!(policy, expected);

    let hostile = "\"><script>alert(1)</script>";
    let refused = by_password(&login.browser, &page, hostile, PASSWORD).await;
    refused.assert_status(422);
    assert!(!refused.text().contains("alert(1)</script>"));
    assert_eq!(refused.field("email"), hostile);

    let answer = by_password(&login.browser, &refused, ADA, PASSWORD).await;
    assert_eq!(login.finish(&answer).await.id(), id);
}
