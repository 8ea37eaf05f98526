//! Keys, configuration, health and audit events.

use super::{ROOT, SETTINGS, admin_of, assert_shows, logged_in};
use crate::support::{Engine, TestService};

#[tokio::test]
async fn pages_show_the_node_without_secrets() {
    let secret_hash = format!("sha256:{}", "A".repeat(43));
    let settings = format!(
        "{SETTINGS}[[clients]]\nclient_id = 'spa'\norigins = ['https://app.example']\n\
         [[clients]]\nclient_id = 'wiki'\nname = 'Wiki <b>'\nclient_secret_hashes = ['{secret_hash}']\n\
         redirect_uris = ['https://wiki.example/callback']\n\
         [[providers]]\nid = 'google'\nkind = 'google'\nclient_id = 'at-google'\n\
         client_secret = 'HIDDEN-SECRET'\n"
    );
    let service = TestService::configured(Engine::Sqlite, &settings).await;
    let root = service.unverified_user(ROOT).await;
    root.set_role("admin").await;
    let browser = logged_in(&service, ROOT).await;
    let keys = browser.visit("/admin/pages/keys").await;
    for text in ["ES256", "Signing", "2026-01-01", "Read only."] {
        assert_shows(&keys, text);
    }
    let clients = browser.visit("/admin/pages/clients").await;
    for text in ["wiki", "Wiki &#60;b&#62;", "wiki.example", "at-google"] {
        assert_shows(&clients, text);
    }
    let health = browser.visit("/admin/pages/health").await;
    for text in [
        env!("CARGO_PKG_VERSION"),
        "database.failed",
        "mail.configured",
    ] {
        assert_shows(&health, text);
    }
    for page in [keys, clients, health] {
        page.assert_status(200);
        assert!(!page.text().contains("HIDDEN"));
        assert!(!page.text().contains(&"A".repeat(43)));
    }
}

#[tokio::test]
async fn events_of_the_node_are_shown() {
    let service = TestService::configured(Engine::Sqlite, SETTINGS).await;
    admin_of(&service).await;
    let browser = logged_in(&service, ROOT).await;
    let page = browser.visit("/admin/pages/events").await;
    page.assert_status(200);
    // No subscriber collects events in this process.
    assert_shows(&page, "No events since this server started.");
}
