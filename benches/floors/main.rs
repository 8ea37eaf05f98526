//! Benchmarks. Each value is compared with its floor: the same work with nothing around it, measured in the same run,
//! alternately. The ratio is the result; absolute times are specific to this machine.
//!
//! ```text
//! cargo bench                    all benchmarks, a few minutes
//! cargo bench -- refresh login   benchmarks with one of these words in their name
//! cargo bench -- --quick         all benchmarks, only to check that they run
//! ```
//!
//! A missed target does not fail the run.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a measurement that cannot continue fails immediately"
)]

mod bare;
mod callgrind;
mod cores;
mod databases;
mod effort;
mod in_process;
mod instructions;
mod load;
mod memory;
mod openid;
mod over_http;
mod pairs;
mod program;
mod service;
mod start;
mod storm;
mod table;

use self::{databases::Engine, effort::Effort, service::TestService, table::Table};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_server = |it: &String| [bare::AS_SERVER, openid::AS_SERVER].contains(&it.as_str());
    let runtime = if arguments.first().is_some_and(is_server) {
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
            Some((first, rest)) if first == openid::AS_SERVER => openid::serve(rest).await,
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
        if table.wants_any(&[openid::NAMES], &engine) {
            openid::measure(&engine, &effort, &mut table).await;
        }
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
        let service = TestService::on(&engine).await;
        in_process::measure(&service, &effort, &mut table).await;
        over_http::measure(&service, &effort, &mut table).await;
        memory::measure(&service, &effort, &mut table).await;
        storm::measure(&service, &effort, &mut table).await;
        instructions::measure(&service, &effort, &mut table).await;
    }
    start::measure(&effort, &mut table);
    memory::measure_size(&mut table);
    table.end();
}
