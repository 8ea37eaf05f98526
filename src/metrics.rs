//! Prometheus metrics. Names have base units. Labels take their values from fixed lists, never from the text of a
//! client, so that the number of time series is bounded.
//!
//! A module that counts by kind or reason receives a [`Metrics`] handle. State that a module holds anyway, such as
//! the number of open connections, is read when the metrics are requested.

mod migration;
mod process;
mod write;

use std::{fmt, sync::Arc};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

use self::migration::OutcomeLabel;
pub use self::{
    migration::MigrationOutcome,
    process::ProcessMetrics,
    write::{Sample, family, single},
};

/// The prefix of the names of this service.
const PREFIX: &str = "signet";

/// The upper bounds of the latency buckets in seconds, from a response out of memory to an unacceptable wait.
const LATENCY_BUCKETS: [f64; 16] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// A cheap handle to the counters.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Families>);

#[derive(Debug)]
struct Families {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabel, Histogram>,
    minted: Family<KindLabel, Counter>,
    rejected: Family<RejectionLabels, Counter>,
    refused: Family<RefusalLabels, Counter>,
    migrations: Family<OutcomeLabel, Counter>,
    config_reload_faults: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RejectionLabels {
    kind: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    act: &'static str,
    reason: &'static str,
}

impl Default for Families {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(LATENCY_BUCKETS)),
            minted: Family::default(),
            rejected: Family::default(),
            refused: Family::default(),
            migrations: Family::default(),
            config_reload_faults: Gauge::default(),
        }
    }
}

impl Metrics {
    /// Counts a response and its duration in `seconds`. `route` is the pattern of the route, `method` a label from a
    /// fixed list.
    pub fn answered(&self, route: String, method: &'static str, status: u16, seconds: f64) {
        let route = RouteLabel { route };
        self.0.durations.get_or_create(&route).observe(seconds);
        let RouteLabel { route } = route;
        let request = RequestLabels {
            route,
            method,
            status,
        };
        self.0.requests.get_or_create(&request).inc();
    }

    /// Counts a minted token.
    pub fn minted(&self, kind: &'static str) {
        self.0.minted.get_or_create(&KindLabel { kind }).inc();
    }

    /// Counts a token that failed verification.
    pub fn rejected(&self, kind: &'static str, reason: &'static str) {
        let rejection = RejectionLabels { kind, reason };
        self.0.rejected.get_or_create(&rejection).inc();
    }

    /// Counts a refused request or attempt.
    pub fn refused(&self, act: &'static str, reason: &'static str) {
        self.0
            .refused
            .get_or_create(&RefusalLabels { act, reason })
            .inc();
    }

    /// Counts a login for which the service of `migration.verify_url` was asked.
    pub fn migrated(&self, outcome: MigrationOutcome) {
        self.0.migrations.get_or_create(&outcome.label()).inc();
    }

    /// Shows the counters of [`Metrics::migrated`], which are hidden until then.
    pub fn show_migrations(&self) {
        for outcome in MigrationOutcome::ALL {
            drop(self.0.migrations.get_or_create(&outcome.label()));
        }
    }

    /// Records the number of faults that a reload of the configuration has found.
    pub fn config_reloaded(&self, faults: usize) {
        let faults = i64::try_from(faults).unwrap_or(i64::MAX);
        self.0.config_reload_faults.set(faults);
    }

    /// Returns a registry with these metrics, those of the process and the version. Further collectors can be added.
    pub fn registry(&self, process: ProcessMetrics) -> Registry {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(process));
        let signet = of_signet(&mut registry);
        let Families {
            requests,
            durations,
            minted,
            rejected,
            refused,
            migrations,
            config_reload_faults,
        } = &*self.0;
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        signet.register("build", "Version of this service", version);
        signet.register("http_requests", "HTTP requests", requests.clone());
        signet.register_with_unit(
            "http_request_duration",
            "Time from request to response",
            Unit::Seconds,
            durations.clone(),
        );
        signet.register("tokens_minted", "Tokens issued", minted.clone());
        signet.register("tokens_rejected", "Tokens rejected", rejected.clone());
        signet.register("refused", "Refused requests and attempts", refused.clone());
        signet.register(
            "migration",
            "Logins for which the service of migration.verify_url was asked",
            migrations.clone(),
        );
        signet.register(
            "config_reload_faults",
            "Faults of the configuration when it was last read again, so that the one before stays in use",
            config_reload_faults.clone(),
        );
        registry
    }
}

/// Returns the part of a registry whose names have the prefix of this service.
pub fn of_signet(registry: &mut Registry) -> &mut Registry {
    registry.sub_registry_with_prefix(PREFIX)
}

/// The response of `/metrics`: encodes all metrics of a registry on request.
#[derive(Debug, Clone)]
pub struct Exposition(Arc<Registry>);

impl Exposition {
    /// The media type of [`Exposition::text`]: the text format of `OpenMetrics`, which Prometheus reads.
    pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// Creates the exposition of a registry.
    pub fn new(registry: Registry) -> Self {
        Self(Arc::new(registry))
    }

    /// Returns the current values.
    ///
    /// # Errors
    /// A metric cannot be encoded.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut buffer = String::new();
        text::encode(&mut buffer, &self.0)?;
        Ok(buffer)
    }
}
