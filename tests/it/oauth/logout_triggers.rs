//! Every act that ends logins sends logout tokens to the clients.

use std::{fs, process::Command};

use axum::body::Body;
use rstest_reuse::apply;
use serde_json::json;
use signet::identity::{Account, AccountKind, External, UserId};

use super::backchannel_logout::{Client, ISSUER, session_of, until};
use crate::support::{
    ApiClient, Engine, PASSWORD, TestService, both_engines,
    process::{run, signet},
    token,
};

const ADA: &str = "ada@example.com";
const CONFIRMED: (&str, &str) = ("confirmed", "1");
const NEXT_PASSWORD: &str = "one more good password";

/// Each act, and the `sid` of its logout token. A token without one ends every login of the user.
const TRIGGERS: [(&str, Option<&str>); 15] = [
    ("POST /logout", Some("of-the-issuer")),
    ("/end-session", Some("of-the-issuer-too")),
    ("/end-session everywhere", None),
    ("POST /logout/everywhere", None),
    ("PUT /password", None),
    ("POST /password/reset", None),
    ("page of /password/reset", None),
    ("POST /email/confirm", None),
    ("page of /email/confirm", None),
    ("DELETE /me/accounts", None),
    ("admin: disable", None),
    ("admin: enable", None),
    ("admin: logout", None),
    ("admin: delete", None),
    ("DELETE /me", None),
];

/// A service with a client that receives logout tokens, and one with cookies.
struct Triggers {
    service: TestService,
    client: Client,
}

impl Triggers {
    async fn start(engine: Engine) -> Self {
        let client = Client::answering(200).await;
        let settings = format!(
            "issuer = '{ISSUER}'\nadmin.enabled = true\n\
             [[clients]]\nclient_id = 'app'\nscopes = ['openid']\nid_token_algorithm = 'ES256'\n\
             backchannel_logout_uri = '{}'\n\
             [[clients]]\nclient_id = 'web'\ntransport = 'cookie'\norigins = ['https://app.example.com']\n",
            client.url
        );
        let service = TestService::configured(engine, &settings).await;
        Self { service, client }
    }

    /// Waits for the token of the next trigger.
    async fn sent(&self, trigger: &str, user: UserId) {
        let number = TRIGGERS.iter().position(|(name, _)| *name == trigger);
        let number = number.unwrap_or_else(|| panic!("{trigger} is not in the table"));
        until(|| self.client.tokens().len() > number).await;
        let claims = self.client.claims();
        assert_eq!(claims.len(), number + 1, "{trigger}: one token");
        let claims = &claims[number];
        assert_eq!(claims["sub"], json!(user), "{trigger}");
        let header = token::header(&self.client.tokens()[number]);
        assert_eq!(header["typ"], "logout+jwt", "{trigger}");
        let sid = claims.get("sid").map(|sid| sid.as_str().unwrap());
        assert_eq!(sid, TRIGGERS[number].1, "{trigger}");
        // The next one is not a duplicate of one that is in flight.
        let logouts = &self.service.app.backchannel_logout;
        until(|| logouts.delivered() == number as u64 + 1 && logouts.waiting() == 0).await;
        assert_eq!(logouts.duplicate(), 0, "{trigger}");
    }

    async fn signed_up(&self, email: &str) -> ApiClient<'_> {
        self.service.signed_up_at("app", email).await
    }

    async fn logged_in(&self, email: &str, password: &str) -> ApiClient<'_> {
        let mut user = self.service.anon();
        let body = json!({"email": email, "password": password, "client_id": "app"});
        let answer = user.post("/login", body).await;
        user.keep(answer.assert_status(200));
        user
    }

    /// The cookie of a session at the issuer that has visited the client.
    async fn sso_cookie(&self, user: UserId, sid: &str) -> String {
        let app = &self.service.app;
        let mut session = session_of(&self.service, user, sid, &["app"]);
        session.epoch = app.store.user(user).await.unwrap().unwrap().session_epoch;
        let sealed = app.tokens.mint(&session, self.service.clock.now());
        format!("signet-8080-sso={}", sealed.unwrap())
    }

    /// Posts a form of a page of the service.
    async fn post_form(&self, path: &str, cookie: &str, form: &[(&str, &str)]) {
        let headers = [
            ("origin", ISSUER),
            ("cookie", cookie),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(form).finish();
        let actor = self.service.anon();
        let answer = actor.send("POST", path, &headers, body).await;
        answer.assert_status(200);
    }

    /// Logs a browser out by JSON, as the client with cookies does.
    async fn post_logout(&self, cookie: &str) {
        let headers = [
            ("cookie", cookie),
            ("origin", ISSUER),
            ("content-type", "application/json"),
        ];
        let browser = self.service.anon();
        let answer = browser.send("POST", "/logout", &headers, Body::from("{}"));
        answer.await.assert_status(204);
    }

    async fn browser_acts(&self, user: UserId) {
        let cookie = self.sso_cookie(user, "of-the-issuer").await;
        self.post_logout(&cookie).await;
        self.sent("POST /logout", user).await;

        let cookie = self.sso_cookie(user, "of-the-issuer-too").await;
        self.post_form("/end-session", &cookie, &[CONFIRMED]).await;
        self.sent("/end-session", user).await;

        let cookie = self.sso_cookie(user, "everywhere").await;
        let everywhere = [CONFIRMED, ("everywhere", "1")];
        self.post_form("/end-session", &cookie, &everywhere).await;
        self.sent("/end-session everywhere", user).await;
    }

    /// Resets the password twice: by the API and by the page.
    async fn resets(&self, user: UserId) {
        let actor = self.service.anon();
        let asked = json!({"email": ADA, "client_id": "app"});
        for by_page in [false, true] {
            let answer = actor.post("/password/forgot", asked.clone()).await;
            answer.assert_status(202);
            let token = self.service.mailed_token(ADA).unwrap();
            if by_page {
                let form = [("token", &*token), ("password", NEXT_PASSWORD)];
                self.post_form("/password/reset", "", &form).await;
                self.sent("page of /password/reset", user).await;
            } else {
                let body = json!({"token": token, "password": PASSWORD});
                let answer = actor.post("/password/reset", body).await;
                answer.assert_status(204);
                self.sent("POST /password/reset", user).await;
            }
        }
    }

    /// Changes the email twice: by the API and by the page.
    async fn email_changes(&self, user: UserId) {
        for (from, to) in [(ADA, "ada@example.org"), ("ada@example.org", ADA)] {
            let ada = self.logged_in(from, NEXT_PASSWORD).await;
            let answer = ada.post("/email", json!({"email": to})).await;
            answer.assert_status(202);
            let token = self.service.mailed_token(to).unwrap();
            if to == ADA {
                let form = [("token", &*token)];
                self.post_form("/email/confirm", "", &form).await;
                self.sent("page of /email/confirm", user).await;
            } else {
                let answer = ada.post("/email/confirm", json!({"token": token})).await;
                answer.assert_status(204);
                self.sent("POST /email/confirm", user).await;
            }
        }
    }

    async fn unlink(&self, user: UserId) {
        let app = &self.service.app;
        let external = External {
            kind: AccountKind::Oauth,
            provider: "github".to_owned(),
            provider_account_id: "42".to_owned(),
        };
        let now = self.service.clock.now();
        let account = Account::external(&external, user, now, &app.entropy).unwrap();
        let epoch = app.store.user(user).await.unwrap().unwrap().session_epoch;
        app.store.link_account_if(epoch, &account).await.unwrap();
        let ada = self.logged_in(ADA, NEXT_PASSWORD).await;
        let path = format!("/me/accounts/{}", account.id);
        let answer = ada.send_json("DELETE", &path, json!({})).await;
        answer.assert_status(200);
        self.sent("DELETE /me/accounts", user).await;
    }

    async fn acts_of_an_admin(&self) {
        let root = self.signed_up("root@example.com").await;
        root.set_role("admin").await;
        let root = self.logged_in("root@example.com", PASSWORD).await;
        let bob = self.signed_up("bob@example.com").await.id();
        // Tokens have the new role from the next refresh, and no login ends.
        let path = format!("/admin/users/{bob}/role");
        let role = root
            .send_json("PUT", &path, json!({"role": "editor"}))
            .await;
        role.assert_status(204);
        for act in ["disable", "enable", "logout"] {
            let path = format!("/admin/users/{bob}/{act}");
            root.post(&path, json!({})).await.assert_status(204);
            self.sent(&format!("admin: {act}"), bob).await;
        }
        let path = format!("/admin/users/{bob}");
        let deleted = root.send_json("DELETE", &path, json!({})).await;
        deleted.assert_status(204);
        self.sent("admin: delete", bob).await;
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn every_end_of_logins_sends_one_token(engine: Engine) {
    let triggers = Triggers::start(engine).await;
    let user = triggers.signed_up(ADA).await.id();
    triggers.browser_acts(user).await;
    let ada = triggers.logged_in(ADA, PASSWORD).await;
    let answer = ada.post("/logout/everywhere", json!({})).await;
    answer.assert_status(204);
    triggers.sent("POST /logout/everywhere", user).await;
    let ada = triggers.logged_in(ADA, PASSWORD).await;
    let body = json!({"new_password": NEXT_PASSWORD});
    let answer = ada.send_json("PUT", "/password", body).await;
    answer.assert_status(200);
    triggers.sent("PUT /password", user).await;
    triggers.resets(user).await;
    triggers.email_changes(user).await;
    triggers.unlink(user).await;
    triggers.acts_of_an_admin().await;
    let ada = triggers.logged_in(ADA, NEXT_PASSWORD).await;
    let answer = ada.send_json("DELETE", "/me", json!({})).await;
    answer.assert_status(204);
    triggers.sent("DELETE /me", user).await;
    assert_eq!(triggers.client.tokens().len(), TRIGGERS.len());
}

/// A logout of the browser in which an app has logged in ends the session at the issuer alone.
#[tokio::test]
async fn refresh_tokens_of_apps_survive_the_logout_of_a_browser() {
    let triggers = Triggers::start(Engine::Sqlite).await;
    let ada = triggers.signed_up(ADA).await;
    let sid = token::claims(ada.access.as_deref().unwrap())["sid"].clone();
    let cookie = triggers.sso_cookie(ada.id(), sid.as_str().unwrap()).await;
    triggers.post_logout(&cookie).await;
    ada.refresh().await.assert_status(200);
    triggers
        .post_form("/end-session", &cookie, &[CONFIRMED])
        .await;
    ada.refresh().await.assert_status(200);
    let everywhere = [CONFIRMED, ("everywhere", "1")];
    triggers
        .post_form("/end-session", &cookie, &everywhere)
        .await;
    ada.refresh().await.assert_status(401);
}

/// The commands wait until the clients are notified.
#[tokio::test(flavor = "multi_thread")]
async fn commands_send_tokens() {
    let client = Client::answering(200).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "issuer = '{ISSUER}'\n[[clients]]\nclient_id = 'app'\nscopes = ['openid']\n\
         id_token_algorithm = 'ES256'\nbackchannel_logout_uri = '{}'\n",
        client.url
    );
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    let command = |arguments: &[&str]| {
        let mut command: Command = signet(folder.path());
        command.args(arguments);
        let output = tokio::task::block_in_place(|| run(command, PASSWORD));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
    };
    command(&["keys", "generate"]);
    command(&["users", "create", ADA]);
    command(&["users", "role", ADA, "editor"]);
    assert!(client.tokens().is_empty());
    let acts: [&[&str]; 6] = [
        &["disable"],
        &["enable"],
        &["logout"],
        &["password"],
        &["email", "ada@example.org"],
        &["delete", "--yes"],
    ];
    let mut email = ADA;
    for (number, act) in acts.into_iter().enumerate() {
        let (name, further) = act.split_first().unwrap();
        command(&[&["users", name, email], further].concat());
        let claims = client.claims();
        assert_eq!(claims.len(), number + 1, "{act:?}");
        assert!(claims[number].get("sid").is_none(), "{act:?}");
        if let ["email", new] = act {
            email = new;
        }
    }
}
