//! The reference model in plain data. It shares no code with the service.

use super::Op;

/// A status, and the code of a problem.
pub type Outcome = (u16, &'static str);

const INVALID_TOKEN: Outcome = (401, "invalid_token");
/// A token or link of the service from the future.
const CLOCK_BEHIND: Outcome = (503, "unavailable");

// Short lifetimes in seconds, so that a few clock steps reach every end.
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
    /// The state at that time.
    pub user: User,
    pub cookies: bool,
    pub login: i64,
    pub minted: i64,
}

#[derive(Default)]
pub struct Reference {
    pub now: i64,
    pub users: Vec<User>,
    /// Email, client and time; the index is the id of the future user.
    pub links: Vec<(u8, bool, i64)>,
    /// The session in the response.
    pub minted: Option<Session>,
    /// The number of operations, used as the next epoch.
    pub steps: usize,
}

impl Session {
    /// Nothing outlives the end of the login.
    pub fn until(self, lifetime: i64) -> i64 {
        (self.minted + lifetime).min(self.login + ABSOLUTE)
    }
}

impl Reference {
    /// The expected response; `session` is the session of the operation.
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

    fn active_user(&mut self, Session { user, .. }: Session) -> Option<&mut User> {
        let mut users = self.users.iter_mut().filter(|it| it.active);
        users.find(|it| (it.id, it.epoch) == (user.id, user.epoch))
    }

    fn refresh(&mut self, session: Session) -> Result<(), Outcome> {
        if session.minted > self.now + LEEWAY {
            return Err(CLOCK_BEHIND);
        }
        let is_good = self.now < session.until(IDLE);
        if !is_good || self.active_user(session).is_none() {
            return Err((401, "invalid_grant"));
        }
        self.mint(session.user, session.cookies, session.login);
        Ok(())
    }

    /// An access token is trusted for its lifetime; cookies are refreshed on demand.
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

    /// The user row is checked too.
    fn row(&mut self, session: Session) -> Result<&mut User, Outcome> {
        self.present(session)?;
        self.active_user(session).ok_or(INVALID_TOKEN)
    }

    /// The login is recent, or the password is correct.
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
