//! Who is there and who is told: duties published from device to device, overdue messages told to
//! those above, and what was said and has not left.

use super::*;
use crate::compose::{ComposeError, plan};
use crate::view::{Utterance, spoken};
use estafette_protocol::address::Desk;
use estafette_protocol::duty::{Duty, Entry, Staffing};
use estafette_protocol::encoding::{Extensions, Signed};
use estafette_protocol::envelope::Role;
use estafette_protocol::escalation::Clock;
use estafette_protocol::time::HOUR_MS;

const HEAD: &str = "head@ops.border.xb";

fn publish(net: &Net, by: usize, entry: Entry) {
    let account = &net.devices[by].account;
    let duty = Duty {
        desk: account.desk().clone(),
        by: account.desk().clone(),
        issued: net.now,
        entry,
        extensions: Extensions::default(),
    };
    let signed = Signed::sign(duty, &[&account.signing_key()]).unwrap();
    let object = signed.encode().unwrap();
    let writing = account.store.write().unwrap();
    writing.add_publication(&object, net.now).unwrap();
}

fn absent(net: &Net, deputy: Option<&str>) -> Entry {
    Entry::Absent {
        until: net.now.plus(8 * HOUR_MS),
        deputy: deputy.map(|desk| desk.parse().unwrap()),
        summary: None,
    }
}

/// Covers DTY-9, DTY-12.
#[test]
fn absence_reaches_the_sender_and_a_flash_addresses_the_stand_in() {
    let mut net = Net::joined();
    let entry = absent(&net, Some(HEAD));
    publish(&net, 1, entry);
    net.settle();
    assert!(net.devices[1].account.store.is_idle().unwrap());
    let desk: Desk = DUTY.parse().unwrap();
    for at in 0..4 {
        let directory = &net.devices[at].account.directory;
        let since = net.now;
        let until = since.plus(8 * HOUR_MS);
        let found = directory.staffing(&desk, net.now);
        assert_eq!(found, Staffing::Absent { since, until }, "device {at}");
    }
    let planned = |net: &mut Net, precedence| -> Result<crate::compose::Plan, ComposeError> {
        let fields = vec![Field {
            number: 1,
            value: Value::Code(2),
        }];
        let form = Form {
            format: 1,
            version: 1,
            fields,
        };
        let draft = Draft {
            precedence,
            ..Draft::new(form, vec![DUTY.parse().unwrap()])
        };
        let account = &net.devices[0].account;
        plan(account, &draft, true, net.now, &mut net.world.rng)
    };
    let flash = planned(&mut net, Precedence::Flash).unwrap();
    let standby = flash
        .header
        .addressees
        .iter()
        .find(|a| a.role == Role::Standby);
    assert_eq!(standby.unwrap().desk.as_str(), HEAD);
    assert!(flash.absent[0].is_added);
    // Nobody else is added to anything less urgent; who is not there is said all the same.
    let routine = planned(&mut net, Precedence::Routine).unwrap();
    assert_eq!(routine.header.addressees.len(), 1);
    assert_eq!(routine.absent[0].stand_in, Some(HEAD.parse().unwrap()));
    net.now = net.now.plus(1);
    publish(
        &net,
        2,
        Entry::Taken {
            until: net.now.plus(HOUR_MS),
        },
    );
    net.settle();
    assert!(
        planned(&mut net, Precedence::Flash)
            .unwrap()
            .absent
            .is_empty()
    );
}

#[test]
fn duty_that_the_relay_refuses_is_kept_with_the_reason() {
    let mut net = Net::joined();
    let entry = absent(&net, None);
    publish(&net, 3, entry);
    net.settle();
    net.now = net.now.plus(1);
    let entry = absent(&net, Some(HEAD));
    publish(&net, 1, entry);
    net.settle();
    let publications = net.devices[1].account.store.publications().unwrap();
    let code = ErrorCode::NotStaffed.number();
    assert_eq!(publications[0].refused, Some(code));
}

/// Covers ESC-2.
#[test]
fn flash_that_is_not_relayed_is_told_to_the_sender() {
    let mut net = Net::new();
    for at in 0..net.devices.len() {
        net.connect(at);
    }
    net.join_peers();
    net.settle();
    net.peers_joined = false;
    net.input(0, Input::Disconnected { link: PEER_LINK });
    net.input(1, Input::Disconnected { link: PEER_LINK });
    let flash = net.flag(0, &[DUTY], Precedence::Flash, true);
    net.settle();
    assert_eq!(net.rung(0, &flash), Rung::Accepted);
    net.pass(2 * estafette_protocol::time::MINUTE_MS + 1);
    let store = &net.devices[0].account.store;
    let message = store.message(&flash).unwrap().unwrap();
    let row = &crate::view::rows(&message, net.now)[0];
    assert_eq!(row.overdue, [Clock::Transport]);
    assert_eq!(row.told_overdue, [Clock::Transport]);
    let item = crate::view::item(
        message,
        &"duty@spoc.police.xa".parse().unwrap(),
        &crate::view::Links::default(),
        net.now,
    );
    assert_eq!(item.turn, crate::view::Turn::Problem);
}

/// Covers ESC-2: whoever does not have the message keeps what it is told about it as a notice, and
/// only from its own relay.
#[test]
fn gateway_keeps_what_it_is_told_of_a_message_that_it_does_not_have() {
    let addresses = ["127.0.0.1:4640", "127.0.0.1:4641"];
    let world = World::with("told", testing::NOW, &["duty", "head"], addresses).unwrap();
    let mut net = Net::of(world).join();
    let duty = |net: &Net, desk: &str| {
        let devices = net.devices.iter();
        let mut at = devices
            .zip(0..)
            .filter(|(d, _)| d.account.desk().as_str() == desk);
        at.next().map(|(_, at)| at).unwrap()
    };
    let (sender, head) = (
        duty(&net, "duty@spoc.police.xa"),
        duty(&net, "head@spoc.police.xa"),
    );
    net.peers_joined = false;
    net.input(0, Input::Disconnected { link: PEER_LINK });
    net.input(1, Input::Disconnected { link: PEER_LINK });
    let flash = net.flag(sender, &[DUTY], Precedence::Flash, true);
    net.settle();
    net.pass(2 * estafette_protocol::time::MINUTE_MS + 1);
    let store = &net.devices[head].account.store;
    assert!(store.message(&flash).unwrap().is_none());
    let notices = store.notices().unwrap();
    assert_eq!(notices.len(), 1);
    assert!(matches!(
        &notices[0].value().claim,
        Claim::Overdue { sender, clock: Clock::Transport, .. }
            if sender.as_str() == "duty@spoc.police.xa"
    ));
    assert_eq!(notices[0].value().subject, flash);
    let told = net.devices[head].events.iter();
    let claim = "overdue";
    assert!(
        told.into_iter()
            .any(|event| *event == Event::Noticed { claim })
    );
}

#[test]
fn what_was_said_and_has_not_left_can_be_taken_back_and_what_has_left_cannot() {
    let mut net = Net::joined();
    let digest = net.flag(0, &[DUTY], Precedence::Flash, true);
    net.settle();
    let declined = |remark| Claim::Declined { ground: 1, remark };
    net.disconnect(1);
    net.say(1, &digest, declined(None));
    let said = |net: &Net| {
        let message = net.devices[1]
            .account
            .store
            .message(&digest)
            .unwrap()
            .unwrap();
        let said = spoken(&message);
        said.iter()
            .any(|one| matches!(one.what, Utterance::Declined { .. }))
    };
    let bytes = |net: &Net| {
        let outbox = net.devices[1].account.store.outbox().unwrap();
        let mut cargo = outbox.into_iter().map(|entry| entry.cargo);
        cargo.find_map(|cargo| match cargo {
            crate::store::Cargo::Statement(bytes) => Some(bytes),
            crate::store::Cargo::Envelope => None,
        })
    };
    assert!(said(&net));
    let queued = bytes(&net).unwrap();
    let unsay = |net: &Net, bytes| {
        let writing = net.devices[1].account.store.write().unwrap();
        writing.unsay(&digest, bytes).unwrap()
    };
    assert!(unsay(&net, &queued));
    assert!(!said(&net) && bytes(&net).is_none());
    assert!(!unsay(&net, &queued));
    net.say(1, &digest, declined(None));
    net.connect(1);
    net.settle();
    assert!(said(&net));
    assert!(!unsay(&net, &queued));
}
