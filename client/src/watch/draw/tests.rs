//! Screens as text, beside the ones that are kept in `tests/watch/screens`; `UPDATE_SCREENS=1`
//! writes them anew.

use super::*;
use crate::render::Reader;
use crate::watch::detail;
use crate::watch::testing::Scene;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use estafette_protocol::time::{MINUTE_MS, SECOND_MS};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::path::PathBuf;

/// A screen in the making.
struct Shot {
    scene: Scene,
    screen: Screen,
    now: UnixMillis,
    reader: Reader<'static>,
    silent_since: Option<UnixMillis>,
    link: Link,
    queued: usize,
}

impl Shot {
    /// A board with something in every section, eleven minutes after it all began.
    fn new() -> Self {
        let mut scene = Scene::new();
        let begun = scene.now;
        scene.question("Who keeps a grey van with the plate XA-123?");
        let taken = scene.flag("Boat adrift off the pier");
        scene.acknowledge(&taken, begun.plus(2 * MINUTE_MS));
        let late = scene.sent("Road closed at the bridge");
        scene.relayed(&late, begun);
        scene.now = begun.plus(7 * MINUTE_MS);
        scene.flag("Grey van northbound");
        let sent = scene.sent("Convoy leaves at noon");
        scene.relayed(&sent, scene.now);
        Self {
            now: begun.plus(18 * MINUTE_MS + 35 * SECOND_MS),
            scene,
            screen: Screen::new("Insp. Ahl".into(), vec!["not-available".into()]),
            reader: Scene::reader(80),
            silent_since: None,
            link: Link::Up,
            queued: 0,
        }
    }

    fn press(&mut self, codes: &[KeyCode]) {
        for code in codes {
            self.screen.key(KeyEvent::new(*code, KeyModifiers::NONE));
        }
    }

    fn text(&mut self, (width, height): (u16, u16)) -> String {
        let store = &self.scene.store;
        self.screen.show(self.scene.board(self.now));
        let entry = self.screen.entry().cloned();
        let (reader, now) = (self.reader, self.now);
        let detail = |width| {
            let reader = Reader { width, ..reader };
            entry.as_ref().map_or_else(Vec::new, |entry| {
                let form = store.form(&entry.digest()).unwrap();
                detail::lines(reader, entry, form.as_ref(), now)
            })
        };
        let scenery = Scenery {
            reader,
            desk: &self.scene.desk,
            now,
            link: self.link,
            silent_since: self.silent_since,
            relay: &["relay.border.xb:4640".to_owned()],
            queued: self.queued,
            colour: true,
            detail: &detail,
        };
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let screen = &mut self.screen;
        terminal
            .draw(|frame| draw(frame, screen, &scenery))
            .unwrap();
        text_of(terminal.backend().buffer())
    }

    /// Compares the screen with the one that is kept.
    fn is(&mut self, name: &str, size: (u16, u16)) {
        let text = self.text(size);
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let path = path.join("tests/watch/screens").join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_SCREENS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, kept, "{name}: UPDATE_SCREENS=1 takes it up");
    }
}

/// The letters of a screen; a line below each that has red ones marks them.
fn text_of(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let cells = (0..buffer.area.width).filter_map(|x| buffer.cell((x, y)));
        let cells: Vec<_> = cells.collect();
        let line: String = cells.iter().map(|cell| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
        let red = |cell: &&ratatui::buffer::Cell| cell.fg == Color::Red;
        if cells.iter().any(red) {
            let marks: String = cells
                .iter()
                .map(|cell| if red(cell) { '^' } else { ' ' })
                .collect();
            text.push_str(marks.trim_end());
            text.push_str("   red\n");
        }
    }
    text
}

#[test]
fn board_shows_three_sections_by_the_time_left() {
    Shot::new().is("board-80x24", (80, 24));
}

#[test]
fn board_fits_a_small_and_a_wide_terminal() {
    Shot::new().is("board-60x20", (60, 20));
    Shot::new().is("board-160x30", (160, 30));
}

#[test]
fn board_is_the_same_in_ascii() {
    let mut shot = Shot::new();
    shot.reader.ascii = true;
    let text = shot.text((80, 24));
    assert!(text.is_ascii(), "{text}");
    shot.is("board-ascii", (80, 24));
}

#[test]
fn board_is_read_in_german_and_arabic() {
    for language in ["de", "ar"] {
        let mut shot = Shot::new();
        shot.reader.language = language;
        shot.is(&format!("board-{language}"), (80, 24));
    }
}

#[test]
fn empty_board_says_that_nothing_is_outstanding() {
    let mut shot = Shot::new();
    shot.scene = Scene::new();
    shot.is("empty", (80, 24));
}

/// An empty board of a relay that is not heard claims nothing.
#[test]
fn empty_board_of_a_silent_relay_says_that_it_is_not_known() {
    let mut shot = Shot::new();
    shot.scene = Scene::new();
    for (link, is_silent) in [
        (Link::Connecting, false),
        (Link::Down, false),
        (Link::Up, true),
    ] {
        shot.link = link;
        shot.silent_since = is_silent.then(|| shot.now.minus(95 * SECOND_MS));
        let text = shot.text((80, 24));
        assert!(
            text.contains("Not known: your relay has not said"),
            "{text}"
        );
        assert!(!text.contains("nothing is outstanding"), "{text}");
    }
    shot.is("empty-silent", (80, 24));
    shot.silent_since = None;
    shot.link = Link::Connecting;
    shot.is("empty-connecting", (80, 24));
}

#[test]
fn keys_that_are_named_are_those_of_the_selected_message() {
    let mut shot = Shot::new();
    shot.scene = Scene::new();
    shot.scene.sent("Road closed at the bridge");
    shot.is("own", (80, 24));
    shot.press(&[KeyCode::Enter]);
    shot.is("own-open", (80, 24));
}

#[test]
fn exercise_is_marked_in_a_banner_and_on_its_line() {
    let mut shot = Shot::new();
    shot.scene.exercise("Drill: two boats");
    shot.is("exercise", (80, 24));
}

#[test]
fn message_in_full_has_its_addressees_and_what_was_signed() {
    let mut shot = Shot::new();
    shot.text((80, 24));
    shot.press(&[KeyCode::Down, KeyCode::Down, KeyCode::Enter]);
    shot.is("detail-80x24", (80, 24));
    shot.press(&[KeyCode::PageDown]);
    shot.is("detail-scrolled", (80, 24));
    shot.is("detail-160x30", (160, 30));
}

#[test]
fn silent_relay_takes_the_lines_above_everything() {
    let mut shot = Shot::new();
    shot.link = Link::Down;
    shot.queued = 2;
    shot.silent_since = Some(shot.now.minus(95 * SECOND_MS));
    shot.is("silent", (80, 24));
    shot.is("silent-60x20", (60, 20));
}

#[test]
fn window_that_is_too_small_says_what_is_missing_and_what_must_be_known() {
    let mut shot = Shot::new();
    shot.is("too-small", (40, 12));
    shot.silent_since = Some(shot.now.minus(95 * SECOND_MS));
    shot.is("too-small-silent", (59, 20));
}

#[test]
fn acknowledging_asks_for_a_promise_and_a_name() {
    let mut shot = Shot::new();
    shot.text((80, 24));
    shot.press(&[KeyCode::Char('a')]);
    shot.is("acknowledge", (80, 24));
    shot.press(&[KeyCode::Esc, KeyCode::Char('d')]);
    shot.is("decline", (80, 24));
}

#[test]
fn help_and_filter_are_told() {
    let mut shot = Shot::new();
    shot.text((80, 24));
    shot.press(&[KeyCode::Char('?')]);
    shot.is("help", (80, 24));
    shot.press(&[
        KeyCode::Esc,
        KeyCode::Char('/'),
        KeyCode::Char('v'),
        KeyCode::Char('a'),
    ]);
    shot.is("filter", (80, 24));
}

/// A message of many lines: the selected one stays in sight in both directions.
#[test]
fn selection_stays_in_sight_of_a_long_list() {
    let mut shot = Shot::new();
    for number in 0..20 {
        shot.scene.flag(&format!("flag number {number}"));
    }
    shot.text((60, 20));
    for key in [
        KeyCode::PageDown,
        KeyCode::PageDown,
        KeyCode::PageUp,
        KeyCode::Up,
    ] {
        shot.press(&[key]);
        let text = shot.text((60, 20));
        let id = shot.screen.entry().unwrap().id();
        let selected = text.lines().filter(|line| line.starts_with('›'));
        let selected: Vec<&str> = selected.collect();
        assert_eq!(selected.len(), 1, "{text}");
        assert!(selected[0].contains(&format!(" {id} ")), "{text}");
    }
}

/// Whatever was received: one character a column, and none that a terminal obeys.
#[test]
fn received_text_can_move_no_cursor() {
    let mut shot = Shot::new();
    let nasty = "a\u{1b}[2J\u{202e}b\u{7}\u{9b}31m\r\u{8}c";
    shot.scene.flag(nasty);
    for open in [false, true] {
        if open {
            shot.press(&[KeyCode::Enter]);
        }
        let text = shot.text((160, 30));
        let bad = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(bad), "{text}");
    }
}
