//! The story: a flag and everyday messages cross a border, a relay dies and comes back, and what
//! must not pass does not.

use estafette_protocol::crypto::Hash;
use estafette_protocol::track::{AddresseeState, Problem, Rung};

use super::report::Report;
use super::stage::{AgencyStage, DeskStage, Stage};
use super::watch::{FAULT_PATIENCE, GAP_PATIENCE, Outage, Summary, Watch, short};
use super::{DemoError, DemoFault, FAULT_WORD};
use crate::clock;
use crate::store::Origin;

mod chain;
mod everyday;
mod silence;

/// Who may tell whom what in the demo.
const RULES: &str = include_str!("rules.toml");
/// The desk that is addressed.
const BORDER: &str = "duty@ops.border.xb";

/// Everybody on the stage.
struct Cast<'a> {
    stage: &'a Stage,
    border: AgencyStage,
    // Dropped, and so ended, with the cast.
    _police: AgencyStage,
    officer: DeskStage,
    patrol: DeskStage,
    colleague: DeskStage,
    night: DeskStage,
    police_watch: Watch,
    patrol_watch: Watch,
    border_watch: Watch,
    night_watch: Watch,
    outages: Vec<Outage>,
    gaps: Vec<String>,
}

/// Plays the demo.
///
/// # Errors
/// When the stage cannot be set or looked at; what is not proved is in the summary instead.
pub fn play(
    stage: &Stage,
    fault: Option<DemoFault>,
    report: &mut Report,
) -> Result<Summary, DemoError> {
    report.heading("demo-agencies");
    let mut cast = Cast::gather(stage, fault, report)?;
    cast.flag(report)?;
    cast.everyday(report)?;
    cast.chain(report)?;
    cast.silence(report)?;
    cast.outage(fault, report)?;
    cast.refusals(report)?;
    cast.summary()
}

impl<'a> Cast<'a> {
    fn gather(
        stage: &'a Stage,
        fault: Option<DemoFault>,
        report: &mut Report,
    ) -> Result<Self, DemoError> {
        let mut police = stage.agency("police.xa", "spoc", &["duty"])?;
        let mut border = stage.agency("border.xb", "ops", &["duty", "night"])?;
        stage.deputy(&border, "duty@ops", "night@ops")?;
        stage.unit_below(&police, ("north", "spoc"), "patrol@north")?;
        stage.accord_by(&police, &border, Some(RULES))?;
        report.note("demo-accord");
        stage.serve(&mut police)?;
        stage.serve(&mut border)?;
        let mut officer = stage.join(&police, "duty@spoc", "officer")?;
        let mut patrol = stage.join(&police, "patrol@north", "patrol")?;
        let mut colleague = stage.join(&border, "duty@ops", "colleague")?;
        let mut night = stage.join(&border, "night@ops", "night")?;
        if fault == Some(DemoFault::ReceiptKey) {
            border.kill();
            stage.swap_statement_key(&border)?;
            stage.serve(&mut border)?;
        }
        stage.open(&mut officer)?;
        stage.open(&mut patrol)?;
        stage.open(&mut colleague)?;
        stage.open(&mut night)?;
        report.note("demo-joined");
        let mut police_watch = Watch::open(&officer)?;
        let mut patrol_watch = Watch::open(&patrol)?;
        let mut border_watch = Watch::open(&colleague)?;
        let mut night_watch = Watch::open(&night)?;
        let deputy = night_watch.account().device();
        let reader = border_watch.account().device();
        let superior = police_watch.account().device();
        for (watch, readers) in [
            (&mut police_watch, &[reader, deputy][..]),
            (&mut patrol_watch, &[reader, superior]),
        ] {
            watch.until("the others' keys", |account| {
                let known = |device| account.directory.prekeys(device).is_some();
                Ok(readers.iter().all(known).then_some(()))
            })?;
        }
        if fault.is_some() {
            police_watch.hurry(FAULT_PATIENCE);
            patrol_watch.hurry(FAULT_PATIENCE);
            border_watch.hurry(FAULT_PATIENCE);
            night_watch.hurry(FAULT_PATIENCE);
        }
        Ok(Self {
            stage,
            border,
            _police: police,
            officer,
            patrol,
            colleague,
            night,
            police_watch,
            patrol_watch,
            border_watch,
            night_watch,
            outages: Vec::new(),
            gaps: Vec::new(),
        })
    }

    /// A flag, its acknowledgement and an answer.
    fn flag(&mut self, report: &mut Report) -> Result<(), DemoError> {
        report.heading("demo-flag");
        let text = "Two men in a white van, heading for the crossing";
        let flag = [
            "flag",
            text,
            "--to",
            BORDER,
            "--type",
            "pursuit",
            "--place",
            "E4, km 12",
        ];
        let digest = self.send(&flag, "flag", report)?;
        self.follow(&digest, Rung::Delivered, report)?;
        let id = self.arrived(&digest)?;
        let acknowledge = [
            "ack",
            &id,
            "--eta",
            "45m",
            "--officer",
            "Insp. Ahl",
            "-m",
            "unit on its way",
        ];
        self.stage.estafette(&self.colleague, &acknowledge)?;
        self.follow(&digest, Rung::Acknowledged, report)?;
        let sender = "duty@spoc.police.xa";
        let reply = [
            "note",
            "--reply-to",
            &id,
            "--to",
            sender,
            "Van stopped at km 12",
        ];
        self.stage.estafette(&self.colleague, &reply)?;
        let answer = self.border_watch.last_sent()?.record.digest;
        report.sent(&short(&answer), "note");
        self.follow(&digest, Rung::Answered, report)?;
        let states = self.border_watch.follow(&answer, Rung::Delivered, report)?;
        self.expect_complete(&answer, &states, Rung::Delivered);
        Ok(())
    }

    /// The other relay dies; a message waits for it.
    fn outage(&mut self, fault: Option<DemoFault>, report: &mut Report) -> Result<(), DemoError> {
        report.heading("demo-outage");
        self.border.kill();
        let from = clock::now();
        let note = ["note", "--to", BORDER, "Second vehicle, dark blue"];
        let digest = self.send(&note, "note", report)?;
        self.police_watch.follow(&digest, Rung::Accepted, report)?;
        if fault != Some(DemoFault::RelayDead) {
            report.note("demo-stored");
            let until = clock::now();
            self.stage.serve(&mut self.border)?;
            self.outages.push(Outage { from, until });
        }
        self.follow(&digest, Rung::Delivered, report)
    }

    /// What must not pass.
    fn refusals(&mut self, report: &mut Report) -> Result<(), DemoError> {
        report.heading("demo-refusals");
        let cases = [
            ("unknown-desk", "nobody@ops.border.xb", "ADM-12"),
            ("marking", BORDER, "ADM-15"),
            ("tampered", BORDER, "ADM-6"),
            ("reused", BORDER, "ADM-20"),
        ];
        for (kind, to, clause) in cases {
            report.note(&format!("demo-{kind}"));
            self.stage.inject(&self.officer, FAULT_WORD, &[kind, to])?;
            let digest = self.police_watch.last_sent()?.record.digest;
            report.sent(&short(&digest), "note");
            let states = self.police_watch.follow(&digest, Rung::Answered, report)?;
            self.expect_refused(&states, clause);
        }
        report.note("demo-copyless");
        let kind = ["copyless", BORDER];
        self.stage.inject(&self.patrol, FAULT_WORD, &kind)?;
        let digest = self.patrol_watch.last_sent()?.record.digest;
        report.sent(&short(&digest), "flag");
        let states = self.patrol_watch.follow(&digest, Rung::Answered, report)?;
        self.expect_refused(&states, "RTE-8");
        Ok(())
    }

    fn expect_refused(&mut self, states: &[AddresseeState], clause: &str) {
        let refused = states.iter().all(|state| {
            matches!(&state.problem, Some(Problem::Refused { clause: c, .. }) if c == clause)
        });
        let what = format!("a refusal under {clause}");
        self.expect(refused && !states.is_empty(), &what);
    }

    fn summary(mut self) -> Result<Summary, DemoError> {
        let mut summary = Summary::default();
        self.police_watch.count(&mut summary, &self.outages)?;
        self.patrol_watch.count(&mut summary, &self.outages)?;
        self.border_watch.count(&mut summary, &self.outages)?;
        self.expect(summary.delivered == 13, "thirteen messages delivered");
        self.expect(summary.acknowledged == 2, "two acknowledgements");
        self.expect(summary.answered == 3, "three answers");
        self.expect(summary.escalated == 1, "one message escalated");
        self.expect(summary.late == 1, "one message late, and counted");
        self.expect(summary.refused == 5, "five refusals");
        self.expect(summary.held_released == 1, "one message held and released");
        self.expect(
            summary.stored_and_forwarded == 1,
            "one message stored and forwarded",
        );
        summary.gaps = self.gaps;
        summary.ok = summary.gaps.is_empty();
        Ok(summary)
    }

    fn send(
        &mut self,
        args: &[&str],
        format: &str,
        report: &mut Report,
    ) -> Result<Hash, DemoError> {
        self.stage.estafette(&self.officer, args)?;
        let digest = self.police_watch.last_sent()?.record.digest;
        report.sent(&short(&digest), format);
        Ok(digest)
    }

    fn follow(
        &mut self,
        digest: &Hash,
        wanted: Rung,
        report: &mut Report,
    ) -> Result<(), DemoError> {
        let states = self.police_watch.follow(digest, wanted, report)?;
        self.expect_complete(digest, &states, wanted);
        Ok(())
    }

    /// The small id under which the other side knows a message that it has opened.
    fn arrived(&mut self, digest: &Hash) -> Result<String, DemoError> {
        self.border_watch.until("the flag, readable", |account| {
            let message = account.store.message(digest)?;
            let readable = message
                .filter(|m| m.record.origin == Origin::Received && m.content_key().is_some());
            Ok(readable.map(|m| m.record.id.to_string()))
        })
    }

    fn expect_complete(&mut self, digest: &Hash, states: &[AddresseeState], wanted: Rung) {
        let proved = states
            .iter()
            .all(|s| s.complete && s.proof(wanted).is_some());
        let what = format!("{} of {} with every receipt", wanted.word(), short(digest));
        self.expect(proved && !states.is_empty(), &what);
    }

    fn expect(&mut self, holds: bool, what: &str) {
        if !holds {
            self.gaps.push(what.to_owned());
            self.police_watch.hurry(GAP_PATIENCE);
            self.patrol_watch.hurry(GAP_PATIENCE);
            self.border_watch.hurry(GAP_PATIENCE);
            self.night_watch.hurry(GAP_PATIENCE);
        }
    }
}
