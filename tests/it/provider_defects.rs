//! A deliberately bad provider: each defect by itself, and what becomes of it (O4, O9).

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;

use crate::support::{
    Engine, House,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{Defect, OpenIdStub, Verdict},
    upstream::{Beside, Upstream},
};

#[rstest]
#[tokio::test]
async fn what_is_wrong_lets_nobody_in(
    #[values(
        Defect::AlgNone,
        Defect::AlgHs256,
        Defect::AlgOfAnotherKey,
        Defect::SignatureBad,
        Defect::SignatureOfAnotherKey,
        Defect::KidUnknown,
        Defect::KidMissing,
        Defect::KidMissingOfOneKey,
        Defect::KidTwice,
        Defect::Crit,
        Defect::TypAccessToken,
        Defect::JwkInHeader,
        Defect::JkuInHeader,
        Defect::MemberTwice,
        Defect::NoJson,
        Defect::FiveParts,
        Defect::NoIdToken,
        Defect::TooLong,
        Defect::IssOther,
        Defect::IssArray,
        Defect::IssMissing,
        Defect::IssTrailingSlash,
        Defect::AudOther,
        Defect::AudWithStranger,
        Defect::AudMissing,
        Defect::AudArrayOfOne,
        Defect::AzpOther,
        Defect::AzpMissing,
        Defect::ExpPast,
        Defect::ExpMissing,
        Defect::ExpString,
        Defect::IatMissing,
        Defect::IatFuture,
        Defect::NonceMissing,
        Defect::NonceOther,
        Defect::NonceEmpty,
        Defect::AtHashOther,
        Defect::SubMissing,
        Defect::SubEmpty,
        Defect::SubNumber,
        Defect::SubTooLong,
        Defect::UserinfoOfAnother,
        Defect::UserinfoOfNobody,
        Defect::UserinfoJwt,
        Defect::Userinfo500,
        Defect::DiscoveryOtherIssuer,
        Defect::DiscoveryTrailingSlash,
        Defect::DiscoveryHttpEndpoints,
        Defect::DiscoveryPrivateEndpoints,
        Defect::DiscoveryMoved,
        Defect::DiscoveryTooLong,
        Defect::DiscoveryHtml,
        Defect::DiscoveryIncomplete,
        Defect::KeysMoved,
        Defect::KeysTooLong,
        Defect::KeysHtml,
        Defect::KeysEmpty,
        Defect::KeysPrivate,
        Defect::TokenInvalidGrant,
        Defect::Token500,
        Defect::TokenHtml,
        Defect::TokenMoved,
        Defect::TokenWithoutType,
        Defect::TokenOfAnotherType,
        Defect::CallbackWithoutIss,
        Defect::CallbackOtherIss,
        Defect::CallbackDenied
    )]
    defect: Defect,
) {
    is_judged(defect).await;
}

/// These are waited for, each as long as the others: so all at once.
#[tokio::test]
async fn what_comes_to_no_end_is_not_waited_for() {
    let slow = [Defect::DiscoverySlow, Defect::KeysSlow, Defect::TokenSlow];
    join_all(slow.map(is_judged)).await;
}

async fn is_judged(defect: Defect) {
    let (stub, other) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let both: [Beside<'_>; 2] = [("stub", &stub, trusts), ("other", &other, trusts)];
    let house = House::beside(Engine::Sqlite, &both, OAUTH_CLIENT);
    let house = house.await.unwrap();
    stub.with(defect);
    let login = Login::new(&house);
    let mut answer = login.browser.visits(&login.url("stub")).await;
    if answer.status == 303 {
        let callback = stub.authorize(answer.header("location"));
        answer = login.browser.comes_back(&callback).await;
    }
    match defect.verdict() {
        Verdict::Admitted => drop(login.enters(&answer).await),
        Verdict::Unavailable => {
            login.assert_stays_out(&answer);
            answer.assert_status(503);
        }
        Verdict::Refused => {
            login.assert_stays_out(&answer);
            let is_told = login.error(&answer).is_some();
            assert!(
                is_told || (400..500).contains(&answer.status),
                "{}",
                answer.status
            );
        }
    }
    if defect.verdict() != Verdict::Admitted {
        assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
    }
    assert_eq!(stub.times_misled(), 0);
    // It is one provider's, and passes.
    house.enters_by("other", &other).await;
    stub.repaired();
    house.clock.advance(TimeDelta::hours(2));
    house.enters_by("stub", &stub).await;
}
