//! The time from the start of the program to the first response, on SQLite.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    effort::Effort,
    pairs::Pairs,
    program::{Program, free_address},
    table::{Table, Target},
};

const FIRST_START: &str = "start in an empty folder";
const RESTART: &str = "start again, keys and database there";

/// The maximum milliseconds by design.
const ALLOWED_FIRST_START: f64 = 40.0;
const ALLOWED_RESTART: f64 = 10.0;

/// Runs the selected benchmarks: milliseconds to the first response, compared with the maximum.
pub fn measure(effort: &Effort, table: &mut Table) {
    if !table.wants(FIRST_START) && !table.wants(RESTART) {
        return;
    }
    let (mut first_start, mut restart) = (Pairs::default(), Pairs::default());
    for _ in 0..effort.starts {
        let folder = tempfile::tempdir().unwrap();
        first_start.push(ALLOWED_FIRST_START, first_answer(folder.path()));
        restart.push(ALLOWED_RESTART, first_answer(folder.path()));
    }
    table.pairs(FIRST_START, "ms", &first_start, Target::AtMost(1.0));
    table.pairs(RESTART, "ms", &restart, Target::AtMost(1.0));
}

fn first_answer(folder: &Path) -> f64 {
    let address = free_address();
    let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
    command
        .current_dir(folder)
        .args(["--listen", &address.to_string()]);
    let started = Instant::now();
    let _program = Program::start_at_once(address, command);
    while !is_live(address) {
        sleep(Duration::from_micros(200));
    }
    started.elapsed().as_secs_f64() * 1e3
}

fn is_live(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let mut answer = [0; 12];
    let request = b"GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    stream.write_all(request).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && &answer == b"HTTP/1.1 200"
}
