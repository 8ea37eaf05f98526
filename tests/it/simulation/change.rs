//! Changes of a row, which clients repeat until they know the outcome.

use futures_util::future::join_all;
use tokio::time::sleep;

use super::{
    faults,
    person::{Person, Row},
    request::{ClientRequest, Exchange},
    transcript::Event,
    world::{SETTLED, World},
};

/// A change of one row.
pub(super) struct Change<'a> {
    /// The person who sends the requests.
    pub(super) sender: &'a Person,
    /// The person whose row changes.
    pub(super) owner: &'a Person,
    pub(super) request: &'a ClientRequest,
    /// The number of requests at the same time.
    pub(super) copies: usize,
    /// The request succeeds once at all nodes together, however often it is sent.
    pub(super) is_once: bool,
    /// Compares the row before the change with the present one.
    pub(super) is_done: &'a dyn Fn(Option<&Row>, &Row) -> bool,
}

/// The outcome of a change.
pub(super) struct Changed {
    /// The row after the change, if it took place.
    pub(super) row: Option<Row>,
    /// The answer that acknowledges the change. Without one, the client knows nothing.
    pub(super) exchange: Option<Exchange>,
}

/// The acknowledged row before a change.
struct Before {
    row: Option<Row>,
    losses: u64,
}

impl Before {
    fn of(owner: &Person) -> Self {
        Self {
            row: owner.acknowledged(),
            losses: owner.losses(),
        }
    }

    /// Returns whether a promotion has lost changes of the row since then.
    fn is_lost(&self, owner: &Person) -> bool {
        owner.losses() != self.losses
    }
}

impl<'a> Change<'a> {
    /// A request of a person that replaces the own session epoch.
    pub(super) fn of_epoch(person: &'a Person, request: &'a ClientRequest) -> Self {
        Self {
            sender: person,
            owner: person,
            request,
            copies: 1,
            is_once: false,
            is_done: &epoch_is_new,
        }
    }

    /// Sends the requests until the change has taken place, or some attempts have failed.
    pub(super) async fn make(self, world: &World) -> Changed {
        let owner = self.owner;
        owner.is_changing.set(true);
        let mut before = Before::of(owner);
        faults::inject_at_change(world);
        let (mut acknowledged, mut successes) = (None, 0);
        let mut attempts_left = 4;
        while attempts_left > 0 {
            attempts_left -= 1;
            let exchanges = (0..self.copies).map(|_| self.attempt(world, &before));
            let exchanges = join_all(exchanges).await;
            if exchanges.iter().any(|exchange| exchange.status() == 0) {
                sleep(SETTLED).await;
            }
            if before.is_lost(owner) {
                (before, acknowledged, successes) = (Before::of(owner), None, 0);
                world.pause(1, 20).await;
                continue;
            }
            let is_done = self.is_done(world, &before);
            for exchange in exchanges {
                if exchange.success().is_some() {
                    successes += 1;
                    acknowledged = Some(exchange);
                } else if !is_done && !matches!(exchange.status(), 0 | 503) {
                    if exchange.is_good && !self.may_be_refused() {
                        exchange.fail("a good request was refused");
                    }
                    attempts_left = 0;
                }
            }
            assert!(
                !self.is_once || successes < 2,
                "{} works twice",
                self.request.title
            );
            if self.is_done(world, &before) {
                // Links are opened once more, later or in another place.
                let again = self.is_once && attempts_left > 0 && world.chance.hits(400);
                attempts_left = usize::from(again);
                if !self.is_once {
                    break;
                }
            }
            world.pause(1, 20).await;
        }
        if before.is_lost(owner) {
            (before, acknowledged) = (Before::of(owner), None);
        }
        let now = world.row(owner);
        let is_done = self.is_done(world, &before);
        assert!(
            is_done || now == before.row,
            "the row of {} has changed",
            owner.name
        );
        if before.row.is_some() && acknowledged.is_some() {
            world.count(Event::Change);
        }
        owner.acknowledge(now.clone());
        owner.is_changing.set(false);
        Changed {
            row: now.filter(|_| is_done),
            exchange: acknowledged,
        }
    }

    async fn attempt(&self, world: &World, before: &Before) -> Exchange {
        let exchange = world.send(self.sender, self.request).await;
        let is_kept = self.is_done(world, before) || before.is_lost(self.owner);
        if exchange.success().is_some() && !is_kept {
            exchange.fail("the service acknowledges a change that it has not kept");
        }
        exchange
    }

    /// Returns whether the service may refuse the request, because it depends on changes that a promotion has lost.
    fn may_be_refused(&self) -> bool {
        self.owner.has_lost_changes() || self.sender.has_lost_changes()
    }

    fn is_done(&self, world: &World, before: &Before) -> bool {
        let now = world.row(self.owner);
        now.is_some_and(|now| (self.is_done)(before.row.as_ref(), &now))
    }
}

/// The session epoch was replaced, which ends every session.
pub(super) fn epoch_is_new(before: Option<&Row>, now: &Row) -> bool {
    before.is_some_and(|before| before.epoch != now.epoch)
}
