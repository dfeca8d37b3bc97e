//! The list: a heading for each section, and two lines for each message, one where there is room.

use super::{BOLD, DIM, PLAIN, Scenery};
use crate::view::{Side, lowest_rung};
use crate::watch::board::{Entry, Section, Wants};
use crate::watch::screen::Screen;
use crate::watch::silence::Link;
use estafette_protocol::crypto::Hash;
use estafette_protocol::precedence::Status;
use ratatui::style::Style;

/// Columns from which on a message is one line.
const ONE_LINE: u16 = 140;
/// Columns from which on the first line of a message names the other desk.
const NAMES_DESK: u16 = 76;

/// A text at a column of its line, cut to so many columns.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) column: u16,
    pub(super) columns: u16,
    pub(super) text: String,
    pub(super) style: Style,
}

/// A line of the list, and the message that it is about.
#[derive(Debug, Clone)]
pub(super) struct ListLine {
    pub(super) pieces: Vec<Piece>,
    pub(super) of: Option<Hash>,
}

const fn piece((column, columns): (u16, u16), text: String, style: Style) -> Piece {
    Piece {
        column,
        columns,
        text,
        style,
    }
}

pub(super) fn lines(screen: &Screen, scenery: &Scenery<'_>, width: u16) -> Vec<ListLine> {
    let reader = scenery.reader;
    let mut lines = Vec::new();
    for section in Section::ALL {
        let title = match section {
            Section::NeedsYou => reader.say("needs-you"),
            Section::Waiting => reader.say("waiting-for-others"),
            Section::Problems => reader.say("problems"),
        };
        let entries: Vec<&Entry> = screen.of(section).collect();
        lines.push(heading(scenery, &title, entries.len(), width));
        for entry in entries {
            lines.extend(item(screen, scenery, entry, width));
        }
    }
    if screen.board.entries.is_empty() {
        // What has not been asked for is not known to be nothing.
        let is_known = scenery.link == Link::Up && scenery.silent_since.is_none();
        let quiet = match is_known {
            true => piece((2, width), reader.say("all-quiet"), PLAIN),
            false => piece((2, width), reader.say("watch-not-known"), BOLD),
        };
        let pieces = vec![quiet];
        lines.push(ListLine { pieces, of: None });
    }
    if !screen.filter.is_empty() {
        let text = reader.fill("watch-filtered", reader.foreign(&screen.filter));
        let pieces = vec![piece((2, width), text, DIM)];
        lines.push(ListLine { pieces, of: None });
    }
    lines
}

fn heading(scenery: &Scenery<'_>, title: &str, count: usize, width: u16) -> ListLine {
    let rule = scenery.rule();
    let text = format!("{rule}{rule} {title} ({count}) ");
    let left = crate::render::columns(&text);
    let rest = rule.repeat(usize::from(width).saturating_sub(left));
    let pieces = vec![piece((0, width), format!("{text}{rest}"), BOLD)];
    ListLine { pieces, of: None }
}

/// A message in one or two lines.
fn item(screen: &Screen, scenery: &Scenery<'_>, entry: &Entry, width: u16) -> Vec<ListLine> {
    let reader = scenery.reader;
    let digest = entry.digest();
    let is_selected = screen.selected == Some(digest);
    let marker = match (is_selected, reader.ascii) {
        (true, true) => ">",
        (true, false) => "›",
        (false, _) => " ",
    };
    let time = entry.item.counts_down_to(scenery.now);
    let time = time.map(|due| reader.time_left(due, scenery.now));
    let urgent = if entry.is_overdue {
        scenery.alarm()
    } else {
        PLAIN
    };
    let states = states(scenery, entry);
    let desk = entry_desk(scenery, entry);
    let about = about(scenery, entry);
    let mut first = vec![
        piece((0, 1), marker.to_owned(), BOLD),
        piece((1, 2), symbol(scenery, entry).to_owned(), urgent),
        piece((3, 5), format!("{:>5}", entry.id()), PLAIN),
        piece((10, 20), time.unwrap_or_default(), urgent),
    ];
    let of = Some(digest);
    if width >= ONE_LINE {
        first.push(piece((31, 24), states, urgent));
        first.push(piece((56, 32), desk, PLAIN));
        first.push(piece((89, width), about, PLAIN));
        return vec![ListLine { pieces: first, of }];
    }
    let second = if width >= NAMES_DESK {
        first.push(piece((31, width - 31 - 30), states, urgent));
        first.push(piece((width - 29, 29), desk, PLAIN));
        about
    } else {
        first.push(piece((31, width - 31), states, urgent));
        format!("{about}  {desk}")
    };
    let second = vec![piece((10, width - 10), second, PLAIN)];
    let lines = [first, second];
    lines.map(|pieces| ListLine { pieces, of }).into()
}

/// What catches the eye beside the words that say it.
fn symbol(scenery: &Scenery<'_>, entry: &Entry) -> &'static str {
    let ascii = scenery.reader.ascii;
    match (entry.is_overdue, entry.wants, entry.section) {
        (true, ..) | (_, _, Section::Problems) => scenery.reader.alarm(),
        (_, Wants::Acknowledgement | Wants::Release, _) => "!",
        (_, Wants::Answer | Wants::Reading, _) => "*",
        (_, Wants::Nothing, Section::NeedsYou) if ascii => "ok",
        (_, Wants::Nothing, Section::NeedsYou) => "✓",
        _ if ascii => "..",
        _ => "…",
    }
}

/// What is wanted, and what is out of the ordinary; how much time is left stands beside it.
fn states(scenery: &Scenery<'_>, entry: &Entry) -> String {
    let reader = scenery.reader;
    let to_acknowledge = reader.say("to-acknowledge");
    let said = [reader.say("new"), to_acknowledge.clone()];
    let wants = entry.wants == Wants::Acknowledgement;
    let states = reader.states(&entry.item, scenery.desk).into_iter();
    let states = states.filter(|state| !wants || !said.contains(state));
    let soon = reader.side(&Side::DueSoon);
    // That something came late is history, and said last.
    let sides = entry.item.sides();
    let past = sides.iter().filter(|side| side.late().is_some());
    let past: Vec<String> = past.map(|side| reader.side(side)).collect();
    let states = states.filter(|state| *state != soon);
    let (past, mut parts): (Vec<String>, Vec<String>) =
        states.partition(|state| past.contains(state));
    parts.extend(wants.then_some(to_acknowledge));
    parts.extend(past);
    if parts.is_empty() {
        parts.push(reader.say(&format!("rung-{}", lowest_rung(&entry.item.rows).word())));
    }
    parts.join(", ")
}

fn entry_desk(scenery: &Scenery<'_>, entry: &Entry) -> String {
    let header = &entry.item.message.header;
    scenery.reader.counterpart(header, scenery.desk)
}

/// Precedence and what it is about; what is not meant says so first.
fn about(scenery: &Scenery<'_>, entry: &Entry) -> String {
    let reader = scenery.reader;
    let precedence = reader.precedence(entry.item.message.header.precedence);
    match entry.status() {
        Status::Actual => format!("{precedence}  {}", entry.about),
        // The line of a message that is not meant begins with its status.
        Status::Exercise | Status::Test => format!("{}  ({precedence})", entry.about),
    }
}
