//! Resolves host names on dedicated threads.
//!
//! The resolver calls `getaddrinfo`, so `/etc/hosts`, `/etc/nsswitch.conf` and `/etc/resolv.conf` apply
//! as they do to every other program, including later changes. `getaddrinfo` blocks its thread, for
//! minutes if no name server responds. Therefore look-ups never run in the runtime's blocking pool,
//! concurrent requests for one name share one look-up, and a resolver looks up at most four names at a
//! time.

use std::{
    collections::HashMap,
    fmt, io,
    net::{IpAddr, ToSocketAddrs},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::sync::watch;

/// The maximum number of names that one resolver looks up at a time, each on its own thread.
const MAX_NAMES: usize = 4;

/// The stack size of a look-up thread, in bytes. The modules named in `nsswitch.conf` run on this stack.
const STACK_BYTES: usize = 1024 * 1024;

/// A name could not be resolved.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ResolveError {
    /// The look-up failed: the name does not exist, or no name server responds.
    #[error("the name cannot be resolved")]
    Failed(#[source] Arc<io::Error>),
    /// The resolver is already looking up the maximum number of other names.
    #[error("{MAX_NAMES} other names are being looked up, and no name server answers")]
    Busy,
    /// The look-up thread ended without a result.
    #[error("the look-up was aborted")]
    Aborted,
}

type LookUpOutcome = Result<Arc<[IpAddr]>, ResolveError>;
type LookUp = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// Resolves names to IP addresses. A clone shares the threads of the original.
#[derive(Clone)]
pub struct Resolver {
    look_up: Arc<LookUp>,
    running: Running,
}

/// The names that are being looked up, each with the channel that delivers the outcome to the callers.
type Running = Arc<Mutex<HashMap<String, watch::Receiver<Option<LookUpOutcome>>>>>;

impl Resolver {
    /// Returns a resolver that calls `getaddrinfo`.
    pub fn system() -> Self {
        Self::from_fn(|name| {
            let found = (name, 0).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }

    /// Returns a resolver that calls `look_up`, which may block.
    pub fn from_fn(
        look_up: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            look_up: Arc::new(look_up),
            running: Running::default(),
        }
    }

    /// Returns a resolver with the same look-up function and separate threads. Look-ups that hang in one
    /// resolver do not use up the threads of the other.
    #[must_use]
    pub fn separate(&self) -> Self {
        Self {
            look_up: self.look_up.clone(),
            running: Running::default(),
        }
    }

    /// Returns the IP addresses of `name`, in the order in which they should be tried.
    ///
    /// An IP address in text form is returned directly, without a thread. The caller sets the timeout. The
    /// look-up continues after a timeout, and other callers that request the same name meanwhile share
    /// it.
    ///
    /// # Errors
    /// The look-up failed, the resolver is busy with other names, or the look-up thread ended without a
    /// result.
    pub async fn addresses(&self, name: &str) -> LookUpOutcome {
        if let Ok(address) = name.parse() {
            return Ok(Arc::new([address]));
        }
        let mut outcome = self.join_or_start(name)?;
        // An error means that the thread dropped the channel without a result.
        let found = outcome.wait_for(Option::is_some).await;
        found
            .ok()
            .and_then(|found| found.clone())
            .unwrap_or(Err(ResolveError::Aborted))
    }

    /// Joins the running look-up of `name`, or starts one.
    ///
    /// # Errors
    /// The resolver is busy with other names, or the thread could not be started.
    fn join_or_start(
        &self,
        name: &str,
    ) -> Result<watch::Receiver<Option<LookUpOutcome>>, ResolveError> {
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
            // Results are not cached: the next caller starts a new look-up.
            drop(entry);
            let found = found.map(Arc::from);
            let found = found.map_err(|error| ResolveError::Failed(Arc::new(error)));
            sender.send_replace(Some(found));
        };
        running.insert(name.to_owned(), outcome.clone());
        // If the thread cannot be started, its entry is dropped, which takes the lock.
        drop(running);
        let thread = thread::Builder::new().name("resolver".to_owned());
        thread
            .stack_size(STACK_BYTES)
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

/// An entry in the list of running look-ups. Dropping it removes the name, also after a panic.
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
