//! Tokens that work once, across a reload.

use crate::{
    oauth::flow::{PUBLIC, code, redemption, service_with},
    support::{TestService, answer::Answer, upstream::LOOPBACK},
};

async fn redeem(service: &TestService, code: &str) -> Answer {
    let form = [redemption(code), vec![("client_id", "spa")]].concat();
    service.anon().post_form("/token", &form).await
}

#[tokio::test]
async fn codes_are_redeemed_once_across_a_reload() {
    let mut service = service_with("").await;
    let (used, unused) = (
        code(&service, "spa", &[]).await,
        code(&service, "spa", &[]).await,
    );
    redeem(&service, &used).await.assert_status(200);
    let more = "[[clients]]\nclient_id = 'more'\n";
    let settings = format!("issuer = '{LOOPBACK}'\n{more}{PUBLIC}");
    assert!(service.reload(&settings).unwrap().is_empty());
    redeem(&service, &used)
        .await
        .assert_oauth_error(400, "invalid_grant");
    redeem(&service, &unused).await.assert_status(200);
}
