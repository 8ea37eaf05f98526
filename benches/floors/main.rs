//! Speed, each number beside its floor: the same work with nothing around it, measured in the same
//! run, one right after the other. What counts is the ratio; times are those of this machine.
//!
//! ```text
//! cargo bench                    everything, a few minutes
//! cargo bench -- refresh login   what has one of these words in its name
//! cargo bench -- --quick         everything, just to see that it runs
//! ```
//!
//! No target that is missed fails anything.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a measurement that cannot go on fails there and then"
)]

mod bare;
mod callgrind;
mod cores;
mod databases;
mod effort;
mod house;
mod in_process;
mod instructions;
mod load;
mod memory;
mod over_http;
mod pairs;
mod program;
mod start;
mod storm;
mod table;

use self::{databases::Engine, effort::Effort, house::House, table::Table};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = if arguments.first().is_some_and(|it| it == bare::AS_SERVER) {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    }
    .enable_all()
    .build()
    .unwrap();
    runtime.block_on(async {
        match arguments.split_first() {
            Some((first, rest)) if first == bare::AS_SERVER => bare::serve(rest).await,
            _ => measure(&arguments).await,
        }
    });
}

async fn measure(arguments: &[String]) {
    let (options, words): (Vec<_>, Vec<_>) = arguments.iter().partition(|it| it.starts_with('-'));
    let effort = if options.iter().any(|it| *it == "--quick") {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    let mut table = Table::new(words);
    cores::describe();
    for engine in Engine::all() {
        if !table.wants_any(
            &[
                in_process::NAMES,
                over_http::NAMES,
                memory::NAMES,
                storm::NAMES,
                instructions::NAMES,
            ],
            &engine,
        ) {
            continue;
        }
        let house = House::on(&engine).await;
        in_process::measure(&house, &effort, &mut table).await;
        over_http::measure(&house, &effort, &mut table).await;
        memory::measure(&house, &effort, &mut table).await;
        storm::measure(&house, &effort, &mut table).await;
        instructions::measure(&house, &effort, &mut table).await;
    }
    start::measure(&effort, &mut table);
    memory::measure_size(&mut table);
    table.end();
}
