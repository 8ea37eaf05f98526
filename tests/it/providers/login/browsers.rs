//! A login ends in the browser in which it began, at the provider at which it began, once, and soon
//! (O1, O3, O11).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use rstest::rstest;

use super::{Beside, Engine, House, Login, OAUTH_CLIENT, OpenIdStub, house_beside};
use crate::support::{
    Browser,
    answer::Answer,
    openid::{Defect, s256},
    stub::{one, pairs},
    upstream::{Callback, LOOPBACK, Upstream},
};

const COOKIE: &str = "signet-8080-login";

/// A login under way: at the provider, about to come back.
async fn under_way<'a>(house: &'a House, stub: &OpenIdStub) -> (Login<'a>, Callback) {
    let login = Login::new(house);
    let callback = login.browser.as_far_as(stub, &login.url("stub")).await;
    (login, callback)
}

async fn nobody_is_here(house: &House) {
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
}

/// What is not ours to answer anybody is shown to the person, and sends nobody anywhere.
#[track_caller]
fn assert_shown(login: &Login<'_>, answer: &Answer) {
    login.assert_stays_out(answer);
    answer.assert_page(400, "invalid_login");
}

#[tokio::test]
async fn a_login_comes_back_in_no_other_browser() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    // Somebody sends a link that would log the victim in to the attacker's account.
    let (attacker, callback) = under_way(&house, &stub).await;
    let victim = Browser::new(&house);
    assert_shown(&attacker, &victim.comes_back(&callback).await);
    // Nor where a login of the victim's own is under way.
    let (victim, _) = under_way(&house, &stub).await;
    let answer = victim.browser.comes_back(&callback).await;
    assert_shown(&victim, &answer);
    nobody_is_here(&house).await;
    // Neither code nor state was used up by that.
    let answer = attacker.browser.comes_back(&callback).await;
    attacker.enters(&answer).await;
}

#[tokio::test]
async fn a_login_needs_its_cookie() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, callback) = under_way(&house, &stub).await;
    let secret = login.browser.drop_cookie(COOKIE).expect("a cookie");
    assert!(secret.len() >= 43, "{secret}");
    assert_shown(&login, &login.browser.comes_back(&callback).await);
    for other in ["", "x", &s256(&secret), &secret.to_uppercase()] {
        let jar = &login.browser.jar;
        jar.lock()
            .unwrap()
            .insert(COOKIE.to_owned(), other.to_owned());
        let answer = login.browser.comes_back(&callback).await;
        assert_shown(&login, &answer);
    }
    assert_eq!(stub.times_asked_for_tokens(), 0);
}

/// Two tabs of one browser, each with a login of its own.
#[tokio::test]
async fn two_logins_at_once_do_not_disturb_each_other() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (one, first) = under_way(&house, &stub).await;
    let two = Login::new(&house);
    std::mem::swap(
        &mut *two.browser.jar.lock().unwrap(),
        &mut *one.browser.jar.lock().unwrap(),
    );
    let second = two.browser.as_far_as(&stub, &two.url("stub")).await;
    let jar = two.browser.jar.lock().unwrap().clone();
    *one.browser.jar.lock().unwrap() = jar;
    let answer = one.browser.comes_back(&first).await;
    one.enters(&answer).await;
    let answer = two.browser.comes_back(&second).await;
    two.enters(&answer).await;
}

#[tokio::test]
async fn a_callback_is_good_once() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, callback) = under_way(&house, &stub).await;
    let jar = login.browser.jar.lock().unwrap().clone();
    let answer = login.browser.comes_back(&callback).await;
    login.enters(&answer).await;
    // Even with the cookie as it was, and with a new code of the provider's.
    *login.browser.jar.lock().unwrap() = jar;
    assert_shown(&login, &login.browser.comes_back(&callback).await);
    let fresh = fresh_code(&stub, &callback);
    assert_shown(&login, &login.browser.comes_back(&fresh).await);
}

/// The same state with another code.
fn fresh_code(stub: &OpenIdStub, callback: &Callback) -> Callback {
    let parameters = [
        "client_id",
        "response_type",
        "redirect_uri",
        "scope",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    ];
    let mut url = url::Url::parse(&format!("{}/authorize", stub.issuer())).unwrap();
    for name in parameters {
        let value = stub.requested(name).unwrap();
        url.query_pairs_mut().append_pair(name, &value);
    }
    let answer = callback.answer();
    let state = one(&answer, "state").unwrap();
    url.query_pairs_mut().append_pair("state", state);
    stub.authorize(url.as_str())
}

#[rstest]
#[case(TimeDelta::minutes(9), true)]
#[case(TimeDelta::minutes(11), false)]
#[tokio::test]
async fn a_login_may_take_ten_minutes(#[case] duration: TimeDelta, #[case] is_good: bool) {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, callback) = under_way(&house, &stub).await;
    house.clock.advance(duration);
    let answer = login.browser.comes_back(&callback).await;
    if is_good {
        login.enters(&answer).await;
    } else {
        assert_shown(&login, &answer);
        nobody_is_here(&house).await;
    }
}

/// A mix-up: two providers are known, and one of them is the attacker's.
#[tokio::test]
async fn the_state_of_one_provider_is_none_at_another() {
    let (honest, evil) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let upstreams: [Beside<'_>; 2] = [("stub", &honest, trusts), ("evil", &evil, trusts)];
    let house = House::beside(Engine::Sqlite, &upstreams, OAUTH_CLIENT);
    let house = house.await.unwrap();
    let (login, callback) = under_way(&house, &honest).await;
    let misled = callback.at(&format!("{LOOPBACK}/callback/evil"));
    assert_shown(&login, &login.browser.comes_back(&misled).await);
    assert_eq!(evil.times_asked_for_tokens(), 0);
    nobody_is_here(&house).await;
    // Each has a redirect URI of its own.
    let uri = format!("{LOOPBACK}/callback/stub");
    assert_eq!(honest.requested("redirect_uri"), Some(uri));
    let answer = login.browser.comes_back(&callback).await;
    login.enters(&answer).await;
}

#[tokio::test]
async fn what_travels_tells_nothing_and_cannot_be_changed() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, callback) = under_way(&house, &stub).await;
    let asked = |name: &str| stub.requested(name).unwrap();
    let (nonce, challenge) = (asked("nonce"), asked("code_challenge"));
    let state = asked("state");
    for secret in [&nonce, &challenge] {
        assert!(!state.contains(secret.as_str()));
    }
    let jar = login.browser.jar.lock().unwrap().clone();
    let cookie = &jar[COOKIE];
    for secret in [&nonce, &state, &challenge] {
        assert!(!cookie.contains(secret.as_str()));
    }
    // PKCE, nonce and state are fresh each time.
    under_way(&house, &stub).await;
    for (name, before) in [
        ("nonce", nonce),
        ("code_challenge", challenge),
        ("state", state),
    ] {
        assert_ne!(asked(name), before, "{name}");
    }

    for position in [0, 10, 60, 200] {
        let mut answer = callback.answer();
        let (_, state) = answer.iter_mut().find(|(name, _)| name == "state").unwrap();
        let old = state.as_bytes()[position];
        let new = if old == b'A' { "B" } else { "A" };
        state.replace_range(position..=position, new);
        let changed = Callback::new(&format!("{LOOPBACK}/callback/stub"), false, answer);
        assert_shown(&login, &login.browser.comes_back(&changed).await);
    }
    for state in ["", "x", "x.y", "\u{0}", "🦀"] {
        let mut answer = callback.answer();
        answer.retain(|(name, _)| name != "state");
        answer.push(("state".to_owned(), state.to_owned()));
        let changed = Callback::new(&format!("{LOOPBACK}/callback/stub"), false, answer);
        assert_shown(&login, &login.browser.comes_back(&changed).await);
    }
    assert_eq!(stub.times_asked_for_tokens(), 0);
}

/// The verifier is told to the provider itself, at the end. Everything before travels by the browser.
#[tokio::test]
async fn the_verifier_is_nowhere_on_the_way() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let login = Login::new(&house);
    let started = login.browser.visits(&login.url("stub")).await;
    let callback = stub.authorize(started.header("location"));
    let answer = login.browser.comes_back(&callback).await;
    login.enters(&answer).await;
    let verifier = stub.redeemed_with("code_verifier").unwrap();
    assert_eq!(Some(s256(&verifier)), stub.requested("code_challenge"));
    let travelled: String = [&started, &answer]
        .map(|it| format!("{:?}\n{}\n", it.headers, it.text()))
        .concat();
    assert!(travelled.contains(COOKIE), "{travelled}");
    assert_stays_unread(&format!("{travelled}{}", callback.url), &verifier);
    // The nonce is in the question and in the ID token alone.
    let nonce = stub.requested("nonce").unwrap();
    assert_stays_unread(&stub.requested("state").unwrap(), &nonce);
    assert_stays_unread(&format!("{:?}{}", answer.headers, callback.url), &nonce);
}

/// That secret is in no part of a text, neither as it is nor as one finds it by decoding once.
#[track_caller]
fn assert_stays_unread(text: &str, secret: &str) {
    assert!(!text.contains(secret), "{text}");
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    for part in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_') {
        let inner = decoded(part);
        assert!(!String::from_utf8_lossy(&inner).contains(secret), "{part}");
        let bytes = decoded(secret);
        assert!(!inner.windows(bytes.len()).any(|it| it == bytes), "{part}");
    }
}

/// One who adds a second `code` or `state` hopes that somebody reads the other one.
#[tokio::test]
async fn nothing_is_said_twice() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, callback) = under_way(&house, &stub).await;
    for (name, value) in callback.answer() {
        let mut answer = callback.answer();
        answer.push((name.clone(), value));
        let twice = Callback::new(&format!("{LOOPBACK}/callback/stub"), false, answer);
        let answer = login.browser.comes_back(&twice).await;
        login.assert_stays_out(&answer);
    }
    nobody_is_here(&house).await;
}

#[tokio::test]
async fn a_posted_answer_is_posted_again_from_our_own_page() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    stub.by_form_post();
    let (login, callback) = under_way(&house, &stub).await;
    assert!(callback.form.is_some());
    let answer = login.browser.comes_back(&callback).await;
    login.enters(&answer).await;

    // The page does nothing for another browser but to show itself.
    let (_, callback) = under_way(&house, &stub).await;
    let other = Browser::new(&house);
    let answer = other.comes_back(&callback).await;
    assert_shown(&login, &answer);
}

/// The page repeats what anybody may have posted.
#[tokio::test]
async fn what_is_posted_is_repeated_as_text() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    stub.with(Defect::CallbackDenied).by_form_post();
    let (login, callback) = under_way(&house, &stub).await;
    let posted = callback.form.as_deref().unwrap();
    let page = login.browser.posts_from_elsewhere(&callback.url, posted);
    let page = page.await;
    let shown = page.assert_status(200).text();
    // The one script is ours, and nothing has got out of its attribute.
    assert_eq!(shown.matches("<script").count(), 1, "{shown}");
    assert!(!shown.contains("\"><"), "{shown}");
    let (action, mut form) = page.form();
    assert_eq!(action, callback.url);
    assert_eq!(form.pop(), Some(("again".to_owned(), "1".to_owned())));
    // And yet it is what was posted, to the letter.
    form.sort();
    let mut posted = posted.to_vec();
    posted.sort();
    assert_eq!(form, posted);
    assert!(posted.iter().any(|(_, value)| value.contains("<script>")));

    let answer = login.browser.comes_back(&callback).await;
    assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    for page in [&answer.text(), answer.header("location")] {
        for word in ["<script>alert", "alert(1)", "stolen"] {
            assert!(!page.contains(word), "{page}");
        }
    }
}

#[tokio::test]
async fn who_says_no_at_the_provider_is_back_at_the_app() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    stub.with(Defect::CallbackDenied);
    let (login, callback) = under_way(&house, &stub).await;
    let answer = login.browser.comes_back(&callback).await;
    assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    let (_, query) = answer.header("location").split_once('?').unwrap();
    // In our words, not in those of whoever made the link.
    let told = pairs(query.as_bytes());
    let description = one(&told, "error_description").unwrap_or_default();
    assert!(!description.contains("script"), "{description}");
    assert_eq!(stub.times_asked_for_tokens(), 0);
    nobody_is_here(&house).await;
}

/// O10: from one moment to the next.
#[tokio::test]
async fn the_logins_of_a_removed_provider_end() {
    let (stub, other) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let both: [Beside<'_>; 2] = [("stub", &stub, trusts), ("other", &other, trusts)];
    let house = House::beside(Engine::Sqlite, &both, OAUTH_CLIENT);
    let house = house.await.unwrap();
    let (login, callback) = under_way(&house, &stub).await;
    let without = House::beside_in(house.database.share(), &both[1..], OAUTH_CLIENT).await;
    let elsewhere = Browser::new(&without);
    *elsewhere.jar.lock().unwrap() = login.browser.jar.lock().unwrap().clone();
    let page = elsewhere.comes_back(&callback).await;
    page.assert_page(404, "unknown_provider");
    let page = elsewhere.visits("/login/stub").await;
    page.assert_page(404, "unknown_provider");
    let path = "/login/stub/challenge";
    let answer = without.anon().post(path, serde_json::json!({})).await;
    answer.assert_problem(404, "unknown_provider");
    assert_eq!(stub.times_asked_for_tokens(), 0);
}
