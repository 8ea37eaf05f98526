//! Who runs where. What is measured has a core to itself; who asks, and PostgreSQL, another.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// A part that runs on a core of its own.
#[derive(Clone, Copy)]
pub enum Core {
    /// For what is measured.
    Measured,
    /// For everything around it.
    Around,
}

fn all() -> CpuSet {
    // That of the whole process: only this thread is ever pinned, and it is the first.
    sched_getaffinity(None).unwrap()
}

fn only(cores: &CpuSet, core: Core) -> Option<CpuSet> {
    let mut free = (0..CpuSet::MAX_CPU).filter(|core| cores.is_set(*core));
    let (measured, around) = (free.next()?, free.next()?);
    let mut only = CpuSet::new();
    only.set(match core {
        Core::Measured => measured,
        Core::Around => around,
    });
    Some(only)
}

/// This thread on one core alone, and what it starts, for as long as this lives.
pub struct Pinned(CpuSet);

impl Pinned {
    /// Pins this thread, where the machine has two cores to tell apart.
    pub fn to(core: Core) -> Self {
        let before = all();
        if let Some(only) = only(&before, core) {
            sched_setaffinity(None, &only).unwrap();
        }
        Self(before)
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        sched_setaffinity(None, &self.0).unwrap();
    }
}

/// Says what this machine is.
pub fn describe() {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "{} × {}; load before: {}",
        all().count(),
        model.map_or("an unknown core", |(_, model)| model),
        load.split(' ').next().unwrap_or_default(),
    );
    if all().count() < 2 {
        println!("One core: what asks and what answers share it, and ratios flatter.");
    }
}
