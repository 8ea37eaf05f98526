//! A service and its reference model, which execute the same operations.

use std::{collections::BTreeMap, fmt::Write};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};
use signet::identity::{EmailAddress, Epoch};
use sqlx::{PgPool, SqlitePool};

use super::{
    Op,
    reference::{ABSOLUTE, ACCESS, IDLE, Outcome, Reference, Session},
};
use crate::support::{APP, ApiClient, Engine, TestService, answer::Answer, browser, token::claims};

const SETTINGS: &str = "
    tokens.recent_login = '10m'
    tokens.sign_up_lifetime = '15m'
    tokens.refresh_idle = '20m'
    tokens.refresh_absolute = '30m'
    [[clients]]
    client_id = 'phone'
    [[clients]]
    client_id = 'page'
    transport = 'cookie'
    origins = ['https://app.example.com']
";

/// The rows of every table, and the columns that a session could have changed.
type Rows = (
    (i64, i64, i64),
    Vec<(String, bool, i64, DateTime<Utc>, Option<String>)>,
);

const COUNTS: &str = "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM accounts), \
                      (SELECT COUNT(*) FROM credentials)";
const USERS: &str = "SELECT email, is_active, session_epoch, users.updated_at, verifier FROM users \
                     LEFT JOIN credentials ON user_id = users.id ORDER BY email";

enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Database {
    async fn rows(&self) -> Rows {
        macro_rules! rows {
            ($pool:expr) => {
                (
                    sqlx::query_as(COUNTS).fetch_one($pool).await.unwrap(),
                    sqlx::query_as(USERS).fetch_all($pool).await.unwrap(),
                )
            };
        }
        match self {
            Self::Sqlite(pool) => rows!(pool),
            Self::Postgres(pool) => rows!(pool),
        }
    }
}

/// A session of the model and its tokens.
struct Held {
    session: Session,
    access: String,
    refresh: String,
}

/// A service and its reference model.
pub struct Trial {
    service: TestService,
    database: Database,
    reference: Reference,
    links: Vec<String>,
    sessions: Vec<Held>,
    /// The subject of each id of the model.
    subjects: BTreeMap<usize, String>,
    transcript: String,
}

impl Trial {
    pub async fn on(engine: Engine) -> Self {
        let service = TestService::configured(engine, SETTINGS).await;
        // The keys are a day old, so that the clock can go back.
        service.clock.advance(TimeDelta::days(1));
        let url = &service.database.url;
        let database = match engine {
            Engine::Sqlite => Database::Sqlite(SqlitePool::connect(url).await.unwrap()),
            Engine::Postgres => Database::Postgres(PgPool::connect(url).await.unwrap()),
        };
        let now = service.clock.now().timestamp();
        Self {
            service,
            database,
            reference: Reference {
                now,
                ..Reference::default()
            },
            links: Vec::new(),
            sessions: Vec::new(),
            subjects: BTreeMap::new(),
            transcript: String::new(),
        }
    }

    /// Runs all operations. A failure contains the transcript.
    pub async fn run(mut self, ops: &[Op]) -> Result<(), TestCaseError> {
        let mut rows = self.database.rows().await;
        for op in ops {
            let Some((op, session)) = self.named(op) else {
                continue;
            };
            let known = self.reference.users.clone();
            let expected = self.reference.step(&op, session);
            let answer = self.perform(&op).await;
            let _ = write!(self.transcript, "{op:?}: {} {}", expected.0, expected.1);
            self.compare(expected, answer.as_ref())?;
            self.transcript.push('\n');

            let after = self.database.rows().await;
            self.ensure((rows == after) == (known == self.reference.users), || {
                format!("rows {rows:?} became {after:?}")
            })?;
            rows = after;
            self.stored(&rows)?;
        }
        Ok(())
    }

    /// The operation with an existing link or session, if any.
    fn named(&self, op: &Op) -> Option<(Op, Option<Session>)> {
        let last = |back: usize, len: usize| len.checked_sub(1 + back % len.max(1));
        let mut op = op.clone();
        match &mut op {
            Op::Confirm(link, _) => *link = last(*link, self.links.len())?,
            Op::Reach(session, login, seconds) => {
                let of = self.sessions[last(*session, self.sessions.len())?].session;
                let since = if *login { of.login } else { of.minted };
                let step = since + *seconds - self.reference.now;
                op = (step > 0).then_some(Op::Clock(step))?;
            }
            Op::Refresh(session)
            | Op::Session(session)
            | Op::Me(session)
            | Op::ChangePassword(session, ..)
            | Op::Delete(session, _)
            | Op::LogoutEverywhere(session) => {
                *session = last(*session, self.sessions.len())?;
                let session = self.sessions[*session].session;
                return Some((op, Some(session)));
            }
            _ => {}
        }
        Some((op, None))
    }

    /// Sends the request, or runs the command.
    async fn perform(&mut self, op: &Op) -> Option<Answer> {
        let store = &self.service.app.store;
        let now = self.service.clock.now();
        let fresh = Epoch::fresh(&self.service.app.entropy).unwrap();
        let answer = match *op {
            Op::SignUp(email, cookies) => {
                let body = json!({"email": address(email), "client_id": client(cookies)});
                self.service.outbox.lock().unwrap().clear();
                let answer = self.send_json("POST", "/signup", None, Some(body)).await;
                self.links
                    .extend(self.service.mailed_token(&address(email)));
                answer
            }
            Op::Confirm(link, chosen) => {
                let body = json!({"token": self.links[link], "password": password(chosen)});
                self.send_json("POST", "/signup/confirm", None, Some(body))
                    .await
            }
            Op::LogIn(email, given, cookies) => {
                let client = client(cookies);
                let body = json!({
                    "email": address(email), "password": password(given), "client_id": client,
                });
                self.send_json("POST", "/login", None, Some(body)).await
            }
            Op::Refresh(session) => {
                let held = &self.sessions[session];
                if held.session.cookies {
                    let body = Some(json!({}));
                    self.send_json("POST", "/refresh", Some(held), body).await
                } else {
                    let body = json!({"refresh_token": held.refresh, "client_id": client(false)});
                    self.send_json("POST", "/refresh", None, Some(body)).await
                }
            }
            Op::Session(session) => self.ask_as(session, "GET", "/session", None).await,
            Op::Me(session) => self.ask_as(session, "GET", "/me", None).await,
            Op::ChangePassword(session, given, new) => {
                let body = json!({
                    "current_password": given.map(password), "new_password": password(new),
                });
                self.ask_as(session, "PUT", "/password", Some(body)).await
            }
            Op::Delete(session, given) => {
                let body = given.map(|given| json!({"password": password(given)}));
                self.ask_as(session, "DELETE", "/me", body).await
            }
            Op::LogoutEverywhere(session) => {
                self.ask_as(session, "POST", "/logout/everywhere", None)
                    .await
            }
            Op::SetActive(email, active) => {
                let email = EmailAddress::parse(&address(email)).unwrap();
                if let Some(user) = store.user_by_email(&email).await.unwrap() {
                    let done = store.set_active(user.id, active, fresh, now).await;
                    assert!(done.unwrap());
                }
                return None;
            }
            Op::LogoutAll => {
                store.replace_every_epoch(fresh, now).await.unwrap();
                return None;
            }
            Op::Clock(seconds) => {
                self.service.clock.advance(TimeDelta::seconds(seconds));
                return None;
            }
            Op::Reach(..) => unreachable!("it has become a step of the clock"),
        };
        Some(answer)
    }

    async fn ask_as(
        &self,
        session: usize,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let held = &self.sessions[session];
        self.send_json(method, path, Some(held), body).await
    }

    async fn send_json(
        &self,
        method: &str,
        path: &str,
        held: Option<&Held>,
        body: Option<Value>,
    ) -> Answer {
        let mut headers = vec![("origin", APP.to_owned())];
        if let Some(held) = held {
            let Held {
                access, refresh, ..
            } = held;
            headers.push(if held.session.cookies {
                let cookies = format!(
                    "{}={access}; {}={refresh}",
                    browser::ACCESS,
                    browser::REFRESH
                );
                ("cookie", cookies)
            } else {
                ("authorization", format!("Bearer {access}"))
            });
        }
        if body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<_> = headers.collect();
        let body = body.map_or_else(String::new, |body| body.to_string());
        let client: ApiClient<'_> = self.service.anon();
        client.send(method, path, &headers, body).await
    }

    /// Compares the response and its session with the model.
    fn compare(&mut self, expected: Outcome, answer: Option<&Answer>) -> Result<(), TestCaseError> {
        let Some(answer) = answer else {
            return Ok(());
        };
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let code = body["code"].as_str().unwrap_or_default();
        self.ensure((answer.status, code) == expected, || {
            format!("{} {code}", answer.status)
        })?;
        let minted = self.reference.minted;
        let tokens = tokens(answer, &body);
        self.ensure(tokens.is_some() == minted.is_some(), || {
            format!("carries {tokens:?}")
        })?;
        let (Some(session), Some([access, refresh])) = (minted, tokens) else {
            return Ok(());
        };
        let _ = write!(self.transcript, " (session {})", self.sessions.len());
        let said = (claims(&access), claims(&refresh));
        for (claim, expected) in [
            ("iat", session.minted),
            ("auth_time", session.login),
            ("exp", session.until(ACCESS)),
        ] {
            let found = &said.0[claim];
            self.ensure(*found == expected, || format!("access: {claim} {found}"))?;
        }
        let end = session.login + ABSOLUTE;
        for (claim, expected) in [("exp", session.until(IDLE)), ("abs_exp", end)] {
            let found = &said.1[claim];
            self.ensure(*found == expected, || format!("refresh: {claim} {found}"))?;
        }
        for member in ["expires_in", "refresh_expires_in"] {
            let seconds = body[member].as_i64().unwrap_or_default();
            self.ensure(seconds >= 0, || format!("{member} {seconds}"))?;
        }
        // Every id keeps its subject.
        let (id, sub) = (session.user.id, said.0["sub"].as_str().unwrap());
        self.subjects.entry(id).or_insert_with(|| sub.to_owned());
        let ids = self.subjects.iter().filter(|(_, it)| *it == sub);
        let ids: Vec<_> = ids.map(|(id, _)| *id).collect();
        self.ensure(ids == [id] && said.1["sub"] == sub, || {
            format!("sub of {ids:?}")
        })?;
        self.sessions.push(Held {
            session,
            access,
            refresh,
        });
        Ok(())
    }

    /// The stored data depends on users only.
    fn stored(&self, (counts, users): &Rows) -> Result<(), TestCaseError> {
        let mut known: Vec<_> = self.reference.users.iter().collect();
        known.sort_by_key(|user| user.email);
        let count = i64::try_from(known.len()).unwrap();
        self.ensure(*counts == (count, 2 * count, count), || {
            format!("{counts:?} rows")
        })?;
        let known = known.iter().map(|it| (address(it.email), it.active));
        let found = users.iter().map(|it| (it.0.clone(), it.1));
        self.ensure(known.eq(found), || format!("stored are {users:?}"))
    }

    fn ensure(&self, holds: bool, but: impl FnOnce() -> String) -> Result<(), TestCaseError> {
        if holds {
            Ok(())
        } else {
            let text = format!("\n{}\n    but: {}", self.transcript, but());
            Err(TestCaseError::fail(text))
        }
    }
}

fn address(number: u8) -> String {
    format!("person{number}@example.com")
}

fn password(number: u8) -> String {
    format!("pass phrase number {number}")
}

fn client(cookies: bool) -> &'static str {
    if cookies { "page" } else { "phone" }
}

/// The tokens in the body or the cookies of a response.
fn tokens(answer: &Answer, body: &Value) -> Option<[String; 2]> {
    let lines = answer.set_cookies();
    let cookie = |name: &str| {
        let mut values = lines.iter().filter_map(|line| {
            let (value, _) = line
                .strip_prefix(name)?
                .strip_prefix('=')?
                .split_once(';')?;
            (!value.is_empty()).then(|| value.to_owned())
        });
        values.next()
    };
    let member = |name: &str| Some(body[name].as_str()?.to_owned());
    let access = member("access_token").or_else(|| cookie(browser::ACCESS))?;
    let refresh = member("refresh_token").or_else(|| cookie(browser::REFRESH))?;
    Some([access, refresh])
}
