//! The alarm: calls until somebody takes on what waits, and says how often and how long it has.
//!
//! A machine without a clock: it is asked at a time and gives the calls that are due.

use super::board::{Board, Entry};
use estafette_protocol::crypto::Hash;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::time::{MINUTE_MS, SECOND_MS, UnixMillis};
use std::collections::BTreeMap;

/// How much slower what is no real emergency calls.
const EXERCISE_FACTOR: u64 = 2;

/// How a call sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A flash or immediate that is meant: three bells.
    Emergency,
    /// Anything else that is meant: two bells.
    Ordinary,
    /// An exercise: one bell.
    Exercise,
}

impl Tone {
    /// How often the bell rings.
    #[must_use]
    pub const fn bells(self) -> usize {
        match self {
            Self::Emergency => 3,
            Self::Ordinary => 2,
            Self::Exercise => 1,
        }
    }

    /// The word that programs see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Ordinary => "ordinary",
            Self::Exercise => "exercise",
        }
    }
}

/// A call for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The message.
    pub digest: Hash,
    /// Which call of it this is, from 1.
    pub number: u32,
    /// For how long it has waited, in milliseconds.
    pub waited_ms: u64,
    /// How it sounds.
    pub tone: Tone,
}

#[derive(Debug, Clone, Copy)]
struct Calling {
    number: u32,
    next_at: UnixMillis,
}

/// What calls, and when again.
#[derive(Debug, Default)]
pub struct Alarm {
    calling: BTreeMap<Hash, Calling>,
}

impl Alarm {
    /// The calls that are due: at once for what is new, and again until it is taken on.
    pub fn sound(&mut self, board: &Board, now: UnixMillis) -> Vec<Call> {
        let is_calling = |digest: &Hash| board.entry(digest).is_some_and(Entry::is_calling);
        self.calling.retain(|digest, _| is_calling(digest));
        let mut calls = Vec::new();
        for entry in board.entries.iter().filter(|entry| entry.is_calling()) {
            let record = &entry.item.message.record;
            let first = Calling {
                number: 0,
                next_at: now,
            };
            let calling = self.calling.entry(record.digest).or_insert(first);
            if now < calling.next_at {
                continue;
            }
            calling.number = calling.number.saturating_add(1);
            calling.next_at = now.plus(again_ms(entry));
            calls.push(Call {
                digest: record.digest,
                number: calling.number,
                waited_ms: now.since(record.stored_at),
                tone: tone(entry),
            });
        }
        calls
    }
}

fn tone(entry: &Entry) -> Tone {
    let urgent = entry.item.message.header.precedence.is_urgent();
    match entry.status() {
        Status::Actual if urgent => Tone::Emergency,
        Status::Actual => Tone::Ordinary,
        Status::Exercise | Status::Test => Tone::Exercise,
    }
}

/// After how long it calls again, in milliseconds.
fn again_ms(entry: &Entry) -> u64 {
    let meant = match entry.item.message.header.precedence {
        Precedence::Flash => 30 * SECOND_MS,
        Precedence::Immediate => MINUTE_MS,
        Precedence::Priority => 5 * MINUTE_MS,
        Precedence::Routine => 15 * MINUTE_MS,
    };
    match entry.status() {
        Status::Actual => meant,
        Status::Exercise | Status::Test => meant * EXERCISE_FACTOR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::testing::Scene;

    #[test]
    fn flash_calls_at_once_and_every_half_minute_until_it_is_acknowledged() {
        let mut scene = Scene::new();
        let digest = scene.flag("one");
        let mut alarm = Alarm::default();
        let mut called = Vec::new();
        for second in 0..=90 {
            let now = scene.now.plus(second * SECOND_MS);
            let calls = alarm.sound(&scene.board(now), now);
            called.extend(calls.into_iter().map(|call| (second, call)));
        }
        let call = |number, waited_ms| Call {
            digest,
            number,
            waited_ms,
            tone: Tone::Emergency,
        };
        let wanted = [
            (0, call(1, 0)),
            (30, call(2, 30_000)),
            (60, call(3, 60_000)),
            (90, call(4, 90_000)),
        ];
        assert_eq!(called, wanted);
        scene.acknowledge(&digest, scene.now.plus(91 * SECOND_MS));
        let now = scene.now.plus(3_600 * SECOND_MS);
        assert_eq!(alarm.sound(&scene.board(now), now), []);
    }

    #[test]
    fn exercise_sounds_otherwise_and_calls_half_as_often() {
        let mut scene = Scene::new();
        scene.exercise("drill");
        let mut alarm = Alarm::default();
        let mut at = |second| {
            let now = scene.now.plus(second * SECOND_MS);
            alarm.sound(&scene.board(now), now)
        };
        assert_eq!(at(0)[0].tone, Tone::Exercise);
        assert_eq!(at(59), []);
        assert_eq!(at(60)[0].number, 2);
    }
}
