//! Statements of the chapters escalation and receipt: their bytes, and who may make them.

#![expect(clippy::unwrap_used, reason = "only on values of our own making")]

use super::super::case::{Case, Chapter};
use super::super::envelope::header;
use super::forms::{
    DUTY, EGRESS, HEAD, INGRESS, NOW, OTHER_DESK, OTHER_RELAY, SENDER, key, says, signed, statement,
};
use crate::json::hex;
use estafette_protocol::encoding::{Bytes, FixedBytes, encode};
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::Claim;
use serde_json::{Value, json};

type Who = (&'static str, Option<&'static str>);

const NOBODY: &str = "watch@ops.border.xb";

pub(super) fn add(chapter: &mut Chapter) {
    let cases = [good(), long_remarks(), reminders(), tags()].concat();
    chapter.group("decode-later", "statement-decode", &json!({}), cases);
    let shared = json!({ "header": hex(&encode(&header()).unwrap()) });
    let cases = [by_signer(), by_what_is_named()].concat();
    chapter.group("entitled-later", "statement-entitled", &shared, cases);
}

fn escalated(desk: &str, to: &str, cause: Cause) -> Claim {
    Claim::Escalated {
        desk: desk.parse().unwrap(),
        step: 1,
        to: to.parse().unwrap(),
        cause,
    }
}

fn overdue(sender: &str, desk: &str, clock: Clock) -> Claim {
    Claim::Overdue {
        sender: sender.parse().unwrap(),
        desk: desk.parse().unwrap(),
        clock,
        precedence: Precedence::Flash,
        due: NOW,
    }
}

fn extended(desk: &str) -> Claim {
    Claim::Extended {
        desk: desk.parse().unwrap(),
        until: NOW.plus(1),
    }
}

fn reminded(desks: &[&str]) -> Claim {
    Claim::Reminded {
        desks: desks.iter().map(|desk| desk.parse().unwrap()).collect(),
    }
}

fn escalation_asked(desk: &str, step: Option<u8>) -> Claim {
    Claim::EscalationAsked {
        desk: desk.parse().unwrap(),
        step,
    }
}

/// The claims that carry a remark.
fn remarked(remark: Option<Bytes>) -> [(&'static str, Who, Claim); 5] {
    let (until, acknowledgement) = (NOW.plus(1), FixedBytes([0xac; 32]));
    let to = HEAD.1.unwrap().parse().unwrap();
    let r = || remark.clone();
    [
        (
            "declined",
            DUTY,
            Claim::Declined {
                ground: 3,
                remark: r(),
            },
        ),
        ("referred", DUTY, Claim::Referred { to, remark: r() }),
        (
            "retracted",
            DUTY,
            Claim::Retracted {
                acknowledgement,
                remark: r(),
            },
        ),
        (
            "extension-asked",
            DUTY,
            Claim::ExtensionAsked { until, remark: r() },
        ),
        ("closed", SENDER, Claim::Closed { remark: r() }),
    ]
}

fn input(bytes: &[u8]) -> Value {
    json!({ "statement": hex(bytes) })
}

fn good() -> Vec<Case> {
    let ok = |id: String, who, claim| {
        let requirements: &[&str] = &["ENC-20", "ENC-21", "STA-3"];
        Case::valid(
            format!("decode-{id}"),
            requirements,
            input(&says(who, 1, 0, claim)),
        )
    };
    let (duty, head) = (DUTY.1.unwrap(), HEAD.1.unwrap());
    let mut cases = Vec::new();
    for cause in Cause::ALL {
        let claim = escalated(duty, head, cause);
        cases.push(ok(format!("escalated-{}", cause.word()), INGRESS, claim));
    }
    for clock in Clock::ALL {
        let claim = overdue(SENDER.1.unwrap(), duty, clock);
        cases.push(ok(format!("overdue-{}", clock.word()), EGRESS, claim));
    }
    for (word, who, claim) in remarked(None) {
        cases.push(ok(word.to_owned(), who, claim));
    }
    for (word, who, claim) in remarked(Some(vec![0xee; 1056].into())) {
        cases.push(ok(format!("{word}-with-remark"), who, claim));
    }
    let many: Vec<String> = (0..32)
        .map(|n| format!("desk{n:02}@ops.border.xb"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    cases.extend([
        ok("extended".to_owned(), SENDER, extended(duty)),
        ok("reminded".to_owned(), SENDER, reminded(&[duty, head])),
        ok("reminded-32".to_owned(), SENDER, reminded(&many)),
        ok(
            "escalation-asked".to_owned(),
            SENDER,
            escalation_asked(duty, None),
        ),
        ok(
            "escalation-asked-step".to_owned(),
            DUTY,
            escalation_asked(duty, Some(255)),
        ),
    ]);
    cases
}

fn bad(
    id: &str,
    requirements: &'static [&'static str],
    (base, mutation): (&str, &str),
    reason: &str,
    bytes: &[u8],
) -> Case {
    let (id, base) = (format!("decode-{id}"), format!("decode-{base}"));
    let verdict = ("decode", reason);
    Case::invalid(id, requirements, (&base, mutation), verdict, input(bytes))
}

fn claimed(who: Who, claim: Claim) -> Vec<u8> {
    signed(&statement(who, 1, 0, claim), &[&key(who, 1)])
}

fn long_remarks() -> Vec<Case> {
    let long = remarked(Some(vec![0xee; 1057].into()));
    let cases = long.into_iter().map(|(word, who, claim)| {
        let (id, base) = (format!("{word}-remark-1057"), format!("{word}-with-remark"));
        let fault = (base.as_str(), "remark one byte longer");
        bad(&id, &["STA-8"], fault, "STA-8", &claimed(who, claim))
    });
    cases.collect()
}

fn reminders() -> Vec<Case> {
    let (duty, head) = (DUTY.1.unwrap(), HEAD.1.unwrap());
    let many: Vec<String> = (0..33)
        .map(|n| format!("desk{n:02}@ops.border.xb"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let of = |desks: &[&str]| claimed(SENDER, reminded(desks));
    vec![
        bad(
            "reminded-nobody",
            &["ENC-13"],
            ("reminded", "no desk"),
            "ENC-13",
            &of(&[]),
        ),
        bad(
            "reminded-33",
            &["ENC-13"],
            ("reminded-32", "one more"),
            "ENC-13",
            &of(&many),
        ),
        bad(
            "reminded-unsorted",
            &["ENC-17"],
            ("reminded", "desks swapped"),
            "ENC-17",
            &of(&[head, duty]),
        ),
        bad(
            "reminded-twice",
            &["ENC-17"],
            ("reminded", "a desk twice"),
            "ENC-17",
            &of(&[duty, duty]),
        ),
    ]
}

/// Tags that the tables do not list.
fn tags() -> Vec<Case> {
    let (duty, head) = (DUTY.1.unwrap(), HEAD.1.unwrap());
    // The last byte of a claim stands before the count of extensions, which the count, key and bytes
    // of the one signature follow.
    let last_byte = |claim: Claim, who, byte: u8| {
        let mut bytes = claimed(who, claim);
        let at = bytes.len() - 1 - 16 - 64 - 2;
        bytes
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|last| *last = byte);
        bytes
    };
    let clock = {
        let mut bytes = claimed(EGRESS, overdue(SENDER.1.unwrap(), duty, Clock::Answer));
        let mut windows = bytes.windows(duty.len());
        let at = windows
            .rposition(|window| window == duty.as_bytes())
            .unwrap();
        bytes
            .iter_mut()
            .skip(at + duty.len())
            .take(1)
            .for_each(|tag| *tag = 3);
        bytes
    };
    let address = {
        let mut bytes = claimed(INGRESS, escalated(duty, head, Cause::Silence));
        let mut windows = bytes.windows(head.len());
        let at = windows
            .position(|window| window == head.as_bytes())
            .unwrap();
        bytes
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|letter| *letter = b'H');
        bytes
    };
    let malformed = |id, base, mutation, bytes: &[u8]| {
        bad(id, &["ENC-10"], (base, mutation), "malformed", bytes)
    };
    vec![
        malformed(
            "claim-26",
            "closed",
            "claim of tag 26",
            &last_byte(Claim::Delivered, DUTY, 26),
        ),
        malformed(
            "escalated-cause-5",
            "escalated-asked",
            "cause of tag 5",
            &last_byte(escalated(duty, head, Cause::Asked), INGRESS, 5),
        ),
        malformed(
            "overdue-clock-3",
            "overdue-answer",
            "clock of tag 3",
            &clock,
        ),
        malformed(
            "closed-option-2",
            "closed",
            "an option that is neither absent nor present",
            &last_byte(Claim::Closed { remark: None }, SENDER, 2),
        ),
        bad(
            "escalated-to-no-address",
            &["IDN-1"],
            ("escalated-silence", "a capital letter in `to`"),
            "malformed",
            &address,
        ),
    ]
}

fn by_signer() -> Vec<Case> {
    let (duty, head) = (DUTY.1.unwrap(), HEAD.1.unwrap());
    let signers: [(&str, Who); 7] = [
        ("egress", EGRESS),
        ("ingress", INGRESS),
        ("other-relay", OTHER_RELAY),
        ("sender", SENDER),
        ("addressee", DUTY),
        ("informed", HEAD),
        ("other-desk", OTHER_DESK),
    ];
    let mut claims: Vec<(&str, Claim)> = remarked(None).map(|(word, _, c)| (word, c)).to_vec();
    claims.extend([
        ("escalated", escalated(duty, head, Cause::Silence)),
        (
            "overdue",
            overdue(SENDER.1.unwrap(), duty, Clock::Acknowledge),
        ),
        ("extended", extended(duty)),
        ("reminded", reminded(&[duty, head])),
        ("escalation-asked", escalation_asked(duty, None)),
    ]);
    let mut cases = Vec::new();
    for (word, claim) in claims {
        let rightful = may(word);
        for (name, who) in signers {
            let id = format!("entitled-{word}-{name}");
            let input = input(&says(who, 1, 0, claim.clone()));
            if rightful.contains(&name) {
                cases.push(Case::valid(id, &["STA-2"], input));
                continue;
            }
            let base = format!("entitled-{word}-{}", rightful.first().unwrap());
            let mutation = format!("said by {name}");
            let verdict = ("policy", "statement-not-entitled");
            let case = Case::invalid(id, &["STA-2"], (&base, &mutation), verdict, input);
            cases.push(case);
        }
    }
    cases
}

/// The table of the chapter, for a message from xa to two desks of xb, of which one must act.
fn may(claim: &str) -> &'static [&'static str] {
    match claim {
        "escalated" => &["ingress"],
        "overdue" => &["egress"],
        "extended" | "reminded" | "closed" => &["sender"],
        "escalation-asked" => &["sender", "addressee", "informed"],
        _ => &["addressee", "informed"],
    }
}

fn by_what_is_named() -> Vec<Case> {
    let (duty, head) = (DUTY.1.unwrap(), HEAD.1.unwrap());
    let sender = SENDER.1.unwrap();
    let bad = |id: &str, base: &str, mutation, who, claim| {
        let (id, base) = (format!("entitled-{id}"), format!("entitled-{base}"));
        let verdict = ("policy", "statement-not-entitled");
        let input = input(&says(who, 1, 0, claim));
        Case::invalid(id, &["STA-2"], (&base, mutation), verdict, input)
    };
    let stepped = |id, mutation, desk, to| {
        let claim = escalated(desk, to, Cause::Silence);
        bad(id, "escalated-ingress", mutation, INGRESS, claim)
    };
    let late = |id, mutation, of, desk| {
        let claim = overdue(of, desk, Clock::Acknowledge);
        bad(id, "overdue-egress", mutation, EGRESS, claim)
    };
    let from_sender = |id, base, mutation, claim| bad(id, base, mutation, SENDER, claim);
    vec![
        stepped(
            "escalated-from-informed",
            "of a desk that need not act",
            head,
            duty,
        ),
        stepped(
            "escalated-from-nobody",
            "of a desk that is not addressed",
            NOBODY,
            duty,
        ),
        stepped(
            "escalated-to-nobody",
            "to a desk that is not addressed",
            duty,
            NOBODY,
        ),
        stepped(
            "escalated-to-itself",
            "to the head of the chain",
            duty,
            duty,
        ),
        stepped(
            "escalated-to-the-sender",
            "to the sender's desk",
            duty,
            sender,
        ),
        late(
            "overdue-of-nobody",
            "of a desk that is not addressed",
            sender,
            NOBODY,
        ),
        late(
            "overdue-of-the-sender",
            "of the sender's desk",
            sender,
            sender,
        ),
        late(
            "overdue-for-another",
            "another desk as the sender's",
            head,
            duty,
        ),
        from_sender(
            "extended-for-informed",
            "extended-sender",
            "for a desk that need not act",
            extended(head),
        ),
        from_sender(
            "extended-for-nobody",
            "extended-sender",
            "for a desk that is not addressed",
            extended(NOBODY),
        ),
        from_sender(
            "reminded-nobody-addressed",
            "reminded-sender",
            "one of the desks is not addressed",
            reminded(&[duty, NOBODY]),
        ),
        from_sender(
            "escalation-asked-of-informed",
            "escalation-asked-sender",
            "of a desk that need not act",
            escalation_asked(head, None),
        ),
        from_sender(
            "escalation-asked-of-nobody",
            "escalation-asked-sender",
            "of a desk that is not addressed",
            escalation_asked(NOBODY, None),
        ),
    ]
}
