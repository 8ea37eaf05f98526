//! A client secret that is replaced in its file while the service runs.

use std::fs;

use super::{Engine, House, Login, OAUTH_CLIENT, OpenIdStub};
use crate::support::{
    openid::{CLIENT_ID, CLIENT_SECRET},
    upstream::Upstream,
};

#[tokio::test]
async fn a_refused_client_secret_is_read_again_from_its_file() {
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
    let house = House::beside(Engine::Sqlite, &[], &settings).await.unwrap();
    Upstream::tell_time_by(&stub, &house.clock);

    let login = Login::new(&house);
    let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let answer = login.browser.comes_back(&callback).await;
    answer.assert_page(503, "provider_unavailable");
    assert_eq!(
        stub.times_asked_for_tokens(),
        1,
        "an unchanged secret is not tried twice"
    );

    fs::write(&file, CLIENT_SECRET).unwrap();
    house.enters_by("stub", &stub).await;
    assert_eq!(stub.times_asked_for_tokens(), 3);
    house.enters_by("stub", &stub).await;
    assert_eq!(stub.times_asked_for_tokens(), 4);
}
