//! SQLite, PostgreSQL and the simulated database give the same answers to random operations and end with the same rows.

mod arguments;
mod operations;
mod rows;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::Arc,
    time::Duration,
};

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use signet::store::{
    Store,
    simulated::{
        OperationPlan, SimulatedDatabase, SimulatedNetwork, SimulatedOperation, SimulatedSettings,
    },
};

use self::{
    arguments::{Arguments, RP_ID},
    operations::{OPERATIONS, perform},
    rows::StoredRows,
};
use super::{TestDatabase, open};
use crate::support::Engine;

/// A network without delays and faults.
#[derive(Debug)]
struct CalmNetwork;

impl SimulatedNetwork for CalmNetwork {
    fn plan(&self, _: SimulatedOperation) -> OperationPlan {
        OperationPlan::default()
    }
}

/// An operation, and the bytes that choose its arguments.
type Step = (&'static str, [u8; 24]);

/// A database of an engine that all cases use, one after the other.
struct EngineUnderTest {
    database: TestDatabase,
    store: Store,
    rows: StoredRows,
}

impl EngineUnderTest {
    async fn on(engine: Engine) -> Self {
        let database = match engine {
            // In memory, because a commit on a disk takes most of the time of a case.
            Engine::Sqlite => TestDatabase::in_memory(),
            Engine::Postgres => TestDatabase::on(engine).await,
        };
        let store = open(&database.url).with_passkeys_of(Some(RP_ID));
        store.migrate().await.unwrap();
        Self {
            rows: StoredRows::of(engine, &database.url).await,
            store,
            database,
        }
    }
}

/// The first operations of each case, and the bytes that choose the user and the email or the earlier epoch.
const FIRST: [(&str, [u8; 2]); 6] = [
    ("create_user", [0, 0]),
    ("create_user", [3, 1]),
    ("create_user", [5, 2]),
    ("add_totp_if", [0, 0]),
    ("add_passkey_if", [0, 0]),
    ("link_account_if", [0, 0]),
];

/// The different answers to each operation.
type Answers = BTreeMap<&'static str, BTreeSet<String>>;

async fn run(
    engines: &[EngineUnderTest],
    steps: &[Step],
    seen: &mut Answers,
) -> Result<(), TestCaseError> {
    let database = SimulatedDatabase::default();
    let long = Duration::from_secs(5);
    let settings = SimulatedSettings {
        timeout: long,
        max_lag: long,
        orphan_grace: long,
    };
    let simulated = Store::simulated(&database, Arc::new(CalmNetwork), settings);
    let simulated = simulated.with_passkeys_of(Some(RP_ID));
    for engine in engines {
        engine.rows.delete().await;
    }
    let mut transcript = String::new();
    for (operation, bytes) in steps {
        let mut arguments = Arguments::new(bytes);
        let answer = perform(&simulated, operation, &mut arguments).await;
        let _ = writeln!(transcript, "{operation}{}: {answer}", arguments.shown);
        for engine in engines {
            let expected = perform(&engine.store, operation, &mut Arguments::new(bytes)).await;
            if answer != expected {
                let url = &engine.database.url;
                let text = format!("\n{transcript}but {url} answers: {expected}");
                return Err(TestCaseError::fail(text));
            }
        }
        seen.entry(operation).or_default().insert(answer);
    }
    let found = database.committed();
    for engine in engines {
        let expected = engine.rows.read().await;
        if *found != expected {
            let url = &engine.database.url;
            let text = format!("\n{transcript}{found:#?}\nbut {url} has: {expected:#?}");
            return Err(TestCaseError::fail(text));
        }
    }
    Ok(())
}

#[test]
fn simulated_database_behaves_as_both_engines_do() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engines = runtime.block_on(async {
        [
            EngineUnderTest::on(Engine::Sqlite).await,
            EngineUnderTest::on(Engine::Postgres).await,
        ]
    });
    let config = ProptestConfig {
        cases: 120,
        max_shrink_iters: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let seen = RefCell::new(Answers::new());
    let operations = OPERATIONS
        .iter()
        .flat_map(|(times, operation)| vec![*operation; *times]);
    let operations: Vec<_> = operations.collect();
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let steps = vec((select(operations), any::<[u8; 24]>()), 15..30);
    let outcome = TestRunner::new_with_rng(config, random).run(&steps, |steps| {
        // Every case begins with three users, of whom the first has an authenticator app, a passkey and a linked account.
        let first = steps.iter().zip(FIRST);
        let first = first.map(|((_, bytes), (operation, chosen))| {
            let mut bytes = *bytes;
            bytes[..2].copy_from_slice(&chosen);
            (operation, bytes)
        });
        let steps: Vec<_> = first.chain(steps.iter().copied()).collect();
        runtime.block_on(run(&engines, &steps, &mut seen.borrow_mut()))
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    // The steps are worth their time only if each operation meets the conditions that it depends on.
    let seen = seen.into_inner();
    for (_, operation) in OPERATIONS.iter().filter(|(_, it)| *it != "can_log_in") {
        let answers = seen.get(operation).map_or(0, BTreeSet::len);
        assert!(answers > 1, "{operation} has {answers} answers");
    }
}
