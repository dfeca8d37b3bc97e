//! A request, and everything that keys do to one before it is answered.

use std::io::Write;

use super::terminal::Terminal;
use super::{Play, ScenarioError, Side};

/// A desk of the border that is the right one, says the one that was asked.
const RIGHT: &str = "night@ops.border.xb";

/// More than an answer has questions.
const ENOUGH: u32 = 60;

impl<W: Write> Play<'_, W> {
    /// Each key runs its command behind the board, and the other side is told.
    pub(super) fn requested(
        &mut self,
        (own, other): (&Terminal, &Terminal),
        police: &Side,
    ) -> Result<(), ScenarioError> {
        self.ask(police, "Who crossed?")?;
        for terminal in [own, other] {
            terminal.sees("Who crossed?")?;
            self.select(terminal, "3")?;
        }
        self.filled(own, "x", &["", "", ""])?;
        other.sees("asks for time")?;
        self.filled(other, "x", &["", "", ""])?;
        let given = other.comes_to(|other| Ok(!other.screen()?.contains("asks for time")))?;
        self.tally
            .check(given, || "the time is not given".to_owned());
        self.filled(other, "n", &[""])?;
        own.sees("reminded")?;
        self.say("asked for time, given it and reminded by keys");
        // Nothing was agreed on for silence: the key says so, and changes nothing.
        other.press("e")?;
        other.sees("Escalate 3")?;
        for _ in 0..2 {
            other.press("Enter")?;
        }
        other.sees("step-unknown")?;
        self.filled(own, "f", &[RIGHT, "", ""])?;
        other.sees("referred to night@")?;
        self.compare(other, "other-referred")?;
        self.filled(other, "c", &["found", ""])?;
        let gone = other.comes_to(|other| Ok(!other.screen()?.contains("Who crossed?")))?;
        self.tally
            .check(gone, || "closed and still there".to_owned());
        self.say("referred and closed by keys");
        Ok(())
    }

    /// A key hands the terminal to the questions of an answer, and takes it again.
    pub(super) fn answered(
        &mut self,
        (own, other): (&Terminal, &Terminal),
        police: &Side,
    ) -> Result<(), ScenarioError> {
        self.ask(police, "Whose boat?")?;
        own.sees("Whose boat?")?;
        self.select(own, "4")?;
        own.press("r")?;
        own.sees("Answer – answer")?;
        own.sees("Outcome")?;
        own.type_line("full")?;
        own.sees("Text")?;
        own.type_line("The harbour's")?;
        // What else may be said is left out, ahead of the questions; what is left of that is no key
        // of the board.
        own.press_often("Enter", ENOUGH)?;
        own.sees("NEEDS YOU (1)")?;
        other.sees("Answer")?;
        self.say("answered by keys and questions");
        Ok(())
    }

    fn ask(&self, police: &Side, question: &str) -> Result<(), ScenarioError> {
        let to = ["--to", "duty@ops.border.xb", "--answer-by", "2h"];
        let why = ["--urgent", "threat-to-life", "--because", "Child missing"];
        let ask = ["ask", question, "--purpose", "investigation"];
        let words = [&ask[..], &to, &why].concat();
        self.stage.estafette(&police.desk, &words)?;
        Ok(())
    }

    /// Goes up and down until a message is the selected one.
    fn select(&mut self, terminal: &Terminal, id: &str) -> Result<(), ScenarioError> {
        // Behind the mark and the symbol stands the small id.
        let is_selected = |line: &str| {
            let behind = line.strip_prefix('›').unwrap_or_default();
            let mut numbers = behind.split(|c: char| !c.is_ascii_digit());
            numbers.find(|number| !number.is_empty()) == Some(id)
        };
        for key in ["k", "k", "k", "j", "j", "j"] {
            if terminal.screen()?.lines().any(is_selected) {
                break;
            }
            terminal.press(key)?;
            std::thread::sleep(super::LOOK_EVERY);
        }
        let selected = terminal.comes_to(|own| Ok(own.screen()?.lines().any(is_selected)))?;
        self.tally
            .check(selected, || format!("{id} cannot be selected"));
        Ok(())
    }

    /// Fills in what a key asks, line by line, and sees that it is signed.
    fn filled(&self, terminal: &Terminal, key: &str, lines: &[&str]) -> Result<(), ScenarioError> {
        terminal.press(key)?;
        for line in lines {
            terminal.type_line(line)?;
        }
        terminal.sees("3 is signed; your relay gets it")
    }
}
