//! Charters, rosters and houses.

use super::*;

fn next_charter(state: &str) -> Charter {
    let mut next = Charter::next(&signed_charter(state), NOW);
    next.root_keys = vec![key("new root").verifying_key()];
    next.threshold = 1;
    next
}

fn se_keys(purposes: &[&str]) -> Vec<SigningKey> {
    purposes.iter().map(|p| key(&format!("se {p}"))).collect()
}

fn sign<T: Object>(value: T, keys: &[SigningKey]) -> Signed<T> {
    Signed::sign(value, &keys.iter().collect::<Vec<_>>()).unwrap()
}

/// Covers IDN-3.
#[test]
fn charter_zero_is_accepted_under_the_pinned_root_alone() {
    let mut directory = Directory::new(agency("se"), FixedBytes([0; 32]));
    refused(
        &mut directory,
        &signed_charter("se"),
        ErrorCode::CharterUnknown,
    );
    let mut directory = empty();
    assert!(applied(&mut directory, &signed_charter("se")).news);
    assert!(!applied(&mut directory, &signed_charter("se")).news);
    refused(
        &mut directory,
        &signed_charter("no"),
        ErrorCode::CharterUnknown,
    );
}

/// Covers IDN-4.
#[test]
fn charter_needs_its_threshold() {
    let mut directory = empty();
    let one = sign(charter("se"), &se_keys(&["root 1"]));
    refused(&mut directory, &one, ErrorCode::SignatureInvalid);
    let wrong = sign(charter("se"), &se_keys(&["root 1", "roster"]));
    refused(&mut directory, &wrong, ErrorCode::SignatureInvalid);
}

/// Covers IDN-4, IDN-5.
#[test]
fn charter_rotation_needs_the_old_threshold_and_the_new() {
    let mut directory = full();
    let old = se_keys(&["root 1", "root 2"]);
    let new = vec![key("new root")];
    let both = [old.clone(), new.clone()].concat();
    refused(
        &mut directory,
        &sign(next_charter("se"), &old),
        ErrorCode::SignatureInvalid,
    );
    refused(
        &mut directory,
        &sign(next_charter("se"), &new),
        ErrorCode::SignatureInvalid,
    );
    let mut skipped = next_charter("se");
    skipped.number = 2;
    refused(
        &mut directory,
        &sign(skipped, &both),
        ErrorCode::CharterUnknown,
    );
    let mut broken = next_charter("se");
    broken.previous = Some(FixedBytes([1; 32]));
    refused(
        &mut directory,
        &sign(broken, &both),
        ErrorCode::CharterChainBroken,
    );
    let next = sign(next_charter("se"), &both);
    assert!(applied(&mut directory, &next).news);
    let mut other = next_charter("se");
    other.issued = NOW.plus(1);
    refused(
        &mut directory,
        &sign(other, &both),
        ErrorCode::CharterChainBroken,
    );
    // IDN-7: a roster must now name the new charter; the one held stays in use.
    let mut late = Roster::next(&sign_roster(roster("se")), NOW);
    refused(
        &mut directory,
        &sign_roster(late.clone()),
        ErrorCode::CharterUnknown,
    );
    assert!(directory.roster_by_number(&agency("se"), 1, NOW).is_ok());
    late.charter = next.hash();
    assert!(applied(&mut directory, &sign_roster(late)).news);
}

/// Covers IDN-7, IDN-12.
#[test]
fn roster_needs_a_charter_a_signature_and_time() {
    let mut directory = empty();
    refused(
        &mut directory,
        &sign_roster(roster("se")),
        ErrorCode::CharterUnknown,
    );
    applied(&mut directory, &signed_charter("se"));
    let wrong = sign(roster("se"), &se_keys(&["accord"]));
    refused(&mut directory, &wrong, ErrorCode::SignatureInvalid);
    let end = NOW.plus(40 * DAY_MS);
    let good = sign_roster(roster("se"));
    refused_at(&mut directory, &good, end.plus(1), ErrorCode::RosterExpired);
    assert!(directory.apply(&bytes(&good), end).unwrap().news);
}

/// Covers IDN-9, IDN-10, IDN-11.
#[test]
fn rosters_go_up_in_one_chain_and_a_fork_is_kept_as_proof() {
    let mut directory = full();
    let first = sign_roster(roster("se"));
    let second = sign_roster(Roster::next(&first, NOW.plus(1)));
    let mut fork = roster("se");
    fork.grace = 0;
    refused(
        &mut directory,
        &sign_roster(fork.clone()),
        ErrorCode::RosterForked,
    );
    assert_eq!(directory.proofs().len(), 1);
    refused(&mut directory, &sign_roster(fork), ErrorCode::RosterForked);
    assert_eq!(directory.proofs().len(), 1);
    let mut off_chain = second.value().clone();
    off_chain.previous = Some(FixedBytes([9; 32]));
    refused(
        &mut directory,
        &sign_roster(off_chain),
        ErrorCode::RosterForked,
    );
    assert_eq!(directory.proofs().len(), 2);
    assert!(applied(&mut directory, &second).news);
    refused(&mut directory, &first, ErrorCode::RosterOlder);
    let mut far = Roster::next(&second, NOW.plus(2));
    far.number = 9;
    far.previous = Some(FixedBytes([9; 32]));
    assert!(applied(&mut directory, &sign_roster(far)).news);
}

/// A fork that nobody entitled signed proves nothing.
#[test]
fn proofs_hold_signed_rosters_alone() {
    let mut directory = full();
    let mut fork = roster("se");
    fork.grace = 0;
    let fork = sign(fork, &se_keys(&["accord"]));
    refused(&mut directory, &fork, ErrorCode::SignatureInvalid);
    assert!(directory.proofs().is_empty());
}

/// Covers IDN-12, IDN-13.
#[test]
fn roster_is_current_then_stale_then_over_and_superseded_for_72_hours() {
    let mut directory = full();
    let own = agency("se");
    let first = sign_roster(roster("se"));
    let standing = |directory: &Directory, number, now| {
        let found = directory.roster_by_number(&own, number, now);
        found.map(|(_, standing)| standing)
    };
    let end = NOW.plus(30 * DAY_MS);
    assert_eq!(standing(&directory, 1, end), Ok(Standing::Current));
    assert_eq!(standing(&directory, 1, end.plus(1)), Ok(Standing::Stale));
    let over = end.plus(10 * DAY_MS);
    assert_eq!(standing(&directory, 1, over), Ok(Standing::Stale));
    assert_eq!(
        standing(&directory, 1, over.plus(1)),
        Err(ErrorCode::RosterStale)
    );
    assert_eq!(standing(&directory, 2, NOW), Err(ErrorCode::RosterMissing));
    applied(&mut directory, &sign_roster(Roster::next(&first, NOW)));
    let last = NOW.plus(SUPERSEDED_MS);
    assert_eq!(standing(&directory, 1, last), Ok(Standing::Superseded));
    assert_eq!(
        standing(&directory, 1, last.plus(1)),
        Err(ErrorCode::RosterStale)
    );
    assert_eq!(standing(&directory, 0, NOW), Err(ErrorCode::RosterStale));
    let by_hash = directory.roster_by_hash(&first.hash(), NOW).unwrap();
    assert_eq!(
        (by_hash.0.hash(), by_hash.1),
        (first.hash(), Standing::Superseded)
    );
    let unknown = directory.roster_by_hash(&FixedBytes([0; 32]), NOW);
    assert_eq!(unknown.unwrap_err(), ErrorCode::RosterMissing);
}

/// Covers IDN-14, IDN-15, IDN-35.
#[test]
fn house_is_the_own_agencys_and_chained() {
    let mut directory = full();
    let foreign = Signed::sign(house("no"), &[&key("no roster")]).unwrap();
    refused(&mut directory, &foreign, ErrorCode::ObjectUnknown);
    let first = sign_house(house("se"));
    let mut fork = house("se");
    fork.issued = NOW.plus(1);
    refused(&mut directory, &sign_house(fork), ErrorCode::RosterForked);
    let next = sign_house(House::next(&first, NOW));
    refused(
        &mut directory,
        &sign(next.value().clone(), &se_keys(&["accord"])),
        ErrorCode::SignatureInvalid,
    );
    assert!(applied(&mut directory, &next).news);
    refused(&mut directory, &first, ErrorCode::RosterOlder);
    let mut cycle = house("se");
    cycle.units[2].superior = Some(cycle.units[3].unit.clone());
    cycle.units[3].superior = Some(cycle.units[2].unit.clone());
    assert_eq!(cycle.check(), Err(EncodingError::Field("IDN-14")));
}

/// Covers IDN-8.
#[test]
fn a_key_stands_once_and_not_beside_its_revocation() {
    let mut twice = roster("se");
    twice.desks[0].devices[0].hop_key = hop("se relay hop");
    assert_eq!(twice.check(), Err(EncodingError::Field("IDN-8")));
    for id in [device_id("se hq 1"), hop("se relay hop").id()] {
        let mut revoked = roster("se");
        revoked.revoked = vec![Revocation { key: id, at: NOW }];
        assert_eq!(revoked.check(), Err(EncodingError::Field("IDN-8")));
    }
}

/// Covers IDN-34.
#[test]
fn listing_a_foreign_key_does_not_take_it_over() {
    let mut directory = full();
    let mut thief = Roster::next(&sign_roster(roster("no")), NOW);
    thief.relays[0].hop_key = hop("se relay hop");
    thief.desks[0].devices = roster("se").desks[0].devices.clone();
    applied(&mut directory, &sign_roster(thief));
    let (owner, _) = directory.relay_by_hop_key(&hop("se relay hop")).unwrap();
    assert_eq!(owner, &agency("se"));
    let (owner, _, _) = directory.device_by_id(&device_id("se field 1")).unwrap();
    assert_eq!(owner, &agency("se"));
}

#[test]
fn keys_are_found_by_either_identifier() {
    let directory = full();
    let (owner, entry, found) = directory.device_by_id(&device_id("no spoc 2")).unwrap();
    assert_eq!(owner, &agency("no"));
    assert_eq!(entry.desk, desk("duty", "spoc", "no"));
    assert_eq!(found.hop_key, hop("no spoc 2"));
    let by_hop = directory.device_by_hop_key(&hop("no spoc 2")).unwrap();
    assert_eq!(by_hop.2, found);
    assert!(directory.device_by_id(&device_id("no relay")).is_none());
    assert!(directory.relay_by_hop_key(&hop("no spoc 2")).is_none());
    let key_of = |agency: &Agency| {
        let found = directory.relay_statement_key(agency, &device_id("no relay"));
        found.copied()
    };
    assert!(key_of(&agency("no")).is_some());
    assert!(key_of(&agency("se")).is_none());
}
