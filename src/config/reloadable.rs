//! Secrets that an operator rotates in their files while the service runs.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::secret_file;

/// A secret in use. One that came from a file can be read again from it. Clones share the secret.
pub struct Reloadable<T>(Arc<Inner<T>>);

struct Inner<T> {
    held: ArcSwap<Held<T>>,
    file: Option<SecretFile<T>>,
}

/// A secret, and the text from which it was parsed.
struct Held<T> {
    value: T,
    text: Zeroizing<String>,
}

struct SecretFile<T> {
    setting: String,
    path: String,
    parse: fn(&str) -> Result<T, String>,
}

/// The outcome of reading a secret again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// The file holds another secret, which is in use from now on.
    Changed,
    /// The file holds the secret in use, cannot be used, or there is no file.
    Kept,
}

impl<T> Reloadable<T> {
    /// Reads the secret of `setting` from the file at `path`, with `parse` for its text.
    ///
    /// # Errors
    /// Why the file or its text cannot be used. The error quotes the path and never the secret.
    pub(super) fn from_file(
        setting: &str,
        path: &str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Result<Self, String> {
        let file = SecretFile {
            setting: setting.to_owned(),
            path: path.to_owned(),
            parse,
        };
        let held = ArcSwap::from_pointee(file.read()?);
        let file = Some(file);
        Ok(Self(Arc::new(Inner { held, file })))
    }

    /// Applies `look` to the secret in use.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.0.held.load().value)
    }

    /// Reads the file again. Where the file cannot be used, the secret in use stays and a warning names
    /// the setting. Blocks while the file is read.
    pub fn reload(&self) -> Reload {
        let Some(file) = &self.0.file else {
            return Reload::Kept;
        };
        match file.read() {
            Ok(read) if read.text == self.0.held.load().text => Reload::Kept,
            Ok(read) => {
                self.0.held.store(Arc::new(read));
                tracing::info!(
                    setting = file.setting,
                    "a secret was read again and has changed"
                );
                Reload::Changed
            }
            Err(error) => {
                tracing::warn!(
                    setting = file.setting,
                    error,
                    "a secret cannot be read again: the one in use stays"
                );
                Reload::Kept
            }
        }
    }
}

impl Reloadable<SecretString> {
    /// A copy of the secret in use, erased when it is dropped.
    pub fn expose(&self) -> Zeroizing<String> {
        self.with(|secret| Zeroizing::new(secret.expose_secret().to_owned()))
    }
}

impl<T> SecretFile<T> {
    fn read(&self) -> Result<Held<T>, String> {
        let text = secret_file::read(&self.path)?;
        let value = (self.parse)(&text).map_err(|wrong| format!("{:?} {wrong}", self.path))?;
        Ok(Held { value, text })
    }
}

/// A secret that does not come from a file.
impl<T> From<T> for Reloadable<T> {
    fn from(value: T) -> Self {
        let text = Zeroizing::default();
        Self(Arc::new(Inner {
            held: ArcSwap::from_pointee(Held { value, text }),
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
