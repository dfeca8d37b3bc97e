//! The groups `prologue` and `handshake`.

use serde_json::{Value, json};

use super::case::{Case, group};
use super::noise::{Cast, Pair, sha256};

const FAILED: (&str, &str) = ("hop", "handshake-failed");
const MALFORMED: (&str, &str) = ("hop", "handshake-malformed");
const KEY_INVALID: (&str, &str) = ("hop", "key-invalid");

/// Public keys that nobody may accept: name and bytes, little-endian.
const INVALID_KEYS: [(&str, &str); 7] = [
    (
        "zero",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "one",
        "0100000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "order-8-a",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    ),
    (
        "order-8-b",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ),
    (
        "minus-one",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "prime",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "prime-plus-nine",
        "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
];

/// The handshake that everything in this chapter starts from.
pub(super) fn cast() -> Cast {
    Cast {
        prologue: prologue(b"estafette/1", &exporter()),
        initiator_static: Pair::named("initiator-static"),
        initiator_ephemeral: Pair::named("initiator-ephemeral"),
        responder_static: Pair::named("responder-static"),
        responder_ephemeral: Pair::named("responder-ephemeral"),
        first_payload: Vec::new(),
    }
}

/// Returns the group of prologues.
pub(super) fn prologues() -> Value {
    let case = |id: &str, alpn: &[u8], exporter: [u8; 32]| {
        let input = json!({ "alpn": hex::encode(alpn), "exporter": hex::encode(exporter) });
        let out = json!({ "prologue": hex::encode(prologue(alpn, &exporter)) });
        Case::valid(id, &["CHN-13"], input, out)
    };
    let cases = vec![
        case("prologue/edition-1", b"estafette/1", exporter()),
        case("prologue/zero-exporter", b"estafette/1", [0; 32]),
        case("prologue/longest-alpn", &[b'a'; 255], exporter()),
    ];
    group("prologue", "channel-prologue", json!({}), cases)
}

/// Returns the group of handshakes.
pub(super) fn handshakes() -> Value {
    let mut cases = vec![initiator_ok(), responder_ok()];
    cases.extend(other_sessions());
    cases.extend(first_messages());
    cases.extend(second_messages());
    cases.extend(third_messages());
    for (name, key) in invalid_keys() {
        cases.extend(invalid_key(&name, key));
    }
    group("handshake", "channel-handshake", json!({}), cases)
}

fn initiator_ok() -> Case {
    let cast = cast();
    let play = cast.play();
    let input = initiator(&cast, &play.messages[1]);
    let out = json!({
        "sends": [hex::encode(&play.messages[0]), hex::encode(&play.messages[2])],
        "peer_static": hex::encode(cast.responder_static.public),
        "handshake_hash": hex::encode(play.handshake_hash),
    });
    Case::valid("handshake/initiator", &["CHN-10", "CHN-11"], input, out).trace(play.trace)
}

fn responder_ok() -> Case {
    let cast = cast();
    let play = cast.play();
    let input = responder(&cast, [&play.messages[0], &play.messages[2]]);
    let out = json!({
        "sends": [hex::encode(&play.messages[1])],
        "peer_static": hex::encode(cast.initiator_static.public),
        "handshake_hash": hex::encode(play.handshake_hash),
    });
    Case::valid("handshake/responder", &["CHN-10", "CHN-11"], input, out).trace(play.trace)
}

/// Messages of another TLS session, version, protocol or addressee, all correct in themselves.
fn other_sessions() -> Vec<Case> {
    let other_label = [b"estafette/2/hop\0\x0bestafette/1", &exporter()[..]].concat();
    let variants = [
        (
            "exporter-of-another-session",
            "the initiator saw another exporter",
            Cast {
                prologue: prologue(b"estafette/1", &sha256(b"another session")),
                ..cast()
            },
        ),
        (
            "other-alpn",
            "the initiator negotiated another ALPN",
            Cast {
                prologue: prologue(b"estafette/2", &exporter()),
                ..cast()
            },
        ),
        (
            "other-protocol-name",
            "the initiator's prologue names version 2",
            Cast {
                prologue: other_label,
                ..cast()
            },
        ),
        (
            "empty-prologue",
            "the initiator uses no prologue",
            Cast {
                prologue: Vec::new(),
                ..cast()
            },
        ),
        (
            "other-responder",
            "the initiator expects another responder",
            Cast {
                responder_static: Pair::named("other-static"),
                ..cast()
            },
        ),
    ];
    let refused = |(name, mutation, theirs): (&str, &str, Cast)| {
        let play = theirs.play();
        let input = responder(&cast(), [&play.messages[0], &play.messages[2]]);
        invalid(
            name,
            ("responder", mutation),
            FAILED,
            &["CHN-13", "CHN-16"],
            input,
        )
    };
    variants.map(refused).into()
}

fn first_messages() -> Vec<Case> {
    let play = cast().play();
    let [first, _, third] = play.messages;
    let with_payload = Cast {
        first_payload: vec![0x21],
        ..cast()
    }
    .play();
    let refuse = |name: &str, mutation: &str, expect, req: &[&str], message: &[u8]| {
        let input = responder(&cast(), [message, &third]);
        invalid(name, ("responder", mutation), expect, req, input)
    };
    vec![
        refuse(
            "message-1-truncated",
            "drop the last byte of message 1",
            MALFORMED,
            &["CHN-12"],
            &first[..47],
        ),
        refuse(
            "message-1-with-payload",
            "an authentic payload of one byte in message 1",
            MALFORMED,
            &["CHN-11", "CHN-12"],
            &with_payload.messages[0],
        ),
        refuse(
            "message-1-empty",
            "an empty message 1",
            MALFORMED,
            &["CHN-12"],
            &[],
        ),
        refuse(
            "message-1-tag-flipped",
            "flip bit 0 of the last byte of message 1",
            FAILED,
            &["CHN-16"],
            &flipped(&first, 47),
        ),
        refuse(
            "message-1-ephemeral-flipped",
            "flip bit 0 of the first byte of message 1",
            FAILED,
            &["CHN-16"],
            &flipped(&first, 0),
        ),
    ]
}

fn second_messages() -> Vec<Case> {
    let play = cast().play();
    let [first, second, _] = play.messages;
    let other = Cast {
        initiator_ephemeral: Pair::named("other-ephemeral"),
        ..cast()
    }
    .play();
    let refuse = |name: &str, mutation: &str, expect, req: &[&str], message: &[u8]| {
        let input = initiator(&cast(), message);
        invalid(name, ("initiator", mutation), expect, req, input)
    };
    vec![
        refuse(
            "message-2-truncated",
            "drop the last byte of message 2",
            MALFORMED,
            &["CHN-12"],
            &second[..47],
        ),
        refuse(
            "message-2-trailing-byte",
            "append a byte to message 2",
            MALFORMED,
            &["CHN-12"],
            &[&second[..], &[0]].concat(),
        ),
        refuse(
            "message-2-tag-flipped",
            "flip bit 0 of the last byte of message 2",
            FAILED,
            &["CHN-16"],
            &flipped(&second, 47),
        ),
        refuse(
            "message-2-of-another-handshake",
            "the answer to a first message with another ephemeral key",
            FAILED,
            &["CHN-15", "CHN-16"],
            &other.messages[1],
        ),
        refuse(
            "message-2-reflected",
            "message 1 comes back as message 2",
            FAILED,
            &["CHN-16"],
            &first,
        ),
    ]
}

fn third_messages() -> Vec<Case> {
    let play = cast().play();
    let [first, _, third] = play.messages;
    let other = Cast {
        responder_ephemeral: Pair::named("other-ephemeral"),
        ..cast()
    }
    .play();
    let refuse = |name: &str, mutation: &str, expect, req: &[&str], message: &[u8]| {
        let input = responder(&cast(), [&first, message]);
        invalid(name, ("responder", mutation), expect, req, input)
    };
    vec![
        refuse(
            "message-3-truncated",
            "drop the last byte of message 3",
            MALFORMED,
            &["CHN-12"],
            &third[..63],
        ),
        refuse(
            "message-3-static-flipped",
            "flip bit 0 of the first byte of message 3",
            FAILED,
            &["CHN-16"],
            &flipped(&third, 0),
        ),
        refuse(
            "message-3-tag-flipped",
            "flip bit 0 of the last byte of message 3",
            FAILED,
            &["CHN-16"],
            &flipped(&third, 63),
        ),
        refuse(
            "message-3-replayed",
            "message 3 of a handshake with another responder ephemeral key",
            FAILED,
            &["CHN-15", "CHN-16"],
            &other.messages[2],
        ),
    ]
}

/// One invalid public key in each of the four places where one can come from a peer or a roster.
/// The message is otherwise computed as if the key were good, so nothing else fails.
fn invalid_key(name: &str, key: [u8; 32]) -> Vec<Case> {
    let pair = Pair::without_secret(key);
    let honest = cast().play().messages;
    let mutation = |place: &str| format!("{place} is {}", hex::encode(key));
    let refuse = |place: &str, what: &str, base: &str, input: Value| {
        let req = ["CHN-17", "CHN-18"];
        invalid(
            &format!("{place}-{name}"),
            (base, &mutation(what)),
            KEY_INVALID,
            &req,
            input,
        )
    };
    let first = Cast {
        initiator_ephemeral: pair,
        ..cast()
    }
    .play()
    .messages;
    let second = Cast {
        responder_ephemeral: pair,
        ..cast()
    }
    .play()
    .messages;
    let third = Cast {
        initiator_static: pair,
        ..cast()
    }
    .play()
    .messages;
    let known = Cast {
        responder_static: pair,
        ..cast()
    };
    vec![
        refuse(
            "initiator-ephemeral",
            "the ephemeral key of message 1",
            "responder",
            responder(&cast(), [&first[0], &first[2]]),
        ),
        refuse(
            "responder-ephemeral",
            "the ephemeral key of message 2",
            "initiator",
            initiator(&cast(), &second[1]),
        ),
        refuse(
            "initiator-static",
            "the static key of message 3",
            "responder",
            responder(&cast(), [&third[0], &third[2]]),
        ),
        refuse(
            "responder-static",
            "the responder's static key",
            "initiator",
            initiator(&known, &honest[1]),
        ),
    ]
}

fn invalid_keys() -> Vec<(String, [u8; 32])> {
    let mut keys: Vec<(String, [u8; 32])> = INVALID_KEYS
        .iter()
        .filter_map(|(name, text)| {
            let bytes = hex::decode(text).ok()?;
            Some(((*name).to_owned(), bytes.try_into().ok()?))
        })
        .collect();
    let mut high_bit = Pair::named("high-bit").public;
    high_bit[31] |= 0x80;
    keys.push(("high-bit".to_owned(), high_bit));
    keys
}

/// The input of a case that runs the initiator.
fn initiator(cast: &Cast, second: &[u8]) -> Value {
    json!({
        "role": "initiator",
        "prologue": hex::encode(&cast.prologue),
        "static": secret(cast.initiator_static),
        "ephemeral": secret(cast.initiator_ephemeral),
        "responder_static": hex::encode(cast.responder_static.public),
        "receives": [hex::encode(second)],
    })
}

/// The input of a case that runs the responder.
fn responder(cast: &Cast, messages: [&[u8]; 2]) -> Value {
    json!({
        "role": "responder",
        "prologue": hex::encode(&cast.prologue),
        "static": secret(cast.responder_static),
        "ephemeral": secret(cast.responder_ephemeral),
        "receives": messages.map(hex::encode),
    })
}

fn invalid(
    name: &str,
    (base, mutation): (&str, &str),
    expect: (&str, &str),
    req: &[&str],
    input: Value,
) -> Case {
    let base = format!("handshake/{base}");
    Case::invalid(
        &format!("handshake/{name}"),
        (&base, mutation),
        expect,
        req,
        input,
    )
}

pub(super) fn secret(pair: Pair) -> String {
    hex::encode(pair.secret.unwrap_or_default())
}

/// Lays out a prologue from the specification's formula.
fn prologue(alpn: &[u8], exporter: &[u8; 32]) -> Vec<u8> {
    let alpn_len = u8::try_from(alpn.len()).unwrap_or(u8::MAX);
    [b"estafette/1/hop", &[0, alpn_len][..], alpn, exporter].concat()
}

fn exporter() -> [u8; 32] {
    sha256(b"estafette/1/vectors/channel/exporter")
}

fn flipped(message: &[u8], index: usize) -> Vec<u8> {
    let mut message = message.to_vec();
    if let Some(byte) = message.get_mut(index) {
        *byte ^= 1;
    }
    message
}
