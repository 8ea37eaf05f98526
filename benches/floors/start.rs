//! From nothing to the first answer, on SQLite.

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

const NEW: &str = "start in an empty folder";
const AGAIN: &str = "start again, keys and database there";

/// Milliseconds that the design allows.
const ALLOWED_NEW: f64 = 40.0;
const ALLOWED_AGAIN: f64 = 10.0;

/// Measures what was asked for: milliseconds to the first answer beside those that are allowed.
pub fn measure(effort: &Effort, table: &mut Table) {
    if !table.wants(NEW) && !table.wants(AGAIN) {
        return;
    }
    let (mut new, mut again) = (Pairs::default(), Pairs::default());
    for _ in 0..effort.starts {
        let folder = tempfile::tempdir().unwrap();
        new.push(ALLOWED_NEW, first_answer(folder.path()));
        again.push(ALLOWED_AGAIN, first_answer(folder.path()));
    }
    table.pairs(NEW, "ms", &new, Target::AtMost(1.0));
    table.pairs(AGAIN, "ms", &again, Target::AtMost(1.0));
}

fn first_answer(folder: &Path) -> f64 {
    let address = free_address();
    let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
    command
        .current_dir(folder)
        .args(["--listen", &address.to_string()]);
    let begun = Instant::now();
    let _program = Program::start_at_once(address, command);
    while !lives(address) {
        sleep(Duration::from_micros(200));
    }
    begun.elapsed().as_secs_f64() * 1e3
}

fn lives(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let mut answer = [0; 12];
    let ask = b"GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    stream.write_all(ask).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && &answer == b"HTTP/1.1 200"
}
