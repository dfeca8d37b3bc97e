//! The group `record`: sealing and opening streams of records.

use serde_json::{Value, json};

use super::case::{Case, group};
use super::handshake::{cast, secret};
use super::noise::{frame_record, nonce_bytes, seal, seal_record};

const INVALID: (&str, &str) = ("hop", "record-invalid");
const MALFORMED: (&str, &str) = ("hop", "record-malformed");
const LENGTH: (&str, &str) = ("hop", "record-length");
const EXHAUSTED: (&str, &str) = ("hop", "record-exhausted");
const TRUNCATED: (&str, &str) = ("hop", "stream-truncated");
const TRAILING: (&str, &str) = ("hop", "stream-trailing");

/// The last counter that may be used.
const LAST_COUNTER: u64 = 0xffff_fffe;

/// Returns the group.
pub(super) fn records() -> Value {
    let cast = cast();
    let keys = keys();
    let shared = json!({
        "prologue": hex::encode(&cast.prologue),
        "initiator_static": secret(cast.initiator_static),
        "initiator_ephemeral": secret(cast.initiator_ephemeral),
        "responder_static": secret(cast.responder_static),
        "responder_ephemeral": secret(cast.responder_ephemeral),
        "initiator_to_responder": hex::encode(keys[0]),
        "responder_to_initiator": hex::encode(keys[1]),
    });
    let mut cases = sealed();
    cases.extend(opened());
    cases.extend(wrong_nonces());
    cases.extend(wrong_keys_and_bytes());
    cases.extend(malformed());
    cases.extend(wrong_lengths());
    cases.extend(wrong_ends());
    cases.extend(exhausted());
    group("record", "channel-record", shared, cases)
}

/// A record as the cases write it: type and payload.
type Plain<'payload> = (u8, &'payload [u8]);

fn sealed() -> Vec<Case> {
    let case = |id: &str, req: &[&str], sender: &str, stream_id: u64, records: &[Plain<'_>]| {
        let input = json!({
            "action": "seal",
            "sender": sender,
            "stream_id": stream_id,
            "counter": 0,
            "records": plain(records),
        });
        let stream = stream(key_of(sender), stream_id, 0, records);
        let id = format!("record/{id}");
        Case::valid(&id, req, input, json!({ "stream": hex::encode(stream) }))
    };
    let layout = ["CHN-21", "CHN-22", "CHN-25", "CHN-26"];
    let both: [Plain<'_>; 3] = [(0, b"alert"), (0, b"briefing"), (1, b"")];
    vec![
        case("seal-on-stream-0", &layout, "initiator", 0, &both),
        case("seal-on-stream-4", &layout, "initiator", 4, &both),
        case("seal-by-responder", &layout, "responder", 0, &both),
        case(
            "seal-lane-opening",
            &["CHN-32", "CHN-35"],
            "initiator",
            4,
            &[(0, b"")],
        ),
        case("seal-final-only", &["CHN-29"], "responder", 4, &[(1, b"")]),
    ]
}

fn opened() -> Vec<Case> {
    let case = |id: &str, req: &[&str], stream_id: u64, counter: u64, records: &[Plain<'_>]| {
        let stream = stream(&keys()[0], stream_id, counter, records);
        let input = open("initiator", stream_id, counter, &stream);
        Case::valid(
            &format!("record/{id}"),
            req,
            input,
            json!({ "records": plain(records) }),
        )
    };
    let largest = [0x61; 16_384];
    vec![
        case(
            "open",
            &["CHN-22", "CHN-29"],
            0,
            0,
            &[(0, b"alert"), (0, b"briefing"), (1, b"")],
        ),
        case(
            "open-lane-opening",
            &["CHN-32"],
            4,
            0,
            &[(0, b""), (0, b"alert"), (1, b"")],
        ),
        case(
            "open-highest-stream-id",
            &["CHN-27"],
            0xffff_fffc,
            0,
            &[(0, b"alert"), (1, b"")],
        ),
        case(
            "open-highest-counter",
            &["CHN-27"],
            0,
            LAST_COUNTER,
            &[(1, b"")],
        ),
        case(
            "open-largest-payload",
            &["CHN-23", "CHN-24"],
            0,
            0,
            &[(0, &largest), (1, b"")],
        ),
    ]
}

/// Records that are correct but for the nonce they were sealed with.
fn wrong_nonces() -> Vec<Case> {
    let key = keys()[0];
    let final_record = [1];
    let case = |id: &str, mutation: &str, nonces: [u64; 3], released: usize| {
        let records = [b"\0alert".as_slice(), b"\0briefing", &final_record];
        let stream: Vec<u8> = nonces
            .iter()
            .zip(records)
            .flat_map(|(n, r)| seal_record(&key, *n, r))
            .collect();
        let released: Vec<&[u8]> = records.iter().take(released).map(|r| &r[1..]).collect();
        invalid(
            id,
            mutation,
            INVALID,
            &["CHN-25", "CHN-26", "CHN-28"],
            &stream,
        )
        .releases(&released.concat())
    };
    let on_stream_4 = 4 << 32;
    vec![
        case(
            "other-stream",
            "sealed for stream 4",
            [on_stream_4, 1, 2],
            0,
        ),
        case(
            "stream-index",
            "sealed with index 1 instead of stream id 4",
            [1 << 32, 1, 2],
            0,
        ),
        case("counter-from-1", "the counter starts at 1", [1, 2, 3], 0),
        case(
            "counter-reused",
            "the second record is sealed with counter 0",
            [0, 0, 2],
            1,
        ),
        case(
            "counter-skipped",
            "the second record is sealed with counter 2",
            [0, 2, 3],
            1,
        ),
        case(
            "counter-in-high-half",
            "counter * 2^32 + stream id",
            [0, 1 << 32, 2 << 32],
            1,
        ),
    ]
}

fn wrong_keys_and_bytes() -> Vec<Case> {
    let key = keys()[0];
    let rest = [
        seal_record(&key, 1, b"\0briefing"),
        seal_record(&key, 2, &[1]),
    ]
    .concat();
    let good = seal_record(&key, 0, b"\0alert");
    let case = |id: &str, mutation: &str, req: &[&str], first: &[u8]| {
        let stream = [first, &rest].concat();
        invalid(id, mutation, INVALID, req, &stream).releases(b"")
    };
    let mut big_endian = [0; 12];
    big_endian[11] = 1;
    let reflected = seal_record(&keys()[1], 0, b"\0alert");
    let with_data = frame_record(&seal(&key, &nonce_bytes(0), &[0], b"\0alert"));
    let second = frame_record(&seal(&key, &big_endian, &[], b"\0briefing"));
    let swapped = [&rest[..27], &good, &rest[27..]].concat();
    let after_good = [&good, &second[..], &rest[27..]].concat();
    let replayed = [&good, &good, &rest[27..]].concat();
    vec![
        case(
            "tag-flipped",
            "flip bit 0 of the last tag byte",
            &["CHN-28"],
            &flipped(&good, 23),
        ),
        case(
            "ciphertext-flipped",
            "flip bit 0 of byte 3",
            &["CHN-28"],
            &flipped(&good, 3),
        ),
        case(
            "other-direction",
            "sealed with the other direction's key",
            &["CHN-21"],
            &reflected,
        ),
        case(
            "associated-data",
            "the type as associated data",
            &["CHN-21"],
            &with_data,
        ),
        invalid(
            "records-swapped",
            "swap the first two records",
            INVALID,
            &["CHN-26"],
            &swapped,
        )
        .releases(b""),
        invalid(
            "record-replayed",
            "the first record twice",
            INVALID,
            &["CHN-26"],
            &replayed,
        )
        .releases(b"alert"),
        invalid(
            "big-endian-nonce",
            "AEAD nonce big-endian",
            INVALID,
            &["CHN-25"],
            &after_good,
        )
        .releases(b"alert"),
    ]
}

fn malformed() -> Vec<Case> {
    let key = keys()[0];
    let case = |id: &str, mutation: &str, plaintext: &[u8]| {
        let first = seal_record(&key, 0, b"\0alert");
        let stream = [
            first,
            seal_record(&key, 1, plaintext),
            seal_record(&key, 2, &[1]),
        ];
        invalid(
            id,
            mutation,
            MALFORMED,
            &["CHN-22", "CHN-33"],
            &stream.concat(),
        )
        .releases(b"alert")
    };
    vec![
        case(
            "unknown-type",
            "type 2 in the second record",
            b"\x02briefing",
        ),
        case(
            "type-with-high-bit",
            "type 0x80 in the second record",
            b"\x80briefing",
        ),
        case(
            "final-with-payload",
            "type 1 in the second record",
            b"\x01briefing",
        ),
        case("empty-data-later", "the second record is empty data", b"\0"),
    ]
}

fn wrong_lengths() -> Vec<Case> {
    let key = keys()[0];
    let good = seal_record(&key, 0, b"\0alert");
    let empty = seal_record(&key, 0, b"");
    let oversized = seal_record(&key, 0, &[0; 16_386]);
    let case = |id: &str, mutation: &str, stream: &[u8]| {
        invalid(id, mutation, LENGTH, &["CHN-24"], stream).releases(b"")
    };
    vec![
        case(
            "length-zero",
            "a length of 0",
            &[&[0, 0], &good[2..]].concat(),
        ),
        case("length-16", "an authentic record without type", &empty),
        case(
            "length-16402",
            "only the length of an oversized record",
            &oversized[..2],
        ),
        case(
            "length-65535",
            "a length of 65,535",
            &[&[0xff, 0xff], &good[2..]].concat(),
        ),
    ]
}

fn wrong_ends() -> Vec<Case> {
    let key = keys()[0];
    let data = [
        seal_record(&key, 0, b"\0alert"),
        seal_record(&key, 1, b"\0briefing"),
    ]
    .concat();
    let last = seal_record(&key, 2, &[1]);
    let whole = [&data[..], &last].concat();
    let released = b"alertbriefing";
    let later = seal_record(&key, 3, b"\0late");
    let truncated = |id: &str, mutation: &str, stream: &[u8], released: &[u8]| {
        invalid(id, mutation, TRUNCATED, &["CHN-30"], stream).releases(released)
    };
    let trailing = |id: &str, mutation: &str, more: &[u8]| {
        let stream = [&whole[..], more].concat();
        invalid(id, mutation, TRAILING, &["CHN-31"], &stream).releases(released)
    };
    vec![
        truncated("final-missing", "drop the final record", &data, released),
        truncated(
            "final-cut",
            "drop the last byte",
            &whole[..whole.len() - 1],
            released,
        ),
        truncated(
            "record-cut",
            "end inside the second record",
            &data[..30],
            b"alert",
        ),
        truncated(
            "length-cut",
            "end inside the second length",
            &data[..25],
            b"alert",
        ),
        truncated("stream-empty", "no byte at all", &[], b""),
        trailing("byte-after-final", "append a byte", &[0]),
        trailing(
            "data-after-final",
            "append an authentic data record",
            &later,
        ),
        trailing(
            "final-twice",
            "append a second final record",
            &seal_record(&key, 3, &[1]),
        ),
    ]
}

fn exhausted() -> Vec<Case> {
    let key = keys()[0];
    let over = seal_record(&key, LAST_COUNTER + 1, &[1]);
    let seal_both = json!({
        "action": "seal",
        "sender": "initiator",
        "stream_id": 0,
        "counter": LAST_COUNTER,
        "records": plain(&[(0, b"alert"), (1, b"")]),
    });
    let high_stream = 1_u64 << 32;
    let seal_high = json!({
        "action": "seal",
        "sender": "initiator",
        "stream_id": high_stream,
        "counter": 0,
        "records": plain(&[(0, b"alert")]),
    });
    let case = |id: &str, base: &str, mutation: &str, input: Value| {
        let (id, base) = (format!("record/{id}"), format!("record/{base}"));
        Case::invalid(&id, (&base, mutation), EXHAUSTED, &["CHN-27"], input)
    };
    let open_over = open("initiator", 0, LAST_COUNTER + 1, &over);
    vec![
        case(
            "open-counter-too-high",
            "open-highest-counter",
            "one counter more",
            open_over,
        )
        .releases(b""),
        case(
            "seal-counter-too-high",
            "seal-on-stream-0",
            "two records at 2^32 - 2",
            seal_both,
        ),
        case(
            "seal-stream-id-too-high",
            "seal-on-stream-0",
            "stream id 2^32",
            seal_high,
        ),
    ]
}

/// An invalid stream, next to the valid one of three records on stream 0.
fn invalid(id: &str, mutation: &str, expect: (&str, &str), req: &[&str], stream: &[u8]) -> Case {
    let input = open("initiator", 0, 0, stream);
    Case::invalid(
        &format!("record/{id}"),
        ("record/open", mutation),
        expect,
        req,
        input,
    )
}

fn open(sender: &str, stream_id: u64, counter: u64, stream: &[u8]) -> Value {
    json!({
        "action": "open",
        "sender": sender,
        "stream_id": stream_id,
        "counter": counter,
        "stream": hex::encode(stream),
    })
}

fn plain(records: &[Plain<'_>]) -> Value {
    let record =
        |(kind, payload): &Plain<'_>| json!({ "type": kind, "payload": hex::encode(payload) });
    records.iter().map(record).collect()
}

fn stream(key: &[u8; 32], stream_id: u64, counter: u64, records: &[Plain<'_>]) -> Vec<u8> {
    let nonces = (stream_id << 32 | counter)..;
    let record = |(nonce, (kind, payload)): (u64, &Plain<'_>)| {
        seal_record(key, nonce, &[&[*kind], *payload].concat())
    };
    nonces.zip(records).flat_map(record).collect()
}

fn key_of(sender: &str) -> &'static [u8; 32] {
    let [initiator, responder] = keys();
    if sender == "initiator" {
        initiator
    } else {
        responder
    }
}

fn keys() -> &'static [[u8; 32]; 2] {
    static KEYS: std::sync::LazyLock<[[u8; 32]; 2]> =
        std::sync::LazyLock::new(|| cast().play().keys);
    &KEYS
}

fn flipped(bytes: &[u8], index: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(byte) = bytes.get_mut(index) {
        *byte ^= 1;
    }
    bytes
}
