//! Accords and what follows from them.

use super::*;

fn own_only() -> Directory {
    let mut directory = empty();
    applied(&mut directory, &signed_charter("se"));
    directory
}

fn names(directory: &Directory, now: UnixMillis) -> Vec<(String, u32, Standing)> {
    directory
        .accords_in_force(now)
        .map(|(a, s)| (a.value().name.as_str().to_owned(), a.value().number, s))
        .collect()
}

/// Covers ACC-1, ACC-9, IDN-3.
#[test]
fn accord_waits_for_the_peers_charter_and_makes_its_root_trusted() {
    let mut directory = own_only();
    assert!(
        applied(
            &mut directory,
            &sign_accord(accord("nordic", &["no", "se"]))
        )
        .news
    );
    assert!(names(&directory, NOW).is_empty());
    assert_eq!(directory.accords_pending().count(), 1);
    applied(&mut directory, &signed_charter("no"));
    assert_eq!(names(&directory, NOW).len(), 1);
    assert!(directory.parties(NOW).contains(&agency("no")));
}

/// Covers ACC-6, ACC-9.
#[test]
fn accord_needs_the_own_agency_its_signature_and_no_rules() {
    let mut directory = own_only();
    let others = sign_accord(accord("far", &["dk", "no"]));
    refused(&mut directory, &others, ErrorCode::NotAParty);
    let unsigned = Signed::sign(accord("nordic", &["no", "se"]), &[&key("no accord")]).unwrap();
    refused(&mut directory, &unsigned, ErrorCode::AccordNotSigned);
    let mut ruled = accord("nordic", &["no", "se"]);
    ruled.rules = vec![1].into();
    refused(
        &mut directory,
        &sign_accord(ruled),
        ErrorCode::AccordRulesUnknown,
    );
    let mut rootless = accord("nordic", &["no", "se"]);
    rootless.parties[1].root = FixedBytes([3; 32]);
    refused(
        &mut directory,
        &sign_accord(rootless),
        ErrorCode::CharterUnknown,
    );
    refused(
        &mut empty(),
        &sign_accord(accord("nordic", &["no", "se"])),
        ErrorCode::CharterUnknown,
    );
}

/// Covers ACC-2, ACC-9.
#[test]
fn accord_of_a_party_whose_charter_is_held_must_bear_its_root_and_signature() {
    let mut directory = full();
    let unsigned = Signed::sign(accord("other", &["no", "se"]), &[&key("se accord")]).unwrap();
    refused(&mut directory, &unsigned, ErrorCode::AccordNotSigned);
    let mut rootless = accord("other", &["no", "se"]);
    rootless.parties[0].root = FixedBytes([3; 32]);
    refused(
        &mut directory,
        &sign_accord(rootless),
        ErrorCode::CharterUnknown,
    );
}

/// Covers ACC-10.
#[test]
fn accord_takes_a_better_set_of_signatures_and_keeps_its_hash() {
    let mut directory = own_only();
    let poor = Signed::sign(accord("nordic", &["no", "se"]), &[&key("se accord")]).unwrap();
    applied(&mut directory, &poor);
    applied(&mut directory, &signed_charter("no"));
    assert!(names(&directory, NOW).is_empty());
    let rich = sign_accord(accord("nordic", &["no", "se"]));
    assert_eq!(rich.hash(), poor.hash());
    assert!(applied(&mut directory, &rich).news);
    assert_eq!(names(&directory, NOW).len(), 1);
    refused(&mut directory, &poor, ErrorCode::AccordNotSigned);
    assert!(!applied(&mut directory, &rich).news);
}

/// Covers ACC-4.
#[test]
fn accord_is_current_then_stale_then_over() {
    let directory = full();
    let hash = sign_accord(accord("nordic", &["no", "se"])).hash();
    let standing = |now| directory.accord_by_hash(&hash, now).map(|(_, s)| s);
    let end = NOW.plus(100 * DAY_MS);
    assert_eq!(standing(NOW.minus(1)), Err(ErrorCode::AccordUnknown));
    assert_eq!(standing(NOW), Ok(Standing::Current));
    assert_eq!(standing(end.plus(1)), Ok(Standing::Stale));
    assert_eq!(standing(end.plus(10 * DAY_MS)), Ok(Standing::Stale));
    let over = end.plus(10 * DAY_MS).plus(1);
    assert_eq!(standing(over), Err(ErrorCode::AccordUnknown));
    let mut fresh = own_only();
    let late = sign_accord(accord("nordic", &["no", "se"]));
    refused_at(&mut fresh, &late, over, ErrorCode::Expired);
}

/// Covers ACC-5.
#[test]
fn accord_is_replaced_once_its_successor_is_signed_by_all_and_has_begun() {
    let mut directory = full();
    let first = sign_accord(accord("nordic", &["no", "se"]));
    let mut second = Accord::next(&first);
    second.not_before = NOW.plus(DAY_MS);
    let second = sign_accord(second);
    applied(&mut directory, &second);
    assert_eq!(names(&directory, NOW)[0].1, 1);
    let begun = NOW.plus(DAY_MS);
    assert_eq!(
        names(&directory, begun),
        [("nordic".to_owned(), 2, Standing::Current)]
    );
    let standing = |now| directory.accord_by_hash(&first.hash(), now).map(|(_, s)| s);
    assert_eq!(
        standing(begun.plus(SUPERSEDED_MS)),
        Ok(Standing::Superseded)
    );
    assert_eq!(
        standing(begun.plus(SUPERSEDED_MS + 1)),
        Err(ErrorCode::AccordUnknown)
    );
    let mut fork = second.value().clone();
    fork.lifetime = 2 * DAY_MS;
    refused(&mut directory, &sign_accord(fork), ErrorCode::AccordUnknown);
    let mut fresh = own_only();
    applied(&mut fresh, &second);
    applied(&mut fresh, &signed_charter("no"));
    refused_at(&mut fresh, &first, begun, ErrorCode::AccordUnknown);
}

#[test]
fn pending_successor_replaces_nothing() {
    let mut directory = full();
    let first = sign_accord(accord("nordic", &["no", "se"]));
    let mut second = accord("nordic", &["dk", "no", "se"]);
    second.number = 2;
    second.previous = Some(first.hash());
    applied(&mut directory, &sign_accord(second));
    assert_eq!(names(&directory, NOW)[0].1, 1);
    applied(&mut directory, &signed_charter("dk"));
    assert_eq!(names(&directory, NOW)[0].1, 2);
}

/// Covers ACC-1.
#[test]
fn charter_without_the_accord_key_ends_the_accord_until_it_is_signed_again() {
    let mut directory = full();
    let mut next = Charter::next(&signed_charter("no"), NOW);
    next.accord_keys = vec![key("no accord 2").verifying_key()];
    let roots = [key("no root 1"), key("no root 3")];
    applied(
        &mut directory,
        &Signed::sign(next, &roots.each_ref()).unwrap(),
    );
    assert!(names(&directory, NOW).is_empty());
    let mut again = sign_accord(accord("nordic", &["no", "se"]));
    again.countersign(&key("no accord 2"));
    assert!(applied(&mut directory, &again).news);
    assert_eq!(names(&directory, NOW).len(), 1);
}

#[test]
fn draft_gets_the_accord_of_the_fewest_parties() {
    let mut directory = full();
    applied(
        &mut directory,
        &sign_accord(accord("europe", &["dk", "no", "se"])),
    );
    applied(&mut directory, &signed_charter("dk"));
    let between = |agencies: &[Agency], format| {
        let found = directory.accord_between(agencies, format, NOW);
        found.map(|(a, _, _)| a.value().name.as_str().to_owned())
    };
    let (dk, no, se) = (agency("dk"), agency("no"), agency("se"));
    assert_eq!(
        between(&[no.clone(), se.clone()], 1).as_deref(),
        Some("nordic")
    );
    assert_eq!(
        between(&[dk, no.clone(), se.clone()], 1).as_deref(),
        Some("europe")
    );
    assert_eq!(between(&[no, se], 2), None);
}

/// Covers SES-11, SES-12, IDN-15, ACC-7.
#[test]
fn an_empty_device_can_verify_everything_in_the_order_given() {
    let mut relay = full();
    applied(
        &mut relay,
        &sign_accord(accord("europe", &["dk", "no", "se"])),
    );
    applied(&mut relay, &signed_charter("dk"));
    let mut device = empty();
    for object in relay.lacking(&device.holdings(), &Audience::Device, NOW) {
        assert!(device.apply(object, NOW).unwrap().news);
    }
    assert_eq!(device.holdings(), relay.holdings());
    assert!(device.house().is_some());
    assert_eq!(device.rotations_pending().count(), 0);
    assert!(
        relay
            .lacking(&device.holdings(), &Audience::Device, NOW)
            .is_empty()
    );
}

/// Covers SES-12, IDN-15, ACC-7.
#[test]
fn a_peer_sees_the_own_agency_alone_and_only_under_an_accord() {
    let directory = full();
    let peer = Audience::Peer(agency("no"));
    let sent = directory.lacking(&[], &peer, NOW);
    let kinds: Vec<u8> = sent
        .iter()
        .map(|object| {
            let signed: SignedObject = decode(object).unwrap();
            signed.inner_kind().unwrap()
        })
        .collect();
    assert_eq!(kinds, [16, 17, 20, 19]);
    assert!(
        directory
            .lacking(&directory.holdings_of(&agency("se")), &peer, NOW)
            .is_empty()
    );
    assert!(
        directory
            .lacking(&[], &Audience::Peer(agency("dk")), NOW)
            .is_empty()
    );
    let over = NOW.plus(111 * DAY_MS);
    assert!(directory.lacking(&[], &peer, over).is_empty());
    let told = directory.holdings_of(&agency("no"));
    assert!(
        told.iter()
            .all(|h| h.kind != 21 && h.name.as_str() != "police.se")
    );
    assert_eq!(told.len(), 3);
}

#[test]
fn objects_are_found_by_the_name_of_their_holding() {
    let directory = full();
    for holding in directory.holdings() {
        let object = directory
            .object(holding.kind, holding.name.as_str())
            .unwrap();
        let signed: SignedObject = decode(object).unwrap();
        assert_eq!(signed.inner_kind(), Ok(holding.kind));
    }
    assert!(directory.object(18, "police.se").is_some());
    assert!(directory.object(18, "police.no").is_none());
    assert!(directory.object(99, "police.se").is_none());
}

/// Covers SES-11: what was not shown is sent once it may be seen.
#[test]
fn what_an_accord_uncovers_is_lacking_afterwards() {
    let mut relay = own_only();
    let poor = Signed::sign(accord("nordic", &["no", "se"]), &[&key("se accord")]).unwrap();
    applied(&mut relay, &poor);
    applied(&mut relay, &signed_charter("no"));
    applied(&mut relay, &sign_roster(roster("no")));
    let have = relay.shown(&Audience::Device, NOW);
    assert_eq!(have.len(), 1);
    assert!(relay.holdings().iter().all(|held| held.kind != 21));
    applied(&mut relay, &sign_accord(accord("nordic", &["no", "se"])));
    assert_eq!(relay.lacking(&have, &Audience::Device, NOW).len(), 3);
    let have = relay.shown(&Audience::Device, NOW);
    assert!(relay.lacking(&have, &Audience::Device, NOW).is_empty());
}
