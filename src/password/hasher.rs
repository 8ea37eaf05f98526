//! A bounded pool of threads that hash passwords.

mod foreign;
mod threads;

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use argon2::Block;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::threads::HashThreads;
use super::{
    ForeignHash, PasswordPolicy, PresentedPassword, SecretSealer, SecretsUnavailable, WeakPassword,
    phc::{self, HashFailed, StoredHash},
};
use crate::{
    blocking::Threads,
    config::{self, HashCost},
    entropy::{Entropy, EntropyError},
    identity::{EmailAddress, PersonName, StoredVerifier},
    network::{Network, NetworkSite},
};

/// The reason why nothing was hashed. Always a fault of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// The queue is full, or this hash has waited for as long as it may.
    #[error("too many passwords are being checked")]
    Busy,
    /// The random source is unavailable, so there is no salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The computation failed.
    #[error("hashing failed")]
    Failed,
    /// The secret parameters of a hash of another system cannot be sealed or opened.
    #[error(transparent)]
    Secrets(#[from] SecretsUnavailable),
}

/// The outcome of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    /// The password is wrong, or there is no verifier to compare it with.
    Wrong,
    /// The stored verifier has no known form, or its cost is too high, so no password matches it.
    Unusable,
    /// The password is right.
    Right,
    /// The password is right, but its hash has cheaper parameters than the configured ones, or is one of
    /// another system, and should be replaced.
    RightButOutdated,
}

/// A cheap handle on the pool.
///
/// At most `workers` hashes run concurrently and at most `queue` more wait, in order of arrival. A full
/// queue refuses immediately. A caller that goes away while waiting frees its place. One site holds at most
/// half of all places, so that a flood from one site does not block all others, unless the network may be a
/// proxy.
#[derive(Debug, Clone)]
pub struct Hasher(Arc<HasherInner>);

#[derive(Debug)]
struct HasherInner {
    cost: HashCost,
    timeout: Duration,
    entropy: Entropy,
    sealer: Option<Box<dyn SecretSealer>>,
    /// The number of places, and the number of workers among them.
    places_and_workers: (usize, usize),
    places: Arc<Semaphore>,
    max_places_of_site: usize,
    workers: Arc<Semaphore>,
    threads: HashThreads,
    taken: Mutex<HashMap<NetworkSite, usize>>,
    /// Held by a worker that needs more memory than this service's own hashes do.
    large: Mutex<()>,
    /// The work memory of the workers, at most one for each.
    memories: Mutex<Vec<Vec<Block>>>,
    performed: AtomicU64,
    refused: AtomicU64,
    work: AtomicU64,
}

impl Hasher {
    /// Creates a pool with its own threads.
    ///
    /// # Errors
    /// The operating system refuses the resources of the threads.
    pub fn new(settings: &config::PasswordConfig, entropy: Entropy) -> io::Result<Self> {
        Self::with_sealer(settings, entropy, Threads::Separate, None)
    }

    /// Creates a pool on these threads, which can also check hashes of other systems with sealed parameters.
    ///
    /// # Errors
    /// The operating system refuses the resources of the threads.
    pub fn sealing_by(
        settings: &config::PasswordConfig,
        entropy: Entropy,
        threads: Threads,
        sealer: impl SecretSealer + 'static,
    ) -> io::Result<Self> {
        Self::with_sealer(settings, entropy, threads, Some(Box::new(sealer)))
    }

    fn with_sealer(
        settings: &config::PasswordConfig,
        entropy: Entropy,
        threads: Threads,
        sealer: Option<Box<dyn SecretSealer>>,
    ) -> io::Result<Self> {
        let places = settings.workers + settings.queue;
        Ok(Self(Arc::new(HasherInner {
            cost: settings.cost,
            timeout: settings.queue_timeout,
            entropy,
            sealer,
            places_and_workers: (places, settings.workers),
            places: Arc::new(Semaphore::new(places)),
            max_places_of_site: places.div_ceil(2),
            workers: Arc::new(Semaphore::new(settings.workers)),
            threads: HashThreads::new(threads, settings.workers)?,
            taken: Mutex::default(),
            large: Mutex::default(),
            memories: Mutex::default(),
            performed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            work: AtomicU64::new(0),
        })))
    }

    /// Reserves a place in the queue, which admits a request that hashes. The place is freed when the
    /// request and its hashes are done.
    ///
    /// # Errors
    /// [`HashingError::Busy`] if all places are taken, or if the network's site has half of them.
    pub fn reserve(&self, network: Network) -> Result<QueuePlace, HashingError> {
        let places = self.0.places.clone();
        let permit = places.try_acquire_owned().map_err(|_| self.0.busy())?;
        let site = network.site();
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let site_places = taken.entry(site).or_default();
        if *site_places >= self.0.max_places_of_site && !network.may_be_shared() {
            return Err(self.0.busy());
        }
        *site_places += 1;
        drop(taken);
        Ok(QueuePlace(Arc::new(ReservedPlace {
            site,
            inner: self.0.clone(),
            _permit: permit,
        })))
    }

    /// Returns the total work of password checks, in KiB times passes.
    pub fn work(&self) -> u64 {
        self.0.work.load(Ordering::Relaxed)
    }

    /// Returns the number of passwords that were hashed or checked.
    pub fn performed(&self) -> u64 {
        self.0.performed.load(Ordering::Relaxed)
    }

    /// Returns the number of requests that were refused because of too many others.
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Returns the number of hashes that are being computed.
    pub fn hashing(&self) -> usize {
        let (_, workers) = self.0.places_and_workers;
        workers.saturating_sub(self.0.workers.available_permits())
    }

    /// Returns the number of requests that wait for a worker.
    pub fn waiting(&self) -> usize {
        let (places, _) = self.0.places_and_workers;
        let taken = places.saturating_sub(self.0.places.available_permits());
        taken.saturating_sub(self.hashing())
    }
}

impl HasherInner {
    fn busy(&self) -> HashingError {
        self.refused.fetch_add(1, Ordering::Relaxed);
        HashingError::Busy
    }

    fn compute<T>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, HashFailed>,
    ) -> Result<T, HashFailed> {
        let memories = || self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = memories().pop();
        let mut memory = kept.unwrap_or_default();
        let done = work(&mut memory);
        self.performed.fetch_add(1, Ordering::Relaxed);
        // A costlier hash that was imported must not leave its memory behind.
        memory.truncate(self.cost.memory_kib as usize);
        memory.shrink_to_fit();
        memories().push(memory);
        done
    }
}

/// A reserved place in the queue. Work starts when a worker is free.
#[derive(Debug, Clone)]
pub struct QueuePlace(Arc<ReservedPlace>);

/// A place that is freed when it is dropped.
#[derive(Debug)]
struct ReservedPlace {
    site: NetworkSite,
    inner: Arc<HasherInner>,
    _permit: OwnedSemaphorePermit,
}

impl QueuePlace {
    /// Checks a new password against the policy, for the user with that email and name, and hashes it. A
    /// worker does both, because the check takes milliseconds, and longer when it loads its tables first.
    ///
    /// # Errors
    /// The inner error is the reason why the password is refused, the outer one the reason why nothing was
    /// hashed.
    pub async fn judge_and_hash(
        &self,
        password: PresentedPassword,
        (policy, email, name): (&PasswordPolicy, &EmailAddress, Option<&PersonName>),
    ) -> Result<Result<StoredVerifier, WeakPassword>, HashingError> {
        if let Err(weak) = policy.check_length(&password) {
            return Ok(Err(weak));
        }
        let salt = self.0.inner.entropy.bytes()?;
        let cost = self.0.inner.cost;
        let (policy, email, name) = (policy.clone(), email.clone(), name.cloned());
        let hashed = self.run(move |inner| {
            if let Err(weak) = policy.check(&password, &email, name.as_ref()) {
                return Ok(Err(weak));
            }
            let password = password.as_str().as_bytes();
            let text = inner.compute(|memory| phc::hash(password, &salt, cost, memory))?;
            Ok(Ok(StoredVerifier::new(text)))
        });
        hashed.await
    }

    /// Hashes a password without a check.
    pub async fn hash(&self, password: PresentedPassword) -> Result<StoredVerifier, HashingError> {
        let salt = self.0.inner.entropy.bytes()?;
        let cost = self.0.inner.cost;
        let text = self.run(move |inner| {
            let password = password.as_str().as_bytes();
            inner.compute(|memory| phc::hash(password, &salt, cost, memory))
        });
        Ok(StoredVerifier::new(text.await?))
    }

    /// Checks a password. A wrong password takes the same work whether the verifier is missing, unusable,
    /// or made with cheaper parameters than the configured ones. The hash of another system takes its own
    /// work in addition.
    pub async fn check(
        &self,
        password: PresentedPassword,
        verifier: Option<&StoredVerifier>,
    ) -> Result<PasswordCheck, HashingError> {
        let cost = self.0.inner.cost;
        let stored = verifier.and_then(|verifier| StoredHash::parse(verifier.expose(), cost));
        if let Some(verifier) = verifier
            && stored.is_none()
            && let Ok(foreign) = ForeignHash::parse_stored(verifier.expose())
        {
            return self.check_foreign(password, foreign).await;
        }
        let is_real = stored.is_some();
        let is_unusable = verifier.is_some() && !is_real;
        let stored = stored
            .or_else(|| StoredHash::dummy(cost))
            .ok_or(HashingError::Failed)?;
        self.run(move |inner| {
            let missing = stored.missing_work(cost);
            let (is_right, is_composed) = inner.compute(|memory| {
                // Hashes of other systems may be those of the password as it was typed.
                for text in password.texts() {
                    let is_right = stored.matches(text.as_bytes(), memory)? && is_real;
                    inner.work.fetch_add(stored.work(), Ordering::Relaxed);
                    if is_right {
                        return Ok((true, text == password.as_str()));
                    }
                    if let Some(missing) = missing {
                        StoredHash::dummy(missing)
                            .ok_or(HashFailed)?
                            .matches(text.as_bytes(), memory)?;
                        inner.work.fetch_add(missing.work(), Ordering::Relaxed);
                    }
                }
                Ok((false, true))
            })?;
            let is_outdated = stored.is_outdated(cost) || !is_composed;
            Ok(match (is_right, is_outdated) {
                _ if is_unusable => PasswordCheck::Unusable,
                (false, _) => PasswordCheck::Wrong,
                (true, false) => PasswordCheck::Right,
                (true, true) => PasswordCheck::RightButOutdated,
            })
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&HasherInner) -> Result<T, HashFailed> + Send + 'static,
    ) -> Result<T, HashingError> {
        let inner = self.0.inner.clone();
        let worker = inner.workers.clone().acquire_owned();
        let worker = tokio::time::timeout(inner.timeout, worker).await;
        let worker = worker.map_err(|_| inner.busy())?;
        let worker = worker.map_err(|_| HashingError::Failed)?;
        let place = self.clone();
        let work = move || {
            // Place and worker are held until the work is done, even after the client has disconnected.
            let (place, _worker) = (place, worker);
            work(&place.0.inner)
        };
        let done = inner.threads.run(work).await;
        done.unwrap_or(Err(HashFailed))
            .map_err(|HashFailed| HashingError::Failed)
    }
}

impl Drop for ReservedPlace {
    fn drop(&mut self) {
        let taken = &self.inner.taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(site_places) = taken.get_mut(&self.site) {
            *site_places -= 1;
            if *site_places == 0 {
                taken.remove(&self.site);
            }
        }
    }
}

#[cfg(test)]
mod tests;
