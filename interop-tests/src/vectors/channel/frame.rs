//! The group `frame`: cutting the payloads of a lane into frames.

use serde_json::{Value, json};

use super::case::{Case, group};

const EMPTY: (&str, &str) = ("decode", "frame-empty");
const OVERSIZED: (&str, &str) = ("decode", "frame-oversized");
const TRUNCATED: (&str, &str) = ("decode", "frame-truncated");

const FRAME_BYTES_MAX: usize = 1_114_112;

/// Returns the group.
pub(super) fn frames() -> Value {
    let mut cases = accepted();
    cases.extend(wrong_lengths());
    cases.extend(wrong_ends());
    group("frame", "frame-stream", json!({}), cases)
}

fn accepted() -> Vec<Case> {
    let case = |id: &str, req: &[&str], max: usize, payloads: &[&[u8]], frames: &[&[u8]]| {
        let frames: Vec<String> = frames.iter().map(hex::encode).collect();
        let out = json!({ "frames": frames });
        Case::valid(&format!("frame/{id}"), req, input(max, payloads), out)
    };
    let one = framed(b"alert");
    let two = [framed(b"alert"), framed(b"briefing")].concat();
    vec![
        case("one", &["CHN-40"], FRAME_BYTES_MAX, &[&one], &[b"alert"]),
        case(
            "two-in-a-record",
            &["CHN-44"],
            FRAME_BYTES_MAX,
            &[&two],
            &[b"alert", b"briefing"],
        ),
        case(
            "across-records",
            &["CHN-40"],
            FRAME_BYTES_MAX,
            &[b"", &two[..2], &two[2..11], &two[11..]],
            &[b"alert", b"briefing"],
        ),
        case(
            "shortest",
            &["CHN-40"],
            FRAME_BYTES_MAX,
            &[&framed(b"a")],
            &[b"a"],
        ),
        case("at-a-lower-limit", &["CHN-42"], 5, &[&one], &[b"alert"]),
        case("none", &["CHN-43"], FRAME_BYTES_MAX, &[], &[]),
    ]
}

fn wrong_lengths() -> Vec<Case> {
    let case = |id: &str, mutation: &str, expect: (&str, &str), payload: &[u8]| {
        let input = input(FRAME_BYTES_MAX, &[payload]);
        invalid(id, ("one", mutation), expect, &["CHN-40", "CHN-41"], input)
    };
    let one = framed(b"alert");
    let later = [&one[..], &[0, 0, 0, 0]].concat();
    let over = u32::try_from(FRAME_BYTES_MAX + 1)
        .unwrap_or_default()
        .to_be_bytes();
    let base = ("at-a-lower-limit", "a limit of 4");
    vec![
        case("zero", "a length of 0", EMPTY, &[0; 4]),
        case("zero-later", "a second frame of length 0", EMPTY, &later).releases(b"alert"),
        case("oversized", "a length of 1,114,113", OVERSIZED, &over),
        case("huge", "a length of 2^32 - 1", OVERSIZED, &[0xff; 4]),
        invalid(
            "above-a-lower-limit",
            base,
            OVERSIZED,
            &["CHN-42"],
            input(4, &[&one]),
        ),
    ]
}

fn wrong_ends() -> Vec<Case> {
    let one = framed(b"alert");
    let two = [framed(b"alert"), framed(b"briefing")].concat();
    let in_frame = ("one", "the final record comes one byte early");
    let in_length = (
        "two-in-a-record",
        "the final record comes inside the second length",
    );
    let req = ["CHN-43"];
    let early = input(FRAME_BYTES_MAX, &[&one[..8]]);
    let earlier = input(FRAME_BYTES_MAX, &[&two[..12]]);
    vec![
        invalid("final-inside-frame", in_frame, TRUNCATED, &req, early),
        invalid("final-inside-length", in_length, TRUNCATED, &req, earlier).releases(b"alert"),
    ]
}

fn invalid(
    id: &str,
    (base, mutation): (&str, &str),
    expect: (&str, &str),
    req: &[&str],
    input: Value,
) -> Case {
    let (id, base) = (format!("frame/{id}"), format!("frame/{base}"));
    Case::invalid(&id, (&base, mutation), expect, req, input).releases(b"")
}

fn input(frame_bytes_max: usize, payloads: &[&[u8]]) -> Value {
    let payloads: Vec<String> = payloads.iter().map(hex::encode).collect();
    json!({ "frame_bytes_max": frame_bytes_max, "payloads": payloads })
}

fn framed(frame: &[u8]) -> Vec<u8> {
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), frame].concat()
}
