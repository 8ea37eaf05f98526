//! Measurements in pairs: the floor and what stands on it, one right after the other, so that
//! whatever else the machine does falls on both.

use std::time::Instant;

use crate::effort::Effort;

/// Pairs of floor and candidate.
#[derive(Default)]
pub struct Pairs(Vec<(f64, f64)>);

impl Pairs {
    /// Adds one.
    pub fn push(&mut self, floor: f64, signet: f64) {
        self.0.push((floor, signet));
    }

    /// The middle one of the floor's.
    pub fn floor(&self) -> f64 {
        quartile(self.0.iter().map(|pair| pair.0), 2)
    }

    /// The middle one of the candidate's.
    pub fn signet(&self) -> f64 {
        quartile(self.0.iter().map(|pair| pair.1), 2)
    }

    /// A quarter, half and three quarters of the ratios are below these.
    pub fn ratios(&self) -> [f64; 3] {
        let ratios = || self.0.iter().map(|(floor, signet)| signet / floor);
        [1, 2, 3].map(|quarters| quartile(ratios(), quarters))
    }
}

fn quartile(values: impl Iterator<Item = f64>, quarters: usize) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let place = (values.len().saturating_sub(1) * quarters + 2) / 4;
    values.get(place).copied().unwrap_or(f64::NAN)
}

/// Microseconds of one call each, in batches that take turns, either first every other time.
pub async fn take_turns(
    effort: &Effort,
    mut floor: impl AsyncFnMut(),
    mut signet: impl AsyncFnMut(),
) -> Pairs {
    let mut times = 1;
    while batch(&mut floor, times).await < effort.batch.as_secs_f64() {
        times *= 2;
    }
    batch(&mut signet, times).await;
    let mut pairs = Pairs::default();
    for round in 0..effort.rounds {
        let (below, above);
        if round % 2 == 0 {
            below = batch(&mut floor, times).await;
            above = batch(&mut signet, times).await;
        } else {
            above = batch(&mut signet, times).await;
            below = batch(&mut floor, times).await;
        }
        let each = 1e6 / f64::from(times);
        pairs.push(below * each, above * each);
    }
    pairs
}

async fn batch(call: &mut impl AsyncFnMut(), times: u32) -> f64 {
    let begun = Instant::now();
    for _ in 0..times {
        call().await;
    }
    begun.elapsed().as_secs_f64()
}
