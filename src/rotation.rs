//! Rotation: a running service follows its folder of keys.
//!
//! The folder is read again from time to time, when an operator says so, and when somebody presents
//! a token whose secret this node has not read yet. Nodes do not talk to each other about keys.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{sync::Mutex, task::spawn_blocking, time::timeout};

use crate::{
    audit::{Act, audit},
    keyring::{KeyFile, Keyring, Reload},
};

/// How long whoever presents a token waits for the folder.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keeps a keyring what its folder is. A cheap handle.
#[derive(Debug, Clone)]
pub struct Rotation(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keyring: Keyring,
    /// Held while the folder is being read.
    reading: Mutex<()>,
    /// When the folder was last read for somebody's token.
    caught_up: Mutex<Option<DateTime<Utc>>>,
}

impl Rotation {
    /// Of the keys in that keyring.
    pub fn new(keyring: Keyring) -> Self {
        Self(Arc::new(Inner {
            keyring,
            reading: Mutex::default(),
            caught_up: Mutex::default(),
        }))
    }

    /// The keys in use.
    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// Reads the folder again, and says what has changed. What is wrong there is said and ignored.
    pub async fn read(&self, now: DateTime<Utc>) {
        let _reading = self.0.reading.lock().await;
        let keyring = self.0.keyring.clone();
        // Whoever waits for it may give up before it is said.
        let read = spawn_blocking(move || keyring.reload(now).as_ref().map(say));
        if read.await.is_err() {
            tracing::error!("the folder of keys was not read to its end: a bug of ours");
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
                self.read(now).await;
            }
        };
        // A folder that does not answer keeps nobody waiting.
        let _ = timeout(PATIENCE, read).await;
    }
}

fn say(reload: &Reload) {
    let names = |files: &[KeyFile]| KeyFile::names(files.iter().copied());
    if !(reload.added.is_empty() && reload.removed.is_empty()) {
        let (added, removed) = (names(&reload.added), names(&reload.removed));
        audit!(Act::KeysChange, Done, added, removed);
    }
    for notice in &reload.notices {
        tracing::warn!("{notice}");
    }
    if reload.is_news {
        for fault in &reload.faults {
            tracing::error!(%fault, "the folder of keys: ignored, what was held stays");
        }
        if reload.faults.is_empty() {
            tracing::info!("the folder of keys is in order again");
        }
    }
}
