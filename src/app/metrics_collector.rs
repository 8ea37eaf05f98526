//! Metrics that are read from the parts of the application when they are requested.

use std::{collections::BTreeMap, fmt};

use prometheus_client::{
    collector::Collector,
    encoding::DescriptorEncoder,
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};

use crate::{
    backchannel_logout::BackchannelLogout,
    clock::Clock,
    coordination::Coordination,
    fetch::UnsentRequests,
    keyring::{KeyPhase, UpcomingKeys},
    mail::Mailer,
    metrics::{family, single},
    password::Hasher,
    store::{ServerRole, Store},
    tls::ServerTls,
    token::Tokens,
};

/// The handles whose state is read.
#[derive(Debug)]
pub(super) struct MetricsCollector {
    pub(super) clock: Clock,
    pub(super) hasher: Hasher,
    pub(super) store: Store,
    pub(super) mailer: Mailer,
    pub(super) tokens: Tokens,
    pub(super) backchannel_logout: BackchannelLogout,
    pub(super) unsent_requests: UnsentRequests,
    /// Absent if a proxy terminates TLS.
    pub(super) tls: Option<ServerTls>,
    pub(super) coordination: Coordination,
}

impl Collector for MetricsCollector {
    fn encode(&self, mut out: DescriptorEncoder<'_>) -> fmt::Result {
        self.passwords(&mut out)?;
        self.database(&mut out)?;
        self.mails(&mut out)?;
        self.logouts(&mut out)?;
        let refused = self.unsent_requests.get();
        let help =
            "Requests to other servers that were not sent: the URL or its address is not allowed.";
        single(&mut out, "outbound_requests_refused", help, &count(refused))?;
        self.coordination(&mut out)?;
        self.keys(&mut out)?;
        let has_tls_fault = self.tls.as_ref().is_some_and(ServerTls::has_fault);
        let help = "1 while tls.certificate and tls.key cannot be read again, so that the certificate in use may \
                        expire.";
        let fault = gauge(usize::from(has_tls_fault));
        single(&mut out, "tls_reload_failed", help, &fault)?;
        let behind = self.tokens.clock_behind(self.clock.now()).num_seconds();
        let help = "Largest lag of this clock behind the issue time of a verified token in the last five \
                    minutes.";
        let behind = ConstGauge::new(behind);
        single(&mut out, "clock_behind_seconds", help, &behind)
    }
}

impl MetricsCollector {
    fn passwords(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let hasher = &self.hasher;
        let help = "Passwords hashed or verified.";
        single(out, "password_hashes", help, &count(hasher.performed()))?;
        let help = "Password operations refused because the queue was full or the wait too long.";
        single(
            out,
            "password_queue_refused",
            help,
            &count(hasher.refused()),
        )?;
        let help = "Passwords waiting to be hashed or verified.";
        single(
            out,
            "password_queue_waiting",
            help,
            &gauge(hasher.waiting()),
        )?;
        let help = "Passwords being hashed or verified.";
        single(out, "password_hashing", help, &gauge(hasher.hashing()))
    }

    fn database(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let connections = self.store.connections();
        let of = |state, number| ([("state", state)], gauge(number));
        let samples = [of("idle", connections.idle), of("used", connections.used)];
        let help = "Database connections, by state.";
        family(out, "database_connections", help, samples)?;
        let help = "Maximum number of database connections of this process.";
        single(
            out,
            "database_connections_max",
            help,
            &gauge(connections.most),
        )?;

        let errors = self.store.errors();
        let of = |kind, number| ([("kind", kind)], count(number));
        let samples = [
            of("failed", errors.failed),
            of("no_connection", errors.no_connection),
            of("timed_out", errors.timed_out),
        ];
        let help = "Database operations that failed, by kind.";
        family(out, "database_errors", help, samples)?;
        self.replication(out)
    }

    fn replication(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let retries = self.store.retries();
        let of = |reason, number| ([("reason", reason)], count(number));
        let samples = [
            of("connection", retries.connection),
            of("deadlock", retries.deadlock),
            of("read_only", retries.read_only),
            of("serialization", retries.serialization),
        ];
        let help = "Database operations that were repeated, by reason.";
        family(out, "database_retries", help, samples)?;

        let status = self.store.replication();
        let roles = status.servers.iter().flat_map(|server| {
            ServerRole::REPORTED.map(|role| {
                let labels = [("server", server.name.as_str()), ("role", role.as_str())];
                (labels, gauge(usize::from(server.role == role)))
            })
        });
        let help = "Whether a PostgreSQL server has this role now: 1 or 0.";
        family(out, "database_server", help, roles)?;
        let lags = status.servers.iter().filter_map(|server| {
            let labels = [("server", server.name.as_str())];
            Some((labels, ConstGauge::new(server.lag?.as_secs_f64())))
        });
        let help = "Age of the data of a read replica.";
        family(out, "database_replica_lag_seconds", help, lags)?;
        let help = "Time since the primary database server was lost. 0 while it answers.";
        let orphaned = ConstGauge::new(status.orphaned.as_secs_f64());
        single(out, "database_orphaned_seconds", help, &orphaned)?;
        let help = "Times that another database server or timeline became the primary.";
        single(out, "database_promotions", help, &count(status.promotions))
    }

    fn mails(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let of = |outcome, number| ([("outcome", outcome)], count(number));
        let samples = [
            of("lost", self.mailer.lost()),
            of("sent", self.mailer.sent()),
        ];
        family(out, "mails", "Emails sent or lost, by outcome.", samples)?;
        let help = "Emails waiting to be sent.";
        single(
            out,
            "mail_queue_waiting",
            help,
            &gauge(self.mailer.waiting()),
        )
    }

    fn logouts(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let logouts = &self.backchannel_logout;
        let of = |outcome, number| ([("outcome", outcome)], count(number));
        let samples = [
            of("delivered", logouts.delivered()),
            of("duplicate", logouts.duplicate()),
            of("failed", logouts.failed()),
            of("queue_full", logouts.queue_full()),
            of("stopped", logouts.stopped()),
        ];
        let help = "Back-channel logout notifications, by outcome.";
        family(out, "logout_notifications", help, samples)?;
        let help = "Back-channel logout notifications waiting to be delivered.";
        let waiting = gauge(logouts.waiting());
        single(out, "logout_notifications_waiting", help, &waiting)
    }

    /// Nodes that do not coordinate have none of these.
    fn coordination(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        if !self.coordination.is_on() {
            return Ok(());
        }
        let help = "1 while the coordination server answers.";
        let is_up = gauge(usize::from(self.coordination.is_up()));
        single(out, "coordination_up", help, &is_up)?;
        let failures = self.coordination.failures();
        let samples = failures.map(|(kind, number)| ([("kind", kind)], count(number)));
        let help = "Operations that the coordination server did not perform, by kind.";
        family(out, "coordination_errors", help, samples)
    }

    fn keys(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let now = self.clock.now();
        let keys = self.tokens.keyring().list();
        let keys = keys.iter().map(|(file, kid, window)| {
            let begins = window.signs_from.timestamp();
            (file.kind.to_string(), kid, begins, window.phase(now))
        });
        let keys: Vec<_> = keys.collect();

        let begin_times = keys.iter().map(|(kind, kid, begins, _)| {
            let labels = [("kind", kind.as_str()), ("kid", kid.as_str())];
            (labels, ConstGauge::new(*begins))
        });
        let help = "Unix time from which a key or secret signs.";
        family(out, "key_signs_from_timestamp_seconds", help, begin_times)?;
        let signs = keys.iter().map(|(kind, kid, _, phase)| {
            let labels = [("kind", kind.as_str()), ("kid", kid.as_str())];
            (labels, gauge(usize::from(*phase == KeyPhase::Signing)))
        });
        let help = "Whether a key or secret signs now: 1 or 0.";
        family(out, "key_signing", help, signs)?;
        let help = "Faults that were ignored when the key folder was last read.";
        let faults = self.tokens.keyring().ignored_faults();
        single(out, "key_folder_faults", help, &gauge(faults))?;
        let help = "Unix time when the key folder was last read.";
        let read = ConstGauge::new(self.tokens.keyring().read_at().timestamp());
        single(out, "key_folder_read_timestamp_seconds", help, &read)?;

        let mut phases = BTreeMap::<_, i64>::new();
        for (kind, _, _, phase) in &keys {
            for each in KeyPhase::ALL {
                *phases.entry((kind.as_str(), each.as_str())).or_default() +=
                    i64::from(each == phase);
            }
        }
        let phases = phases.into_iter().map(|((kind, phase), number)| {
            let labels = [("kind", kind), ("phase", phase)];
            (labels, ConstGauge::new(number))
        });
        family(out, "keys", "Keys and secrets, by kind and phase.", phases)?;
        let outlook = self.tokens.keyring().upcoming(now).into_iter();
        let next = outlook.map(|UpcomingKeys { kind, next, .. }| (kind.to_string(), next));
        let next: Vec<_> = next.collect();
        let next = next.iter().filter_map(|(kind, next)| {
            let begins = ConstGauge::new(next.as_ref()?.timestamp());
            Some(([("kind", kind.as_str())], begins))
        });
        let help = "Unix time when the next key or secret starts to sign.";
        family(out, "key_next_signing_timestamp_seconds", help, next)
    }
}

fn count(number: u64) -> ConstCounter {
    ConstCounter::new(number)
}

fn gauge(number: usize) -> ConstGauge {
    ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX))
}
