//! The lag of a replica, from positions in the write-ahead log.
//!
//! Once a second the position of the primary is noted with its time. A replica is as old as the last noted position
//! that it has replayed. No clock of a server takes part, and the age grows by itself when the primary is lost.

use std::{collections::VecDeque, time::Duration};

use super::lineage::{Lineage, PrimaryHistory};

/// A position in the write-ahead log, in bytes.
pub(super) type Position = u64;

/// The time since the start of the process.
pub(super) type Elapsed = Duration;

/// The number of noted positions: five minutes, the largest `database.max_lag`.
const KEPT: usize = 320;

/// The noted positions of the primary.
#[derive(Debug, Default)]
pub(super) struct NotedPositions {
    noted: VecDeque<(Elapsed, Position)>,
    primary: Option<PrimaryHistory>,
    /// The history that the former primary wrote, if it was lost before the promotion.
    former: Option<Lineage>,
}

/// The state of a replica compared with the primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replayed {
    /// Everything that the primary had written at this time.
    Until(Elapsed),
    /// Less than the oldest noted position.
    TooLittle,
    /// More than the primary has written: the replica belongs to another timeline.
    Diverged,
}

impl NotedPositions {
    /// Notes the position of the primary. Returns whether another server or history replaced the previous one.
    ///
    /// `is_found` is true if no primary was known before.
    pub(super) fn note(
        &mut self,
        now: Elapsed,
        position: Position,
        primary: PrimaryHistory,
        is_found: bool,
    ) -> bool {
        let is_new = self.primary.as_ref() != Some(&primary);
        let is_promotion = is_new && self.primary.is_some();
        if is_new {
            self.noted.clear();
            let former = self.primary.replace(primary);
            self.former = former.map(|former| former.lineage).filter(|_| is_found);
        }
        if self.noted.len() == KEPT {
            self.noted.pop_front();
        }
        self.noted.push_back((now, position));
        is_promotion
    }

    /// Returns whether a server with this history follows the primary that was noted last.
    pub(super) fn is_followed_by(&self, lineage: &Lineage) -> bool {
        let primary = self.primary.as_ref();
        primary.is_some_and(|primary| primary.lineage == *lineage)
    }

    /// Returns the history of the primary that was noted last.
    pub(super) fn lineage(&self) -> Option<&Lineage> {
        self.primary.as_ref().map(|primary| &primary.lineage)
    }

    /// Notes the histories that former primaries go on writing: their replicas no longer precede the promotion.
    pub(super) fn forget_former(&mut self, written: &[Lineage]) {
        self.former.take_if(|former| written.contains(former));
    }

    /// Returns whether a server with this history followed the primary before the last promotion, which was lost then.
    pub(super) fn is_preceded_by(&self, lineage: &Lineage) -> bool {
        self.former.as_ref() == Some(lineage)
    }

    /// Returns the time up to which a replica has replayed the log. `is_older` is true if the replica was asked for its
    /// position before the primary was asked for the last one, and so cannot be ahead of it.
    pub(super) fn replayed(&self, position: Position, is_older: bool) -> Replayed {
        let latest = self.noted.back().map(|(_, latest)| *latest);
        if is_older && latest.is_some_and(|latest| position > latest) {
            return Replayed::Diverged;
        }
        let mut reached = self.noted.iter().rev();
        match reached.find(|(_, noted)| *noted <= position) {
            Some((at, _)) => Replayed::Until(*at),
            None => Replayed::TooLittle,
        }
    }
}

/// Parses a position such as `16/B374D848` (PostgreSQL type `pg_lsn`).
pub(super) fn parse_position(text: &str) -> Option<Position> {
    let (high, low) = text.split_once('/')?;
    let high = u32::from_str_radix(high, 16).ok()?;
    let low = u32::from_str_radix(low, 16).ok()?;
    Some(u64::from(high) << 32 | u64::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(server: &str, timeline: u32) -> PrimaryHistory {
        PrimaryHistory {
            server: server.to_owned(),
            lineage: Lineage {
                timeline: Some(timeline),
                cluster: String::new(),
            },
        }
    }

    fn at(seconds: u64) -> Elapsed {
        Duration::from_secs(seconds)
    }

    #[test]
    fn replica_is_as_old_as_the_last_position_that_it_has_replayed() {
        let mut freshness = NotedPositions::default();
        for (second, position) in [(1, 100), (2, 100), (3, 250), (4, 300)] {
            assert!(!freshness.note(at(second), position, history("db1", 1), false));
        }
        for (position, expected) in [
            (99, Replayed::TooLittle),
            (100, Replayed::Until(at(2))),
            (299, Replayed::Until(at(3))),
            (300, Replayed::Until(at(4))),
            (301, Replayed::Diverged),
        ] {
            assert_eq!(freshness.replayed(position, true), expected, "{position}");
        }
        // The primary was lost after it wrote more.
        assert_eq!(freshness.replayed(301, false), Replayed::Until(at(4)));
    }

    #[test]
    fn promotion_forgets_the_positions_of_the_previous_primary() {
        let mut freshness = NotedPositions::default();
        assert!(!freshness.note(at(1), 100, history("db1", 1), false));
        assert!(freshness.note(at(2), 90, history("db2", 2), false));
        assert_eq!(freshness.replayed(100, true), Replayed::Diverged);
        assert_eq!(freshness.replayed(90, true), Replayed::Until(at(2)));
        assert!(!freshness.note(at(3), 95, history("db2", 2), false));
    }

    #[test]
    fn old_positions_make_room() {
        let mut freshness = NotedPositions::default();
        for second in 0..1000 {
            freshness.note(at(second), second, history("db1", 1), false);
        }
        assert_eq!(freshness.noted.len(), KEPT);
        assert_eq!(freshness.replayed(500, true), Replayed::TooLittle);
    }

    #[test]
    fn positions_are_hexadecimal() {
        assert_eq!(parse_position("16/B374D848"), Some(0x16_B374_D848));
        for text in ["", "16", "G/0", "0/1FFFFFFFF"] {
            assert_eq!(parse_position(text), None, "{text}");
        }
    }
}
