use super::*;
use crate::crypto::SigningKey;
use crate::encoding::{Extensions, FixedBytes, Text};
use crate::envelope::{Addressee, RosterNumber};
use crate::precedence::{Precedence, Status};
use crate::statement::{Judged, sign};
use crate::testing::SeededRng;
use proptest::prelude::*;

const SUBJECT: Hash = FixedBytes([3; 32]);

fn header() -> Header {
    Header {
        suite: 1,
        status: Status::Actual,
        reference: FixedBytes([7; 16]),
        sender: "duty@spoc.police.xa".parse().unwrap(),
        sender_key: FixedBytes([0; 16]),
        addressees: vec![
            Addressee {
                desk: "duty@ops.border.xb".parse().unwrap(),
                role: Role::Action,
            },
            Addressee {
                desk: "head@ops.border.xb".parse().unwrap(),
                role: Role::Info,
            },
        ],
        format: 1,
        format_version: 1,
        precedence: Precedence::Flash,
        marking: vec![],
        in_reply_to: None,
        supersedes: None,
        encloses: vec![],
        accord: Some(FixedBytes([1; 32])),
        roster: FixedBytes([2; 32]),
        rosters: vec![RosterNumber {
            agency: "border.xb".parse().unwrap(),
            number: 3,
        }],
        created: UnixMillis(1_000),
        not_before: None,
        expires: UnixMillis(90_000),
        acknowledge_within: None,
        answer_within: None,
        attachments: vec![],
        retention: None,
        exercise: None,
        task_force: None,
        exception: None,
        body_bytes: 272,
        commitment: FixedBytes([0; 32]),
        extensions: Extensions::default(),
    }
}

fn says(agency: &str, desk: Option<&str>, at: u64, claim: Claim) -> Signed<Statement> {
    let key = SigningKey::generate(&mut SeededRng::new(desk.unwrap_or(agency)));
    let signer = Signer {
        agency: agency.parse().unwrap(),
        desk: desk.map(|d| d.parse().unwrap()),
        key: key.verifying_key().id(),
    };
    let at = UnixMillis(at);
    let extensions = Extensions::default();
    sign(
        Statement {
            subject: SUBJECT,
            at,
            signer,
            claim,
            extensions,
        },
        &key,
    )
    .unwrap()
}

const DUTY: Option<&str> = Some("duty@ops.border.xb");
const HEAD: Option<&str> = Some("head@ops.border.xb");

fn accepted() -> Claim {
    Claim::Accepted {
        leaf: 1,
        judged: Judged::default(),
    }
}

fn relayed() -> Claim {
    Claim::Relayed {
        leaf: 9,
        judged: Judged::default(),
    }
}

fn refused() -> Claim {
    Claim::Refused {
        code: 15,
        clause: Text::new("ADM-15").unwrap(),
        first: None,
    }
}

fn acknowledged(until: u64) -> Claim {
    Claim::Acknowledged {
        until: Some(UnixMillis(until)),
        remark: None,
    }
}

fn all() -> Vec<Signed<Statement>> {
    vec![
        says("police.xa", None, 10, accepted()),
        says("border.xb", None, 20, relayed()),
        says("border.xb", DUTY, 30, Claim::Delivered),
        says("border.xb", DUTY, 31, Claim::Delivered),
        says("border.xb", HEAD, 35, Claim::Delivered),
        says("border.xb", DUTY, 50, acknowledged(99)),
        says("border.xb", DUTY, 40, acknowledged(70)),
    ]
}

#[test]
fn every_rung_is_shown_with_its_earliest_proof() {
    let states = track(&header(), &SUBJECT, &all());
    assert_eq!(states[0].rung(), Rung::Acknowledged);
    assert!(states[0].complete);
    assert_eq!(states[0].proof(Rung::Delivered).unwrap().at, UnixMillis(30));
    assert_eq!(
        states[0].proof(Rung::Acknowledged).unwrap().at,
        UnixMillis(40)
    );
    assert_eq!(states[0].until, Some(UnixMillis(99)));
    assert_eq!(states[1].rung(), Rung::Delivered);
}

#[test]
fn statement_of_a_signer_who_is_not_entitled_proves_nothing() {
    let statements = [
        says("border.xb", None, 10, accepted()),
        says("police.xa", None, 10, relayed()),
        says(
            "border.xb",
            Some("other@ops.border.xb"),
            10,
            Claim::Delivered,
        ),
        says(
            "police.xa",
            Some("duty@spoc.police.xa"),
            10,
            acknowledged(1),
        ),
    ];
    let states = track(&header(), &SUBJECT, &statements);
    assert!(
        states
            .iter()
            .all(|s| s.rung() == Rung::Queued && s.problem.is_none())
    );
}

#[test]
fn refusal_after_relayed_is_a_contradiction() {
    let refusal = says("border.xb", None, 25, refused());
    let alone = track(&header(), &SUBJECT, &[all().remove(0), refusal.clone()]);
    assert!(matches!(
        alone[0].problem,
        Some(Problem::Refused { code: 15, .. })
    ));
    let mut both = all();
    both.push(refusal);
    assert_eq!(
        track(&header(), &SUBJECT, &both)[0].problem,
        Some(Problem::Contradiction)
    );
}

const COLLEAGUE: Option<&str> = Some("head@spoc.police.xa");

fn held(late: bool) -> Claim {
    Claim::Held {
        clause: Text::new("REL-2").unwrap(),
        due: Some(UnixMillis(60)),
        late,
    }
}

fn released() -> Claim {
    Claim::Released {
        precedence: Precedence::Flash,
        remark: None,
    }
}

/// A message within one agency, to the desk that may release it.
fn domestic() -> Header {
    let mut header = header();
    header.addressees.truncate(1);
    header.addressees[0].desk = COLLEAGUE.unwrap().parse().unwrap();
    (header.accord, header.rosters) = (None, vec![]);
    header
}

fn one(header: &Header, said: &[Signed<Statement>]) -> (Rung, Option<Problem>) {
    let state = &track(header, &SUBJECT, said)[0];
    (state.rung(), state.problem.clone())
}

#[test]
fn held_message_is_accepted_and_no_more_until_its_relay_lets_it_go() {
    let mut said = vec![
        says("police.xa", None, 10, accepted()),
        says("police.xa", None, 10, held(false)),
    ];
    let problem = |late| Problem::Held {
        clause: "REL-2".to_owned(),
        due: Some(UnixMillis(60)),
        late,
    };
    for header in [header(), domestic()] {
        let state = one(&header, &said);
        assert_eq!(state, (Rung::Accepted, Some(problem(false))));
    }
    said.push(says("police.xa", None, 70, held(true)));
    // A releaser's word is not the relay's.
    said.push(says("police.xa", COLLEAGUE, 80, released()));
    assert_eq!(
        one(&domestic(), &said),
        (Rung::Accepted, Some(problem(true)))
    );
    said.push(says("police.xa", None, 90, released()));
    assert_eq!(one(&domestic(), &said), (Rung::Relayed, None));
    assert_eq!(one(&header(), &said), (Rung::Accepted, None));
}

#[test]
fn releaser_who_has_a_held_message_contradicts_no_end_of_it() {
    let said = [
        says("police.xa", None, 10, accepted()),
        says("police.xa", None, 10, held(false)),
        says("police.xa", COLLEAGUE, 20, Claim::Delivered),
    ];
    let with = |claim| {
        let mut said = said.to_vec();
        said.push(says("police.xa", None, 30, claim));
        one(&domestic(), &said).1
    };
    assert!(matches!(
        with(refused()),
        Some(Problem::Refused { code: 15, .. })
    ));
    assert_eq!(with(Claim::Cancelled), Some(Problem::Cancelled));
    let mut said = said.to_vec();
    said.push(says("police.xa", None, 25, released()));
    said.push(says("police.xa", None, 30, refused()));
    assert_eq!(one(&domestic(), &said).1, Some(Problem::Contradiction));
}

#[test]
fn desk_without_a_wrap_is_not_yet_readable_until_one_of_its_devices_has_it() {
    let judged = Judged {
        notes: vec![Note::NOT_YET_READABLE],
        ..Judged::default()
    };
    let mut said = vec![
        says("police.xa", None, 10, accepted()),
        says("border.xb", None, 20, Claim::Relayed { leaf: 9, judged }),
    ];
    let state = one(&header(), &said);
    assert_eq!(state, (Rung::Relayed, Some(Problem::NotYetReadable)));
    said.push(says("border.xb", DUTY, 30, Claim::Delivered));
    assert_eq!(one(&header(), &said), (Rung::Delivered, None));
}

#[test]
fn what_nobody_can_open_is_the_senders_fault_from_unwrap_to_form() {
    let stage = |stage| {
        let said = says("border.xb", DUTY, 30, Claim::Unreadable { stage });
        one(&header(), &[said]).1.unwrap()
    };
    let proved: Vec<u8> = (1..=7)
        .filter(|at| stage(*at).is_non_compliance())
        .collect();
    assert_eq!(proved, [3, 4, 5, 6]);
}

proptest! {
    #[test]
    fn state_does_not_depend_on_order_or_repetition(
        order in Just((0..13).collect::<Vec<usize>>()).prop_shuffle(),
        twice in prop::collection::vec(0..13usize, 0..5),
    ) {
        let mut statements = all();
        statements.push(says("border.xb", None, 25, refused()));
        statements.push(says("border.xb", HEAD, 28, Claim::Unreadable { stage: 4 }));
        statements.push(says("police.xa", None, 10, held(false)));
        statements.push(says("police.xa", None, 11, held(true)));
        statements.push(says("police.xa", COLLEAGUE, 12, released()));
        statements.push(says("police.xa", None, 12, released()));
        let plain = track(&header(), &SUBJECT, &statements);
        let mixed: Vec<_> =
            order.iter().chain(&twice).map(|at| statements[*at].clone()).collect();
        prop_assert_eq!(track(&header(), &SUBJECT, &mixed), plain);
    }
}
