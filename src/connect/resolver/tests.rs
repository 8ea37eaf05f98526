//! Look-ups that hang until a test lets them go.

use std::sync::{
    Condvar,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;

use super::*;

/// Look-ups that wait for a signal.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
    waiting: AtomicUsize,
    started: AtomicUsize,
}

impl Gate {
    fn resolver(self: &Arc<Self>) -> Resolver {
        let gate = self.clone();
        Resolver::by(move |name| {
            gate.started.fetch_add(1, Ordering::SeqCst);
            gate.waiting.fetch_add(1, Ordering::SeqCst);
            let is_open = gate.is_open.lock().unwrap();
            drop(
                gate.opened
                    .wait_while(is_open, |is_open| !*is_open)
                    .unwrap(),
            );
            gate.waiting.fetch_sub(1, Ordering::SeqCst);
            match name {
                "unknown.example" => Err(io::Error::other("Name or service not known")),
                "panic.example" => panic!("as a test wants it"),
                _ => Ok(vec![[192, 0, 2, 1].into()]),
            }
        })
    }

    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_however_many_wait() {
    let gate = Arc::new(Gate::default());
    let resolver = gate.resolver();
    let waiting = (0..64).map(|_| resolver.addresses("id.example"));
    let (found, ()) = tokio::join!(join_all(waiting), async { gate.open() });
    for found in found {
        assert_eq!(*found.unwrap(), [IpAddr::from([192, 0, 2, 1])]);
    }
    assert_eq!(gate.started.load(Ordering::SeqCst), 1);
    // What is found is not kept.
    resolver.addresses("id.example").await.unwrap();
    assert_eq!(gate.started.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn look_ups_are_bounded_for_each_resolver_and_an_address_needs_none() {
    let gate = Arc::new(Gate::default());
    let resolver = gate.resolver();
    let names: Vec<_> = (0..64).map(|number| format!("{number}.example")).collect();
    let started: Vec<_> = names.iter().map(|name| resolver.start(name)).collect();
    let busy = |it: &&Result<_, ResolveError>| matches!(it, Err(ResolveError::Busy));
    assert_eq!(started.iter().filter(busy).count(), 64 - MAX_NAMES);
    let busy = resolver.addresses("5.example").await;
    assert!(matches!(busy, Err(ResolveError::Busy)), "{busy:?}");
    for address in ["192.0.2.7", "2001:db8::7"] {
        let found = resolver.addresses(address).await.unwrap();
        assert_eq!(*found, [address.parse::<IpAddr>().unwrap()]);
    }
    // Another's threads are not occupied.
    let other = resolver.separate();
    assert!(other.start("5.example").is_ok());

    gate.open();
    for name in &names[..MAX_NAMES] {
        resolver.addresses(name).await.unwrap();
    }
    resolver.addresses("5.example").await.unwrap();
}

#[tokio::test]
async fn a_look_up_that_fails_or_panics_says_so_and_frees_its_thread() {
    let gate = Arc::new(Gate::default());
    gate.open();
    let resolver = gate.resolver();
    for _ in 0..2 * MAX_NAMES {
        let unknown = resolver.addresses("unknown.example").await.unwrap_err();
        let cause = crate::connect::innermost(&unknown).to_string();
        assert_eq!(cause, "Name or service not known");
        let aborted = resolver.addresses("panic.example").await;
        assert!(matches!(aborted, Err(ResolveError::Aborted)), "{aborted:?}");
    }
    resolver.addresses("id.example").await.unwrap();
}

#[tokio::test]
async fn the_system_knows_this_machine() {
    let found = Resolver::system().addresses("localhost").await.unwrap();
    assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
    assert!(!found.is_empty());
}
