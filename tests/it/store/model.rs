//! Whatever is done in whatever order, the service answers as a reference in plain data does, and
//! stores what is a function of users alone.

mod reference;
mod trial;

use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestRunner};

use self::{
    reference::{ABSOLUTE, ACCESS, IDLE, LEEWAY, LINK, RECENT},
    trial::Trial,
};
use crate::support::Engine;

/// What is done. Links and sessions are counted from the last one, and round again.
#[derive(Debug, Clone)]
pub enum Op {
    /// Address, and whether the client is the one with cookies.
    SignUp(u8, bool),
    /// Link, password.
    Confirm(usize, u8),
    /// Address, password, cookies.
    LogIn(u8, u8, bool),
    Refresh(usize),
    Session(usize),
    Me(usize),
    /// Session, present password if it is given, new one.
    ChangePassword(usize, Option<u8>, u8),
    Delete(usize, Option<u8>),
    LogoutEverywhere(usize),
    /// On the command line, for one address.
    SetActive(u8, bool),
    /// On the command line, for everybody.
    LogoutAll,
    /// Seconds, also backwards.
    Clock(i64),
    /// So many seconds after a session was minted, or after its login.
    Reach(usize, bool, i64),
}

fn op() -> impl Strategy<Value = Op> {
    let (email, password, session) = (0_u8..3, 0_u8..2, 0_usize..6);
    let given = prop::option::weighted(0.7, password.clone());
    // The ends of everything, and the seconds around them; and a clock that is set back.
    let near = select(vec![LEEWAY, ACCESS, ACCESS + LEEWAY, RECENT]);
    let far = select(vec![LINK, IDLE, ABSOLUTE - ACCESS + LEEWAY, ABSOLUTE]);
    let end = |near_too: u32| {
        let ends = prop_oneof![near_too => near.clone(), 1 => far.clone()];
        (ends, -1_i64..=1).prop_map(|(end, off)| end + off)
    };
    let seconds = prop_oneof![4 => end(6), 1 => Just(-ACCESS)];
    // Rarely what ends a session: most of what can happen to one needs it to live for a while.
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
        // A failure prints all there is to know; what it found becomes a test of its own.
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&vec(op(), 1..80), |ops| {
        runtime.block_on(async {
            // Two are there already, one with each client.
            let there = [
                Op::SignUp(0, false),
                Op::Confirm(0, 0),
                Op::SignUp(1, true),
                Op::Confirm(0, 0),
            ];
            match Trial::on(engine).await {
                Some(trial) => trial.run(&[&there[..], &ops].concat()).await,
                None => Ok(()),
            }
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn slow_whatever_is_done_is_answered_as_the_reference_says() {
    cases(Engine::Sqlite, 160);
}

#[test]
fn slow_and_so_it_is_on_postgresql() {
    cases(Engine::Postgres, 8);
}
