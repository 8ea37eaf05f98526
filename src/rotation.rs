//! Key rotation: a running service follows the changes of its key folder.
//!
//! The folder is reloaded periodically, when an operator requests it, and when a client presents a token
//! whose secret this node has not read yet. Nodes do not communicate about keys.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{spawn, sync::Mutex, time::timeout};

use crate::{
    audit::{AuditAction, audit},
    blocking::{Threads, Worker, WorkerError},
    keyring::{KeyFileName, Keyring, ReloadOutcome},
};

/// The longest time that a request with a token waits for the folder.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(1);

/// The time after which a folder that does not respond is reported.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// Keeps a keyring up to date with its folder. A cheap handle.
#[derive(Debug, Clone)]
pub struct Rotation(Arc<RotationInner>);

#[derive(Debug)]
struct RotationInner {
    keyring: Keyring,
    /// The thread that reads the folder, which has no other work.
    reader: Worker,
    /// The function that reads the folder. Tests use one that does not respond.
    read: fn(&Keyring, DateTime<Utc>) -> Option<ReloadOutcome>,
    /// True if an unresponsive folder has been reported.
    is_silent: AtomicBool,
    /// The time at which the folder was last read because of a token.
    caught_up: Mutex<Option<DateTime<Utc>>>,
}

impl Rotation {
    /// Follows the folder of that keyring, which is read on these threads.
    pub fn new(keyring: Keyring, threads: Threads) -> Self {
        Self::with_reader(keyring, threads, Keyring::reload)
    }

    fn with_reader(
        keyring: Keyring,
        threads: Threads,
        read: fn(&Keyring, DateTime<Utc>) -> Option<ReloadOutcome>,
    ) -> Self {
        Self(Arc::new(RotationInner {
            keyring,
            reader: Worker::on(threads, "signet-keys"),
            read,
            is_silent: AtomicBool::new(false),
            caught_up: Mutex::default(),
        }))
    }

    /// Returns the keyring.
    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// Reloads the folder and logs the changes. Faults of the folder are logged and ignored. At most one
    /// reload runs at a time. A folder that does not respond within 5 s is reported once.
    pub async fn read(&self, now: DateTime<Utc>) {
        self.read_within(READ_LIMIT, now).await;
    }

    async fn read_within(&self, limit: Duration, now: DateTime<Utc>) {
        let (keyring, read) = (self.0.keyring.clone(), self.0.read);
        // The worker logs, because the caller may stop waiting before the reload ends.
        let work = move || read(&keyring, now).as_ref().map(log_changes);
        match self.0.reader.run(limit, work).await {
            Ok(_) => {
                if self.0.is_silent.swap(false, Ordering::Relaxed) {
                    tracing::info!("the key folder responds again");
                }
            }
            Err(WorkerError::Stuck) => {}
            Err(unfinished @ WorkerError::TimedOut) => {
                self.0.is_silent.store(true, Ordering::Relaxed);
                tracing::error!(
                    cause = %unfinished,
                    "the key folder does not respond: the keys in use stay. Check the file system of \
                     keys.folder, such as a network mount, and mount it again; a restart would find no \
                     keys. The folder is read again as soon as it responds"
                );
            }
            Err(unfinished) => {
                tracing::error!(cause = %unfinished, "the key folder could not be read again");
            }
        }
    }

    /// Reloads the folder for a request whose token names a secret that is not held, at most once a second
    /// for all requests together.
    pub(crate) async fn catch_up(&self, now: DateTime<Utc>) {
        let read = async {
            let mut caught_up = self.0.caught_up.lock().await;
            // Requests that arrived before the reload waited for it. The second condition covers a clock
            // that is set back.
            let is_due = |last| now > last || now < last - TimeDelta::minutes(1);
            if caught_up.is_none_or(is_due) {
                *caught_up = Some(now);
                // The reload continues to its own time limit after this caller stops waiting, so an
                // unresponsive folder is detected and not read again.
                let rotation = self.clone();
                let _ = spawn(async move { rotation.read(now).await }).await;
            }
        };
        // A folder that does not respond delays the request by this much at most.
        let _ = timeout(CATCH_UP_LIMIT, read).await;
    }
}

fn log_changes(reload: &ReloadOutcome) {
    let names = |files: &[KeyFileName]| KeyFileName::names(files.iter().copied());
    if !(reload.added.is_empty() && reload.removed.is_empty()) {
        let (added, removed) = (names(&reload.added), names(&reload.removed));
        audit!(AuditAction::KeysChange, Done, added, removed);
    }
    for warning in &reload.warnings {
        tracing::warn!("{warning}");
    }
    if reload.faults_changed {
        for fault in &reload.faults {
            tracing::error!(%fault, "a fault in the key folder is ignored: the keys in use stay");
        }
        if reload.faults.is_empty() {
            tracing::info!("the key folder is usable again");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, thread};

    use super::*;
    use crate::{
        client::Algorithm,
        config::{Config, FlagSettings, SettingSources},
        entropy::Entropy,
        keyring,
    };

    /// Behaves like a network file system that does not respond while a file of that name is in the folder.
    fn read_slowly(keyring: &Keyring, now: DateTime<Utc>) -> Option<ReloadOutcome> {
        while keyring.folder().join("silent").exists() {
            thread::sleep(Duration::from_millis(1));
        }
        keyring.reload(now)
    }

    fn rotation_of(folder: &tempfile::TempDir, now: DateTime<Utc>) -> Rotation {
        let algorithms = [Algorithm::Es256];
        keyring::generate(folder.path(), &algorithms, &Entropy::system(), now).unwrap();
        let text = format!("keys.folder = '{}'", folder.path().display());
        let sources =
            SettingSources::new(("signet.toml", &text), [], FlagSettings::default()).unwrap();
        let config = Config::load(sources).unwrap();
        let leeway = config.tokens.leeway;
        let (keyring, _) = Keyring::load(&config.keys, &config.issuer, leeway, now).unwrap();
        Rotation::with_reader(keyring, Threads::Separate, read_slowly)
    }

    #[tokio::test(start_paused = true)]
    async fn requests_alone_detect_an_unresponsive_folder() {
        let folder = tempfile::tempdir().unwrap();
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let rotation = rotation_of(&folder, now);
        let silent = folder.path().join("silent");
        fs::write(&silent, "").unwrap();
        rotation.catch_up(now + TimeDelta::seconds(10)).await;
        tokio::time::sleep(READ_LIMIT).await;
        assert!(rotation.0.is_silent.load(Ordering::Relaxed));
        fs::remove_file(silent).unwrap();
    }

    #[tokio::test]
    async fn unresponsive_folder_is_read_once_and_blocks_no_caller() {
        let folder = tempfile::tempdir().unwrap();
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let rotation = rotation_of(&folder, now);
        let silent = folder.path().join("silent");
        fs::write(&silent, "").unwrap();

        let later = now + TimeDelta::seconds(10);
        let soon = Duration::from_millis(20);
        rotation.read_within(soon, later).await;
        assert!(rotation.0.is_silent.load(Ordering::Relaxed));
        // From now on neither the next reload nor a request with a token waits.
        for second in 0..1_000 {
            let at = later + TimeDelta::seconds(second);
            rotation.read(at).await;
            rotation.catch_up(at).await;
        }
        assert_eq!(rotation.keyring().read_at(), now);
        assert!(rotation.keyring().secret(later).is_some());

        fs::remove_file(silent).unwrap();
        let mut last = later;
        while rotation.0.is_silent.load(Ordering::Relaxed) {
            last += TimeDelta::seconds(10);
            rotation.read(last).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(rotation.keyring().read_at(), last);
    }
}
