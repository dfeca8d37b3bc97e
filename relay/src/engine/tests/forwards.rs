//! Messages that pass on others, and what their originators say of it. Covers HND-1 to HND-9,
//! STA-24, STO-39.

use super::release::{CHIEF, CHIEF_DESK, DUTY, PATROL, table, with};
use super::*;
use estafette_protocol::code::Note;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::Role;
use estafette_protocol::precedence::Status;
use estafette_protocol::statement::Use;

const GATEWAY: &str = "duty@spoc.police.xa";

fn granted(to: &[&str]) -> Claim {
    Claim::Granted {
        on: Use::Onward,
        to: to.iter().map(|agency| agency.parse().unwrap()).collect(),
        until: None,
    }
}

fn marked(code: u16) -> Claim {
    Claim::Reclassified {
        marking: vec![Marking { axis: 1, code }],
    }
}

impl Rig {
    fn header(&mut self, from: usize, to: &[&str]) -> Header {
        let device = self.desks[from].2.device.clone();
        let mut header = self.world.header(&device, to, Precedence::Routine);
        header.marking = vec![Marking { axis: 1, code: 1 }];
        header
    }

    /// A message that passes others on.
    fn forward(&mut self, from: usize, to: &[&str], enclosed: &[&Parsed]) -> Parsed {
        let mut header = self.header(from, to);
        header.encloses = enclosed.iter().map(|parsed| parsed.digest()).collect();
        header.encloses.sort();
        self.sealed(from, header)
    }

    fn words(&self, desk: usize, parsed: &Parsed) -> Vec<&'static str> {
        let all = self.desks[desk].2.statements.iter().map(Signed::value);
        let about = all.filter(|s| s.subject == parsed.digest() && s.signer.desk.is_some());
        about.map(|s| s.claim.word()).collect()
    }
}

#[test]
fn forward_needs_its_originators_grant_on_both_sides() {
    let mut rig = Rig::memory();
    let police = rig.world.police.clone();
    let (duty, border, head) = (rig.desk(0, 0), rig.desk(1, 0), rig.desk(1, 2));
    rig.join();
    let first = rig.header(border, &[GATEWAY]);
    let first = rig.sealed(border, first);
    rig.submit(border, &first);
    let forward = rig.forward(duty, &[BORDER], &[&first]);
    rig.submit(duty, &forward);
    assert_eq!(refusal(&rig, duty, &forward), (120, "HND-2".to_owned()));
    rig.part();
    let peer = rig.peer(1, &police);
    let theirs = forward.envelope().with_wraps(|wrap| wrap.addressee != 0);
    rig.hand_over(peer, Item::Envelope(encode(&theirs).unwrap().into()));
    assert_eq!(rig.clause(peer, &forward).as_deref(), Some("HND-2"));
    rig.join();
    // Somebody else's grant is none.
    rig.state(head, first.digest(), granted(&["police.xa"]));
    assert_eq!(rig.last_fault(head), Some(ErrorCode::StatementNotEntitled));
    rig.state(border, first.digest(), granted(&["police.xa"]));
    assert_eq!(rig.words(duty, &first), ["granted"]);
    let forward = rig.forward(duty, &[BORDER], &[&first]);
    rig.submit(duty, &forward);
    assert_eq!(rig.problem(duty, &forward), None);
    assert_eq!(rig.got(border, &forward), 1);
}

#[test]
fn forward_of_what_is_not_known_here_is_refused_at_egress() {
    let mut rig = Rig::memory();
    let duty = rig.desk(0, 0);
    let unknown = rig.flag(duty, &[BORDER], "never sent");
    let forward = rig.forward(duty, &[BORDER], &[&unknown]);
    rig.submit(duty, &forward);
    assert_eq!(refusal(&rig, duty, &forward), (119, "HND-1".to_owned()));
}

#[test]
fn peer_takes_a_forward_of_what_it_never_saw_with_a_note() {
    let world = World::with_rules("forward", NOW, &table()).unwrap();
    let mut rig = Rig::of(world, IndexKind::Memory);
    let (duty, patrol, border) = (rig.desk(0, DUTY), rig.desk(0, PATROL), rig.desk(1, 0));
    rig.join();
    let inside = rig.header(patrol, &[GATEWAY]);
    let inside = rig.sealed(patrol, inside);
    rig.submit(patrol, &inside);
    let forward = |rig: &mut Rig| {
        let parsed = rig.forward(duty, &[BORDER], &[&inside]);
        let mut header = with(parsed.header().clone(), &[CHIEF_DESK], Role::Info);
        header.reference = FixedBytes(rig.world.rng.array());
        let parsed = rig.sealed(duty, header);
        rig.submit(duty, &parsed);
        parsed
    };
    let refused = forward(&mut rig);
    assert_eq!(rig.clause(duty, &refused).as_deref(), Some("HND-2"));
    rig.state(patrol, inside.digest(), granted(&["border.xb"]));
    let passed = forward(&mut rig);
    assert_eq!(rig.got(border, &passed), 1);
    let notes = rig.desks[duty]
        .2
        .statements
        .iter()
        .find_map(|s| match &s.value().claim {
            Claim::Relayed { judged, .. } => Some(judged.notes.clone()),
            _ => None,
        });
    assert_eq!(notes, Some(vec![Note::GRANT_UNVERIFIED]));
}

#[test]
fn effective_marking_is_what_forwards_are_judged_by_even_when_the_body_is_gone() {
    let mut rig = Rig::memory();
    let (duty, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let header = rig.header(border, &[GATEWAY]);
    let first = rig.sealed(border, header);
    rig.submit(border, &first);
    rig.state(border, first.digest(), granted(&["police.xa"]));
    let later = first.header().expires.plus(1);
    rig.now = later;
    for at in 0..2 {
        rig.tick(at, later);
    }
    rig.state(border, first.digest(), marked(2));
    assert_eq!(rig.words(duty, &first), ["granted", "reclassified"]);
    let fresh = |rig: &mut Rig, code| {
        let mut header = rig.forward(duty, &[BORDER], &[&first]).header().clone();
        (header.created, header.expires) = (later, later.plus(60_000));
        header.marking = vec![Marking { axis: 1, code }];
        let parsed = rig.sealed(duty, header);
        rig.submit(duty, &parsed);
        parsed
    };
    let weak = fresh(&mut rig, 1);
    assert_eq!(refusal(&rig, duty, &weak), (121, "HND-3".to_owned()));
    let strict = fresh(&mut rig, 2);
    assert_eq!(rig.problem(duty, &strict), None);
    rig.restart(0, IndexKind::Memory);
    let duty = rig.desk(0, 0);
    rig.tick(0, later);
    let header = weak.header().clone();
    let again = rig.sealed(duty, header);
    rig.submit(duty, &again);
    assert_eq!(refusal(&rig, duty, &again), (121, "HND-3".to_owned()));
}

#[test]
fn answer_keeps_the_status_and_only_its_desk_supersedes_a_message() {
    let mut rig = Rig::memory();
    let (duty, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let first = rig.header(border, &[GATEWAY]);
    let first = rig.sealed(border, first);
    rig.submit(border, &first);
    let mut test = rig.header(duty, &[BORDER]);
    (test.status, test.in_reply_to) = (Status::Test, Some(first.digest()));
    let test = rig.sealed(duty, test);
    rig.submit(duty, &test);
    assert_eq!(refusal(&rig, duty, &test), (123, "HND-6".to_owned()));
    let mut newer = rig.header(duty, &[BORDER]);
    newer.supersedes = Some(first.digest());
    let newer = rig.sealed(duty, newer);
    rig.submit(duty, &newer);
    assert_eq!(refusal(&rig, duty, &newer), (124, "HND-8".to_owned()));
}

#[test]
fn what_the_sender_says_of_a_held_message_follows_it_and_does_not_precede_it() {
    let world = release::world();
    let mut rig = Rig::of(world, IndexKind::Memory);
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    rig.state(duty, digest, granted(&["border.xb"]));
    assert_eq!(rig.words(border, &parsed), [] as [&str; 0]);
    rig.part();
    rig.restart(0, IndexKind::Memory);
    let chief = (rig.desk(0, CHIEF), chief).0;
    rig.join();
    rig.released(chief, digest, Precedence::Routine);
    let mut words = rig.words(border, &parsed);
    words.sort_unstable();
    assert_eq!(words, ["granted", "released"]);
    assert_eq!(rig.words(chief, &parsed), ["granted"]);
}

#[test]
fn forward_of_a_forward_needs_the_grant_of_whoever_sealed_what_is_within() {
    let mut rig = Rig::of_three();
    let (duty, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let first = rig.header(border, &[GATEWAY]);
    let first = rig.sealed(border, first);
    rig.submit(border, &first);
    // For police alone.
    rig.state(border, first.digest(), granted(&["police.xa"]));
    let within = rig.forward(duty, &[GATEWAY], &[&first]);
    rig.submit(duty, &within);
    assert_eq!(rig.said(duty, &within), ["accepted"]);
    let without = rig.forward(duty, &[hostile::COAST], &[&within]);
    rig.submit(duty, &without);
    assert_eq!(refusal(&rig, duty, &without).1, "HND-2");
}
