//! Paired measurements: the floor and the service are measured alternately, so that other load on the machine
//! affects both.

use std::time::Instant;

use crate::effort::Effort;

/// Pairs of values of the floor and of the service.
#[derive(Default)]
pub struct Pairs(Vec<(f64, f64)>);

impl Pairs {
    /// Adds a pair.
    pub fn push(&mut self, floor: f64, signet: f64) {
        self.0.push((floor, signet));
    }

    /// Returns the median of the floor.
    pub fn floor(&self) -> f64 {
        quartile(self.0.iter().map(|pair| pair.0), 2)
    }

    /// Returns the median of the service.
    pub fn signet(&self) -> f64 {
        quartile(self.0.iter().map(|pair| pair.1), 2)
    }

    /// Returns the quartiles of the ratios.
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

/// Measures the microseconds of one call of each function, in alternating batches of alternating order.
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
        let (floor_time, signet_time);
        if round % 2 == 0 {
            floor_time = batch(&mut floor, times).await;
            signet_time = batch(&mut signet, times).await;
        } else {
            signet_time = batch(&mut signet, times).await;
            floor_time = batch(&mut floor, times).await;
        }
        let each = 1e6 / f64::from(times);
        pairs.push(floor_time * each, signet_time * each);
    }
    pairs
}

async fn batch(call: &mut impl AsyncFnMut(), times: u32) -> f64 {
    let started = Instant::now();
    for _ in 0..times {
        call().await;
    }
    started.elapsed().as_secs_f64()
}
