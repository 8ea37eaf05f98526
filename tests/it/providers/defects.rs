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

/// A test for each.
macro_rules! judged {
    ($($name:ident)+) => {
        const JUDGED: &[Defect] = &[$(Defect::$name),+];

        #[rstest]
        #[tokio::test]
        async fn what_is_wrong_lets_nobody_in(#[values($(Defect::$name),+)] defect: Defect) {
            is_judged(defect).await;
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

/// These are waited for, each as long as the others: so all at once.
const SLOW: [Defect; 3] = [Defect::DiscoverySlow, Defect::KeysSlow, Defect::TokenSlow];

#[tokio::test]
async fn slow_what_comes_to_no_end_is_not_waited_for() {
    join_all(SLOW.map(is_judged)).await;
}

#[test]
fn no_defect_goes_untried() {
    let tried: Vec<_> = JUDGED.iter().chain(&SLOW).collect();
    assert_eq!(tried.len(), Defect::ALL.len());
    for defect in Defect::ALL {
        assert!(tried.contains(&defect), "{defect:?}");
    }
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
