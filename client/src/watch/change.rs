//! What has changed from one board to the next: what streams say, and what a hook is told.

use super::board::{Board, Entry, Section, Wants};
use crate::view::Side;
use estafette_protocol::crypto::Hash;
use estafette_protocol::receipt::Standing;
use estafette_protocol::track::Rung;
use std::collections::BTreeMap;

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It was there when the watch began.
    There,
    /// It has come onto the board.
    New,
    /// Somebody's time has passed.
    Overdue,
    /// It stands otherwise.
    Changed,
    /// Nothing of it is open any more.
    Done,
}

impl Kind {
    /// The word that programs see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::New => "new",
            Self::Overdue => "overdue",
            Self::Changed => "changed",
            Self::Done => "done",
        }
    }
}

/// A message that stands otherwise than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What has changed.
    pub kind: Kind,
    /// The message.
    pub digest: Hash,
    /// Its small id.
    pub id: u64,
}

/// What of a message makes a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    id: u64,
    section: Section,
    wants: Wants,
    is_overdue: bool,
    sides: Vec<String>,
    addressees: Vec<(Rung, Standing, usize)>,
}

impl Mark {
    fn of(entry: &Entry) -> Self {
        // That a deadline draws near is counted down, and no change of its own.
        let sides = entry.item.sides().into_iter();
        let sides = sides.filter(|side| *side != Side::DueSoon);
        let words = sides.map(|side| side.word());
        let marks = entry.item.marks().into_iter().map(str::to_owned);
        let rows = entry.item.rows.iter();
        Self {
            id: entry.id(),
            section: entry.section,
            wants: entry.wants,
            is_overdue: entry.is_overdue,
            sides: marks.chain(words).collect(),
            addressees: rows
                .map(|row| (row.state.rung(), row.standing, row.steps.len()))
                .collect(),
        }
    }
}

/// Remembers the last board.
#[derive(Debug, Default)]
pub struct Changes {
    before: Option<BTreeMap<Hash, Mark>>,
}

impl Changes {
    /// What this board differs in from the last one, in its order, and then what has gone from it.
    pub fn since_last(&mut self, board: &Board) -> Vec<Change> {
        let marks = board.entries.iter().map(|e| (e.digest(), Mark::of(e)));
        let marks: BTreeMap<Hash, Mark> = marks.collect();
        let mut changes = Vec::new();
        for entry in &board.entries {
            let digest = entry.digest();
            let kind = match (&self.before, marks.get(&digest)) {
                (None, _) => Some(Kind::There),
                (Some(before), Some(mark)) => compare(before.get(&digest), mark),
                (Some(_), None) => None,
            };
            let id = entry.id();
            changes.extend(kind.map(|kind| Change { kind, digest, id }));
        }
        let before = self.before.iter().flatten();
        let gone = before.filter(|(digest, _)| !marks.contains_key(*digest));
        changes.extend(gone.map(|(digest, mark)| Change {
            kind: Kind::Done,
            digest: *digest,
            id: mark.id,
        }));
        self.before = Some(marks);
        changes
    }
}

fn compare(before: Option<&Mark>, mark: &Mark) -> Option<Kind> {
    match before {
        None => Some(Kind::New),
        Some(before) if before == mark => None,
        Some(before) if mark.is_overdue && !before.is_overdue => Some(Kind::Overdue),
        Some(_) => Some(Kind::Changed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::testing::Scene;
    use estafette_protocol::time::MINUTE_MS;

    fn kinds(changes: &mut Changes, board: &Board) -> Vec<Kind> {
        let since = changes.since_last(board);
        since.into_iter().map(|change| change.kind).collect()
    }

    #[test]
    fn each_change_is_told_once_and_the_count_down_is_none() {
        let mut scene = Scene::new();
        let mut changes = Changes::default();
        let at = |minute: u64| scene_now().plus(minute * MINUTE_MS);
        assert_eq!(kinds(&mut changes, &scene.board(at(0))), []);
        let digest = scene.flag("one");
        assert_eq!(kinds(&mut changes, &scene.board(at(0))), [Kind::New]);
        assert_eq!(kinds(&mut changes, &scene.board(at(14))), []);
        assert_eq!(kinds(&mut changes, &scene.board(at(16))), [Kind::Overdue]);
        scene.acknowledge(&digest, at(17));
        assert_eq!(kinds(&mut changes, &scene.board(at(18))), [Kind::Changed]);
        let over = at(60 * 24 * 3);
        assert_eq!(kinds(&mut changes, &scene.board(over)), [Kind::Done]);
        assert_eq!(kinds(&mut changes, &scene.board(over)), []);
    }

    #[test]
    fn what_was_there_at_the_beginning_is_not_new() {
        let mut scene = Scene::new();
        scene.flag("one");
        let mut changes = Changes::default();
        let board = scene.board(scene.now);
        assert_eq!(kinds(&mut changes, &board), [Kind::There]);
    }

    fn scene_now() -> estafette_protocol::time::UnixMillis {
        crate::testing::NOW
    }
}
