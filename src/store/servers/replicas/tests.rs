use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tokio::net::TcpListener;
use tracing::{Event, Subscriber, field::Field, subscriber::DefaultGuard};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

use super::*;
use crate::{
    config::{Config, FlagSettings, SettingSources},
    store::servers::{Servers, freshness::Position, probe_answer::ProbeAnswer},
};

const PRIMARY: ServerRole = ServerRole::Primary;
const REPLICA: ServerRole = ServerRole::Replica;

/// The state of a server: its role, timeline and position.
type State = Option<(ServerRole, u32, Position)>;

/// Servers that are candidates and replicas alike, with the answers that a test gives in their place.
struct Cluster(PostgresServers);

impl Cluster {
    fn new(hosts: &str, settings: &str) -> Self {
        let replicas = hosts.split(',');
        let replicas: Vec<_> = replicas
            .map(|host| format!("'postgres://{host}/signet'"))
            .collect();
        let replicas = replicas.join(", ");
        let text = format!(
            "database.url = 'postgres://{hosts}/signet'\ndatabase.replicas = [{replicas}]\n{settings}"
        );
        let sources = SettingSources::new(("signet.toml", &text), [], FlagSettings::default());
        let config = Config::load(sources.unwrap()).unwrap();
        let store = Store::new(&config.database).unwrap();
        let Engine::Postgres(servers) = store.engine else {
            panic!("{hosts} are of PostgreSQL");
        };
        Self(servers)
    }

    /// Lets time pass, and then answers a round of probes.
    async fn after<const N: usize>(&mut self, seconds: u64, states: [State; N]) -> Vec<&str> {
        let shared = Arc::get_mut(&mut self.0.shared).unwrap();
        shared.started -= Duration::from_secs(seconds);
        let answers = || {
            let answers = states.iter().map(|state| {
                state.map(|(role, timeline, position)| ProbeAnswer {
                    role,
                    position: Some(position),
                    timeline: Some(timeline),
                    cluster: String::new(),
                })
            });
            answers.collect()
        };
        for server in &self.0.shared.servers {
            server.has_schema.store(true, Ordering::Relaxed);
        }
        self.0.shared.observe(answers(), answers()).await;
        self.fresh()
    }

    fn fresh(&self) -> Vec<&str> {
        let shared = &self.0.shared;
        let servers = shared.servers.iter();
        let fresh = servers.filter(|it| it.is_replica && it.may_serve() && shared.is_fresh(it));
        fresh.map(|server| server.name.as_str()).collect()
    }
}

/// The messages that are logged.
#[derive(Debug, Clone, Default)]
struct Messages(Arc<Mutex<Vec<String>>>);

impl Messages {
    /// Collects messages on this thread until the guard is dropped.
    fn collect(&self) -> DefaultGuard {
        tracing::subscriber::set_default(registry().with(self.clone()))
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<S: Subscriber> Layer<S> for Messages {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut |field: &Field, value: &dyn Debug| {
            if field.name() == "message" {
                self.0.lock().unwrap().push(format!("{value:?}"));
            }
        });
    }
}

#[tokio::test]
async fn server_of_both_settings_is_logged_once() {
    let mut cluster = Cluster::new("127.0.0.1:1,127.0.0.1:2", "");
    let messages = Messages::default();
    let _guard = messages.collect();
    let both = [Some((PRIMARY, 1, 100)), Some((REPLICA, 1, 100))];
    cluster.after(20, both).await;
    assert_eq!(messages.take(), [""; 0]);
    cluster.after(1, [Some((PRIMARY, 1, 100)), None]).await;
    assert_eq!(messages.take(), ["a database server does not answer"]);
    cluster.after(1, both).await;
    assert_eq!(messages.take(), ["a database server changed its role"]);
    // An operation can find the role between two probes.
    cluster.after(1, [None, None]).await;
    messages.take();
    cluster.0.shared.servers[0].role.replace(PRIMARY);
    cluster.after(1, [None, None]).await;
    assert_eq!(messages.take(), ["a database server does not answer"]);
    cluster.after(1, both).await;
    messages.take();
    let fork = [Some((PRIMARY, 1, 100)), Some((PRIMARY, 2, 110))];
    cluster.after(1, fork).await;
    let logged = messages.take();
    let count = |start: &str| logged.iter().filter(|it| it.starts_with(start)).count();
    assert_eq!(count("a database server changed its role"), 2, "{logged:?}");
    assert_eq!(
        count("a server accepts writes on an earlier"),
        1,
        "{logged:?}"
    );
}

#[tokio::test]
async fn replicas_go_on_confirming_until_they_follow_a_new_primary() {
    let mut cluster = Cluster::new("127.0.0.1:1,127.0.0.1:2,127.0.0.1:3", "");
    let before = [
        Some((PRIMARY, 1, 100)),
        Some((REPLICA, 1, 100)),
        Some((REPLICA, 1, 100)),
    ];
    assert_eq!(
        cluster.after(20, before).await,
        ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]
    );
    let lost = [None, Some((REPLICA, 1, 100)), Some((REPLICA, 1, 100))];
    for seconds in [1, 14] {
        assert_eq!(
            cluster.after(seconds, lost).await,
            ["127.0.0.1:2", "127.0.0.1:3"]
        );
    }
    // The promotion comes later than `max_lag` after the loss.
    let promoted = [None, Some((PRIMARY, 2, 110)), Some((REPLICA, 1, 100))];
    for seconds in [1, 5, 4] {
        let fresh = cluster.after(seconds, promoted).await;
        assert_eq!(fresh, ["127.0.0.1:2", "127.0.0.1:3"], "{seconds} s later");
    }
    assert_eq!(cluster.after(2, promoted).await, ["127.0.0.1:2"]);
    let followed = [
        Some((REPLICA, 2, 110)),
        Some((PRIMARY, 2, 110)),
        Some((REPLICA, 2, 110)),
    ];
    assert_eq!(
        cluster.after(1, followed).await,
        ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]
    );
}

#[tokio::test]
async fn replicas_of_a_former_primary_that_writes_confirm_nothing() {
    let mut cluster = Cluster::new("127.0.0.1:1,127.0.0.1:2,127.0.0.1:3", "");
    let before = [
        Some((PRIMARY, 1, 100)),
        Some((REPLICA, 1, 100)),
        Some((REPLICA, 1, 100)),
    ];
    cluster.after(20, before).await;
    let lost = [None, Some((REPLICA, 1, 100)), Some((REPLICA, 1, 100))];
    cluster.after(1, lost).await;
    let both = [
        Some((PRIMARY, 1, 120)),
        Some((PRIMARY, 2, 110)),
        Some((REPLICA, 1, 100)),
    ];
    assert_eq!(cluster.after(1, both).await, ["127.0.0.1:2"]);
    let roles = cluster.0.shared.status().servers;
    let roles: Vec<_> = roles.into_iter().map(|server| server.role).collect();
    assert_eq!(roles, [ServerRole::Unreachable, PRIMARY, REPLICA]);
    // The present primary misses a probe. The former one stays deposed, for sessions as well.
    let missed = [Some((PRIMARY, 1, 130)), None, Some((REPLICA, 1, 125))];
    assert_eq!(cluster.after(1, missed).await, [""; 0]);
    let shared = &cluster.0.shared;
    assert!(shared.primary_lost.load(Ordering::Relaxed));
    assert_eq!(shared.promotions.load(Ordering::Relaxed), 1);
    let deposed = shared
        .servers
        .iter()
        .map(|it| it.is_deposed.load(Ordering::Relaxed));
    assert_eq!(
        deposed.collect::<Vec<_>>(),
        [true, false, false, true, false, false]
    );
}

#[tokio::test]
async fn replicas_confirm_nothing_after_a_loss_without_grace() {
    let mut cluster = Cluster::new("127.0.0.1:1,127.0.0.1:2", "database.orphan_grace = '0s'");
    let before = [Some((PRIMARY, 1, 100)), Some((REPLICA, 1, 100))];
    assert_eq!(
        cluster.after(20, before).await,
        ["127.0.0.1:1", "127.0.0.1:2"]
    );
    let lost = [None, Some((REPLICA, 1, 100))];
    assert_eq!(cluster.after(15, lost).await, [""; 0]);
    let back = [Some((PRIMARY, 1, 101)), Some((REPLICA, 1, 100))];
    assert_eq!(cluster.after(1, back).await, ["127.0.0.1:1"]);
}

#[tokio::test]
async fn read_moves_to_another_replica_if_the_nearest_accepts_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = listener.local_addr().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nearest = closed.local_addr().unwrap();
    drop(closed);
    let mut cluster = Cluster::new(&format!("{other},{nearest}"), "database.timeout = '2s'");
    let both = [Some((PRIMARY, 1, 100)), Some((REPLICA, 1, 100))];
    cluster.after(20, both).await;
    let [.., far, near] = cluster.0.shared.servers.as_slice() else {
        panic!("there are two replicas");
    };
    far.round_trip.store(900, Ordering::Relaxed);
    near.round_trip.store(100, Ordering::Relaxed);
    let replica = cluster.0.shared.nearest_fresh_replica(None);
    assert_eq!(replica, Some(3));

    let mut reader = cluster.0.clone();
    reader.replica = replica;
    let (acquired, asked) = tokio::join!(reader.acquire(), async {
        // The connection ends before the server answers.
        listener.accept().await.is_ok()
    });
    assert!(acquired.is_err() && asked);
    assert_eq!(near.role.get(), ServerRole::Unknown);
    assert_eq!(cluster.0.shared.nearest_fresh_replica(None), Some(2));
}
