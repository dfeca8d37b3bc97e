//! Cases of `envelope-open`: everything that a relay, an insider or a sender may try.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::draft::Draft;
use super::world::{World, bytes, desk, flag, header};
use crate::json::{self, hex};
use crate::vectors::case::{Case, Chapter};
use crate::vectors::crypto::WEAK_POINTS;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::{Envelope, Wrap};
use estafette_protocol::form::{Field, Value};
use estafette_protocol::precedence::Status;
use serde_json::{Value as Json, json};

mod contents;
mod signatures;

pub(super) fn add(chapter: &mut Chapter) {
    notes(chapter);
    let mut world = World::new();
    let draft = world.draft();
    let mut cases = valid(&mut world, &draft);
    cases.extend(signatures::headers(&draft));
    cases.extend(signatures::signatures(&world, &draft));
    cases.extend(wraps(&mut world, &draft));
    cases.extend(contents::commitments(&mut world, &draft));
    cases.extend(contents::bodies(&draft));
    cases.extend(contents::forms(&draft));
    chapter.group("open", "envelope-open", &world.shared(), cases);
    let weak = signatures::weak_keys(&draft);
    for (id, shared, case) in weak {
        chapter.group(id, "envelope-open", &with_keys(&world, shared), vec![case]);
    }
}

fn notes(chapter: &mut Chapter) {
    for (flag, description, effect) in [
        (
            "HeaderFlipped",
            "A relay changes a field of a signed header.",
            "An order arrives with another deadline, role or marking than it was signed with.",
        ),
        (
            "WrapSwapped",
            "Wraps change places or devices under a good signature of the sender.",
            "A device opens what was sealed for another one, or a stripped reader goes unnoticed.",
        ),
        (
            "Equivocation",
            "The sender seals two content keys under one digest.",
            "Two readers act on different orders, and the log shows one.",
        ),
        (
            "InsiderBody",
            "A reader, who knows the content key, replaces the body.",
            "Another reader takes an insider's order for the sender's.",
        ),
        (
            "Resigned",
            "The signature is stripped and made again by another device.",
            "Someone else's order passes as one's own.",
        ),
        (
            "StatusCrossed",
            "Something made for an exercise stands in an actual message.",
            "A drill is taken for an emergency.",
        ),
        (
            "WeakKey",
            "A key or point of small order, or not canonical.",
            "One signature is good for many messages, or a secret is known to everybody.",
        ),
        (
            "DirtyPadding",
            "Padding that carries data or is wider than needed.",
            "A covert channel, and lengths that tell senders apart.",
        ),
    ] {
        chapter.note(flag, description, effect);
    }
}

fn input(envelope: &Envelope) -> Json {
    json!({ "envelope": hex(&bytes(envelope)) })
}

fn valid(world: &mut World, draft: &Draft) -> Vec<Case> {
    let good = draft.envelope();
    let opening = &["ENV-11", "ENV-17", "ENV-18"];
    let handed = |wrap: usize| {
        json!({
            "envelope": hex(&bytes(&good.with_wraps(|_| false))),
            "wrap": json::wrap(&good.wraps[wrap]),
        })
    };
    let mut next_week = draft.clone();
    let (prekey, secret) = &world.duty.prekeys[1];
    next_week.readers[1].prekey = *prekey;
    next_week.readers[1].info_prekey = *prekey;
    next_week.readers[1].key = secret.public().unwrap();
    let mut deputy = draft.clone();
    deputy.signer = world.deputy.key.clone();
    let mut exercise = draft.header.clone();
    exercise.status = Status::Exercise;
    exercise.exercise = Some(FixedBytes([0x5e; 16]));
    let exercise = world.draft_of(exercise, &flag("drill, drill, drill"));
    let mut unknown = flag("kept and shown by number");
    unknown.fields.push(Field {
        number: 900,
        value: Value::List(vec![Value::Integer(7)]),
    });
    let unknown = world.draft_of(header(), &unknown);
    vec![
        Case::valid("open", opening, input(&good)),
        Case::valid("open-wrap-handed-over", &["ENV-10"], handed(1)),
        Case::valid(
            "open-other-withheld",
            &["ENV-10"],
            input(&good.with_wraps(|wrap| wrap.position == 1)),
        ),
        Case::valid("open-next-prekey", opening, input(&next_week.envelope())),
        Case::valid(
            "open-second-device-signs",
            &["ENV-11"],
            input(&deputy.envelope()),
        ),
        Case::valid("open-exercise", &["CRY-8"], input(&exercise.envelope())),
        Case::valid("open-unknown-field", &["FRM-1"], input(&unknown.envelope())),
    ]
}

/// Faults in wraps under a good signature: what a careless or malicious sender may make.
fn wraps(world: &mut World, draft: &Draft) -> Vec<Case> {
    let unwrap = ("unwrap", "unwrap");
    let mut cases = Vec::new();
    let mut made = |id, mutation, flag, change: &dyn Fn(&mut Draft)| {
        let mut draft = draft.clone();
        change(&mut draft);
        let input = input(&draft.envelope());
        cases.push(Case::invalid(id, &["ENV-17"], ("open", mutation), unwrap, input).flag(flag));
    };
    made(
        "open-wrap-of-other-prekey",
        "sealed to the next prekey, named as this one",
        "WrapSwapped",
        &|d| d.readers[1].key = world.duty.prekeys[1].1.public().unwrap(),
    );
    made(
        "open-info-prekey",
        "info names the next prekey",
        "WrapSwapped",
        &|d| d.readers[1].info_prekey += 1,
    );
    made(
        "open-info-desk",
        "info names the other desk",
        "WrapSwapped",
        &|d| d.readers[1].info_desk = desk("head@ops.border.xb"),
    );
    made(
        "open-info-status",
        "info has the label of an exercise",
        "StatusCrossed",
        &|d| d.readers[1].info_status = Status::Exercise,
    );
    made(
        "open-no-wrap",
        "the wrap is for another device",
        "WrapSwapped",
        &|d| d.readers[1].device = world.head.id(),
    );
    made(
        "open-wrong-device",
        "sealed to another device's prekey",
        "WrapSwapped",
        &|d| d.readers[1].key = world.head.prekeys[0].1.public().unwrap(),
    );
    made(
        "open-prekey-unknown",
        "a prekey that the device does not have",
        "WrapSwapped",
        &|d| {
            d.readers[1].prekey = 2900;
            d.readers[1].info_prekey = 2900;
        },
    );

    let mut signed = |id: &str, requirements, mutation, flag, change: &dyn Fn(&mut Envelope)| {
        let mut envelope = draft.envelope();
        change(&mut envelope);
        draft.sign(&mut envelope);
        let case = Case::invalid(
            id,
            requirements,
            ("open", mutation),
            unwrap,
            input(&envelope),
        );
        cases.push(case.flag(flag));
    };
    let unwrapping: &[&str] = &["ENV-17"];
    signed(
        "open-wraps-swapped-signed",
        unwrapping,
        "sealed parts swapped, re-signed",
        "WrapSwapped",
        &|e| {
            let first = e.wraps[0].sealed;
            e.wraps[0].sealed = e.wraps[1].sealed;
            e.wraps[1].sealed = first;
        },
    );
    signed(
        "open-wrap-stripped-signed",
        unwrapping,
        "wraps[1] removed, re-signed",
        "WrapSwapped",
        &|e| e.wraps.truncate(1),
    );
    signed(
        "open-wrap-kem-bit",
        unwrapping,
        "a bit of the ML-KEM ciphertext, re-signed",
        "WrapSwapped",
        &|e| e.wraps[1].sealed.0[0] ^= 1,
    );
    signed(
        "open-wrap-key-bit",
        unwrapping,
        "a bit of the sealed key, re-signed",
        "WrapSwapped",
        &|e| e.wraps[1].sealed.0[1120] ^= 1,
    );
    signed(
        "open-wrap-tag-bit",
        unwrapping,
        "a bit of the tag, re-signed",
        "WrapSwapped",
        &|e| e.wraps[1].sealed.0[1167] ^= 1,
    );
    for (id, mutation, point) in WEAK_POINTS {
        let point = hex::decode(point).unwrap();
        signed(
            &format!("open-{id}"),
            &["CRY-5"],
            mutation,
            "WeakKey",
            &|e| e.wraps[1].sealed.0[1088..1120].copy_from_slice(&point),
        );
    }
    let other = world.draft_of(header(), &flag("another message"));
    signed(
        "open-wrap-of-other-message",
        unwrapping,
        "wraps[1] of another message, re-signed",
        "WrapSwapped",
        &|e| e.wraps[1] = other.envelope().wraps[1].clone(),
    );
    cases.extend(handed(draft));
    cases
}

fn with_keys(world: &World, key: [u8; 32]) -> Json {
    let mut shared = world.shared();
    shared["sender_keys"] = json!([hex(&key)]);
    shared
}

/// A wrap that comes apart from its envelope must be the one that the signature covers.
fn handed(draft: &Draft) -> Vec<Case> {
    let good = draft.envelope();
    let case = |id, mutation, wrap: Wrap| {
        let input = json!({
            "envelope": hex(&bytes(&good.with_wraps(|_| false))),
            "wrap": json::wrap(&wrap),
        });
        let fault = (("open-wrap-handed-over", mutation), ("unwrap", "unwrap"));
        Case::invalid(id, &["ENV-10", "ENV-17"], fault.0, fault.1, input).flag("WrapSwapped")
    };
    let mut flipped = good.wraps[1].clone();
    flipped.sealed.0[0] ^= 1;
    let mut moved = good.wraps[1].clone();
    moved.position = 0;
    let mut again = draft.clone();
    again.readers[1].encapsulation = [0x2a; 64];
    let again = again.envelope().wraps[1].clone();
    vec![
        case(
            "open-handed-wrap-not-covered",
            "a bit of the wrap handed over",
            flipped,
        ),
        case(
            "open-handed-wrap-moved",
            "the wrap handed over names another position",
            moved,
        ),
        case(
            "open-handed-wrap-made-again",
            "the same content key sealed again by a reader, under the same info",
            again,
        ),
    ]
}
