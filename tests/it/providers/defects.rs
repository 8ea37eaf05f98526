//! A defective provider: each defect and the reaction of the service (O4, O9).

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;

use crate::support::{
    Engine, TestService,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{Defect, OpenIdStub, Verdict},
    upstream::{ProviderSetup, StubProvider},
};

/// One test for each defect.
macro_rules! judged {
    ($($name:ident)+) => {
        const TESTED: &[Defect] = &[$(Defect::$name),+];

        #[rstest]
        #[tokio::test]
        async fn defective_provider_logs_nobody_in(#[values($(Defect::$name),+)] defect: Defect) {
            has_verdict(defect).await;
        }
    };
}

judged! {
    AlgNone
    AlgHs256
    AlgOfAnotherKey
    SignatureBad
    SignatureOfAnotherKey
    KidUnknown
    KidMissing
    KidMissingOfOneKey
    KidTwice
    Crit
    TypAccessToken
    JwkInHeader
    JkuInHeader
    MemberTwice
    NoJson
    FiveParts
    NoIdToken
    TooLong
    IssOther
    IssArray
    IssMissing
    IssTrailingSlash
    AudOther
    AudWithStranger
    AudMissing
    AudArrayOfOne
    AzpOther
    AzpMissing
    ExpPast
    ExpMissing
    ExpString
    IatMissing
    IatFuture
    NonceMissing
    NonceOther
    NonceEmpty
    AtHashOther
    SubMissing
    SubEmpty
    SubNumber
    SubTooLong
    UserinfoOfAnother
    UserinfoOfNobody
    UserinfoJwt
    Userinfo500
    DiscoveryOtherIssuer
    DiscoveryTrailingSlash
    DiscoveryHttpEndpoints
    DiscoveryPrivateEndpoints
    DiscoveryMoved
    DiscoveryTooLong
    DiscoveryHtml
    DiscoveryIncomplete
    KeysMoved
    KeysTooLong
    KeysHtml
    KeysEmpty
    KeysPrivate
    TokenInvalidGrant
    Token500
    TokenHtml
    TokenMoved
    TokenWithoutType
    TokenOfAnotherType
    CallbackWithoutIss
    CallbackOtherIss
    CallbackDenied
}

/// The endless responses run into the same timeout, so they run concurrently.
const SLOW: [Defect; 3] = [Defect::DiscoverySlow, Defect::KeysSlow, Defect::TokenSlow];

#[tokio::test]
async fn slow_endless_provider_responses_time_out() {
    join_all(SLOW.map(has_verdict)).await;
}

#[test]
fn every_defect_is_tested() {
    let tried: Vec<_> = TESTED.iter().chain(&SLOW).collect();
    assert_eq!(tried.len(), Defect::ALL.len());
    for defect in Defect::ALL {
        assert!(tried.contains(&defect), "{defect:?}");
    }
}

async fn has_verdict(defect: Defect) {
    let (stub, other) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let both: [ProviderSetup<'_>; 2] = [("stub", &stub, trusts), ("other", &other, trusts)];
    let service = TestService::with_providers(Engine::Sqlite, &both, OAUTH_CLIENT);
    let service = service.await;
    stub.with_defect(defect);
    let login = Login::new(&service);
    let mut answer = login.browser.visit(&login.url("stub")).await;
    if answer.status == 303 {
        let callback = stub.authorize(answer.header("location"));
        answer = login.browser.open_callback(&callback).await;
    }
    match defect.verdict() {
        Verdict::Admitted => drop(login.finish(&answer).await),
        Verdict::Unavailable => {
            login.assert_not_logged_in(&answer);
            answer.assert_status(503);
        }
        Verdict::Refused => {
            login.assert_not_logged_in(&answer);
            let is_told = login.error(&answer).is_some();
            assert!(
                is_told || (400..500).contains(&answer.status),
                "{}",
                answer.status
            );
        }
    }
    if defect.verdict() != Verdict::Admitted {
        assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
    }
    assert_eq!(stub.misdirected_requests(), 0);
    // The outage affects one provider and ends.
    service.log_in_by("other", &other).await;
    stub.without_defects();
    service.clock.advance(TimeDelta::hours(2));
    service.log_in_by("stub", &stub).await;
}
