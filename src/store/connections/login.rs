//! The user and the password with which connections are opened.

use secrecy::SecretString;
use sqlx::{Pool, pool::PoolConnection};
use tokio::{sync::Mutex, task::spawn_blocking};
use zeroize::Zeroizing;

use super::Driver;
use crate::config::Reloadable;

/// The database URL, which an operator may replace in its file.
#[derive(Debug)]
pub(in crate::store) struct Login {
    url: Reloadable<SecretString>,
    used: Mutex<Zeroizing<String>>,
}

impl Login {
    pub(super) fn new(url: Reloadable<SecretString>) -> Self {
        let used = Mutex::new(url.expose());
        Self { url, used }
    }

    /// A connection of the pool. If the server refuses the user or the password, the URL is read again
    /// from its file, and one that has changed is tried once.
    pub(super) async fn connect<DB: Driver>(
        &self,
        pool: &Pool<DB>,
    ) -> Result<PoolConnection<DB>, sqlx::Error> {
        // Another operation may replace the URL while this one connects.
        let before = self.used.lock().await.clone();
        let error = match pool.acquire().await {
            Err(error) if DB::is_refused_login(&error) => error,
            opened => return opened,
        };
        self.reload(pool).await;
        if before == *self.used.lock().await {
            return Err(error);
        }
        pool.acquire().await
    }

    /// Reads the URL again and gives its user and password to the pool, for the connections that are
    /// opened from now on. A URL of another database changes nothing: that takes a restart.
    pub(in crate::store) async fn reload<DB: Driver>(&self, pool: &Pool<DB>) {
        let mut used = self.used.lock().await;
        let url = self.url.clone();
        // A task that failed has read nothing.
        let _ = spawn_blocking(move || url.reload()).await;
        let url = self.url.expose();
        if url == *used {
            return;
        }
        if let Some(options) = DB::with_login(&url, &pool.connect_options()) {
            pool.set_connect_options(options);
            *used = url;
        } else {
            tracing::warn!(
                setting = "database.url_file",
                "the file names another database: restart the service to use it"
            );
        }
    }
}
