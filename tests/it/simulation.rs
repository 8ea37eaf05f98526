//! A simulation by seed: nodes of the service in one process and on one thread, each with its own clock, its own view of
//! the database and its own copy of the key folder. People use the service at random, and servers and networks fail at
//! random. All of it follows from the seed, so a failing seed can be replayed exactly.

mod bound_client;
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
mod promotion;
mod request;
mod second_factors;
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

use self::{
    transcript::{Counts, Event, Transcript},
    world::World,
};

/// The number of the last lines that a failing seed prints.
const LAST_LINES: usize = 40;

/// The number of seeds from which on every kind of event has to happen.
const MANY: u64 = 100;

/// The end of a world.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    lines: Vec<String>,
    counts: Counts,
    /// The rule that was broken.
    broken: Option<String>,
}

/// Runs the world of a seed.
fn run(seed: u64) -> Ended {
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
    Ended {
        lines: transcript.lines(),
        counts: transcript.counts(),
        broken,
    }
}

/// Runs the worlds of these seeds, and fails at the first one in which a rule is broken. Many worlds also fail if they test
/// too little.
fn run_all(seeds: Range<u64>) {
    let number = seeds.end - seeds.start;
    let mut counts = Counts::new();
    for seed in seeds {
        let ended = run(seed);
        if let Some(rule) = ended.broken {
            let last = ended.lines.len().saturating_sub(LAST_LINES);
            panic!(
                "the last steps of seed {seed}:\n{}\n{rule}\nreplay it: tests/simulate --seed {seed}",
                ended.lines[last..].join("\n")
            );
        }
        for (event, count) in ended.counts {
            *counts.entry(event).or_default() += count;
        }
    }
    eprintln!("{number} worlds: {counts:?}");
    if number >= MANY {
        for event in Event::ALL {
            assert!(counts.contains_key(&event), "no world has a {event:?}");
        }
        assert!(
            counts[&Event::SignUp] * 100 >= counts[&Event::Birth] * 80,
            "less than 80 % of the people sign up: {counts:?}"
        );
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
        let ended = run(seed.parse().unwrap());
        eprintln!("{}", ended.lines.join("\n"));
        assert_eq!(ended.broken, None, "seed {seed}");
    }
}

#[test]
fn seed_has_one_transcript() {
    for seed in 0..5 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}
