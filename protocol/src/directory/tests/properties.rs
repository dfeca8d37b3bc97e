//! Properties: errors change nothing, order does not matter where it is valid, nothing panics.

use super::*;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_that_is_retried_reaches_the_same_state(order in Just(()).prop_perturb(|(), mut rng| {
        let mut objects = everything();
        for at in (1..objects.len()).rev() {
            let other = usize::try_from(rng.next_u32()).unwrap() % (at + 1);
            objects.swap(at, other);
        }
        objects
    })) {
        let mut directory = empty();
        let mut waiting = order;
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|object| {
                let held = directory.clone();
                let result = directory.apply(object, NOW);
                if result.is_err() {
                    assert_eq!(directory, held);
                }
                result.is_err()
            });
            prop_assert!(waiting.len() < before, "nothing more applies");
        }
        prop_assert_eq!(directory.holdings(), full().holdings());
    }

    #[test]
    fn a_flipped_byte_never_changes_the_state(object in 0..10_usize, at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let objects = everything();
        let mut directory = empty();
        for earlier in &objects[..object] {
            directory.apply(earlier, NOW).unwrap();
        }
        let before = directory.clone();
        let mut bytes = objects[object].clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // An accord or charter with a spoilt signature of one key may still have enough of others.
        if directory.apply(&bytes, NOW).is_err() {
            prop_assert_eq!(directory, before);
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut directory = full();
        let before = directory.clone();
        prop_assert!(directory.apply(&bytes, NOW).is_err());
        prop_assert_eq!(directory, before);
    }
}

#[test]
fn applying_everything_twice_is_no_news() {
    let mut directory = full();
    let before = directory.clone();
    for object in everything() {
        assert!(!directory.apply(&object, NOW).unwrap().news);
    }
    assert_eq!(directory, before);
}
