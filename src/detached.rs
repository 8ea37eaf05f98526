//! Work that goes on although nobody waits for it any more.

use std::{future::pending, panic::resume_unwind, time::Duration};

use tokio::{sync::watch, time::timeout};
use tracing::Instrument;

/// The time in which aborted work must end.
const ABORT_TIME: Duration = Duration::from_millis(500);

/// Runs `work` in a task of its own, in the current span, and returns its result. If the returned future is dropped,
/// the work is completed all the same. A panic of the work is passed on.
pub async fn detached<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work.in_current_span()).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime stops, and drops this future as well.
            Err(_) => pending().await,
        },
    }
}

/// The phase of a service, as such work sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShutdownPhase {
    /// The service runs.
    Running,
    /// The service stops: attempts in flight may finish, and no work waits for a later one.
    Draining,
    /// Attempts in flight are aborted.
    Stopped,
}

/// Drains work. `finished` waits until all of it has ended; what has not within `grace` is aborted.
pub async fn drain(
    phase: &watch::Sender<ShutdownPhase>,
    grace: Duration,
    finished: impl AsyncFn(),
) {
    phase.send_replace(ShutdownPhase::Draining);
    if timeout(grace, finished()).await.is_err() {
        phase.send_replace(ShutdownPhase::Stopped);
        let _ = timeout(ABORT_TIME, finished()).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        sync::oneshot,
        time::{sleep, timeout},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn dropped_work_is_completed() {
        let (report, reported) = oneshot::channel();
        let work = detached(async {
            sleep(Duration::from_secs(2)).await;
            report.send("done")
        });
        assert!(timeout(Duration::from_secs(1), work).await.is_err());
        assert_eq!(reported.await, Ok("done"));
    }

    #[tokio::test]
    #[should_panic(expected = "of the work")]
    async fn panic_is_passed_on() {
        detached(async { panic!("of the work") }).await;
    }
}
