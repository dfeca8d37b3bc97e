//! Cases of `statement-decode` and `statement-verify`, and the people who sign in all others.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::chain;
use crate::json::hex;
use crate::vectors::case::{Case, Chapter};
use estafette_protocol::code::Note;
use estafette_protocol::crypto::{Hash, SigningKey};
use estafette_protocol::encoding::{
    Bytes, Extension, Extensions, FixedBytes, Signature, SignedObject, Text, encode_unchecked,
    signing_bytes,
};
use estafette_protocol::envelope::RosterNumber;
use estafette_protocol::statement::{Claim, Judged, Signer, Statement};
use estafette_protocol::testing::SeededRng;
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};

pub(in crate::vectors) const SUBJECT: Hash = FixedBytes([0x5b; 32]);
pub(in crate::vectors) const NOW: UnixMillis = UnixMillis(1_767_322_500_000);

pub(in crate::vectors) const EGRESS: (&str, Option<&str>) = ("police.xa", None);
pub(in crate::vectors) const SENDER: (&str, Option<&str>) =
    ("police.xa", Some("duty@spoc.police.xa"));
pub(in crate::vectors) const INGRESS: (&str, Option<&str>) = ("border.xb", None);
pub(in crate::vectors) const DUTY: (&str, Option<&str>) = ("border.xb", Some("duty@ops.border.xb"));
pub(in crate::vectors) const HEAD: (&str, Option<&str>) = ("border.xb", Some("head@ops.border.xb"));
pub(in crate::vectors) const OTHER_RELAY: (&str, Option<&str>) = ("customs.xc", None);
pub(in crate::vectors) const OTHER_DESK: (&str, Option<&str>) =
    ("customs.xc", Some("watch@spoc.customs.xc"));

pub(in crate::vectors) fn add(chapter: &mut Chapter) {
    let mut cases = decoding();
    cases.extend(chain::decoding());
    chapter.group("decode", "statement-decode", &json!({}), cases);
    let entries = [EGRESS, SENDER, INGRESS, DUTY, HEAD].map(|who| {
        let key = hex(&key(who, 1).verifying_key().to_bytes());
        json!({ "agency": who.0, "desk": who.1, "key": key })
    });
    let shared = json!({ "entries": entries, "now": NOW.0 });
    chapter.group("verify", "statement-verify", &shared, verifying());
}

/// The key of a relay or of a desk's n-th device.
pub(in crate::vectors) fn key(who: (&str, Option<&str>), device: u8) -> SigningKey {
    let seed = format!("statement/{}/{device}", who.1.unwrap_or(who.0));
    SigningKey::generate(&mut SeededRng::new(&seed))
}

pub(in crate::vectors) fn statement(
    who: (&str, Option<&str>),
    device: u8,
    at: u64,
    claim: Claim,
) -> Statement {
    Statement {
        subject: SUBJECT,
        at: UnixMillis(NOW.0 + at),
        signer: Signer {
            agency: who.0.parse().unwrap(),
            desk: who.1.map(|desk| desk.parse().unwrap()),
            key: key(who, device).verifying_key().id(),
        },
        claim,
        extensions: Extensions::default(),
    }
}

/// A signed statement, whether or not it keeps the rules.
pub(in crate::vectors) fn signed(statement: &Statement, keys: &[&SigningKey]) -> Vec<u8> {
    let object = encode_unchecked(statement).unwrap();
    let message = signing_bytes(34, &object);
    let mut signatures: Vec<Signature> = keys
        .iter()
        .map(|key| Signature {
            key: key.verifying_key().id(),
            signature: FixedBytes(key.sign(&message)),
        })
        .collect();
    signatures.sort_by_key(|signature| signature.key);
    encode_unchecked(&SignedObject {
        object: object.into(),
        signatures,
    })
    .unwrap()
}

/// Says something, signed as it should be.
pub(in crate::vectors) fn says(
    who: (&str, Option<&str>),
    device: u8,
    at: u64,
    claim: Claim,
) -> Vec<u8> {
    signed(&statement(who, device, at, claim), &[&key(who, device)])
}

pub(in crate::vectors) fn judged() -> Judged {
    let roster = |agency: &str, number| RosterNumber {
        agency: agency.parse().unwrap(),
        number,
    };
    Judged {
        accord: Some(FixedBytes([0xac; 32])),
        rosters: vec![roster("border.xb", 3), roster("police.xa", 12)],
        notes: vec![Note::STALE_ROSTER, Note::CLOCK_UNSURE],
    }
}

pub(in crate::vectors) fn accepted(leaf: u64) -> Claim {
    Claim::Accepted {
        leaf,
        judged: judged(),
    }
}

pub(in crate::vectors) fn relayed(leaf: u64) -> Claim {
    Claim::Relayed {
        leaf,
        judged: judged(),
    }
}

pub(in crate::vectors) fn acknowledged(until: Option<u64>) -> Claim {
    Claim::Acknowledged {
        until: until.map(|at| UnixMillis(NOW.0 + at)),
        remark: None,
    }
}

pub(in crate::vectors) fn answered() -> Claim {
    Claim::Answered {
        answer: FixedBytes([0xa5; 32]),
    }
}

pub(in crate::vectors) fn refused(code: u16, clause: &str) -> Claim {
    Claim::Refused {
        code,
        clause: Text::new(clause).unwrap(),
        first: None,
    }
}

pub(in crate::vectors) fn expired(desk: &str) -> Claim {
    Claim::Expired {
        desk: desk.parse().unwrap(),
    }
}

fn input(bytes: &[u8]) -> Value {
    json!({ "statement": hex(bytes) })
}

fn decoding() -> Vec<Case> {
    let ok = |id, who, claim| {
        Case::valid(
            id,
            &["ENC-20", "ENC-21", "STA-3"],
            input(&says(who, 1, 0, claim)),
        )
    };
    let remark = Bytes::from(vec![0xee; 1056]);
    let reused = Claim::Refused {
        code: 20,
        clause: Text::new("ADM-20").unwrap(),
        first: Some(FixedBytes([0x1f; 32])),
    };
    let mut cases = vec![
        ok("decode-accepted", EGRESS, accepted(1)),
        ok("decode-relayed", INGRESS, relayed(u64::MAX)),
        ok("decode-delivered", DUTY, Claim::Delivered),
        ok("decode-opened", DUTY, Claim::Opened),
        ok(
            "decode-acknowledged",
            DUTY,
            Claim::Acknowledged {
                until: Some(NOW),
                remark: Some(remark),
            },
        ),
        ok("decode-answered", DUTY, answered()),
        ok("decode-unreadable", DUTY, Claim::Unreadable { stage: 4 }),
        ok("decode-cancelled", EGRESS, Claim::Cancelled),
        ok("decode-cancelled-by-device", SENDER, Claim::Cancelled),
        ok("decode-refused", INGRESS, reused),
        ok("decode-expired", INGRESS, expired("duty@ops.border.xb")),
    ];
    let good = says(DUTY, 1, 0, Claim::Delivered);
    let bad = |id, requirements, base, mutation, reason, bytes: &[u8]| {
        Case::invalid(
            id,
            requirements,
            (base, mutation),
            ("decode", reason),
            input(bytes),
        )
    };
    let with = |who, claim, change: &dyn Fn(&mut Statement)| {
        let mut statement = statement(who, 1, 0, claim);
        change(&mut statement);
        signed(&statement, &[&key(who, 1)])
    };
    let judging = |change: fn(&mut Judged)| {
        let mut judged = judged();
        change(&mut judged);
        with(EGRESS, Claim::Accepted { leaf: 1, judged }, &|_| {})
    };
    let two = signed(
        &statement(DUTY, 1, 0, Claim::Delivered),
        &[&key(DUTY, 1), &key(DUTY, 2)],
    );
    let other = signed(&statement(DUTY, 1, 0, Claim::Delivered), &[&key(DUTY, 2)]);
    let none = signed(&statement(DUTY, 1, 0, Claim::Delivered), &[]);
    // The claim's tag stands before the count of extensions, at the end of the inner object, which
    // ends before the count, key and bytes of the one signature.
    let tag = good.len() - 1 - 16 - 64 - 2;
    let with_byte = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let long = with(DUTY, Claim::Delivered, &|s| {
        let one = |id| Extension {
            id,
            critical: false,
            value: vec![0; 1024].into(),
        };
        s.extensions = Extensions((1..=4).map(one).collect());
    });
    cases.extend([
        bad(
            "decode-empty",
            &["ENC-12"],
            "decode-delivered",
            "no bytes",
            "malformed",
            &[],
        ),
        bad(
            "decode-cut",
            &["ENC-9"],
            "decode-delivered",
            "last byte cut",
            "malformed",
            &good[..good.len() - 1],
        ),
        bad(
            "decode-trailing",
            &["ENC-14"],
            "decode-delivered",
            "a zero byte added",
            "trailing",
            &[&good[..], &[0]].concat(),
        ),
        bad(
            "decode-not-signed",
            &["ENC-13", "ENC-20"],
            "decode-delivered",
            "the inner object alone",
            "kind",
            &encode_unchecked(&statement(DUTY, 1, 0, Claim::Delivered)).unwrap(),
        ),
        bad(
            "decode-no-signature",
            &["ENC-20"],
            "decode-delivered",
            "no signature",
            "ENC-20",
            &none,
        ),
        bad(
            "decode-two-signatures",
            &["STA-1"],
            "decode-delivered",
            "a second device signs too",
            "STA-1",
            &two,
        ),
        bad(
            "decode-signature-of-other-key",
            &["STA-1"],
            "decode-delivered",
            "signed by another key than signer.key",
            "STA-1",
            &other,
        ),
        bad(
            "decode-claim-10",
            &["ENC-10"],
            "decode-delivered",
            "claim of tag 10",
            "malformed",
            &with_byte(tag, 10),
        ),
        bad(
            "decode-desk-of-other-agency",
            &["STA-1"],
            "decode-delivered",
            "desk of another agency than signer.agency",
            "STA-1",
            &with(DUTY, Claim::Delivered, &|s| {
                s.signer.agency = "police.xa".parse().unwrap()
            }),
        ),
        bad(
            "decode-remark-1057",
            &["STA-8"],
            "decode-acknowledged",
            "remark one byte longer",
            "STA-8",
            &with(
                DUTY,
                Claim::Acknowledged {
                    until: Some(NOW),
                    remark: Some(vec![0xee; 1057].into()),
                },
                &|_| {},
            ),
        ),
        bad(
            "decode-clause-17",
            &["ENC-13"],
            "decode-refused",
            "clause of 17 bytes",
            "ENC-13",
            &says(INGRESS, 1, 0, refused(1, "ADM-1234567890123")),
        ),
        bad(
            "decode-rosters-unsorted",
            &["ENC-17"],
            "decode-accepted",
            "rosters swapped",
            "ENC-17",
            &judging(|j| j.rosters.swap(0, 1)),
        ),
        bad(
            "decode-18-rosters",
            &["ENC-13"],
            "decode-accepted",
            "18 rosters",
            "ENC-13",
            &judging(|j| {
                let agency = |c: u8| format!("{}.xb", char::from(c)).parse().unwrap();
                j.rosters = (b'a'..b's')
                    .map(|c| RosterNumber {
                        agency: agency(c),
                        number: 1,
                    })
                    .collect();
            }),
        ),
        bad(
            "decode-notes-unsorted",
            &["ENC-17"],
            "decode-accepted",
            "notes swapped",
            "ENC-17",
            &judging(|j| j.notes.swap(0, 1)),
        ),
        bad(
            "decode-note-twice",
            &["ENC-17"],
            "decode-accepted",
            "one note twice",
            "ENC-17",
            &judging(|j| j.notes[1] = j.notes[0]),
        ),
        bad(
            "decode-17-notes",
            &["ENC-13"],
            "decode-accepted",
            "seventeen notes",
            "ENC-13",
            &judging(|j| j.notes = (1..=17).map(Note).collect()),
        ),
        bad(
            "decode-critical",
            &["ENC-19"],
            "decode-delivered",
            "an unknown critical extension",
            "ENC-19",
            &with(DUTY, Claim::Delivered, &|s| {
                s.extensions = Extensions(vec![Extension {
                    id: 1,
                    critical: true,
                    value: Bytes::default(),
                }]);
            }),
        ),
        bad(
            "decode-too-long",
            &["ENC-13"],
            "decode-delivered",
            "extensions of 4,096 bytes",
            "too-long",
            &long,
        ),
    ]);
    cases
}

fn verifying() -> Vec<Case> {
    let trust: &[&str] = &["STA-1"];
    let at_most = says(DUTY, 1, 300_000, Claim::Delivered);
    let ahead = says(DUTY, 1, 300_001, Claim::Delivered);
    let mut cases = vec![
        Case::valid(
            "verify-device",
            trust,
            input(&says(DUTY, 1, 0, Claim::Delivered)),
        ),
        Case::valid(
            "verify-relay",
            trust,
            input(&says(INGRESS, 1, 0, relayed(9))),
        ),
        Case::valid("verify-5-minutes", &["STA-7"], input(&at_most)),
    ];
    let bad = |id, requirements, mutation, verdict, bytes: &[u8]| {
        Case::invalid(
            id,
            requirements,
            ("verify-device", mutation),
            verdict,
            input(bytes),
        )
    };
    let signature = ("signature", "signature-invalid");
    let good = says(DUTY, 1, 0, Claim::Delivered);
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    // Made with this key, but over what is given.
    let over = |message: &[u8]| {
        let object = encode_unchecked(&statement(DUTY, 1, 0, Claim::Delivered)).unwrap();
        let (key, message) = (key(DUTY, 1), [message, &object].concat());
        let signature = FixedBytes(key.sign(&message));
        let signatures = vec![Signature {
            key: key.verifying_key().id(),
            signature,
        }];
        encode_unchecked(&SignedObject {
            object: object.into(),
            signatures,
        })
        .unwrap()
    };
    let by_key_of = |who, signer: (&str, Option<&str>)| {
        let mut statement = statement(signer, 1, 0, Claim::Delivered);
        statement.signer.key = key(who, 1).verifying_key().id();
        signed(&statement, &[&key(who, 1)])
    };
    cases.extend([
        bad(
            "verify-key-unknown",
            trust,
            "by a device that the roster does not list",
            ("trust", "STA-1"),
            &says(DUTY, 2, 0, Claim::Delivered),
        ),
        bad(
            "verify-other-desk",
            trust,
            "signed by a device of another desk in this desk's name",
            ("trust", "STA-1"),
            &by_key_of(HEAD, DUTY),
        ),
        bad(
            "verify-other-agency",
            trust,
            "signed by another agency's device in this desk's name",
            ("trust", "STA-1"),
            &by_key_of(SENDER, DUTY),
        ),
        bad(
            "verify-relay-as-desk",
            trust,
            "signed by a relay in a desk's name",
            ("trust", "STA-1"),
            &by_key_of(INGRESS, DUTY),
        ),
        bad(
            "verify-desk-as-relay",
            trust,
            "signed by a device in the relay's name",
            ("trust", "STA-1"),
            &by_key_of(DUTY, INGRESS),
        ),
        bad(
            "verify-signature-bit",
            trust,
            "a bit of the signature",
            signature,
            &flipped(good.len() - 1),
        ),
        bad(
            "verify-subject-bit",
            trust,
            "a bit of the subject, not signed again",
            signature,
            &flipped(6),
        ),
        bad(
            "verify-no-label",
            &["ENC-20"],
            "signed without a label",
            signature,
            &over(b""),
        ),
        bad(
            "verify-other-kind",
            &["ENC-20"],
            "signed under the label of another kind",
            signature,
            &over(b"estafette/1/sign/20\0"),
        ),
        bad(
            "verify-ahead",
            &["STA-7"],
            "at 5 minutes and 1 ms ahead",
            ("freshness", "STA-7"),
            &ahead,
        ),
    ]);
    cases
}
