//! Messages as people read them: in their language, in the columns of their terminal.
//!
//! ```text
//!   form ──► page (blocks, labels, checks) ──► lines (wrapped) ──► output
//!              ▲ catalogue, labels              ▲ columns of a terminal
//! ```
//!
//! Decides how values look. What was received is first made visible, so that it can neither move
//! the cursor nor reorder what stands around it, and a text of several lines is marked at its
//! left, so that none of it passes for a line of the program. A terminal gets text that runs from
//! right to left in isolates; a file or another program never does. Spec: form.md FRM-1, FRM-9.

mod items;
mod lines;
mod page;
#[cfg(test)]
mod tests;
mod values;

pub use lines::{Script, columns, cut, fold, pad, script, wrap};
pub use page::Page;

use crate::labels;
use crate::output::spell;
use crate::view::Side;
use crate::words;
use estafette_protocol::code::Note;
use estafette_protocol::escalation::Cause;
use estafette_protocol::format::{Catalogue, Labels};
use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UnixMillis};

/// The highest remark in receipts that is known. Spec: registry.md, Notes in receipts.
pub const NOTES_KNOWN: u16 = 10;

/// Who reads, and where.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The definitions that are known.
    pub catalogue: &'a Catalogue,
    /// Tag of the language.
    pub language: &'a str,
    /// Times in UTC alone.
    pub utc: bool,
    /// Only ASCII.
    pub ascii: bool,
    /// Whether text that runs from right to left is kept apart from what stands around it.
    pub isolates: bool,
    /// Columns of a line.
    pub width: usize,
}

impl<'a> Reader<'a> {
    /// What the program says by a word of `labels.toml`.
    #[must_use]
    pub fn say(&self, word: &str) -> String {
        let said = labels::say(self.language, word);
        self.own(said, labels::say(labels::ENGLISH, word))
    }

    /// The same with something filled in.
    #[must_use]
    pub fn fill(&self, word: &str, value: impl std::fmt::Display) -> String {
        self.say(word).replace("{}", &value.to_string())
    }

    /// The label in the reader's language, else in English, else the word.
    #[must_use]
    pub fn label(&self, labels: &Labels, word: &str) -> String {
        use estafette_protocol::format::label;
        let english = label(labels, labels::ENGLISH, word);
        self.own(label(labels, self.language, word), english)
    }

    /// A definition's text as it can be shown: definitions may come from others, too. Where only
    /// ASCII can be shown, letters lose their accents; what still is not ASCII stands in English.
    fn own(&self, said: &str, english: &str) -> String {
        let said = words::visible(said, false);
        if !self.ascii || said.is_ascii() {
            return said;
        }
        let plain = lines::without_accents(&said);
        match plain.is_ascii() {
            true => plain,
            false => spell(&words::visible(english, false)),
        }
    }

    /// A foreign text in one line.
    #[must_use]
    pub fn foreign(&self, text: &str) -> String {
        let text = words::visible(text, false);
        match self.ascii {
            true => spell(&text),
            false => text,
        }
    }

    /// A foreign text in one line, in quotes.
    #[must_use]
    pub fn quote(&self, text: &str) -> String {
        let quotes = if self.ascii {
            ["\"", "\""]
        } else {
            ["“", "”"]
        };
        quotes.join(&self.foreign(text))
    }

    /// A piece of a line, kept apart where it runs from right to left.
    #[must_use]
    pub fn isolate(&self, text: &str) -> String {
        match self.isolates && script(text) == Script::HasRightToLeft {
            true => format!("\u{2068}{text}\u{2069}"),
            false => text.to_owned(),
        }
    }

    /// A time, in the zone of this machine.
    #[must_use]
    pub fn time(&self, at: UnixMillis) -> String {
        words::time(at, self.utc)
    }

    /// A time in the zone of this machine and, where that is another one, in UTC.
    #[must_use]
    pub fn time_in_full(&self, at: UnixMillis) -> String {
        let (here, utc) = (self.time(at), words::time(at, true));
        match words::is_utc(at) || self.utc {
            true => here,
            false => format!("{here} ({utc})"),
        }
    }

    /// A duration in all the units that it fills: nothing is rounded away.
    #[must_use]
    pub fn duration(&self, ms: u64) -> String {
        let units = [
            (DAY_MS, self.say("unit-day")),
            (HOUR_MS, self.say("unit-hour")),
            (MINUTE_MS, self.say("unit-minute")),
            (SECOND_MS, self.say("unit-second")),
            (1, self.say("unit-millisecond")),
        ];
        words::in_units(ms, &units, usize::MAX)
    }

    /// How much is left until `due`, or by how much it has passed, in the two largest units.
    #[must_use]
    pub fn time_left(&self, due: UnixMillis, now: UnixMillis) -> String {
        match due >= now {
            true => self.fill("time-left", self.about(due.since(now))),
            false => self.fill("time-late", self.about(now.since(due))),
        }
    }

    /// A time in the zone of this machine and in others, where these show another one.
    #[must_use]
    pub fn time_in_zones(&self, at: UnixMillis, zones: &[&str]) -> String {
        let here = self.time(at);
        let mut shown: Vec<String> = Vec::new();
        for zone in zones {
            let Some((day, clock, name)) = words::clock_in(at, zone) else {
                continue;
            };
            let is_today = here.contains(&day);
            let there = match is_today {
                true => format!("{clock} {name}"),
                false => format!("{day} {clock} {name}"),
            };
            let is_here = is_today && here.contains(&format!(" {clock}:"));
            if !is_here && !shown.contains(&there) {
                shown.push(there);
            }
        }
        match shown.is_empty() {
            true => here,
            false => format!("{here} ({})", shown.join(", ")),
        }
    }

    /// A duration in the two largest units that it fills.
    #[must_use]
    pub fn about(&self, ms: u64) -> String {
        let units = [
            (DAY_MS, self.say("unit-day")),
            (HOUR_MS, self.say("unit-hour")),
            (MINUTE_MS, self.say("unit-minute")),
            (SECOND_MS, self.say("unit-second")),
        ];
        words::in_units(ms, &units, 2)
    }

    /// Why a step was taken.
    #[must_use]
    pub fn cause(&self, cause: Cause) -> String {
        self.say(&format!("cause-{}", cause.word()))
    }

    /// A ground of the list `refusal-grounds`.
    #[must_use]
    pub fn ground(&self, ground: u16) -> String {
        self.code(self.catalogue.list("refusal-grounds"), ground)
    }

    /// What is out of the ordinary, with its reason.
    #[must_use]
    pub fn side(&self, side: &Side) -> String {
        let name = self.say(&format!("side-{}", side.name()));
        if let Some((_, by_ms)) = side.late() {
            return name.replace("{}", &self.about(by_ms));
        }
        match side {
            Side::Held { until: at }
            | Side::ExtensionAsked { until: at }
            | Side::Reminded { at } => name.replace("{}", &self.time(*at)),
            Side::Declined { ground } => format!("{name}: {}", self.ground(*ground)),
            Side::Referred { to } => name.replace("{}", to.as_str()),
            Side::Escalated { to, cause } => {
                let name = name.replace("{}", to.as_str());
                format!("{name}: {}", self.cause(*cause))
            }
            Side::Unreleased { clause, late, .. } => {
                let name = format!("{name} ({clause})");
                match late {
                    true => format!("{name}, {}", self.say("late")),
                    false => name,
                }
            }
            side => match side.detail() {
                Some(detail) => format!("{name}: {}", self.foreign(&detail)),
                None => name,
            },
        }
    }

    /// What a relay remarked in a receipt.
    #[must_use]
    pub fn note(&self, note: Note) -> String {
        match note.0 {
            1..=NOTES_KNOWN => self.say(&format!("note-{}", note.word())),
            unknown => self.fill("note-unknown", unknown),
        }
    }

    /// Symbol of what needs attention.
    #[must_use]
    pub const fn alarm(&self) -> &'static str {
        if self.ascii { "!!" } else { "‼" }
    }

    /// Columns of a text, once it is printed.
    const fn label_columns(&self) -> usize {
        match self.width {
            72.. => 22,
            _ => 14,
        }
    }
}
