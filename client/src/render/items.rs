//! A message in the words of lists: how it stands, from whom or to whom it is, what it is about.

use super::Reader;
use crate::view::{Item, Turn, lowest_rung};
use estafette_protocol::address::Desk;
use estafette_protocol::envelope::Header;
use estafette_protocol::form::Form;
use estafette_protocol::precedence::Status;

impl Reader<'_> {
    /// How a message stands for a desk, in the order in which it is said.
    #[must_use]
    pub fn states(&self, item: &Item, desk: &Desk) -> Vec<String> {
        let rung = |rung: &str| self.say(&format!("rung-{rung}"));
        let marks = item.marks().into_iter();
        let marks = marks.map(|name| self.say(&format!("side-{name}")));
        let sides = item.sides();
        let sides = sides.iter().map(|side| self.side(side));
        let waits = item.awaits_release.then(|| self.say("to-release"));
        let mut parts: Vec<String> = waits.into_iter().chain(marks).chain(sides).collect();
        if parts.is_empty() {
            let own = item.rows.iter().find(|row| row.state.desk == *desk);
            let is_sent = item.message.header.sender == *desk;
            parts.push(match (is_sent, item.turn, own) {
                (true, _, _) => rung(lowest_rung(&item.rows).word()),
                (false, Turn::Ours, _) if item.message.record.shown_at.is_none() => self.say("new"),
                (false, Turn::Ours, Some(row)) if row.due.is_none() => self.say("to-answer"),
                (false, Turn::Ours, _) => self.say("to-acknowledge"),
                (false, _, Some(row)) => rung(row.state.rung().word()),
                (false, _, None) => self.say("copy"),
            });
        }
        parts
    }

    /// From whom a message is, or to whom where the desk has sent it.
    #[must_use]
    pub fn counterpart(&self, header: &Header, desk: &Desk) -> String {
        if header.sender != *desk {
            return self.fill("from-desk", &header.sender);
        }
        let first = header.addressees.first();
        let first = first.map_or(String::new(), |a| a.desk.to_string());
        match header.addressees.len().saturating_sub(1) {
            0 => self.fill("to-desk", first),
            more => self.fill("to-desk", format!("{first} +{more}")),
        }
    }

    /// Status, format and one line of what a message says; its form is wanted where the words of
    /// codes are not read in English.
    #[must_use]
    pub fn gist(&self, item: &Item, form: Option<&Form>) -> String {
        let (record, header) = (&item.message.record, &item.message.header);
        let summary = self.summary(record.summary.as_str(), form);
        let status = match header.status {
            Status::Actual => String::new(),
            other => format!("{} ", self.status(other).to_uppercase()),
        };
        let format = self.format(header.format, header.format_version);
        match summary.is_empty() {
            true => format!("{status}{format}"),
            false => format!("{status}{format}: {summary}"),
        }
    }
}
