//! The everyday messages: an alert out of a CAP file, a deferred briefing, a question and its
//! answer, an update and a withdrawal.

use std::fs;

use estafette_protocol::crypto::Hash;
use estafette_protocol::time::{HOUR_MS, SECOND_MS};
use estafette_protocol::track::Rung;

use super::{BORDER, Cast};
use crate::clock;
use crate::demo::DemoError;
use crate::demo::report::Report;
use crate::demo::watch::short;
use crate::words::time_rfc3339;

/// A CAP alert of our own, in two languages.
const ALERT: &str = include_str!("../alert.cap");
/// How long the briefing is held, in milliseconds.
const HELD_MS: u64 = 4 * SECOND_MS;

impl Cast<'_> {
    pub(super) fn everyday(&mut self, report: &mut Report) -> Result<(), DemoError> {
        report.heading("demo-everyday");
        let alert = self.alert(report)?;
        self.briefing(report)?;
        self.question(report)?;
        let updated = self.update(&alert, report)?;
        self.withdrawal(&updated, report)
    }

    fn alert(&mut self, report: &mut Report) -> Result<Hash, DemoError> {
        report.note("demo-alert");
        let path = self.stage.dir().join("alert.cap");
        let file = path.to_string_lossy().into_owned();
        fs::write(&path, ALERT).map_err(|source| DemoError::Folder { path, source })?;
        let digest = self.send(&["alert", "--cap", &file, "--to", BORDER], "alert", report)?;
        self.follow(&digest, Rung::Delivered, report)?;
        self.read(&digest, report)?;
        Ok(digest)
    }

    fn briefing(&mut self, report: &mut Report) -> Result<(), DemoError> {
        report.note("demo-briefing");
        let now = clock::now();
        let (at, held) = (now.plus(HOUR_MS), now.plus(HELD_MS));
        let (at, held) = (time_rfc3339(at), time_rfc3339(held));
        let briefing = [
            "brief",
            "Northern crossing: who watches which lane",
            "--at",
            &at,
            "--for",
            "30m",
            "--every",
            "day",
            "--defer",
            &held,
            "--to",
            BORDER,
        ];
        let digest = self.send(&briefing, "briefing", report)?;
        self.police_watch.follow(&digest, Rung::Accepted, report)?;
        self.follow(&digest, Rung::Delivered, report)
    }

    fn question(&mut self, report: &mut Report) -> Result<(), DemoError> {
        report.note("demo-question");
        let question = [
            "ask",
            "Who is the keeper of XA 117 KD?",
            "--purpose",
            "investigation",
            "--answer-by",
            "7d",
            "--to",
            BORDER,
        ];
        let digest = self.send(&question, "request", report)?;
        self.follow(&digest, Rung::Delivered, report)?;
        let id = self.arrived(&digest)?;
        let answer = ["answer", &id, "--full", "A haulier in the port of Xb"];
        self.stage.estafette(&self.colleague, &answer)?;
        let answer = self.border_watch.last_sent()?.record.digest;
        report.sent(&short(&answer), "answer");
        self.follow(&digest, Rung::Answered, report)?;
        let states = self.border_watch.follow(&answer, Rung::Delivered, report)?;
        self.expect_complete(&answer, &states, Rung::Delivered);
        Ok(())
    }

    fn update(&mut self, alert: &Hash, report: &mut Report) -> Result<Hash, DemoError> {
        report.note("demo-update");
        let id = self.own(alert)?;
        let update = ["update", &id, "Seen at 09:20, two people on board"];
        let digest = self.send(&update, "alert", report)?;
        self.follow(&digest, Rung::Delivered, report)?;
        Ok(digest)
    }

    fn withdrawal(&mut self, alert: &Hash, report: &mut Report) -> Result<(), DemoError> {
        report.note("demo-withdrawal");
        let id = self.own(alert)?;
        let withdraw = [
            "withdraw",
            &id,
            "Found and safe",
            "--reason",
            "no-longer-relevant",
        ];
        let digest = self.send(&withdraw, "withdrawal", report)?;
        self.follow(&digest, Rung::Delivered, report)?;
        let id = self.arrived(&digest)?;
        let acknowledge = ["ack", &id, "--officer", "Insp. Ahl"];
        self.stage.estafette(&self.colleague, &acknowledge)?;
        self.follow(&digest, Rung::Acknowledged, report)
    }

    /// What the officer on the other side reads.
    fn read(&mut self, digest: &Hash, report: &mut Report) -> Result<(), DemoError> {
        let id = self.arrived(digest)?;
        let show = ["--lang", report.language(), "show", &id];
        let shown = self.stage.estafette(&self.colleague, &show)?;
        report.note("demo-reads");
        report.shown(&shown);
        Ok(())
    }

    /// The small id under which the officer knows a message that was sent.
    fn own(&mut self, digest: &Hash) -> Result<String, DemoError> {
        self.police_watch
            .until("the message that was sent", |account| {
                let message = account.store.message(digest)?;
                Ok(message.map(|message| message.record.id.to_string()))
            })
    }
}
