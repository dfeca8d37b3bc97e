//! What was said of a message by a time, with what it comes to written by hand.
//!
//! A flash from `police.xa` wants an acknowledgement in 5 minutes and an answer in an hour. Its
//! relay accepts it at 0, that of `border.xb` has it after a minute.

#![expect(clippy::unwrap_used, reason = "only on values of our own making")]

use super::super::case::{Case, Chapter};
use super::super::envelope;
use super::super::statement::forms::{EGRESS, INGRESS, NOW, SUBJECT, accepted, relayed, says};
use super::{chain, clocks, passing, standing, time};
use crate::json::hex;
use estafette_protocol::encoding::{FixedBytes, encode};
use estafette_protocol::envelope::{Addressee, Header, Role};
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::{Claim, decode};
use estafette_protocol::time::{MINUTE_MS, UnixMillis};
use serde_json::{Value, json};

pub(super) type Who = (&'static str, Option<&'static str>);

pub(super) const CHIEF: Who = ("border.xb", Some("chief@hq.border.xb"));

/// A minute.
pub(super) const M: u64 = MINUTE_MS;

/// Places of the addressees.
pub(super) const CHIEF_AT: usize = 0;
pub(super) const DUTY_AT: usize = 1;
pub(super) const HEAD_AT: usize = 2;

pub(super) fn add(chapter: &mut Chapter) {
    let mut group = |id, header: &Header, cases: Vec<Case>| {
        let header = hex(&encode(header).unwrap());
        let shared = json!({ "header": header, "subject": hex(SUBJECT.as_slice()) });
        chapter.group(id, "receipt", &shared, cases);
    };
    let cases = |histories: Vec<History>| histories.into_iter().map(History::case).collect();
    group("standing", &header(), cases(standing::histories()));
    group("any-order", &header(), standing::orders());
    group("clocks", &header(), cases(clocks::histories()));
    group("chain", &header(), cases(chain::histories()));
    group("chain-acting", &both_act(), cases(chain::acting()));
    group("time", &header(), cases(time::histories()));
    group("time-deferred", &deferred(), cases(time::deferred()));
    group("time-slow", &slow(), cases(time::slow()));
    group("wants-nothing", &undemanding(), cases(time::undemanding()));
    group("at-home", &at_home(), cases(time::at_home()));
    group("passed-over", &header(), cases(passing::histories()));
    group("bad-bytes", &header(), passing::bad());
}

/// To `duty@ops.border.xb` for action, its unit's head for information, a superior in reserve.
pub(super) fn header() -> Header {
    let mut header = envelope::header();
    header.addressees.insert(
        0,
        Addressee {
            desk: desk(CHIEF),
            role: Role::Standby,
        },
    );
    header.acknowledge_within = Some(5 * M);
    header.answer_within = Some(60 * M);
    header
}

/// To two desks for action.
fn both_act() -> Header {
    let mut header = header();
    header.addressees[HEAD_AT].role = Role::Action;
    header
}

/// Kept back for ten minutes.
fn deferred() -> Header {
    let mut header = header();
    header.not_before = Some(at(10 * M));
    header
}

fn slow() -> Header {
    let mut header = header();
    header.precedence = Precedence::Routine;
    header
}

fn undemanding() -> Header {
    let mut header = header();
    (header.acknowledge_within, header.answer_within) = (None, None);
    header
}

/// To a desk of the sender's own agency.
fn at_home() -> Header {
    let mut header = header();
    header.addressees = vec![Addressee {
        desk: desk(HOME),
        role: Role::Action,
    }];
    header.accord = None;
    header.rosters.clear();
    header
}

pub(super) const HOME: Who = ("police.xa", Some("desk@city.police.xa"));

pub(super) fn desk(who: Who) -> estafette_protocol::address::Desk {
    who.1.unwrap().parse().unwrap()
}

pub(super) const fn at(after: u64) -> UnixMillis {
    UnixMillis(NOW.0 + after)
}

pub(super) const fn acknowledged(until: Option<u64>) -> Claim {
    let until = match until {
        Some(until) => Some(at(until)),
        None => None,
    };
    Claim::Acknowledged {
        until,
        remark: None,
    }
}

pub(super) const fn declined() -> Claim {
    Claim::Declined {
        ground: 2,
        remark: None,
    }
}

pub(super) fn referred(to: Who) -> Claim {
    Claim::Referred {
        to: desk(to),
        remark: None,
    }
}

pub(super) const fn answered() -> Claim {
    Claim::Answered {
        answer: FixedBytes([0xa5; 32]),
    }
}

pub(super) const CLOSED: Claim = Claim::Closed { remark: None };

/// Takes back what was said.
pub(super) fn retracted(said: &[u8]) -> Claim {
    Claim::Retracted {
        acknowledgement: decode(said).unwrap().hash(),
        remark: None,
    }
}

pub(super) fn extended(of: Who, until: u64) -> Claim {
    Claim::Extended {
        desk: desk(of),
        until: at(until),
    }
}

pub(super) const fn asked(until: u64) -> Claim {
    Claim::ExtensionAsked {
        until: at(until),
        remark: None,
    }
}

pub(super) fn escalated(step: u8, to: Who, cause: Cause) -> Claim {
    escalated_for(super::super::statement::forms::DUTY, step, to, cause)
}

pub(super) fn escalated_for(head: Who, step: u8, to: Who, cause: Cause) -> Claim {
    Claim::Escalated {
        desk: desk(head),
        step,
        to: desk(to),
        cause,
    }
}

pub(super) fn overdue(of: Who, clock: Clock, due: u64) -> Claim {
    Claim::Overdue {
        sender: desk(super::super::statement::forms::SENDER),
        desk: desk(of),
        clock,
        precedence: Precedence::Flash,
        due: at(due),
    }
}

/// Some statements and a time.
#[derive(Clone)]
pub(super) struct History {
    id: &'static str,
    requirements: &'static [&'static str],
    said: Vec<Vec<u8>>,
    now: u64,
    expected: Vec<(String, Value)>,
    flag: Option<&'static str>,
}

impl History {
    /// Nothing was said.
    pub(super) const fn silent(
        id: &'static str,
        requirements: &'static [&'static str],
        now: u64,
    ) -> Self {
        Self {
            id,
            requirements,
            said: Vec::new(),
            now,
            expected: Vec::new(),
            flag: None,
        }
    }

    /// The message is accepted and relayed.
    pub(super) fn relayed(
        id: &'static str,
        requirements: &'static [&'static str],
        now: u64,
    ) -> Self {
        Self::silent(id, requirements, now)
            .says(0, EGRESS, accepted(1))
            .says(M, INGRESS, relayed(9))
    }

    pub(super) fn says(self, after: u64, who: Who, claim: Claim) -> Self {
        self.says_by(after, who, 1, claim)
    }

    pub(super) fn says_by(self, after: u64, who: Who, device: u8, claim: Claim) -> Self {
        let said = says(who, device, after, claim);
        self.said(said)
    }

    pub(super) fn said(mut self, said: Vec<u8>) -> Self {
        self.said.push(said);
        self
    }

    pub(super) const fn flag(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    /// What a member of an addressee must be.
    pub(super) fn of(mut self, place: usize, member: &str, value: impl Into<Value>) -> Self {
        let pointer = format!("/addressees/{place}/{member}");
        self.expected.push((pointer, value.into()));
        self
    }

    /// What `duty@ops.border.xb` has come to.
    pub(super) fn stands(self, word: &str) -> Self {
        self.of(DUTY_AT, "standing", word)
    }

    /// A time of that desk.
    pub(super) fn time(self, member: &str, after: u64) -> Self {
        self.of(DUTY_AT, member, at(after).0)
    }

    pub(super) fn no(self, member: &str) -> Self {
        self.of(DUTY_AT, member, Value::Null)
    }

    /// Clocks of that desk.
    pub(super) fn clocks(self, member: &str, words: &[&str]) -> Self {
        self.of(DUTY_AT, member, json!(words))
    }

    pub(super) fn case(self) -> Case {
        let said: Vec<Value> = self.said.iter().map(|bytes| hex(bytes)).collect();
        let input = json!({ "statements": said, "now": at(self.now).0 });
        let case = Case::valid(self.id, self.requirements, input);
        let case = self
            .expected
            .into_iter()
            .fold(case, |case, (pointer, value)| case.expect(pointer, value));
        match self.flag {
            Some(flag) => case.flag(flag),
            None => case,
        }
    }

    /// The same under other ids: backwards, from the middle, and everything twice.
    pub(super) fn in_other_orders(&self, ids: [&'static str; 3]) -> Vec<Case> {
        let mut backwards = self.said.clone();
        backwards.reverse();
        let mut turned = self.said.clone();
        turned.rotate_left(self.said.len() / 2);
        let twice = [backwards.clone(), self.said.clone()].concat();
        let cases = ids.into_iter().zip([backwards, turned, twice]);
        let cases = cases.map(|(id, said)| {
            let same = self.clone();
            let requirements: &[&str] = &["RCP-5", "STA-3"];
            Self {
                id,
                requirements,
                said,
                ..same
            }
            .flag("SetOnly")
            .case()
        });
        cases.collect()
    }
}
