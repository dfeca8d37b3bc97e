//! The two clocks of a relay: the wall clock, which somebody may move, and one that never jumps.
//! Spec: escalation.md ESC-1, session.md SES-19, store.md.
//!
//! When the wall clock was moved, the clocks of the peers tell whether that was a correction. Where
//! it was none, the relay goes on by the time that it had.

use estafette_protocol::address::Agency;
use estafette_protocol::escalation::Moment;
use estafette_protocol::time::{SECOND_MS, UnixMillis};
use std::collections::BTreeMap;

use super::{Engine, EngineError};
use crate::record::Record;
use crate::store::Store;

/// What the clocks may differ by before it is written down, in milliseconds.
const STEP_MS: u64 = SECOND_MS;
/// Further than this from the peers' median a clock is unsure, in milliseconds (SES-19).
const UNSURE_MS: u64 = 30 * SECOND_MS;

/// What is in the journal about the wall clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stepped {
    /// How far it is ahead of the clock that never jumps, in milliseconds.
    skew_ms: i64,
    /// The relay goes on by the time that it had.
    kept: bool,
    /// How far that time is ahead of the clock that never jumps, in milliseconds: as the wall clock
    /// was when nobody doubted it last.
    trusted_ms: i64,
}

/// What both clocks showed last, and what peers say of the time.
#[derive(Debug)]
pub(super) struct Clocks {
    /// The wall clock as it was shown, which may have gone back.
    wall: UnixMillis,
    steady: UnixMillis,
    /// What is added to the clock of the process, in milliseconds.
    shift_ms: i64,
    stepped: Stepped,
    /// Peers' clocks against the one that never jumps: positive when theirs is ahead.
    offsets: BTreeMap<Agency, i64>,
}

impl Clocks {
    /// Goes on where the journal ends.
    pub(super) fn open(given: Moment, stepped: Stepped, last_at: UnixMillis) -> Self {
        let Stepped {
            skew_ms,
            kept,
            trusted_ms,
        } = stepped;
        // Times in the journal are of the clock that the relay went by, and that one went on.
        let least = match kept {
            true => later(last_at, trusted_ms.saturating_neg()),
            false if skew_ms >= 0 => later(last_at, skew_ms.saturating_neg()),
            false => UnixMillis(0),
        };
        let steady = later(given.wall, skew_ms.saturating_neg()).max(least);
        Self {
            wall: given.wall,
            steady,
            shift_ms: ahead(steady, given.steady),
            stepped,
            offsets: BTreeMap::new(),
        }
    }

    /// Takes a reading; gives what is to be written down, where that has changed.
    fn read(&mut self, given: Moment) -> Option<Stepped> {
        self.wall = given.wall;
        self.steady = self.steady.max(later(given.steady, self.shift_ms));
        self.settle()
    }

    /// Hears what a peer's clock shows.
    fn hear(&mut self, agency: &Agency, now: UnixMillis) -> Option<Stepped> {
        let offset = ahead(now, self.steady);
        self.offsets.insert(agency.clone(), offset);
        self.settle()
    }

    fn settle(&mut self) -> Option<Stepped> {
        let (skew_ms, trusted_ms) = (ahead(self.wall, self.steady), self.stepped.trusted_ms);
        let median = self.median();
        // A wall clock that nobody says anything against is right.
        let kept = skew_ms.abs_diff(trusted_ms) > UNSURE_MS
            && match median {
                Some(median) => skew_ms.abs_diff(median) > trusted_ms.abs_diff(median),
                None => self.stepped.kept,
            };
        // Small corrections do not add up to a move that nobody has agreed to.
        if !kept && skew_ms.abs_diff(median.unwrap_or_default()) <= UNSURE_MS {
            self.stepped.trusted_ms = skew_ms;
        }
        let moved = skew_ms.abs_diff(self.stepped.skew_ms) > STEP_MS;
        if !moved && kept == self.stepped.kept {
            return None;
        }
        self.stepped = Stepped {
            skew_ms,
            kept,
            ..self.stepped
        };
        Some(self.stepped)
    }

    fn median(&self) -> Option<i64> {
        let mut offsets: Vec<i64> = self.offsets.values().copied().collect();
        offsets.sort_unstable();
        offsets.get(offsets.len() / 2).copied()
    }

    /// The time that the relay goes by.
    pub(super) const fn now(&self) -> UnixMillis {
        match self.stepped.kept {
            true => later(self.steady, self.stepped.trusted_ms),
            false => self.wall,
        }
    }

    pub(super) const fn steady(&self) -> UnixMillis {
        self.steady
    }

    // SES-19
    pub(super) fn is_unsure(&self, now: UnixMillis) -> bool {
        let own = ahead(now, self.steady);
        self.median()
            .is_some_and(|median| own.abs_diff(median) > UNSURE_MS)
    }

    /// When the wall clock will show that something of the other clock is due.
    pub(super) const fn wall_at(&self, steady: UnixMillis) -> UnixMillis {
        self.wall.plus(steady.since(self.steady))
    }
}

/// By how much one time is ahead of another, in milliseconds; negative when it is behind.
fn ahead(one: UnixMillis, other: UnixMillis) -> i64 {
    let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    signed(one.since(other)).saturating_sub(signed(other.since(one)))
}

const fn later(time: UnixMillis, ms: i64) -> UnixMillis {
    UnixMillis(time.0.saturating_add_signed(ms))
}

impl<S: Store> Engine<S> {
    /// Reads the clocks, and writes down that the wall clock was moved.
    // Design: a relay's now never runs backwards.
    pub(super) fn read_clocks(&mut self, given: Moment) -> Result<(), EngineError> {
        let stepped = self.clocks.read(given);
        self.now = self.now.max(self.clocks.now());
        self.write_down(stepped)
    }

    /// Notes what a peer's clock shows when a link begins.
    // SES-19
    pub(super) fn hear_time(
        &mut self,
        agency: &Agency,
        theirs: UnixMillis,
    ) -> Result<(), EngineError> {
        let stepped = self.clocks.hear(agency, theirs);
        self.write_down(stepped)
    }

    fn write_down(&mut self, stepped: Option<Stepped>) -> Result<(), EngineError> {
        if let Some(Stepped {
            skew_ms,
            kept,
            trusted_ms,
        }) = stepped
        {
            tracing::warn!(skew_ms, kept, "the wall clock was moved");
            let stepped = Record::Stepped {
                skew_ms,
                kept,
                trusted_ms,
            };
            self.append(stepped, None)?;
        }
        Ok(())
    }

    /// Now, on both clocks.
    pub(super) const fn moment(&self) -> Moment {
        Moment {
            wall: self.now,
            steady: self.clocks.steady(),
        }
    }

    /// What was written down last of the wall clock.
    pub(super) fn last_stepped(store: &S) -> Result<Stepped, EngineError> {
        let mut last = Stepped::default();
        store.replay(&mut |entry| {
            if let Record::Stepped {
                skew_ms,
                kept,
                trusted_ms,
            } = entry.head.record
            {
                last = Stepped {
                    skew_ms,
                    kept,
                    trusted_ms,
                };
            }
        })?;
        Ok(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: UnixMillis = UnixMillis(1_767_322_445_006);
    const HOUR: u64 = 3_600_000;

    fn clocks() -> Clocks {
        Clocks::open(AT.into(), Stepped::default(), UnixMillis(0))
    }

    fn moved(clocks: &mut Clocks, real_ms: u64, by_ms: i64) -> Option<Stepped> {
        let steady = AT.plus(real_ms);
        let wall = later(steady, by_ms);
        clocks.read(Moment { wall, steady })
    }

    fn peer() -> Agency {
        "border.xb".parse().unwrap()
    }

    /// Covers SES-19: the wall clock was wrong after the move.
    #[test]
    fn move_away_from_the_peers_is_not_followed() {
        for by_ms in [HOUR.cast_signed(), -HOUR.cast_signed()] {
            let mut clocks = clocks();
            clocks.hear(&peer(), AT.plus(200));
            let stepped = moved(&mut clocks, 1_000, by_ms).unwrap();
            assert!(stepped.kept);
            assert_eq!(clocks.now(), AT.plus(1_000));
            assert!(!clocks.is_unsure(clocks.now()));
            // The same move is written down once, and its end as well.
            assert_eq!(moved(&mut clocks, 2_000, by_ms), None);
            assert!(!moved(&mut clocks, 3_000, 0).unwrap().kept);
            assert_eq!(clocks.now(), AT.plus(3_000));
        }
    }

    /// Covers SES-19: what the wall clock was corrected by before it was moved is kept as well, over
    /// a restart too.
    #[test]
    fn time_that_it_had_is_that_of_the_wall_clock_before_the_move() {
        for right_ms in [20_000, -20_000, 2 * HOUR.cast_signed()] {
            let mut clocks = clocks();
            clocks.hear(&peer(), later(AT, right_ms));
            moved(&mut clocks, 1_000, right_ms).unwrap();
            assert_eq!(clocks.now(), later(AT.plus(1_000), right_ms));
            let by_ms = right_ms + HOUR.cast_signed();
            let stepped = moved(&mut clocks, 2_000, by_ms).unwrap();
            let now = later(AT.plus(2_000), right_ms);
            assert!(stepped.kept);
            assert_eq!(clocks.now(), now);
            let (wall, steady) = (later(AT.plus(5_000), by_ms), UnixMillis(77));
            let again = Clocks::open(Moment { wall, steady }, stepped, now);
            assert_eq!(again.now(), now.plus(3_000));
        }
    }

    /// Covers SES-19.
    #[test]
    fn many_small_moves_away_from_the_peers_are_followed_no_further_than_one() {
        let mut clocks = clocks();
        clocks.hear(&peer(), AT);
        for count in 1..=10 {
            let by_ms = count * 20_000;
            moved(&mut clocks, 1_000, by_ms);
            let ahead = ahead(clocks.now(), AT.plus(1_000));
            assert!(ahead <= 2 * UNSURE_MS.cast_signed(), "{ahead}");
        }
        assert_eq!(clocks.now(), AT.plus(1_000 + 20_000));
    }

    /// Covers SES-19: the wall clock was wrong before.
    #[test]
    fn move_towards_the_peers_is_followed() {
        let mut clocks = clocks();
        clocks.hear(&peer(), AT.plus(HOUR));
        assert!(clocks.is_unsure(clocks.now()));
        let stepped = moved(&mut clocks, 1_000, HOUR.cast_signed()).unwrap();
        assert!(!stepped.kept);
        assert_eq!(clocks.now(), AT.plus(HOUR + 1_000));
        assert!(!clocks.is_unsure(clocks.now()));
    }

    #[test]
    fn move_that_nobody_contradicts_is_followed_until_a_peer_does() {
        let mut clocks = clocks();
        let stepped = moved(&mut clocks, 1_000, HOUR.cast_signed()).unwrap();
        assert!(!stepped.kept);
        let stepped = clocks.hear(&peer(), AT.plus(1_100)).unwrap();
        assert!(stepped.kept);
        assert_eq!(clocks.now(), AT.plus(1_000));
    }

    #[test]
    fn restart_goes_on_by_the_time_that_was_kept() {
        for by_ms in [HOUR.cast_signed(), -HOUR.cast_signed()] {
            let kept = Stepped {
                skew_ms: by_ms,
                kept: true,
                trusted_ms: 0,
            };
            let (wall, real) = (later(AT.plus(5_000), by_ms), UnixMillis(77));
            let given = Moment { wall, steady: real };
            let clocks = Clocks::open(given, kept, AT.plus(4_000));
            assert_eq!(clocks.now(), AT.plus(5_000));
            assert_eq!(clocks.steady(), AT.plus(5_000));
        }
    }
}
