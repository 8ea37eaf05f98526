//! What the service promises, once more and in plain data. It shares no code with the service.

use super::Op;

/// A status, and the code of the problem if it is one.
pub type Outcome = (u16, &'static str);

const INVALID_TOKEN: Outcome = (401, "invalid_token");
/// A token or a link that is of the service itself, and from the future.
const CLOCK_BEHIND: Outcome = (503, "unavailable");

// Lifetimes in seconds: short ones, so that a few steps of the clock reach every end.
pub const LEEWAY: i64 = 30;
pub const ACCESS: i64 = 300;
pub const RECENT: i64 = 600;
pub const LINK: i64 = 900;
pub const IDLE: i64 = 1_200;
pub const ABSOLUTE: i64 = 1_800;

#[derive(Clone, Copy, PartialEq)]
pub struct User {
    pub id: usize,
    pub email: u8,
    pub active: bool,
    password: u8,
    epoch: usize,
}

#[derive(Clone, Copy)]
pub struct Session {
    /// As it was then.
    pub user: User,
    pub cookies: bool,
    pub login: i64,
    pub minted: i64,
}

#[derive(Default)]
pub struct Reference {
    pub now: i64,
    pub users: Vec<User>,
    /// For which address and client, and when; the place is the id of the user to be.
    pub links: Vec<(u8, bool, i64)>,
    /// What the answer carries.
    pub minted: Option<Session>,
    /// Operations so far; each has an epoch to give.
    pub steps: usize,
}

impl Session {
    /// Nothing of a login outlives its end.
    pub fn until(self, lifetime: i64) -> i64 {
        (self.minted + lifetime).min(self.login + ABSOLUTE)
    }
}

impl Reference {
    /// What is answered; `session` is the one that the operation names.
    pub fn step(&mut self, op: &Op, session: Option<Session>) -> Outcome {
        (self.minted, self.steps) = (None, self.steps + 1);
        let decided = self.decide(op, session.ok_or(INVALID_TOKEN));
        self.minted = self.minted.filter(|_| decided != Ok(204));
        decided.map_or_else(|refused| refused, |status| (status, ""))
    }

    fn decide(&mut self, op: &Op, named: Result<Session, Outcome>) -> Result<u16, Outcome> {
        let (now, epoch) = (self.now, self.steps);
        let mut users = self.users.iter_mut();
        match *op {
            Op::Clock(seconds) => self.now += seconds,
            Op::Reach(..) => {}
            Op::SignUp(email, cookies) => {
                let is_new = users.all(|user| user.email != email);
                self.links.extend(is_new.then_some((email, cookies, now)));
                return Ok(202);
            }
            Op::Confirm(id, password) => {
                let (email, cookies, asked) = self.links[id];
                if asked > now + LEEWAY {
                    return Err(CLOCK_BEHIND);
                }
                let is_good = now < asked + LINK;
                if is_good && users.all(|user| user.email != email) {
                    let active = true;
                    self.users.push(User {
                        id,
                        email,
                        active,
                        password,
                        epoch,
                    });
                }
                let is =
                    |user: &&User| (user.id, user.password, user.active) == (id, password, true);
                let user = self.users.iter().find(is).filter(|_| is_good);
                self.mint(*user.ok_or((400, "invalid_link"))?, cookies, now);
                return Ok(201);
            }
            Op::LogIn(email, password, cookies) => {
                let is = (email, password, true);
                let user = users.find(|user| (user.email, user.password, user.active) == is);
                let user = *user.ok_or((401, "invalid_credentials"))?;
                self.mint(user, cookies, now);
            }
            Op::Refresh(_) => self.refresh(named?)?,
            Op::Session(_) => self.present(named?)?,
            Op::Me(_) => drop(self.row(named?)?),
            Op::ChangePassword(_, given, new) => {
                let user = self.sensitive(named?, given)?;
                (user.password, user.epoch) = (new, epoch);
                let user = *user;
                self.mint(user, named?.cookies, named?.login);
            }
            Op::Delete(_, given) => {
                let gone = *self.sensitive(named?, given)?;
                self.users.retain(|user| *user != gone);
                return Ok(204);
            }
            Op::LogoutEverywhere(_) => {
                self.row(named?)?.epoch = epoch;
                return Ok(204);
            }
            Op::LogoutAll => users.for_each(|user| user.epoch = epoch),
            Op::SetActive(email, active) => {
                if let Some(user) = users.find(|user| user.email == email) {
                    (user.active, user.epoch) = (active, epoch);
                }
            }
        }
        Ok(200)
    }

    fn mint(&mut self, user: User, cookies: bool, login: i64) {
        let minted = self.now;
        self.minted = Some(Session {
            user,
            cookies,
            login,
            minted,
        });
    }

    fn welcome(&mut self, Session { user, .. }: Session) -> Option<&mut User> {
        let mut users = self.users.iter_mut().filter(|it| it.active);
        users.find(|it| (it.id, it.epoch) == (user.id, user.epoch))
    }

    fn refresh(&mut self, session: Session) -> Result<(), Outcome> {
        if session.minted > self.now + LEEWAY {
            return Err(CLOCK_BEHIND);
        }
        let is_good = self.now < session.until(IDLE);
        if !is_good || self.welcome(session).is_none() {
            return Err((401, "invalid_grant"));
        }
        self.mint(session.user, session.cookies, session.login);
        Ok(())
    }

    /// An access token is trusted for as long as it lives; cookies are refreshed in passing.
    fn present(&mut self, session: Session) -> Result<(), Outcome> {
        if session.minted > self.now + LEEWAY {
            return Err(CLOCK_BEHIND);
        }
        let is_good = self.now < session.until(ACCESS) + LEEWAY;
        match session.cookies {
            _ if is_good => Ok(()),
            true => self.refresh(session),
            false => Err(INVALID_TOKEN),
        }
    }

    /// The user is asked, too.
    fn row(&mut self, session: Session) -> Result<&mut User, Outcome> {
        self.present(session)?;
        self.welcome(session).ok_or(INVALID_TOKEN)
    }

    /// The login is recent, or the password right.
    fn sensitive(&mut self, session: Session, given: Option<u8>) -> Result<&mut User, Outcome> {
        let is_recent = self.now <= session.login + RECENT;
        let user = self.row(session)?;
        match given {
            Some(given) if given != user.password => Err((403, "wrong_password")),
            None if !is_recent => Err((401, "insufficient_user_authentication")),
            _ => Ok(user),
        }
    }
}
