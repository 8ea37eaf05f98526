//! The connection limit: how many connections are open, in all and from one network.

use std::collections::HashMap;

use tokio::{
    sync::watch,
    task::{Id, JoinSet},
};

use crate::network::Network;

/// The open connections and their limit.
///
/// At the limit no connection is accepted: new ones wait in the backlog of the listener until another is
/// closed. One network may have at most half of the connections, unless it may be a proxy.
#[derive(Debug)]
pub(super) struct ConnectionLimiter {
    max: usize,
    tasks: JoinSet<()>,
    networks: HashMap<Id, Network>,
    per_network: HashMap<Network, usize>,
    nearly_full: watch::Sender<bool>,
}

impl ConnectionLimiter {
    pub(super) fn with_limit(max: usize) -> Self {
        Self {
            max,
            tasks: JoinSet::new(),
            networks: HashMap::new(),
            per_network: HashMap::new(),
            nearly_full: watch::Sender::new(false),
        }
    }

    /// Watches whether few connections are free, so that idle ones are closed sooner.
    pub(super) fn nearly_full(&self) -> watch::Receiver<bool> {
        self.nearly_full.subscribe()
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.max
    }

    /// Returns whether one more connection from this network is allowed.
    pub(super) fn admits(&self, network: Network) -> bool {
        let used = self.per_network.get(&network).copied().unwrap_or_default();
        network.may_be_shared() || used < self.max.div_ceil(2)
    }

    /// Spawns the task of a connection, which counts until the task ends.
    pub(super) fn spawn(
        &mut self,
        network: Network,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.tasks.spawn(task).id();
        self.networks.insert(id, network);
        *self.per_network.entry(network).or_default() += 1;
        if self.len() > self.max / 4 * 3 && !self.nearly_full.send_replace(true) {
            tracing::warn!(
                connections = self.len(),
                "more than three quarters of the allowed connections \
                                                      are in use"
            );
        }
    }

    /// Waits until any connection is closed. Returns `None` if there is no connection.
    pub(super) async fn next_closed(&mut self) -> Option<()> {
        let id = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!("a connection panicked");
                error.id()
            }
        };
        let network = self.networks.remove(&id)?;
        if let Some(used) = self.per_network.get_mut(&network) {
            *used -= 1;
            if *used == 0 {
                self.per_network.remove(&network);
            }
        }
        if self.len() <= self.max / 2 {
            self.nearly_full.send_if_modified(std::mem::take);
        }
        Some(())
    }

    /// Waits until every connection is closed.
    pub(super) async fn all_closed(&mut self) {
        while self.next_closed().await.is_some() {}
    }

    /// Aborts every connection.
    pub(super) async fn shutdown(mut self) {
        self.tasks.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn network(text: &str) -> Network {
        Network::of(text.parse().unwrap())
    }

    #[tokio::test]
    async fn one_network_gets_half_of_the_connections_and_a_proxy_gets_all() {
        let (one, other) = (network("192.0.2.1"), network("2001:db8::1"));
        let proxy = network("10.0.0.1");
        let mut limiter = ConnectionLimiter::with_limit(4);
        for _ in 0..2 {
            assert!(limiter.admits(one));
            limiter.spawn(one, pending());
        }
        assert!(!limiter.admits(one));
        assert!(limiter.admits(other) && limiter.admits(proxy));

        let mut limiter = ConnectionLimiter::with_limit(4);
        for _ in 0..4 {
            assert!(limiter.admits(proxy) && !limiter.is_full());
            limiter.spawn(proxy, pending());
        }
        assert!(limiter.is_full());
    }

    #[tokio::test]
    async fn closed_connections_are_released_even_after_a_panic() {
        let one = network("192.0.2.1");
        let mut limiter = ConnectionLimiter::with_limit(4);
        let nearly_full = limiter.nearly_full();
        for _ in 0..10 {
            limiter.spawn(one, async { panic!("a bug") });
            limiter.spawn(one, ready(()));
            limiter.spawn(one, ready(()));
            assert!(!limiter.admits(one));
            assert!(!*nearly_full.borrow());
            limiter.spawn(one, ready(()));
            assert!(limiter.is_full() && *nearly_full.borrow());
            limiter.next_closed().await;
            assert!(!limiter.is_full() && *nearly_full.borrow());
            limiter.all_closed().await;
            assert!(limiter.admits(one) && !*nearly_full.borrow());
            assert_eq!((limiter.networks.len(), limiter.per_network.len()), (0, 0));
        }
    }
}
