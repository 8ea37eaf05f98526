use std::{net::IpAddr, time::Instant};

use super::*;

const COST: HashCost = HashCost {
    memory_kib: 8,
    iterations: 1,
    parallelism: 1,
};
/// Takes long enough to be observed while running, even in optimised builds.
const SLOW: HashCost = HashCost {
    memory_kib: 64 * 1024,
    iterations: 8,
    parallelism: 1,
};

fn hasher(cost: HashCost, workers: usize, queue: usize) -> Hasher {
    let settings = config::PasswordConfig {
        min_length: 15,
        cost,
        workers,
        queue,
        queue_timeout: Duration::from_mins(1),
    };
    Hasher::new(&settings, Entropy::system()).unwrap()
}

fn password(text: &str) -> PresentedPassword {
    PresentedPassword::parse(text).unwrap()
}

fn network(text: &str) -> Network {
    Network::of(text.parse::<IpAddr>().unwrap())
}

/// Hashes in a place that is reserved for this call.
async fn hash(hasher: &Hasher, text: &str, from: Network) -> Result<StoredVerifier, HashingError> {
    hasher.reserve(from)?.hash(password(text)).await
}

/// Checks in a place that is reserved for this call.
async fn check(
    hasher: &Hasher,
    text: &str,
    verifier: Option<&StoredVerifier>,
    from: Network,
) -> Result<PasswordCheck, HashingError> {
    hasher.reserve(from)?.check(password(text), verifier).await
}

#[tokio::test]
async fn password_matches_its_hash_in_any_unicode_composition() {
    let hasher = hasher(COST, 1, 4);
    let verifier = hash(&hasher, "caf\u{e9} creme", Network::UNKNOWN)
        .await
        .unwrap();
    let check = async |text| check(&hasher, text, Some(&verifier), Network::UNKNOWN).await;
    assert_eq!(check("caf\u{e9} creme").await, Ok(PasswordCheck::Right));
    assert_eq!(check("cafe\u{301} creme").await, Ok(PasswordCheck::Right));
    assert_eq!(check("cafe creme").await, Ok(PasswordCheck::Wrong));
    assert_eq!(check("caf\u{e9} creme ").await, Ok(PasswordCheck::Wrong));
    assert_eq!(check("Caf\u{e9} creme").await, Ok(PasswordCheck::Wrong));
}

#[tokio::test]
async fn missing_and_unusable_verifiers_cost_one_hash() {
    let hasher = hasher(COST, 1, 4);
    let nonsense = Some(StoredVerifier::new("nonsense".to_owned()));
    for (verifier, expected) in [
        (None, PasswordCheck::Wrong),
        (nonsense, PasswordCheck::Unusable),
    ] {
        let before = hasher.performed();
        let checked = check(&hasher, "x", verifier.as_ref(), Network::UNKNOWN).await;
        assert_eq!(checked, Ok(expected));
        assert_eq!(hasher.performed(), before + 1);
    }
}

#[tokio::test]
async fn older_hash_and_missing_verifier_take_the_same_work() {
    let older = hasher(
        HashCost {
            memory_kib: 64,
            ..COST
        },
        1,
        4,
    );
    let older = hash(&older, "x", Network::UNKNOWN).await.unwrap();
    for risen in [
        HashCost {
            memory_kib: 128,
            iterations: 1,
            parallelism: 1,
        },
        HashCost {
            memory_kib: 100,
            iterations: 3,
            parallelism: 1,
        },
        HashCost {
            memory_kib: 64,
            iterations: 2,
            parallelism: 1,
        },
    ] {
        let hasher = hasher(risen, 1, 4);
        let mut works = vec![];
        for verifier in [None, Some(&older)] {
            let before = hasher.work();
            let checked = check(&hasher, "y", verifier, Network::UNKNOWN).await;
            assert_eq!(checked, Ok(PasswordCheck::Wrong));
            works.push(hasher.work() - before);
        }
        // Argon2 computes whole passes, so a difference of less than one pass remains.
        assert!(
            works[0].abs_diff(works[1]) < u64::from(risen.iterations),
            "{works:?}"
        );
    }
}

#[tokio::test]
async fn cheaper_parameters_are_outdated() {
    let old = hash(&hasher(COST, 1, 4), "x", Network::UNKNOWN)
        .await
        .unwrap();
    let now = hasher(
        HashCost {
            iterations: 2,
            ..COST
        },
        1,
        4,
    );
    let checked = check(&now, "x", Some(&old), Network::UNKNOWN).await;
    assert_eq!(checked, Ok(PasswordCheck::RightButOutdated));
    let checked = check(&now, "y", Some(&old), Network::UNKNOWN).await;
    assert_eq!(checked, Ok(PasswordCheck::Wrong));
}

async fn wait_until_used_up(permits: &Semaphore) {
    let limit = Instant::now() + Duration::from_mins(1);
    while permits.available_permits() > 0 {
        assert!(Instant::now() < limit, "a permit stays free");
        tokio::task::yield_now().await;
    }
}

/// Occupies the only worker, and returns once the worker runs.
async fn occupy(hasher: &Hasher) -> tokio::task::JoinHandle<Result<StoredVerifier, HashingError>> {
    let working = hasher.clone();
    let task = tokio::spawn(async move { hash(&working, "x", network("::1")).await });
    wait_until_used_up(&hasher.0.workers).await;
    task
}

#[tokio::test]
async fn full_queue_refuses_immediately_and_recovers() {
    let hasher = hasher(SLOW, 1, 1);
    let worker = occupy(&hasher).await;
    let waiting = tokio::spawn({
        let hasher = hasher.clone();
        async move { hash(&hasher, "x", network("192.0.2.1")).await }
    });
    wait_until_used_up(&hasher.0.places).await;
    let refused = hash(&hasher, "x", network("192.0.2.2")).await;
    assert_eq!(refused.unwrap_err(), HashingError::Busy);
    assert!(worker.await.unwrap().is_ok());
    assert!(waiting.await.unwrap().is_ok());
    assert!(hash(&hasher, "x", network("192.0.2.2")).await.is_ok());
    assert!(hasher.0.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn cancelled_caller_frees_its_place() {
    let hasher = hasher(SLOW, 1, 1);
    let worker = occupy(&hasher).await;
    let performed = hasher.performed();
    let waiting = tokio::spawn({
        let hasher = hasher.clone();
        async move { hash(&hasher, "x", network("192.0.2.1")).await }
    });
    wait_until_used_up(&hasher.0.places).await;
    waiting.abort();
    let _ = waiting.await;
    assert_eq!(hasher.0.places.available_permits(), 1);
    worker.await.unwrap().unwrap();
    assert_eq!(hasher.performed(), performed + 1);
}

#[tokio::test]
async fn one_site_holds_at_most_half_of_the_places() {
    let hasher = hasher(COST, 1, 5);
    let one: Vec<_> = (0..3)
        .map(|_| hasher.reserve(network("192.0.2.1")).unwrap())
        .collect();
    assert!(hasher.reserve(network("192.0.2.1")).is_err());
    assert!(hasher.reserve(network("::ffff:192.0.2.1")).is_err());
    assert!(hasher.reserve(network("192.0.2.2")).is_ok());
    drop(one);
    assert!(hasher.reserve(network("192.0.2.1")).is_ok());
    // The networks of an IPv6 site count as one.
    let site: Vec<_> = (0..3)
        .map(|n| {
            hasher
                .reserve(network(&format!("2001:db8:1:{n}::1")))
                .unwrap()
        })
        .collect();
    assert!(hasher.reserve(network("2001:db8:1:3::1")).is_err());
    assert!(hasher.reserve(network("2001:db8:2::1")).is_ok());
    drop(site);
}

#[tokio::test]
async fn worker_keeps_memory_up_to_its_cost() {
    let hasher = hasher(COST, 2, 8);
    let costly =
        "$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let costly = StoredVerifier::new(costly.to_owned());
    for _ in 0..6 {
        check(&hasher, "x", Some(&costly), Network::UNKNOWN)
            .await
            .unwrap();
        hash(&hasher, "x", Network::UNKNOWN).await.unwrap();
    }
    let memories = hasher.0.memories.lock().unwrap();
    assert!((1..=2).contains(&memories.len()));
    assert!(memories.iter().all(|memory| memory.capacity() <= 8));
}

#[tokio::test]
async fn panic_frees_the_worker_and_the_place() {
    let hasher = hasher(COST, 2, 2);
    let one = network("192.0.2.1");
    for _ in 0..10 {
        let place = hasher.reserve(one).unwrap();
        let failed = place.run(|_| -> Result<(), HashFailed> { panic!("a bug") });
        assert_eq!(failed.await, Err(HashingError::Failed));
    }
    // No other task frees the worker, so the permit must have been returned.
    assert_eq!(hasher.0.workers.available_permits(), 2);
    assert_eq!(hasher.0.places.available_permits(), 4);
    assert!(hasher.0.taken.lock().unwrap().is_empty());
    let checked = check(&hasher, "correct horse battery", None, one);
    assert_eq!(checked.await, Ok(PasswordCheck::Wrong));
}

#[test]
fn hashing_is_independent_of_blocking_threads() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (release, occupied) = std::sync::mpsc::channel::<()>();
    runtime.spawn_blocking(move || occupied.recv());
    runtime.block_on(async {
        let hasher = hasher(COST, 1, 4);
        let verifier = hash(&hasher, "x", Network::UNKNOWN).await.unwrap();
        let checked = check(&hasher, "x", Some(&verifier), Network::UNKNOWN).await;
        assert_eq!(checked, Ok(PasswordCheck::Right));
    });
    drop(release);
}

#[tokio::test]
async fn policy_check_runs_on_a_worker_and_weak_passwords_are_not_hashed() {
    let sources =
        crate::config::SettingSources::new(("", ""), [], crate::config::FlagSettings::default());
    let policy = PasswordPolicy::new(&config::Config::load(sources.unwrap()).unwrap());
    let email = EmailAddress::parse("ada@example.com").unwrap();
    let hasher = hasher(SLOW, 1, 4);
    let checked = async |text| {
        let place = hasher.reserve(Network::UNKNOWN).unwrap();
        let rules = (&policy, &email, None);
        place.judge_and_hash(password(text), rules).await.unwrap()
    };
    let worker = occupy(&hasher).await;
    let weak = checked("passwordpassword").await;
    assert_eq!(
        weak.unwrap_err().reason,
        crate::password::WeakReason::Common
    );
    // The only worker had finished its hash before, and computed none for the weak password.
    assert_eq!(hasher.performed(), 1);
    worker.await.unwrap().unwrap();
    checked("several lamps flicker").await.unwrap();
    assert_eq!(hasher.performed(), 2);
}
