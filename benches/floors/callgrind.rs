//! Counts the instructions of a running program with valgrind's callgrind.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::{cores::Core, program::Program};

/// The function that is not counted: the password hash costs a hundred times the rest of a login.
const HASH: &str = "*signet*password*phc*compute*";

/// The folder of the profiles, for `callgrind_annotate`.
pub const PROFILES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/callgrind");

/// Returns whether valgrind is installed.
pub fn is_installed() -> bool {
    ["valgrind", "vgdb"].iter().all(|program| {
        let mut command = Command::new(program);
        command.arg("--help");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// A program that runs under callgrind.
pub struct CallgrindProgram {
    program: Program,
    folder: TempDir,
    dumps: usize,
}

impl CallgrindProgram {
    /// Starts the program without counting. It is pinned to one core, so that its runtime has one worker, without
    /// wake-ups and work stealing between workers.
    pub fn start(address: SocketAddr, command: &Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let core = Some(Core::Measured);
        let program = Program::start(address, under_callgrind(command, folder.path()), core);
        let started = Self {
            program,
            folder,
            dumps: 0,
        };
        started.control(&["instrumentation", "on"]);
        started
    }

    /// Returns the address on which the program listens.
    pub fn address(&self) -> SocketAddr {
        self.program.address
    }

    /// Starts to count.
    pub fn begin(&mut self) {
        self.end("before");
    }

    /// Returns the instructions since `begin`. The profile is saved under `name`, with other characters than letters
    /// and digits replaced.
    pub fn end(&mut self, name: &str) -> u64 {
        self.control(&["dump"]);
        self.dumps += 1;
        let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let dump = format!("{}.{}", out_file(self.folder.path()).display(), self.dumps);
        let text = fs::read_to_string(&dump).unwrap();
        let profiles = Path::new(PROFILES);
        fs::create_dir_all(profiles).unwrap();
        fs::write(profiles.join(name), &text).unwrap();
        let mut lines = text.lines().rev();
        let totals = lines.find_map(|line| line.strip_prefix("totals: "));
        totals.unwrap().trim().parse().unwrap()
    }

    /// Sends a command to callgrind and waits until it is done.
    fn control(&self, words: &[&str]) {
        let status = Command::new("vgdb")
            .arg(format!("--pid={}", self.program.id()))
            .args(words)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "vgdb cannot reach valgrind");
    }
}

fn out_file(folder: &Path) -> PathBuf {
    folder.join("callgrind.out")
}

fn under_callgrind(command: &Command, folder: &Path) -> Command {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--instr-atstart=no"])
        .arg(format!(
            "--callgrind-out-file={}",
            out_file(folder).display()
        ))
        .arg(format!("--toggle-collect={HASH}"))
        .arg("--collect-atstart=yes")
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        valgrind.current_dir(folder);
    }
    valgrind
}
