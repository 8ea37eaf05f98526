//! What a code is worth, to whom, and how often (RFC 6749 §4.1.2, RFC 7636 §4.6).

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::{Beside, Engine, House, OpenIdStub, Person, WEB};
use crate::support::{
    Browser,
    answer::Answer,
    openid::s256,
    stub::{one, pairs},
    token::claims,
    upstream::{LOOPBACK, Upstream},
};

/// Two apps, of which one has a port of its own on whatever machine it runs.
const CLIENTS: &str = "
    [[clients]]
    client_id = 'app'
    scopes = ['read', 'write']
    redirect_uris = ['https://app.example.com/back', 'http://127.0.0.1/back']

    [[clients]]
    client_id = 'other'
    redirect_uris = ['https://app.example.com/back']
";
const BACK: &str = "https://app.example.com/back";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-mor";

/// Fields of a form, in place of those of a good one; an empty one is left out.
type Fields<'a> = &'a [(&'a str, &'a str)];

async fn house_of(engine: Engine, stub: &OpenIdStub) -> Option<House> {
    let trusted: Beside<'_> = ("stub", stub, "trusts_addresses = true");
    House::beside(engine, &[trusted], CLIENTS).await
}

async fn house_beside(stub: &OpenIdStub) -> House {
    house_of(Engine::Sqlite, stub).await.unwrap()
}

fn form(fields: Fields<'_>, changes: Fields<'_>) -> Vec<(String, String)> {
    let others = |name: &str| changes.iter().all(|(changed, _)| *changed != name);
    let kept = fields.iter().filter(|(name, _)| others(name));
    let all = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A request at the front door.
fn asking(changes: Fields<'_>) -> String {
    let challenge = s256(VERIFIER);
    let fields = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", BACK),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("provider", "stub"),
        ("state", "the state"),
    ];
    let mut url = url::Url::parse(&format!("{LOOPBACK}/authorize")).unwrap();
    url.query_pairs_mut().extend_pairs(form(&fields, changes));
    url.into()
}

/// What the front door answers in the end, at the provider or before.
async fn answered(house: &House, stub: &OpenIdStub, changes: Fields<'_>) -> Answer {
    let browser = Browser::new(house);
    let answer = browser.visits(&asking(changes)).await;
    let location = answer.assert_status(303).header("location");
    if !location.starts_with(stub.issuer()) {
        return answer;
    }
    browser.comes_back(&stub.authorize(location)).await
}

fn told(answer: &Answer) -> Vec<(String, String)> {
    let (_, query) = answer.header("location").split_once('?').unwrap();
    pairs(query.as_bytes())
}

async fn code(house: &House, stub: &OpenIdStub, changes: Fields<'_>) -> String {
    let answer = answered(house, stub, changes).await;
    one(&told(&answer), "code").expect("a code").to_owned()
}

async fn redeem(house: &House, code: &str, changes: Fields<'_>) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let form = form(&fields, changes);
    let form: Vec<_> = form.iter().map(|(it, value)| (&**it, &**value)).collect();
    house.anon().post_form("/token", &form).await
}

/// The code names its client, so the request need not.
#[tokio::test]
async fn a_code_names_its_client_itself() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let code = code(&house, &stub, &[]).await;
    let session = redeem(&house, &code, &[("client_id", "")]).await;
    let access = session.assert_status(200).json();
    let access = claims(access["access_token"].as_str().unwrap());
    assert_eq!(access["client_id"], "app");
}

/// What is wrong with the request is said; what is wrong with the code is not told apart, and it
/// is not used up by either.
#[rstest]
#[case::another_client(&[("client_id", "other")], "invalid_grant")]
#[case::nobody(&[("client_id", "nobody")], "invalid_client")]
#[case::another_uri(&[("redirect_uri", "http://127.0.0.1/back")], "invalid_grant")]
#[case::a_stranger_s_uri(&[("redirect_uri", "https://evil.example.com/")], "invalid_grant")]
#[case::spelt_otherwise(&[("redirect_uri", "https://app.example.com/back/")], "invalid_grant")]
#[case::no_uri(&[("redirect_uri", "")], "invalid_request")]
#[case::no_verifier(&[("code_verifier", "")], "invalid_request")]
#[case::another_verifier(&[("code_verifier", "b-verifier-of-forty-three-characters-or-mor")], "invalid_grant")]
#[case::a_part_of_it(&[("code_verifier", "a-verifier-of-forty-three-characters-or-mo")], "invalid_grant")]
#[case::short(&[("code_verifier", "a")], "invalid_grant")]
#[case::no_code(&[("code", "")], "invalid_request")]
#[case::another_code(&[("code", "m20260101T000000Z.AAAA")], "invalid_grant")]
#[case::another_grant(&[("grant_type", "password")], "unsupported_grant_type")]
#[case::no_grant(&[("grant_type", "")], "invalid_request")]
#[tokio::test]
async fn a_code_is_for_one_app_at_one_place_with_one_verifier(
    #[case] changes: Fields<'_>,
    #[case] error: &str,
) {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let code = code(&house, &stub, &[]).await;
    let refused = redeem(&house, &code, changes).await;
    refused.assert_oauth_error(400, error);
    redeem(&house, &code, &[]).await.assert_status(200);
}

/// The challenge is the verifier's hash, and not the other way round.
#[tokio::test]
async fn the_challenge_itself_is_no_verifier() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let code = code(&house, &stub, &[]).await;
    let challenge = s256(VERIFIER);
    let refused = redeem(&house, &code, &[("code_verifier", &challenge)]).await;
    refused.assert_oauth_error(400, "invalid_grant");
}

/// RFC 8252 §7.3: any port at the front door, and that very one at the token endpoint.
#[tokio::test]
async fn a_code_that_was_sent_to_one_port_is_not_for_another() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let at = |uri| [("redirect_uri", uri)];
    let sent_to = "http://127.0.0.1:51004/back";
    let code = code(&house, &stub, &at(sent_to)).await;
    for other in [
        "http://127.0.0.1/back",
        "http://127.0.0.1:51005/back",
        "http://[::1]:51004/back",
        "http://localhost:51004/back",
        "http://127.0.0.1:51004/back?x",
    ] {
        let refused = redeem(&house, &code, &at(other)).await;
        refused.assert_oauth_error(400, "invalid_grant");
    }
    redeem(&house, &code, &at(sent_to)).await.assert_status(200);
}

#[tokio::test]
async fn a_code_is_good_for_half_a_minute() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    for (age, status) in [(29, 200), (30, 400), (3600, 400)] {
        let code = code(&house, &stub, &[]).await;
        house.clock.advance(TimeDelta::seconds(age));
        redeem(&house, &code, &[]).await.assert_status(status);
    }
}

/// A code or a `state` that this service sealed, and that seems to come from the future, is not refused.
#[tokio::test]
async fn with_a_clock_that_is_behind_a_code_and_a_state_stay_good() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let code = code(&house, &stub, &[]).await;
    house.clock.advance(TimeDelta::seconds(-31));
    let refused = redeem(&house, &code, &[]).await;
    refused.assert_oauth_error(503, "temporarily_unavailable");
    house.clock.advance(TimeDelta::seconds(31));
    redeem(&house, &code, &[]).await.assert_status(200);

    let browser = Browser::new(&house);
    let answer = browser.visits(&asking(&[])).await;
    let callback = stub.authorize(answer.assert_status(303).header("location"));
    house.clock.advance(TimeDelta::seconds(-31));
    let refused = browser.comes_back(&callback).await;
    refused.assert_status(503);
    assert_eq!(refused.set_cookies(), Vec::<&str>::new());
    house.clock.advance(TimeDelta::seconds(31));
    let answer = browser.comes_back(&callback).await;
    answer.assert_status(303);
    assert!(one(&told(&answer), "code").is_some());
}

#[rstest]
#[tokio::test]
async fn of_ten_at_once_one_redeems_a_code(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = house_of(engine, &stub).await else {
        return;
    };
    let code = code(&house, &stub, &[]).await;
    let tries = (0..10).map(|_| redeem(&house, &code, &[]));
    let answers = futures_util::future::join_all(tries).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [&[200][..], &[400; 9]].concat());
    let refused = answers.iter().filter(|answer| answer.status == 400);
    for refused in refused {
        refused.assert_oauth_error(400, "invalid_grant");
    }
}

/// What README calls the limit: within its half minute a code is good once at each node.
#[tokio::test]
async fn a_code_is_good_once_at_each_node() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let trusted: Beside<'_> = ("stub", &stub, "trusts_addresses = true");
    let second = House::beside_in(house.database.share(), &[trusted], CLIENTS).await;
    let code = code(&house, &stub, &[]).await;
    for node in [&house, &second] {
        redeem(node, &code, &[]).await.assert_status(200);
        let again = redeem(node, &code, &[]).await;
        again.assert_oauth_error(400, "invalid_grant");
    }
    // Whoever has read it on its way, without the verifier, gets nothing at either.
    let code = self::code(&house, &stub, &[]).await;
    redeem(&house, &code, &[]).await.assert_status(200);
    let stolen = redeem(&second, &code, &[("code_verifier", &"x".repeat(43))]).await;
    stolen.assert_oauth_error(400, "invalid_grant");
}

/// A code that was used twice revokes nothing: only who has the verifier could have used it.
#[tokio::test]
async fn the_session_of_a_code_that_comes_again_goes_on() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let code = code(&house, &stub, &[]).await;
    let mut ada = house.anon();
    ada.keep(&redeem(&house, &code, &[]).await);
    redeem(&house, &code, &[]).await.assert_status(400);
    ada.get("/me").await.assert_status(200);
    let fields = [("refresh_token", ada.refresh.as_deref().unwrap())];
    let fields = [
        &fields[..],
        &[("grant_type", "refresh_token"), ("client_id", "app")],
    ]
    .concat();
    let refreshed = house.anon().post_form("/token", &fields).await;
    refreshed.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn whose_code_it_is_must_still_be_welcome(
    #[values("disabled", "deleted", "ended")] fate: &str,
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = house_of(engine, &stub).await else {
        return;
    };
    let mut ada = house.anon();
    let before = code(&house, &stub, &[]).await;
    ada.keep(&redeem(&house, &before, &[]).await);
    let code = code(&house, &stub, &[]).await;
    match fate {
        "disabled" => ada.set_active(false).await,
        "deleted" => drop(ada.ask("DELETE", "/me", json!({})).await.assert_status(204)),
        _ => drop(
            ada.post("/logout/everywhere", json!({}))
                .await
                .assert_status(204),
        ),
    }
    let refused = redeem(&house, &code, &[]).await;
    refused.assert_oauth_error(400, "invalid_grant");
    if fate == "disabled" {
        // Enabling revives nothing.
        ada.set_active(true).await;
        let refused = redeem(&house, &code, &[]).await;
        refused.assert_oauth_error(400, "invalid_grant");
    }
    // A new login is another matter.
    let again = self::code(&house, &stub, &[]).await;
    redeem(&house, &again, &[]).await.assert_status(200);
}

/// Our trouble is not the code's: it is as good as before once the database is back.
#[rstest]
#[tokio::test]
async fn a_database_that_is_away_spends_no_code(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = house_of(engine, &stub).await else {
        return;
    };
    let code = code(&house, &stub, &[]).await;
    house
        .database
        .execute("ALTER TABLE users RENAME TO away")
        .await;
    let failed = redeem(&house, &code, &[]).await;
    failed.assert_status(503);
    assert_ne!(failed.header("retry-after"), "");
    house
        .database
        .execute("ALTER TABLE away RENAME TO users")
        .await;
    redeem(&house, &code, &[]).await.assert_status(200);
}

#[tokio::test]
async fn a_code_grants_what_was_asked_for_and_no_more() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    for (asked, granted) in [
        ("", "read write"),
        ("read", "read"),
        ("write read", "read write"),
        // A scope that the client may not have is ignored (OpenID Connect Core 1.0 §3.1.2.1).
        ("openid profile read", "read"),
        ("offline_access", "read write"),
        ("admin", "read write"),
    ] {
        let code = code(&house, &stub, &[("scope", asked)]).await;
        let session = redeem(&house, &code, &[]).await.assert_status(200).json();
        assert_eq!(session["scope"], granted, "{asked}");
        // What the token request says of scope is no part of that grant (RFC 6749 §4.1.3).
        let code = self::code(&house, &stub, &[("scope", asked)]).await;
        let session = redeem(&house, &code, &[("scope", "read write admin")]).await;
        assert_eq!(session.assert_status(200).json()["scope"], granted);
    }
}

/// RFC 9207: whoever has several issuers knows whose answer it is, a good one or not.
#[rstest]
#[case::a_code(&[])]
#[case::to_link(&[("intent", "link")])]
#[case::no_challenge(&[("code_challenge", "")])]
#[case::plain(&[("code_challenge_method", "plain")])]
#[case::another_type(&[("response_type", "token")])]
#[case::no_such_provider(&[("provider", "nobody")])]
#[case::no_scope(&[("scope", "a  b")])]
#[case::unseen(&[("prompt", "none")])]
#[tokio::test]
async fn every_answer_says_who_gives_it(#[case] changes: Fields<'_>) {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let answer = answered(&house, &stub, changes).await;
    answer.assert_status(303);
    assert!(answer.header("location").starts_with(&format!("{BACK}?")));
    let told = told(&answer);
    assert_eq!(one(&told, "iss"), Some(LOOPBACK));
    assert_eq!(one(&told, "state"), Some("the state"));
    let is_good = changes.is_empty() || changes == [("intent", "link")];
    assert_eq!(one(&told, "code").is_some(), is_good);
    assert_eq!(one(&told, "error").is_some(), !is_good);
}

/// Who has cookies gets them, and nothing in a URL; what is linked is linked by a code all the same.
#[tokio::test]
async fn a_client_with_cookies_gets_no_code_that_logs_in() {
    let stub = OpenIdStub::start();
    let trusted: Beside<'_> = ("stub", &stub, "trusts_addresses = true");
    let house = House::beside(Engine::Sqlite, &[trusted], WEB)
        .await
        .unwrap();
    let back = "http://localhost:5173/back";
    let web = [("client_id", "web"), ("redirect_uri", back)];
    let with_challenge = answered(&house, &stub, &web).await;
    let without = [
        &web[..],
        &[("code_challenge", ""), ("code_challenge_method", "")],
    ]
    .concat();
    for answer in [with_challenge, answered(&house, &stub, &without).await] {
        let told = told(&answer);
        assert_eq!(one(&told, "code"), None);
        assert_eq!(one(&told, "iss"), Some(LOOPBACK));
        assert!(answer.set_cookies().len() >= 2);
    }
    stub.person(Person::new("another", "ada@elsewhere.example"));
    let linking = [&web[..], &[("intent", "link")]].concat();
    let code = code(&house, &stub, &linking).await;
    let refused = redeem(&house, &code, &web).await;
    refused.assert_oauth_error(400, "invalid_grant");
}
