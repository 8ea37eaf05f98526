//! Passkeys that a login page refuses.

use futures_util::future::join_all;
use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::{
    client::CodeChallenge,
    identity::{StoredVerifier, UserId},
    passkey::encode,
};

use super::{SSO, add_user, begun, login_page, post, with_passkey};
use crate::support::{
    Engine, TestService,
    answer::Answer,
    authenticator::{Authenticator, UP, UV},
    both_engines,
    oauth_client::{Login, OAUTH_CLIENT},
    test_service::ISSUER,
};

const FAILED: &str = "This passkey didn’t work. Try another one or log in another way.";

/// The login page again, with the one text for every reason.
#[track_caller]
fn assert_refused(answer: &Answer, unknown: Option<&str>, what: &str) {
    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    let text = answer.text();
    assert!(
        text.contains(&format!("role=\"status\">{FAILED}</div>")),
        "{what}: {text}"
    );
    assert!(text.contains("id=\"password\""), "{what}: {text}");
    assert_eq!(answer.passkey_data("unknown").as_deref(), unknown, "{what}");
    let sets_session = answer.set_cookies().iter().any(|it| it.starts_with(SSO));
    assert!(!sets_session, "{what}");
}

/// Begins on the page, changes what the browser posts, and returns the answer.
async fn posts_changed(
    login: &Login<'_>,
    (phone, user): (&Authenticator, UserId),
    change: impl FnOnce(&mut Value, &mut Value),
) -> Answer {
    let page = login_page(login).await;
    let mut begun = begun(&login.browser, &page).await;
    let mut credential = phone.login_json(&begun["options"], &encode(&user.to_bytes()));
    change(&mut begun, &mut credential);
    post(&login.browser, &page, &begun, &credential).await
}

#[tokio::test]
async fn wrong_answers_get_one_page_and_only_an_unknown_passkey_is_named() {
    let mut phone = Authenticator::p256();
    let (service, ada) = with_passkey(Engine::Sqlite, &phone).await;
    let login = Login::new(&service);
    let eve = service.signed_up("eve@example.com").await;
    for (pointer, value) in [
        ("/response/clientDataJSON", json!("e30")),
        ("/response/authenticatorData", json!("AAAA")),
        ("/response/signature", json!("AAAA")),
        ("/response/signature", json!([])),
        ("/type", json!("x")),
    ] {
        let changed = posts_changed(&login, (&phone, ada), |_, credential| {
            *credential.pointer_mut(pointer).unwrap() = value;
        });
        let answer = changed.await;
        assert_refused(&answer, None, pointer);
    }
    let known = encode(&phone.id);
    for (user, what) in [
        (eve.id(), "other user"),
        (
            "01890000-0000-7000-8000-000000000000".parse().unwrap(),
            "no user",
        ),
    ] {
        let answer = posts_changed(&login, (&phone, user), |_, _| ()).await;
        assert_refused(&answer, Some(&known), what);
    }
    phone.flags = UP;
    let answer = posts_changed(&login, (&phone, ada), |_, _| ()).await;
    assert_refused(&answer, None, "no user verification");
    phone.flags = UP | UV;
    for origin in [
        "https://auth.example.com.evil.example",
        "http://auth.example.com",
    ] {
        phone.origin = origin.to_owned();
        let answer = posts_changed(&login, (&phone, ada), |_, _| ()).await;
        assert_refused(&answer, None, origin);
    }
    phone.origin = ISSUER.to_owned();
    phone.rp_id = "example.com".to_owned();
    let answer = posts_changed(&login, (&phone, ada), |_, _| ()).await;
    assert_refused(&answer, None, "other RP ID");
    phone.rp_id = "auth.example.com".to_owned();
    let posted = posts_changed(&login, (&phone, ada), |_, _| ()).await;
    login.finish(&posted).await;
}

#[tokio::test]
async fn challenge_counts_once_in_its_browser_and_at_its_place() {
    let phone = Authenticator::p256();
    let (service, ada) = with_passkey(Engine::Sqlite, &phone).await;
    let handle = encode(&ada.to_bytes());
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let own = begun(&login.browser, &page).await;
    let credential = phone.login_json(&own["options"], &handle);

    // Another browser, with and without a cookie of its own.
    let other = Login::new(&service);
    let elsewhere = post(&other.browser, &page, &own, &credential).await;
    assert_refused(&elsewhere, None, "no cookie");
    begun(&other.browser, &page).await;
    let elsewhere = post(&other.browser, &page, &own, &credential).await;
    assert_refused(&elsewhere, None, "other cookie");
    // The API, and the login page of the issuer.
    let secret = login.browser.cookie("__Host-signet-login").unwrap();
    let body =
        json!({"challenge": own["challenge"], "code_verifier": secret, "credential": credential});
    let by_api = service.anon().post("/login/passkey", body).await;
    by_api.assert_problem(401, "invalid_passkey");
    let at_issuer = login.browser.visit("/login").await;
    let answer = post(&login.browser, &at_issuer, &own, &credential).await;
    assert_refused(&answer, None, "challenge of a client");

    // Challenges of the API, of the issuer, and of a registration.
    let asked = json!({"code_challenge": CodeChallenge::to(&secret).as_str()});
    let of_api = service.anon().post("/passkeys/challenge", asked).await;
    let of_issuer = begun(&login.browser, &at_issuer).await;
    let mut session = service.anon();
    session.keep(&phone.log_in(&service, ada).await);
    let of_registration = session.post("/passkeys/registration", json!({})).await;
    for (other, what) in [
        (of_api.json(), "of the API"),
        (of_issuer, "of the issuer"),
        (of_registration.json(), "of a registration"),
    ] {
        let credential = phone.login_json(&other["options"], &handle);
        let answer = post(&login.browser, &page, &other, &credential).await;
        assert_refused(&answer, None, what);
    }

    let done = post(&login.browser, &page, &own, &credential).await;
    login.code(&done);
    let replayed = post(&login.browser, &page, &own, &credential).await;
    assert_refused(&replayed, None, "replayed");
    let late = begun(&login.browser, &page).await;
    service.clock.advance(chrono::TimeDelta::minutes(5));
    let credential = phone.login_json(&late["options"], &handle);
    let answer = post(&login.browser, &page, &late, &credential).await;
    assert_refused(&answer, None, "expired");
}

#[tokio::test]
async fn pages_of_other_origins_get_no_challenge_and_post_no_answer() {
    let phone = Authenticator::p256();
    let (service, ada) = with_passkey(Engine::Sqlite, &phone).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    for origin in ["https://two.example", "null"] {
        let asked = json!({"client_id": "app"});
        let refused = login
            .browser
            .post_json(origin, "/passkeys/challenge", &asked);
        let refused = refused.await;
        refused.assert_field(422, "missing_field", "code_challenge");
    }
    let plain = service.anon().post("/passkeys/challenge", json!({})).await;
    plain.assert_field(422, "missing_field", "code_challenge");
    let begun = begun(&login.browser, &page).await;
    let credential = phone.login_json(&begun["options"], &encode(&ada.to_bytes()));
    let fields = [
        ("by", "passkey".to_owned()),
        ("challenge", begun["challenge"].as_str().unwrap().to_owned()),
        ("credential", credential.to_string()),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    let foreign = login.browser.post_cross_site(&page.form().0, &fields).await;
    foreign.assert_page(403, "foreign_origin");
    // Without the button's field it is no authorization request either.
    let foreign = login
        .browser
        .post_cross_site(&page.form().0, &fields[2..])
        .await;
    foreign.assert_page(403, "foreign_origin");
}

#[apply(both_engines)]
#[tokio::test]
async fn counter_rises_and_one_of_ten_concurrent_logins_with_one_value_succeeds(engine: Engine) {
    let mut key = Authenticator::p256();
    key.count = 5;
    let (service, ada) = with_passkey(engine, &key).await;
    let login = Login::new(&service);
    for (count, succeeds) in [(5, false), (4, false), (6, true), (6, false)] {
        key.count = count;
        let page = Login::new(&service);
        let answer = posts_changed(&page, (&key, ada), |_, _| ()).await;
        if succeeds {
            page.code(&answer);
        } else {
            assert_refused(&answer, None, &format!("{count}"));
        }
    }
    key.count = 7;
    let page = login_page(&login).await;
    let mut answers = Vec::new();
    for _ in 0..10 {
        let begun = begun(&login.browser, &page).await;
        let credential = key.login_json(&begun["options"], &encode(&ada.to_bytes()));
        answers.push((begun, credential));
    }
    let posted = answers
        .iter()
        .map(|(begun, credential)| post(&login.browser, &page, begun, credential));
    let answers = join_all(posted).await;
    let done = answers.iter().filter(|answer| answer.status == 303).count();
    assert_eq!(done, 1);
    for answer in answers.iter().filter(|answer| answer.status != 303) {
        assert_refused(answer, None, "concurrent");
    }
}

#[tokio::test]
async fn removed_passkey_is_unknown_and_one_of_a_later_release_is_not() {
    let phone = Authenticator::p256();
    let (service, ada) = with_passkey(Engine::Sqlite, &phone).await;
    let login = Login::new(&service);
    let store = &service.app.store;
    let found = store.user_with_passkeys(ada).await.unwrap().unwrap();
    let later = StoredVerifier::new("{\"v\":99}".to_owned());
    let now = service.clock.now();
    let replaced = store.replace_passkey(ada, &found.passkeys[0], &later, now);
    assert!(replaced.await.unwrap());
    let answer = posts_changed(&login, (&phone, ada), |_, _| ()).await;
    assert_refused(&answer, None, "of a later release");

    let (service, ada) = with_passkey(Engine::Sqlite, &phone).await;
    let login = Login::new(&service);
    let mut session = service.anon();
    session.keep(&phone.log_in(&service, ada).await);
    let id = service
        .app
        .store
        .user_with_passkeys(ada)
        .await
        .unwrap()
        .unwrap()
        .passkeys[0]
        .id;
    let removed = session
        .send_json("DELETE", &format!("/me/passkeys/{id}"), json!({}))
        .await;
    removed.assert_status(200);
    let answer = posts_changed(&login, (&phone, ada), |_, _| ()).await;
    assert_refused(&answer, Some(&encode(&phone.id)), "removed");
}

#[tokio::test]
async fn refused_passkeys_are_limited() {
    let phone = Authenticator::p256();
    let settings = format!("limits.confirm_network = '3/15m'\n{OAUTH_CLIENT}");
    let service = TestService::with(&settings).await;
    let ada = add_user(&service, &phone).await;
    let login = Login::new(&service);
    for _ in 0..5 {
        let page = Login::new(&service);
        let page_answer = posts_changed(&page, (&phone, ada), |_, _| ()).await;
        page.code(&page_answer);
    }
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let other = Authenticator::p256();
        statuses.push(posts_changed(&login, (&other, ada), |_, _| ()).await.status);
    }
    assert_eq!(
        (statuses.first(), statuses.last()),
        (Some(&401), Some(&429)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn origins_and_challenges_of_another_client_do_not_count() {
    let mut phone = Authenticator::p256();
    let settings = format!(
        "{OAUTH_CLIENT}
        [[clients]]
        client_id = 'two'
        origins = ['https://two.example']
        redirect_uris = ['https://app.example.com/back']"
    );
    let service = TestService::with(&settings).await;
    let ada = add_user(&service, &phone).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let asked = json!({"client_id": "two"});
    let of_two = login
        .browser
        .post_json(ISSUER, "/passkeys/challenge", &asked)
        .await
        .json();
    let credential = phone.login_json(&of_two["options"], &encode(&ada.to_bytes()));
    let answer = post(&login.browser, &page, &of_two, &credential).await;
    assert_refused(&answer, None, "challenge of another client");
    phone.origin = "https://two.example".to_owned();
    let answer = posts_changed(&login, (&phone, ada), |_, _| ()).await;
    assert_refused(&answer, None, "origin of another client");
}
