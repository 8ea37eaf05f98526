//! Instructions that a running program executes, counted by valgrind's callgrind.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::{cores::Core, program::Program};

/// The part of a login that is not counted: the hash of a password costs a hundred times all else.
const HASH: &str = "*signet*password*phc*compute*";

/// Where the profiles are kept, for `callgrind_annotate`.
pub const PROFILES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/callgrind");

/// Whether valgrind is on this machine.
pub fn is_installed() -> bool {
    ["valgrind", "vgdb"].iter().all(|program| {
        let mut command = Command::new(program);
        command.arg("--help");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// A program under callgrind.
pub struct Counted {
    program: Program,
    folder: TempDir,
    parts: usize,
}

impl Counted {
    /// Starts the program, and nothing is counted yet. Pinned to one core, so that its runtime has
    /// one worker, which no other worker wakes or robs of work.
    pub fn start(address: SocketAddr, command: &Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let core = Some(Core::Measured);
        let program = Program::start(address, under_callgrind(command, folder.path()), core);
        let counted = Self {
            program,
            folder,
            parts: 0,
        };
        counted.tell(&["instrumentation", "on"]);
        counted
    }

    /// Where the program listens.
    pub fn address(&self) -> SocketAddr {
        self.program.address
    }

    /// Counts from now on.
    pub fn begin(&mut self) {
        self.end("before");
    }

    /// The instructions since it began. The profile is kept under that name, letters and digits alone.
    pub fn end(&mut self, name: &str) -> u64 {
        self.tell(&["dump"]);
        self.parts += 1;
        let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let part = format!("{}.{}", out_file(self.folder.path()).display(), self.parts);
        let text = fs::read_to_string(&part).unwrap();
        let profiles = Path::new(PROFILES);
        fs::create_dir_all(profiles).unwrap();
        fs::write(profiles.join(name), &text).unwrap();
        let mut lines = text.lines().rev();
        let totals = lines.find_map(|line| line.strip_prefix("totals: "));
        totals.unwrap().trim().parse().unwrap()
    }

    /// Gives callgrind a command and waits until the command is done.
    fn tell(&self, words: &[&str]) {
        let told = Command::new("vgdb")
            .arg(format!("--pid={}", self.program.id()))
            .args(words)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(told.unwrap().success(), "vgdb cannot reach valgrind");
    }
}

fn out_file(folder: &Path) -> PathBuf {
    folder.join("callgrind.out")
}

fn under_callgrind(command: &Command, folder: &Path) -> Command {
    let mut counted = Command::new("valgrind");
    counted
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
        counted.current_dir(folder);
    }
    counted
}
