//! Messages under rules between real engines: held and released, refused, wrapped later, tested,
//! passed on.

use super::*;
use crate::enclosure::{enclose, enclosed};
use crate::store::Message;
use crate::view::{self, Side, awaits, effective_precedence};
use estafette_protocol::accord::Accord;
use estafette_protocol::encoding::{Signed, Text};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Status;
use estafette_protocol::rules::{Direction, Path, Release, Row, Rules};
use estafette_protocol::statement::Use;
use estafette_protocol::track::Problem;

const POLICE_HEAD: &str = "head@spoc.police.xa";
const HEAD: &str = "head@ops.border.xb";

/// A row for notes across the border that two desks have to release.
fn two_person() -> Row {
    Row {
        name: Text::new("notes").unwrap(),
        formats: vec![6],
        precedences: Precedence::ALL.to_vec(),
        statuses: Status::ALL.to_vec(),
        directions: vec![Direction::CrossBorder],
        path: Path::Direct,
        release: Release::TwoPerson,
        copies: vec![],
        acknowledge_within: Some(60_000),
        answer_within: None,
        escalation: vec![],
        release_within: Some(3_600_000),
        exceptions: vec![],
        ceiling: None,
        lifetime: Some(86_400_000),
        addressees: None,
        body_bytes: None,
        rate: None,
    }
}

/// Three desks of the police, and an accord with this row.
fn world(row: Row) -> World {
    let addresses = ["127.0.0.1:4640", "127.0.0.1:4641"];
    let desks = ["duty", "head", "night"];
    let mut world = World::with("rules", testing::NOW, &desks, addresses).unwrap();
    let signed = Signed::<Accord>::decode(&world.accord).unwrap();
    let mut accord = signed.value().clone();
    let rules = Rules {
        rows: vec![row],
        ..Rules::default()
    };
    accord.rules = rules.to_bytes().unwrap();
    let keys = [&world.police.accord_key, &world.border.accord_key];
    let signed = Signed::sign(accord, &keys).unwrap();
    world.accord_hash = signed.hash();
    world.accord = signed.encode().unwrap();
    world
}

fn note(to: &[&str], text: &str) -> Draft {
    let form = Form {
        format: 6,
        version: 1,
        fields: vec![Field {
            number: 2,
            value: testing::text(text),
        }],
    };
    let action = to.iter().map(|desk| desk.parse().unwrap()).collect();
    Draft::new(form, action)
}

impl Net {
    fn held(&self, at: usize, digest: &Hash) -> Option<Message> {
        self.devices[at].account.store.message(digest).unwrap()
    }

    fn awaits(&self, at: usize, digest: &Hash) -> bool {
        let message = self.held(at, digest);
        let account = &self.devices[at].account;
        message.is_some_and(|message| awaits(account, &message, self.now))
    }

    fn release(&mut self, at: usize, digest: &Hash, precedence: Precedence) {
        let remark = None;
        self.say(at, digest, Claim::Released { precedence, remark });
        self.settle();
    }
}

/// Covers REL-11, REL-13 to REL-16.
#[test]
fn note_waits_for_two_desks_and_goes_by_the_lowest_precedence() {
    let mut net = Net::of(world(two_person())).join();
    let mut draft = note(&[DUTY], "two of you");
    draft.precedence = Precedence::Priority;
    let digest = net.send(0, &draft, true, None);
    net.settle();
    let message = net.held(0, &digest).unwrap();
    assert_eq!(message.header.acknowledge_within, Some(60_000));
    let desks: Vec<&str> = message
        .header
        .addressees
        .iter()
        .map(|a| a.desk.as_str())
        .collect();
    assert_eq!(desks, [DUTY, POLICE_HEAD, "night@spoc.police.xa"]);
    let rows = view::rows(&message, net.now);
    assert!(matches!(
        rows[0].sides[..],
        [Side::Unreleased { late: false, .. }]
    ));
    assert_eq!(rows[0].due, None);
    // Whoever may release it can read it; nobody else has anything.
    for at in [1, 2] {
        assert!(net.held(at, &digest).unwrap().content_key().is_some());
        assert!(net.awaits(at, &digest));
    }
    assert!(net.held(3, &digest).is_none());
    net.release(1, &digest, Precedence::Priority);
    assert!(!net.awaits(1, &digest) && net.awaits(2, &digest));
    assert!(net.held(3, &digest).is_none());
    net.release(2, &digest, Precedence::Routine);
    assert!(!net.awaits(2, &digest));
    assert_eq!(net.rung(0, &digest), Rung::Delivered);
    let message = net.held(0, &digest).unwrap();
    assert_eq!(effective_precedence(&message), Precedence::Routine);
    let said: Vec<&str> = view::releases(&message)
        .iter()
        .map(|s| s.what.word())
        .collect();
    assert_eq!(
        said.iter().filter(|word| **word == "released").count(),
        3,
        "{said:?}"
    );
    // REL-15: who released it is told to whoever gets it.
    let theirs = net.held(3, &digest).unwrap();
    assert_eq!(view::releases(&theirs).len(), 2);
}

/// Covers REL-8, REL-12, REL-17.
#[test]
fn refused_release_is_told_to_the_sender_and_a_later_one_was_never_said() {
    let mut net = Net::of(world(two_person())).join();
    let digest = net.send(0, &note(&[DUTY], "not this"), true, None);
    net.settle();
    let claim = Claim::ReleaseRefused {
        reason: 3,
        remark: None,
    };
    net.say(1, &digest, claim);
    net.settle();
    let message = net.held(0, &digest).unwrap();
    let states = message.states();
    let refused = |problem: &Option<Problem>| matches!(problem, Some(Problem::Refused { clause, .. }) if clause == "REL-8");
    assert!(states.iter().all(|state| refused(&state.problem)));
    net.release(2, &digest, Precedence::Routine);
    let late = net.held(2, &digest).unwrap();
    let device = net.devices[2].account.device();
    assert!(late.signed_here(&device, "released").is_none());
    assert_eq!(net.outbox_len(2), 0);
}

/// Covers RTE-30, RTE-32: what no plan can meet is refused with its clause before it is sealed.
#[test]
fn format_without_a_row_is_refused_before_it_is_sealed() {
    let net = Net::of(world(two_person())).join();
    let mut draft = note(&[DUTY], "x");
    draft.form = testing::alert();
    draft.form.fields.truncate(1);
    draft.form.fields[0].value = Value::Code(1);
    let account = &net.devices[0].account;
    let rng = &mut estafette_protocol::testing::SeededRng::new("x");
    let error = crate::compose::route(account, &draft, true, net.now, rng).unwrap_err();
    assert_eq!(error.refusal().unwrap().clause, "RTE-1");
}

/// Covers HND-21 and HND-22.
#[test]
fn desk_without_a_device_reads_the_flash_once_it_has_one() {
    let mut net = Net::new();
    net.join_peers();
    for at in [0, 1] {
        net.connect(at);
    }
    net.settle();
    let digest = net.flag(0, &[HEAD], Precedence::Flash, true);
    net.settle();
    let message = net.held(0, &digest).unwrap();
    let rows = view::rows(&message, net.now);
    assert!(rows[0].sides.contains(&Side::NotYetReadable));
    net.connect(3);
    net.settle();
    let theirs = net.held(3, &digest).unwrap();
    assert!(matches!(theirs.record.content, Content::Open(_)));
    assert_eq!(net.rung(0, &digest), Rung::Delivered);
    let message = net.held(0, &digest).unwrap();
    assert!(
        !view::rows(&message, net.now)[0]
            .sides
            .contains(&Side::NotYetReadable)
    );
}

/// Covers EXR-6.
#[test]
fn test_message_is_answered_by_the_machine_and_is_nobodys_turn() {
    let mut net = Net::joined();
    let mut draft = note(&[DUTY], "does this work?");
    draft.status = Status::Test;
    draft.acknowledge_within = Some(60_000);
    let digest = net.send(0, &draft, true, None);
    net.settle();
    assert_eq!(net.rung(0, &digest), Rung::Acknowledged);
    let message = net.held(1, &digest).unwrap();
    let desk = net.devices[1].account.desk().clone();
    let item = view::item(message, &desk, &view::Links::default(), net.now);
    assert_eq!(item.turn, view::Turn::Nobody);
}

/// Covers HND-2, HND-3, HND-11, ENV-25, ENV-26.
#[test]
fn message_is_passed_on_with_its_originators_grant_and_no_weaker() {
    let mut net = Net::joined();
    let mut original = note(&[DUTY], "the whole of it");
    original.marking = vec![Marking::from_words("tlp:green").unwrap()];
    let digest = net.send(0, &original, true, None);
    net.settle();
    let forward = |net: &Net, marking: &str| {
        let message = net.held(1, &digest).unwrap();
        let account = &net.devices[1].account;
        let mut draft = note(&[HEAD], "see below");
        let messages = [message];
        enclose(
            account.catalogue,
            &account.store,
            &mut draft.form,
            &messages,
        )
        .unwrap();
        let [message] = messages;
        draft.encloses = vec![digest];
        draft.marking = vec![Marking::from_words(marking).unwrap()];
        draft.known = [(digest, view::known(&message))].into();
        draft.grants = view::grants(&message).into_iter().cloned().collect();
        draft
    };
    let clause = |net: &Net, draft: &Draft| {
        let account = &net.devices[1].account;
        let rng = &mut estafette_protocol::testing::SeededRng::new("x");
        let planned = plan(account, draft, true, net.now, rng).unwrap();
        let sealed = seal_plan(account, &planned, &draft.form, true, net.now, rng);
        sealed
            .err()
            .and_then(|error| error.refusal())
            .map(|refusal| refusal.clause)
    };
    let draft = forward(&net, "tlp:green");
    assert_eq!(clause(&net, &draft), Some("HND-2"));
    let claim = Claim::Granted {
        on: Use::Onward,
        to: vec!["border.xb".parse().unwrap()],
        until: None,
    };
    net.say(0, &digest, claim);
    let marking = vec![Marking::from_words("tlp:amber").unwrap()];
    net.say(0, &digest, Claim::Reclassified { marking });
    net.settle();
    let message = net.held(1, &digest).unwrap();
    assert_eq!(view::effective_marking(&message)[0].words(), "tlp:amber");
    let draft = forward(&net, "tlp:green");
    assert_eq!(clause(&net, &draft), Some("HND-3"));
    let draft = forward(&net, "tlp:amber");
    let passed_on = net.send(1, &draft, true, None);
    net.settle();
    let account = &net.devices[3].account;
    let message = net.held(3, &passed_on).unwrap();
    let form = account.store.form(&passed_on).unwrap().unwrap();
    let all = enclosed(account, &message.header, &form, net.now);
    let [one] = &all[..] else {
        panic!("one is enclosed")
    };
    let original = one.opened.as_ref().unwrap();
    assert_eq!(original.form.text(2), Some("the whole of it"));
    assert_eq!(original.header.sender.as_str(), "duty@spoc.police.xa");
    assert_eq!(original.verified, Some(true));
}
