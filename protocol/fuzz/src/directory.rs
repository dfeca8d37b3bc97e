//! Whatever agencies publish, good or not, in whatever order. Spec: identity.md, accord.md.
//!
//! The input is choices: an empty or a full directory, then objects of the scene, some with bytes
//! changed, some with the object within changed and signed anew.

use crate::scene::{NOW, scene};
use crate::{Seeds, mutate, noise};
use arbitrary::{Result, Unstructured};
use estafette_protocol::directory::{Audience, Directory, DirectoryError};
use estafette_protocol::duty::Entry;
use estafette_protocol::encoding::{
    FixedBytes, Signature, SignedObject, decode, encode, signing_bytes,
};
use estafette_protocol::time::{DAY_MS, HOUR_MS, UnixMillis};

/// Takes what is published.
pub fn run(data: &[u8]) {
    // Choices that run out end the input.
    let _ = publish(&mut Unstructured::new(data));
}

fn publish(u: &mut Unstructured<'_>) -> Result<()> {
    let world = &scene().world;
    let empty = Directory::new(world.police.agency.clone(), world.police.root);
    let start = if u.arbitrary()? {
        scene().directory.clone()
    } else {
        empty
    };
    let mut directory = start.clone();
    let mut journal = Vec::new();
    let mut forked = false;
    let mut now = NOW;
    while !u.is_empty() {
        now = now.plus(*u.choose(&[0, 0, 0, 1, HOUR_MS, 4 * DAY_MS, 40 * DAY_MS])?);
        let bytes = object(u)?;
        let before = directory.clone();
        match directory.apply(&bytes, now) {
            Ok(applied) => {
                assert_eq!(applied.news, directory != before);
                if applied.news {
                    journal.push((bytes.clone(), now));
                }
                // What is held already changes nothing.
                let held = directory.clone();
                drop(directory.apply(&bytes, now));
                assert_eq!(directory.holdings(), held.holdings());
            }
            Err(DirectoryError::RosterForked { .. }) => {
                forked = true;
                assert_eq!(directory.holdings(), before.holdings());
                assert!(directory.proofs().len() <= before.proofs().len() + 1);
            }
            Err(_) => assert!(directory == before),
        }
    }
    ask(&directory, now);
    // A journal that is replayed reaches the same state.
    let mut replayed = start;
    for (bytes, now) in journal {
        replayed.apply(&bytes, now).unwrap();
    }
    assert!(forked || replayed == directory);
    Ok(())
}

/// An object of the scene, as published or changed.
pub fn object(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut bytes = u.choose(&scene().published)?.clone();
    match u.int_in_range(0..=3)? {
        0 => mutate(&mut bytes, u)?,
        1 => bytes = signed_anew(&bytes, u)?,
        _ => {}
    }
    Ok(bytes)
}

/// A hostile holder of keys: an object of its own making, with good signatures.
fn signed_anew(bytes: &[u8], u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let outer: SignedObject = decode(bytes).unwrap();
    let kind = outer.inner_kind().unwrap();
    let mut object = outer.object.into_vec();
    mutate(&mut object, u)?;
    let message = signing_bytes(kind, &object);
    let mut signatures = Vec::new();
    let keys = &scene().keys;
    for _ in 0..u.int_in_range(1..=3)? {
        // The keys that signed, or others.
        let honest = outer.signatures.get(signatures.len());
        let known = keys
            .iter()
            .find(|key| Some(key.verifying_key().id()) == honest.map(|s| s.key));
        let key = match known {
            Some(key) if u.ratio(3, 4)? => key,
            _ => u.choose(keys)?,
        };
        signatures.push(Signature {
            key: key.verifying_key().id(),
            signature: FixedBytes(key.sign(&message)),
        });
    }
    signatures.sort_by_key(|signature| signature.key);
    signatures.dedup_by_key(|signature| signature.key);
    Ok(encode(&SignedObject {
        object: object.into(),
        signatures,
    })
    .unwrap_or_default())
}

/// Everything that a directory is asked.
fn ask(directory: &Directory, now: UnixMillis) {
    let world = &scene().world;
    for key in &scene().keys {
        let id = key.verifying_key().id();
        let device = directory.device_by_id(&id);
        assert!(device.is_none_or(|(_, _, device)| device.key.id() == id));
        assert!(device.is_some() || directory.prekey_for(&id, now).is_err());
        for agency in [&world.police.agency, &world.border.agency] {
            let _ = directory.is_barred(agency, &id, now);
            let _ = directory.suspension(agency, &id);
            let _ = directory.relay_statement_key(agency, &id);
        }
    }
    let agencies: Vec<_> = directory.agencies().cloned().collect();
    for agency in &agencies {
        let roster = directory.newest_roster(agency).unwrap();
        assert_eq!(roster.value().agency, *agency);
        let _ = directory.roster_by_number(agency, roster.value().number, now);
        let _ = directory.roster_by_hash(&roster.hash(), now);
        assert!(directory.charter_chain(agency).count() > 0);
    }
    staffed(directory, now);
    let holdings = directory.holdings();
    for holding in &holdings {
        assert!(
            directory
                .object(holding.kind, holding.name.as_str())
                .is_some()
        );
    }
    let audiences = agencies
        .into_iter()
        .map(Audience::Peer)
        .chain([Audience::Device]);
    for audience in audiences {
        // SES-11: who holds the same lacks nothing.
        assert!(directory.lacking(&holdings, &audience, now).is_empty());
        let all = directory.lacking(&[], &audience, now);
        assert!(
            all.iter()
                .all(|bytes| decode::<SignedObject>(bytes).is_ok())
        );
    }
}

/// Who is on duty, and who stands in.
fn staffed(directory: &Directory, now: UnixMillis) {
    let world = &scene().world;
    let devices = world.police.devices.iter().chain(&world.border.devices);
    for desk in devices.map(|device| &device.desk) {
        // DTY-11: only for whom is not there, and by whom is.
        if let Some(stand_in) = directory.stand_in(desk, now) {
            assert!(!directory.staffing(desk, now).is_staffed());
            assert!(directory.staffing(&stand_in, now).is_staffed());
            assert_ne!(stand_in, *desk);
        }
        // DTY-6: whoever is absent cannot be the deputy of its own deputy, at any distance.
        let Some(absence) = directory.duties(desk).absence(now) else {
            continue;
        };
        if let Entry::Absent {
            deputy: Some(deputy),
            ..
        } = &absence.entry
        {
            let mut back = absence.clone();
            back.desk.clone_from(deputy);
            back.entry = Entry::Absent {
                until: now.plus(HOUR_MS),
                deputy: Some(desk.clone()),
                summary: None,
            };
            assert!(directory.check_deputy(&back).is_err());
        }
    }
}

/// Choices.
pub fn seeds() -> Seeds {
    (0..32)
        .map(|number| noise(&format!("directory {number}"), 192))
        .collect()
}
