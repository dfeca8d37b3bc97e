//! Prekeys, suspensions and rotations.

use super::*;

fn sign_suspension(suspension: Suspension, by: &str) -> Signed<Suspension> {
    Signed::sign(suspension, &[&key(by)]).unwrap()
}

/// Covers IDN-16, IDN-21, IDN-33.
#[test]
fn prekeys_need_the_device_of_the_roster_and_a_later_time() {
    let spoc = desk("duty", "spoc", "se");
    let mut directory = full();
    let early = prekeys("se spoc 1", spoc.clone(), NOW.minus(1));
    refused(&mut directory, &early, ErrorCode::PrekeysOlder);
    let elsewhere = prekeys("se spoc 1", desk("duty", "hq", "se"), NOW.plus(1));
    refused(&mut directory, &elsewhere, ErrorCode::DeviceUnknown);
    let nowhere = prekeys("se spoc 1", desk("duty", "none", "se"), NOW.plus(1));
    refused(&mut directory, &nowhere, ErrorCode::DeskUnknown);
    let far = prekeys("dk spoc 1", desk("duty", "spoc", "dk"), NOW);
    refused(&mut directory, &far, ErrorCode::RosterMissing);
    let ahead = prekeys("se spoc 1", spoc.clone(), NOW.plus(CLOCK_AHEAD_MS + 1));
    refused(&mut directory, &ahead, ErrorCode::CreatedInFuture);
    let later = prekeys("se spoc 1", spoc, NOW.plus(1));
    let wrong = Signed::sign(later.value().clone(), &[&key("se spoc 2")]).unwrap();
    refused(&mut directory, &wrong, ErrorCode::SignatureInvalid);
    assert!(applied(&mut directory, &later).news);
    let (newest, previous) = directory.prekeys(&device_id("se spoc 1")).unwrap();
    assert_eq!(
        (newest.issued, previous.unwrap().issued),
        (NOW.plus(1), NOW)
    );
}

/// Covers IDN-18, IDN-19.
#[test]
fn the_prekey_begun_last_is_used_and_past_its_end_the_grace_applies() {
    let directory = full();
    let device = device_id("no spoc 1");
    let at = |now| {
        let found = directory.prekey_for(&device, now);
        found.map(|(prekey, stale)| (prekey.id, stale))
    };
    assert_eq!(at(NOW.minus(1)), Err(ErrorCode::PrekeyUnknown));
    assert_eq!(at(NOW), Ok((2_900, false)));
    assert_eq!(at(NOW.plus(WEEK_MS)), Ok((2_901, false)));
    let end = NOW.plus(2 * WEEK_MS);
    assert_eq!(at(end), Ok((2_901, false)));
    assert_eq!(at(end.plus(1)), Ok((2_901, true)));
    assert_eq!(at(end.plus(10 * DAY_MS)), Ok((2_901, true)));
    assert_eq!(at(end.plus(10 * DAY_MS + 1)), Err(ErrorCode::PrekeyUnknown));
    let without = directory.prekey_for(&device_id("no spoc 2"), NOW);
    assert_eq!(without.unwrap_err(), ErrorCode::PrekeyUnknown);
    let unknown = directory.prekey_for(&device_id("dk spoc 1"), NOW);
    assert_eq!(unknown.unwrap_err(), ErrorCode::DeviceUnknown);
}

/// Covers IDN-22.
#[test]
fn suspension_is_signed_by_the_desk_a_superior_or_the_gateway() {
    let bars = |suspension: Suspension, by: &str| {
        let mut directory = full();
        let barred = suspension.device;
        applied(&mut directory, &sign_suspension(suspension, by));
        assert!(directory.is_barred(&agency("se"), &barred, NOW));
        assert!(!directory.is_barred(&agency("no"), &barred, NOW));
    };
    bars(
        suspension("se spoc 1", "spoc", "se spoc 2", "spoc"),
        "se spoc 2",
    );
    bars(
        suspension("se field 1", "field", "se hq 1", "hq"),
        "se hq 1",
    );
    bars(
        suspension("se field 1", "field", "se spoc 1", "spoc"),
        "se spoc 1",
    );
    let mut directory = full();
    let below = suspension("se hq 1", "hq", "se field 1", "field");
    let below = sign_suspension(below, "se field 1");
    refused(&mut directory, &below, ErrorCode::AuthorityMissing);
    let forged = suspension("se field 1", "field", "se hq 1", "hq");
    refused(
        &mut directory,
        &sign_suspension(forged, "se field 1"),
        ErrorCode::SignatureInvalid,
    );
    // A suspended device suspends nobody.
    let mut sideways_later = suspension("se other 1", "other", "se other 1", "other");
    sideways_later.at = NOW.plus(1);
    let by_barred = sign_suspension(sideways_later, "se other 1");
    refused(&mut directory, &by_barred, ErrorCode::DeviceSuspended);
    // Where no house is held, the agency's relay is relied on.
    let foreign = suspension("no hq 1", "hq", "no field 1", "field");
    assert!(applied(&mut directory, &sign_suspension(foreign, "no field 1")).news);
}

/// Covers IDN-23, IDN-33.
#[test]
fn suspension_lapses_after_seven_days_and_the_latest_stands() {
    let mut directory = full();
    let device = device_id("se field 1");
    let first = suspension("se field 1", "field", "se hq 1", "hq");
    let mut later = first.clone();
    later.at = NOW.plus(CLOCK_AHEAD_MS);
    let mut ahead = first.clone();
    ahead.at = NOW.plus(CLOCK_AHEAD_MS + 1);
    let ahead = sign_suspension(ahead, "se hq 1");
    refused(&mut directory, &ahead, ErrorCode::CreatedInFuture);
    let lapsed = NOW.plus(7 * DAY_MS + 1);
    let old = sign_suspension(first, "se hq 1");
    refused_at(&mut directory, &old, lapsed, ErrorCode::Expired);
    assert!(applied(&mut directory, &old).news);
    assert!(directory.is_barred(&agency("se"), &device, NOW.plus(7 * DAY_MS)));
    assert!(!directory.is_barred(&agency("se"), &device, lapsed));
    assert!(applied(&mut directory, &sign_suspension(later, "se hq 1")).news);
    assert!(!applied(&mut directory, &old).news);
    assert!(directory.is_barred(&agency("se"), &device, lapsed));
}

/// Covers IDN-23, IDN-34.
#[test]
fn agency_that_lists_the_key_of_another_cannot_lift_its_suspension() {
    let mut directory = full();
    let theirs = suspension("no hq 1", "hq", "no hq 1", "hq");
    applied(&mut directory, &sign_suspension(theirs, "no hq 1"));
    let mut squats = Roster::next(&sign_roster(roster("se")), NOW);
    squats.desks[2].devices[0].key = key("no hq 1").verifying_key();
    applied(&mut directory, &sign_roster(squats));
    let mut ours = suspension("se other 1", "other", "se spoc 1", "spoc");
    ours.device = device_id("no hq 1");
    ours.at = NOW.plus(1);
    applied(&mut directory, &sign_suspension(ours, "se spoc 1"));
    assert!(directory.is_barred(&agency("no"), &device_id("no hq 1"), NOW));
    assert!(directory.is_barred(&agency("se"), &device_id("no hq 1"), NOW));
    let seen = directory.lacking(&[], &Audience::Device, NOW);
    let suspensions = directory.holdings();
    let suspensions = suspensions.iter().filter(|h| h.kind == Suspension::KIND);
    assert_eq!(suspensions.clone().count(), 2);
    for held in suspensions {
        let bytes = directory.object(held.kind, held.name.as_str()).unwrap();
        assert!(seen.contains(&bytes));
    }
}

/// Covers IDN-13, IDN-23, IDN-24.
#[test]
fn a_roster_confirms_a_suspension_and_carries_out_a_rotation() {
    let mut directory = full();
    assert_eq!(directory.rotations_pending().count(), 1);
    let mut next = Roster::next(&sign_roster(roster("se")), NOW);
    next.desks[0].devices = vec![device("se field 1 new")];
    next.desks[2].devices.clear();
    let mut revoked = vec![device_id("se field 1"), device_id("se other 1")];
    revoked.sort();
    next.revoked = revoked
        .into_iter()
        .map(|key| Revocation { key, at: NOW })
        .collect();
    applied(&mut directory, &sign_roster(next));
    assert_eq!(directory.rotations_pending().count(), 0);
    // IDN-43
    let (old, new) = (device_id("se field 1"), device_id("se field 1 new"));
    assert_eq!(directory.successor(&old), Some(new));
    assert_eq!(directory.successor(&new), None);
    assert!(directory.predecessors(&new).eq([old]));
    assert!(
        directory
            .suspension(&agency("se"), &device_id("se other 1"))
            .is_none()
    );
    let for_ever = NOW.plus(30 * DAY_MS);
    assert!(directory.is_barred(&agency("se"), &device_id("se other 1"), for_ever));
    assert!(directory.device_by_id(&device_id("se field 1")).is_none());
    assert!(
        directory
            .device_by_id(&device_id("se field 1 new"))
            .is_some()
    );
}

/// Covers IDN-24.
#[test]
fn rotation_needs_both_keys() {
    let mut directory = full();
    let wish = rotation("se spoc 1", desk("duty", "spoc", "se"));
    for by in ["se spoc 1", "se spoc 1 new"] {
        let one = Signed::sign(wish.clone(), &[&key(by)]).unwrap();
        refused(&mut directory, &one, ErrorCode::SignatureInvalid);
    }
    let keys = [key("se spoc 1"), key("se spoc 1 new")];
    let both = Signed::sign(wish, &keys.each_ref()).unwrap();
    assert!(applied(&mut directory, &both).news);
}

#[test]
fn prekeys_outlive_their_device_while_the_old_roster_may_be_named() {
    let mut directory = full();
    let device = device_id("se spoc 1");
    let mut next = Roster::next(&sign_roster(roster("se")), NOW);
    next.desks[3].devices.retain(|d| d.key.id() != device);
    let next = sign_roster(next);
    applied(&mut directory, &next);
    assert!(directory.prekeys(&device).is_some());
    let later = NOW.plus(SUPERSEDED_MS + 1);
    let third = sign_roster(Roster::next(&next, NOW));
    directory.apply(&bytes(&third), later).unwrap();
    assert!(directory.prekeys(&device).is_none());
}
