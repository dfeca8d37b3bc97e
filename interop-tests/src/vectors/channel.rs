//! The vectors of the channel chapter.
//!
//! They are made by an implementation of Noise XK that shares no code with ours, and answered
//! by ours.
//! Spec: `spec/channel.md` section 9, `spec/vectors/channel.json`.

mod answer;
mod case;
#[expect(
    clippy::indexing_slicing,
    reason = "cuts bytes of known lengths, tests run all of it"
)]
mod frame;
#[expect(
    clippy::indexing_slicing,
    reason = "cuts bytes of known lengths, tests run all of it"
)]
mod handshake;
mod noise;
#[expect(
    clippy::indexing_slicing,
    reason = "cuts bytes of known lengths, tests run all of it"
)]
mod record;

use serde_json::{Value, json};

pub use answer::answer;

/// Makes the content of `spec/vectors/channel.json`, the same every time.
#[must_use]
pub fn file() -> Value {
    let groups = [
        handshake::prologues(),
        handshake::handshakes(),
        record::records(),
        frame::frames(),
    ];
    let tests: usize = groups
        .iter()
        .filter_map(|group| group["tests"].as_array())
        .map(Vec::len)
        .sum();
    json!({
        "chapter": "channel",
        "wireVersion": 1,
        "vectorVersion": "1.0.0",
        "spec": "channel.md",
        "numberOfTests": tests,
        "groups": groups,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::verdict::Verdict;

    /// Every case with its group's operation and shared values.
    fn cases() -> Vec<(String, Value, Value)> {
        let mut found = Vec::new();
        for group in file()["groups"].as_array().unwrap() {
            for case in group["tests"].as_array().unwrap() {
                let op = group["op"].as_str().unwrap().to_owned();
                found.push((op, group["shared"].clone(), case.clone()));
            }
        }
        found
    }

    /// Covers CHN-11 to CHN-18, CHN-21 to CHN-33, CHN-40 to CHN-43.
    #[test]
    fn our_implementation_agrees_with_every_case() {
        for (op, shared, case) in cases() {
            let id = case["id"].as_str().unwrap();
            match answer(&op, &shared, &case["in"]) {
                Verdict::Ok(out) => assert_eq!(out, case["out"], "{id}"),
                Verdict::Err(crate::verdict::Refusal { stage, reason }) => {
                    assert_eq!(case["result"], "invalid", "{id}: {stage} {reason}");
                    assert_eq!((stage.as_str(), reason.as_str()), expected(&case), "{id}");
                }
                Verdict::Unsupported => panic!("{id} is not understood"),
            }
        }
    }

    fn expected(case: &Value) -> (&str, &str) {
        (
            case["stage"].as_str().unwrap(),
            case["reason"].as_str().unwrap(),
        )
    }

    #[test]
    fn every_invalid_case_names_a_valid_base_and_one_mutation() {
        let cases = cases();
        let results: BTreeMap<&str, &str> = cases
            .iter()
            .map(|(_, _, case)| {
                (
                    case["id"].as_str().unwrap(),
                    case["result"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(results.len(), cases.len(), "an id is used twice");
        for (_, _, case) in cases
            .iter()
            .filter(|(_, _, case)| case["result"] == "invalid")
        {
            let base = case["base"].as_str().unwrap();
            assert_eq!(results.get(base), Some(&"valid"), "{base}");
            assert!(!case["mutation"].as_str().unwrap().is_empty());
        }
        let invalid = results
            .values()
            .filter(|result| **result == "invalid")
            .count();
        assert!(
            invalid * 2 >= results.len(),
            "more valid than invalid cases"
        );
    }

    #[test]
    fn shared_keys_are_those_of_the_shared_handshake() {
        let play = handshake::cast().play();
        let shared = &file()["groups"][2]["shared"];
        assert_eq!(shared["initiator_to_responder"], hex::encode(play.keys[0]));
        assert_eq!(shared["responder_to_initiator"], hex::encode(play.keys[1]));
    }
}
