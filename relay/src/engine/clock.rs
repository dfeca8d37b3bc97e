//! The two clocks of a relay: the wall clock, which somebody may move, and one that never jumps.
//! Spec: escalation.md ESC-1, store.md.

use estafette_protocol::escalation::Moment;
use estafette_protocol::time::{SECOND_MS, UnixMillis};

use super::{Engine, EngineError};
use crate::record::Record;
use crate::store::Store;

/// What the clocks may differ by before it is written down, in milliseconds.
const STEP_MS: u64 = SECOND_MS;

/// What both clocks showed last.
#[derive(Debug)]
pub(super) struct Clocks {
    /// The wall clock as it was shown, which may have gone back.
    wall: UnixMillis,
    steady: UnixMillis,
    /// What is added to the clock of the process, in milliseconds.
    shift_ms: i64,
    /// How far the wall clock is ahead, as it was written down last, in milliseconds.
    skew_ms: i64,
}

impl Clocks {
    /// Goes on where the journal ends: no time written down there lies ahead.
    pub(super) fn open(given: Moment, skew_ms: i64, last_at: UnixMillis) -> Self {
        // A wall clock that was set back may not have come up to what was written down before.
        let reached = if skew_ms < 0 { given.wall } else { last_at };
        let latest = given.wall.max(reached);
        let steady = later(latest, skew_ms.saturating_neg());
        Self {
            wall: given.wall,
            steady,
            shift_ms: ahead(steady, given.steady),
            skew_ms,
        }
    }

    /// Takes a reading; gives how far the wall clock is ahead, where that has changed.
    fn read(&mut self, given: Moment) -> Option<i64> {
        self.wall = given.wall;
        self.steady = self.steady.max(later(given.steady, self.shift_ms));
        let skew_ms = ahead(self.wall, self.steady);
        let moved = skew_ms.abs_diff(self.skew_ms) > STEP_MS;
        moved.then(|| {
            self.skew_ms = skew_ms;
            skew_ms
        })
    }

    pub(super) const fn steady(&self) -> UnixMillis {
        self.steady
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
        self.now = self.now.max(given.wall);
        if let Some(skew_ms) = self.clocks.read(given) {
            tracing::warn!(skew_ms, "the wall clock was moved");
            self.append(Record::Stepped { skew_ms }, None)?;
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

    /// How far the wall clock was ahead when the journal was last written.
    pub(super) fn last_skew(store: &S) -> Result<i64, EngineError> {
        let mut last = 0;
        store.replay(&mut |entry| {
            if let Record::Stepped { skew_ms } = &entry.head.record {
                last = *skew_ms;
            }
        })?;
        Ok(last)
    }
}
