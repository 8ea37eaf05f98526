//! The standard metrics of a process, with the names that all Prometheus clients use.

use std::{
    fmt,
    fs::{self, read_to_string},
};

use chrono::{DateTime, Utc};
use prometheus_client::{
    collector::Collector,
    encoding::DescriptorEncoder,
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};
use rustix::time::{ClockId, clock_gettime};

use super::single;

/// The metrics of this process, read from Linux. Values that cannot be read are omitted.
#[derive(Debug, Clone)]
pub struct ProcessMetrics {
    started: DateTime<Utc>,
}

impl ProcessMetrics {
    /// Creates the metrics of a process that started at this time.
    pub fn started(at: DateTime<Utc>) -> Self {
        Self { started: at }
    }
}

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let out = &mut encoder;
        single(
            out,
            "process_start_time_seconds",
            "Unix time when the process started.",
            &ConstGauge::new(self.started.timestamp()),
        )?;
        single(
            out,
            "process_cpu_seconds",
            "CPU time used by the process.",
            &ConstCounter::new(processor_seconds()),
        )?;
        if let Some(bytes) = resident_bytes() {
            let help = "Resident memory of the process.";
            single(
                out,
                "process_resident_memory_bytes",
                help,
                &ConstGauge::new(bytes),
            )?;
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            let open = i64::try_from(open.count()).unwrap_or(i64::MAX);
            single(
                out,
                "process_open_fds",
                "Open file descriptors.",
                &ConstGauge::new(open),
            )?;
        }
        Ok(())
    }
}

fn processor_seconds() -> f64 {
    let taken = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(taken.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(taken.tv_nsec).unwrap_or_default();
    std::time::Duration::new(seconds, nanos).as_secs_f64()
}

/// Reads the line `VmRSS:      5120 kB`.
fn resident_bytes() -> Option<i64> {
    let status = read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(1024)
}
