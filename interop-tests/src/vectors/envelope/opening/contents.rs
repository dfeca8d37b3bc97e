//! Commitments, bodies and forms that are not what they should be under a good signature.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a table of cases, on values of our own making"
)]

use super::input;
use crate::vectors::case::Case;
use crate::vectors::envelope::draft::{Draft, commitment_of};
use crate::vectors::envelope::world::{World, flag};
use estafette_protocol::crypto::Secret;
use estafette_protocol::encoding::{FixedBytes, encode, encode_unchecked};
use estafette_protocol::envelope::pad;
use estafette_protocol::form::Form;
use estafette_protocol::precedence::Status;

pub(super) fn commitments(world: &mut World, draft: &Draft) -> Vec<Case> {
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

pub(super) fn bodies(draft: &Draft) -> Vec<Case> {
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

pub(super) fn forms(draft: &Draft) -> Vec<Case> {
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
