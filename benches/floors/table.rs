//! The one table that is printed.

use crate::{databases::Engine, pairs::Pairs};

/// What a ratio should be.
#[derive(Clone, Copy)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// Nothing was promised.
    Open,
}

/// Prints rows as they are measured, those that were asked for.
pub struct Table {
    words: Vec<String>,
    rows: usize,
}

impl Table {
    /// A table of what has one of these words in its name, or of everything.
    pub fn new(words: Vec<&String>) -> Self {
        let words = words.into_iter().cloned().collect();
        Self { words, rows: 0 }
    }

    /// Whether this row was asked for.
    pub fn wants(&self, what: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| what.contains(word.as_str()))
    }

    /// Whether any of these was asked for on that engine.
    pub fn wants_any(&self, names: &[&[&str]], engine: &Engine) -> bool {
        let names = names.iter().flat_map(|names| names.iter());
        names
            .into_iter()
            .any(|name| self.wants(&engine.named(name)))
    }

    /// Prints a row of pairs.
    pub fn pairs(&mut self, what: &str, unit: &str, pairs: &Pairs, target: Target) {
        let [low, ratio, high] = pairs.ratios();
        let spread = format!("{low:.2}–{high:.2}");
        let values = (pairs.floor(), pairs.signet());
        self.row(what, unit, values, (ratio, &spread), target);
    }

    /// Prints a row of one pair.
    pub fn pair(&mut self, what: &str, unit: &str, (floor, signet): (f64, f64), target: Target) {
        self.row(what, unit, (floor, signet), (signet / floor, ""), target);
    }

    fn row(
        &mut self,
        what: &str,
        unit: &str,
        (floor, signet): (f64, f64),
        (ratio, spread): (f64, &str),
        target: Target,
    ) {
        if self.rows == 0 {
            println!(
                "\n{:<44} {:>7} {:>9} {:>9} {:>6} {:<11} {:<7} met?",
                "what", "unit", "floor", "signet", "ratio", "quartiles", "target"
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
            "{what:<44} {unit:>7} {floor:>9} {signet:>9} {ratio:>6.2} {spread:<11} {target:<7} {met}"
        );
    }

    /// Says so if there was nothing to print.
    pub fn end(&self) {
        if self.rows == 0 {
            println!(
                "nothing has any of these words in its name: {:?}",
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
