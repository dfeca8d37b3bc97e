//! The chain of command: a request that its gateway has to release, and a flash that skips a level
//! and informs it.

use estafette_protocol::crypto::Hash;
use estafette_protocol::envelope::Role;
use estafette_protocol::track::{Problem, Rung};

use super::{BORDER, Cast};
use crate::demo::DemoError;
use crate::demo::report::Report;
use crate::demo::watch::{Watch, short};
use crate::store::Message;

/// The desk above the patrol's, which is skipped and informed, and which releases.
const SUPERIOR: &str = "duty@spoc.police.xa";

impl Cast<'_> {
    pub(super) fn chain(&mut self, report: &mut Report) -> Result<(), DemoError> {
        report.heading("demo-chain");
        self.held(report)?;
        self.skipping(report)
    }

    fn held(&mut self, report: &mut Report) -> Result<(), DemoError> {
        report.note("demo-request-held");
        let request = [
            "ask",
            "Who crossed with XA 117 KD last night?",
            "--purpose",
            "investigation",
            "--to",
            BORDER,
        ];
        let digest = self.send_from_patrol(&request, "request", report)?;
        let is_held = |message: &Message| {
            let states = message.states();
            let held = |problem: &Option<Problem>| matches!(problem, Some(Problem::Held { .. }));
            !states.is_empty() && states.iter().all(|state| held(&state.problem))
        };
        let agency = self.patrol_watch.until("the hold", |account| {
            let message = account.store.message(&digest)?;
            Ok(message
                .filter(is_held)
                .map(|message| message.header.sender.agency()))
        })?;
        report.hold(&short(&digest), &agency);
        self.border_watch.refresh()?;
        let gone = self.border_watch.account().store.message(&digest)?;
        self.expect(gone.is_none(), "nothing of what is held abroad");
        let id = self
            .police_watch
            .until("what is to be released", |account| {
                let message = account.store.message(&digest)?;
                let readable = message.filter(|message| message.content_key().is_some());
                Ok(readable.map(|message| message.record.id.to_string()))
            })?;
        let release = ["release", &id, "--officer", "Insp. Ahl"];
        self.stage.estafette(&self.officer, &release)?;
        let released = self.patrol_watch.until("the release", |account| {
            let message = account.store.message(&digest)?;
            Ok(message.filter(|m| Watch::has_said(account, m, "released", Some(SUPERIOR))))
        });
        self.expect(released.is_ok(), "the release, signed by the gateway");
        report.release(&short(&digest), SUPERIOR);
        let states = self.patrol_watch.follow(&digest, Rung::Delivered, report)?;
        self.expect_complete(&digest, &states, Rung::Delivered);
        Ok(())
    }

    fn skipping(&mut self, report: &mut Report) -> Result<(), DemoError> {
        report.note("demo-flash-skips");
        let flag = [
            "flag",
            "Shots at the crossing",
            "--type",
            "officer-in-danger",
            "--to",
            BORDER,
        ];
        let digest = self.send_from_patrol(&flag, "flag", report)?;
        let states = self.patrol_watch.follow(&digest, Rung::Delivered, report)?;
        self.expect_complete(&digest, &states, Rung::Delivered);
        let mut told = states.iter();
        let told = told.any(|s| s.role == Role::Info && s.desk.as_str() == SUPERIOR);
        self.expect(told, "a copy to the level that is skipped");
        Ok(())
    }

    fn send_from_patrol(
        &mut self,
        args: &[&str],
        format: &str,
        report: &mut Report,
    ) -> Result<Hash, DemoError> {
        self.stage.estafette(&self.patrol, args)?;
        let digest = self.patrol_watch.last_sent()?.record.digest;
        report.sent(&short(&digest), format);
        Ok(digest)
    }
}
