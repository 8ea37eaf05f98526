//! The memory of the program after its start and while many connections refresh, and its size on disk.

use std::{fs, process::Command, time::Duration};

use crate::{
    effort::Effort,
    load::Load,
    program::{Program, free_address},
    service::TestService,
    table::{Table, Target},
};

const STARTED: &str = "memory after start";
const BUSY: &str = "memory, 64 connections refresh";
const SIZE: &str = "size of the program";

/// The names of the benchmarks that run on each engine.
pub const NAMES: &[&str] = &[STARTED, BUSY];

/// The maximum KiB by design, after a start and while connections refresh.
const ALLOWED_STARTED: f64 = 20.0 * 1024.0;
const ALLOWED_BUSY: f64 = 25.0 * 1024.0;

/// The maximum size of the program on disk in megabytes.
const ALLOWED_SIZE: f64 = 20.0;

const CONNECTIONS: usize = 64;

/// The time after which the work of the start is done.
const STARTUP_TIME: Duration = Duration::from_millis(500);

/// Runs the selected benchmarks on all cores.
pub async fn measure(service: &TestService<'_>, effort: &Effort, table: &mut Table) {
    let [started, busy] = [STARTED, BUSY].map(|name| service.engine.named(name));
    if !table.wants(&started) && !table.wants(&busy) {
        return;
    }
    let address = free_address();
    let command = service.program(address, "warn,sqlx=error");
    let signet = Program::start(address, command, None);
    tokio::time::sleep(STARTUP_TIME).await;
    let pair = (ALLOWED_STARTED, signet.memory("VmHWM"));
    table.pair(&started, "KiB", pair, Target::AtMost(1.0));

    let mut load = Load::open(address, CONNECTIONS, &service.refresh()).await;
    load.run_for(effort.interval * 4).await;
    let pair = (ALLOWED_BUSY, signet.memory("VmHWM"));
    table.pair(&busy, "KiB", pair, Target::AtMost(1.0));
}

/// Measures the program without symbols, as in a release build.
pub fn measure_size(table: &mut Table) {
    if !table.wants(SIZE) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shipped = folder.path().join("signet");
    let mut strip = Command::new("strip");
    strip
        .arg("-o")
        .arg(&shipped)
        .arg(env!("CARGO_BIN_EXE_signet"));
    assert!(
        strip.status().unwrap().success(),
        "strip cannot read the program"
    );
    let file = fs::metadata(shipped).unwrap();
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 bytes")]
    let megabytes = file.len() as f64 / 1e6;
    let pair = (ALLOWED_SIZE, megabytes);
    table.pair(SIZE, "MB", pair, Target::AtMost(1.0));
}
