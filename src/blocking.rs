//! Runs blocking work on separate threads, one for each kind of work.
//!
//! A file system that does not answer blocks its thread without a limit. Keys and secrets are read here and
//! not in the runtime's pool of blocking threads, where they could take all threads from other work.

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

/// The threads that blocking work runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// A new thread for each task, as in the service.
    Separate,
    /// The calling thread. It blocks until the work is done. A simulation has a single thread, so that it
    /// can be replayed exactly.
    Caller,
}

/// Runs one task at a time, each on a new thread with the name of the worker. Clones share the limit.
#[derive(Debug, Clone)]
pub struct Worker(Arc<WorkerInner>);

#[derive(Debug)]
struct WorkerInner {
    name: &'static str,
    threads: Threads,
    /// One permit, which the running task holds until it ends.
    permit: Arc<Semaphore>,
    /// `true` if the last task did not end in time.
    is_stuck: AtomicBool,
}

/// A reason why a task gave no result.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The task, or the one before it, did not end in time. That task keeps running on its thread, and no
    /// other is started before it ends.
    #[error("the operation did not finish in time")]
    TimedOut,
    /// An earlier task that did not end in time is still running, so this task was not started.
    #[error("an earlier operation has not finished")]
    Stuck,
    /// The operating system starts no thread.
    #[error("no thread can be started: {0}")]
    NoThread(io::Error),
    /// The task panicked.
    #[error("the operation failed because of a bug")]
    Panicked,
}

impl Worker {
    /// Creates a worker whose threads have that name, of at most 15 bytes.
    pub fn named(name: &'static str) -> Self {
        Self::on(Threads::Separate, name)
    }

    /// Creates a worker of that name on these threads.
    pub fn on(threads: Threads, name: &'static str) -> Self {
        Self(Arc::new(WorkerInner {
            name,
            threads,
            permit: Arc::new(Semaphore::new(1)),
            is_stuck: AtomicBool::new(false),
        }))
    }

    /// Runs `work` on a new thread and waits for the result for at most `limit`. A task that takes longer keeps
    /// running; until it ends, further tasks are refused immediately. On `Threads::Caller` the work runs at once, without
    /// a limit, and a panic reaches the caller.
    ///
    /// # Errors
    /// The task has not ended in time, was not started, or panicked.
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
        if inner.threads == Threads::Caller {
            return Ok(work());
        }
        if inner.is_stuck.load(Ordering::Relaxed) && inner.permit.available_permits() == 0 {
            return Err(WorkerError::Stuck);
        }
        let permit = timeout_at(deadline, inner.permit.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            inner.is_stuck.store(true, Ordering::Relaxed);
            return Err(WorkerError::TimedOut);
        };
        inner.is_stuck.store(false, Ordering::Relaxed);
        let (ended, end) = oneshot::channel();
        // The permit is held until the task has ended, even if every caller has given up.
        let work = move || {
            let done = work();
            drop(permit);
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
    async fn hanging_task_refuses_further_tasks_until_it_ends() {
        let worker = Worker::named("test");
        let (release, hangs) = mpsc::channel::<()>();
        let hung = worker.run(SOON, move || hangs.recv()).await;
        assert!(matches!(hung, Err(WorkerError::TimedOut)));
        for _ in 0..100 {
            // Refused immediately, however long the limit is.
            let refused = worker.run(LONG, || ()).await;
            assert!(matches!(refused, Err(WorkerError::Stuck)));
        }
        // Other workers are not affected.
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
    async fn tasks_run_one_at_a_time_on_named_threads() {
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
    async fn task_runs_on_the_thread_of_its_caller() {
        let worker = Worker::on(Threads::Caller, "test");
        let thread = worker.run(SOON, || thread::current().id()).await;
        assert_eq!(thread.ok(), Some(thread::current().id()));
    }

    #[tokio::test]
    async fn panicked_or_cancelled_task_frees_the_worker() {
        let worker = Worker::named("test");
        let panicked = worker.run(LONG, || panic!("on purpose")).await;
        assert!(matches!(panicked, Err(WorkerError::Panicked)));
        let (release, hangs) = mpsc::channel::<()>();
        let cancelled = tokio::time::timeout(SOON, worker.run(LONG, move || hangs.recv())).await;
        assert!(cancelled.is_err());
        drop(release);
        assert!(matches!(worker.run(LONG, || 7).await, Ok(7)));
    }
}
