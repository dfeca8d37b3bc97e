//! Cases of `session`: a link from its first frame.

#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::frames::{hello, others};
use crate::json::{hex, role_word};
use crate::vectors::case::{Case, Chapter};
use estafette_protocol::encoding::encode_unchecked;
use estafette_protocol::frame::{Frame, LinkRole};
use serde_json::{Value, json};

use LinkRole::{Device, Relay, Stranger};

pub(super) fn add(chapter: &mut Chapter) {
    let mut cases = valid();
    cases.extend(invalid());
    chapter.group("session", "session", &json!({}), cases);
}

fn received(frame: &Frame) -> Value {
    json!({ "frame": hex(&encode_unchecked(frame).unwrap()) })
}

fn waiting(count: u16, urgent: bool) -> Value {
    json!({ "waiting": count, "urgent": urgent })
}

fn input(own: LinkRole, peer: LinkRole, steps: &[Value]) -> Value {
    json!({ "own": role_word(own), "peer": role_word(peer), "steps": steps })
}

/// A link whose peer has said hello, and then these frames.
fn open(own: LinkRole, peer: LinkRole, steps: &[Value]) -> Value {
    let first = received(&hello(peer, &[1]));
    input(own, peer, &[&[first], steps].concat())
}

fn taken(numbers: &[u64]) -> Value {
    received(&Frame::Taken {
        numbers: numbers.to_vec(),
    })
}

fn valid() -> Vec<Case> {
    let pairs = [
        ("relay-device", Relay, Device),
        ("relay-relay", Relay, Relay),
        ("relay-stranger", Relay, Stranger),
        ("device-relay", Device, Relay),
        ("stranger-relay", Stranger, Relay),
    ];
    // Every frame on every link: some are taken up, the others are faults and the link survives.
    let mut cases: Vec<Case> = pairs
        .into_iter()
        .map(|(name, own, peer)| {
            let steps: Vec<Value> = others().iter().map(|(_, frame)| received(frame)).collect();
            Case::valid(
                format!("link-{name}"),
                &["SES-3", "SES-4"],
                open(own, peer, &steps),
            )
        })
        .collect();
    let garbage = json!({ "frame": "013063" });
    let synced = received(&Frame::Synced);
    let newer = received(&hello(Device, &[2, 1, 7]));
    cases.extend([
        Case::valid("link-versions", &["SES-2"], input(Relay, Device, &[newer])),
        Case::valid(
            "link-hello-twice",
            &["SES-1", "SES-4"],
            open(
                Relay,
                Device,
                &[
                    received(&hello(Device, &[1])),
                    received(&hello(Device, &[1])),
                ],
            ),
        ),
        Case::valid(
            "link-malformed-survives",
            &["SES-5"],
            open(Device, Relay, &[garbage.clone(), synced.clone()]),
        ),
        Case::valid(
            "link-15-faults",
            &["SES-4"],
            open(Device, Relay, &[vec![garbage; 15], vec![synced]].concat()),
        ),
        Case::valid(
            "link-window",
            &["SES-7"],
            open(
                Relay,
                Device,
                &[
                    waiting(100, false),
                    waiting(100, true),
                    taken(&[1, 2]),
                    waiting(100, false),
                    taken(&(3..=20).collect::<Vec<_>>()),
                    waiting(100, false),
                    waiting(100, true),
                ],
            ),
        ),
        Case::valid(
            "link-urgent-fills",
            &["SES-7"],
            open(
                Relay,
                Device,
                &[
                    waiting(100, true),
                    taken(&[64]),
                    waiting(1, false),
                    waiting(2, true),
                ],
            ),
        ),
        Case::valid(
            "link-taken-once",
            &["SES-7", "SES-8"],
            open(
                Relay,
                Device,
                &[
                    waiting(3, false),
                    taken(&[2, 2, 99]),
                    taken(&[2]),
                    taken(&[3, 1]),
                ],
            ),
        ),
    ]);
    cases
}

fn invalid() -> Vec<Case> {
    let greeting: fn(&str) -> (&str, &str) = |fault| ("link-versions", fault);
    let mut cases: Vec<Case> = others()
        .iter()
        .map(|(word, frame)| {
            let mutation = format!("{word} before hello");
            Case::invalid(
                format!("link-{word}-first"),
                &["SES-1"],
                greeting(&mutation),
                ("policy", "hello-missing"),
                input(Relay, Device, &[received(frame)]),
            )
        })
        .collect();
    let first = |id, requirements, mutation, verdict, own, peer, frame: &Frame| {
        let input = input(own, peer, &[received(frame)]);
        Case::invalid(id, requirements, greeting(mutation), verdict, input)
    };
    let garbage = json!({ "frame": "013063" });
    let publish = received(&others()[3].1);
    cases.extend([
        first(
            "link-taken-first",
            &["SES-1"],
            "taken before hello",
            ("policy", "hello-missing"),
            Relay,
            Device,
            &Frame::Taken { numbers: vec![1] },
        ),
        first(
            "link-no-version",
            &["SES-2"],
            "versions 2 and 3 only",
            ("version", "version-unknown"),
            Relay,
            Device,
            &hello(Device, &[2, 3]),
        ),
        first(
            "link-device-as-relay",
            &["SES-3"],
            "a device says relay",
            ("policy", "role-wrong"),
            Relay,
            Device,
            &hello(Relay, &[1]),
        ),
        first(
            "link-device-as-stranger",
            &["SES-3"],
            "a device says stranger",
            ("policy", "role-wrong"),
            Relay,
            Device,
            &hello(Stranger, &[1]),
        ),
        first(
            "link-stranger-as-device",
            &["SES-3"],
            "a stranger says device",
            ("policy", "role-wrong"),
            Relay,
            Stranger,
            &hello(Device, &[1]),
        ),
        first(
            "link-relay-as-device",
            &["SES-3"],
            "one's own relay says device",
            ("policy", "role-wrong"),
            Device,
            Relay,
            &hello(Device, &[1]),
        ),
        Case::invalid(
            "link-16-malformed",
            &["SES-4", "SES-5"],
            ("link-15-faults", "one more"),
            ("decode", "malformed"),
            open(Device, Relay, &vec![garbage; 16]),
        ),
        Case::invalid(
            "link-16-not-allowed",
            &["SES-4"],
            ("link-15-faults", "16 frames that the role may not send"),
            ("policy", "frame-not-allowed"),
            open(Relay, Stranger, &vec![publish; 16]),
        ),
    ]);
    cases
}
