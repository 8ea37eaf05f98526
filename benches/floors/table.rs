//! Prints the results as a table.

use crate::{databases::Engine, pairs::Pairs};

/// The target of a ratio.
#[derive(Clone, Copy)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// No target.
    Open,
}

/// Prints the rows of the selected benchmarks as they are measured.
pub struct Table {
    words: Vec<String>,
    rows: usize,
}

impl Table {
    /// Creates a table of the benchmarks with one of these words in their name. Without words, all are selected.
    pub fn new(words: Vec<&String>) -> Self {
        let words = words.into_iter().cloned().collect();
        Self { words, rows: 0 }
    }

    /// Returns whether a benchmark is selected.
    pub fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    /// Returns whether any of these benchmarks is selected on an engine.
    pub fn wants_any(&self, names: &[&[&str]], engine: &Engine) -> bool {
        let names = names.iter().flat_map(|names| names.iter());
        names
            .into_iter()
            .any(|name| self.wants(&engine.named(name)))
    }

    /// Prints a row of pairs.
    pub fn pairs(&mut self, name: &str, unit: &str, pairs: &Pairs, target: Target) {
        let [low, ratio, high] = pairs.ratios();
        let spread = format!("{low:.2}–{high:.2}");
        let values = (pairs.floor(), pairs.signet());
        self.row(name, unit, values, (ratio, &spread), target);
    }

    /// Prints a row of one pair.
    pub fn pair(&mut self, name: &str, unit: &str, (floor, signet): (f64, f64), target: Target) {
        self.row(name, unit, (floor, signet), (signet / floor, ""), target);
    }

    fn row(
        &mut self,
        name: &str,
        unit: &str,
        (floor, signet): (f64, f64),
        (ratio, spread): (f64, &str),
        target: Target,
    ) {
        if self.rows == 0 {
            println!(
                "\n{:<44} {:>7} {:>9} {:>9} {:>6} {:<11} {:<7} met?",
                "name", "unit", "floor", "signet", "ratio", "quartiles", "target"
            );
        }
        self.rows += 1;
        let (target, met) = match target {
            Target::AtMost(most) => (format!("≤ {most:.2}"), yes(ratio <= most)),
            Target::AtLeast(least) => (format!("≥ {least:.2}"), yes(ratio >= least)),
            Target::Open => (String::new(), ""),
        };
        let (floor, signet) = (number(floor), number(signet));
        println!(
            "{name:<44} {unit:>7} {floor:>9} {signet:>9} {ratio:>6.2} {spread:<11} {target:<7} {met}"
        );
    }

    /// Prints a message if no benchmark was selected.
    pub fn end(&self) {
        if self.rows == 0 {
            println!(
                "no benchmark has one of these words in its name: {:?}",
                self.words
            );
        }
    }
}

fn yes(met: bool) -> &'static str {
    if met { "yes" } else { "NO" }
}

fn number(value: f64) -> String {
    let digits = match value {
        value if value >= 1000.0 => 0,
        value if value >= 100.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}
