//! A world: nodes, people and what is known about them.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use signet::{
    identity::{Epoch, UserId},
    keyring::CheckedTime,
    mail::Outbox,
    store::simulated::{SimulatedDatabase, SimulatedSettings, SimulatedTables},
};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{
    chance::Chance,
    clock::beginning,
    keys::CommonFolder,
    minted::MintedTokens,
    node::{Node, SHARED, Surroundings},
    person::{Person, Row},
    request::{ClientRequest, Exchange},
    transcript::{Event, Transcript},
};
use crate::support::answer::Answer;

/// The time after which a request that was abandoned has no effect any more.
pub(super) const SETTLED: Duration = Duration::from_secs(40);

pub(super) struct World {
    pub(super) chance: Chance,
    pub(super) origin: Instant,
    transcript: Rc<Transcript>,
    pub(super) database: SimulatedDatabase,
    pub(super) settings: SimulatedSettings,
    pub(super) keys: CommonFolder,
    pub(super) nodes: Vec<Rc<Node>>,
    pub(super) outbox: Outbox,
    pub(super) people: Vec<Rc<Person>>,
    pub(super) minted: MintedTokens,
    /// The present epoch of each user.
    epochs: RefCell<BTreeMap<UserId, Epoch>>,
    /// The time since which each epoch is replaced.
    replaced: RefCell<Vec<(UserId, Epoch, Instant)>>,
    /// Promotions lose commits.
    pub(super) loses_commits: bool,
    /// Notified when a server is to be promoted.
    pub(super) promotion: Notify,
    /// The number of promotions.
    pub(super) promotions: Cell<u64>,
    /// Requests and clients fail no more: the last checks are made.
    pub(super) is_calm: Cell<bool>,
}

impl World {
    pub(super) fn new(seed: u64, transcript: Rc<Transcript>) -> Rc<Self> {
        let chance = Chance::new(seed, "world");
        let origin = Instant::now();
        let database = SimulatedDatabase::default();
        let outbox = Outbox::default();
        let entropy = Chance::new(seed, "keys").entropy();
        let keys = CommonFolder::new(&SHARED.config, &chance, entropy);
        let settings = SimulatedSettings {
            timeout: SHARED.config.database.timeout,
            max_lag: Duration::from_secs(10),
            orphan_grace: [
                Duration::ZERO,
                Duration::from_mins(2),
                Duration::from_mins(6),
            ][chance.index(3)],
        };
        let surroundings = Surroundings {
            seed,
            database: &database,
            keys: &keys,
            outbox: &outbox,
        };
        let nodes = 2 + [0, 0, 0, 0, 1, 1, 2, 3][chance.index(8)];
        let nodes = (0..nodes).map(|number| Node::start(number, &surroundings, settings));
        let nodes = nodes.collect();
        let people = [1, 1, 2, 2, 3][chance.index(5)];
        let people = (0..people).map(|number| Rc::new(Person::new(number)));
        let world = Self {
            origin,
            transcript,
            settings,
            nodes,
            people: people.collect(),
            minted: MintedTokens::default(),
            epochs: RefCell::default(),
            replaced: RefCell::default(),
            loses_commits: Chance::new(seed, "promotions").hits(300),
            promotion: Notify::new(),
            promotions: Cell::default(),
            is_calm: Cell::new(false),
            chance,
            database,
            keys,
            outbox,
        };
        for node in &world.nodes {
            world.note(format!("node {} is at {}", node.number, node.clock.now()));
        }
        Rc::new(world)
    }

    /// Lets all people act out their stories, and checks what is left at the end.
    pub(super) async fn run(self: Rc<Self>) {
        let mut background = JoinSet::new();
        for node in &self.nodes {
            background.spawn_local(follow_keys(self.clone(), node.clone()));
        }
        background.spawn_local(rotate_keys(self.clone()));
        background.spawn_local(super::faults::inject(self.clone()));
        background.spawn_local(super::promotion::promote_servers(self.clone()));
        let mut lives = JoinSet::new();
        for person in &self.people {
            lives.spawn_local(super::stories::live(self.clone(), person.clone()));
        }
        let foreground = async {
            join(&mut lives).await;
            super::last_checks::check(&self).await;
        };
        // A panic in the background ends the world as well.
        tokio::select! {
            biased;
            () = foreground => {}
            () = join(&mut background) => {}
        }
    }

    pub(super) fn note(&self, event: impl std::fmt::Display) {
        self.transcript.note(self.origin, event);
    }

    /// Notes and counts a fault.
    pub(super) fn note_fault(&self, fault: impl std::fmt::Display) {
        self.note(fault);
        self.count(Event::Fault);
    }

    pub(super) fn count(&self, event: Event) {
        self.transcript.count(event);
    }

    /// The true time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let elapsed = i64::try_from(self.origin.elapsed().as_millis()).unwrap();
        beginning() + TimeDelta::milliseconds(elapsed)
    }

    pub(super) fn any_node(&self) -> &Rc<Node> {
        &self.nodes[self.chance.index(self.nodes.len())]
    }

    pub(super) fn admin(&self) -> Option<&Rc<Person>> {
        self.people.iter().find(|person| person.is_admin.get())
    }

    /// Waits for some seconds, as people do.
    pub(super) async fn pause(&self, from: u64, to: u64) {
        sleep(self.chance.seconds(from, to)).await;
    }

    /// Sends a request to a node once, and checks the world after its answer.
    pub(super) async fn send_to(
        &self,
        node: &Rc<Node>,
        person: &Person,
        request: &ClientRequest,
    ) -> Exchange {
        self.check_rows();
        let built = request.build();
        let (sent, clock, process) = (Instant::now(), node.clock.now(), node.process());
        let whole = async {
            let response = node.send(built, person.peer).await?;
            Some(Answer::read(response, true).await)
        };
        // Now and then a client loses its connection.
        let is_lost = !self.is_calm.get() && self.chance.hits(40);
        let answer = if is_lost {
            let moment = self.chance.millis(0, 150);
            timeout(moment, whole).await.ok().flatten()
        } else {
            whole.await
        };
        let exchange = Exchange {
            node: node.clone(),
            process,
            sent,
            clock,
            client: request.client.clone(),
            is_good: request.good_until.is_none_or(|until| sent < until),
            answer,
        };
        self.note(format_args!(
            "{}: {} at node {}: {}",
            person.name,
            request.title,
            node.number,
            exchange.summary()
        ));
        self.check_rows();
        if self.chance.hits(300) {
            self.minted.check_one(self);
        }
        exchange
    }

    /// Sends a request to any node once.
    pub(super) async fn send(&self, person: &Person, request: &ClientRequest) -> Exchange {
        self.send_to(self.any_node(), person, request).await
    }

    /// Repeats a request that changes nothing until it is answered with something else than 503, as a good client does.
    /// `None` if this takes too long.
    pub(super) async fn send_until_answered(
        &self,
        person: &Person,
        request: &ClientRequest,
    ) -> Option<Exchange> {
        for _ in 0..8 {
            let exchange = self.send(person, request).await;
            if !matches!(exchange.status(), 0 | 503) {
                return Some(exchange);
            }
            self.pause(1, 20).await;
        }
        None
    }

    /// Returns the time for which the node of an answer may confirm what was replaced.
    pub(super) fn bound(&self, exchange: &Exchange) -> Duration {
        let lost = exchange.node.network.was_lost_since(exchange.sent);
        self.settings.max_lag
            + if lost {
                self.settings.orphan_grace
            } else {
                Duration::ZERO
            }
    }

    /// Notes which epochs were replaced, and checks that no row has changed unless its user asked for it.
    pub(super) fn check_rows(&self) {
        let committed = self.database.committed();
        for user in committed.users.values() {
            let before = self.epochs.borrow_mut().insert(user.id, user.session_epoch);
            if let Some(before) = before
                && before != user.session_epoch
            {
                let mut replaced = self.replaced.borrow_mut();
                replaced.push((user.id, before, Instant::now()));
            }
        }
        for person in &self.people {
            person.check_row(&committed);
        }
    }

    /// Notes that the epochs of lost changes are replaced by those before them, which live again.
    pub(super) fn restore_epochs(&self, lost: &SimulatedTables, kept: &SimulatedTables) {
        let mut replaced = self.replaced.borrow_mut();
        for user in lost.users.values() {
            let (id, ended) = (user.id, user.session_epoch);
            let revived = kept.users.get(&id).map(|user| user.session_epoch);
            if revived == Some(ended) {
                continue;
            }
            replaced.retain(|it| Some(it.1) != revived || it.0 != id);
            replaced.push((id, ended, Instant::now()));
            self.epochs.borrow_mut().extend(revived.map(|it| (id, it)));
        }
    }

    /// Returns the row of a person.
    pub(super) fn row(&self, person: &Person) -> Option<Row> {
        person.row(&self.database.committed())
    }

    /// Returns the time since which an epoch is replaced. It is noted before and after each request, so it is late by one
    /// request at most.
    pub(super) fn replaced_at(&self, user: UserId, epoch: Epoch) -> Option<Instant> {
        let replaced = self.replaced.borrow();
        let found = replaced.iter().find(|it| (it.0, it.1) == (user, epoch));
        found.map(|it| it.2)
    }
}

/// Waits for all tasks, and continues the panic of one.
async fn join(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

/// Copies the keys to a node and lets its service read them, as often as it does.
async fn follow_keys(world: Rc<World>, node: Rc<Node>) {
    let every = SHARED.config.keys.read_every.to_std().unwrap();
    sleep(world.chance.millis(0, 300_000)).await;
    loop {
        let changed = node.folder.update(&world.keys);
        if !changed.is_empty() {
            world.note(format!("node {} has new keys", node.number));
        }
        node.app().tokens.rotation().read(node.clock.now()).await;
        sleep(every).await;
    }
}

/// Rotates keys by the clock of any node, as a timer on each of them does.
async fn rotate_keys(world: Rc<World>) {
    loop {
        world.pause(60, 600).await;
        let now = world.any_node().clock.now();
        let time = CheckedTime::confirmed_by(now, world.now()).unwrap();
        let (written, removed) = world.keys.rotate(&SHARED.config, time);
        if written + removed > 0 {
            world.note(format!(
                "the operator writes {written} keys and removes {removed}"
            ));
        }
    }
}
