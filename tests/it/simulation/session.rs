//! Logins and refreshes, and the rules for their answers.

use std::rc::Rc;

use serde_json::json;

use super::{
    bound_client::BoundClient,
    node::Node,
    person::{Person, Session},
    request::{ClientRequest, Exchange},
    transcript::Event,
    world::World,
};

impl World {
    /// Logs a person in once with the present password, and the second factor if there is one.
    pub(super) async fn log_in(&self, person: &Person) -> Option<Session> {
        self.log_in_by(person, None).await
    }

    /// Logs a person in once at a client, which may have a key.
    pub(super) async fn log_in_by(
        &self,
        person: &Person,
        client: Option<&Rc<BoundClient>>,
    ) -> Option<Session> {
        // A promotion may have lost the sign-up.
        person.id()?;
        let (email, password) = (person.email.borrow().clone(), person.password());
        let body = json!({"email": email, "password": password.text});
        let request = || ClientRequest::post("/login", &body).proving(self, client);
        let mut before = self.row(person);
        let mut exchange = self.send(person, &request()).await;
        if client.is_some_and(|client| client.must_repeat(&exchange)) {
            before = self.row(person);
            exchange = self.send(person, &request()).await;
        }
        let row = self.row(person);
        let must_succeed = before == row
            && row.as_ref().is_some_and(|row| {
                row.is_active && row.email == email && row.verifier == password.verifier
            });
        if exchange.summary() == "401 second_factor_required" {
            if must_succeed && row.is_some_and(|row| row.totp.is_none()) {
                exchange.fail("a login asks for a second factor that the user does not have");
            }
            return self.complete_login(person, &exchange).await;
        }
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
        let Some((password, replaced)) = person.old_password() else {
            return;
        };
        let email = person.email.borrow().clone();
        let request = ClientRequest::post("/login", &json!({"email": email, "password": password}));
        let exchange = self
            .send(person, &request.titled("with the old password"))
            .await;
        let is_accepted =
            exchange.success().is_some() || exchange.summary() == "401 second_factor_required";
        if is_accepted && exchange.sent - replaced > self.bound(&exchange) {
            exchange.fail("an old password is accepted");
        }
        self.judge(person, &exchange, false).await;
    }

    /// Refreshes a session once at any node.
    pub(super) async fn refresh(&self, person: &Person, session: &Session) -> Option<Session> {
        self.refresh_at(self.any_node(), person, session).await
    }

    /// Refreshes a session once at a node.
    pub(super) async fn refresh_at(
        &self,
        node: &Rc<Node>,
        person: &Person,
        session: &Session,
    ) -> Option<Session> {
        let is_current = || {
            let row = self.row(person);
            row.is_some_and(|row| row.is_active && row.epoch == session.epoch)
        };
        let (before, losses) = (is_current(), person.losses());
        let exchange = self.send_refresh(node, person, session).await;
        let must_succeed = before && is_current() && losses == person.losses();
        let refreshed = self.judge(person, &exchange, must_succeed).await?;
        assert_eq!(
            refreshed.epoch, session.epoch,
            "a refresh changes the epoch"
        );
        self.judge_epoch(&exchange, session);
        self.count(Event::Refresh);
        Some(refreshed)
    }

    /// Sends a request for a refresh to a node. A client with a key repeats it once if the node demands a nonce.
    pub(super) async fn send_refresh(
        &self,
        node: &Rc<Node>,
        person: &Person,
        session: &Session,
    ) -> Exchange {
        let exchange = self
            .send_to(node, person, &ClientRequest::refresh(self, session))
            .await;
        match &session.client {
            Some(client) if client.must_repeat(&exchange) => {
                let request = ClientRequest::refresh(self, session);
                self.send_to(node, person, &request).await
            }
            _ => exchange,
        }
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
                self.judge_grace(exchange);
                person.keep(session.clone());
                Some(session)
            }
            0 | 503 => None,
            400 | 401 if !must_succeed => None,
            _ => exchange.fail("a good request was refused"),
        }
    }

    /// Checks that the node of an accepted request has not lost the primary for longer than `database.orphan_grace`.
    fn judge_grace(&self, exchange: &Exchange) {
        let lost = exchange.node.network.lost_for_at(exchange.sent);
        if lost.is_some_and(|lost| lost > self.settings.orphan_grace) {
            exchange.fail("a node goes on for too long without a primary");
        }
        if lost.is_some() {
            self.count(Event::Orphaned);
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
