//! `password.…`: password rules and the cost of hashing.

use std::{thread, time::Duration};

use chrono::TimeDelta;

use super::{
    duration::{between, number},
    reader::SettingReader,
};

/// The parameters of Argon2id (RFC 9106 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// The number of passes over the memory.
    pub iterations: u32,
    /// The number of lanes.
    pub parallelism: u32,
}

impl HashCost {
    /// Returns the cost of one hash, in KiB times passes.
    pub fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }
}

/// Password rules and the cost of hashing.
#[derive(Debug, Clone)]
pub struct PasswordConfig {
    /// The minimum length, in code points.
    pub min_length: usize,
    /// The cost of one hash.
    pub cost: HashCost,
    /// The number of hashes computed at once; each uses memory for itself.
    pub workers: usize,
    /// The number of hashes that may wait in the queue.
    pub queue: usize,
    /// The longest wait in the queue.
    pub queue_timeout: Duration,
}

impl PasswordConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let wait = between(TimeDelta::seconds(1), TimeDelta::minutes(1));
        let wait = reader.value("password.queue_timeout", TimeDelta::seconds(5), wait);
        let origin = reader.origin("password.iterations");
        let memory = number(19_456, 1024 * 1024);
        let cost = HashCost {
            memory_kib: reader.value("password.memory_kib", 19_456, memory),
            iterations: reader.value("password.iterations", 2, number(1, 64)),
            parallelism: reader.value("password.parallelism", 1, number(1, 16)),
        };
        // The OWASP Password Storage Cheat Sheet lists both settings as its minimum.
        if cost.iterations == 1 && cost.memory_kib < 47_104 {
            let problem = "must be at least 2 where password.memory_kib is below 47104";
            reader.fault("password.iterations", &origin, problem.to_owned());
        }
        let workers = number(1, 1024);
        Self {
            min_length: reader.value("password.min_length", 15, number(8, 64)),
            cost,
            workers: reader.value("password.workers", cores.saturating_sub(1).max(1), workers),
            queue: reader.value("password.queue", 64, number(1, 100_000)),
            queue_timeout: wait.to_std().unwrap_or_default(),
        }
    }
}
