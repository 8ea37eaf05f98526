//! A load of tabs that refresh, and a consumer that verifies their tokens.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    consumer::{Consumer, Refused},
    nodes::Nodes,
};
use crate::support::token::kid;

/// The results of the load.
#[derive(Default)]
pub struct Report {
    pub refreshes: AtomicUsize,
    pub verifications: AtomicUsize,
    /// The ids of the keys and secrets that made tokens.
    pub signers: Mutex<[BTreeSet<String>; 2]>,
    /// The rejected access tokens, with the time of the verification.
    pub refused: Mutex<Vec<(Instant, Refused)>>,
    /// The failed refreshes: time of the request, status, and secret of the token.
    pub failed: Mutex<Vec<(Instant, u16, String)>>,
}

/// Runs one tab for each pause (in milliseconds) until `rest` ends.
pub fn under_load(
    nodes: &Nodes,
    consumer: &Consumer,
    pauses: &[u64],
    rest: impl FnOnce(&Report),
) -> Report {
    let report = Report::default();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for pause in pauses {
            let (report, over) = (&report, &over);
            let pause = Duration::from_millis(*pause);
            scope.spawn(move || tab(nodes, consumer, report, over, pause));
        }
        let _end = EndOfLoad(&over);
        rest(&report);
    });
    report
}

/// Stops the load, also if an assertion fails.
struct EndOfLoad<'a>(&'a AtomicBool);

impl Drop for EndOfLoad<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A tab that refreshes at both nodes in turn with a pause, and presents its tokens to a consumer.
/// After a rejected refresh the tab logs in again.
fn tab(nodes: &Nodes, consumer: &Consumer, report: &Report, over: &AtomicBool, pause: Duration) {
    let mut session = nodes.log_in();
    for turn in 0.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let asked = Instant::now();
        let (status, refreshed) = nodes.refresh(turn % 2, &session);
        if status != 200 {
            let secret = kid_of(&session, "refresh_token");
            report.failed.lock().unwrap().push((asked, status, secret));
            thread::sleep(Duration::from_millis(100));
            if status == 401 {
                session = nodes.log_in();
            }
            continue;
        }
        report.refreshes.fetch_add(1, Ordering::Relaxed);
        session = refreshed;
        let mut signers = report.signers.lock().unwrap();
        signers[0].insert(kid_of(&session, "access_token"));
        signers[1].insert(kid_of(&session, "refresh_token"));
        drop(signers);
        // Immediately, and again after some use.
        for age in [Duration::ZERO, pause] {
            thread::sleep(age);
            let asked = Instant::now();
            match consumer.verify(session["access_token"].as_str().unwrap()) {
                Ok(true) => drop(report.verifications.fetch_add(1, Ordering::Relaxed)),
                Ok(false) => {} // It had expired by then.
                Err(refused) => report.refused.lock().unwrap().push((asked, refused)),
            }
        }
    }
}

/// The id of the key or secret of a token.
pub fn kid_of(session: &Value, token: &str) -> String {
    kid(session[token].as_str().unwrap())
}
