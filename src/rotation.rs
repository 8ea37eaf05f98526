//! Rotation: a running service follows its folder of keys.
//!
//! The folder is read again from time to time, when an operator says so, and when somebody presents
//! a token whose secret this node has not read yet. Nodes do not talk to each other about keys.

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
    blocking::{Worker, WorkerError},
    keyring::{KeyFileName, Keyring, ReloadOutcome},
};

/// How long whoever presents a token waits for the folder.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the folder may take to be read before it is reported.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// Keeps a keyring what its folder is. A cheap handle.
#[derive(Debug, Clone)]
pub struct Rotation(Arc<RotationInner>);

#[derive(Debug)]
struct RotationInner {
    keyring: Keyring,
    /// Reads the folder, on a thread that nothing else uses.
    reader: Worker,
    /// How: tests read a folder that does not answer.
    read: fn(&Keyring, DateTime<Utc>) -> Option<ReloadOutcome>,
    /// Whether it was reported that the folder does not answer.
    is_silent: AtomicBool,
    /// When the folder was last read for somebody's token.
    caught_up: Mutex<Option<DateTime<Utc>>>,
}

impl Rotation {
    /// Of the keys in that keyring.
    pub fn new(keyring: Keyring) -> Self {
        Self::reading_by(keyring, Keyring::reload)
    }

    fn reading_by(
        keyring: Keyring,
        read: fn(&Keyring, DateTime<Utc>) -> Option<ReloadOutcome>,
    ) -> Self {
        Self(Arc::new(RotationInner {
            keyring,
            reader: Worker::named("signet-keys"),
            read,
            is_silent: AtomicBool::new(false),
            caught_up: Mutex::default(),
        }))
    }

    /// The keys in use.
    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// Reads the folder again and logs the changes. Faults of the folder are logged and ignored. One
    /// reading is under way at most; a folder that does not answer within 5 s is reported once.
    pub async fn read(&self, now: DateTime<Utc>) {
        self.read_within(READ_LIMIT, now).await;
    }

    async fn read_within(&self, limit: Duration, now: DateTime<Utc>) {
        let (keyring, read) = (self.0.keyring.clone(), self.0.read);
        // Whoever waits for it may give up before it is said.
        let work = move || read(&keyring, now).as_ref().map(say);
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

    /// Reads the folder again for somebody whose token names a secret that is not held; at most
    /// once a second, however many ask.
    pub(crate) async fn catch_up(&self, now: DateTime<Utc>) {
        let read = async {
            let mut caught_up = self.0.caught_up.lock().await;
            // Those who came before it was read have been waiting since; a clock may be set back.
            let is_due = |last| now > last || now < last - TimeDelta::minutes(1);
            if caught_up.is_none_or(is_due) {
                *caught_up = Some(now);
                // Goes on to its own limit where this caller gives up, so that a folder that does not
                // answer is found out and asked no more.
                let rotation = self.clone();
                let _ = spawn(async move { rotation.read(now).await }).await;
            }
        };
        // A folder that does not answer keeps nobody waiting.
        let _ = timeout(PATIENCE, read).await;
    }
}

fn say(reload: &ReloadOutcome) {
    let names = |files: &[KeyFileName]| KeyFileName::names(files.iter().copied());
    if !(reload.added.is_empty() && reload.removed.is_empty()) {
        let (added, removed) = (names(&reload.added), names(&reload.removed));
        audit!(AuditAction::KeysChange, Done, added, removed);
    }
    for notice in &reload.notices {
        tracing::warn!("{notice}");
    }
    if reload.is_news {
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

    /// As a network file system reads that does not answer while a file of that name is in the folder.
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
        Rotation::reading_by(keyring, read_slowly)
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_alone_find_out_that_a_folder_does_not_answer() {
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
    async fn a_folder_that_does_not_answer_is_asked_once_and_blocks_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let rotation = rotation_of(&folder, now);
        let silent = folder.path().join("silent");
        fs::write(&silent, "").unwrap();

        let later = now + TimeDelta::seconds(10);
        let soon = Duration::from_millis(20);
        rotation.read_within(soon, later).await;
        assert!(rotation.0.is_silent.load(Ordering::Relaxed));
        // From now on nobody waits: not the next reading, and not those who present tokens.
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
