//! What the board shows: of all messages those that concern somebody now, each in one of three
//! sections, those with the least time left first.
//!
//! A pure function of the messages, of what they are to each other, of the desk and of the time.
//! Whose turn it is and what addressees have said is [`crate::view`]'s to say.

use crate::store::Message;
use crate::view::{self, Item, Links, Row, Side, Turn};
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::Hash;
use estafette_protocol::envelope::Role;
use estafette_protocol::escalation::transport_ms;
use estafette_protocol::precedence::Status;
use estafette_protocol::receipt::Standing;
use estafette_protocol::time::{DAY_MS, MINUTE_MS, UnixMillis};
use estafette_protocol::track::Rung;

/// How long what has expired stays, in milliseconds.
const KEPT_MS: u64 = DAY_MS;
/// Before a deadline by so much a message is due soon, in milliseconds.
const SOON_MS: u64 = 5 * MINUTE_MS;

/// Where on the board a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// This desk has to do something, or has taken it on.
    NeedsYou,
    /// Another desk has.
    Waiting,
    /// Something is wrong with what this desk has sent, or got.
    Problems,
}

impl Section {
    /// All, in the order of the board.
    pub const ALL: [Self; 3] = [Self::NeedsYou, Self::Waiting, Self::Problems];

    /// The word that programs see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NeedsYou => "needs-you",
            Self::Waiting => "waiting",
            Self::Problems => "problems",
        }
    }
}

/// What a message wants of this desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wants {
    /// To be let go, or not.
    Release,
    /// To be acknowledged.
    Acknowledgement,
    /// To be answered.
    Answer,
    /// To be read.
    Reading,
    /// Nothing.
    Nothing,
}

impl Wants {
    /// The word that programs see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Acknowledgement => "acknowledgement",
            Self::Answer => "answer",
            Self::Reading => "reading",
            Self::Nothing => "nothing",
        }
    }
}

/// A message on the board.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The message as lists show it.
    pub item: Item,
    /// Where it is.
    pub section: Section,
    /// What it wants of this desk.
    pub wants: Wants,
    /// Whether somebody's time has passed.
    pub is_overdue: bool,
    /// Status, format and one line of what it says.
    pub about: String,
}

impl Entry {
    /// Its digest.
    #[must_use]
    pub const fn digest(&self) -> Hash {
        self.item.message.record.digest
    }

    /// Its small id.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.item.message.record.id
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.item.message.header.status
    }

    /// Whether it calls until somebody takes it on. A test is answered by machines (EXR-6).
    #[must_use]
    pub fn is_calling(&self) -> bool {
        let wants = matches!(self.wants, Wants::Acknowledgement | Wants::Release);
        wants && self.section == Section::NeedsYou && self.status() != Status::Test
    }
}

/// What a board is made of.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The messages, oldest first.
    pub messages: &'a [Message],
    /// How they belong together.
    pub links: &'a Links,
    /// Whose board it is.
    pub desk: &'a Desk,
}

/// What concerns somebody now.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// By section, then by time left.
    pub entries: Vec<Entry>,
    /// When another board would come of the same messages, where time alone changes it.
    pub next_at: Option<UnixMillis>,
}

impl Board {
    /// The board at a time; `about` gives the line of what a message says.
    #[must_use]
    pub fn new(sources: Sources<'_>, now: UnixMillis, about: &dyn Fn(&Item) -> String) -> Self {
        let mut board = Self::default();
        for message in sources.messages {
            let item = view::item(message.clone(), sources.desk, sources.links, now);
            let next = times(&item).into_iter().filter(|at| *at > now).min();
            board.next_at = board.next_at.into_iter().chain(next).min();
            board.entries.extend(entry(item, sources.desk, now, about));
        }
        board.entries.sort_by_key(|entry| {
            let far = UnixMillis(u64::MAX);
            let newest = std::cmp::Reverse(entry.id());
            let due = entry.item.due.unwrap_or(far);
            // What is meant goes before every exercise, and that before every test.
            (entry.section, entry.status(), due, newest)
        });
        board
    }

    /// The messages of a section.
    pub fn of(&self, section: Section) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |e| e.section == section)
    }

    /// A message that is on the board.
    #[must_use]
    pub fn entry(&self, digest: &Hash) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.digest() == *digest)
    }

    /// How many are overdue.
    #[must_use]
    pub fn overdue(&self) -> usize {
        self.entries.iter().filter(|entry| entry.is_overdue).count()
    }

    /// How many are of a status.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        let of = |entry: &&Entry| entry.status() == status;
        self.entries.iter().filter(of).count()
    }

    /// How many action addressees, this desk among them, have yet to acknowledge or answer what
    /// they were asked to.
    #[must_use]
    pub fn unmet(&self, until: Until) -> usize {
        let open = |row: &Row, rows: &[Row]| match until {
            Until::Acknowledged => {
                let unsaid = matches!(row.standing, Standing::Waiting | Standing::Retracted);
                unsaid && view::covered_rung(row, rows) < Rung::Acknowledged
            }
            Until::Answered => {
                let said = matches!(
                    row.standing,
                    Standing::Answered | Standing::Declined | Standing::Referred | Standing::Closed
                );
                !said && view::covered_rung(row, rows) < Rung::Answered
            }
        };
        let wanted = |entry: &&Entry| match until {
            Until::Acknowledged => entry.item.message.header.acknowledge_within.is_some(),
            Until::Answered => entry.item.message.header.answer_within.is_some(),
        };
        let entries = self.entries.iter().filter(wanted);
        let open = entries.flat_map(|entry| {
            let rows = &entry.item.rows;
            let acting = rows.iter().filter(|row| row.state.role == Role::Action);
            acting.filter(|row| open(row, rows))
        });
        open.count()
    }
}

/// What ends a watch by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Nothing on the board waits for an acknowledgement.
    Acknowledged,
    /// Nothing on the board waits for an answer.
    Answered,
}

fn entry(
    item: Item,
    desk: &Desk,
    now: UnixMillis,
    about: &dyn Fn(&Item) -> String,
) -> Option<Entry> {
    let is_own = item.message.header.sender == *desk;
    let section = match item.turn {
        Turn::Ours => Section::NeedsYou,
        Turn::Acknowledged if !is_own => Section::NeedsYou,
        Turn::Theirs | Turn::Acknowledged => Section::Waiting,
        Turn::Problem => Section::Problems,
        Turn::Nobody => return None,
    };
    let is_due = item.due.is_some_and(|due| due > now);
    let is_over = now > item.message.header.expires.plus(KEPT_MS) && !is_due;
    if is_over && section != Section::NeedsYou {
        return None;
    }
    let wants = wants(&item, desk);
    Some(Entry {
        is_overdue: is_overdue(&item),
        about: about(&item),
        section,
        wants,
        item,
    })
}

// RCP-9
fn is_overdue(item: &Item) -> bool {
    let sides = item.sides();
    let late = |side: &Side| matches!(side, Side::Lapsed | Side::RelaySilent);
    let ran_out = item.rows.iter().any(|row| !row.overdue.is_empty());
    ran_out || sides.iter().any(late)
}

fn wants(item: &Item, desk: &Desk) -> Wants {
    let header = &item.message.header;
    let row = item.rows.iter().find(|row| row.state.desk == *desk);
    match (item.turn, row) {
        _ if item.awaits_release => Wants::Release,
        (Turn::Ours, Some(row)) if wants_acknowledgement(item, row) => Wants::Acknowledgement,
        (Turn::Ours | Turn::Acknowledged, Some(row)) if row.answer_due.is_some() => Wants::Answer,
        (Turn::Ours, _) if header.sender != *desk => Wants::Reading,
        _ => Wants::Nothing,
    }
}

fn wants_acknowledgement(item: &Item, row: &Row) -> bool {
    item.message.header.acknowledge_within.is_some()
        && row.is_asked()
        && matches!(row.standing, Standing::Waiting | Standing::Retracted)
}

/// The times at which a message may come to stand otherwise, though nothing is said.
fn times(item: &Item) -> Vec<UnixMillis> {
    let header = &item.message.header;
    let own = [
        header.not_before,
        Some(header.expires),
        Some(header.expires.plus(KEPT_MS)),
        (!item.message.is_settled()).then(|| header.created.plus(transport_ms(header.precedence))),
    ];
    let rows = item.rows.iter().flat_map(|row| {
        let dues = [row.due, row.answer_due, row.transport_due, row.state.until];
        let dues = dues.into_iter().flatten();
        let soon = dues.clone().map(|due| due.minus(SOON_MS));
        dues.chain(soon)
    });
    // A clock has run out after its due, not at it.
    let all = own.into_iter().flatten().chain(rows);
    all.map(|at| at.plus(1)).collect()
}

#[cfg(test)]
mod tests;
