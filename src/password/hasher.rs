//! The bounded pool that hashes.

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
    PasswordPolicy, PresentedPassword, WeakPassword,
    phc::{self, HashFailed, StoredHash},
};
use crate::{
    config::{self, HashCost},
    entropy::{Entropy, EntropyError},
    identity::{EmailAddress, PersonName, StoredVerifier},
    network::{Network, NetworkSite},
};

/// Why nothing was hashed. Always our trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// As many hashes wait as may, or this one has waited as long as it may.
    #[error("too many passwords are being checked")]
    Busy,
    /// No randomness for a salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The arithmetic failed.
    #[error("hashing failed")]
    Failed,
}

/// The outcome of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    /// It is not the one, or there is none to compare it with.
    Wrong,
    /// What is stored is no Argon2id, or asks for absurd work: it can be no password's.
    Unusable,
    /// It is the one.
    Right,
    /// It is the one, kept with cheaper parameters than the present ones: worth hashing again.
    RightButOutdated,
}

/// A cheap handle on the pool.
///
/// At most `workers` hashes run at once and at most `queue` more wait, in order of arrival; a full
/// queue refuses at once. A caller that goes away while waiting frees its place. One site holds
/// at most half of all places, so that a flood from one does not shut everybody else out, unless it
/// may be a proxy.
#[derive(Debug, Clone)]
pub struct Hasher(Arc<HasherInner>);

#[derive(Debug)]
struct HasherInner {
    cost: HashCost,
    timeout: Duration,
    entropy: Entropy,
    /// How many places there are, and at how many of them work is done.
    all: (usize, usize),
    places: Arc<Semaphore>,
    places_of_one: usize,
    workers: Arc<Semaphore>,
    threads: HashThreads,
    taken: Mutex<HashMap<NetworkSite, usize>>,
    /// What workers work in; as many as there are workers.
    memories: Mutex<Vec<Vec<Block>>>,
    performed: AtomicU64,
    refused: AtomicU64,
    work: AtomicU64,
}

impl Hasher {
    /// A pool as configured, with threads of its own.
    ///
    /// # Errors
    /// The operating system refuses what the threads need.
    pub fn new(settings: &config::PasswordConfig, entropy: Entropy) -> io::Result<Self> {
        let places = settings.workers + settings.queue;
        Ok(Self(Arc::new(HasherInner {
            cost: settings.cost,
            timeout: settings.queue_timeout,
            entropy,
            all: (places, settings.workers),
            places: Arc::new(Semaphore::new(places)),
            places_of_one: places.div_ceil(2),
            workers: Arc::new(Semaphore::new(settings.workers)),
            threads: HashThreads::new(settings.workers)?,
            taken: Mutex::default(),
            memories: Mutex::default(),
            performed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            work: AtomicU64::new(0),
        })))
    }

    /// Reserves a place in the queue, which admits a request that hashes. The place is free again
    /// once the request and its hashes are done.
    ///
    /// # Errors
    /// [`HashingError::Busy`] when all places are taken, or the site of that network has its half.
    pub fn reserve(&self, network: Network) -> Result<QueuePlace, HashingError> {
        let places = self.0.places.clone();
        let permit = places.try_acquire_owned().map_err(|_| self.0.busy())?;
        let site = network.site();
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_site = taken.entry(site).or_default();
        if *of_site >= self.0.places_of_one && !network.may_be_shared() {
            return Err(self.0.busy());
        }
        *of_site += 1;
        drop(taken);
        Ok(QueuePlace(Arc::new(ReservedPlace {
            site,
            inner: self.0.clone(),
            _permit: permit,
        })))
    }

    /// How much has been computed for checking, in KiB times passes.
    pub fn work(&self) -> u64 {
        self.0.work.load(Ordering::Relaxed)
    }

    /// How many passwords have been hashed or checked.
    pub fn performed(&self) -> u64 {
        self.0.performed.load(Ordering::Relaxed)
    }

    /// How many have been turned away because too many were there.
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// How many are being worked on.
    pub fn hashing(&self) -> usize {
        let (_, all) = self.0.all;
        all.saturating_sub(self.0.workers.available_permits())
    }

    /// How many wait for a worker.
    pub fn waiting(&self) -> usize {
        let (all, _) = self.0.all;
        let taken = all.saturating_sub(self.0.places.available_permits());
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
        // A costlier hash from elsewhere must not leave its memory behind.
        memory.truncate(self.cost.memory_kib as usize);
        memory.shrink_to_fit();
        memories().push(memory);
        done
    }
}

/// A reserved place in the queue. Work starts when a worker is free.
#[derive(Debug, Clone)]
pub struct QueuePlace(Arc<ReservedPlace>);

/// Frees the place when dropped.
#[derive(Debug)]
struct ReservedPlace {
    site: NetworkSite,
    inner: Arc<HasherInner>,
    _permit: OwnedSemaphorePermit,
}

impl QueuePlace {
    /// Judges a new password for the person of that email and name, and hashes it. The judgement takes
    /// milliseconds, and longer where it loads its tables first: a worker does both.
    ///
    /// # Errors
    /// Inside: why the password is refused. Outside: why nothing was hashed.
    pub async fn judge_and_hash(
        &self,
        password: PresentedPassword,
        (policy, email, name): (&PasswordPolicy, &EmailAddress, Option<&PersonName>),
    ) -> Result<Result<StoredVerifier, WeakPassword>, HashingError> {
        if let Err(weak) = policy.judge_length(&password) {
            return Ok(Err(weak));
        }
        let salt = self.0.inner.entropy.bytes()?;
        let cost = self.0.inner.cost;
        let (policy, email, name) = (policy.clone(), email.clone(), name.cloned());
        let hashed = self.run(move |inner| {
            if let Err(weak) = policy.judge(&password, &email, name.as_ref()) {
                return Ok(Err(weak));
            }
            let password = password.as_str().as_bytes();
            let text = inner.compute(|memory| phc::hash(password, &salt, cost, memory))?;
            Ok(Ok(StoredVerifier::new(text)))
        });
        hashed.await
    }

    /// Hashes a password that needs no judgement.
    pub async fn hash(&self, password: PresentedPassword) -> Result<StoredVerifier, HashingError> {
        let salt = self.0.inner.entropy.bytes()?;
        let cost = self.0.inner.cost;
        let text = self.run(move |inner| {
            let password = password.as_str().as_bytes();
            inner.compute(|memory| phc::hash(password, &salt, cost, memory))
        });
        Ok(StoredVerifier::new(text.await?))
    }

    /// Checks a password. Without a verifier, or with one that cannot be used, or that was made
    /// cheaper than the present ones, it takes the same work to be wrong.
    pub async fn check(
        &self,
        password: PresentedPassword,
        verifier: Option<&StoredVerifier>,
    ) -> Result<PasswordCheck, HashingError> {
        let cost = self.0.inner.cost;
        let stored = verifier.and_then(|verifier| StoredHash::parse(verifier.expose(), cost));
        let is_real = stored.is_some();
        let is_unusable = verifier.is_some() && !is_real;
        let stored = stored
            .or_else(|| StoredHash::dummy(cost))
            .ok_or(HashingError::Failed)?;
        self.run(move |inner| {
            let password = password.as_str().as_bytes();
            let is_right = inner.compute(|memory| {
                let is_right = stored.matches(password, memory)? && is_real;
                inner.work.fetch_add(stored.work(), Ordering::Relaxed);
                if !is_right && let Some(missing) = stored.missing_work(cost) {
                    StoredHash::dummy(missing)
                        .ok_or(HashFailed)?
                        .matches(password, memory)?;
                    inner.work.fetch_add(missing.work(), Ordering::Relaxed);
                }
                Ok(is_right)
            })?;
            Ok(match (is_right, stored.is_outdated(cost)) {
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
            // Held until the work is done, even after the client has hung up.
            let (place, _worker) = (place, worker);
            work(&place.0.inner)
        };
        let done = inner.threads.spawn(work).ok_or(HashingError::Failed)?;
        done.await
            .unwrap_or(Err(HashFailed))
            .map_err(|HashFailed| HashingError::Failed)
    }
}

impl Drop for ReservedPlace {
    fn drop(&mut self) {
        let taken = &self.inner.taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_site) = taken.get_mut(&self.site) {
            *of_site -= 1;
            if *of_site == 0 {
                taken.remove(&self.site);
            }
        }
    }
}

#[cfg(test)]
mod tests;
