//! What is counted, for an operator's Prometheus: names with base units, labels that are words of
//! ours and never a stranger's text, so that their number is bounded.
//!
//! A room that counts by kind or reason is handed a [`Metrics`]. What a room knows anyway, such as
//! how many connections are open, is asked of it when somebody looks.

mod process;
mod write;

use std::{fmt, sync::Arc};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

pub use self::{
    process::ProcessMetrics,
    write::{Sample, family, single},
};

/// What every name of ours begins with.
const PREFIX: &str = "signet";

/// Upper bounds of latencies, in seconds: from an answer out of memory to one worth no one's wait.
const SECONDS: [f64; 16] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// A cheap handle on what is counted as it happens.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Families>);

#[derive(Debug)]
struct Families {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabel, Histogram>,
    minted: Family<KindLabel, Counter>,
    rejected: Family<RejectionLabels, Counter>,
    refused: Family<RefusalLabels, Counter>,
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
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            minted: Family::default(),
            rejected: Family::default(),
            refused: Family::default(),
        }
    }
}

impl Metrics {
    /// A request was answered. The route is its pattern, the method one of a few.
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

    /// A token was minted.
    pub fn minted(&self, kind: &'static str) {
        self.0.minted.get_or_create(&KindLabel { kind }).inc();
    }

    /// A token was turned away at the door.
    pub fn rejected(&self, kind: &'static str, reason: &'static str) {
        let rejection = RejectionLabels { kind, reason };
        self.0.rejected.get_or_create(&rejection).inc();
    }

    /// Somebody was refused.
    pub fn refused(&self, act: &'static str, reason: &'static str) {
        self.0
            .refused
            .get_or_create(&RefusalLabels { act, reason })
            .inc();
    }

    /// All of it under its names, and what this process is; more can be added.
    pub fn registry(&self, process: ProcessMetrics) -> Registry {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(process));
        let ours = of_signet(&mut registry);
        let Families {
            requests,
            durations,
            minted,
            rejected,
            refused,
        } = &*self.0;
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        ours.register("build", "Version of this service", version);
        ours.register("http_requests", "HTTP requests", requests.clone());
        ours.register_with_unit(
            "http_request_duration",
            "Time from request to response",
            Unit::Seconds,
            durations.clone(),
        );
        ours.register("tokens_minted", "Tokens issued", minted.clone());
        ours.register("tokens_rejected", "Tokens rejected", rejected.clone());
        ours.register("refused", "Refused requests and attempts", refused.clone());
        registry
    }
}

/// The part of a registry whose names begin with ours.
pub fn of_signet(registry: &mut Registry) -> &mut Registry {
    registry.sub_registry_with_prefix(PREFIX)
}

/// Everything that can be seen, put in words when somebody looks.
#[derive(Debug, Clone)]
pub struct Exposition(Arc<Registry>);

impl Exposition {
    /// What [`Exposition::text`] is: the text format of `OpenMetrics`, as Prometheus reads it.
    pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// What that registry knows.
    pub fn new(registry: Registry) -> Self {
        Self(Arc::new(registry))
    }

    /// How things are now.
    ///
    /// # Errors
    /// What is to be said cannot be written.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut buffer = String::new();
        text::encode(&mut buffer, &self.0)?;
        Ok(buffer)
    }
}
