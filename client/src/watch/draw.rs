//! How the board looks: three sections, a message in full, what lies over them, and above all of
//! it whatever must not be missed. No state is shown by colour alone.

use super::board::Entry;
use super::prompt::{Act, Asks, Prompt};
use super::screen::{Over, Screen};
use super::silence::Link;
use crate::render::{Reader, cut, wrap};
use estafette_protocol::address::Desk;
use estafette_protocol::precedence::Status;
use estafette_protocol::time::UnixMillis;
use list::ListLine;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

mod list;

/// Fewest columns of a board.
pub const COLUMNS_MIN: u16 = 60;
/// Fewest lines of a board.
pub const LINES_MIN: u16 = 20;
/// Columns from which on a message in full stands beside the list.
const BESIDE_COLUMNS: u16 = 120;

/// What the screen is drawn of, besides what is on it.
#[derive(Clone, Copy)]
pub struct Scenery<'a> {
    /// Who reads.
    pub reader: Reader<'a>,
    /// Whose board it is.
    pub desk: &'a Desk,
    /// The time.
    pub now: UnixMillis,
    /// How the link to the own relay stands.
    pub link: Link,
    /// Since when the relay is silent, where that is for too long.
    pub silent_since: Option<UnixMillis>,
    /// Where the roster says that the relay is.
    pub relay: &'a [String],
    /// How many messages and statements have not left this machine.
    pub queued: usize,
    /// Whether there are colours.
    pub colour: bool,
    /// The selected message in full, in so many columns.
    pub detail: &'a dyn Fn(usize) -> Vec<String>,
}

impl std::fmt::Debug for Scenery<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scenery").finish_non_exhaustive()
    }
}

/// A line of the screen.
type Painted = (String, Style);

impl Scenery<'_> {
    /// Of what is overdue or silent; the words beside it say so too.
    fn alarm(&self) -> Style {
        let style = Style::new().add_modifier(Modifier::BOLD);
        match self.colour {
            true => style.fg(Color::Red),
            false => style,
        }
    }

    const fn rule(&self) -> &'static str {
        match self.reader.ascii {
            true => "-",
            false => "─",
        }
    }
}

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const DIM: Style = Style::new().add_modifier(Modifier::DIM);
const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);
const PLAIN: Style = Style::new();

/// Draws the screen.
pub fn draw(frame: &mut Frame<'_>, screen: &mut Screen, scenery: &Scenery<'_>) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    if area.width < COLUMNS_MIN || area.height < LINES_MIN {
        paint(buffer, area, &too_small(area, screen, scenery));
        return;
    }
    let head = head(screen, scenery, area.width);
    let foot = foot(screen, scenery, area.width);
    let (above, rest) = split(area, head.len());
    let left = usize::from(rest.height).saturating_sub(foot.len());
    let (body, below) = split(rest, left);
    paint(buffer, above, &head);
    paint(buffer, below, &foot);
    match &screen.over {
        Over::Help => paint(buffer, body, &help(scenery)),
        _ if screen.is_open && area.width >= BESIDE_COLUMNS => {
            let half = body.width / 2;
            let beside = Rect {
                x: body.x + half + 1,
                width: body.width - half - 1,
                ..body
            };
            paint_list(
                buffer,
                Rect {
                    width: half,
                    ..body
                },
                screen,
                scenery,
            );
            paint_detail(buffer, beside, screen, scenery);
        }
        _ if screen.is_open => paint_detail(buffer, body, screen, scenery),
        _ => paint_list(buffer, body, screen, scenery),
    }
}

/// The first lines of an area, and the others.
fn split(area: Rect, lines: usize) -> (Rect, Rect) {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX).min(area.height);
    let above = Rect {
        height: lines,
        ..area
    };
    let below = Rect {
        y: area.y + lines,
        height: area.height - lines,
        ..area
    };
    (above, below)
}

fn paint(buffer: &mut Buffer, area: Rect, lines: &[Painted]) {
    for ((text, style), y) in lines.iter().zip(area.y..area.bottom()) {
        buffer.set_style(
            Rect {
                y,
                height: 1,
                ..area
            },
            *style,
        );
        buffer.set_stringn(area.x, y, text, area.width.into(), *style);
    }
}

/// Whose board it is, how the relay stands, and what must not be missed.
fn head(screen: &Screen, scenery: &Scenery<'_>, width: u16) -> Vec<Painted> {
    let reader = scenery.reader;
    let link = match scenery.link {
        Link::Up => reader.say("watch-link-up"),
        Link::Connecting => reader.say("watch-link-connecting"),
        Link::Down => reader.say("watch-link-down"),
    };
    let mut parts = vec![scenery.desk.to_string(), link];
    if scenery.queued > 0 {
        parts.push(reader.fill("queued", scenery.queued));
    }
    parts.push(reader.time(scenery.now));
    let mut lines = vec![(parts.join("   "), BOLD)];
    lines.extend(silence(scenery, width));
    for status in [Status::Exercise, Status::Test] {
        let count = screen.board.count(status);
        if count > 0 {
            let word = reader.status(status).to_uppercase();
            let says = reader.fill("watch-not-meant", count);
            lines.push((format!(" *** {word} *** {says}"), REVERSED));
        }
    }
    lines
}

/// The dead man's line: since when, what it means, and what to do.
fn silence(scenery: &Scenery<'_>, width: u16) -> Vec<Painted> {
    let reader = scenery.reader;
    let Some(since) = scenery.silent_since else {
        return Vec::new();
    };
    let since = reader.fill("watch-silent", reader.time(since));
    let mut says = format!(
        "{} {since} {} {}",
        reader.alarm(),
        reader.say("watch-silent-means"),
        reader.say("watch-silent-do"),
    );
    if !scenery.relay.is_empty() {
        let at = scenery.relay.join(", ");
        says = format!("{says} {}", reader.fill("watch-silent-relay", at));
    }
    let style = scenery.alarm().add_modifier(Modifier::REVERSED);
    let lines = wrap(&says, usize::from(width).saturating_sub(1));
    lines.into_iter().map(|line| (line, style)).collect()
}

/// What is being typed, or what has just happened; and the keys.
fn foot(screen: &Screen, scenery: &Scenery<'_>, width: u16) -> Vec<Painted> {
    let reader = scenery.reader;
    let width = usize::from(width).saturating_sub(1);
    let mut lines = Vec::new();
    match (&screen.over, &screen.note) {
        (Over::Prompt(prompt), _) => lines.extend(typed(prompt, scenery)),
        (Over::Filter, _) => lines.push((format!("/{}_", screen.filter), BOLD)),
        (_, Some(note)) => {
            let style = if note.is_alarm { scenery.alarm() } else { BOLD };
            lines.push((cut(&note.text, width, reader.ascii), style));
        }
        (_, None) => lines.push((String::new(), PLAIN)),
    }
    let own = |entry: &Entry| entry.item.message.header.sender == *scenery.desk;
    let is_own = screen.entry().is_some_and(own);
    let keys = match (&screen.over, screen.is_open, is_own) {
        (Over::Prompt(_), ..) => reader.say("watch-keys-prompt"),
        (Over::Filter, ..) => reader.say("watch-keys-filter"),
        (_, true, true) => reader.say("watch-keys-own-open"),
        (_, true, false) => reader.say("watch-keys-open"),
        (_, false, true) => reader.say("watch-keys-own"),
        (_, false, false) => reader.say("watch-keys"),
    };
    lines.push((cut(&keys, width, reader.ascii), DIM));
    lines
}

fn typed(prompt: &Prompt, scenery: &Scenery<'_>) -> Vec<Painted> {
    let reader = scenery.reader;
    let id = prompt.id;
    let title = match prompt.act {
        Act::Acknowledge => reader.fill("watch-acknowledge", id),
        Act::Decline => reader.fill("watch-decline", id),
        Act::Refer => reader.fill("watch-refer", id),
        Act::Extend => reader.fill("watch-extend", id),
        Act::Escalate => reader.fill("watch-escalate", id),
        Act::Close => reader.fill("watch-close", id),
        Act::Remind => reader.fill("watch-remind", id),
    };
    let mut lines = vec![(title, BOLD)];
    for (line, at) in prompt.lines.iter().zip(0..) {
        let is_here = at == prompt.at;
        let mark = if is_here { ">" } else { " " };
        let style = if is_here { BOLD } else { PLAIN };
        let value = match (line.choices.is_empty(), is_here) {
            (true, true) => format!("{}_", reader.foreign(&line.value)),
            (true, false) => reader.foreign(&line.value),
            (false, true) => format!("< {} >", choice(&reader, &line.value)),
            (false, false) => choice(&reader, &line.value),
        };
        lines.push((
            format!("{mark} {}: {value}", asks(&reader, line.asks)),
            style,
        ));
    }
    lines
}

/// A choice as it is read: the label of a ground.
fn choice(reader: &Reader<'_>, word: &str) -> String {
    let list = reader.catalogue.list("refusal-grounds");
    let code = list.and_then(|list| list.code_by_word(word));
    code.map_or_else(
        || reader.foreign(word),
        |code| reader.code(list, code.value),
    )
}

fn asks(reader: &Reader<'_>, asks: Asks) -> String {
    match asks {
        Asks::Eta => reader.say("watch-ask-eta"),
        Asks::Officer => reader.say("watch-ask-officer"),
        Asks::Text => reader.say("watch-ask-text"),
        Asks::Ground => reader.say("watch-ask-ground"),
        Asks::RightDesk => reader.say("watch-ask-right-desk"),
        Asks::Until => reader.say("watch-ask-until"),
        Asks::Step => reader.say("watch-ask-step"),
        Asks::WhichDesk => reader.say("watch-ask-which-desk"),
    }
}

/// What the keys do.
fn help(scenery: &Scenery<'_>) -> Vec<Painted> {
    let reader = scenery.reader;
    let keys = [
        ("j k ↑ ↓", reader.say("watch-key-move")),
        ("Enter", reader.say("watch-key-open")),
        ("a", reader.say("watch-key-acknowledge")),
        ("r", reader.say("watch-key-answer")),
        ("d", reader.say("watch-key-decline")),
        ("f", reader.say("watch-key-refer")),
        ("x", reader.say("watch-key-extend")),
        ("e", reader.say("watch-key-escalate")),
        ("n", reader.say("watch-key-remind")),
        ("c", reader.say("watch-key-close")),
        ("/", reader.say("watch-key-filter")),
        ("Ctrl-Z", reader.say("watch-key-suspend")),
        ("q", reader.say("watch-key-quit")),
    ];
    let mut lines = vec![(reader.say("watch-help"), BOLD), (String::new(), PLAIN)];
    for (key, what) in keys {
        let key = match reader.ascii {
            true => key.replace(" ↑ ↓", ""),
            false => key.to_owned(),
        };
        lines.push((format!("  {}  {what}", crate::render::pad(&key, 8)), PLAIN));
    }
    lines
}

/// What is missing, and what must be known all the same.
fn too_small(area: Rect, screen: &Screen, scenery: &Scenery<'_>) -> Vec<Painted> {
    let reader = scenery.reader;
    let size = format!("{}x{}", area.width, area.height);
    let wanted = format!("{COLUMNS_MIN}x{LINES_MIN}");
    let says = reader.say("watch-too-small").replacen("{}", &size, 1);
    let mut lines = silence(scenery, area.width);
    let overdue = screen.board.overdue();
    if overdue > 0 {
        let alarm = reader.alarm();
        let words = reader.fill("watch-overdue-count", overdue);
        lines.push((format!("{alarm} {words}"), scenery.alarm()));
    }
    let needs = screen.board.of(super::board::Section::NeedsYou).count();
    lines.push((format!("{} ({needs})", reader.say("needs-you")), BOLD));
    let says = format!("{says} {wanted}");
    let columns = usize::from(area.width);
    lines.extend(wrap(&says, columns).into_iter().map(|line| (line, PLAIN)));
    lines
}

fn paint_detail(buffer: &mut Buffer, area: Rect, screen: &mut Screen, scenery: &Scenery<'_>) {
    let lines = (scenery.detail)(usize::from(area.width));
    let height = usize::from(area.height);
    let most = lines.len().saturating_sub(height);
    screen.detail_top = screen.detail_top.min(most);
    let shown = lines.into_iter().skip(screen.detail_top);
    let shown: Vec<Painted> = shown.map(|line| (line, PLAIN)).collect();
    paint(buffer, area, &shown);
}

fn paint_list(buffer: &mut Buffer, area: Rect, screen: &mut Screen, scenery: &Scenery<'_>) {
    let lines = list::lines(screen, scenery, area.width);
    let height = usize::from(area.height);
    let is_selected = |line: &&ListLine| line.of.is_some() && line.of == screen.selected;
    let first = lines.iter().position(|line| is_selected(&line));
    let last = lines.iter().rposition(|line| is_selected(&line));
    if let (Some(first), Some(last)) = (first, last) {
        // The heading above the first message comes into sight with it.
        let first = if first == 1 { 0 } else { first };
        screen.list_top = screen.list_top.min(first);
        let least = (last + 1).saturating_sub(height);
        screen.list_top = screen.list_top.max(least);
    }
    let most = lines.len().saturating_sub(height);
    screen.list_top = screen.list_top.min(most);
    let shown = lines.iter().skip(screen.list_top);
    for (line, y) in shown.zip(area.y..area.bottom()) {
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        for piece in &line.pieces {
            let x = area.x.saturating_add(piece.column);
            let columns = area.right().saturating_sub(x).min(piece.columns);
            if columns > 0 {
                let text = cut(&piece.text, columns.into(), scenery.reader.ascii);
                buffer.set_stringn(x, y, text, columns.into(), piece.style);
            }
        }
        if line.of.is_some() && line.of == screen.selected {
            buffer.set_style(row, REVERSED);
        }
    }
}

#[cfg(test)]
mod tests;
