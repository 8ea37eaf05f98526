//! The user and the password with which connections are opened.

use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use sqlx::Pool;
use zeroize::Zeroizing;

use super::Driver;
use crate::config::Reloadable;

/// The database URL and the login that is in use. An operator may replace the URL in its file.
#[derive(Debug)]
pub(in crate::store) struct DatabaseLogin {
    url: Reloadable<SecretString>,
    used: Mutex<UsedLogin>,
}

#[derive(Debug)]
struct UsedLogin {
    url: Zeroizing<String>,
    /// The URL of another database that was rejected with a warning.
    unusable: Zeroizing<String>,
}

impl DatabaseLogin {
    pub(super) fn new(url: Reloadable<SecretString>) -> Self {
        let used = Mutex::new(UsedLogin {
            url: url.expose(),
            unusable: Zeroizing::default(),
        });
        Self { url, used }
    }

    /// Opens a connection by `open`, which uses the options of the pool. If the server refuses the user or the password, the
    /// URL is read again from its file, and a changed URL is tried once.
    ///
    /// # Errors
    /// No connection can be opened.
    pub(super) async fn connect<DB: Driver, C, F>(
        &self,
        pool: &Pool<DB>,
        open: impl Fn() -> F,
    ) -> Result<C, sqlx::Error>
    where
        F: Future<Output = Result<C, sqlx::Error>>,
    {
        // Another operation may replace the URL while this one connects.
        let before = self.lock().url.clone();
        let error = match open().await {
            Err(error) if DB::is_refused_login(&error) => error,
            opened => return opened,
        };
        // The file is read before the lock is taken, because the read may take long.
        self.url.reload_refused().await;
        self.use_url(pool);
        if before == self.lock().url {
            return Err(error);
        }
        open().await
    }

    /// Reads the URL again and sets its user and password for connections that are opened from now on. A
    /// URL of another database changes nothing, because that change needs a restart.
    pub(in crate::store) async fn reload<DB: Driver>(&self, pool: &Pool<DB>) {
        self.url.reload().await;
        self.lock().unusable = Zeroizing::default();
        self.use_url(pool);
    }

    fn use_url<DB: Driver>(&self, pool: &Pool<DB>) {
        let url = self.url.expose();
        let mut used = self.lock();
        if url == used.url || url == used.unusable {
            return;
        }
        if let Some(options) = DB::with_login(&url, &pool.connect_options()) {
            pool.set_connect_options(options);
            used.url = url;
        } else {
            used.unusable = url;
            tracing::warn!(
                setting = "database.url_file",
                "the file names another database: restart the service to use it"
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, UsedLogin> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
