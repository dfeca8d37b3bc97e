//! The table of what comes over a link: input, who sends it, and what the relay is to do.

use estafette_protocol::code::{ErrorCode, Note};
use estafette_protocol::crypto::HopKey;
use estafette_protocol::encoding::{FixedBytes, Signed, encode};
use estafette_protocol::envelope::{Parsed, Stage};
use estafette_protocol::frame::{Frame, Item, LinkRole};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::{HOUR_MS, MINUTE_MS};

use crate::forge;
use crate::scene::{BORDER, By, Expect, Scene, hello, now};

use ErrorCode as Code;
use Expect::{Accepted, Closed, Fault, Noted, PutOff, Refused, Repeated, Unreadable};

use crate::make::*;

/// What is sent, who sends it, and what the relay is to do.
pub struct Row {
    pub input: &'static str,
    pub by: By,
    /// The frame's bytes, given the number that a numbered frame has next.
    pub make: fn(&mut Scene, u64) -> Vec<u8>,
    pub expect: Expect,
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

#[rustfmt::skip] // a row a line, as far as it fits
pub const ROWS: &[Row] = &[
    // Frames
    row("garbage", Device, |_, _| vec![0xff; 40], Fault(Code::Malformed)),
    row("truncated frame", Device, |s, n| cut(own(s, n)), Fault(Code::Malformed)),
    row("byte after the end", Device, |s, n| [own(s, n), vec![0]].concat(),
        Fault(Code::Malformed)),
    row("number in two bytes where one will do", Device, |s, n| long(own(s, n)),
        Fault(Code::Malformed)),
    row("oversized envelope", Device, |_, n| submit_bytes(n, vec![1; 600_000]),
        Fault(Code::Malformed)),
    row("frame of the full size, nothing in it", Peer, |_, _| vec![0; 1_114_112],
        Fault(Code::Malformed)),
    row("envelope that is none", Device, |_, n| submit_bytes(n, vec![1, 32, 7]),
        Fault(Code::Malformed)),
    row("truncated envelope", Device,
        |s, n| submit_bytes(n, cut(encode(&s.ours(|_| {})).unwrap())), Fault(Code::Malformed)),
    row("body cut short", Device, |s, n| { let e = short_body(s); submit_bytes(n, e) },
        Fault(Code::Malformed)),
    row("delivery by a device", Device,
        |_, n| frame(&Frame::Deliver { number: n, item: Item::Envelope(vec![1].into()) }),
        Fault(Code::FrameNotAllowed)),
    row("second hello", Device, |_, _| frame(&hello(vec![1], LinkRole::Device, now())),
        Fault(Code::FrameNotAllowed)),
    row("wrap by a peer", Peer, wrap_by_peer, Fault(Code::FrameNotAllowed)),
    row("no hello first", Mute, |_, _| frame(&Frame::Synced), Closed(Code::HelloMissing)),
    row("version not spoken", Mute, |_, _| frame(&hello(vec![2, 9], LinkRole::Device, now())),
        Closed(Code::VersionUnknown)),
    row("role of another", Mute, |_, _| frame(&hello(vec![1], LinkRole::Relay, now())),
        Closed(Code::RoleWrong)),
    // Signatures and who signs
    row("wrong signature", Device,
        |s, n| { let mut e = s.ours(|_| {}); e.signature.0[5] ^= 1; submit(n, &e) },
        Refused(Code::SignatureInvalid, "ADM-6")),
    row("wrap changed after signing", Device,
        |s, n| { let mut e = s.ours(|_| {}); e.wraps[0].sealed.0[9] ^= 1; submit(n, &e) },
        Refused(Code::SignatureInvalid, "ADM-6")),
    row("signed by another device", Device,
        |s, n| { let e = s.ours(|_| {}); let by = s.north(); submit(n, &forge::sign(e, &by)) },
        Refused(Code::SignatureInvalid, "ADM-6")),
    row("message of another desk", Device, |s, n| {
        let by = s.north();
        let e = s.seal(&by, &[BORDER], |_| {});
        submit(n, e.parsed.envelope())
    }, Fault(Code::SenderUnknown)),
    row("suite not known", Device, |s, n| submit(n, &s.ours(|h| h.suite = 2)),
        Refused(Code::SuiteUnknown, "ADM-2")),
    row("roster not known", Device, |s, n| submit(n, &s.ours(|h| h.roster = FixedBytes([7; 32]))),
        PutOff(Code::RosterMissing)),
    // Clocks and lifetimes
    row("expired", Device,
        |s, n| submit(n, &s.ours(expired)),
        Refused(Code::Expired, "ADM-8")),
    row("created six minutes ahead", Device,
        |s, n| submit(n, &s.ours(|h| h.created = now().plus(6 * MINUTE_MS))),
        Refused(Code::CreatedInFuture, "ADM-7")),
    row("clock an hour fast", Device,
        |s, n| submit(n, &s.ours(|h| h.created = now().plus(HOUR_MS))),
        Refused(Code::CreatedInFuture, "ADM-7")),
    row("clock an hour slow", Device,
        |s, n| submit(n, &s.ours(|h| h.created = now().minus(HOUR_MS))), Accepted),
    row("lifetime of 31 days", Device, |s, n| { let e = long_lived(s); submit_bytes(n, e) },
        Fault(Code::Malformed)),
    // Replays
    row("replayed", Device, |s, n| submit_bytes(n, s.last.clone()), Repeated),
    row("second digest under one reference", Device, |s, n| {
        let first = Parsed::decode(&s.last).unwrap().header().reference;
        submit(n, &s.ours(|h| h.reference = first))
    }, Refused(Code::ReferenceReused, "ADM-20")),
    // Names
    row("unknown agency", Device, |s, n| {
        let by = s.duty();
        let e = s.seal(&by, &["duty@ops.nobody.xc"], |_| {});
        submit(n, e.parsed.envelope())
    }, Refused(Code::NotAParty, "ADM-10")),
    row("unknown accord", Device,
        |s, n| submit(n, &s.ours(|h| h.accord = Some(FixedBytes([7; 32])))),
        Refused(Code::AccordUnknown, "ADM-9")),
    row("unknown desk", Device, |s, n| {
        let by = s.duty();
        let e = s.seal(&by, &["nobody@ops.border.xb"], |_| {});
        submit(n, e.parsed.envelope())
    }, Refused(Code::DeskUnknown, "ADM-12")),
    row("unknown format", Device, |s, n| submit(n, &s.ours(|h| h.format = 999)),
        Refused(Code::FormatNotAccepted, "ADM-13")),
    row("marked above the ceiling", Device,
        |s, n| submit(n, &s.ours(|h| h.marking = vec![Marking { axis: 1, code: 4 }])),
        Refused(Code::MarkingAboveCeiling, "ADM-15")),
    row("roster that has not come", Device,
        |s, n| submit(n, &s.ours(|h| h.rosters[0].number = 9)), PutOff(Code::RosterMissing)),
    // Wraps, prekeys, commitments, points
    row("no wrap for the addressee", Device, no_wrap, Refused(Code::WrapMissing, "ADM-17")),
    row("wrap for a device not listed", Device,
        |s, n| changed_wrap(s, n, |e| e.wraps[1].device = FixedBytes([7; 16])),
        Refused(Code::WrapUnknown, "ADM-18")),
    row("wrong prekey", Device, |s, n| changed_wrap(s, n, |e| e.wraps[1].prekey = 1),
        Refused(Code::PrekeyUnknown, "ADM-19")),
    row("wrap of another key", Device,
        |s, n| changed_wrap(s, n, |e| e.wraps[1].sealed.0[1_130] ^= 1),
        Unreadable(Stage::Unwrap)),
    row("ciphertext with a low-order point", Device,
        |s, n| changed_wrap(s, n, |e| e.wraps[1].sealed.0[1_088..1_120].fill(0)),
        Unreadable(Stage::Unwrap)),
    row("wrong commitment", Device, wrong_commitment, Unreadable(Stage::Commitment)),
    row("body of another key", Device,
        |s, n| changed_wrap(s, n, other_body),
        Unreadable(Stage::Body)),
    // From a peer
    row("peer: wrong signature", Peer,
        |s, n| { let mut e = s.theirs(|_| {}); e.signature.0[5] ^= 1; forward(n, &e) },
        Refused(Code::SignatureInvalid, "ADM-6")),
    row("peer: in the name of our desk", Peer, |s, n| { let e = s.ours(|_| {}); forward(n, &e) },
        Fault(Code::SenderUnknown)),
    row("peer: not for us", Peer, |s, n| {
        let by = s.foreign(0);
        let e = s.seal(&by, &["head@ops.border.xb"], |_| {});
        forward(n, e.parsed.envelope())
    }, Fault(Code::NoRoute)),
    row("peer: no wrap for us", Peer,
        |s, n| { let e = s.theirs(|_| {}).with_wraps(|_| false); forward(n, &e) },
        Refused(Code::WrapMissing, "ADM-17")),
    row("peer: expired", Peer, |s, n| {
        let e = s.theirs(expired);
        forward(n, &e)
    }, Refused(Code::Expired, "ADM-8")),
    row("peer: created in the future", Peer,
        |s, n| { let e = s.theirs(|h| h.created = now().plus(HOUR_MS)); forward(n, &e) },
        Refused(Code::CreatedInFuture, "ADM-7")),
    row("peer: roster that has not come", Peer,
        |s, n| { let e = s.theirs(|h| h.rosters[0].number = 9); forward(n, &e) },
        PutOff(Code::RosterMissing)),
    row("peer: clock an hour fast", EarlyPeer,
        |s, n| { let e = s.theirs(|_| {}); forward(n, &e) }, Noted(Note::CLOCK_UNSURE)),
    // Statements
    row("statement that is none", Device, |_, n| statement(n, vec![9; 80]),
        Fault(Code::StatementInvalid)),
    row("statement of an hour ahead", Device, |s, n| {
        let (by, of) = (s.duty(), last(s));
        statement(n, s.stated(&by, of, Claim::Delivered, now().plus(HOUR_MS)))
    }, Fault(Code::StatementInvalid)),
    row("statement in another's name", Device, |s, n| {
        let (by, of) = (s.north(), last(s));
        statement(n, s.stated(&by, of, Claim::Delivered, now()))
    }, Fault(Code::StatementNotEntitled)),
    row("statement of one not addressed", Device, |s, n| {
        let (by, of) = (s.duty(), s.for_peer[0]);
        statement(n, s.stated(&by, of, Claim::Opened, now()))
    }, Fault(Code::StatementNotEntitled)),
    // Published objects
    row("object that is none", Peer, |_, _| publish(vec![3; 50]), Fault(Code::Malformed)),
    row("roster with a low-order hop key", Peer, low_order_hop_key, Fault(Code::Malformed)),
    row("prekey with a low-order point", Peer, low_order_prekey, Fault(Code::Malformed)),
    row("roster signed by another key", Peer, |s, _| {
        let mut r = s.world.border.roster.clone();
        r.number = 2;
        r.previous = Some(FixedBytes([1; 32]));
        let key = s.world.border.accord_key.clone();
        publish(Signed::sign(r, &[&key]).unwrap().encode().unwrap())
    }, Fault(Code::SignatureInvalid)),
    row("roster of another agency", Peer, |s, _| publish(s.world.police.published[1].clone()),
        Fault(Code::ObjectUnknown)),
    row("forked roster", Peer, |s, _| {
        let mut r = s.world.border.roster.clone();
        r.issued = r.issued.plus(1);
        let key = s.world.border.roster_key.clone();
        publish(Signed::sign(r, &[&key]).unwrap().encode().unwrap())
    }, Fault(Code::RosterForked)),
    row("prekeys of an hour ago", Peer, older_prekeys, Fault(Code::PrekeysOlder)),
    row("accord that one party signed", Peer, half_signed_accord, Fault(Code::AccordNotSigned)),
    row("house of another agency", Peer, |s, _| publish(s.world.border.house.clone()),
        Fault(Code::ObjectUnknown)),
    row("roster by a device", Device, |s, _| publish(s.world.police.published[1].clone()),
        Fault(Code::ObjectUnknown)),
    // Strangers: three requests a minute are looked at
    row("stranger: request that is none", Stranger, |_, _| enrol(vec![4; 60]),
        Fault(Code::Malformed)),
    row("stranger: no such invitation", Stranger,
        |_, _| request(HopKey::from_bytes(&stranger()).unwrap()), Fault(Code::InvitationUnknown)),
    row("stranger: request with another's hop key", Stranger, |s, _| {
        let key = s.world.border.relay_hop.hop_public();
        request(HopKey::from_bytes(&key).unwrap())
    }, Fault(Code::InvitationUnknown)),
    row("stranger: a fourth request in a minute", Stranger, |_, _| enrol(vec![4; 61]),
        Fault(Code::TooManyRequests)),
    row("stranger: message", Stranger, |s, n| { let e = s.ours(|_| {}); submit(n, &e) },
        Fault(Code::FrameNotAllowed)),
    // What changes the directory comes last
    row("suspended device", Peer, suspended, Refused(Code::DeviceSuspended, "ADM-5")),
    row("format without authority", Device, without_authority,
        Refused(Code::AuthorityMissing, "ADM-14")),
    row("roster of lower number", Peer, lower_roster, Fault(Code::RosterOlder)),
];

/// What a relay without disk space says; flashes are the good messages here.
#[rustfmt::skip]
pub const SHORT_OF_SPACE: &[Row] = &[
    row("routine without disk space", Device,
        |s, n| submit(n, &s.ours(|h| h.precedence = Precedence::Routine)),
        PutOff(Code::LowSpace)),
    row("immediate without disk space", Device,
        |s, n| submit(n, &s.ours(|h| h.precedence = Precedence::Immediate)),
        PutOff(Code::LowSpace)),
    row("peer: routine without disk space", Peer,
        |s, n| { let e = s.theirs(|h| h.precedence = Precedence::Routine); forward(n, &e) },
        PutOff(Code::LowSpace)),
];
