//! Arguments of operations, from small pools so that they collide often.

use std::fmt::{Debug, Write};

use chrono::{DateTime, TimeDelta, Utc};
use signet::{
    identity::{
        Account, AccountId, AccountKind, Credential, CredentialId, CredentialKind, EmailAddress,
        Epoch, Role, StoredVerifier, User, UserId,
    },
    json::Patch,
    passkey::StoredPasskey,
    store::{EmailFilter, LikePattern, NewUser, UserFilter},
};

/// The RP ID of usable passkeys.
pub const RP_ID: &str = "example.com";

/// The kinds of credentials.
pub const KINDS: [CredentialKind; 4] = [
    CredentialKind::Password,
    CredentialKind::Totp,
    CredentialKind::RecoveryCodes,
    CredentialKind::Passkey,
];

/// Chooses arguments by the bytes of a step. Equal bytes choose equal arguments.
pub struct Arguments<'b> {
    bytes: &'b [u8],
    /// The chosen arguments.
    pub shown: String,
}

impl<'b> Arguments<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self {
            bytes,
            shown: String::new(),
        }
    }

    fn number(&mut self, below: usize) -> usize {
        let (byte, rest) = self
            .bytes
            .split_first()
            .map_or((0, self.bytes), |(byte, rest)| (*byte, rest));
        self.bytes = rest;
        usize::from(byte) % below
    }

    fn shows<T: Debug>(&mut self, chosen: T) -> T {
        let _ = write!(self.shown, " {chosen:?}");
        chosen
    }

    pub fn of<T: Clone + Debug>(&mut self, pool: &[T]) -> T {
        let chosen = pool[self.number(pool.len())].clone();
        self.shows(chosen)
    }

    pub fn flag(&mut self) -> bool {
        self.of(&[true, false])
    }

    pub fn optional<T>(&mut self, choose: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| choose(self))
    }

    fn seldom<T>(&mut self, choose: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let is_chosen = self.of(&[false, false, false, true]);
        is_chosen.then(|| choose(self))
    }

    fn id<T: std::str::FromStr<Err: Debug> + Debug>(&mut self, number: usize) -> T {
        let id = format!("01900000-0000-7000-8000-0000000000{number:02}");
        let id = id.parse().unwrap();
        self.shows(id)
    }

    pub fn user_id(&mut self) -> UserId {
        let number = [0, 0, 0, 1, 1, 2, 3][self.number(7)];
        self.id(number)
    }

    pub fn account_id(&mut self) -> AccountId {
        let number = self.number(12);
        self.id(number)
    }

    /// Each kind has IDs of its own, and one that is also of another kind.
    pub fn credential_id(&mut self, kind: CredentialKind) -> CredentialId {
        let kind = KINDS.iter().position(|it| *it == kind).unwrap();
        let number = self.number(4);
        self.id(kind * 3 + number)
    }

    pub fn epoch(&mut self) -> Epoch {
        // The first one is frequent, so that conditions often hold.
        let epoch = self.of(&[1, 1, 1, 1, 1, 2]);
        serde_json::from_value(epoch.into()).unwrap()
    }

    pub fn epochs(&mut self) -> (Epoch, Epoch) {
        (self.epoch(), self.epoch())
    }

    pub fn time(&mut self) -> DateTime<Utc> {
        let seconds = self.of(&[1, 2, 3, 4]);
        super::super::now() + TimeDelta::seconds(seconds)
    }

    pub fn email(&mut self) -> EmailAddress {
        let email = self.of(&["ada@example.com", "bob@example.com", "a_b@example.org"]);
        email.parse().unwrap()
    }

    pub fn role(&mut self) -> Role {
        self.of(&["user", "admin"]).parse().unwrap()
    }

    pub fn patch<T: std::str::FromStr<Err: Debug>>(&mut self, texts: &[&str]) -> Patch<T> {
        match self.of(&["keep", "clear", "set"]) {
            "keep" => Patch::Keep,
            "clear" => Patch::Clear,
            _ => Patch::Set(self.of(texts).parse().unwrap()),
        }
    }

    pub fn provider(&mut self) -> &'static str {
        self.of(&["email", "github", "google"])
    }

    pub fn provider_account_id(&mut self) -> &'static str {
        self.of(&["1", "2", "3"])
    }

    pub fn account(&mut self, user_id: UserId) -> Account {
        Account {
            id: self.account_id(),
            user_id,
            kind: self.of(&[
                AccountKind::Oidc,
                AccountKind::Oidc,
                AccountKind::Oauth,
                AccountKind::Email,
                AccountKind::Credentials,
                AccountKind::Import,
            ]),
            provider: self.provider().to_owned(),
            provider_account_id: self.provider_account_id().to_owned(),
            created_at: self.time(),
        }
    }

    pub fn verifier(&mut self, kind: CredentialKind) -> StoredVerifier {
        let passkey = StoredPasskey::form(RP_ID).replace('*', "\"more\":1,");
        let other = passkey.replace(RP_ID, "example.org");
        let text = match kind {
            CredentialKind::Passkey => self.of(&[&*passkey, &other]),
            _ => self.of(&["[]", "[1]"]),
        };
        StoredVerifier::new(text.to_owned())
    }

    pub fn credential(&mut self, user_id: UserId, kind: CredentialKind) -> Credential {
        Credential {
            id: self.credential_id(kind),
            user_id,
            kind,
            verifier: self.verifier(kind),
            created_at: self.time(),
        }
    }

    pub fn new_user(&mut self) -> NewUser {
        let (id, email) = (self.user_id(), self.email());
        let user = User {
            id,
            name: self.optional(|it| it.of(&["Ada L", "bob_"]).parse().unwrap()),
            email,
            email_verified: self.optional(Self::time),
            image: None,
            role: self.role(),
            is_active: self.of(&[true, true, true, false]),
            session_epoch: self.epoch(),
            link_epoch: self.epoch(),
            created_at: self.time(),
            updated_at: self.time(),
        };
        let mut accounts = Vec::new();
        if self.flag() {
            let is_own = self.of(&[true, true, true, false]);
            let owner = if is_own { id } else { self.user_id() };
            accounts.push(self.account(owner));
        }
        NewUser {
            user,
            accounts,
            password: self.optional(|it| it.credential(id, CredentialKind::Password)),
        }
    }

    pub fn filter(&mut self) -> UserFilter {
        let email = match self.of(&["all", "all", "one", "like"]) {
            "one" => Some(EmailFilter::Exactly(self.email())),
            "like" => {
                let pattern = self.of(&["*@example.com", "a_*", "*"]);
                Some(EmailFilter::Like(LikePattern::with_wildcards(pattern)))
            }
            _ => None,
        };
        let part = |it: &mut Self| LikePattern::containing(it.of(&["DA", "_", "o", "bob"]));
        UserFilter {
            email,
            name_or_email: self.seldom(part),
            role: self.seldom(Self::role),
            is_active: self.seldom(Self::flag),
            created_from: self.seldom(Self::time),
            created_before: self.seldom(Self::time),
        }
    }
}
