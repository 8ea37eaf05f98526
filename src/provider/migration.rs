//! The service that users move from when they log in: it verifies the password of an email that has no user here.

use std::{error::Error as _, sync::Arc, time::Duration};

use http::{
    Request, Response,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use url::Url;

use crate::{
    config::{MigrationConfig, Reloadable},
    fetch::{self, Fetcher},
    identity::{EmailAddress, External, ImageUrl, PersonName},
    json,
    metrics::{Metrics, MigrationOutcome},
    password::PresentedPassword,
};

/// The source of these users in their accounts of kind `import`.
const SOURCE: &str = "migration";

/// The longest identifier of a user at the service, in bytes.
const MAX_ID_BYTES: usize = 255;

/// Asks the service that users move from. Clones share the limit of requests in flight.
#[derive(Debug, Clone)]
pub struct Migration {
    verify_url: Url,
    secret: Reloadable<SecretString>,
    fetcher: Fetcher,
    timeout: Duration,
    slots: Arc<Semaphore>,
    metrics: Metrics,
}

/// The reason why the service has not answered whether the password is right. The texts contain nothing of the
/// request.
#[derive(Debug, thiserror::Error)]
pub enum MigrationFault {
    /// The requests in flight have used up the timeout.
    #[error(
        "migration.concurrency: requests to migration.verify_url had to wait for longer than migration.timeout"
    )]
    Busy,
    /// No complete response was received.
    #[error("migration.verify_url {error}{cause}", error = .0, cause = cause_of(.0))]
    Fetch(fetch::Error),
    /// The response has another status than 200, 401, 403 and 404.
    #[error("migration.verify_url responds with the status {0}")]
    Status(u16),
    /// The response is not the expected JSON.
    #[error(
        "migration.verify_url responds with 200, but not with a JSON object of email_verified (a boolean) and optionally \
         id (1 to 255 bytes), name and image (texts)"
    )]
    Unreadable,
}

impl MigrationFault {
    /// Returns whether a request was sent.
    pub(super) fn was_asked(&self) -> bool {
        match self {
            Self::Busy | Self::Fetch(fetch::Error::NotAdmitted(_) | fetch::Error::Tls(_)) => false,
            Self::Fetch(_) | Self::Status(_) | Self::Unreadable => true,
        }
    }
}

/// A user whose password the service has verified.
#[derive(Debug)]
pub(super) struct MigratedUser {
    pub(super) is_email_verified: bool,
    /// The identity at the service.
    pub(super) account: Option<External>,
    pub(super) name: Option<PersonName>,
    pub(super) image: Option<ImageUrl>,
}

#[derive(Serialize)]
struct VerifyRequest<'a> {
    email: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
struct VerifyResponse {
    email_verified: bool,
    id: Option<String>,
    name: Option<String>,
    image: Option<String>,
}

impl Migration {
    /// Creates a client of the service. Its requests have the timeout of the settings, not that of `fetcher`.
    pub fn new(config: &MigrationConfig, fetcher: Fetcher, metrics: Metrics) -> Self {
        metrics.show_migrations();
        Self {
            verify_url: config.verify_url.clone(),
            secret: config.secret.clone(),
            fetcher,
            timeout: config.timeout,
            slots: Arc::new(Semaphore::new(config.concurrency)),
            metrics,
        }
    }

    /// Asks whether the service has a user with this email and password. Returns `None` if the service refuses them.
    ///
    /// # Errors
    /// The service does not answer the question in time.
    pub(super) async fn verify(
        &self,
        email: &EmailAddress,
        password: &PresentedPassword,
    ) -> Result<Option<MigratedUser>, MigrationFault> {
        let response = self.ask(email, password).await;
        let verified = response.and_then(|response| verified(&response));
        match &verified {
            Ok(Some(_)) => {}
            Ok(None) => self.metrics.migrated(MigrationOutcome::Refused),
            Err(_) => self.metrics.migrated(MigrationOutcome::Failed),
        }
        verified
    }

    /// Counts a user who was created.
    pub(super) fn count_created(&self) {
        self.metrics.migrated(MigrationOutcome::Created);
    }

    async fn ask(
        &self,
        email: &EmailAddress,
        password: &PresentedPassword,
    ) -> Result<Response<Vec<u8>>, MigrationFault> {
        let deadline = Instant::now() + self.timeout;
        let slot = timeout_at(deadline, self.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else {
            return Err(MigrationFault::Busy);
        };
        let request = self.request(email, password)?;
        let remaining = deadline.saturating_duration_since(Instant::now());
        let response = self.fetcher.within(remaining).send(request).await;
        response.map_err(MigrationFault::Fetch)
    }

    fn request(
        &self,
        email: &EmailAddress,
        password: &PresentedPassword,
    ) -> Result<Request<Vec<u8>>, MigrationFault> {
        let unsendable = |error| MigrationFault::Fetch(fetch::Error::Unreachable(error));
        let body = serde_json::to_vec(&VerifyRequest {
            email: email.as_str(),
            password: password.as_str(),
        });
        Request::post(self.verify_url.as_str())
            .header(AUTHORIZATION, format!("Bearer {}", *self.secret.expose()))
            .header(CONTENT_TYPE, "application/json")
            .body(body.map_err(|error| unsendable(error.into()))?)
            .map_err(|error| unsendable(error.into()))
    }
}

/// Reads a response. A name or an image outside the rules of this service is dropped.
fn verified(response: &Response<Vec<u8>>) -> Result<Option<MigratedUser>, MigrationFault> {
    match response.status().as_u16() {
        200 => {}
        401 | 403 | 404 => return Ok(None),
        status => return Err(MigrationFault::Status(status)),
    }
    let VerifyResponse {
        email_verified,
        id,
        name,
        image,
    } = json::object(response.body()).ok_or(MigrationFault::Unreadable)?;
    if !id.as_deref().is_none_or(is_usable_id) {
        return Err(MigrationFault::Unreadable);
    }
    Ok(Some(MigratedUser {
        is_email_verified: email_verified,
        account: id.map(|id| External::imported(SOURCE, id)),
        name: name.and_then(|name| PersonName::parse(&name).ok()),
        image: image.and_then(|image| ImageUrl::parse(&image).ok()),
    }))
}

/// Returns whether the database and the log can hold the identifier.
fn is_usable_id(id: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&id.len()) && !id.contains(char::is_control)
}

fn cause_of(error: &fetch::Error) -> String {
    let cause = error.source();
    cause.map_or_else(String::new, |cause| format!(": {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{connect::Resolver, fetch::NetworkAccess};

    #[tokio::test]
    async fn request_without_a_free_slot_waits_for_the_timeout() {
        let timeout = Duration::from_millis(20);
        let config = MigrationConfig {
            verify_url: "https://old.example.com".parse().unwrap(),
            secret: SecretString::from("secret").into(),
            timeout,
            concurrency: 0,
        };
        let fetcher = Fetcher::new(NetworkAccess::Public, timeout, Resolver::system()).unwrap();
        let migration = Migration::new(&config, fetcher, Metrics::default());
        let email = "ada@example.com".parse().unwrap();
        let password = PresentedPassword::parse("secret").unwrap();
        let fault = migration.verify(&email, &password).await.unwrap_err();
        assert!(matches!(fault, MigrationFault::Busy) && !fault.was_asked());
    }

    fn read(status: u16, body: &str) -> Result<Option<MigratedUser>, String> {
        let response = Response::builder().status(status);
        let response = response.body(body.as_bytes().to_vec()).unwrap();
        verified(&response).map_err(|fault| fault.to_string())
    }

    #[test]
    fn profile_is_read_and_what_breaks_the_rules_is_dropped() {
        let body = r#"{"email_verified":true,"id":"42","name":" Ada ","image":"https://example.com/a.png","role":"x"}"#;
        let user = read(200, body).unwrap().unwrap();
        assert!(user.is_email_verified);
        let account = user.account.unwrap();
        assert_eq!(account.provider, "import:migration");
        assert_eq!(account.provider_account_id, "42");
        assert_eq!(user.name.unwrap().as_str(), "Ada");
        assert_eq!(user.image.unwrap().as_str(), "https://example.com/a.png");

        let long = "x".repeat(201);
        let body = format!(
            r#"{{"email_verified":false,"id":null,"name":"{long}","image":"http://example.com"}}"#
        );
        let user = read(200, &body).unwrap().unwrap();
        assert!(!user.is_email_verified && user.account.is_none());
        assert!(user.name.is_none() && user.image.is_none());
    }

    #[test]
    fn only_401_403_and_404_are_refusals_and_other_responses_are_faults() {
        for status in [401, 403, 404] {
            assert!(read(status, "<html>").unwrap().is_none(), "{status}");
        }
        for status in [201, 204, 400, 402, 405, 410, 422, 429, 500, 503] {
            let fault = read(status, r#"{"email_verified":true}"#).unwrap_err();
            assert!(fault.ends_with(&format!("status {status}")), "{fault}");
        }
        let long = format!(r#"{{"email_verified":true,"id":"{}"}}"#, "x".repeat(256));
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            "[true]",
            r#"{"email_verified":null}"#,
            r#"{"email_verified":"true"}"#,
            r#"{"email_verified":1}"#,
            r#"{"email_verified":true,"id":42}"#,
            r#"{"email_verified":true,"id":""}"#,
            r#"{"email_verified":true,"id":"a\u0000b"}"#,
            r#"{"email_verified":true,"name":["secret"]}"#,
            r#"{"email_verified":true,"image":{}}"#,
            r#"{"email_verified":true,"email_verified":false}"#,
            r#"{"email_verified":true} x"#,
            &long,
        ] {
            let fault = read(200, body).unwrap_err();
            assert!(
                fault.contains("email_verified (a boolean)"),
                "{body}: {fault}"
            );
        }
    }
}
