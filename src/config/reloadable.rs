//! Secrets that operators rotate in their files while the service runs.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use futures_util::{FutureExt, future};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::secret_file;
use crate::blocking::Worker;

/// The time limit for reading a secret file.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// The pause after a failed reload in which refused logins do not read the file.
const PAUSE: Duration = Duration::from_secs(5);

/// A secret in use. If it comes from a file, it can be reloaded. Clones share the secret.
pub struct Reloadable<T>(Arc<ReloadableInner<T>>);

struct ReloadableInner<T> {
    held: ArcSwap<HeldSecret<T>>,
    file: Option<SecretFile<T>>,
}

/// A secret, and the text from which it was parsed.
struct HeldSecret<T> {
    value: T,
    text: Zeroizing<String>,
}

struct SecretFile<T> {
    setting: String,
    path: String,
    parse: fn(&str) -> Result<T, String>,
    /// The thread that reads the file, so that a file system that does not respond blocks only this
    /// secret.
    reader: Worker,
    failure: Mutex<Option<ReloadFailure>>,
}

/// The failure of the last reload.
struct ReloadFailure {
    at: Instant,
    /// The logged error.
    error: String,
}

/// The outcome of a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretReload {
    /// The file contains a new secret, which is in use now.
    Changed,
    /// The secret did not change: the file contains the same secret or cannot be used, or there is
    /// no file.
    Kept,
}

impl<T> Reloadable<T> {
    /// Reads the secret of `setting` from the file at `path` and parses it with `parse`.
    ///
    /// # Errors
    /// The file cannot be read, or its text cannot be parsed. The error quotes the path and never
    /// the secret.
    pub(super) fn from_file(
        setting: &str,
        path: &str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Result<Self, String> {
        let file = SecretFile {
            setting: setting.to_owned(),
            path: path.to_owned(),
            parse,
            reader: Worker::named("signet-secret"),
            failure: Mutex::default(),
        };
        let held = ArcSwap::from_pointee(file.read()?);
        let file = Some(file);
        Ok(Self(Arc::new(ReloadableInner { held, file })))
    }

    /// Applies `look` to the secret in use.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.0.held.load().value)
    }

    /// Reloads the secret at an operator's request. If the file cannot be used, the secret in use
    /// stays and a warning names the setting. Waits at most 5 s for the file, without blocking.
    pub fn reload(&self) -> impl Future<Output = SecretReload> + Send + use<T>
    where
        T: Send + Sync + 'static,
    {
        if let Some(file) = &self.0.file {
            *file.failure() = None;
        }
        self.read_again(READ_LIMIT)
    }

    /// Reloads the secret because the other side refused it. After a failed reload the file is not
    /// read for 5 s, and a repeated fault is logged only once, however many logins are refused
    /// meanwhile.
    pub fn reload_refused(&self) -> impl Future<Output = SecretReload> + Send + use<T>
    where
        T: Send + Sync + 'static,
    {
        let file = self.0.file.as_ref();
        if file.is_none_or(|file| file.is_paused(Instant::now())) {
            return future::ready(SecretReload::Kept).left_future();
        }
        self.read_again(READ_LIMIT).right_future()
    }

    fn read_again(&self, limit: Duration) -> impl Future<Output = SecretReload> + Send + use<T>
    where
        T: Send + Sync + 'static,
    {
        let Some(file) = &self.0.file else {
            return future::ready(SecretReload::Kept).left_future();
        };
        let (reading, waiting) = (self.0.clone(), self.0.clone());
        let read = file.reader.run(limit, move || reading.read_again());
        let read = read.map(move |read| {
            read.unwrap_or_else(|unfinished| {
                if let Some(file) = &waiting.file {
                    let path = &file.path;
                    file.fail(&format!("{path:?} does not respond: {unfinished}"));
                }
                SecretReload::Kept
            })
        });
        read.right_future()
    }
}

impl<T> ReloadableInner<T> {
    /// Reads the file and blocks meanwhile.
    fn read_again(&self) -> SecretReload {
        let Some(file) = &self.file else {
            return SecretReload::Kept;
        };
        match file.read() {
            Ok(read) => {
                *file.failure() = None;
                if read.text == self.held.load().text {
                    return SecretReload::Kept;
                }
                self.held.store(Arc::new(read));
                tracing::info!(
                    setting = file.setting,
                    "a secret file was read again and has changed"
                );
                SecretReload::Changed
            }
            Err(error) => {
                file.fail(&error);
                SecretReload::Kept
            }
        }
    }
}

impl Reloadable<SecretString> {
    /// Returns a copy of the secret in use. The copy is erased when it is dropped.
    pub fn expose(&self) -> Zeroizing<String> {
        self.with(|secret| Zeroizing::new(secret.expose_secret().to_owned()))
    }
}

impl<T> SecretFile<T> {
    fn read(&self) -> Result<HeldSecret<T>, String> {
        let text = secret_file::read(&self.path)?;
        let value = (self.parse)(&text).map_err(|wrong| format!("{:?} {wrong}", self.path))?;
        Ok(HeldSecret { value, text })
    }

    /// Records that the file cannot be used. Logs the error if it differs from the last one.
    fn fail(&self, error: &str) {
        let before = self.failure().replace(ReloadFailure {
            at: Instant::now(),
            error: error.to_owned(),
        });
        if before.is_none_or(|before| before.error != error) {
            tracing::warn!(
                setting = self.setting,
                error,
                "a secret file cannot be read again: the secret in use stays"
            );
        }
    }

    /// Returns whether the last reload failed less than [`PAUSE`] ago.
    fn is_paused(&self, now: Instant) -> bool {
        let failure = self.failure();
        let ago = |failure: &ReloadFailure| now.saturating_duration_since(failure.at);
        failure.as_ref().is_some_and(|failure| ago(failure) < PAUSE)
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<ReloadFailure>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wraps a secret that does not come from a file.
impl<T> From<T> for Reloadable<T> {
    fn from(value: T) -> Self {
        let text = Zeroizing::default();
        Self(Arc::new(ReloadableInner {
            held: ArcSwap::from_pointee(HeldSecret { value, text }),
            file: None,
        }))
    }
}

impl<T> Clone for Reloadable<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Reloadable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reloadable(REDACTED)")
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, thread};

    use super::*;

    /// Parses a text. A text that is the path of a file blocks while that file exists, like a
    /// network file system that does not respond.
    fn parse_blocking(text: &str) -> Result<String, String> {
        while Path::new(text).exists() {
            thread::sleep(Duration::from_millis(1));
        }
        match text {
            "bad" => Err("is bad".to_owned()),
            text => Ok(text.to_owned()),
        }
    }

    fn secret(path: &Path) -> Reloadable<String> {
        fs::write(path, "first").unwrap();
        Reloadable::from_file("setting", path.to_str().unwrap(), parse_blocking).unwrap()
    }

    #[tokio::test]
    async fn an_unresponsive_file_blocks_no_other_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let (hung, other) = (secret(&path), secret(&folder.path().join("other")));
        let silent = folder.path().join("silent");
        fs::write(&silent, "").unwrap();
        fs::write(&path, silent.to_str().unwrap()).unwrap();
        let soon = Duration::from_millis(20);
        assert_eq!(hung.read_again(soon).await, SecretReload::Kept);
        fs::write(folder.path().join("other"), "second").unwrap();
        assert_eq!(other.reload_refused().await, SecretReload::Changed);
        // Neither refused logins nor an operator wait for the file.
        for _ in 0..1_000 {
            assert_eq!(hung.reload_refused().await, SecretReload::Kept);
            assert_eq!(hung.reload().await, SecretReload::Kept);
        }
        assert_eq!(hung.with(String::clone), "first");
        fs::write(&path, "second").unwrap();
        fs::remove_file(silent).unwrap();
        while hung.with(String::clone) != "second" {
            hung.reload().await;
        }
    }

    #[tokio::test]
    async fn refused_logins_do_not_reload_an_unusable_file_during_the_pause() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let secret = secret(&path);
        // An unchanged, valid file is read each time: it may change at any moment.
        assert_eq!(secret.reload_refused().await, SecretReload::Kept);
        fs::write(&path, "bad").unwrap();
        assert_eq!(secret.reload_refused().await, SecretReload::Kept);
        let file = secret.0.file.as_ref().unwrap();
        let failed = file.failure().as_ref().unwrap().at;
        assert!(file.is_paused(failed) && file.is_paused(failed + PAUSE / 2));
        assert!(!file.is_paused(failed + PAUSE));
        // A refused login within the pause does not read the file; a request of an operator does.
        file.failure().as_mut().unwrap().at = Instant::now() + Duration::from_hours(1);
        fs::write(&path, "second").unwrap();
        assert_eq!(secret.reload_refused().await, SecretReload::Kept);
        assert_eq!(secret.reload().await, SecretReload::Changed);
        assert!(file.failure().is_none());
    }
}
