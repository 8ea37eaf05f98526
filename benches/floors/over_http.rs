//! Over HTTP: the program on a core of its own against a bare handler on the same core, sixteen
//! connections from another.

use crate::{
    bare,
    cores::{Core, Pinned},
    effort::Effort,
    house::House,
    load::{Ask, Load},
    pairs::Pairs,
    program::{Program, free_address},
    table::{Table, Target},
};

const JWKS: &str = "key set over HTTP";
const REFRESH: &str = "refresh over HTTP";
const LOGGED: &str = "refresh over HTTP, logged";

/// What is measured here.
pub const NAMES: &[&str] = &[JWKS, REFRESH, LOGGED];

const CONNECTIONS: usize = 16;

/// Measures what was asked for.
pub async fn measure(house: &House<'_>, effort: &Effort, table: &mut Table) {
    let quiet = "warn,sqlx=error";
    let default = "info,sqlx=error";
    let refresh = house.refresh();
    if house.engine.is_embedded() && table.wants(JWKS) {
        let ask = House::key_set();
        compare(house, effort, table, (JWKS, quiet, &ask, 0.9)).await;
    }
    for (what, filter, ask, target) in [
        (REFRESH, quiet, &refresh, 0.7),
        (LOGGED, default, &refresh, 0.7),
    ] {
        let what = house.engine.named(what);
        if table.wants(&what) {
            compare(house, effort, table, (&what, filter, ask, target)).await;
        }
    }
}

async fn compare(
    house: &House<'_>,
    effort: &Effort,
    table: &mut Table,
    (what, filter, ask, target): (&str, &str, &Ask, f64),
) {
    let address = free_address();
    let command = bare::program(house, address).await;
    let floor = Program::start(address, command, Some(Core::Measured));
    let address = free_address();
    let command = house.program(address, filter);
    let signet = Program::start(address, command, Some(Core::Measured));

    let _pinned = Pinned::to(Core::Around);
    let mut below = Load::open(floor.address, CONNECTIONS, ask).await;
    let mut above = Load::open(signet.address, CONNECTIONS, ask).await;
    let _ = (
        below.spell(effort.spell).await,
        above.spell(effort.spell).await,
    );

    let mut pairs = Pairs::default();
    let mut took = [(&floor, 0.0, 0.0), (&signet, 0.0, 0.0)];
    for _ in 0..effort.spells {
        let mut rates = [0.0; 2];
        for ((load, rate), (program, seconds, answers)) in [&mut below, &mut above]
            .into_iter()
            .zip(&mut rates)
            .zip(&mut took)
        {
            let before = program.seconds();
            let seen = load.spell(effort.spell).await;
            *seconds += program.seconds() - before;
            #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 answers")]
            let answered = seen.latencies.len() as f64;
            *answers += answered;
            *rate = seen.rate;
        }
        let [floor, signet] = rates;
        pairs.push(floor, signet);
    }
    table.pairs(what, "1/s", &pairs, Target::AtLeast(target));
    let [floor, signet] = took.map(|(_, seconds, answers)| seconds / answers * 1e6);
    table.pair(
        "  … processor time of each",
        "µs",
        (floor, signet),
        Target::Open,
    );
}
