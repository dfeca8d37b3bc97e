//! Cases of `track`: what sets of statements prove, in several orders of arrival.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::chain::{held, released};
use super::forms::{
    DUTY, EGRESS, HEAD, INGRESS, NOW, OTHER_DESK, OTHER_RELAY, SENDER, SUBJECT, accepted,
    acknowledged, answered, expired, judged, key, refused, relayed, says, signed, statement,
};
use crate::json::hex;
use crate::vectors::case::{Case, Chapter};
use crate::vectors::envelope::header;
use estafette_protocol::code::Note;
use estafette_protocol::encoding::{FixedBytes, encode};
use estafette_protocol::envelope::{Addressee, Header, Role, RosterNumber};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::{Claim, decode};
use serde_json::{Value, json};

pub(super) fn add(chapter: &mut Chapter) {
    chapter.note(
        "SetOnly",
        "The same statements in another order, or some of them twice.",
        "Two screens show two states of one message.",
    );
    let group = |header: &Header| {
        let header = encode(header).unwrap();
        json!({ "header": hex(&header), "subject": hex(SUBJECT.as_slice()) })
    };
    chapter.group("track", "track", &group(&header()), foreign());
    chapter.group("track-domestic", "track", &group(&domestic()), within());
    chapter.group("track-two-agencies", "track", &group(&wide()), across());
    let mut asking = header();
    asking.answer_within = Some(86_400_000);
    chapter.group("track-retracted", "track", &group(&asking), taken_back());
}

fn input(statements: &[Vec<u8>]) -> Value {
    json!({ "statements": statements.iter().map(|bytes| hex(bytes)).collect::<Vec<_>>() })
}

/// The receipt of a relay that has no wrap for the desk yet.
fn unreadable_yet() -> Claim {
    let mut judged = judged();
    judged.notes = vec![Note::NOT_YET_READABLE];
    Claim::Relayed { leaf: 9, judged }
}

fn domestic() -> Header {
    let mut header = header();
    let desk = |desk: &str| Addressee {
        desk: desk.parse().unwrap(),
        role: Role::Action,
    };
    header.addressees = vec![desk("head@spoc.police.xa")];
    header.rosters.clear();
    header.accord = None;
    header
}

fn wide() -> Header {
    let mut header = header();
    let desk = OTHER_DESK.1.unwrap().parse().unwrap();
    header.addressees.push(Addressee {
        desk,
        role: Role::Action,
    });
    header.rosters.push(RosterNumber {
        agency: OTHER_DESK.0.parse().unwrap(),
        number: 8,
    });
    header
}

fn journey() -> Vec<Vec<u8>> {
    vec![
        says(EGRESS, 1, 0, accepted(1)),
        says(INGRESS, 1, 10, relayed(9)),
        says(DUTY, 1, 20, Claim::Delivered),
        says(DUTY, 1, 30, Claim::Opened),
        says(DUTY, 1, 40, acknowledged(Some(600_000))),
        says(DUTY, 1, 50, answered()),
    ]
}

fn foreign() -> Vec<Case> {
    let all = journey();
    let up_to = |count: usize| all.iter().take(count).cloned().collect::<Vec<_>>();
    let with = |count: usize, more: Vec<Vec<u8>>| input(&[up_to(count), more].concat());
    let reversed: Vec<_> = all.iter().rev().cloned().collect();
    let mixed: Vec<_> = [3, 0, 5, 0, 2, 4, 1, 3]
        .iter()
        .filter_map(|at| all.get(*at).cloned())
        .collect();
    let ok = |id, requirements, input| Case::valid(id, requirements, input);
    let other_subject = {
        let mut statement = statement(DUTY, 1, 20, Claim::Delivered);
        statement.subject = FixedBytes([0x5c; 32]);
        signed(&statement, &[&key(DUTY, 1)])
    };
    let mut cases = vec![
        ok("track-nothing", &["STA-10"], input(&[])),
        ok("track-accepted", &["STA-10"], input(&up_to(1))),
        ok("track-relayed", &["STA-10"], input(&up_to(2))),
        ok("track-delivered", &["STA-10", "STA-12"], input(&up_to(3))),
        ok("track-answered", &["STA-10", "STA-12"], input(&all)),
        ok("track-reversed", &["STA-9"], input(&reversed)).flag("SetOnly"),
        ok("track-mixed-and-twice", &["STA-3", "STA-9"], input(&mixed)).flag("SetOnly"),
        ok(
            "track-gap",
            &["STA-10", "STA-12"],
            input(&[
                says(DUTY, 1, 20, Claim::Delivered),
                says(EGRESS, 1, 0, accepted(1)),
            ]),
        ),
        ok(
            "track-only-acknowledged",
            &["STA-10"],
            input(&[says(DUTY, 1, 40, acknowledged(None))]),
        ),
        ok(
            "track-two-devices",
            &["STA-11"],
            with(
                2,
                vec![
                    says(DUTY, 2, 25, Claim::Delivered),
                    says(DUTY, 1, 20, Claim::Delivered),
                ],
            ),
        ),
        ok(
            "track-two-acknowledgements",
            &["STA-11", "STA-19"],
            with(
                3,
                vec![
                    says(DUTY, 2, 45, acknowledged(Some(900_000))),
                    says(DUTY, 1, 40, acknowledged(Some(600_000))),
                ],
            ),
        ),
        ok(
            "track-same-time",
            &["STA-11"],
            with(
                2,
                vec![
                    says(DUTY, 1, 20, Claim::Delivered),
                    says(DUTY, 2, 20, Claim::Delivered),
                ],
            ),
        ),
        ok(
            "track-other-desk",
            &["STA-10"],
            with(2, vec![says(HEAD, 1, 20, Claim::Delivered)]),
        ),
        ok(
            "track-own-copy",
            &["STA-2"],
            with(2, vec![says(SENDER, 1, 5, Claim::Delivered)]),
        ),
        ok(
            "track-stranger",
            &["STA-2"],
            with(
                2,
                vec![
                    says(OTHER_DESK, 1, 20, Claim::Delivered),
                    says(OTHER_RELAY, 1, 5, relayed(1)),
                ],
            ),
        ),
        ok(
            "track-other-subject",
            &["STA-9"],
            with(2, vec![other_subject]),
        ),
        ok(
            "track-refused-by-egress",
            &["STA-13"],
            input(&[says(EGRESS, 1, 0, refused(13, "ADM-13"))]),
        ),
        ok(
            "track-refused-by-ingress",
            &["STA-13"],
            with(1, vec![says(INGRESS, 1, 10, refused(18, "ADM-18"))]),
        ),
        ok(
            "track-refused-twice",
            &["STA-13", "STA-18"],
            with(
                1,
                vec![
                    says(INGRESS, 1, 12, refused(19, "ADM-19")),
                    says(INGRESS, 1, 10, refused(18, "ADM-18")),
                ],
            ),
        ),
        ok(
            "track-contradiction",
            &["STA-13"],
            with(2, vec![says(INGRESS, 1, 12, refused(18, "ADM-18"))]),
        ),
        ok(
            "track-expired",
            &["STA-10"],
            with(2, vec![says(INGRESS, 1, 60, expired("duty@ops.border.xb"))]),
        ),
        ok(
            "track-expired-at-egress",
            &["STA-10"],
            with(1, vec![says(EGRESS, 1, 60, expired("duty@ops.border.xb"))]),
        ),
        ok(
            "track-expired-but-delivered",
            &["STA-10"],
            with(3, vec![says(INGRESS, 1, 60, expired("duty@ops.border.xb"))]),
        ),
        ok(
            "track-cancelled",
            &["STA-22"],
            with(
                1,
                vec![
                    says(SENDER, 1, 5, Claim::Cancelled),
                    says(EGRESS, 1, 5, Claim::Cancelled),
                ],
            ),
        ),
        ok(
            "track-cancel-only-asked-for",
            &["STA-22"],
            with(1, vec![says(SENDER, 1, 5, Claim::Cancelled)]),
        ),
        ok(
            "track-cancelled-and-relayed",
            &["STA-23"],
            with(2, vec![says(EGRESS, 1, 5, Claim::Cancelled)]),
        ),
        ok(
            "track-cancelled-and-expired",
            &["STA-18", "STA-21"],
            with(
                1,
                vec![
                    says(EGRESS, 1, 60, expired("duty@ops.border.xb")),
                    says(EGRESS, 1, 65, Claim::Cancelled),
                ],
            ),
        ),
        ok(
            "track-cancelled-and-refused",
            &["STA-18"],
            with(
                1,
                vec![
                    says(EGRESS, 1, 5, Claim::Cancelled),
                    says(EGRESS, 1, 6, refused(13, "ADM-13")),
                ],
            ),
        ),
        ok(
            "track-held",
            &["STA-18"],
            with(1, vec![says(EGRESS, 1, 2, held(false))]),
        ),
        ok(
            "track-held-late",
            &["STA-18"],
            with(
                1,
                vec![
                    says(EGRESS, 1, 2, held(false)),
                    says(EGRESS, 1, 40, held(true)),
                ],
            ),
        ),
        ok(
            "track-held-and-let-go",
            &["STA-10"],
            with(
                2,
                vec![
                    says(EGRESS, 1, 2, held(false)),
                    says(EGRESS, 1, 8, released(Precedence::Priority)),
                ],
            ),
        ),
        ok(
            "track-held-and-refused",
            &["STA-18"],
            with(
                1,
                vec![
                    says(EGRESS, 1, 2, held(false)),
                    says(EGRESS, 1, 8, refused(118, "REL-8")),
                ],
            ),
        ),
        ok(
            "track-held-and-expired",
            &["STA-18"],
            with(
                1,
                vec![
                    says(EGRESS, 1, 2, held(false)),
                    says(EGRESS, 1, 60, expired("duty@ops.border.xb")),
                ],
            ),
        ),
        ok(
            "track-not-yet-readable",
            &["STA-10"],
            input(&[
                says(EGRESS, 1, 0, accepted(1)),
                says(INGRESS, 1, 10, unreadable_yet()),
            ]),
        ),
        ok(
            "track-readable-after-all",
            &["STA-10"],
            input(&[
                says(EGRESS, 1, 0, accepted(1)),
                says(INGRESS, 1, 10, unreadable_yet()),
                says(DUTY, 1, 20, Claim::Delivered),
            ]),
        ),
        ok(
            "track-unreadable",
            &["STA-10"],
            with(3, vec![says(DUTY, 1, 30, Claim::Unreadable { stage: 4 })]),
        ),
        ok(
            "track-unreadable-for-one",
            &["STA-10"],
            with(
                3,
                vec![
                    says(DUTY, 2, 30, Claim::Unreadable { stage: 4 }),
                    says(DUTY, 1, 31, Claim::Opened),
                ],
            ),
        ),
    ];
    let relayed_unsigned = all
        .get(1)
        .map(|bytes| bytes.split_last().unwrap().1.to_vec());
    cases.push(Case::invalid(
        "track-not-a-statement",
        &["ENC-9"],
        ("track-relayed", "last byte of the second statement cut"),
        ("decode", "malformed"),
        with(1, relayed_unsigned.into_iter().collect()),
    ));
    cases
}

fn within() -> Vec<Case> {
    const CHIEF: (&str, Option<&str>) = ("police.xa", Some("head@spoc.police.xa"));
    vec![
        Case::valid(
            "track-domestic-accepted",
            &["STA-10"],
            input(&[says(EGRESS, 1, 0, accepted(1))]),
        ),
        Case::valid(
            "track-domestic-delivered",
            &["STA-12"],
            input(&[
                says(CHIEF, 1, 20, Claim::Delivered),
                says(EGRESS, 1, 0, accepted(1)),
            ]),
        ),
        Case::valid(
            "track-domestic-cancelled",
            &["STA-22", "STA-23"],
            input(&[
                says(EGRESS, 1, 0, accepted(1)),
                says(EGRESS, 1, 5, Claim::Cancelled),
            ]),
        ),
        Case::valid(
            "track-domestic-cancelled-and-delivered",
            &["STA-23"],
            input(&[
                says(EGRESS, 1, 0, accepted(1)),
                says(EGRESS, 1, 5, Claim::Cancelled),
                says(CHIEF, 1, 20, Claim::Delivered),
            ]),
        ),
        Case::valid(
            "track-domestic-held",
            &["STA-10"],
            input(&[
                says(EGRESS, 1, 0, accepted(1)),
                says(EGRESS, 1, 2, held(false)),
            ]),
        ),
        Case::valid(
            "track-domestic-cancelled-while-held",
            &["STA-26"],
            input(&[
                says(EGRESS, 1, 0, accepted(1)),
                says(EGRESS, 1, 2, held(false)),
                says(CHIEF, 1, 4, Claim::Delivered),
                says(EGRESS, 1, 6, Claim::Cancelled),
            ]),
        ),
        Case::valid(
            "track-domestic-refused-while-held",
            &["STA-26"],
            input(&[
                says(EGRESS, 1, 0, accepted(1)),
                says(EGRESS, 1, 2, held(false)),
                says(CHIEF, 1, 4, Claim::Delivered),
                says(EGRESS, 1, 6, refused(118, "REL-8")),
            ]),
        ),
        Case::valid(
            "track-domestic-refused-and-let-go",
            &["STA-26"],
            input(&[
                says(EGRESS, 1, 2, held(false)),
                says(CHIEF, 1, 4, Claim::Delivered),
                says(EGRESS, 1, 6, refused(118, "REL-8")),
                says(EGRESS, 1, 8, released(Precedence::Flash)),
            ]),
        ),
        Case::valid(
            "track-domestic-let-go",
            &["STA-10"],
            input(&[
                says(EGRESS, 1, 8, released(Precedence::Flash)),
                says(EGRESS, 1, 2, held(false)),
                says(EGRESS, 1, 0, accepted(1)),
            ]),
        ),
        Case::valid(
            "track-domestic-released-by-device-alone",
            &["STA-10"],
            input(&[
                says(EGRESS, 1, 0, accepted(1)),
                says(EGRESS, 1, 2, held(false)),
                says(CHIEF, 1, 4, released(Precedence::Flash)),
            ]),
        ),
        Case::valid(
            "track-domestic-relayed",
            &["STA-2"],
            input(&[says(EGRESS, 1, 0, relayed(1))]),
        ),
    ]
}

/// RCP-1: what is taken back proves no rung, and promises nothing.
fn taken_back() -> Vec<Case> {
    let all = journey();
    let acknowledgement = says(DUTY, 1, 40, acknowledged(Some(600_000)));
    let retracted = |who, device| {
        let claim = Claim::Retracted {
            acknowledgement: decode(&acknowledgement).unwrap().hash(),
            remark: None,
        };
        says(who, device, 60, claim)
    };
    let case = |id, count: usize, more: &[Vec<u8>]| {
        let said = [&all[..count], more].concat();
        Case::valid(id, &["STA-14", "STA-19"], input(&said))
    };
    vec![
        case("track-retracted", 5, &[retracted(DUTY, 1)])
            .expect("/addressees/0/rung", "opened".into())
            .expect("/addressees/0/until", Value::Null),
        case("track-retracted-by-second-device", 5, &[retracted(DUTY, 2)])
            .expect("/addressees/0/rung", "opened".into()),
        case("track-retracted-by-another-desk", 5, &[retracted(HEAD, 1)])
            .expect("/addressees/0/rung", "acknowledged".into()),
        case("track-retracted-and-answered", 6, &[retracted(DUTY, 1)])
            .expect("/addressees/0/rung", "answered".into()),
        case(
            "track-retracted-but-for-the-second",
            5,
            &[
                retracted(DUTY, 1),
                says(DUTY, 2, 70, acknowledged(Some(900_000))),
            ],
        )
        .expect("/addressees/0/rung", "acknowledged".into())
        .expect("/addressees/0/until", (NOW.0 + 900_000).into()),
        case(
            "track-later-claims-prove-nothing",
            3,
            &[
                says(
                    DUTY,
                    1,
                    60,
                    Claim::Declined {
                        ground: 1,
                        remark: None,
                    },
                ),
                says(SENDER, 1, 70, Claim::Closed { remark: None }),
            ],
        )
        .expect("/addressees/0/rung", "delivered".into()),
    ]
}

fn across() -> Vec<Case> {
    let ok =
        |id, statements: Vec<Vec<u8>>| Case::valid(id, &["STA-10", "STA-13"], input(&statements));
    vec![
        ok(
            "track-one-agency-relayed",
            vec![
                says(EGRESS, 1, 0, accepted(1)),
                says(INGRESS, 1, 10, relayed(9)),
            ],
        ),
        ok(
            "track-one-agency-refuses",
            vec![
                says(EGRESS, 1, 0, accepted(1)),
                says(INGRESS, 1, 10, relayed(9)),
                says(OTHER_RELAY, 1, 11, refused(12, "ADM-12")),
            ],
        ),
        // The refusal of one addressee's agency says nothing about the others, whatever came first.
        ok(
            "track-refusal-before-accepted",
            vec![says(OTHER_RELAY, 1, 11, refused(12, "ADM-12"))],
        ),
        ok(
            "track-egress-refuses-all",
            vec![says(EGRESS, 1, 0, refused(13, "ADM-13"))],
        ),
        ok(
            "track-egress-refuses-late",
            vec![
                says(EGRESS, 1, 0, accepted(1)),
                says(INGRESS, 1, 10, relayed(9)),
                says(EGRESS, 1, 90, refused(24, "ADM-9")),
            ],
        ),
    ]
}
