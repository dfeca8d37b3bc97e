//! Tests of the authority: two agencies, from roots to an accord that both relays accept.

use super::accord::{AccordFile, Terms};
use super::draft::{DraftDevice, RelayCard, every_format};
use super::*;
use estafette_protocol::accord::AcceptedFormat;
use estafette_protocol::crypto::{HopKey, Secret};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::time::DAY_MS;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

fn hop(seed: u8) -> HopKey {
    HopKey::from_bytes(&Secret::from_bytes([seed; 32]).hop_public()).unwrap()
}

fn authority(dir: &Path, name: &str, seed: u8) -> Authority {
    let agency: Agency = name.parse().unwrap();
    let gateway: Unit = format!("spoc.{name}").parse().unwrap();
    let mut authority =
        Authority::create(&dir.join(name), &agency, &key(seed), &gateway, NOW).unwrap();
    let card = RelayCard {
        agency,
        name: "relay".to_owned(),
        hop_key: hop(seed),
        statement_key: key(seed + 1).verifying_key(),
        addresses: vec!["127.0.0.1:4640".to_owned()],
    };
    authority.draft_mut().add_relay(card, None);
    let desk = authority.draft().desk_name("duty@spoc").unwrap();
    let draft = authority.draft_mut();
    draft.add_desk(&desk, &every_format()).unwrap();
    let device = DraftDevice {
        key: key(seed + 2).verifying_key(),
        hop_key: hop(seed + 2),
        enrolled: NOW,
    };
    draft.add_device(&desk, device).unwrap();
    authority.save().unwrap();
    authority
}

fn terms() -> Terms {
    Terms {
        name: "xa-xb".to_owned(),
        formats: vec![AcceptedFormat {
            format: 1,
            version: 1,
            definition: FixedBytes([1; 32]),
        }],
        ceiling: Vec::new(),
        days: 365,
        grace_days: 30,
        lifetime_days: 30,
        rules: Default::default(),
        framework: None,
    }
}

#[test]
fn rosters_are_numbered_and_chained_and_the_folder_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut made = authority(dir.path(), "police.xa", 1);
    let first = made.sign(NOW, 90).unwrap();
    assert_eq!((first.roster, first.house), (1, Some(1)));
    assert_eq!(first.not_after, NOW.plus(90 * DAY_MS));
    let mut opened = Authority::open(&dir.path().join("police.xa")).unwrap();
    let second = opened.sign(NOW.plus(1), 90).unwrap();
    assert_eq!((second.roster, second.house), (2, None));
    let roster = opened.roster().unwrap().value();
    assert_eq!(roster.previous, Some(made.roster().unwrap().hash()));
    assert!(matches!(
        Authority::open(dir.path()),
        Err(AuthorityError::NoAuthority { .. })
    ));
}

#[test]
fn roster_that_ran_out_is_followed_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let mut authority = authority(dir.path(), "police.xa", 1);
    authority.sign(NOW, 90).unwrap();
    let late = NOW.plus(400 * DAY_MS);
    let mut opened = Authority::open(&dir.path().join("police.xa")).unwrap();
    assert_eq!(opened.sign(late, 90).unwrap().roster, 2);
}

#[test]
fn accord_is_followed_by_one_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut xa = authority(dir.path(), "police.xa", 1);
    let mut xb = authority(dir.path(), "police.xb", 11);
    xa.sign(NOW, 90).unwrap();
    xb.sign(NOW, 90).unwrap();
    let bundles = || vec![xb.bundle().unwrap(), xa.bundle().unwrap()];
    let mut first = AccordFile::draft(terms(), bundles(), NOW).unwrap();
    let unsigned = AccordFile::draft(terms(), bundles(), NOW)
        .unwrap()
        .replacing(&first);
    assert!(matches!(unsigned, Err(AuthorityError::NotSigned { .. })));
    for authority in [&xa, &xb] {
        authority.sign_accord(&mut first).unwrap();
    }
    let mut second = AccordFile::draft(terms(), bundles(), NOW)
        .unwrap()
        .replacing(&first)
        .unwrap();
    for authority in [&xa, &xb] {
        authority.sign_accord(&mut second).unwrap();
    }
    let mut directory = xa.directory(NOW).unwrap();
    for file in [&first, &second] {
        for object in file.objects_for(xa.agency(), xa.root(), NOW).unwrap() {
            directory.apply(&object, NOW).unwrap();
        }
    }
    let numbers: Vec<_> = directory
        .accords_in_force(NOW)
        .map(|(a, _)| a.value().number)
        .collect();
    assert_eq!(numbers, [2]);
}

#[test]
fn roster_without_relay_or_with_a_key_twice_is_not_signed() {
    let dir = tempfile::tempdir().unwrap();
    let mut authority = authority(dir.path(), "police.xa", 1);
    let relays = std::mem::take(&mut authority.draft_mut().relays);
    assert!(matches!(
        authority.sign(NOW, 90),
        Err(AuthorityError::NoRelay)
    ));
    authority.draft_mut().relays = relays;
    let desk = authority.draft().desk_name("duty@spoc").unwrap();
    let twice = DraftDevice {
        key: key(77).verifying_key(),
        hop_key: hop(1),
        enrolled: NOW,
    };
    authority.draft_mut().add_device(&desk, twice).unwrap();
    let signed = authority.sign(NOW, 90);
    assert!(matches!(signed, Err(AuthorityError::Encoding(_))));
    assert!(authority.roster().is_none());
}

#[test]
fn revoked_device_leaves_its_desk_and_its_keys_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let mut authority = authority(dir.path(), "police.xa", 1);
    let device = key(3).verifying_key();
    let text = hex::encode(device.id().as_slice());
    let short = authority.draft_mut().revoke(&text[..6], NOW);
    assert!(matches!(
        short,
        Err(AuthorityError::DeviceUnknown { found: 0, .. })
    ));
    authority.draft_mut().revoke(&text[..12], NOW).unwrap();
    assert!(!authority.draft().lists(&device));
    authority.sign(NOW, 90).unwrap();
    let roster = authority.roster().unwrap().value();
    assert!(roster.is_revoked(&device.id()) && roster.is_revoked(&hop(3).id()));
}

#[test]
fn units_have_one_head_and_names_stay_in_the_agency() {
    let dir = tempfile::tempdir().unwrap();
    let mut authority = authority(dir.path(), "police.xa", 1);
    let draft = authority.draft_mut();
    let north = draft.unit_name("north").unwrap();
    assert!(draft.add_unit(&north, None, false).unwrap());
    assert!(!draft.add_unit(&north, None, false).unwrap());
    assert_eq!(draft.units[1].superior.as_ref(), Some(&draft.units[0].name));
    for name in ["north.police.xb", "North", "a.b.police.xa"] {
        assert!(draft.unit_name(name).is_err(), "{name}");
    }
    let lost = draft.desk_name("duty@south").unwrap();
    let added = draft.add_desk(&lost, &every_format());
    assert!(matches!(added, Err(AuthorityError::UnitUnknown(_))));
    let desk = draft.desk_name("duty@north").unwrap();
    let wrong = draft.add_desk(&desk, &["flag:loud".to_owned()]);
    assert!(matches!(wrong, Err(AuthorityError::Authority(_))));
}

/// Covers ACC-1, ACC-2.
#[test]
fn accord_is_put_in_force_only_when_every_party_has_signed() {
    let dir = tempfile::tempdir().unwrap();
    let mut xa = authority(dir.path(), "police.xa", 1);
    let mut xb = authority(dir.path(), "police.xb", 11);
    xa.sign(NOW, 90).unwrap();
    let unsigned = xb.bundle();
    assert!(matches!(unsigned, Err(AuthorityError::NothingSigned(_))));
    xb.sign(NOW, 90).unwrap();
    let bundles = vec![xb.bundle().unwrap(), xa.bundle().unwrap()];
    let mut file = AccordFile::draft(terms(), bundles, NOW).unwrap();
    xa.sign_accord(&mut file).unwrap();
    let path = dir.path().join("xa-xb.accord");
    fs::write(&path, file.to_text()).unwrap();
    let mut file = AccordFile::load(&path).unwrap();
    let early = file.objects_for(xa.agency(), xa.root(), NOW);
    assert!(
        matches!(early, Err(AuthorityError::NotSigned { agency, .. }) if agency == *xb.agency())
    );
    xb.sign_accord(&mut file).unwrap();
    for authority in [&xa, &xb] {
        let objects = file
            .objects_for(authority.agency(), authority.root(), NOW)
            .unwrap();
        let mut directory = authority.directory(NOW).unwrap();
        for object in objects {
            directory.apply(&object, NOW).unwrap();
        }
        assert_eq!(directory.parties(NOW).len(), 1);
    }
    let other = file.objects_for(xa.agency(), xb.root(), NOW);
    assert!(matches!(other, Err(AuthorityError::RootDiffers { .. })));
}

#[test]
fn accord_of_another_root_is_not_signed() {
    let dir = tempfile::tempdir().unwrap();
    let mut xa = authority(dir.path(), "police.xa", 1);
    let mut xb = authority(dir.path(), "police.xb", 11);
    let other = dir.path().join("other");
    let mut imposter = authority(&other, "police.xa", 21);
    for authority in [&mut xa, &mut xb, &mut imposter] {
        authority.sign(NOW, 90).unwrap();
    }
    let bundles = vec![imposter.bundle().unwrap(), xb.bundle().unwrap()];
    let mut file = AccordFile::draft(terms(), bundles, NOW).unwrap();
    let signed = xa.sign_accord(&mut file);
    assert!(matches!(signed, Err(AuthorityError::RootDiffers { .. })));
}
