//! Silence: nobody takes a flag on, the deputy is asked by itself, and what comes late stays late.

use estafette_protocol::crypto::Hash;
use estafette_protocol::escalation::Clock;
use estafette_protocol::receipt::Receipt;

use super::{BORDER, Cast};
use crate::demo::DemoError;
use crate::demo::report::Report;
use crate::demo::watch::{Watch, short};
use crate::store::Origin;

/// The deputy of the desk that is addressed.
const NIGHT: &str = "night@ops.border.xb";
/// Who sends the flag, and gets the answer.
const SENDER: &str = "duty@spoc.police.xa";

impl Cast<'_> {
    pub(super) fn silence(&mut self, report: &mut Report) -> Result<(), DemoError> {
        report.heading("demo-silence");
        report.note("demo-nobody");
        let flag = [
            "flag",
            "Lorry through the barrier",
            "--precedence",
            "immediate",
            "--answer-by",
            "3s",
            "--to",
            BORDER,
        ];
        let digest = self.send(&flag, "flag", report)?;
        let to = self.police_watch.until("the escalation", |account| {
            let message = account.store.message(&digest)?;
            let message = message.filter(|m| Watch::has_said(account, m, "escalated", None));
            let receipts = message.map_or_else(Vec::new, |m| Watch::receipts(account, &m));
            let mut steps = receipts.into_iter().flat_map(|receipt| receipt.steps);
            Ok(steps.next().map(|step| step.to.to_string()))
        });
        self.expect(to.is_ok(), "a step that is taken by itself, signed");
        let Ok(to) = to else { return Ok(()) };
        self.police_watch.look(&digest, report)?;
        report.escalation(&short(&digest), &to, &BORDER.replace("duty@ops.", ""));
        self.expect(to == NIGHT, "the deputy asked");
        self.deputy(&digest, report)?;
        self.late(&digest, report)
    }

    /// The deputy reads it only now, and takes it on.
    fn deputy(&mut self, digest: &Hash, report: &mut Report) -> Result<(), DemoError> {
        let id = self
            .night_watch
            .until("the flag at the deputy", |account| {
                let message = account.store.message(digest)?;
                let readable = message
                    .filter(|m| m.record.origin == Origin::Received && m.content_key().is_some());
                Ok(readable.map(|m| m.record.id.to_string()))
            })?;
        let acknowledge = ["ack", &id, "--officer", "Sgt. Novak"];
        self.stage.estafette(&self.night, &acknowledge)?;
        let taken_on = self.police_watch.until("the deputy's word", |account| {
            let message = account.store.message(digest)?;
            Ok(message.filter(|m| Watch::has_said(account, m, "acknowledged", Some(NIGHT))))
        });
        self.expect(taken_on.is_ok(), "the deputy's acknowledgement");
        self.police_watch.look(digest, report)
    }

    /// The desk that was silent answers after its time.
    fn late(&mut self, digest: &Hash, report: &mut Report) -> Result<(), DemoError> {
        let of_border = |receipt: &Receipt| receipt.state.desk.as_str() == BORDER;
        self.police_watch.until("the end of its time", |account| {
            let message = account.store.message(digest)?;
            let receipts = message.map_or_else(Vec::new, |m| Watch::receipts(account, &m));
            let mut over = receipts.into_iter().filter(of_border);
            Ok(over.find(|receipt| receipt.overdue.contains(&Clock::Answer)))
        })?;
        let id = self.arrived(digest)?;
        let reply = [
            "note",
            "--reply-to",
            &id,
            "--to",
            SENDER,
            "Barrier is shut again",
        ];
        self.stage.estafette(&self.colleague, &reply)?;
        let answer = self.border_watch.last_sent()?.record.digest;
        report.sent(&short(&answer), "note");
        let late = self.police_watch.until("the late answer", |account| {
            let message = account.store.message(digest)?;
            let receipts = message.map_or_else(Vec::new, |m| Watch::receipts(account, &m));
            let mut late = receipts.into_iter().filter(of_border);
            Ok(late.find(|receipt| receipt.late.contains(&Clock::Answer)))
        });
        self.expect(late.is_ok(), "an answer that is kept, and marked as late");
        self.police_watch.look(digest, report)?;
        if let Ok(receipt) = late {
            report.late(&short(digest), &receipt);
        }
        let states = self.border_watch.follow(
            &answer,
            estafette_protocol::track::Rung::Delivered,
            report,
        )?;
        self.expect_complete(&answer, &states, estafette_protocol::track::Rung::Delivered);
        Ok(())
    }
}
