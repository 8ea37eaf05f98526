//! How many are connected at once, and how many of them from one network.

use std::collections::HashMap;

use tokio::{
    sync::watch,
    task::{Id, JoinSet},
};

use crate::network::Network;

/// The connections there are.
///
/// Beyond the cap nobody is accepted: new ones wait in the backlog until somebody leaves. One
/// network has at most half of the places, unless it may be a proxy.
#[derive(Debug)]
pub(super) struct ConnectionLimiter {
    most: usize,
    conversations: JoinSet<()>,
    networks: HashMap<Id, Network>,
    of_network: HashMap<Network, usize>,
    pressed: watch::Sender<bool>,
}

impl ConnectionLimiter {
    pub(super) fn with_limit(most: usize) -> Self {
        Self {
            most,
            conversations: JoinSet::new(),
            networks: HashMap::new(),
            of_network: HashMap::new(),
            pressed: watch::Sender::new(false),
        }
    }

    /// Whether places run out, so that nobody keeps one without using it.
    pub(super) fn pressed(&self) -> watch::Receiver<bool> {
        self.pressed.subscribe()
    }

    pub(super) fn len(&self) -> usize {
        self.conversations.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.most
    }

    /// Whether there is a place for somebody from there.
    pub(super) fn admits(&self, network: Network) -> bool {
        let taken = self.of_network.get(&network).copied().unwrap_or_default();
        network.may_be_shared() || taken < self.most.div_ceil(2)
    }

    /// Takes a place until the conversation ends.
    pub(super) fn join(
        &mut self,
        network: Network,
        conversation: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.conversations.spawn(conversation).id();
        self.networks.insert(id, network);
        *self.of_network.entry(network).or_default() += 1;
        if self.len() > self.most / 4 * 3 && !self.pressed.send_replace(true) {
            tracing::warn!(
                connections = self.len(),
                "more than three quarters of the allowed connections \
                                                      are in use"
            );
        }
    }

    /// Waits until a conversation has ended, whichever. `None` where there is none.
    pub(super) async fn left(&mut self) -> Option<()> {
        let id = match self.conversations.join_next_with_id().await? {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!("a connection panicked");
                error.id()
            }
        };
        let network = self.networks.remove(&id)?;
        if let Some(taken) = self.of_network.get_mut(&network) {
            *taken -= 1;
            if *taken == 0 {
                self.of_network.remove(&network);
            }
        }
        if self.len() <= self.most / 2 {
            self.pressed.send_if_modified(std::mem::take);
        }
        Some(())
    }

    /// Waits until everybody has left.
    pub(super) async fn all_left(&mut self) {
        while self.left().await.is_some() {}
    }

    /// Cuts everybody off.
    pub(super) async fn shutdown(mut self) {
        self.conversations.shutdown().await;
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
    async fn one_network_has_half_of_the_places_and_a_proxy_all() {
        let (one, other) = (network("192.0.2.1"), network("2001:db8::1"));
        let proxy = network("10.0.0.1");
        let mut limiter = ConnectionLimiter::with_limit(4);
        for _ in 0..2 {
            assert!(limiter.admits(one));
            limiter.join(one, pending());
        }
        assert!(!limiter.admits(one));
        assert!(limiter.admits(other) && limiter.admits(proxy));

        let mut limiter = ConnectionLimiter::with_limit(4);
        for _ in 0..4 {
            assert!(limiter.admits(proxy) && !limiter.is_full());
            limiter.join(proxy, pending());
        }
        assert!(limiter.is_full());
    }

    #[tokio::test]
    async fn places_are_given_back_also_by_a_panic() {
        let one = network("192.0.2.1");
        let mut limiter = ConnectionLimiter::with_limit(4);
        let pressed = limiter.pressed();
        for _ in 0..10 {
            limiter.join(one, async { panic!("a bug") });
            limiter.join(one, ready(()));
            limiter.join(one, ready(()));
            assert!(!limiter.admits(one));
            assert!(!*pressed.borrow());
            limiter.join(one, ready(()));
            assert!(limiter.is_full() && *pressed.borrow());
            limiter.left().await;
            assert!(!limiter.is_full() && *pressed.borrow());
            limiter.all_left().await;
            assert!(limiter.admits(one) && !*pressed.borrow());
            assert_eq!((limiter.networks.len(), limiter.of_network.len()), (0, 0));
        }
    }
}
