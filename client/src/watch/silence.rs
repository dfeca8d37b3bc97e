//! The dead man's line: for how long nothing is known of the own relay.
//!
//! A board that shows nothing because nothing arrives looks like one that shows nothing because
//! all is well; so silence is measured, and said.

use estafette_protocol::escalation::Moment;
use estafette_protocol::time::UnixMillis;

/// How the link to the own relay stands, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// No attempt has ended yet, or what waited is still being fetched.
    Connecting,
    /// The relay is not reached.
    Down,
    /// The relay is reached, and all that waited has been fetched.
    Up,
}

impl Link {
    /// The word that programs see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Down => "down",
            Self::Up => "up",
        }
    }
}

/// For how long nothing is known of the own relay.
#[derive(Debug, Clone, Copy)]
pub struct Silence {
    after_ms: u64,
    link: Link,
    heard: Moment,
}

impl Silence {
    /// Begins to listen; silence is told after so many milliseconds.
    #[must_use]
    pub const fn new(after_ms: u64, now: Moment) -> Self {
        Self {
            after_ms,
            link: Link::Connecting,
            heard: now,
        }
    }

    /// Takes what whoever networks says of the link. It is to be said again and again: whoever
    /// says nothing any more is silent too.
    pub const fn note(&mut self, link: Link, now: Moment) {
        if matches!(link, Link::Up) {
            self.heard = now;
        }
        self.link = link;
    }

    /// How the link stands.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.link
    }

    /// Since when the relay is silent, once that is for too long.
    ///
    /// Of a clock that jumps and one that stands still while the machine sleeps, the one by which
    /// more time has passed counts: a false alarm costs a look, silence untold costs more.
    #[must_use]
    pub fn since(&self, now: Moment) -> Option<UnixMillis> {
        let wall = now.wall.since(self.heard.wall);
        let steady = now.steady.since(self.heard.steady);
        (wall.max(steady) >= self.after_ms).then_some(self.heard.wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(second: u64) -> Moment {
        Moment {
            wall: UnixMillis(1_000_000 + second * 1_000),
            steady: UnixMillis(second * 1_000),
        }
    }

    #[test]
    fn relay_that_is_not_reached_for_ninety_seconds_is_silent_since_it_was_last_up() {
        let mut silence = Silence::new(90_000, at(0));
        silence.note(Link::Up, at(5));
        silence.note(Link::Up, at(10));
        silence.note(Link::Down, at(11));
        silence.note(Link::Connecting, at(60));
        silence.note(Link::Down, at(61));
        assert_eq!(silence.since(at(99)), None);
        assert_eq!(silence.since(at(100)), Some(at(10).wall));
        silence.note(Link::Up, at(120));
        assert_eq!(silence.since(at(121)), None);
    }

    #[test]
    fn courier_that_says_nothing_any_more_is_silence_too() {
        let mut silence = Silence::new(90_000, at(0));
        silence.note(Link::Up, at(5));
        assert_eq!(silence.since(at(94)), None);
        assert_eq!(silence.since(at(95)), Some(at(5).wall));
    }

    #[test]
    fn relay_that_was_never_reached_is_silent_since_the_beginning() {
        let mut silence = Silence::new(90_000, at(0));
        silence.note(Link::Connecting, at(89));
        assert_eq!(silence.since(at(89)), None);
        assert_eq!(silence.since(at(90)), Some(at(0).wall));
    }

    #[test]
    fn wall_clock_set_back_hides_no_silence_and_sleep_counts() {
        let silence = Silence::new(90_000, at(100));
        let set_back = Moment {
            wall: at(0).wall,
            steady: at(190).steady,
        };
        assert_eq!(silence.since(set_back), Some(at(100).wall));
        let slept = Moment {
            wall: at(500).wall,
            steady: at(101).steady,
        };
        assert_eq!(silence.since(slept), Some(at(100).wall));
    }
}
