//! Objects of every kind: what decodes encodes to the same bytes. Spec: encoding.md, registry.md.
//!
//! The input is an object; its head says of which kind.

use crate::{Seeds, frame, scene::full_header, scene::scene, vectors};
use estafette_protocol::accord::Accord;
use estafette_protocol::charter::Charter;
use estafette_protocol::crypto::sha256;
use estafette_protocol::duty::Duty;
use estafette_protocol::encoding::{Object, Signed, SignedObject, decode, encode, kind};
use estafette_protocol::enrolment::{EnrolmentRequest, Invitation};
use estafette_protocol::envelope::{Envelope, Header};
use estafette_protocol::form::Form;
use estafette_protocol::frame::Frame;
use estafette_protocol::house::House;
use estafette_protocol::prekey::PrekeyBundle;
use estafette_protocol::roster::Roster;
use estafette_protocol::rotation::Rotation;
use estafette_protocol::rules::Rules;
use estafette_protocol::statement::Statement;
use estafette_protocol::suspension::Suspension;
use std::fmt::Debug;

macro_rules! kinds {
    ($($object:ty),+ $(,)?) => {
        /// Every kind that the target knows.
        pub const KINDS: &[u8] = &[SignedObject::KIND, $(<$object>::KIND),+];

        fn plain(kind: u8, bytes: &[u8]) {
            match kind {
                $(<$object>::KIND => canonical::<$object>(bytes),)+
                _ => {}
            }
        }

        fn signed(kind: u8, bytes: &[u8], object: &[u8]) {
            match kind {
                $(<$object>::KIND => signed_as::<$object>(bytes, object),)+
                _ => {}
            }
        }

        fn of_no_kind(bytes: &[u8]) {
            assert!(decode::<SignedObject>(bytes).is_err());
            $(assert!(decode::<$object>(bytes).is_err());)+
        }
    };
}

kinds!(
    Charter,
    Roster,
    House,
    PrekeyBundle,
    Suspension,
    Accord,
    Invitation,
    EnrolmentRequest,
    Rotation,
    Duty,
    Rules,
    Envelope,
    Header,
    Statement,
    Form,
    Frame,
);

/// Takes an object of whatever kind.
pub fn run(data: &[u8]) {
    match kind(data) {
        Ok(SignedObject::KIND) => {
            canonical::<SignedObject>(data);
            if let Ok(outer) = decode::<SignedObject>(data)
                && let Ok(kind) = outer.inner_kind()
            {
                signed(kind, data, outer.object.as_slice());
                plain(kind, outer.object.as_slice());
            }
        }
        Ok(kind) if KINDS.contains(&kind) => plain(kind, data),
        // ENC-13
        _ => of_no_kind(data),
    }
}

fn canonical<T: Object + Debug>(bytes: &[u8]) {
    let Ok(value) = decode::<T>(bytes) else {
        return;
    };
    assert!(bytes.len() <= T::BYTES_MAX, "ENC-13");
    // ENC-15
    assert_eq!(encode(&value).as_deref(), Ok(bytes));
    // ENC-14
    assert!(decode::<T>(&[bytes, &[0]].concat()).is_err());
    assert!(decode::<T>(&bytes[..bytes.len() - 1]).is_err());
    drop(format!("{value:?}"));
}

fn signed_as<T: Object + Debug>(bytes: &[u8], object: &[u8]) {
    let Ok(signed) = Signed::<T>::decode(bytes) else {
        assert!(decode::<T>(object).is_err());
        return;
    };
    // ENC-16, ENC-21
    assert_eq!(signed.encode().as_deref(), Ok(bytes));
    assert_eq!(signed.hash(), sha256(&[b"estafette/1/object\0", object]));
    // ENC-20
    assert!((1..=16).contains(&signed.signatures().len()));
    let keys: Vec<_> = scene().keys.iter().map(|key| key.verifying_key()).collect();
    assert!(signed.signed_by(&keys) <= signed.signatures().len());
}

/// Every object of the vectors and of the scene, signed and bare.
pub fn seeds() -> Seeds {
    let scene = scene();
    let mut seeds = vectors();
    seeds.retain(|bytes| kind(bytes).is_ok());
    let inner = |bytes: &Vec<u8>| {
        let outer: SignedObject = decode(bytes).unwrap();
        outer.object.into_vec()
    };
    seeds.extend(scene.published.iter().map(inner));
    seeds.extend(scene.published.iter().cloned());
    for statement in &scene.statements {
        seeds.push(encode(statement.value()).unwrap());
        seeds.push(statement.encode().unwrap());
    }
    for sealed in &scene.sealed {
        seeds.push(sealed.parsed.encode().unwrap());
        seeds.push(encode(sealed.parsed.header()).unwrap());
    }
    seeds.push(full_header());
    seeds.push(crate::routing::table_seed());
    seeds.push(encode(&scene.invitation).unwrap());
    seeds.push(encode(&scene.request).unwrap());
    seeds.extend(crate::form::forms());
    seeds.extend(frame::frames().iter().map(|frame| encode(frame).unwrap()));
    seeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_registry_is_behind_the_target_and_has_a_seed() {
        let registry = include_str!("../../../spec/registry.md");
        let (_, table) = registry.split_once("## Object kinds").unwrap();
        let (table, _) = table.split_once("\n## ").unwrap();
        let cells = table.lines().filter_map(|line| line.split('|').nth(1));
        let kinds: Vec<u8> = cells.filter_map(|cell| cell.trim().parse().ok()).collect();
        assert!(kinds.len() > 10);
        let mut known = KINDS.to_vec();
        known.sort_unstable();
        assert_eq!(kinds, known);
        let seeded: Vec<u8> = seeds().iter().map(|seed| seed[1]).collect();
        for kind in kinds {
            assert!(seeded.contains(&kind), "{kind}");
        }
    }
}
