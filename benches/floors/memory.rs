//! Memory of the program: after its start, and while many connections refresh. Its size on disk.

use std::{fs, process::Command, time::Duration};

use crate::{
    effort::Effort,
    house::House,
    load::Load,
    program::{Program, free_address},
    table::{Table, Target},
};

const STARTED: &str = "memory after start";
const BUSY: &str = "memory, 64 connections refresh";
const SIZE: &str = "size of the program";

/// What is measured on each engine.
pub const NAMES: &[&str] = &[STARTED, BUSY];

/// KiB that the design allows after a start, and while connections refresh.
const ALLOWED_STARTED: f64 = 20.0 * 1024.0;
const ALLOWED_BUSY: f64 = 25.0 * 1024.0;

/// Megabytes that the program may have on disk.
const ALLOWED_SIZE: f64 = 20.0;

const CONNECTIONS: usize = 64;

/// Long enough for the work after a start to end.
const SETTLED: Duration = Duration::from_millis(500);

/// Measures what was asked for. On all cores.
pub async fn measure(house: &House<'_>, effort: &Effort, table: &mut Table) {
    let [started, busy] = [STARTED, BUSY].map(|what| house.engine.named(what));
    if !table.wants(&started) && !table.wants(&busy) {
        return;
    }
    let address = free_address();
    let command = house.program(address, "warn,sqlx=error");
    let signet = Program::start(address, command, None);
    tokio::time::sleep(SETTLED).await;
    let pair = (ALLOWED_STARTED, signet.memory("VmHWM"));
    table.pair(&started, "KiB", pair, Target::AtMost(1.0));

    let mut load = Load::open(address, CONNECTIONS, &house.refresh()).await;
    load.spell(effort.spell * 4).await;
    let pair = (ALLOWED_BUSY, signet.memory("VmHWM"));
    table.pair(&busy, "KiB", pair, Target::AtMost(1.0));
}

/// Measures the program without symbols, as a release build ships it.
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
