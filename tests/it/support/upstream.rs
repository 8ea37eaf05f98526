//! Services with providers, and the callbacks of a login.

use super::{Engine, TestDatabase, TestService, stub::pairs, test_service::TestClock};

/// The callback of a provider.
#[derive(Debug, Clone)]
pub struct Callback {
    /// The URL, including the query of a redirect.
    pub url: String,
    /// The fields of a form post.
    pub form: Option<Vec<(String, String)>>,
}

impl Callback {
    pub fn new(redirect_uri: &str, form_post: bool, answer: Vec<(String, String)>) -> Self {
        if form_post {
            return Self {
                url: redirect_uri.to_owned(),
                form: Some(answer),
            };
        }
        let mut url = url::Url::parse(redirect_uri).unwrap();
        url.query_pairs_mut().extend_pairs(answer);
        Self {
            url: url.into(),
            form: None,
        }
    }

    /// The parameters of the callback.
    pub fn answer(&self) -> Vec<(String, String)> {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        self.form.clone().unwrap_or_else(|| pairs(query.as_bytes()))
    }

    /// The same parameters for another redirect URI.
    pub fn at(&self, redirect_uri: &str) -> Self {
        Self::new(redirect_uri, self.form.is_some(), self.answer())
    }
}

/// A stub of a provider.
pub trait StubProvider {
    /// The `[[providers]]` table, with further settings.
    fn settings(&self, id: &str, more: &str) -> String;

    /// The callback of a user who opens this URL and consents.
    fn authorize(&self, url: &str) -> Callback;

    /// Sets the clock of the stub.
    fn use_clock(&self, clock: &TestClock);
}

/// The id of a provider, its stub, and further settings.
pub type ProviderSetup<'a> = (&'a str, &'a dyn StubProvider, &'a str);

/// The issuer of a service on loopback, which may connect to loopback providers.
pub const LOOPBACK: &str = "http://127.0.0.1:8080";

impl TestService {
    /// A service on this engine with these providers.
    pub async fn with_providers(
        engine: Engine,
        upstreams: &[ProviderSetup<'_>],
        settings: &str,
    ) -> Self {
        let database = TestDatabase::on(engine).await;
        Self::with_providers_in(database, upstreams, settings).await
    }

    /// The same in an existing database.
    pub async fn with_providers_in(
        database: TestDatabase,
        upstreams: &[ProviderSetup<'_>],
        settings: &str,
    ) -> Self {
        let tables = upstreams.iter().map(|(id, it, more)| it.settings(id, more));
        let tables: String = tables.collect();
        let settings = format!("issuer = '{LOOPBACK}'\n{settings}\n{tables}");
        let service = Self::in_database(database, &settings, None).await;
        for (_, upstream, _) in upstreams {
            upstream.use_clock(&service.clock);
        }
        service
    }
}
