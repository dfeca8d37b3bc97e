//! Duties: who may sign one, which is held, and who stands in.

use super::*;
use crate::duty::{Duty, Entry};
use crate::time::HOUR_MS;

const H: u64 = HOUR_MS;

fn post(unit: &str) -> Desk {
    desk("duty", unit, "se")
}

fn duty(unit: &str, by: &str, issued: UnixMillis, entry: Entry) -> Duty {
    Duty {
        desk: post(unit),
        by: post(by),
        issued,
        entry,
        extensions: Extensions::default(),
    }
}

fn signed(duty: Duty, device: &str) -> Signed<Duty> {
    Signed::sign(duty, &[&key(device)]).unwrap()
}

fn taken(until: UnixMillis) -> Entry {
    Entry::Taken { until }
}

fn absent(deputy: Option<&str>) -> Entry {
    Entry::Absent {
        until: NOW.plus(8 * H),
        deputy: deputy.map(post),
        summary: None,
    }
}

/// The desk says so itself.
fn says(unit: &str, entry: Entry) -> Signed<Duty> {
    let device = format!("se {unit} 1");
    signed(duty(unit, unit, NOW, entry), &device)
}

/// A directory in which nobody is suspended.
fn directory() -> Directory {
    let mut directory = empty();
    for object in [
        bytes(&signed_charter("se")),
        bytes(&sign_roster(roster("se"))),
    ] {
        directory.apply(&object, NOW).unwrap();
    }
    directory
        .apply(&bytes(&sign_house(house("se"))), NOW)
        .unwrap();
    directory
}

/// Covers SES-11: however many duties an agency has, nobody waits for prekeys on their account.
#[test]
fn duties_are_published_after_prekeys() {
    let mut relay = full();
    assert!(applied(&mut relay, &says("field", taken(NOW.plus(H)))).news);
    let sent = relay.lacking(&[], &Audience::Device, NOW);
    let last = sent.iter().rev().map(|object| {
        let signed: SignedObject = decode(object).unwrap();
        signed.inner_kind().unwrap()
    });
    assert!(last.take(2).eq([Duty::KIND, PrekeyBundle::KIND]));
}

/// Covers DTY-2.
#[test]
fn duty_is_signed_by_the_desk_a_superior_or_the_gateway() {
    let until = NOW.plus(H);
    let by = |by: &str, device: &str| signed(duty("field", by, NOW, taken(until)), device);
    for unit in ["field", "hq", "spoc"] {
        let good = by(unit, &format!("se {unit} 1"));
        assert!(applied(&mut directory(), &good).news, "{unit}");
    }
    let mut directory = directory();
    let beside = by("other", "se other 1");
    refused(&mut directory, &beside, ErrorCode::AuthorityMissing);
    let forged = by("hq", "se other 1");
    refused(&mut directory, &forged, ErrorCode::SignatureInvalid);
    let nobody = by("nowhere", "se hq 1");
    refused(&mut directory, &nobody, ErrorCode::DeskUnknown);
}

/// Covers DTY-2.
#[test]
fn suspended_device_takes_no_desk() {
    let mut directory = full();
    let by_suspended = says("other", taken(NOW.plus(H)));
    refused(&mut directory, &by_suspended, ErrorCode::DeviceSuspended);
}

/// Covers DTY-3.
#[test]
fn only_a_later_duty_of_an_entry_replaces_it() {
    let mut directory = directory();
    let issued = |at| {
        signed(
            duty("field", "field", at, taken(NOW.plus(9 * H))),
            "se field 1",
        )
    };
    let first = issued(NOW);
    assert!(applied(&mut directory, &first).news);
    assert!(!applied(&mut directory, &first).news);
    refused(&mut directory, &issued(NOW.minus(1)), ErrorCode::DutyOlder);
    let same_time = says("field", taken(NOW.plus(H)));
    refused(&mut directory, &same_time, ErrorCode::DutyOlder);
    let ahead = issued(NOW.plus(CLOCK_AHEAD_MS + 1));
    refused(&mut directory, &ahead, ErrorCode::CreatedInFuture);
    assert!(applied(&mut directory, &issued(NOW.plus(1))).news);
    assert!(applied(&mut directory, &says("field", absent(None))).news);
}

/// Covers DTY-9.
#[test]
fn duty_is_published_under_its_desk_and_entry() {
    let mut directory = directory();
    let duty = says("field", taken(NOW.plus(H)));
    let applied = applied(&mut directory, &duty);
    let name = "duty@field.police.se/taken";
    assert_eq!((applied.kind, applied.name.as_str()), (Duty::KIND, name));
    assert_eq!(directory.object(Duty::KIND, name), Some(&bytes(&duty)[..]));
    let holdings = directory.holdings();
    let holding = holdings.iter().find(|one| one.kind == Duty::KIND).unwrap();
    assert_eq!((holding.name.as_str(), holding.number), (name, NOW.0));
}

/// Covers DTY-4 to DTY-7.
#[test]
fn relay_of_the_agency_judges_the_deputy_and_others_take_it() {
    let mut directory = directory();
    let judge = |directory: &Directory, deputy: &str| {
        let duty = says("field", absent(Some(deputy)));
        let judged = directory.check_deputy(duty.value());
        judged.map_err(|error| error.code())
    };
    assert_eq!(judge(&directory, "nowhere"), Err(ErrorCode::DeputyUnknown));
    assert_eq!(judge(&directory, "hq"), Ok(()));
    applied(&mut directory, &says("other", absent(None)));
    assert_eq!(judge(&directory, "other"), Err(ErrorCode::NotStaffed));
    applied(&mut directory, &says("hq", absent(Some("field"))));
    assert_eq!(judge(&directory, "hq"), Err(ErrorCode::DeputyCycle));
    assert!(applied(&mut directory, &says("field", absent(Some("hq")))).news);
    assert_eq!(directory.stand_in(&post("field"), NOW), None);
}

/// Covers DTY-11.
#[test]
fn deputy_of_a_deputy_stands_in() {
    let mut directory = directory();
    applied(&mut directory, &says("field", absent(Some("other"))));
    let stand_in = |directory: &Directory| directory.stand_in(&post("field"), NOW);
    assert_eq!(stand_in(&directory), Some(post("other")));
    applied(&mut directory, &says("other", absent(Some("spoc"))));
    assert_eq!(stand_in(&directory), Some(post("spoc")));
    assert_eq!(directory.stand_in(&post("spoc"), NOW), None);
    let over = NOW.plus(8 * H);
    assert_eq!(directory.stand_in(&post("field"), over), None);
}

/// Covers DTY-2.
#[test]
fn duties_go_with_their_desk() {
    let mut directory = directory();
    applied(&mut directory, &says("field", taken(NOW.plus(H))));
    let mut next = Roster::next(&sign_roster(roster("se")), NOW.plus(1));
    next.desks.retain(|entry| entry.desk != post("field"));
    next.revoked = vec![Revocation {
        key: device_id("se field 1"),
        at: NOW,
    }];
    applied(&mut directory, &sign_roster(next));
    assert!(directory.duties(&post("field")).taken.is_none());
}
