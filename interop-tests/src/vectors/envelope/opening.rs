//! Cases of `envelope-open`: everything that a relay, an insider or a sender may try.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "only on values of our own making"
)]

use super::draft::{Draft, commitment_of};
use super::world::{World, bytes, desk, flag, header, text};
use crate::json::{self, hex};
use crate::vectors::case::{Case, Chapter};
use estafette_protocol::crypto::Secret;
use estafette_protocol::encoding::{Bytes, FixedBytes, encode, encode_unchecked};
use estafette_protocol::envelope::{Attachment, Envelope, Header, Role, pad};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::precedence::{Precedence, Status};
use serde_json::{Value as Json, json};

pub(super) fn add(chapter: &mut Chapter) {
    notes(chapter);
    let mut world = World::new();
    let draft = world.draft();
    let mut cases = valid(&mut world, &draft);
    cases.extend(headers(&draft));
    cases.extend(signatures(&world, &draft));
    cases.extend(wraps(&mut world, &draft));
    cases.extend(commitments(&mut world, &draft));
    cases.extend(bodies(&draft));
    cases.extend(forms(&draft));
    chapter.group("open", "envelope-open", &world.shared(), cases);
    let weak = weak_keys(&draft);
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

/// A field of a signed header, changed without signing again.
fn headers(draft: &Draft) -> Vec<Case> {
    type Flip = (&'static str, &'static str, fn(&mut Header));
    const FLIPS: &[Flip] = &[
        ("open-flip-reference", "lowest bit of reference", |h| {
            h.reference.0[15] ^= 1
        }),
        ("open-flip-status", "status test", |h| {
            h.status = Status::Test
        }),
        ("open-flip-sender", "sender another desk", |h| {
            h.sender = desk("head@spoc.police.xa")
        }),
        ("open-flip-sender-key", "lowest bit of sender_key", |h| {
            h.sender_key.0[15] ^= 1
        }),
        (
            "open-flip-addressee",
            "second addressee another desk",
            |h| h.addressees[1].desk = desk("held@ops.border.xb"),
        ),
        ("open-flip-role", "second addressee action", |h| {
            h.addressees[1].role = Role::Action
        }),
        (
            "open-flip-addressee-dropped",
            "second addressee dropped",
            |h| h.addressees.truncate(1),
        ),
        ("open-flip-format", "format 6", |h| h.format = 6),
        ("open-flip-format-version", "format_version 2", |h| {
            h.format_version = 2
        }),
        ("open-flip-precedence", "precedence routine", |h| {
            h.precedence = Precedence::Routine
        }),
        ("open-flip-marking", "marking one code lower", |h| {
            h.marking[0].code = 1
        }),
        ("open-flip-marking-dropped", "marking empty", |h| {
            h.marking.clear()
        }),
        ("open-flip-in-reply-to", "in_reply_to present", |h| {
            h.in_reply_to = Some(FixedBytes([1; 32]))
        }),
        ("open-flip-supersedes", "supersedes present", |h| {
            h.supersedes = Some(FixedBytes([1; 32]))
        }),
        ("open-flip-encloses", "encloses one digest", |h| {
            h.encloses = vec![FixedBytes([1; 32])]
        }),
        ("open-flip-accord", "lowest bit of accord", |h| {
            h.accord = Some(FixedBytes([0xad; 32]))
        }),
        ("open-flip-roster", "another roster", |h| {
            h.roster = FixedBytes([0x0b; 32])
        }),
        ("open-flip-rosters", "roster number one higher", |h| {
            h.rosters[0].number += 1
        }),
        ("open-flip-created", "created 1 ms later", |h| {
            h.created = h.created.plus(1)
        }),
        ("open-flip-not-before", "not_before present", |h| {
            h.not_before = Some(h.created)
        }),
        ("open-flip-expires", "expires 1 ms later", |h| {
            h.expires = h.expires.plus(1)
        }),
        (
            "open-flip-acknowledge-within",
            "acknowledge_within a day",
            |h| h.acknowledge_within = Some(86_400_000),
        ),
        ("open-flip-answer-within", "answer_within present", |h| {
            h.answer_within = Some(86_400_000)
        }),
        ("open-flip-attachments", "an attachment added", |h| {
            h.attachments = vec![Attachment {
                hash: FixedBytes([1; 32]),
                bytes: 1,
            }]
        }),
        ("open-flip-retention", "retention present", |h| {
            h.retention = Some(1)
        }),
        ("open-flip-task-force", "task_force present", |h| {
            h.task_force = Some(text("north"))
        }),
        ("open-flip-exception", "exception present", |h| {
            h.exception = Some(1)
        }),
        ("open-flip-commitment", "lowest bit of commitment", |h| {
            h.commitment.0[31] ^= 1
        }),
    ];
    let good = draft.envelope();
    let flip = |change: fn(&mut Header)| {
        let mut header = draft.finished_header();
        change(&mut header);
        let mut envelope = good.clone();
        envelope.header = encode(&header).unwrap().into();
        input(&envelope)
    };
    let signature = ("signature", "signature-invalid");
    let mut cases: Vec<Case> = FLIPS
        .iter()
        .map(|(id, mutation, change)| {
            let fault = ("open", *mutation);
            Case::invalid(id, &["ENV-11", "ENV-17"], fault, signature, flip(*change))
                .flag("HeaderFlipped")
        })
        .collect();
    cases.push(
        Case::invalid(
            "open-flip-suite",
            &["ENV-17", "ADM-2"],
            ("open", "suite 2"),
            ("decode", "suite-unknown"),
            flip(|h| h.suite = 2),
        )
        .flag("HeaderFlipped"),
    );
    cases.push(
        Case::invalid(
            "open-flip-body-bytes",
            &["ENV-14"],
            ("open", "next size class"),
            ("decode", "ENV-14"),
            flip(|h| h.body_bytes = 512 + 16),
        )
        .flag("HeaderFlipped"),
    );
    let mut resigned = draft.clone();
    resigned.header.suite = 2;
    cases.push(Case::invalid(
        "open-suite-2",
        &["ENV-17"],
        ("open", "suite 2, all made again"),
        ("decode", "suite-unknown"),
        input(&resigned.envelope()),
    ));
    cases
}

fn signatures(world: &World, draft: &Draft) -> Vec<Case> {
    let good = draft.envelope();
    let mut cases = Vec::new();
    let mut case = |id, mutation, flag, change: &dyn Fn(&mut Envelope)| {
        let mut envelope = good.clone();
        change(&mut envelope);
        let verdict = ("signature", "signature-invalid");
        let case = Case::invalid(
            id,
            &["ENV-11"],
            ("open", mutation),
            verdict,
            input(&envelope),
        );
        cases.push(case.flag(flag));
    };
    case("open-signature-r", "lowest bit of R", "Resigned", &|e| {
        e.signature.0[0] ^= 1
    });
    case("open-signature-s", "lowest bit of S", "Resigned", &|e| {
        e.signature.0[32] ^= 1
    });
    case(
        "open-signature-zeros",
        "signature of zeros",
        "Resigned",
        &|e| e.signature = FixedBytes([0; 64]),
    );
    case(
        "open-signature-s-plus-order",
        "the group order added to S",
        "WeakKey",
        &|e| e.signature = FixedBytes(super::super::crypto::with_order_added(e.signature.0)),
    );
    case(
        "open-signature-of-stranger",
        "signed by another device, sender_key kept",
        "Resigned",
        &|e| {
            let mut other = draft.clone();
            other.signer = world.stranger.key.clone();
            other.sign(e);
        },
    );
    case(
        "open-signature-of-deputy",
        "signed by another device of the desk, sender_key kept",
        "Resigned",
        &|e| {
            let mut other = draft.clone();
            other.signer = world.deputy.key.clone();
            other.sign(e);
        },
    );
    case(
        "open-resigned-by-stranger",
        "sender_key replaced, wraps kept, signed by that key",
        "Resigned",
        &|e| {
            let mut header = draft.finished_header();
            header.sender_key = world.stranger.id();
            e.header = encode(&header).unwrap().into();
            let mut other = draft.clone();
            other.signer = world.stranger.key.clone();
            other.sign(e);
        },
    );
    case(
        "open-signed-as-exercise",
        "signed under the label of an exercise",
        "StatusCrossed",
        &|e| {
            let mut other = draft.clone();
            other.signed_status = Status::Exercise;
            other.sign(e);
        },
    );
    case("open-body-bit", "a bit of the body", "InsiderBody", &|e| {
        let mut body = e.body.as_slice().to_vec();
        body[0] ^= 1;
        e.body = body.into();
    });
    case(
        "open-insider-body",
        "a reader seals another body under the same content key",
        "InsiderBody",
        &|e| {
            let mut other = draft.clone();
            other.padded = pad(&encode(&flag("all clear, stand down")).unwrap()).unwrap();
            e.body = other.envelope().body;
        },
    );
    case(
        "open-wraps-swapped",
        "the sealed parts of both wraps swapped",
        "WrapSwapped",
        &|e| {
            let first = e.wraps[0].sealed;
            e.wraps[0].sealed = e.wraps[1].sealed;
            e.wraps[1].sealed = first;
        },
    );
    case(
        "open-wrap-stripped",
        "wraps[0] removed, wraps[1] moved to its place",
        "WrapSwapped",
        &|e| {
            e.wraps.remove(0);
            e.wraps[0].position = 0;
        },
    );
    case(
        "open-wrap-duplicated",
        "wraps[1] again at position 2",
        "WrapSwapped",
        &|e| {
            let mut again = e.wraps[1].clone();
            again.position = 2;
            e.wraps.push(again);
        },
    );
    case(
        "open-wrap-moved",
        "both wraps change positions",
        "WrapSwapped",
        &|e| {
            e.wraps.swap(0, 1);
            (e.wraps[0].position, e.wraps[1].position) = (0, 1);
        },
    );
    case(
        "open-wrap-addressee",
        "wraps[1] for addressee 2",
        "WrapSwapped",
        &|e| e.wraps[1].addressee = 2,
    );
    case(
        "open-wrap-prekey",
        "wraps[1] of the next prekey",
        "WrapSwapped",
        &|e| e.wraps[1].prekey += 1,
    );
    case(
        "open-withheld-hash",
        "the hash of the wrap withheld has a bit flipped",
        "WrapSwapped",
        &|e| {
            *e = e.with_wraps(|wrap| wrap.position == 1);
            e.withheld[0].0[0] ^= 1;
        },
    );
    case("open-withheld-extra", "a hash added", "WrapSwapped", &|e| {
        e.withheld.push(FixedBytes([1; 32]))
    });
    cases
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

    let mut signed = |id, requirements, mutation, flag, change: &dyn Fn(&mut Envelope)| {
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
    for (id, mutation, point) in super::super::crypto::WEAK_POINTS {
        let point = hex::decode(point).unwrap();
        signed(id, &["CRY-5"], mutation, "WeakKey", &|e| {
            e.wraps[1].sealed.0[1088..1120].copy_from_slice(&point)
        });
    }
    let other = world.draft_of(header(), &flag("another message"));
    signed(
        "open-wrap-of-other-message",
        unwrapping,
        "wraps[1] of another message, re-signed",
        "WrapSwapped",
        &|e| e.wraps[1] = other.envelope().wraps[1].clone(),
    );
    let good = draft.envelope();
    let mut handed = good.wraps[1].clone();
    handed.sealed.0[0] ^= 1;
    let handed = json!({
        "envelope": hex(&bytes(&good.with_wraps(|_| false))),
        "wrap": json::wrap(&handed),
    });
    cases.push(
        Case::invalid(
            "open-handed-wrap-not-covered",
            unwrapping,
            (
                "open-wrap-handed-over",
                "the wrap handed over is not the one withheld",
            ),
            unwrap,
            handed,
        )
        .flag("WrapSwapped"),
    );
    cases
}

fn commitments(world: &mut World, draft: &Draft) -> Vec<Case> {
    let other_key = Secret::generate(&mut world.rng);
    let commit = ("commit", "commitment");
    let mut cases = Vec::new();
    let mut made = |id, mutation, flag, change: &dyn Fn(&mut Draft)| {
        let mut draft = draft.clone();
        change(&mut draft);
        let input = input(&draft.envelope());
        cases.push(Case::invalid(id, &["ENV-18"], ("open", mutation), commit, input).flag(flag));
    };
    made(
        "open-commitment-bit",
        "a bit of the commitment, all else made again",
        "Equivocation",
        &|d| {
            let good = Some(commitment_of(
                d.header.status,
                &d.content_key,
                &d.header.reference,
            ));
            d.commitment = good.map(|mut bytes| {
                bytes[0] ^= 1;
                bytes
            });
        },
    );
    made(
        "open-commitment-of-other-key",
        "commitment to another content key",
        "Equivocation",
        &|d| {
            d.commitment = Some(commitment_of(
                d.header.status,
                &other_key,
                &d.header.reference,
            ))
        },
    );
    made(
        "open-commitment-of-other-reference",
        "commitment made with another reference",
        "Equivocation",
        &|d| {
            d.commitment = Some(commitment_of(
                d.header.status,
                &d.content_key,
                &FixedBytes([9; 16]),
            ))
        },
    );
    made(
        "open-commitment-of-exercise",
        "commitment under the labels of an exercise",
        "StatusCrossed",
        &|d| {
            d.commitment = Some(commitment_of(
                Status::Exercise,
                &d.content_key,
                &d.header.reference,
            ))
        },
    );
    made(
        "open-two-keys",
        "this reader's wrap holds another content key",
        "Equivocation",
        &|d| d.readers[1].content_key = other_key.clone(),
    );
    made(
        "open-commitment-zeros",
        "commitment of zeros",
        "Equivocation",
        &|d| d.commitment = Some([0; 32]),
    );
    cases
}

fn bodies(draft: &Draft) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut made = |id, requirements, mutation, flag, change: &dyn Fn(&mut Draft)| {
        let mut draft = draft.clone();
        change(&mut draft);
        let input = input(&draft.envelope());
        let case = Case::invalid(
            id,
            requirements,
            ("open", mutation),
            ("body", "body"),
            input,
        );
        cases.push(case.flag(flag));
    };
    let padding: &[&str] = &["ENV-13", "ENV-14", "ENV-17"];
    made(
        "open-padding-first",
        padding,
        "first byte of the padding is 1",
        "DirtyPadding",
        &|d| {
            let len = usize::from(d.padded[3]);
            d.padded[4 + len] = 1;
        },
    );
    made(
        "open-padding-last",
        padding,
        "last byte of the padding is 1",
        "DirtyPadding",
        &|d| *d.padded.last_mut().unwrap() = 1,
    );
    made(
        "open-padding-wide",
        padding,
        "padded to the next size class",
        "DirtyPadding",
        &|d| d.padded.resize(512, 0),
    );
    made(
        "open-padding-length",
        padding,
        "form length one more than there is",
        "DirtyPadding",
        &|d| d.padded[3] = 253,
    );
    made(
        "open-body-status",
        &["CRY-8"],
        "body key under the label of an exercise",
        "StatusCrossed",
        &|d| d.body_status = Status::Exercise,
    );
    made(
        "open-body-nonce",
        &["ENV-17"],
        "nonce 1",
        "InsiderBody",
        &|d| d.nonce[11] = 1,
    );
    made(
        "open-body-aad",
        &["ENV-17"],
        "associated data of one byte",
        "InsiderBody",
        &|d| d.aad = vec![0],
    );
    let good = draft.envelope();
    for (id, mutation, at) in [
        ("open-body-bit-signed", "a bit of the body, re-signed", 0),
        ("open-body-tag-signed", "a bit of the tag, re-signed", 271),
    ] {
        let mut envelope = good.clone();
        let mut body = envelope.body.as_slice().to_vec();
        body[at] ^= 1;
        envelope.body = body.into();
        draft.sign(&mut envelope);
        cases.push(
            Case::invalid(
                id,
                &["ENV-17"],
                ("open", mutation),
                ("body", "body"),
                input(&envelope),
            )
            .flag("InsiderBody"),
        );
    }
    cases
}

fn forms(draft: &Draft) -> Vec<Case> {
    let case = |id, requirements, mutation, form: &[u8]| {
        let mut draft = draft.clone();
        draft.padded = pad(form).unwrap();
        let input = input(&draft.envelope());
        Case::invalid(
            id,
            requirements,
            ("open", mutation),
            ("form", "form"),
            input,
        )
    };
    let good = flag("white van, two men, north on E6");
    let bytes = encode(&good).unwrap();
    let other = |format, version| {
        encode(&Form {
            format,
            version,
            fields: good.fields.clone(),
        })
        .unwrap()
    };
    let mut unsorted = good.clone();
    unsorted.fields.swap(0, 1);
    vec![
        case("open-form-empty", &["ENV-17"], "a form of no bytes", &[]),
        case(
            "open-form-trailing",
            &["ENC-14"],
            "a zero byte after the form, within its length",
            &[&bytes[..], &[0]].concat(),
        ),
        case(
            "open-form-cut",
            &["ENC-9"],
            "last byte of the form cut",
            &bytes[..bytes.len() - 1],
        ),
        case(
            "open-form-kind",
            &["ENC-13"],
            "kind of a header",
            &[&[1, 33], &bytes[2..]].concat(),
        ),
        case(
            "open-form-unsorted",
            &["FRM-7"],
            "fields swapped",
            &encode_unchecked(&unsorted).unwrap(),
        ),
        case(
            "open-form-of-other-format",
            &["ENV-17"],
            "form of format 6, header says 1",
            &other(6, 1),
        ),
        case(
            "open-form-of-other-version",
            &["ENV-17"],
            "form of version 2, header says 1",
            &other(1, 2),
        ),
    ]
}

/// Keys that nobody should have put into a roster, each with a signature that fits it.
fn weak_keys(draft: &Draft) -> Vec<(&'static str, [u8; 32], Case)> {
    let under = |key: [u8; 32], signature: [u8; 64]| {
        let mut envelope = draft.envelope();
        let mut header = draft.finished_header();
        header.sender_key = super::super::crypto::ed25519_id(&key);
        envelope.header = Bytes::from(encode(&header).unwrap());
        envelope.signature = FixedBytes(signature);
        input(&envelope)
    };
    // The neutral element as key and as R, with S = 0, fits every message.
    let neutral = {
        let mut key = [0; 32];
        key[0] = 1;
        key
    };
    let mut fits = [0; 64];
    fits[..32].copy_from_slice(&neutral);
    // The same point, with y = 1 + p: not the canonical encoding.
    let mut uncanonical = [0xff; 32];
    (uncanonical[0], uncanonical[31]) = (0xee, 0x7f);
    let case = |id, mutation, key, signature| {
        let verdict = ("signature", "signature-invalid");
        Case::invalid(
            id,
            &["CRY-1"],
            ("open", mutation),
            verdict,
            under(key, signature),
        )
        .flag("WeakKey")
    };
    vec![
        (
            "open-small-order",
            neutral,
            case(
                "open-small-order-key",
                "the roster lists the neutral element",
                neutral,
                fits,
            ),
        ),
        (
            "open-not-canonical",
            uncanonical,
            case(
                "open-uncanonical-key",
                "the roster lists the neutral element as y = p + 1",
                uncanonical,
                fits,
            ),
        ),
    ]
}

fn with_keys(world: &World, key: [u8; 32]) -> Json {
    let mut shared = world.shared();
    shared["sender_keys"] = json!([hex(&key)]);
    shared
}
