//! The table of what comes over a link, and the one loop that goes through it.

use std::collections::BTreeMap;

use estafette_protocol::accord::Accord;
use estafette_protocol::code::{ErrorCode, Note};
use estafette_protocol::crypto::{HopKey, sha256};
use estafette_protocol::encoding::{
    FixedBytes, Object, Signed, SignedObject, Text, decode, encode, encode_unchecked,
};
use estafette_protocol::enrolment::{EnrolmentRequest, InvitationSecret};
use estafette_protocol::envelope::{Envelope, Parsed, Stage};
use estafette_protocol::frame::{Frame, Item, LinkRole};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::prekey::PrekeyBundle;
use estafette_protocol::roster::Roster;
use estafette_protocol::statement::Claim;
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use serde_json::{Value, json};

use crate::desk;
use crate::forge;
use crate::line::Line;
use crate::scene::{BORDER, By, DUTY, Expect, NORTH, Said, Scene, hello, now};

use ErrorCode as Code;
use Expect::{Accepted, Closed, Fault, Noted, PutOff, Refused, Repeated, Unreadable};

/// What is sent, who sends it, and what the relay is to do.
struct Row {
    input: &'static str,
    by: By,
    /// The frame's bytes, given the number that a numbered frame has next.
    make: fn(&mut Scene, u64) -> Vec<u8>,
    expect: Expect,
}

const fn row(
    input: &'static str,
    by: By,
    make: fn(&mut Scene, u64) -> Vec<u8>,
    expect: Expect,
) -> Row {
    Row {
        input,
        by,
        make,
        expect,
    }
}

use By::{Device, EarlyPeer, Mute, Peer, Stranger};

const ROWS: &[Row] = &[
    // Frames
    row(
        "garbage",
        Device,
        |_, _| vec![0xff; 40],
        Fault(Code::Malformed),
    ),
    row(
        "truncated frame",
        Device,
        |s, n| cut(own(s, n)),
        Fault(Code::Malformed),
    ),
    row(
        "byte after the end",
        Device,
        |s, n| [own(s, n), vec![0]].concat(),
        Fault(Code::Malformed),
    ),
    row(
        "number in two bytes where one will do",
        Device,
        |s, n| long(own(s, n)),
        Fault(Code::Malformed),
    ),
    row(
        "oversized envelope",
        Device,
        |_, n| submit_bytes(n, vec![1; 600_000]),
        Fault(Code::Malformed),
    ),
    row(
        "frame of the full size, nothing in it",
        Peer,
        |_, _| vec![0; 1_114_112],
        Fault(Code::Malformed),
    ),
    row(
        "envelope that is none",
        Device,
        |_, n| submit_bytes(n, vec![1, 32, 7]),
        Fault(Code::Malformed),
    ),
    row(
        "truncated envelope",
        Device,
        |s, n| submit_bytes(n, cut(encode(&s.ours(|_| {})).unwrap())),
        Fault(Code::Malformed),
    ),
    row(
        "body cut short",
        Device,
        |s, n| {
            let e = short_body(s);
            submit_bytes(n, e)
        },
        Fault(Code::Malformed),
    ),
    row(
        "delivery by a device",
        Device,
        |_, n| {
            frame(&Frame::Deliver {
                number: n,
                item: Item::Envelope(vec![1].into()),
            })
        },
        Fault(Code::FrameNotAllowed),
    ),
    row(
        "second hello",
        Device,
        |_, _| frame(&hello(vec![1], LinkRole::Device, now())),
        Fault(Code::FrameNotAllowed),
    ),
    row(
        "wrap by a peer",
        Peer,
        wrap_by_peer,
        Fault(Code::FrameNotAllowed),
    ),
    row(
        "no hello first",
        Mute,
        |_, _| frame(&Frame::Synced),
        Closed(Code::HelloMissing),
    ),
    row(
        "version not spoken",
        Mute,
        |_, _| frame(&hello(vec![2, 9], LinkRole::Device, now())),
        Closed(Code::VersionUnknown),
    ),
    row(
        "role of another",
        Mute,
        |_, _| frame(&hello(vec![1], LinkRole::Relay, now())),
        Closed(Code::RoleWrong),
    ),
    // Signatures and who signs
    row(
        "wrong signature",
        Device,
        |s, n| {
            let mut e = s.ours(|_| {});
            e.signature.0[5] ^= 1;
            submit(n, &e)
        },
        Refused(Code::SignatureInvalid, "ADM-6"),
    ),
    row(
        "wrap changed after signing",
        Device,
        |s, n| {
            let mut e = s.ours(|_| {});
            e.wraps[0].sealed.0[9] ^= 1;
            submit(n, &e)
        },
        Refused(Code::SignatureInvalid, "ADM-6"),
    ),
    row(
        "signed by another device",
        Device,
        |s, n| {
            let e = s.ours(|_| {});
            let by = s.north();
            submit(n, &forge::sign(e, &by))
        },
        Refused(Code::SignatureInvalid, "ADM-6"),
    ),
    row(
        "message of another desk",
        Device,
        |s, n| {
            let by = s.north();
            let e = s.seal(&by, &[BORDER], |_| {});
            submit(n, e.parsed.envelope())
        },
        Fault(Code::SenderUnknown),
    ),
    row(
        "suite not known",
        Device,
        |s, n| submit(n, &s.ours(|h| h.suite = 2)),
        Refused(Code::SuiteUnknown, "ADM-2"),
    ),
    row(
        "roster not known",
        Device,
        |s, n| submit(n, &s.ours(|h| h.roster = FixedBytes([7; 32]))),
        Refused(Code::RosterStale, "ADM-11"),
    ),
    // Clocks and lifetimes
    row(
        "expired",
        Device,
        |s, n| {
            submit(
                n,
                &s.ours(|h| {
                    h.created = now().minus(2 * HOUR_MS);
                    h.expires = now().minus(HOUR_MS);
                }),
            )
        },
        Refused(Code::Expired, "ADM-8"),
    ),
    row(
        "created six minutes ahead",
        Device,
        |s, n| submit(n, &s.ours(|h| h.created = now().plus(6 * MINUTE_MS))),
        Refused(Code::CreatedInFuture, "ADM-7"),
    ),
    row(
        "clock an hour fast",
        Device,
        |s, n| submit(n, &s.ours(|h| h.created = now().plus(HOUR_MS))),
        Refused(Code::CreatedInFuture, "ADM-7"),
    ),
    row(
        "clock an hour slow",
        Device,
        |s, n| submit(n, &s.ours(|h| h.created = now().minus(HOUR_MS))),
        Accepted,
    ),
    row(
        "lifetime of 31 days",
        Device,
        |s, n| {
            let e = long_lived(s);
            submit_bytes(n, e)
        },
        Fault(Code::Malformed),
    ),
    // Replays
    row(
        "replayed",
        Device,
        |s, n| submit_bytes(n, s.last.clone()),
        Repeated,
    ),
    row(
        "second digest under one reference",
        Device,
        |s, n| {
            let first = Parsed::decode(&s.last).unwrap().header().reference;
            submit(n, &s.ours(|h| h.reference = first))
        },
        Refused(Code::ReferenceReused, "ADM-20"),
    ),
    // Names
    row(
        "unknown agency",
        Device,
        |s, n| {
            let by = s.duty();
            let e = s.seal(&by, &["duty@ops.nobody.xc"], |_| {});
            submit(n, e.parsed.envelope())
        },
        Refused(Code::NotAParty, "ADM-10"),
    ),
    row(
        "unknown accord",
        Device,
        |s, n| submit(n, &s.ours(|h| h.accord = Some(FixedBytes([7; 32])))),
        Refused(Code::AccordUnknown, "ADM-9"),
    ),
    row(
        "unknown desk",
        Device,
        |s, n| {
            let by = s.duty();
            let e = s.seal(&by, &["nobody@ops.border.xb"], |_| {});
            submit(n, e.parsed.envelope())
        },
        Refused(Code::DeskUnknown, "ADM-12"),
    ),
    row(
        "unknown format",
        Device,
        |s, n| submit(n, &s.ours(|h| h.format = 999)),
        Refused(Code::FormatNotAccepted, "ADM-13"),
    ),
    row(
        "format without authority",
        Device,
        |s, n| submit(n, &s.ours(|h| h.format = 2)),
        Refused(Code::AuthorityMissing, "ADM-14"),
    ),
    row(
        "marked above the ceiling",
        Device,
        |s, n| {
            submit(
                n,
                &s.ours(|h| h.marking = vec![Marking { axis: 1, code: 4 }]),
            )
        },
        Refused(Code::MarkingAboveCeiling, "ADM-15"),
    ),
    row(
        "roster that has not come",
        Device,
        |s, n| submit(n, &s.ours(|h| h.rosters[0].number = 9)),
        PutOff(Code::RosterMissing),
    ),
    // Wraps, prekeys, commitments, points
    row(
        "no wrap for the addressee",
        Device,
        no_wrap,
        Refused(Code::WrapMissing, "ADM-17"),
    ),
    row(
        "wrap for a device not listed",
        Device,
        |s, n| changed_wrap(s, n, |e| e.wraps[1].device = FixedBytes([7; 16])),
        Refused(Code::WrapUnknown, "ADM-18"),
    ),
    row(
        "wrong prekey",
        Device,
        |s, n| changed_wrap(s, n, |e| e.wraps[1].prekey = 1),
        Refused(Code::PrekeyUnknown, "ADM-19"),
    ),
    row(
        "wrap of another key",
        Device,
        |s, n| changed_wrap(s, n, |e| e.wraps[1].sealed.0[1_130] ^= 1),
        Unreadable(Stage::Unwrap),
    ),
    row(
        "ciphertext with a low-order point",
        Device,
        |s, n| changed_wrap(s, n, |e| e.wraps[1].sealed.0[1_088..1_120].fill(0)),
        Unreadable(Stage::Unwrap),
    ),
    row(
        "wrong commitment",
        Device,
        wrong_commitment,
        Unreadable(Stage::Commitment),
    ),
    row(
        "body of another key",
        Device,
        |s, n| {
            changed_wrap(s, n, |e| {
                let mut body = e.body.clone().into_vec();
                body[3] ^= 1;
                e.body = body.into();
            })
        },
        Unreadable(Stage::Body),
    ),
    // From a peer
    row(
        "peer: wrong signature",
        Peer,
        |s, n| {
            let mut e = s.theirs(|_| {});
            e.signature.0[5] ^= 1;
            forward(n, &e)
        },
        Refused(Code::SignatureInvalid, "ADM-6"),
    ),
    row(
        "peer: in the name of our desk",
        Peer,
        |s, n| {
            let e = s.ours(|_| {});
            forward(n, &e)
        },
        Fault(Code::SenderUnknown),
    ),
    row(
        "peer: not for us",
        Peer,
        |s, n| {
            let by = s.foreign(0);
            let e = s.seal(&by, &["head@ops.border.xb"], |_| {});
            forward(n, e.parsed.envelope())
        },
        Fault(Code::NoRoute),
    ),
    row(
        "peer: no wrap for us",
        Peer,
        |s, n| {
            let e = s.theirs(|_| {}).with_wraps(|_| false);
            forward(n, &e)
        },
        Refused(Code::WrapMissing, "ADM-17"),
    ),
    row(
        "peer: expired",
        Peer,
        |s, n| {
            let e = s.theirs(|h| {
                h.created = now().minus(2 * HOUR_MS);
                h.expires = now().minus(HOUR_MS);
            });
            forward(n, &e)
        },
        Refused(Code::Expired, "ADM-8"),
    ),
    row(
        "peer: created in the future",
        Peer,
        |s, n| {
            let e = s.theirs(|h| h.created = now().plus(HOUR_MS));
            forward(n, &e)
        },
        Refused(Code::CreatedInFuture, "ADM-7"),
    ),
    row(
        "peer: roster that has not come",
        Peer,
        |s, n| {
            let e = s.theirs(|h| h.rosters[0].number = 9);
            forward(n, &e)
        },
        PutOff(Code::RosterMissing),
    ),
    row(
        "peer: clock an hour fast",
        EarlyPeer,
        |s, n| {
            let e = s.theirs(|_| {});
            forward(n, &e)
        },
        Noted(Note::CLOCK_UNSURE),
    ),
    // Statements
    row(
        "statement that is none",
        Device,
        |_, n| statement(n, vec![9; 80]),
        Fault(Code::StatementInvalid),
    ),
    row(
        "statement of an hour ahead",
        Device,
        |s, n| {
            let (by, of) = (s.duty(), last(s));
            statement(n, s.stated(&by, of, Claim::Delivered, now().plus(HOUR_MS)))
        },
        Fault(Code::StatementInvalid),
    ),
    row(
        "statement in another's name",
        Device,
        |s, n| {
            let (by, of) = (s.north(), last(s));
            statement(n, s.stated(&by, of, Claim::Delivered, now()))
        },
        Fault(Code::StatementNotEntitled),
    ),
    row(
        "statement of one not addressed",
        Device,
        |s, n| {
            let (by, of) = (s.duty(), s.for_peer[0]);
            statement(n, s.stated(&by, of, Claim::Opened, now()))
        },
        Fault(Code::StatementNotEntitled),
    ),
    // Published objects
    row(
        "object that is none",
        Peer,
        |_, _| publish(vec![3; 50]),
        Fault(Code::Malformed),
    ),
    row(
        "roster with a low-order hop key",
        Peer,
        low_order_hop_key,
        Fault(Code::Malformed),
    ),
    row(
        "prekey with a low-order point",
        Peer,
        low_order_prekey,
        Fault(Code::Malformed),
    ),
    row(
        "roster signed by another key",
        Peer,
        |s, _| {
            let mut r = s.world.border.roster.clone();
            r.number = 2;
            r.previous = Some(FixedBytes([1; 32]));
            let key = s.world.border.accord_key.clone();
            publish(Signed::sign(r, &[&key]).unwrap().encode().unwrap())
        },
        Fault(Code::SignatureInvalid),
    ),
    row(
        "roster of another agency",
        Peer,
        |s, _| publish(s.world.police.published[1].clone()),
        Fault(Code::ObjectUnknown),
    ),
    row(
        "forked roster",
        Peer,
        |s, _| {
            let mut r = s.world.border.roster.clone();
            r.issued = r.issued.plus(1);
            let key = s.world.border.roster_key.clone();
            publish(Signed::sign(r, &[&key]).unwrap().encode().unwrap())
        },
        Fault(Code::RosterForked),
    ),
    row(
        "prekeys of an hour ago",
        Peer,
        older_prekeys,
        Fault(Code::PrekeysOlder),
    ),
    row(
        "accord that one party signed",
        Peer,
        half_signed_accord,
        Fault(Code::AccordNotSigned),
    ),
    row(
        "house of another agency",
        Peer,
        |s, _| publish(s.world.border.house.clone()),
        Fault(Code::ObjectUnknown),
    ),
    row(
        "roster by a device",
        Device,
        |s, _| publish(s.world.police.published[1].clone()),
        Fault(Code::ObjectUnknown),
    ),
    // Strangers: three requests a minute are looked at
    row(
        "stranger: request that is none",
        Stranger,
        |_, _| enrol(vec![4; 60]),
        Fault(Code::Malformed),
    ),
    row(
        "stranger: no such invitation",
        Stranger,
        |_, _| request(HopKey::from_bytes(&stranger()).unwrap()),
        Fault(Code::InvitationUnknown),
    ),
    row(
        "stranger: request with another's hop key",
        Stranger,
        |s, _| {
            let key = s.world.border.relay_hop.hop_public();
            request(HopKey::from_bytes(&key).unwrap())
        },
        Fault(Code::InvitationUnknown),
    ),
    row(
        "stranger: a fourth request in a minute",
        Stranger,
        |_, _| enrol(vec![4; 61]),
        Fault(Code::TooManyRequests),
    ),
    row(
        "stranger: message",
        Stranger,
        |s, n| {
            let e = s.ours(|_| {});
            submit(n, &e)
        },
        Fault(Code::FrameNotAllowed),
    ),
    // What changes the directory comes last
    row(
        "suspended device",
        Peer,
        suspended,
        Refused(Code::DeviceSuspended, "ADM-5"),
    ),
    row(
        "roster of lower number",
        Peer,
        lower_roster,
        Fault(Code::RosterOlder),
    ),
];

/// What a relay without disk space says; flashes are the good messages here.
const SHORT_OF_SPACE: &[Row] = &[
    row(
        "routine without disk space",
        Device,
        |s, n| submit(n, &s.ours(|h| h.precedence = Precedence::Routine)),
        PutOff(Code::LowSpace),
    ),
    row(
        "immediate without disk space",
        Device,
        |s, n| submit(n, &s.ours(|h| h.precedence = Precedence::Immediate)),
        PutOff(Code::LowSpace),
    ),
    row(
        "peer: routine without disk space",
        Peer,
        |s, n| {
            let e = s.theirs(|h| h.precedence = Precedence::Routine);
            forward(n, &e)
        },
        PutOff(Code::LowSpace),
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn bad_frames_get_their_code_and_cost_nothing_good() {
    run(ROWS, None, Precedence::Routine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_short_of_space_puts_off_what_is_no_flash() {
    run(SHORT_OF_SPACE, Some(u64::MAX), Precedence::Flash).await;
}

async fn run(rows: &[Row], headroom_bytes: Option<u64>, precedence: Precedence) {
    let dir = tempfile::tempdir().unwrap();
    let mut scene = Scene::open(&dir.path().join("relay"), headroom_bytes, precedence).await;
    let mut line = scene.line(Device).await;
    scene.good(&mut line, Device).await;
    drop(line);
    for row in rows {
        check(&mut scene, row).await;
    }
    scene.close().await;
}

async fn check(scene: &mut Scene, row: &Row) {
    let mut line = scene.line(row.by).await;
    let number = line.next_number();
    let input = (row.make)(scene, number);
    let before = scene.figures();
    line.send_bytes(input.clone()).await;
    let kept = answered(scene, &mut line, row, &input).await;
    // What was held is held: no more and no less.
    let mut wanted = before;
    grow(&mut wanted, &kept);
    scene.settled(&wanted, row.input).await;
    // A good message passes on the same link afterwards, where there is one.
    let (mut line, by) = match (row.expect, row.by) {
        (Closed(_), _) => (scene.line(Device).await, Device),
        (_, Stranger) => (scene.line(Device).await, Device),
        (_, by) => (line, by),
    };
    scene.good(&mut line, by).await;
    grow(&mut wanted, &[mailbox(scene, by)]);
    scene.settled(&wanted, row.input).await;
}

/// Checks what the relay says; gives the mailboxes in which the input waits now.
async fn answered(scene: &mut Scene, line: &mut Line, row: &Row, input: &[u8]) -> Vec<String> {
    let envelope = envelope(input);
    let digest = envelope
        .as_ref()
        .map(|bytes| Parsed::decode(bytes).unwrap().digest());
    match row.expect {
        Accepted | Noted(_) => {
            let note = scene.accepted(line, row.by, envelope.unwrap()).await;
            assert!(
                matches!(row.expect, Accepted) || row.expect == Noted(note),
                "{}",
                row.input
            );
            return vec![mailbox(scene, row.by)];
        }
        Unreadable(stage) => {
            let said = scene.said(line, digest).await;
            assert!(is_accepted(&said), "{}: {said:?}", row.input);
            let hop = scene.north().hop;
            let north = scene.connect(hop.expose()).await;
            let found = desk::fails_to_open(scene, north, digest.unwrap()).await;
            assert_eq!(found, stage, "{}", row.input);
            // The sender is told.
            loop {
                let said = scene.said(line, digest).await;
                let Said::Statement(statement, _) = said else {
                    panic!("{}: {said:?}", row.input)
                };
                match statement.claim {
                    Claim::Unreadable { stage: code } => {
                        assert_eq!(code, stage.code(), "{}", row.input);
                        return vec![];
                    }
                    _ => continue,
                }
            }
        }
        _ => {}
    }
    let said = scene.said(line, digest).await;
    let as_expected = match (&said, row.expect) {
        (Said::Fault(code, about, _), Fault(wanted)) => {
            let named = about.is_none_or(|about| names(&about, input, digest));
            *code == wanted && named
        }
        (Said::Fault(code, about, retry), PutOff(wanted)) => {
            *code == wanted && *about == digest && retry.is_some()
        }
        (Said::Closed(word), Closed(wanted)) => word == wanted.word(),
        (Said::Statement(_, bytes), Repeated) => {
            Some(bytes) == scene.receipts.get(&digest.unwrap())
        }
        (Said::Statement(statement, _), Refused(wanted, wanted_clause)) => match &statement.claim {
            Claim::Refused {
                code,
                clause,
                first,
            } => {
                let first_named = wanted != Code::ReferenceReused || *first == Some(last(scene));
                (*code, clause.as_str()) == (wanted.number(), wanted_clause) && first_named
            }
            _ => false,
        },
        _ => false,
    };
    assert!(as_expected, "{}: {said:?}, not {:?}", row.input, row.expect);
    vec![]
}

/// What a fault may be about: the frame, what is in it, or the message.
fn names(
    about: &estafette_protocol::crypto::Hash,
    input: &[u8],
    digest: Option<estafette_protocol::crypto::Hash>,
) -> bool {
    let inner = match decode::<Frame>(input) {
        Ok(Frame::Publish { object }) => object.into_vec(),
        Ok(Frame::Enrol { request }) => request.into_vec(),
        Ok(Frame::Statement { statement, .. }) => {
            let signed = estafette_protocol::statement::decode(statement.as_slice());
            return signed.is_ok_and(|signed| signed.hash() == *about);
        }
        _ => input.to_vec(),
    };
    *about == sha256(&[&inner]) || Some(*about) == digest
}

fn is_accepted(said: &Said) -> bool {
    matches!(said, Said::Statement(s, _) if matches!(s.claim, Claim::Accepted { .. }))
}

/// The envelope of a frame, where there is one that decodes.
fn envelope(input: &[u8]) -> Option<Vec<u8>> {
    let bytes = match decode::<Frame>(input).ok()? {
        Frame::Submit { envelope, .. } => envelope,
        Frame::Deliver {
            item: Item::Envelope(envelope),
            ..
        } => envelope,
        _ => return None,
    };
    Parsed::decode(bytes.as_slice())
        .is_ok()
        .then(|| bytes.into_vec())
}

/// Where a good message waits.
fn mailbox(scene: &Scene, by: By) -> String {
    match by {
        Peer | EarlyPeer => hex::encode(scene.duty().key.verifying_key().id().as_slice()),
        _ => "border.xb".to_owned(),
    }
}

/// Adds what waits to a relay's figures.
fn grow(figures: &mut Value, mailboxes: &[String]) {
    let read = |queue: &Value| {
        let name = queue["mailbox"].as_str().unwrap().to_owned();
        (name, queue["queued"].as_u64().unwrap())
    };
    let mut queues: BTreeMap<String, u64> = figures["queues"]
        .as_array()
        .unwrap()
        .iter()
        .map(read)
        .collect();
    for mailbox in mailboxes {
        *queues.entry(mailbox.clone()).or_default() += 1;
    }
    figures["queued"] = json!(queues.values().sum::<u64>());
    // Devices before peers, each by name.
    let device = |(name, _): &(&String, &u64)| !name.contains('.');
    let of = |wanted: bool| queues.iter().filter(move |queue| device(queue) == wanted);
    let show = |(name, queued): (&String, &u64)| json!({ "mailbox": name, "queued": queued });
    figures["queues"] = of(true).chain(of(false)).map(show).collect();
}

fn frame(frame: &Frame) -> Vec<u8> {
    encode(frame).unwrap()
}

fn submit_bytes(number: u64, envelope: Vec<u8>) -> Vec<u8> {
    frame(&Frame::Submit {
        number,
        envelope: envelope.into(),
    })
}

fn submit(number: u64, envelope: &Envelope) -> Vec<u8> {
    submit_bytes(number, encode(envelope).unwrap())
}

fn forward(number: u64, envelope: &Envelope) -> Vec<u8> {
    let item = Item::Envelope(encode(envelope).unwrap().into());
    frame(&Frame::Deliver { number, item })
}

fn statement(number: u64, statement: Vec<u8>) -> Vec<u8> {
    frame(&Frame::Statement {
        number,
        statement: statement.into(),
    })
}

fn publish(object: Vec<u8>) -> Vec<u8> {
    frame(&Frame::Publish {
        object: object.into(),
    })
}

fn enrol(request: Vec<u8>) -> Vec<u8> {
    frame(&Frame::Enrol {
        request: request.into(),
    })
}

fn own(scene: &mut Scene, number: u64) -> Vec<u8> {
    submit(number, &scene.ours(|_| {}))
}

fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.pop();
    bytes
}

/// Version, kind, tag, then the number: 1 as 81 00.
fn long(frame: Vec<u8>) -> Vec<u8> {
    assert_eq!(frame[3], 1);
    [&frame[..3], &[0x81, 0], &frame[4..]].concat()
}

fn last(scene: &Scene) -> estafette_protocol::crypto::Hash {
    Parsed::decode(&scene.last).unwrap().digest()
}

fn short_body(scene: &mut Scene) -> Vec<u8> {
    let mut envelope = scene.ours(|_| {});
    envelope.body = cut(envelope.body.into_vec()).into();
    encode(&envelope).unwrap()
}

fn long_lived(scene: &mut Scene) -> Vec<u8> {
    let mut envelope = scene.ours(|_| {});
    let mut header = Parsed::from_envelope(envelope.clone())
        .unwrap()
        .header()
        .clone();
    header.expires = header.created.plus(31 * DAY_MS);
    envelope.header = encode_unchecked(&header).unwrap().into();
    encode(&envelope).unwrap()
}

fn wrap_by_peer(scene: &mut Scene, number: u64) -> Vec<u8> {
    let envelope = scene.ours(|_| {});
    let digest = Parsed::from_envelope(envelope.clone()).unwrap().digest();
    let wrap = Box::new(envelope.wraps[0].clone());
    frame(&Frame::Deliver {
        number,
        item: Item::Wrap { digest, wrap },
    })
}

/// A message to the other desk of the agency, signed again after a change; wrap 1 is that desk's.
fn changed_wrap(scene: &mut Scene, number: u64, change: fn(&mut Envelope)) -> Vec<u8> {
    let by = scene.duty();
    let mut envelope = scene.seal(&by, &[NORTH], |_| {}).parsed.envelope().clone();
    assert_eq!(envelope.wraps[1].addressee, 1);
    change(&mut envelope);
    submit(number, &forge::sign(envelope, &by))
}

fn no_wrap(scene: &mut Scene, number: u64) -> Vec<u8> {
    changed_wrap(scene, number, |envelope| {
        envelope.wraps.truncate(1);
    })
}

fn wrong_commitment(scene: &mut Scene, number: u64) -> Vec<u8> {
    let by = scene.duty();
    let sealed = scene.seal(&by, &[NORTH], |_| {});
    let lie = |header: &mut estafette_protocol::envelope::Header| header.commitment.0[0] ^= 1;
    let (parsed, key) = (&sealed.parsed, &sealed.content_key);
    submit(
        number,
        &forge::wrapped_again(&mut scene.world, parsed, key, &by, lie),
    )
}

fn low_order_hop_key(scene: &mut Scene, _: u64) -> Vec<u8> {
    let border = &scene.world.border;
    let hop = border.relay_hop.hop_public();
    publish(forge::object(
        &border.published[1],
        Roster::KIND,
        &border.roster_key,
        &hop,
        &[0; 32],
    ))
}

fn low_order_prekey(scene: &mut Scene, _: u64) -> Vec<u8> {
    let border = &scene.world.border;
    let (bundle, device) = (&border.published[2], &border.devices[0]);
    let key = device.secrets[0].secret.public().unwrap();
    let mut low = key.as_bytes().to_vec();
    low[1_184..].fill(0);
    publish(forge::object(
        bundle,
        PrekeyBundle::KIND,
        &device.key,
        key.as_bytes(),
        &low,
    ))
}

fn older_prekeys(scene: &mut Scene, _: u64) -> Vec<u8> {
    let border = &scene.world.border;
    let mut bundle = Signed::<PrekeyBundle>::decode(&border.published[2])
        .unwrap()
        .value()
        .clone();
    bundle.issued = bundle.issued.minus(HOUR_MS);
    publish(
        Signed::sign(bundle, &[&border.devices[0].key])
            .unwrap()
            .encode()
            .unwrap(),
    )
}

fn half_signed_accord(scene: &mut Scene, _: u64) -> Vec<u8> {
    let mut accord = Signed::<Accord>::decode(&scene.world.accord)
        .unwrap()
        .value()
        .clone();
    accord.name = Text::new("half").unwrap();
    let signed = Signed::sign(accord, &[&scene.world.border.accord_key]).unwrap();
    publish(signed.encode().unwrap())
}

fn stranger() -> [u8; 32] {
    estafette_relay::hop::HopSecret::from_bytes(&[77; 32]).public()
}

fn request(hop_key: HopKey) -> Vec<u8> {
    let secret = InvitationSecret::from_bytes([5; 16]);
    let key = estafette_protocol::crypto::Secret::from_bytes([9; 32]);
    let key = estafette_protocol::crypto::SigningKey::from_seed(&key).verifying_key();
    let request = EnrolmentRequest::new(DUTY.parse().unwrap(), key, hop_key, &secret);
    enrol(encode(&request).unwrap())
}

/// Lets the administrator publish what has to be known before.
fn know(scene: &Scene, object: &[u8]) {
    let request = estafette_relay::admin::Request::Publish {
        object: hex::encode(object),
    };
    let folder = &scene.config.folder;
    tokio::task::block_in_place(|| estafette_relay::admin::ask(folder, &request)).unwrap();
}

fn suspended(scene: &mut Scene, number: u64) -> Vec<u8> {
    let (by, device) = (scene.foreign(0), scene.foreign(1));
    let suspension = Suspension {
        agency: by.desk.agency(),
        device: device.key.verifying_key().id(),
        desk: device.desk.clone(),
        by: by.desk.clone(),
        reason: 1,
        at: now(),
    };
    know(
        scene,
        &Signed::sign(suspension, &[&by.key])
            .unwrap()
            .encode()
            .unwrap(),
    );
    let sealed = scene.seal(&device, &[DUTY], |_| {});
    forward(
        number,
        &sealed
            .parsed
            .envelope()
            .with_wraps(|wrap| wrap.addressee != 0),
    )
}

fn lower_roster(scene: &mut Scene, _: u64) -> Vec<u8> {
    let border = &scene.world.border;
    let first: SignedObject = decode(&border.published[1]).unwrap();
    let first = Signed::<Roster>::decode(&encode(&first).unwrap()).unwrap();
    let next = |number: u64, previous| {
        let mut roster = border.roster.clone();
        (roster.number, roster.previous) = (number, Some(previous));
        Signed::sign(roster, &[&border.roster_key]).unwrap()
    };
    let second = next(2, first.hash());
    let third = next(3, second.hash());
    know(scene, &third.encode().unwrap());
    publish(second.encode().unwrap())
}
