//! Logins and refreshes, and the rules for their answers.

use serde_json::json;

use super::{
    person::{Person, Session},
    request::{ClientRequest, Exchange},
    transcript::Event,
    world::World,
};

impl World {
    /// Logs a person in once with the present password.
    pub(super) async fn log_in(&self, person: &Person) -> Option<Session> {
        let (email, password) = (person.email.borrow().clone(), person.password());
        let request = ClientRequest::post(
            "/login",
            &json!({"email": email, "password": password.text}),
        );
        let before = self.row(person);
        let exchange = self.send(person, &request).await;
        let row = self.row(person);
        let must_succeed = before == row
            && row.is_some_and(|row| {
                row.is_active && row.email == email && row.verifier == password.verifier
            });
        self.judge(person, &exchange, must_succeed).await
    }

    /// Logs a person in. `None` if that takes too long. A login that a replica has confirmed from a replaced row is good for
    /// nothing else, so the person logs in again.
    pub(super) async fn logged_in(&self, person: &Person) -> Option<Session> {
        for _ in 0..6 {
            let session = self.log_in(person).await;
            let epoch = self.row(person).map(|row| row.epoch);
            let session = session.filter(|session| Some(session.epoch) == epoch);
            if session.is_some() {
                return session;
            }
            self.pause(1, 20).await;
        }
        None
    }

    /// Tries an earlier password.
    pub(super) async fn try_old_password(&self, person: &Person) {
        let old = person.old_passwords.borrow().last().cloned();
        let Some((password, replaced)) = old else {
            return;
        };
        let email = person.email.borrow().clone();
        let request = ClientRequest::post("/login", &json!({"email": email, "password": password}));
        let exchange = self
            .send(person, &request.titled("with the old password"))
            .await;
        if exchange.success().is_some() && exchange.sent - replaced > self.bound(&exchange) {
            exchange.fail("an old password is accepted");
        }
        self.judge(person, &exchange, false).await;
    }

    /// Refreshes a session once at any node.
    pub(super) async fn refresh(&self, person: &Person, session: &Session) -> Option<Session> {
        let request = ClientRequest::post("/refresh", &json!({"refresh_token": session.refresh}));
        let is_current = || {
            let row = self.row(person);
            row.is_some_and(|row| row.is_active && row.epoch == session.epoch)
        };
        let before = is_current();
        let exchange = self.send(person, &request).await;
        let refreshed = self
            .judge(person, &exchange, before && is_current())
            .await?;
        assert_eq!(
            refreshed.epoch, session.epoch,
            "a refresh changes the epoch"
        );
        self.judge_epoch(&exchange, session);
        self.count(Event::Refresh);
        Some(refreshed)
    }

    /// Judges the answer to a request for tokens, and returns the tokens. `must_succeed` tells that the service has to accept
    /// the request.
    pub(super) async fn judge(
        &self,
        person: &Person,
        exchange: &Exchange,
        must_succeed: bool,
    ) -> Option<Session> {
        match exchange.status() {
            200 | 201 => {
                let session = self.minted.session(self, exchange).await;
                self.judge_epoch(exchange, &session);
                person.keep(session.clone());
                Some(session)
            }
            0 | 503 => None,
            400 | 401 if !must_succeed => None,
            _ => exchange.fail("a good request was refused"),
        }
    }

    /// Checks that the epoch of accepted tokens was not replaced long ago.
    fn judge_epoch(&self, exchange: &Exchange, session: &Session) {
        if let Some(replaced) = self.replaced_at(session.user, session.epoch)
            && exchange.sent.saturating_duration_since(replaced) > self.bound(exchange)
        {
            exchange.fail("a token is accepted after its epoch was replaced");
        }
    }
}
