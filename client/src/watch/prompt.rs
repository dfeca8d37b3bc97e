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
    /// Say that this desk will not act, on a ground.
    Decline,
    /// Name the desk that is the right one.
    Refer,
    /// Ask for more time to answer, or give it.
    Extend,
    /// Ask for a step of the chain.
    Escalate,
    /// Close the matter.
    Close,
    /// Remind those who must act.
    Remind,
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// A duration from now.
    Eta,
    /// A name.
    Officer,
    /// A text of one line.
    Text,
    /// A ground, of those that can be chosen.
    Ground,
    /// The right desk.
    RightDesk,
    /// A time.
    Until,
    /// The number of a step; the next one where it is empty.
    Step,
    /// The desk that is meant, where several must act.
    WhichDesk,
}

/// One line to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is for.
    pub asks: Asks,
    /// What stands in it.
    pub value: String,
    /// What can be chosen, where it is not written.
    pub choices: Vec<String>,
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
                    line.key(code, key.modifiers);
                }
            }
        }
        Typed::More
    }

    /// What was filled in for a purpose; `None` where it was left empty.
    #[must_use]
    pub fn value(&self, asks: Asks) -> Option<&str> {
        let line = self.lines.iter().find(|line| line.asks == asks)?;
        Some(line.value.trim()).filter(|value| !value.is_empty())
    }
}

impl Line {
    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        if self.choices.is_empty() {
            return edit(&mut self.value, code, modifiers);
        }
        let last = self.choices.len() - 1;
        let at = self.choices.iter().position(|one| *one == self.value);
        let at = match (code, at) {
            (KeyCode::Right | KeyCode::Char(' '), Some(at)) if at < last => at + 1,
            (KeyCode::Right | KeyCode::Char(' '), _) => 0,
            (KeyCode::Left, Some(at)) if at > 0 => at - 1,
            (KeyCode::Left, _) => last,
            _ => return,
        };
        if let Some(chosen) = self.choices.get(at) {
            self.value.clone_from(chosen);
        }
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
