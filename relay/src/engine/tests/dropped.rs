//! Messages that were dropped before they were let go: nobody who is addressed gets them or hears
//! of them. Covers STA-21, STA-24, REL-12, REL-17, REL-19.

use super::release::{CHIEF, CHIEF_DESK, DUTY, PATROL, table, with};
use super::*;
use estafette_protocol::envelope::Role;
use estafette_protocol::statement::Use;

impl Rig {
    /// A held message to a patrol at home and to the border, and then no more.
    fn dropped(&mut self, duty: usize, chief: Option<usize>) -> Parsed {
        let device = self.desks[duty].2.device.clone();
        let to = ["patrol@north.police.xa", BORDER];
        let mut header = self.world.header(&device, &to, Precedence::Routine);
        header.format = 2;
        let parsed = self.sealed(duty, with(header, &[CHIEF_DESK], Role::Info));
        let digest = self.submit(duty, &parsed);
        assert_eq!(self.said(duty, &parsed), ["accepted", "held"]);
        let (reason, remark) = (1, None);
        match chief {
            Some(chief) => self.state(chief, digest, Claim::ReleaseRefused { reason, remark }),
            None => self.state(duty, digest, Claim::Cancelled),
        }
        assert!(self.said(duty, &parsed).len() == 3);
        parsed
    }
}

fn strict() -> Rig {
    Rig::of(
        World::with_rules("dropped", NOW, &table()).unwrap(),
        IndexKind::Memory,
    )
}

#[test]
fn wrap_that_is_added_to_a_dropped_message_brings_it_to_nobody() {
    for refused in [false, true] {
        let mut rig = strict();
        let (duty, chief, patrol) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(0, PATROL));
        rig.join();
        let parsed = rig.dropped(duty, refused.then_some(chief));
        let theirs = rig.desks[patrol].2.device.clone();
        let desks = parsed.header().addressees.iter().map(|a| &a.desk);
        let at = desks.zip(1..).find(|(desk, _)| **desk == theirs.desk);
        let wrap = readers::wrap_for(&theirs, at.unwrap().1);
        rig.state(duty, parsed.digest(), wrap);
        assert_eq!(rig.got(patrol, &parsed), 0, "refused: {refused}");
        assert_eq!(rig.desks[patrol].2.wraps.len(), 0);
    }
}

#[test]
fn what_is_said_of_a_dropped_message_travels_to_nobody_addressed() {
    let mut rig = strict();
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    let parsed = rig.dropped(duty, Some(chief));
    let (on, to, until) = (Use::Onward, vec!["border.xb".parse().unwrap()], None);
    let claims = [
        Claim::Granted { on, to, until },
        Claim::Reclassified { marking: vec![] },
    ];
    let peer = Mailbox::Peer("border.xb".to_owned());
    for claim in claims {
        rig.state(duty, parsed.digest(), claim);
        assert_eq!(rig.relays[0].store().view().queued(&peer), 0);
    }
    rig.join();
    assert_eq!(rig.desks[border].2.statements.len(), 0);
}

#[test]
fn releaser_who_had_not_come_for_a_dropped_message_is_not_offered_it() {
    let mut rig = strict();
    let duty = rig.desk(0, DUTY);
    let parsed = rig.dropped(duty, None);
    rig.restart(0, IndexKind::Memory);
    let (colleague, chief) = (rig.desk(0, DUTY), rig.desk(0, CHIEF));
    assert_eq!(rig.got(chief, &parsed), 0);
    assert_eq!(rig.said(chief, &parsed), ["held", "cancelled"]);
    assert_eq!(rig.desks[colleague].2.faults, []);
}

#[test]
fn message_that_has_expired_is_not_let_go_even_before_that_is_told() {
    let mut rig = Rig::ruled();
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    // The time has come, the tick has not.
    rig.relays[0]
        .handle(
            parsed.header().expires,
            Input::Disconnected { link: LinkId(99) },
        )
        .unwrap();
    rig.released(chief, digest, Precedence::Routine);
    assert_eq!(rig.last_fault(chief), Some(ErrorCode::NotHeld));
    rig.tick(0, parsed.header().expires);
    assert_eq!(rig.got(border, &parsed), 0);
    assert!(rig.said(duty, &parsed).contains(&"expired"));
    assert!(!rig.said(duty, &parsed).contains(&"released"));
}
