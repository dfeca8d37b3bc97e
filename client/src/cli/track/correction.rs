//! Who has seen what took the place of a message, and who has not.

use super::Look;
use crate::store::Message;
use crate::view::{self, Links, Row, Validity};
use crate::words::time_rfc3339;
use estafette_protocol::track::Rung;
use serde_json::json;

impl Look<'_> {
    /// For each desk that got the message: how far the one that replaces it got with it.
    pub(super) fn correction(
        &self,
        (message, rows): (&Message, &[Row]),
        links: &Links,
        all: &[Message],
    ) {
        let (Validity::Superseded(id) | Validity::Withdrawn(id) | Validity::InPart(id)) =
            links.validity(&message.record.digest)
        else {
            return;
        };
        let Some(newer) = all.iter().find(|one| one.record.id == id) else {
            return;
        };
        let (output, reader) = (self.context.output, &self.reader);
        let label = match links.validity(&message.record.digest) {
            Validity::Superseded(_) => reader.say("superseded-by"),
            Validity::InPart(_) => reader.say("in-part-withdrawn-by"),
            Validity::Withdrawn(_) | Validity::Holds => reader.say("withdrawn-by"),
        };
        let alarm = reader.alarm();
        output.line(&format!("  {alarm} {label} {id}   → estafette show {id}"));
        if message.header.sender != *self.unlocked.desk() {
            return;
        }
        let newer_rows = view::rows(newer, self.now);
        for row in rows.iter().filter(|row| row.state.rung() >= Rung::Relayed) {
            let desk = &row.state.desk;
            let theirs = newer_rows.iter().find(|one| one.state.desk == *desk);
            let rung = theirs.map(|one| one.state.rung());
            let seen = rung.is_some_and(|rung| rung >= Rung::Opened);
            let at = theirs.and_then(|one| one.state.proof(one.state.rung()));
            output.object(
                "correction",
                json!({
                    "id": message.record.id,
                    "replaced_by": id,
                    "desk": desk.as_str(),
                    "rung": rung.map(Rung::word),
                    "at": at.map(|proof| time_rfc3339(proof.at)),
                    "seen": seen,
                    "due": theirs.and_then(|one| one.due).map(time_rfc3339),
                }),
            );
            let says = match (rung, seen) {
                (None, _) => reader.say("correction-not-sent"),
                (Some(rung), true) => reader.say(&format!("rung-{}", rung.word())),
                (Some(rung), false) => {
                    let rung = reader.say(&format!("rung-{}", rung.word()));
                    format!("{rung}, {}", reader.say("correction-not-seen"))
                }
            };
            let time = at.map_or_else(String::new, |proof| format!("  {}", reader.time(proof.at)));
            let mark = match (seen, reader.ascii) {
                (true, true) => "ok",
                (true, false) => "✓",
                (false, _) => alarm,
            };
            let says = reader.isolate(&says);
            output.line(&format!("    {mark} {:<26} {says}{time}", desk.as_str()));
        }
    }
}
