//! Blocking work, each kind on a thread of its own.
//!
//! A file system that does not answer blocks its thread without a limit. Keys and secrets are read here and
//! not in the runtime's pool of blocking threads, where they would take the place of other work.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    sync::{Semaphore, oneshot},
    time::{Instant, timeout_at},
};

/// Runs one piece of work at a time, each on a thread of the worker's name. Clones share the limit.
#[derive(Debug, Clone)]
pub struct Worker(Arc<WorkerInner>);

#[derive(Debug)]
struct WorkerInner {
    name: &'static str,
    place: Arc<Semaphore>,
    is_stuck: AtomicBool,
}

/// Why work has not ended.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It, or the work before it, did not end in time. That work goes on and keeps its thread, and no
    /// other is begun before it ends.
    #[error("the operation did not finish in time")]
    TimedOut,
    /// The work that did not end in time has not ended yet, so this was not begun.
    #[error("an earlier operation has not finished")]
    Stuck,
    /// There is no thread for it.
    #[error("no thread can be started: {0}")]
    NoThread(io::Error),
    /// It panicked.
    #[error("the operation failed because of a bug")]
    Panicked,
}

impl Worker {
    /// A worker whose threads have that name, of 15 bytes at most.
    pub fn named(name: &'static str) -> Self {
        Self(Arc::new(WorkerInner {
            name,
            place: Arc::new(Semaphore::new(1)),
            is_stuck: AtomicBool::new(false),
        }))
    }

    /// Runs the work on a thread of its own and waits for it no longer than `limit`. Work that takes
    /// longer goes on; until it ends, further work is refused at once.
    ///
    /// # Errors
    /// The work has not ended, or was not begun.
    pub fn run<T, W>(
        &self,
        limit: Duration,
        work: W,
    ) -> impl Future<Output = Result<T, WorkerError>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let worker = self.clone();
        async move { worker.run_until(Instant::now() + limit, work).await }
    }

    async fn run_until<T: Send + 'static>(
        &self,
        deadline: Instant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkerError> {
        let inner = &*self.0;
        if inner.is_stuck.load(Ordering::Relaxed) && inner.place.available_permits() == 0 {
            return Err(WorkerError::Stuck);
        }
        let place = timeout_at(deadline, inner.place.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            inner.is_stuck.store(true, Ordering::Relaxed);
            return Err(WorkerError::TimedOut);
        };
        inner.is_stuck.store(false, Ordering::Relaxed);
        let (ended, end) = oneshot::channel();
        // The place is held until the work has ended, even after every caller has given up.
        let work = move || {
            let done = work();
            drop(place);
            let _ = ended.send(done);
        };
        let thread = thread::Builder::new().name(inner.name.to_owned());
        thread.spawn(work).map_err(WorkerError::NoThread)?;
        let Ok(done) = timeout_at(deadline, end).await else {
            inner.is_stuck.store(true, Ordering::Relaxed);
            return Err(WorkerError::TimedOut);
        };
        done.map_err(|_| WorkerError::Panicked)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const SOON: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_mins(10);

    #[tokio::test]
    async fn work_that_hangs_is_begun_once_and_refuses_what_follows() {
        let worker = Worker::named("test");
        let (release, hangs) = mpsc::channel::<()>();
        let hung = worker.run(SOON, move || hangs.recv()).await;
        assert!(matches!(hung, Err(WorkerError::TimedOut)));
        for _ in 0..100 {
            // Refused at once, however long the limit is.
            let refused = worker.run(LONG, || ()).await;
            assert!(matches!(refused, Err(WorkerError::Stuck)));
        }
        // Another worker does not notice.
        assert!(Worker::named("other").run(LONG, || 7).await.is_ok());
        drop(release);
        let mut done = worker.run(LONG, || 7).await;
        while matches!(done, Err(WorkerError::Stuck)) {
            tokio::task::yield_now().await;
            done = worker.run(LONG, || 7).await;
        }
        assert!(matches!(done, Ok(7)));
    }

    #[tokio::test]
    async fn one_at_a_time_is_run_and_each_on_a_thread_of_that_name() {
        let worker = Worker::named("test-name");
        let running = Arc::new(AtomicBool::new(false));
        let runs = (0..20).map(|_| {
            let running = running.clone();
            worker.run(LONG, move || {
                assert!(!running.swap(true, Ordering::SeqCst));
                thread::yield_now();
                running.store(false, Ordering::SeqCst);
                thread::current().name().map(str::to_owned)
            })
        });
        for name in futures_util::future::join_all(runs).await {
            assert_eq!(name.unwrap().as_deref(), Some("test-name"));
        }
    }

    #[tokio::test]
    async fn work_that_panics_or_is_given_up_frees_its_place() {
        let worker = Worker::named("test");
        let panicked = worker.run(LONG, || panic!("on purpose")).await;
        assert!(matches!(panicked, Err(WorkerError::Panicked)));
        let (release, hangs) = mpsc::channel::<()>();
        let given_up = tokio::time::timeout(SOON, worker.run(LONG, move || hangs.recv())).await;
        assert!(given_up.is_err());
        drop(release);
        assert!(matches!(worker.run(LONG, || 7).await, Ok(7)));
    }
}
