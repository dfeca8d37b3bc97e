//! Signatures that are not good: headers, wraps and bodies changed after signing, other signers,
//! and keys that nobody may use.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a table of cases, on values of our own making"
)]

use super::input;
use crate::vectors::case::Case;
use crate::vectors::crypto::{ed25519_id, with_order_added};
use crate::vectors::envelope::draft::Draft;
use crate::vectors::envelope::world::{World, desk, flag, text};
use estafette_protocol::encoding::{Bytes, FixedBytes, encode};
use estafette_protocol::envelope::{Attachment, Envelope, Header, Role, pad};
use estafette_protocol::precedence::{Precedence, Status};

/// A field of a signed header, changed without signing again.
pub(super) fn headers(draft: &Draft) -> Vec<Case> {
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
            Case::invalid(*id, &["ENV-11", "ENV-17"], fault, signature, flip(*change))
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

pub(super) fn signatures(world: &World, draft: &Draft) -> Vec<Case> {
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
        &|e| e.signature = FixedBytes(with_order_added(e.signature.0)),
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

/// Keys that nobody should have put into a roster, each with a signature that fits it.
pub(super) fn weak_keys(draft: &Draft) -> Vec<(&'static str, [u8; 32], Case)> {
    let under = |key: [u8; 32], signature: [u8; 64]| {
        let mut envelope = draft.envelope();
        let mut header = draft.finished_header();
        header.sender_key = ed25519_id(&key);
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
