//! `GET /providers`, and the start messages about providers.

use std::{fs, sync::Arc};

use serde_json::json;

use crate::support::{
    TestService,
    process::{ServiceProcess, free_address, signet},
};

const PROVIDERS: &str = "
    [[providers]]
    id = 'work'
    name = 'Acme'
    kind = 'microsoft'
    tenant = '72f988bf-86f1-41af-91ab-2d7cd011db47'
    client_id = 'client-of-acme'
    client_secret = 'hunter2'
    [[providers]]
    id = 'google'
    kind = 'google'
    client_id = 'client-of-google'
    client_secret = 'hunter2'
    [[providers]]
    id = 'gitlab'
    kind = 'gitlab'
    issuer = 'https://git.example.com'
    client_id = 'client-of-gitlab'
    client_secret = 'hunter2'
    [[clients]]
    client_id = 'web'
    origins = ['https://app.example.com']
";

#[tokio::test]
async fn provider_list_is_public_and_contains_no_secrets() {
    let service = TestService::with(PROVIDERS).await;
    let origin = [("origin", "https://app.example.com")];
    let answer = service.anon().send("GET", "/providers", &origin, "").await;
    assert_eq!(
        answer.assert_status(200).json(),
        json!({ "providers": [
            { "id": "work", "name": "Acme", "kind": "microsoft" },
            { "id": "google", "name": "Google", "kind": "google" },
            { "id": "gitlab", "name": "GitLab", "kind": "gitlab" },
        ], "password_policy": { "min_length": 15, "max_bytes": 1024 } })
    );
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://app.example.com"
    );
    let service = TestService::new().await;
    let answer = service.anon().get("/providers").await;
    let policy = json!({ "min_length": 15, "max_bytes": 1024 });
    let wanted = json!({ "providers": [], "password_policy": policy });
    assert_eq!(answer.assert_status(200).json(), wanted);
}

#[test]
fn start_logs_the_callback_url_of_each_provider() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let write = |settings: &str| fs::write(folder.path().join("signet.toml"), settings).unwrap();
    let address = free_address();
    let note = "no client has redirect_uris";

    write(PROVIDERS);
    let service = ServiceProcess::start_in(folder.clone(), address, &[]);
    let printed = service.printed();
    let line =
        format!("  providers  work google gitlab, redirect URI http://{address}/callback/<id>\n");
    assert!(
        printed.contains(&line) && printed.contains(note),
        "{printed}"
    );
    assert!(!printed.contains("hunter2"), "{printed}");
    drop(service);

    write(&format!(
        "{PROVIDERS}redirect_uris = 'com.example.app:/callback'"
    ));
    let service = ServiceProcess::start_in(folder.clone(), address, &[]);
    assert!(service.printed().contains(&line) && !service.printed().contains(note));
    drop(service);

    write("");
    let service = ServiceProcess::start_in(folder.clone(), address, &[]);
    assert!(!service.printed().contains("providers") && !service.printed().contains(note));
}

#[test]
fn unusable_apple_key_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("key.p8", "-----BEGIN PRIVATE KEY-----\nhunter2\n");
    write(
        "signet.toml",
        "[[providers]]\nid = 'apple'\nkind = 'apple'\nclient_id = 'com.example.web'\n\
         team_id = 'DEF123GHIJ'\nkey_id = 'ABC123DEFG'\nprivate_key_file = 'key.p8'",
    );
    let output = signet(folder.path()).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    let fault = "providers[0].private_key_file (signet.toml line 7): \"key.p8\" is not PEM\n";
    assert!(said.ends_with(fault) && !said.contains("hunter2"), "{said}");
}
