//! `password.…`: password rules and the cost of hashing.

use std::{thread, time::Duration};

use super::reader::SettingReader;

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
        let origin = reader.origin("password.iterations");
        let cost = HashCost {
            memory_kib: reader.number("password.memory_kib"),
            iterations: reader.number("password.iterations"),
            parallelism: reader.number("password.parallelism"),
        };
        // The OWASP Password Storage Cheat Sheet lists both settings as its minimum.
        if cost.iterations == 1 && cost.memory_kib < 47_104 {
            let problem = "must be at least 2 where password.memory_kib is below 47104";
            reader.fault("password.iterations", &origin, problem.to_owned());
        }
        let wait = reader.duration("password.queue_timeout");
        Self {
            min_length: reader.number("password.min_length"),
            cost,
            workers: reader.number_or("password.workers", cores.saturating_sub(1).max(1)),
            queue: reader.number("password.queue"),
            queue_timeout: wait.to_std().unwrap_or_default(),
        }
    }
}
