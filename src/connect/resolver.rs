//! Name look-ups on threads of their own.
//!
//! The system's resolver (`getaddrinfo`) is used as it is, so `/etc/hosts`, `/etc/nsswitch.conf` and
//! `/etc/resolv.conf` mean what they mean to every other program, changes included. It blocks its
//! thread, for minutes where no name server answers. So these look-ups never run in the runtime's blocking
//! pool, a name is looked up once at a time however many callers wait for it, and a resolver looks up
//! at most four names at a time.

use std::{
    collections::HashMap,
    fmt, io,
    net::{IpAddr, ToSocketAddrs},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::sync::watch;

/// How many names one resolver looks up at a time, each on one thread.
const MAX_NAMES: usize = 4;

/// The stack of a look-up's thread, in bytes. Modules of `nsswitch.conf` run on it.
const STACK: usize = 1024 * 1024;

/// Why a name has no addresses.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ResolveError {
    /// The look-up failed: the name is unknown, or no name server answers.
    #[error("the name cannot be resolved")]
    Failed(#[source] Arc<io::Error>),
    /// As many other names as allowed are being looked up, and their name servers do not answer.
    #[error("{MAX_NAMES} other names are being looked up, and no name server answers")]
    Busy,
    /// The look-up ended without a result.
    #[error("the look-up was aborted")]
    Aborted,
}

type LookUpOutcome = Result<Arc<[IpAddr]>, ResolveError>;
type LookUp = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// Looks names up. A clone shares the threads of the original.
#[derive(Clone)]
pub struct Resolver {
    look_up: Arc<LookUp>,
    running: Running,
}

/// The names that are being looked up, and the callers' way to the outcome.
type Running = Arc<Mutex<HashMap<String, watch::Receiver<Option<LookUpOutcome>>>>>;

impl Resolver {
    /// The system's resolver.
    pub fn system() -> Self {
        Self::by(|name| {
            let found = (name, 0).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }

    /// A resolver that asks `look_up`, which may block.
    pub fn by(look_up: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Self {
        Self {
            look_up: Arc::new(look_up),
            running: Running::default(),
        }
    }

    /// The same resolver with threads of its own: what occupies those of one occupies none of the other.
    #[must_use]
    pub fn separate(&self) -> Self {
        Self {
            look_up: self.look_up.clone(),
            running: Running::default(),
        }
    }

    /// Returns the addresses of `name`, in the order in which they should be tried. An address stands for
    /// itself, and occupies no thread. The caller bounds the time of its wait; the look-up goes on
    /// after that, and other callers that ask for the same name meanwhile share it.
    ///
    /// # Errors
    /// The name has no address, or no thread is free.
    pub async fn addresses(&self, name: &str) -> LookUpOutcome {
        if let Ok(address) = name.parse() {
            return Ok(Arc::new([address]));
        }
        let mut outcome = self.start(name)?;
        // An error means that the thread is gone without a word.
        let found = outcome.wait_for(Option::is_some).await;
        found
            .ok()
            .and_then(|found| found.clone())
            .unwrap_or(Err(ResolveError::Aborted))
    }

    /// Joins the look-up of that name, or starts one.
    fn start(&self, name: &str) -> Result<watch::Receiver<Option<LookUpOutcome>>, ResolveError> {
        let mut running = lock(&self.running);
        if let Some(outcome) = running.get(name) {
            return Ok(outcome.clone());
        }
        if running.len() >= MAX_NAMES {
            return Err(ResolveError::Busy);
        }
        let (sender, outcome) = watch::channel(None);
        let entry = RunningEntry {
            running: self.running.clone(),
            name: name.to_owned(),
        };
        let look_up = self.look_up.clone();
        let work = move || {
            let found = look_up(&entry.name);
            // The next caller starts a new look-up.
            drop(entry);
            let found = found.map(Arc::from);
            let found = found.map_err(|error| ResolveError::Failed(Arc::new(error)));
            sender.send_replace(Some(found));
        };
        running.insert(name.to_owned(), outcome.clone());
        // A thread that does not start drops its entry, which takes the lock.
        drop(running);
        let thread = thread::Builder::new().name("resolver".to_owned());
        thread
            .stack_size(STACK)
            .spawn(work)
            .map_err(|error| ResolveError::Failed(Arc::new(error)))?;
        Ok(outcome)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

/// A name in the list of running look-ups, removed when the look-up ends, by a panic too.
struct RunningEntry {
    running: Running,
    name: String,
}

impl Drop for RunningEntry {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.name);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
