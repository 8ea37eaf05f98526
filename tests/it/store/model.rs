//! Random operations: the service behaves like a reference model, and its stored data depends on
//! users only.

mod reference;
mod trial;

use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestRunner};

use self::{
    reference::{ABSOLUTE, ACCESS, IDLE, LEEWAY, LINK, RECENT},
    trial::Trial,
};
use crate::support::Engine;

/// An operation. Links and sessions are numbered from the last one, modulo their count.
#[derive(Debug, Clone)]
pub enum Op {
    /// Email, and whether the client uses cookies.
    SignUp(u8, bool),
    /// Link, password.
    Confirm(usize, u8),
    /// Email, password, and whether the client uses cookies.
    LogIn(u8, u8, bool),
    Refresh(usize),
    Session(usize),
    Me(usize),
    /// Session, optional current password, new password.
    ChangePassword(usize, Option<u8>, u8),
    Delete(usize, Option<u8>),
    LogoutEverywhere(usize),
    /// By command, for one email.
    SetActive(u8, bool),
    /// By command, for every user.
    LogoutAll,
    /// Seconds, possibly negative.
    Clock(i64),
    /// To this many seconds after the mint of a session, or after its login.
    Reach(usize, bool, i64),
}

fn op() -> impl Strategy<Value = Op> {
    let (email, password, session) = (0_u8..3, 0_u8..2, 0_usize..6);
    let given = prop::option::weighted(0.7, password.clone());
    // Every lifetime and the seconds around its end, and a clock that is set back.
    let near = select(vec![LEEWAY, ACCESS, ACCESS + LEEWAY, RECENT]);
    let far = select(vec![LINK, IDLE, ABSOLUTE - ACCESS + LEEWAY, ABSOLUTE]);
    let end = |near_too: u32| {
        let ends = prop_oneof![near_too => near.clone(), 1 => far.clone()];
        (ends, -1_i64..=1).prop_map(|(end, off)| end + off)
    };
    let seconds = prop_oneof![4 => end(6), 1 => Just(-ACCESS)];
    // Operations that end a session are rare, because most operations need a session.
    prop_oneof![
        3 => (email.clone(), any::<bool>()).prop_map(|(email, cookies)| Op::SignUp(email, cookies)),
        4 => (0_usize..3, password.clone()).prop_map(|(link, new)| Op::Confirm(link, new)),
        4 => (email.clone(), password.clone(), any::<bool>())
            .prop_map(|(email, password, cookies)| Op::LogIn(email, password, cookies)),
        8 => session.clone().prop_map(Op::Refresh),
        4 => session.clone().prop_map(Op::Session),
        4 => session.clone().prop_map(Op::Me),
        4 => (session.clone(), given.clone(), password)
            .prop_map(|(session, given, new)| Op::ChangePassword(session, given, new)),
        1 => (session.clone(), given).prop_map(|(session, given)| Op::Delete(session, given)),
        1 => session.clone().prop_map(Op::LogoutEverywhere),
        1 => (email, prop::bool::weighted(0.6))
            .prop_map(|(email, active)| Op::SetActive(email, active)),
        1 => Just(Op::LogoutAll),
        4 => seconds.prop_map(Op::Clock),
        6 => (session.clone(), any::<bool>(), end(1))
            .prop_map(|(session, login, end)| Op::Reach(session, login, end)),
    ]
}

fn cases(engine: Engine, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = ProptestConfig {
        cases,
        max_shrink_iters: 2_000,
        // A failure prints the whole transcript; a found defect gets its own test.
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&vec(op(), 1..80), |ops| {
        runtime.block_on(async {
            // Two users exist at the start, one for each client.
            let there = [
                Op::SignUp(0, false),
                Op::Confirm(0, 0),
                Op::SignUp(1, true),
                Op::Confirm(0, 0),
            ];
            let trial = Trial::on(engine).await;
            trial.run(&[&there[..], &ops].concat()).await
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn slow_random_operations_match_the_reference_model() {
    cases(Engine::Sqlite, 160);
}

#[test]
fn slow_random_operations_match_the_reference_model_on_postgres() {
    cases(Engine::Postgres, 8);
}
