//! What is on the screen besides the board: what is selected, what is open, what is being typed;
//! and what keys do with it. Knows no terminal; what a key sets off is returned as an [`Order`].

use super::board::{Board, Entry, Section};
use super::prompt::{Act, Asks, Line, Prompt, Typed, edit};
use crate::render::fold;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use estafette_protocol::crypto::Hash;

/// The promise that is offered with an acknowledgement.
const ETA: &str = "45m";
/// The time that is offered with an extension.
const UNTIL: &str = "+8h";
/// Lines by which a page is turned.
const PAGE: usize = 10;

/// What lies over the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// Nothing.
    Nothing,
    /// What the keys do.
    Help,
    /// The filter is being typed.
    Filter,
    /// Something is being filled in.
    Prompt(Prompt),
}

/// What is to be done outside of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Nothing.
    Nothing,
    /// To end.
    Quit,
    /// To end in the middle of something.
    Interrupt,
    /// To stop until the shell says otherwise.
    Suspend,
    /// To remember that a message was shown.
    Opened(Hash),
    /// To hand the terminal to the questions of an answer.
    Answer(Hash),
    /// To do what was filled in.
    Do(Prompt),
}

/// One line that says what has just happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub text: String,
    /// Whether it has to be seen.
    pub is_alarm: bool,
}

/// What is on the screen.
#[derive(Debug)]
pub struct Screen {
    /// The board.
    pub board: Board,
    /// The message that keys are about.
    pub selected: Option<Hash>,
    /// Whether that message is shown in full.
    pub is_open: bool,
    /// The first line shown of it.
    pub detail_top: usize,
    /// The first line shown of the list.
    pub list_top: usize,
    /// What lies over it.
    pub over: Over,
    /// Only messages that hold this are shown.
    pub filter: String,
    /// What has just happened.
    pub note: Option<Note>,
    /// Who acknowledged last.
    pub officer: String,
    /// Words of the grounds on which a desk may decline.
    grounds: Vec<String>,
}

impl Screen {
    /// An empty board, for an officer, with the words of the grounds to decline on.
    #[must_use]
    pub const fn new(officer: String, grounds: Vec<String>) -> Self {
        Self {
            board: Board {
                entries: Vec::new(),
                next_at: None,
            },
            selected: None,
            is_open: false,
            detail_top: 0,
            list_top: 0,
            over: Over::Nothing,
            filter: String::new(),
            note: None,
            officer,
            grounds,
        }
    }

    /// Takes another board; the selection stays with its message, or goes to the one in its place.
    pub fn show(&mut self, board: Board) {
        let place = self.place();
        self.board = board;
        let digests = self.digests();
        let is_there = self.selected.is_some_and(|of| digests.contains(&of));
        if !is_there {
            let place = place.unwrap_or(0).min(digests.len().saturating_sub(1));
            self.selected = digests.get(place).copied();
            // What is in full on the screen is never exchanged behind the reader's back.
            self.is_open = false;
        }
    }

    /// The messages of a section that the filter lets through.
    pub fn of(&self, section: Section) -> impl Iterator<Item = &Entry> {
        let wanted = fold(&self.filter);
        let entries = self.board.of(section);
        entries.filter(move |entry| wanted.is_empty() || holds(entry, &wanted))
    }

    /// The message that is selected.
    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        self.board.entry(&self.selected?)
    }

    fn digests(&self) -> Vec<Hash> {
        let sections = Section::ALL.into_iter();
        let entries = sections.flat_map(|section| self.of(section).map(Entry::digest));
        entries.collect()
    }

    fn place(&self) -> Option<usize> {
        let digests = self.digests();
        digests.iter().position(|of| Some(*of) == self.selected)
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Order {
        if key.kind == KeyEventKind::Release {
            return Order::Nothing;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            match key.code {
                KeyCode::Char('c') => return Order::Interrupt,
                KeyCode::Char('z') => return Order::Suspend,
                _ => {}
            }
        }
        match std::mem::replace(&mut self.over, Over::Nothing) {
            Over::Prompt(prompt) => self.prompt_key(prompt, key),
            Over::Filter => {
                self.filter_key(key);
                Order::Nothing
            }
            // Any key takes the help away.
            Over::Help => Order::Nothing,
            Over::Nothing => self.board_key(key.code),
        }
    }

    fn prompt_key(&mut self, mut prompt: Prompt, key: KeyEvent) -> Order {
        match prompt.key(key) {
            Typed::More => {
                self.over = Over::Prompt(prompt);
                Order::Nothing
            }
            Typed::Left => Order::Nothing,
            Typed::Filled => Order::Do(prompt),
        }
    }

    fn filter_key(&mut self, key: KeyEvent) {
        match key.code {
            KeyCode::Enter => {}
            KeyCode::Esc => self.filter.clear(),
            code => {
                edit(&mut self.filter, code, key.modifiers);
                self.over = Over::Filter;
            }
        }
        let digests = self.digests();
        if !self.selected.is_some_and(|of| digests.contains(&of)) {
            self.selected = digests.first().copied();
        }
    }

    fn board_key(&mut self, code: KeyCode) -> Order {
        match code {
            KeyCode::Char('q') if !self.is_open => return Order::Quit,
            KeyCode::Char('q') | KeyCode::Esc | KeyCode::Left => {
                self.is_open = false;
                if code == KeyCode::Esc {
                    self.filter.clear();
                }
            }
            KeyCode::Down | KeyCode::Char('j') => self.step(1, true),
            KeyCode::Up | KeyCode::Char('k') => self.step(1, false),
            KeyCode::PageDown | KeyCode::Char(' ') => self.step(PAGE, true),
            KeyCode::PageUp => self.step(PAGE, false),
            KeyCode::Enter | KeyCode::Right => return self.open(),
            KeyCode::Char('?') => self.over = Over::Help,
            KeyCode::Char('/') => self.over = Over::Filter,
            KeyCode::Char('a') => self.ask(Act::Acknowledge),
            KeyCode::Char('d') => self.ask(Act::Decline),
            KeyCode::Char('f') => self.ask(Act::Refer),
            KeyCode::Char('x') => self.ask(Act::Extend),
            KeyCode::Char('e') => self.ask(Act::Escalate),
            KeyCode::Char('c') => self.ask(Act::Close),
            KeyCode::Char('n') => self.ask(Act::Remind),
            KeyCode::Char('r') => {
                return self
                    .entry()
                    .map_or(Order::Nothing, |entry| Order::Answer(entry.digest()));
            }
            _ => {}
        }
        Order::Nothing
    }

    /// Goes on in the list, or in the message that is open.
    fn step(&mut self, by: usize, down: bool) {
        if self.is_open {
            self.detail_top = match down {
                true => self.detail_top.saturating_add(by),
                false => self.detail_top.saturating_sub(by),
            };
            return;
        }
        let digests = self.digests();
        let place = self.place().unwrap_or(0);
        let place = match down {
            true => place
                .saturating_add(by)
                .min(digests.len().saturating_sub(1)),
            false => place.saturating_sub(by),
        };
        self.selected = digests.get(place).copied();
    }

    fn open(&mut self) -> Order {
        let Some(entry) = self.entry() else {
            return Order::Nothing;
        };
        let digest = entry.digest();
        self.is_open = true;
        self.detail_top = 0;
        Order::Opened(digest)
    }

    /// Asks what has to be known before something is done to the selected message.
    fn ask(&mut self, act: Act) {
        let Some(entry) = self.entry() else {
            return;
        };
        let (digest, id) = (entry.digest(), entry.id());
        let line = |asks, value: &str| Line {
            asks,
            value: value.to_owned(),
            choices: Vec::new(),
        };
        let officer = line(Asks::Officer, &self.officer);
        let text = line(Asks::Text, "");
        let lines = match act {
            Act::Acknowledge => vec![line(Asks::Eta, ETA), officer],
            Act::Decline => {
                let ground = Line {
                    asks: Asks::Ground,
                    value: self.grounds.first().cloned().unwrap_or_default(),
                    choices: self.grounds.clone(),
                };
                vec![ground, text, officer]
            }
            Act::Refer => vec![line(Asks::RightDesk, ""), text, officer],
            Act::Extend => vec![line(Asks::Until, UNTIL), text, line(Asks::WhichDesk, "")],
            Act::Escalate => vec![line(Asks::Step, ""), line(Asks::WhichDesk, "")],
            Act::Close => vec![text, officer],
            Act::Remind => Vec::new(),
        };
        self.over = Over::Prompt(Prompt {
            act,
            digest,
            id,
            lines,
            at: 0,
        });
    }
}

fn holds(entry: &Entry, wanted: &str) -> bool {
    let header = &entry.item.message.header;
    let desks = header.addressees.iter().map(|a| a.desk.as_str());
    let desks = desks.chain([header.sender.as_str()]);
    let id = entry.id().to_string();
    let texts = desks.chain([entry.about.as_str(), id.as_str()]);
    texts.into_iter().any(|text| fold(text).contains(wanted))
}

#[cfg(test)]
mod tests;
