//! The second step of logins: codes of an authenticator app and recovery codes, each of which works once on all nodes.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use chrono::DateTime;
use serde_json::{Value, json};
use signet::identity::CredentialId;
use tokio::time::{Instant, sleep};

use super::{
    change::Change,
    person::{Person, Row, Session},
    request::{ClientRequest, Exchange},
    stories::number_of_copies,
    transcript::Event,
    world::World,
};
use crate::support::totp::{AuthenticatorApp, continuation};

/// The seconds for which an app shows a code.
const STEP: i64 = 30;

/// The time after its first moment for which every node accepts a code: two steps, less the error of the clock of a node.
const ACCEPTED: Duration = Duration::from_secs(45);

/// The second factors that a person keeps.
#[derive(Default)]
pub(super) struct Factors {
    /// The apps, by the stored credential.
    apps: RefCell<Vec<(CredentialId, Rc<AuthenticatorApp>)>>,
    /// The last step whose code was used.
    last_step: Cell<i64>,
    /// The recovery codes that were not used, by the stored credential.
    recovery_codes: RefCell<Vec<(CredentialId, Vec<String>)>>,
}

/// A code of an app.
pub(super) struct FreshCode {
    pub(super) text: String,
    /// The moment up to which every node accepts the code.
    pub(super) good_until: Instant,
}

impl Factors {
    pub(super) fn keep_app(&self, row: &Row, app: AuthenticatorApp) {
        let (id, _) = row.totp.as_ref().unwrap();
        self.apps.borrow_mut().push((*id, Rc::new(app)));
    }

    pub(super) fn keep_recovery_codes(&self, row: &Row, codes: &Value) {
        let (id, _) = row.recovery_codes.as_ref().unwrap();
        let codes = codes.as_array().unwrap().iter();
        let codes = codes.map(|code| code.as_str().unwrap().to_owned());
        self.recovery_codes
            .borrow_mut()
            .push((*id, codes.collect()));
    }

    /// The app of the stored credential.
    fn app(&self, row: &Row) -> Option<Rc<AuthenticatorApp>> {
        let (stored, _) = row.totp.as_ref()?;
        let apps = self.apps.borrow();
        let app = apps.iter().find(|(id, _)| id == stored);
        app.map(|(_, app)| app.clone())
    }

    /// Takes one of the stored recovery codes, which is not tried again.
    fn take_recovery_code(&self, row: &Row) -> Option<String> {
        let (stored, _) = row.recovery_codes.as_ref()?;
        let mut all = self.recovery_codes.borrow_mut();
        let (_, codes) = all.iter_mut().find(|(id, _)| id == stored)?;
        codes.pop()
    }
}

impl World {
    /// Waits until the app shows a code that was not used.
    pub(super) async fn fresh_code(&self, person: &Person, app: &AuthenticatorApp) -> FreshCode {
        let last = &person.factors.last_step;
        let step = (last.get() + 1).max(self.now().timestamp().div_euclid(STEP));
        last.set(step);
        let shown = DateTime::from_timestamp(step * STEP, 0).unwrap();
        let waits = (shown - self.now()).to_std().unwrap_or_default();
        sleep(waits).await;
        let age = (self.now() - shown).to_std().unwrap();
        FreshCode {
            text: app.code(shown),
            good_until: Instant::now() + ACCEPTED - age,
        }
    }

    /// Completes a login that waits for its second factor.
    pub(super) async fn complete_login(
        &self,
        person: &Person,
        first: &Exchange,
    ) -> Option<Session> {
        let problem = first.answer.as_ref()?.json();
        let continuation = continuation(&problem);
        let row = self.row(person)?;
        let app = person.factors.app(&row)?;
        let has_lost_app = self.chance.hits(300);
        let recovery = has_lost_app.then(|| person.factors.take_recovery_code(&row));
        let (request, event) = if let Some(code) = recovery.flatten() {
            let body = json!({"continuation": continuation, "recovery_code": code});
            let request = ClientRequest::post("/login/second-factor", &body);
            (request.titled("with a recovery code"), Event::RecoveryCode)
        } else {
            let code = self.fresh_code(person, &app).await;
            let body = json!({"continuation": continuation, "code": code.text});
            let request = ClientRequest::post("/login/second-factor", &body);
            (request.good_until(code.good_until), Event::SecondFactor)
        };
        let change = Change {
            sender: person,
            owner: person,
            request: &request,
            copies: number_of_copies(self),
            is_once: true,
            is_done: &|before, now| before.is_some_and(|before| has_used_code(before, now)),
        };
        let exchange = change.make(self).await.exchange?;
        self.count(event);
        self.judge(person, &exchange, true).await
    }
}

/// Returns whether a code of a factor was used.
fn has_used_code(before: &Row, now: &Row) -> bool {
    (&before.totp, &before.recovery_codes) != (&now.totp, &now.recovery_codes)
}
