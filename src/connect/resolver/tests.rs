//! Tests with look-ups that block until the test releases them.

use std::sync::{
    Condvar,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;

use super::*;

/// Blocks look-ups until [`Gate::open`] is called.
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
        Resolver::from_fn(move |name| {
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
                "panic.example" => panic!("expected by the test"),
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
async fn concurrent_requests_for_one_name_share_one_look_up() {
    let gate = Arc::new(Gate::default());
    let resolver = gate.resolver();
    let waiting = (0..64).map(|_| resolver.addresses("id.example"));
    let (found, ()) = tokio::join!(join_all(waiting), async { gate.open() });
    for found in found {
        assert_eq!(*found.unwrap(), [IpAddr::from([192, 0, 2, 1])]);
    }
    assert_eq!(gate.started.load(Ordering::SeqCst), 1);
    // The result is not cached.
    resolver.addresses("id.example").await.unwrap();
    assert_eq!(gate.started.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn look_ups_are_limited_per_resolver_and_ip_addresses_need_no_look_up() {
    let gate = Arc::new(Gate::default());
    let resolver = gate.resolver();
    let names: Vec<_> = (0..64).map(|number| format!("{number}.example")).collect();
    let started: Vec<_> = names
        .iter()
        .map(|name| resolver.join_or_start(name))
        .collect();
    let busy = |result: &&Result<_, ResolveError>| matches!(result, Err(ResolveError::Busy));
    assert_eq!(started.iter().filter(busy).count(), 64 - MAX_NAMES);
    let busy = resolver.addresses("5.example").await;
    assert!(matches!(busy, Err(ResolveError::Busy)), "{busy:?}");
    for address in ["192.0.2.7", "2001:db8::7"] {
        let found = resolver.addresses(address).await.unwrap();
        assert_eq!(*found, [address.parse::<IpAddr>().unwrap()]);
    }
    // A separate resolver has its own threads.
    let other = resolver.separate();
    assert!(other.join_or_start("5.example").is_ok());

    gate.open();
    for name in &names[..MAX_NAMES] {
        resolver.addresses(name).await.unwrap();
    }
    resolver.addresses("5.example").await.unwrap();
}

#[tokio::test]
async fn failed_or_panicked_look_up_returns_an_error_and_frees_its_thread() {
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
async fn system_resolver_resolves_localhost() {
    let found = Resolver::system().addresses("localhost").await.unwrap();
    assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
    assert!(!found.is_empty());
}
