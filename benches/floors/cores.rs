//! Pins programs to cores: the measured program to one, the client and PostgreSQL to another.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// A core and its purpose.
#[derive(Clone, Copy)]
pub enum Core {
    /// The core of the measured program.
    Measured,
    /// The core of everything else.
    Around,
}

fn all() -> CpuSet {
    // The affinity of the process: only this thread is ever pinned, and it is the first.
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

/// Pins this thread, and the processes that it starts, to one core until dropped.
pub struct Pinned(CpuSet);

impl Pinned {
    /// Pins this thread, if the machine has two cores.
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

/// Prints a description of this machine.
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
        println!("One core: client and server share it, so ratios are too favorable.");
    }
}
