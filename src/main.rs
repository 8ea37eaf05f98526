//! `signet`: parse the arguments, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    signet::cli::main()
}
