//! People, and the model of what the service has acknowledged to them.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
};

use signet::{
    identity::{CredentialId, CredentialKind, Epoch, UserId},
    store::simulated::SimulatedTables,
};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::Instant,
};

use super::{bound_client::BoundClient, second_factors::Factors};

/// A person with an email, a password and sessions.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) peer: SocketAddr,
    pub(super) email: RefCell<String>,
    password: RefCell<Password>,
    /// Earlier passwords, and the time at which each was replaced.
    old_passwords: RefCell<Vec<(Password, Instant)>>,
    pub(super) sessions: RefCell<Vec<Session>>,
    pub(super) factors: Factors,
    /// The row that the service has acknowledged. `None` before the sign-up.
    acknowledged: RefCell<Option<Row>>,
    /// The time of the last acknowledgement.
    acknowledged_at: Cell<Instant>,
    pub(super) is_admin: Cell<bool>,
    /// A change may take effect at any moment.
    pub(super) is_changing: Cell<bool>,
    /// Held by the one who changes the row: the person or an admin.
    changes: Mutex<()>,
    /// The number of promotions that have lost changes of the row.
    losses: Cell<u64>,
    /// The number of losses before the present changes.
    losses_before: Cell<u64>,
    /// The number of names that were made up.
    made_up: Cell<u32>,
}

/// A password and the hash that is stored for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Password {
    pub(super) text: String,
    pub(super) verifier: Option<String>,
}

/// The tokens of a session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) user: UserId,
    pub(super) epoch: Epoch,
    pub(super) access: String,
    pub(super) refresh: String,
    /// The moment from which a node may refuse the access token.
    pub(super) expires: Instant,
    /// The key to which the refresh token is bound.
    pub(super) client: Option<Rc<BoundClient>>,
}

/// The facts about a user that the database keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: UserId,
    pub(super) email: String,
    pub(super) is_active: bool,
    pub(super) epoch: Epoch,
    pub(super) link_epoch: Epoch,
    pub(super) verifier: Option<String>,
    /// The credential of the authenticator app, which each use of a code replaces.
    pub(super) totp: Option<(CredentialId, String)>,
    /// The credential of the recovery codes, which each use of a code replaces.
    pub(super) recovery_codes: Option<(CredentialId, String)>,
    /// The number of promotions that have lost changes of the row. What was acknowledged before may have lived in them.
    losses: u64,
}

impl Person {
    pub(super) fn new(number: usize) -> Self {
        let name = ["ada", "bob", "eve"][number];
        Self {
            name,
            peer: SocketAddr::new(
                [198, 51, 100, 10 + u8::try_from(number).unwrap()].into(),
                50_000,
            ),
            email: RefCell::new(format!("{name}@example.com")),
            password: RefCell::default(),
            old_passwords: RefCell::default(),
            sessions: RefCell::default(),
            factors: Factors::default(),
            acknowledged: RefCell::default(),
            acknowledged_at: Cell::new(Instant::now()),
            is_admin: Cell::default(),
            is_changing: Cell::default(),
            changes: Mutex::default(),
            losses: Cell::default(),
            losses_before: Cell::default(),
            made_up: Cell::default(),
        }
    }

    /// A number that was not used before.
    pub(super) fn new_number(&self) -> u32 {
        self.made_up.set(self.made_up.get() + 1);
        self.made_up.get()
    }

    /// A new password. The service does not estimate passwords of more than 100 characters, which takes long.
    pub(super) fn new_password(&self) -> String {
        let number = self.new_number();
        format!(
            "{number} {}",
            "the quick brown fox jumps over the lazy dog ".repeat(3)
        )
    }

    /// Notes a password that the service has stored.
    pub(super) fn set_password(&self, text: &str, row: &Row) {
        let old = self.password.replace(Password {
            text: text.to_owned(),
            verifier: row.verifier.clone(),
        });
        if old.verifier.is_some() {
            self.old_passwords.borrow_mut().push((old, Instant::now()));
        }
    }

    /// The last replaced password, and the time at which it was replaced.
    pub(super) fn old_password(&self) -> Option<(String, Instant)> {
        let old = self.old_passwords.borrow();
        old.last()
            .map(|(password, replaced)| (password.text.clone(), *replaced))
    }

    pub(super) fn password(&self) -> Password {
        self.password.borrow().clone()
    }

    /// Keeps the tokens of a session.
    pub(super) fn keep(&self, session: Session) {
        self.sessions.borrow_mut().push(session);
    }

    pub(super) fn row(&self, tables: &SimulatedTables) -> Option<Row> {
        let email = self.email.borrow();
        let known = self.acknowledged.borrow().as_ref().map(|row| row.id);
        let user = match known {
            Some(id) => tables.users.get(&id),
            None => tables
                .users
                .values()
                .find(|user| user.email.as_str() == *email),
        }?;
        let credential = |kind| {
            let mut all = tables.credentials.values().map(|it| &it.credential);
            let found = all.find(|it| it.user_id == user.id && it.kind == kind);
            found.map(|it| (it.id, it.verifier.expose().to_owned()))
        };
        Some(Row {
            id: user.id,
            email: user.email.as_str().to_owned(),
            is_active: user.is_active,
            epoch: user.session_epoch,
            link_epoch: user.link_epoch,
            verifier: credential(CredentialKind::Password).map(|(_, verifier)| verifier),
            totp: credential(CredentialKind::Totp),
            recovery_codes: credential(CredentialKind::RecoveryCodes),
            losses: self.losses.get(),
        })
    }

    /// Notes the row that the service has acknowledged.
    pub(super) fn acknowledge(&self, row: Option<Row>) {
        self.acknowledged_at.set(Instant::now());
        *self.acknowledged.borrow_mut() = row;
    }

    /// Checks that the row is the acknowledged one, unless a change is under way.
    pub(super) fn check_row(&self, tables: &SimulatedTables) {
        if self.is_changing.get() {
            return;
        }
        let (now, acknowledged) = (self.row(tables), self.acknowledged.borrow());
        assert_eq!(
            now, *acknowledged,
            "the row of {} is not the one that was acknowledged",
            self.name
        );
    }

    /// Waits until all other changes of the row have ended.
    pub(super) async fn lock_changes(&self) -> MutexGuard<'_, ()> {
        let guard = self.changes.lock().await;
        self.losses_before.set(self.losses.get());
        guard
    }

    /// The number of promotions that have lost changes of the row.
    pub(super) fn losses(&self) -> u64 {
        self.losses.get()
    }

    /// Returns whether a promotion has lost changes of the row since [`Self::lock_changes`]. Tokens and links of that time may
    /// depend on them.
    pub(super) fn has_lost_changes(&self) -> bool {
        self.losses.get() != self.losses_before.get()
    }

    /// Returns to the row of a promoted server, which has the commits up to a moment. Returns whether changes of the row are
    /// lost. Those that were acknowledged before that moment are not.
    pub(super) fn restore(
        &self,
        (lost, kept): (&SimulatedTables, &SimulatedTables),
        replayed: Instant,
    ) -> bool {
        let row = self.row(kept);
        if self.row(lost) == row {
            return false;
        }
        assert!(
            self.is_changing.get() || self.acknowledged_at.get() > replayed,
            "a promotion has lost an earlier change of {}",
            self.name
        );
        self.losses.set(self.losses.get() + 1);
        // With the new number of losses.
        let row = self.row(kept);
        if let Some(row) = &row {
            self.email.borrow_mut().clone_from(&row.email);
        }
        let verifier = row.as_ref().and_then(|row| row.verifier.clone());
        let mut old = self.old_passwords.borrow_mut();
        let known = old.iter().rposition(|(it, _)| it.verifier == verifier);
        if let Some(known) = known.filter(|_| verifier != self.password().verifier) {
            let (revived, _) = old.remove(known);
            old.push((self.password.replace(revived), Instant::now()));
        } else if row.is_none() && self.password().verifier.is_some() {
            old.push((self.password.take(), Instant::now()));
        }
        self.acknowledge(row);
        true
    }

    /// The row that was acknowledged.
    pub(super) fn acknowledged(&self) -> Option<Row> {
        self.acknowledged.borrow().clone()
    }

    pub(super) fn id(&self) -> Option<UserId> {
        self.acknowledged.borrow().as_ref().map(|row| row.id)
    }
}
