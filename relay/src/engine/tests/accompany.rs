//! What a peer hands over with an envelope, and one that holds all keys of its agency. Covers
//! ADM-28, SES-25, SES-26.

use super::release::{CHIEF, CHIEF_DESK, DEPUTY_DESK, DUTY, PATROL, demanding};
use super::*;
use estafette_protocol::rules::Release;
use estafette_protocol::testing::rules;
use estafette_protocol::time::MINUTE_MS;

impl Rig {
    /// A statement of a desk's device in the hands of whoever holds its key.
    fn signed_by(&self, desk: usize, subject: Hash, claim: Claim) -> Vec<u8> {
        let device = &self.desks[desk].2.device;
        let signer = Signer {
            agency: device.desk.agency(),
            desk: Some(device.desk.clone()),
            key: device.key.verifying_key().id(),
        };
        let extensions = Extensions::default();
        let statement = Statement {
            subject,
            at: NOW,
            signer,
            claim,
            extensions,
        };
        statement::sign(statement, &device.key)
            .unwrap()
            .encode()
            .unwrap()
    }
}

#[test]
fn peer_with_all_the_keys_of_its_agency_cannot_pass_what_the_accord_forbids() {
    let mut rig = Rig::ruled();
    let police = rig.world.police.clone();
    let (duty, chief) = (rig.desk(0, DUTY), rig.desk(0, CHIEF));
    let patrol = rig.desk(0, PATROL);
    let peer = rig.peer(1, &police);
    let border = rig.desk(1, 0);
    let unreleased = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let unreadable = rig.informing(duty, 2, Precedence::Routine, &[]);
    let uncopied = rig.informing(patrol, 1, Precedence::Flash, &[CHIEF_DESK]);
    let forbidden = [
        (&unreleased, "REL-2"),
        (&unreadable, "REL-1"),
        (&uncopied, "RTE-9"),
    ];
    let bare = |parsed: &Parsed| encode(&parsed.envelope().clone()).unwrap();
    for (parsed, clause) in forbidden {
        rig.hand_over(peer, Item::Envelope(bare(parsed).into()));
        assert_eq!(rig.clause(peer, parsed).as_deref(), Some(clause));
        assert_eq!(rig.got(border, parsed), 0);
    }
    // Its own relay says the same, or holds it.
    for (parsed, from, clause) in [(&unreadable, duty, "REL-1"), (&uncopied, patrol, "RTE-9")] {
        rig.submit(from, parsed);
        assert_eq!(refusal(&rig, from, parsed).1, clause);
    }
    // A release that does not count makes no difference but in the clause.
    let released = |rig: &Rig, by: usize, parsed: &Parsed, precedence| {
        let remark = None;
        rig.signed_by(by, parsed.digest(), Claim::Released { precedence, remark })
    };
    let mut again = |wrong: usize| {
        let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
        let statements = vec![released(&rig, wrong, &parsed, Precedence::Routine).into()];
        let envelope = bare(&parsed).into();
        let item = Item::Accompanied {
            envelope,
            statements,
        };
        rig.hand_over(peer, item);
        (rig.clause(peer, &parsed), rig.got(border, &parsed))
    };
    assert_eq!(again(duty), (Some("REL-2".to_owned()), 0));
    assert_eq!(again(chief), (None, 1));
}

#[test]
fn what_does_not_belong_into_an_accompanied_envelope_is_left_aside() {
    let mut rig = Rig::ruled();
    let police = rig.world.police.clone();
    let (duty, chief) = (rig.desk(0, DUTY), rig.desk(0, CHIEF));
    let peer = rig.peer(1, &police);
    let border = rig.desk(1, 0);
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let remark = None;
    let precedence = Precedence::Routine;
    let release = Claim::Released { precedence, remark };
    let good = rig.signed_by(chief, parsed.digest(), release.clone());
    let other = rig.signed_by(
        chief,
        estafette_protocol::encoding::FixedBytes([0; 32]),
        release,
    );
    let opened = rig.signed_by(chief, parsed.digest(), Claim::Opened);
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 1;
    let wrong = [b"garbage".to_vec(), other, opened, forged];
    let many = wrong.len();
    let statements = wrong.into_iter().chain([good]).map(Into::into).collect();
    let envelope = encode(parsed.envelope()).unwrap().into();
    rig.hand_over(
        peer,
        Item::Accompanied {
            envelope,
            statements,
        },
    );
    let faults = &rig.desks[peer].2.faults;
    let invalid = ErrorCode::StatementInvalid.number();
    assert_eq!(faults.len(), many);
    assert!(faults.iter().all(|fault| fault.code == invalid));
    assert_eq!(rig.got(border, &parsed), 1);
}

#[test]
fn release_by_a_fast_clock_counts_at_a_relay_whose_clock_is_slow() {
    let mut rig = Rig::ruled();
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    // The relay of the sender is ten seconds ahead of the other one, the device five minutes more.
    rig.tick(0, NOW.plus(10_000));
    let at = NOW.plus(10_000 + 5 * MINUTE_MS);
    let (precedence, remark) = (Precedence::Routine, None);
    let (_, link, desk) = &mut rig.desks[chief];
    let frame = desk.state_at(at, digest, Claim::Released { precedence, remark });
    let link = *link;
    rig.feed(0, link, &frame);
    rig.run();
    assert_eq!(rig.desks[chief].2.faults, []);
    assert_eq!(
        (rig.got(border, &parsed), rig.problem(duty, &parsed)),
        (1, None)
    );
}

#[test]
fn release_to_a_higher_precedence_does_not_replace_a_stricter_release_there() {
    let mut low = demanding("low", 2, Release::Superior);
    low.precedences = vec![Precedence::Routine, Precedence::Priority];
    let mut high = demanding("high", 2, Release::TwoPerson);
    high.precedences = vec![Precedence::Immediate, Precedence::Flash];
    let world = World::with_rules("raised", NOW, &rules(vec![high, low])).unwrap();
    let mut rig = Rig::of(world, IndexKind::Memory);
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK, DEPUTY_DESK]);
    let digest = rig.submit(duty, &parsed);
    rig.released(chief, digest, Precedence::Flash);
    assert_eq!(rig.last_fault(chief), Some(ErrorCode::Replan));
    assert_eq!(rig.got(border, &parsed), 0);
}
