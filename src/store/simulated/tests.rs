//! Delays, faults and replicas. The clock of tokio is paused, so nothing waits.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::time::{Instant, advance};

use super::*;
use crate::{
    entropy::Entropy,
    identity::{Epoch, User, UserId},
    store::{CreateOutcome, Error, NewUser},
};

const CALM: OperationPlan = OperationPlan {
    before: Duration::ZERO,
    after: Duration::ZERO,
    fault: None,
};

/// A network with the course of the next operations. Further operations are calm.
#[derive(Debug, Default)]
struct ScriptedNetwork {
    plans: Mutex<VecDeque<OperationPlan>>,
    operations: Mutex<Vec<SimulatedOperation>>,
    lag: Mutex<Option<Duration>>,
    lost_for: Mutex<Option<Duration>>,
}

impl SimulatedNetwork for ScriptedNetwork {
    fn plan(&self, operation: SimulatedOperation) -> OperationPlan {
        self.operations.lock().unwrap().push(operation);
        let next = self.plans.lock().unwrap().pop_front();
        next.unwrap_or_default()
    }

    fn replica_lag(&self) -> Option<Duration> {
        *self.lag.lock().unwrap()
    }

    fn primary_lost_for(&self) -> Option<Duration> {
        *self.lost_for.lock().unwrap()
    }
}

/// A node and a stored user.
struct Node {
    network: Arc<ScriptedNetwork>,
    database: SimulatedDatabase,
    store: Store,
    user: User,
}

impl Node {
    async fn with_user() -> Self {
        let network = Arc::new(ScriptedNetwork::default());
        let settings = SimulatedSettings {
            timeout: seconds(5),
            max_lag: seconds(10),
            orphan_grace: seconds(900),
        };
        let database = SimulatedDatabase::default();
        let store = Store::simulated(&database, network.clone(), settings);
        let entropy = Entropy::system();
        let id = UserId::new(now(), &entropy).unwrap();
        let user = User::new(
            id,
            "ada@example.com".parse().unwrap(),
            None,
            now(),
            &entropy,
        );
        let user = user.unwrap();
        let new = NewUser {
            user: user.clone(),
            accounts: vec![],
            password: None,
        };
        let created = store.create_user(&new).await.unwrap();
        assert_eq!(created, CreateOutcome::Created);
        Self {
            network,
            database,
            store,
            user,
        }
    }

    fn plan(&self, plan: OperationPlan) {
        self.network.plans.lock().unwrap().push_back(plan);
    }

    fn replica_lags(&self, lag: Option<u64>) {
        *self.network.lag.lock().unwrap() = lag.map(seconds);
    }

    async fn replace_epoch(&self, epoch: Epoch) -> Result<bool, Error> {
        self.store.replace_epoch(self.user.id, epoch, now()).await
    }

    async fn epoch(&self) -> Epoch {
        epoch_in(&self.store, self.user.id).await
    }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn fresh() -> Epoch {
    Epoch::fresh(&Entropy::system()).unwrap()
}

async fn epoch_in(store: &Store, id: UserId) -> Epoch {
    store.user(id).await.unwrap().unwrap().session_epoch
}

#[tokio::test(start_paused = true)]
async fn broken_connection_hides_the_effect_or_prevents_it() {
    for (fault, takes_effect) in [
        (SimulatedFault::BeforeEffect, false),
        (SimulatedFault::AfterEffect, true),
    ] {
        let node = Node::with_user().await;
        let epoch = fresh();
        node.plan(OperationPlan {
            fault: Some(fault),
            ..CALM
        });
        let failed = node.replace_epoch(epoch).await;
        assert!(matches!(failed, Err(Error::Database(sqlx::Error::Io(_)))));
        assert_eq!(node.epoch().await == epoch, takes_effect, "{fault:?}");
        assert_eq!(node.store.errors().failed, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn operation_ends_at_the_time_limit_before_its_effect_or_after_it() {
    for (before, after, takes_effect) in [(6, 0, false), (1, 6, true)] {
        let node = Node::with_user().await;
        let epoch = fresh();
        let started = Instant::now();
        node.plan(OperationPlan {
            before: seconds(before),
            after: seconds(after),
            fault: None,
        });
        let failed = node.replace_epoch(epoch).await;
        assert!(matches!(failed, Err(Error::TimedOut)));
        assert_eq!(started.elapsed(), seconds(5));
        assert_eq!(node.epoch().await == epoch, takes_effect, "{before}");
        assert_eq!(node.store.errors().timed_out, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn operations_take_effect_in_the_order_of_their_delays() {
    let node = Node::with_user().await;
    for before in [3, 1] {
        node.plan(OperationPlan {
            before: seconds(before),
            ..CALM
        });
    }
    let (first, second) = (fresh(), fresh());
    let (one, other) = tokio::join!(node.replace_epoch(first), node.replace_epoch(second));
    assert!(one.unwrap() && other.unwrap());
    assert_eq!(node.epoch().await, first);
}

#[tokio::test(start_paused = true)]
async fn replica_has_the_state_of_an_earlier_moment() {
    let node = Node::with_user().await;
    assert!(node.store.fresh_replica().is_none());
    advance(seconds(20)).await;
    node.replica_lags(Some(3));
    let epoch = fresh();
    node.replace_epoch(epoch).await.unwrap();
    advance(seconds(2)).await;

    let replica = node.store.fresh_replica().unwrap();
    assert_eq!(
        epoch_in(&replica, node.user.id).await,
        node.user.session_epoch
    );
    assert_eq!(
        node.network.operations.lock().unwrap().last(),
        Some(&SimulatedOperation::Read(SimulatedServer::Replica))
    );
    // The replica has another epoch, so the primary decides.
    let found = node.store.user_of_epoch(node.user.id, epoch).await.unwrap();
    assert_eq!(found.unwrap().session_epoch, epoch);
    let confirmed = node
        .store
        .user_of_epoch(node.user.id, node.user.session_epoch);
    let confirmed = confirmed.await.unwrap().unwrap();
    assert_eq!(confirmed.session_epoch, node.user.session_epoch);

    advance(seconds(1)).await;
    assert_eq!(epoch_in(&replica, node.user.id).await, epoch);
    // A chosen replica does not return to an earlier state.
    let replica = node.store.fresh_replica().unwrap();
    node.replica_lags(Some(20));
    assert_eq!(epoch_in(&replica, node.user.id).await, epoch);
    node.replica_lags(None);
    assert!(replica.user(node.user.id).await.is_err());
    assert!(replica.delete_user(node.user.id).await.is_err());
    assert!(node.store.user(node.user.id).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn promotion_loses_the_last_changes_and_ends_operations_under_way() {
    let node = Node::with_user().await;
    let (kept, lost, late) = (fresh(), fresh(), fresh());
    advance(seconds(20)).await;
    node.replace_epoch(kept).await.unwrap();
    advance(seconds(2)).await;
    node.replace_epoch(lost).await.unwrap();
    node.replica_lags(Some(1));
    node.plan(OperationPlan {
        before: seconds(3),
        ..CALM
    });
    let promotion = async {
        advance(seconds(1)).await;
        node.database.promote(Instant::now() - seconds(2));
    };
    let (late, ()) = tokio::join!(node.replace_epoch(late), promotion);
    assert!(matches!(late, Err(Error::Database(sqlx::Error::Io(_)))));
    assert_eq!(node.epoch().await, kept);
    advance(seconds(5)).await;
    let replica = node.store.fresh_replica().unwrap();
    assert_eq!(epoch_in(&replica, node.user.id).await, kept);
    assert_eq!(node.store.replication().promotions, 1);
    assert_eq!(replica.replication().promotions, 1);

    let after = fresh();
    node.replace_epoch(after).await.unwrap();
    assert_eq!(node.epoch().await, after);
    *node.network.lost_for.lock().unwrap() = Some(seconds(7));
    assert_eq!(node.store.replication().orphaned, seconds(7));
}

#[tokio::test(start_paused = true)]
async fn replica_is_used_up_to_the_largest_lag_and_while_the_grace_lasts() {
    let node = Node::with_user().await;
    for (lag, lost_for, is_used) in [
        (10, None, true),
        (11, None, false),
        (110, Some(100), true),
        (111, Some(100), false),
        (900, Some(900), true),
        (901, Some(901), false),
    ] {
        node.replica_lags(Some(lag));
        *node.network.lost_for.lock().unwrap() = lost_for.map(seconds);
        let replica = node.store.fresh_replica();
        assert_eq!(replica.is_some(), is_used, "{lag} {lost_for:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn schema_is_current_and_statements_without_a_form_here_are_refused() {
    let node = Node::with_user().await;
    assert_eq!(node.store.migrate().await.unwrap(), 0);
    node.store.check_file().await.unwrap();
    node.store.check_database().await.unwrap();
    assert!(!node.store.is_embedded());
    let refused = node.store.exported_users(None, 1).await;
    assert!(matches!(refused, Err(Error::Unsuitable(_))));
    node.plan(OperationPlan {
        fault: Some(SimulatedFault::BeforeEffect),
        ..CALM
    });
    assert!(node.store.can_log_in().await.is_err());
    node.store.close().await;
}
