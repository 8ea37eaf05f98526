//! Tests of the schedule, also at random times.

mod faults;
mod folders;
mod golden;
mod reload;
mod rotate;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

use super::*;

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

fn hours(n: i64) -> TimeDelta {
    TimeDelta::hours(n)
}

fn settings() -> ScheduleSettings {
    ScheduleSettings {
        key_retire_after: hours(2),
        secret_retire_after: hours(24 * 30),
        algorithms: vec![Algorithm::Es256],
    }
}

fn key(offset: TimeDelta) -> KeyFileName {
    KeyFileName {
        signs_from: start() + offset,
        kind: KeyKind::Key(Algorithm::Es256),
    }
}

fn secret(offset: TimeDelta) -> KeyFileName {
    KeyFileName {
        kind: KeyKind::Secret,
        ..key(offset)
    }
}

#[test]
fn key_passes_through_its_phases() {
    let files = [key(hours(0)), key(hours(10)), secret(hours(0))];
    let phases = |offset| {
        let scheduled = schedule(&files, &settings(), start() + offset).unwrap();
        let phase = |file| {
            scheduled
                .iter()
                .find(|entry| entry.file == file)
                .unwrap()
                .phase
        };
        (phase(files[0]), phase(files[1]))
    };
    let second = TimeDelta::seconds(1);
    assert_eq!(phases(hours(0)), (KeyPhase::Signing, KeyPhase::Upcoming));
    assert_eq!(
        phases(hours(10) - second),
        (KeyPhase::Signing, KeyPhase::Upcoming)
    );
    assert_eq!(phases(hours(10)), (KeyPhase::Verifying, KeyPhase::Signing));
    assert_eq!(
        phases(hours(12) - second),
        (KeyPhase::Verifying, KeyPhase::Signing)
    );
    assert_eq!(phases(hours(12)), (KeyPhase::Retired, KeyPhase::Signing));
}

#[test]
fn invalid_schedule_is_rejected_with_every_reason() {
    let refused = |files: &[KeyFileName]| schedule(files, &settings(), start()).unwrap_err();
    let no_key = ScheduleError::NothingSigns(KeyKind::Key(Algorithm::Es256));
    let no_secret = ScheduleError::NothingSigns(KeyKind::Secret);
    assert_eq!(refused(&[]), [no_key, no_secret]);
    assert_eq!(refused(&[secret(hours(0))]), [no_key]);
    assert_eq!(refused(&[key(hours(0))]), [no_secret]);
    let not_yet = |kind| ScheduleError::NothingSignsYet {
        kind,
        from: start() + hours(1),
    };
    let early = [key(hours(2)), key(hours(1)), secret(hours(0))];
    assert_eq!(refused(&early), [not_yet(early[0].kind)]);
    let early = [key(hours(0)), secret(hours(1))];
    assert_eq!(refused(&early), [not_yet(KeyKind::Secret)]);
    let twice = [key(hours(0)), key(hours(0)), secret(hours(0))];
    assert_eq!(refused(&twice), [ScheduleError::Twice(twice[0])]);
}

proptest! {
    #[test]
    fn exactly_one_key_of_a_kind_signs_at_any_time(
        offsets in proptest::collection::btree_set(0_i64..2_000_000, 1..8),
        elapsed in 0_i64..3_000_000,
    ) {
        let files: Vec<_> = offsets.iter().flat_map(|offset| {
            let offset = TimeDelta::seconds(*offset);
            [key(offset), secret(offset)]
        }).collect();
        let now = start() + TimeDelta::seconds(elapsed);
        let scheduled = schedule(&files, &settings(), now);
        if offsets.first() > Some(&elapsed) {
            prop_assert!(scheduled.is_err());
        } else {
            let scheduled = scheduled.unwrap();
            for kind in [KeyKind::Key(Algorithm::Es256), KeyKind::Secret] {
                let signing: Vec<_> = scheduled.iter()
                    .filter(|entry| entry.file.kind == kind && entry.phase == KeyPhase::Signing)
                    .collect();
                prop_assert_eq!(signing.len(), 1);
                // The signing key is the last to have begun, and all earlier keys have ended.
                let in_order = scheduled.iter().filter(|entry| entry.file.kind == kind).all(|entry| {
                    (entry.file < signing[0].file) == (entry.phase > KeyPhase::Signing)
                });
                prop_assert!(in_order);
            }
        }
    }

    #[test]
    fn phases_only_move_forward(
        offsets in proptest::collection::btree_set(0_i64..2_000_000, 1..6),
        times in proptest::collection::btree_set(2_000_000_i64..9_000_000, 2..6),
    ) {
        let files: Vec<_> = offsets.iter()
            .flat_map(|offset| [key(TimeDelta::seconds(*offset)), secret(TimeDelta::seconds(*offset))])
            .collect();
        let mut before: Option<Vec<KeyPhase>> = None;
        for time in times {
            let now = start() + TimeDelta::seconds(time);
            let phases: Vec<_> = schedule(&files, &settings(), now).unwrap().iter().map(|e| e.phase).collect();
            if let Some(before) = before {
                let forward = before.iter().zip(&phases).all(|(before, after)| before <= after);
                prop_assert!(forward);
            }
            before = Some(phases);
        }
    }

    /// Two nodes whose clocks differ by up to the leeway: one mints, the other verifies later.
    #[test]
    fn no_token_outlives_its_key_on_any_node(
        offsets in proptest::collection::btree_set(1_i64..2_000_000, 0..8),
        elapsed in 0_i64..3_000_000,
        (access, leeway, max_age) in (1_i64..=900, 0_i64..=60, 1_i64..=600),
        idle in 1_i64..1_000_000,
        (apart, age) in (-1000_i64..=1000, 0_i64..=1000),
    ) {
        let settings = ScheduleSettings {
            // The shortest grace periods that the configuration allows.
            key_retire_after: TimeDelta::seconds(access + leeway + max_age),
            secret_retire_after: TimeDelta::seconds(idle + leeway),
            algorithms: vec![Algorithm::Es256],
        };
        let files: Vec<_> = [0].iter().chain(&offsets).flat_map(|offset| {
            let offset = TimeDelta::seconds(*offset);
            [key(offset), secret(offset)]
        }).collect();
        let minted = start() + TimeDelta::seconds(elapsed);
        let part = |of: i64, thousandths: i64| TimeDelta::seconds(of * thousandths / 1000);
        let scheduled = schedule(&files, &settings, minted).unwrap();
        // Access tokens are accepted until the leeway after `exp`, refresh tokens until `exp`.
        for (kind, accepted) in [
            (KeyKind::Key(Algorithm::Es256), access + leeway),
            (KeyKind::Secret, idle),
        ] {
            let signer = scheduled.iter()
                .find(|it| it.file.kind == kind && it.phase == KeyPhase::Signing).unwrap();
            let at_mint = signer.window.phase(minted + part(leeway, apart));
            prop_assert_ne!(at_mint, KeyPhase::Retired);
            // By the other node's clock, at any time at which that node would still accept the token.
            let verified = minted + part(accepted, age);
            prop_assert_ne!(signer.window.phase(verified), KeyPhase::Retired);
            // A consumer that fetched the key set just before may use it that much longer. The set that it
            // holds is no older than one that it would fetch, so no key is missing.
            if kind != KeyKind::Secret {
                prop_assert_ne!(signer.window.phase(verified + TimeDelta::seconds(max_age - 1)), KeyPhase::Retired);
            }
        }
    }
}
