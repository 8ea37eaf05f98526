//! People, and the model of what the service has acknowledged to them.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
};

use signet::{
    identity::{CredentialKind, Epoch, UserId},
    store::simulated::SimulatedTables,
};
use tokio::{sync::Mutex, time::Instant};

/// A person with an email, a password and sessions.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) peer: SocketAddr,
    pub(super) email: RefCell<String>,
    password: RefCell<Password>,
    /// Earlier passwords, and the time at which each was replaced.
    pub(super) old_passwords: RefCell<Vec<(String, Instant)>>,
    pub(super) sessions: RefCell<Vec<Session>>,
    /// The row that the service has acknowledged. `None` before the sign-up.
    acknowledged: RefCell<Option<Row>>,
    pub(super) is_admin: Cell<bool>,
    /// A change may take effect at any moment.
    pub(super) is_changing: Cell<bool>,
    /// Held by the one who changes the row: the person or an admin.
    pub(super) changes: Mutex<()>,
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
            acknowledged: RefCell::default(),
            is_admin: Cell::default(),
            is_changing: Cell::default(),
            changes: Mutex::default(),
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
            let old = (old.text, Instant::now());
            self.old_passwords.borrow_mut().push(old);
        }
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
        let passwords = tables.credentials.values().map(|it| &it.credential);
        let mut passwords =
            passwords.filter(|it| it.user_id == user.id && it.kind == CredentialKind::Password);
        Some(Row {
            id: user.id,
            email: user.email.as_str().to_owned(),
            is_active: user.is_active,
            epoch: user.session_epoch,
            link_epoch: user.link_epoch,
            verifier: passwords.next().map(|it| it.verifier.expose().to_owned()),
        })
    }

    /// Notes the row that the service has acknowledged.
    pub(super) fn acknowledge(&self, row: Option<Row>) {
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

    pub(super) fn id(&self) -> Option<UserId> {
        self.acknowledged.borrow().as_ref().map(|row| row.id)
    }
}
