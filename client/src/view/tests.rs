use super::*;
use crate::key_file::SecretBytes;
use crate::store::{Content, Record, Sent, Store};
use crate::store::{Fate, Origin};
use estafette_protocol::crypto::Secret;
use estafette_protocol::crypto::{Hash, SigningKey};
use estafette_protocol::encoding::{Extensions, Signed, Text};
use estafette_protocol::envelope::{Header, Sealed};
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::precedence::Status;
use estafette_protocol::receipt::Standing;
use estafette_protocol::statement::Remark;
use estafette_protocol::statement::{Judged, Signer, Statement, seal_remark, sign};
use estafette_protocol::testing::World;
use estafette_protocol::time::MINUTE_MS;
use estafette_protocol::time::SECOND_MS;

mod chains;
mod promises;

const NOW: UnixMillis = crate::testing::NOW;
const DUTY: &str = "duty@ops.border.xb";
const ACK_WITHIN: u64 = 15 * MINUTE_MS;

/// A message from the police to both of the border's desks, and who can say something about it.
struct Case {
    world: World,
    sealed: Sealed,
    message: Message,
}

impl Case {
    fn new(change: impl FnOnce(&mut Header)) -> Self {
        let mut world = World::new("view", NOW).unwrap();
        let from = world.police.devices[0].clone();
        let to = [DUTY, "head@ops.border.xb"];
        let mut header = world.header(&from, &to, Precedence::Flash);
        header.addressees[1].role = Role::Info;
        header.acknowledge_within = Some(ACK_WITHIN);
        change(&mut header);
        let sealed = world.seal(&from, header, "canary").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Secret::from_bytes([1; 32])).unwrap();
        let field = Field {
            number: 2,
            value: Value::Text(Text::default()),
        };
        let form = Form {
            format: 6,
            version: 1,
            fields: vec![field],
        };
        let sent = Sent {
            parsed: &sealed.parsed,
            form: &form,
            content_key: &sealed.content_key,
            sender_key: &from.key.verifying_key(),
            summary: Text::default(),
        };
        store.write().unwrap().add_sent(&sent, NOW).unwrap();
        let message = store.message(&sealed.parsed.digest()).unwrap().unwrap();
        Self {
            world,
            sealed,
            message,
        }
    }

    fn digest(&self) -> Hash {
        self.sealed.parsed.digest()
    }

    fn say(&mut self, key: &SigningKey, agency: &str, desk: Option<&str>, claim: Claim, at: u64) {
        let signer = Signer {
            agency: agency.parse().unwrap(),
            desk: desk.map(|desk| desk.parse().unwrap()),
            key: key.verifying_key().id(),
        };
        let statement = Statement {
            subject: self.digest(),
            at: NOW.plus(at),
            signer,
            claim,
            extensions: Extensions::default(),
        };
        let signed: Signed<Statement> = sign(statement, key).unwrap();
        self.message.statements.push(signed);
    }

    fn relay_says(&mut self, egress: bool, claim: Claim, at: u64) {
        let (agency, key) = match egress {
            true => ("police.xa", self.world.police.relay_statement.clone()),
            false => ("border.xb", self.world.border.relay_statement.clone()),
        };
        self.say(&key, agency, None, claim, at);
    }

    fn duty_says(&mut self, claim: Claim, at: u64) {
        let key = self.world.border.devices[0].key.clone();
        self.say(&key, "border.xb", Some(DUTY), claim, at);
    }

    fn relayed(mut self) -> Self {
        let judged = Judged::default;
        let accepted = Claim::Accepted {
            leaf: 1,
            judged: judged(),
        };
        let relayed = Claim::Relayed {
            leaf: 1,
            judged: judged(),
        };
        self.relay_says(true, accepted, 0);
        self.relay_says(false, relayed, SECOND_MS);
        self
    }

    fn received(mut self) -> Self {
        let content = Content::Open(SecretBytes::from(&self.sealed.content_key));
        self.message.record = Record {
            origin: Origin::Received,
            stored_at: NOW.plus(2 * SECOND_MS),
            content,
            ..self.message.record
        };
        self
    }

    fn rows(&self, at: u64) -> Vec<Row> {
        rows(&self.message, NOW.plus(at))
    }

    fn item(&self, desk: &str, at: u64) -> Item {
        item(
            self.message.clone(),
            &desk.parse().unwrap(),
            &Links::default(),
            NOW.plus(at),
        )
    }

    fn verdict(&self, wanted: Rung, at: u64) -> Verdict {
        judge(&self.message, &self.rows(at), wanted)
    }
}

fn acknowledged() -> Claim {
    Claim::Acknowledged {
        until: None,
        remark: None,
    }
}

#[test]
fn clock_runs_from_relayed_and_only_for_whoever_must_act() {
    let queued = Case::new(|_| ());
    assert_eq!(queued.rows(0)[0].due, None);
    let case = queued.relayed();
    let rows = case.rows(SECOND_MS);
    assert_eq!(rows[0].due, Some(NOW.plus(SECOND_MS + ACK_WITHIN)));
    assert_eq!(rows[1].due, None);
    assert!(rows[0].sides.is_empty());
    let soon = SECOND_MS + ACK_WITHIN - MINUTE_MS;
    assert_eq!(case.rows(soon)[0].sides, [Side::DueSoon]);
    let late = SECOND_MS + ACK_WITHIN + 1;
    assert_eq!(case.rows(late)[0].sides, [Side::Overdue]);
}

#[test]
fn waiting_ends_when_all_that_must_act_are_there_or_somebody_is_overdue() {
    let mut case = Case::new(|_| ()).relayed();
    assert_eq!(case.verdict(Rung::Relayed, SECOND_MS), Verdict::Reached);
    assert_eq!(case.verdict(Rung::Delivered, SECOND_MS), Verdict::Pending);
    let late = 2 * ACK_WITHIN;
    assert_eq!(case.verdict(Rung::Delivered, late), Verdict::Pending);
    assert_eq!(case.verdict(Rung::Acknowledged, late), Verdict::Overdue);
    case.duty_says(acknowledged(), late);
    assert_eq!(case.verdict(Rung::Acknowledged, late), Verdict::Reached);
    let by_ms = late - SECOND_MS - ACK_WITHIN;
    assert_eq!(case.rows(late)[0].sides, [Side::Late { by_ms }]);
}

#[test]
fn refusal_of_the_own_relay_and_of_another_are_told_apart() {
    let refused = || Claim::Refused {
        code: 15,
        clause: Text::new("ADM-15").unwrap(),
        first: None,
    };
    let side = Side::Undeliverable {
        reason: "marking-above-ceiling".into(),
        clause: Some("ADM-15".into()),
    };
    assert_eq!(side.word(), "undeliverable:marking-above-ceiling (ADM-15)");
    let mut case = Case::new(|_| ());
    case.relay_says(true, refused(), 0);
    assert_eq!(
        case.verdict(Rung::Accepted, 0),
        Verdict::Refused(side.clone())
    );
    let mut case = Case::new(|_| ());
    let accepted = Claim::Accepted {
        leaf: 1,
        judged: Judged::default(),
    };
    case.relay_says(true, accepted, 0);
    case.relay_says(false, refused(), 1);
    assert_eq!(case.verdict(Rung::Delivered, 1), Verdict::Negative(side));
    assert_eq!(case.item("duty@spoc.police.xa", 1).turn, Turn::Problem);
}

#[test]
fn each_desk_sees_whose_turn_it_is() {
    let mut case = Case::new(|_| ()).relayed();
    assert_eq!(
        case.item("duty@spoc.police.xa", SECOND_MS).turn,
        Turn::Theirs
    );
    let mut theirs = Case::new(|_| ()).received();
    assert_eq!(theirs.item(DUTY, 0).turn, Turn::Ours);
    assert_eq!(
        theirs.item(DUTY, 0).due,
        Some(NOW.plus(2 * SECOND_MS + ACK_WITHIN))
    );
    theirs.message.record.shown_at = Some(NOW);
    assert_eq!(theirs.item(DUTY, 0).turn, Turn::Ours);
    assert_eq!(theirs.item("head@ops.border.xb", 0).turn, Turn::Nobody);
    theirs.duty_says(acknowledged(), 9);
    assert_eq!(theirs.item(DUTY, 9).turn, Turn::Acknowledged);
    case.duty_says(acknowledged(), 9);
    assert_eq!(case.item("duty@spoc.police.xa", 9).turn, Turn::Acknowledged);
    case.message.record.fate = Fate::Faulted(1);
    assert_eq!(case.item("duty@spoc.police.xa", 9).turn, Turn::Problem);
}

#[test]
fn officer_and_text_are_read_from_the_acknowledgement_that_counts() {
    let mut case = Case::new(|_| ()).relayed();
    let key = case.world.border.devices[0].key.verifying_key().id();
    let remark = Remark {
        officer: "Insp. Ahl".into(),
        text: "on its way".into(),
    };
    let digest = case.digest();
    let subject = (Status::Actual, &digest, &case.sealed.content_key);
    let rng = &mut case.world.rng;
    let sealed = seal_remark(&remark, subject, (&key, 4), rng).unwrap();
    let claim = Claim::Acknowledged {
        until: Some(NOW.plus(ACK_WITHIN)),
        remark: Some(sealed),
    };
    case.duty_says(acknowledged(), 100);
    case.duty_says(claim, 50);
    assert_eq!(case.rows(100)[0].remark, Some(remark));
}

/// Covers STA-14.
#[test]
fn promise_that_passes_without_an_answer_has_lapsed() {
    let mut case = Case::new(|header| header.answer_within = Some(60 * MINUTE_MS)).relayed();
    let claim = Claim::Acknowledged {
        until: Some(NOW.plus(MINUTE_MS)),
        remark: None,
    };
    case.duty_says(claim, SECOND_MS);
    assert_eq!(case.rows(MINUTE_MS)[0].sides, [Side::DueSoon]);
    assert_eq!(case.rows(MINUTE_MS + 1)[0].sides, [Side::Lapsed]);
    let answer = estafette_protocol::encoding::FixedBytes([3; 32]);
    case.duty_says(Claim::Answered { answer }, 2 * MINUTE_MS);
    assert!(case.rows(3 * MINUTE_MS)[0].sides.is_empty());
}

/// Covers ENV-24, STA-22.
#[test]
fn held_message_is_neither_late_nor_anybodys_turn_and_its_clock_begins_at_its_time() {
    const HOUR: u64 = 60 * MINUTE_MS;
    let mut case = Case::new(|header| header.not_before = Some(NOW.plus(HOUR)));
    let until = NOW.plus(HOUR);
    assert_eq!(case.rows(0)[0].sides, []);
    let judged = Judged::default;
    case.relay_says(
        true,
        Claim::Accepted {
            leaf: 1,
            judged: judged(),
        },
        0,
    );
    let item = case.item("duty@spoc.police.xa", 30 * MINUTE_MS);
    assert_eq!(item.rows[0].sides, [Side::Held { until }]);
    assert_eq!(item.rows[0].sides[0].word(), "held");
    assert_eq!(item.turn, Turn::Nobody);
    assert_eq!(case.verdict(Rung::Delivered, 0), Verdict::Pending);
    // Once its time has come it is like any other.
    let item = case.item("duty@spoc.police.xa", HOUR);
    assert_eq!((item.rows[0].sides.len(), item.turn), (0, Turn::Theirs));
    let relayed = Claim::Relayed {
        leaf: 1,
        judged: judged(),
    };
    case.relay_says(false, relayed, HOUR - SECOND_MS);
    let rows = case.rows(HOUR);
    assert_eq!(rows[0].due, Some(until.plus(ACK_WITHIN)));

    let mut dropped = Case::new(|header| header.not_before = Some(until));
    dropped.relay_says(true, Claim::Cancelled, 1);
    let item = dropped.item("duty@spoc.police.xa", 2);
    // Nobody of the desk has asked for it.
    assert_eq!(item.rows[0].sides, [Side::Cancelled]);
    assert_eq!(item.turn, Turn::Problem);
    let key = dropped.world.police.devices[0].key.clone();
    let desk = Some("duty@spoc.police.xa");
    dropped.say(&key, "police.xa", desk, Claim::Cancelled, 0);
    assert_eq!(dropped.item("duty@spoc.police.xa", 2).turn, Turn::Nobody);
}

/// Desk, key and claim of whoever answers for the head.
impl Case {
    fn head_says(&mut self, claim: Claim, at: u64) {
        let key = self.world.border.devices[2].key.clone();
        self.say(&key, "border.xb", Some("head@ops.border.xb"), claim, at);
    }

    fn sender_says(&mut self, claim: Claim, at: u64) {
        let key = self.world.police.devices[0].key.clone();
        self.say(&key, "police.xa", Some("duty@spoc.police.xa"), claim, at);
    }

    fn with_deputy() -> Self {
        let standby = |header: &mut Header| header.addressees[1].role = Role::Standby;
        Self::new(standby).relayed()
    }

    fn escalated(&mut self, at: u64) {
        let claim = Claim::Escalated {
            desk: DUTY.parse().unwrap(),
            step: 1,
            to: "head@ops.border.xb".parse().unwrap(),
            cause: Cause::Silence,
        };
        self.relay_says(false, claim, at);
    }
}

const SENDER: &str = "duty@spoc.police.xa";
const HEAD: &str = "head@ops.border.xb";

/// Covers RCP-1, RCP-4.
#[test]
fn what_a_desk_says_last_is_what_it_stands_for() {
    let mut case = Case::with_deputy();
    let at = |n: u64| n * SECOND_MS;
    case.duty_says(acknowledged(), at(2));
    assert_eq!(case.rows(at(3))[0].standing, Standing::Acknowledged);
    let acknowledgement = case.rows(at(3))[0].words[0].statement;
    let retracted = Claim::Retracted {
        acknowledgement,
        remark: None,
    };
    case.duty_says(retracted, at(4));
    let rows = case.rows(at(5));
    assert_eq!(rows[0].standing, Standing::Retracted);
    assert!(!rows[0].words[0].holds);
    assert_eq!(rows[0].sides, [Side::Retracted]);
    assert_eq!(case.item(SENDER, at(5)).turn, Turn::Problem);
    let declined = Claim::Declined {
        ground: 2,
        remark: None,
    };
    case.duty_says(declined, at(6));
    let item = case.item(SENDER, at(7));
    assert_eq!(item.rows[0].sides, [Side::Declined { ground: 2 }]);
    assert_eq!((item.turn, item.due), (Turn::Problem, None));
    let declined = Side::Declined { ground: 2 };
    assert_eq!(
        case.verdict(Rung::Acknowledged, at(7)),
        Verdict::Negative(declined)
    );
    let to: Desk = HEAD.parse().unwrap();
    let referred = Claim::Referred {
        to: to.clone(),
        remark: None,
    };
    case.duty_says(referred, at(8));
    assert_eq!(case.rows(at(9))[0].sides, [Side::Referred { to }]);
    case.sender_says(Claim::Closed { remark: None }, at(10));
    let item = case.item(SENDER, at(11));
    assert_eq!(
        (item.turn, item.sides()),
        (Turn::Nobody, vec![Side::Closed])
    );
}

#[test]
fn reminder_brings_it_back_until_the_desk_says_something() {
    let mut case = Case::new(|header| header.answer_within = Some(60 * MINUTE_MS)).relayed();
    case.duty_says(acknowledged(), SECOND_MS);
    case.message.record.shown_at = Some(NOW);
    assert_eq!(case.item(DUTY, MINUTE_MS).turn, Turn::Acknowledged);
    let desks = vec![DUTY.parse().unwrap()];
    case.sender_says(Claim::Reminded { desks }, MINUTE_MS);
    let item = case.item(DUTY, 2 * MINUTE_MS);
    let at = NOW.plus(MINUTE_MS);
    assert_eq!(item.rows[0].sides, [Side::Reminded { at }]);
    assert_eq!(item.turn, Turn::Ours);
    case.duty_says(acknowledged(), 3 * MINUTE_MS);
    assert_eq!(case.item(DUTY, 3 * MINUTE_MS).turn, Turn::Acknowledged);
    let until = NOW.plus(90 * MINUTE_MS);
    case.duty_says(
        Claim::ExtensionAsked {
            until,
            remark: None,
        },
        4 * MINUTE_MS,
    );
    let asked = Side::ExtensionAsked { until };
    assert!(case.rows(5 * MINUTE_MS)[0].sides.contains(&asked));
    assert_eq!(case.item(SENDER, 5 * MINUTE_MS).turn, Turn::Problem);
    let desk = DUTY.parse().unwrap();
    case.sender_says(Claim::Extended { desk, until }, 6 * MINUTE_MS);
    let rows = case.rows(7 * MINUTE_MS);
    assert_eq!(
        (rows[0].answer_due, rows[0].asked_until),
        (Some(until), None)
    );
    assert_eq!(rows[0].sides, []);
}

/// Covers RCP-8.
#[test]
fn late_answer_is_marked_with_how_late_it_was() {
    let mut case = Case::new(|header| header.answer_within = Some(MINUTE_MS)).relayed();
    let answer = estafette_protocol::encoding::FixedBytes([3; 32]);
    assert_eq!(case.rows(2 * MINUTE_MS)[0].sides, [Side::AnswerOverdue]);
    case.duty_says(Claim::Answered { answer }, SECOND_MS + 15 * MINUTE_MS);
    let by_ms = 14 * MINUTE_MS;
    assert_eq!(
        case.rows(20 * MINUTE_MS)[0].sides,
        [Side::AnsweredLate { by_ms }]
    );
}

/// Covers RCP-9.
#[test]
fn silent_relay_is_shown_and_is_a_problem() {
    let case = Case::new(|_| ());
    let over = 2 * MINUTE_MS + 1;
    assert_eq!(case.rows(over - 1)[0].sides, []);
    assert_eq!(case.rows(over)[0].sides, [Side::RelaySilent]);
    assert_eq!(case.item(SENDER, over).turn, Turn::Problem);
    let mut case = case;
    let judged = Judged::default();
    case.relay_says(true, Claim::Accepted { leaf: 1, judged }, over);
    assert_eq!(case.rows(over)[0].sides, []);
    let late = over + 2 * MINUTE_MS + 1;
    assert_eq!(case.rows(late)[0].sides, [Side::NotRelayed]);
    assert_eq!(case.rows(late)[0].told_overdue, []);
    let told = Claim::Overdue {
        sender: SENDER.parse().unwrap(),
        desk: DUTY.parse().unwrap(),
        clock: Clock::Transport,
        precedence: Precedence::Flash,
        due: NOW.plus(over + 2 * MINUTE_MS),
    };
    case.relay_says(true, told, late);
    assert_eq!(case.rows(late)[0].told_overdue, [Clock::Transport]);
}

/// Covers ESC-5.
#[test]
fn clocks_of_what_is_superseded_are_over_for_those_who_got_the_new_one() {
    let case = Case::new(|_| ()).relayed();
    let late = NOW.plus(2 * ACK_WITHIN);
    let over = [DUTY.parse().unwrap()].into();
    let rows = rows_after(&case.message, &over, late);
    assert_eq!((rows[0].due, &rows[0].sides[..]), (None, &[][..]));
    assert_eq!(case.rows(2 * ACK_WITHIN)[0].sides, [Side::Overdue]);
}
