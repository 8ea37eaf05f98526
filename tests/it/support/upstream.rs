//! The way to a provider and back, as a browser goes it.

use super::{Engine, House, TestDatabase, house::TestClock, stub::pairs};

/// Where the provider sends the browser back to.
#[derive(Debug, Clone)]
pub struct Callback {
    /// With the query, if the answer is in there.
    pub url: String,
    /// The answer, if it comes as a form.
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

    /// What it says.
    pub fn answer(&self) -> Vec<(String, String)> {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        self.form.clone().unwrap_or_else(|| pairs(query.as_bytes()))
    }

    /// The same answer somewhere else.
    pub fn at(&self, redirect_uri: &str) -> Self {
        Self::new(redirect_uri, self.form.is_some(), self.answer())
    }
}

/// Whoever can be sent to, and sends back.
pub trait Upstream {
    /// Its table in `signet.toml`, with further settings.
    fn settings(&self, id: &str, more: &str) -> String;

    /// What a browser gets that comes with that URL, if the person before it agrees.
    fn authorize(&self, url: &str) -> Callback;

    /// Tells the time by that clock.
    fn tell_time_by(&self, clock: &TestClock);
}

/// A provider's name in routes, the provider, and further settings.
pub type Beside<'a> = (&'a str, &'a dyn Upstream, &'a str);

/// A house on loopback, which may ask providers there.
pub const LOOPBACK: &str = "http://127.0.0.1:8080";

impl House {
    /// With those providers, each by its name and with further settings, on that engine, if this
    /// machine has it.
    pub async fn beside(engine: Engine, upstreams: &[Beside<'_>], settings: &str) -> Option<Self> {
        let database = TestDatabase::on(engine).await?;
        Some(Self::beside_in(database, upstreams, settings).await)
    }

    /// The same in that database.
    pub async fn beside_in(
        database: TestDatabase,
        upstreams: &[Beside<'_>],
        settings: &str,
    ) -> Self {
        let tables = upstreams.iter().map(|(id, it, more)| it.settings(id, more));
        let tables: String = tables.collect();
        let settings = format!("issuer = '{LOOPBACK}'\n{settings}\n{tables}");
        let house = Self::in_database(database, &settings, None).await;
        for (_, upstream, _) in upstreams {
            upstream.tell_time_by(&house.clock);
        }
        house
    }
}
