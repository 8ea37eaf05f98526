//! A simulation by seed: nodes of the service in one process and on one thread, each with its own clock, its own view of
//! the database and its own copy of the key folder. People use the service at random, and servers and networks fail at
//! random. All of it follows from the seed, so a failing seed can be replayed exactly.

mod chance;
mod change;
mod clock;
mod faults;
mod keys;
mod last_checks;
mod minted;
mod network;
mod node;
mod person;
mod request;
mod session;
mod stories;
mod transcript;
mod world;

use std::{
    env,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use rstest::rstest;
use tokio::{runtime::Builder, task::LocalSet};

use self::{transcript::Transcript, world::World};

/// The number of the last lines that a failing seed prints.
const LAST_LINES: usize = 40;

/// Runs the world of a seed. Returns its transcript, and the rule that was broken.
fn run(seed: u64) -> (Vec<String>, Option<String>) {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let transcript = Rc::new(Transcript::default());
    let world = async {
        let world = World::new(seed, transcript.clone());
        world.run().await;
    };
    let ended = catch_unwind(AssertUnwindSafe(|| {
        LocalSet::new().block_on(&runtime, world);
    }));
    let broken = ended.err().map(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()))
            .unwrap_or_default()
    });
    (transcript.lines(), broken)
}

/// Runs the worlds of these seeds, and fails at the first one in which a rule is broken.
fn run_all(seeds: Range<u64>) {
    for seed in seeds {
        let (lines, broken) = run(seed);
        if let Some(rule) = broken {
            let last = lines.len().saturating_sub(LAST_LINES);
            panic!(
                "the last steps of seed {seed}:\n{}\n{rule}\nreplay it: tests/simulate --seed {seed}",
                lines[last..].join("\n")
            );
        }
    }
}

/// A part of the seeds: the first 2,000, or as many as `SIGNET_SIMULATION_SEEDS` says.
#[rstest]
fn slow_worlds_keep_their_promises(#[values(0, 1, 2, 3)] part: u64) {
    let seeds = env::var("SIGNET_SIMULATION_SEEDS");
    let seeds = seeds.map_or(2_000, |seeds| seeds.parse().unwrap());
    run_all(seeds * part / 4..seeds * (part + 1) / 4);
}

/// The seed of `SIGNET_SIMULATION_SEED` with its whole transcript, or nothing.
#[test]
fn chosen_seed_keeps_its_promises() {
    if let Ok(seed) = env::var("SIGNET_SIMULATION_SEED") {
        let seed = seed.parse().unwrap();
        eprintln!("{}", run(seed).0.join("\n"));
        run_all(seed..seed + 1);
    }
}

#[test]
fn seed_has_one_transcript() {
    for seed in 0..5 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}
