//! The nodes: services with a clock, a network and a key folder of their own.

use std::{cell::RefCell, net::SocketAddr, rc::Rc, sync::Arc, sync::LazyLock};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response},
};
use signet::{
    app::{App, Machine},
    blocking::Threads,
    config::{Config, FlagSettings, SettingSources},
    keyring::Keyring,
    locale::Translations,
    mail::{MailRenderer, Mailer, Outbox},
    pages, router,
    store::{
        Store,
        simulated::{SimulatedDatabase, SimulatedSettings},
    },
    templates::PageTemplates,
};
use tokio::sync::watch;
use tower::ServiceExt;

use super::{
    chance::Chance,
    clock::NodeClock,
    keys::{CommonFolder, NodeFolder},
    network::NodeNetwork,
};
use crate::support::hash_cost;

/// The issuer of every world.
pub(super) const ISSUER: &str = "https://auth.example.com";

const SETTINGS: &str = "
    issuer = 'https://auth.example.com'
    database.url = 'sqlite://signet.db'
    password.workers = 2
    admin.enabled = true
    limits.second_factor = '100/5m'
    keys.read_every = '5m'
    keys.publish_ahead = '15m'
    keys.rotate_after = '20m'
    keys.retire_after = '20m'
    [[clients]]
    client_id = 'app'
    algorithm = 'EdDSA'
    id_token_algorithm = 'EdDSA'
    redirect_uris = ['https://app.example.com/back']
    scopes = ['openid']
";

/// The parts that all nodes of all worlds share, because reading them takes longer than a world.
pub(super) struct SharedParts {
    pub(super) config: Config,
    templates: PageTemplates,
    mails: MailRenderer,
}

pub(super) static SHARED: LazyLock<SharedParts> = LazyLock::new(|| {
    let sources = SettingSources::new(("signet.toml", SETTINGS), [], FlagSettings::default());
    let mut config = Config::load(sources.unwrap()).unwrap_or_else(|faults| panic!("{faults}"));
    config.password.cost = hash_cost(8, 1);
    SharedParts {
        templates: pages::read_templates(&config).unwrap(),
        mails: MailRenderer::built_in(Translations::built_in()),
        config,
    }
});

/// A place at which a node runs.
pub(super) struct Node {
    seed: u64,
    pub(super) number: usize,
    pub(super) clock: Arc<NodeClock>,
    pub(super) network: Arc<NodeNetwork>,
    pub(super) folder: NodeFolder,
    outbox: Outbox,
    running: RefCell<Running>,
    /// The number of the process, which changes at a restart.
    process: watch::Sender<u64>,
}

/// The process of a node.
struct Running {
    app: App,
    router: Router,
}

/// The parts of the world that a node needs.
pub(super) struct Surroundings<'a> {
    pub(super) seed: u64,
    pub(super) database: &'a SimulatedDatabase,
    pub(super) keys: &'a CommonFolder,
    pub(super) outbox: &'a Outbox,
}

impl Node {
    pub(super) fn start(
        number: usize,
        world: &Surroundings<'_>,
        settings: SimulatedSettings,
    ) -> Rc<Self> {
        let seed = world.seed;
        let chance = Chance::new(seed, &format!("node {number}"));
        let clock = NodeClock::new(tokio::time::Instant::now(), &chance);
        let network = Arc::new(NodeNetwork::new(seed, number));
        let store = Store::simulated(world.database, network.clone(), settings);
        let folder = NodeFolder::new(world.keys, &chance);
        let running = Running::start(
            (seed, number, 0),
            (&clock, &folder),
            store,
            world.outbox.clone(),
        );
        Rc::new(Self {
            seed,
            number,
            clock,
            network,
            folder,
            outbox: world.outbox.clone(),
            running: RefCell::new(running),
            process: watch::Sender::new(0),
        })
    }

    /// Ends the process and starts another one, which has forgotten used marks and limits. Requests in flight get no
    /// answer.
    pub(super) fn restart(&self) {
        let store = self.app().store.clone();
        let process = *self.process.borrow() + 1;
        let number = (self.seed, self.number, process);
        let started = Running::start(
            number,
            (&self.clock, &self.folder),
            store,
            self.outbox.clone(),
        );
        *self.running.borrow_mut() = started;
        self.process.send_replace(process);
    }

    /// The number of the process.
    pub(super) fn process(&self) -> u64 {
        *self.process.borrow()
    }

    pub(super) fn app(&self) -> App {
        self.running.borrow().app.clone()
    }

    /// Sends a request. `None` if the process ends before its answer.
    pub(super) async fn send(
        &self,
        mut request: Request<Body>,
        peer: SocketAddr,
    ) -> Option<Response<Body>> {
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut process = self.process.subscribe();
        let router = self.running.borrow().router.clone();
        tokio::select! {
            biased;
            _ = process.changed() => None,
            response = router.oneshot(request) => Some(response.unwrap()),
        }
    }
}

impl Running {
    fn start(
        (seed, number, process): (u64, usize, u64),
        (clock, folder): (&Arc<NodeClock>, &NodeFolder),
        store: Store,
        outbox: Outbox,
    ) -> Self {
        let shared = &*SHARED;
        let mut config = shared.config.clone();
        let path = folder.folder.path();
        path.clone_into(&mut config.keys.folder);
        let leeway = config.tokens.leeway;
        let (keyring, _) =
            Keyring::load(&config.keys, &config.issuer, leeway, clock.now()).unwrap();
        let machine = Machine {
            clock: clock.handle(),
            entropy: Chance::new(seed, &format!("entropy {number} {process}")).entropy(),
            threads: Threads::Caller,
        };
        let mailer = Mailer::outbox(shared.mails.clone(), outbox);
        let templates = shared.templates.clone();
        let app = App::new(config, machine, store, keyring, mailer, templates).unwrap();
        Self {
            router: router::router(app.clone()),
            app,
        }
    }
}
