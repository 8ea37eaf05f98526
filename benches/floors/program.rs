//! A server in a separate process.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use crate::cores::{Core, Pinned};

/// A running program, which is killed when dropped.
pub struct Program {
    child: Child,
    pub address: SocketAddr,
}

/// Returns a loopback address with an unused port.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

impl Program {
    /// Starts the program, pinned to a core if one is given, and waits until it listens.
    pub fn start(address: SocketAddr, command: Command, core: Option<Core>) -> Self {
        let pinned = core.map(Pinned::to);
        let program = Self::start_at_once(address, command);
        drop(pinned);
        while TcpStream::connect(address).is_err() {
            sleep(Duration::from_millis(5));
        }
        program
    }

    /// Starts the program without waiting.
    pub fn start_at_once(address: SocketAddr, mut command: Command) -> Self {
        for (name, _) in std::env::vars() {
            if name.starts_with("SIGNET_") || name == "DATABASE_URL" {
                command.env_remove(name);
            }
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, address }
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the processor time used so far, in seconds.
    pub fn seconds(&self) -> f64 {
        const TICKS: f64 = 100.0;
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let fields = fields.split(' ').skip(11).take(2);
        fields
            .map(|ticks| ticks.parse::<f64>().unwrap())
            .sum::<f64>()
            / TICKS
    }

    /// Returns the memory in KiB: `VmRSS` is the current value, `VmHWM` the peak.
    pub fn memory(&self, name: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let mut lines = status.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(field, _)| *field == name).unwrap();
        value.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
