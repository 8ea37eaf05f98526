//! A client secret whose file is replaced while the service runs.

use std::fs;

use super::{Engine, Login, OAUTH_CLIENT, OpenIdStub, TestService};
use crate::support::{
    openid::{CLIENT_ID, CLIENT_SECRET},
    upstream::StubProvider,
};

#[tokio::test]
async fn rejected_client_secret_is_reread_from_its_file() {
    let stub = OpenIdStub::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "another secret").unwrap();
    let provider = format!(
        "[[providers]]\nid = 'stub'\nkind = 'oidc'\nissuer = '{}'\nclient_id = '{CLIENT_ID}'\n\
         client_secret_file = '{}'\ntrusts_addresses = true\n",
        stub.issuer(),
        file.display()
    );
    let settings = format!("{OAUTH_CLIENT}\n{provider}");
    let service = TestService::with_providers(Engine::Sqlite, &[], &settings).await;
    StubProvider::use_clock(&stub, &service.clock);

    let login = Login::new(&service);
    let callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
    let answer = login.browser.open_callback(&callback).await;
    answer.assert_page(503, "provider_unavailable");
    assert_eq!(
        stub.token_requests(),
        1,
        "an unchanged secret is not tried twice"
    );

    fs::write(&file, CLIENT_SECRET).unwrap();
    service.log_in_by("stub", &stub).await;
    assert_eq!(stub.token_requests(), 3);
    service.log_in_by("stub", &stub).await;
    assert_eq!(stub.token_requests(), 4);
}
