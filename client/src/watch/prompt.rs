//! A question at the foot of the screen: a few lines to fill in before something is done.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use estafette_protocol::crypto::Hash;

/// Most characters of one line.
const CHARACTERS_MAX: usize = 500;

/// What is done once the lines are filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Acknowledge, with a promise and an officer's name.
    Acknowledge,
}

/// One line to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Word of its label.
    pub label: &'static str,
    /// What stands in it.
    pub value: String,
}

/// The lines to fill in, and the message that they are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What is done then.
    pub act: Act,
    /// To which message.
    pub digest: Hash,
    /// Its small id.
    pub id: u64,
    /// The lines.
    pub lines: Vec<Line>,
    /// Which one is being filled in.
    pub at: usize,
}

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// There is more to fill in.
    More,
    /// It is filled in.
    Filled,
    /// Nothing is to be done.
    Left,
}

impl Prompt {
    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Typed {
        let last = self.lines.len().saturating_sub(1);
        match key.code {
            KeyCode::Esc => return Typed::Left,
            KeyCode::Enter if self.at >= last => return Typed::Filled,
            KeyCode::Enter | KeyCode::Tab | KeyCode::Down => self.at = (self.at + 1).min(last),
            KeyCode::BackTab | KeyCode::Up => self.at = self.at.saturating_sub(1),
            code => {
                if let Some(line) = self.lines.get_mut(self.at) {
                    edit(&mut line.value, code, key.modifiers);
                }
            }
        }
        Typed::More
    }

    /// What was filled in, in the order of the lines.
    #[must_use]
    pub fn values(&self) -> Vec<String> {
        let lines = self.lines.iter();
        lines.map(|line| line.value.trim().to_owned()).collect()
    }
}

/// Changes a line by a key: letters at its end, Backspace, and Ctrl-U for all of it.
pub fn edit(line: &mut String, code: KeyCode, modifiers: KeyModifiers) {
    let is_control = modifiers.contains(KeyModifiers::CONTROL);
    match code {
        KeyCode::Char('u') if is_control => line.clear(),
        KeyCode::Char(letter) if is_control || letter.is_control() => {}
        KeyCode::Char(letter) if line.chars().count() < CHARACTERS_MAX => line.push(letter),
        KeyCode::Backspace => {
            line.pop();
        }
        _ => {}
    }
}
