//! Cases of `remark-seal` and `remark-open`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::forms::{DUTY, HEAD, SUBJECT, key};
use crate::json::hex;
use crate::vectors::case::{Case, Chapter};
use estafette_protocol::crypto::{Secret, aead_seal, hkdf_expand, hkdf_extract};
use estafette_protocol::precedence::Status;
use estafette_protocol::testing::SeededRng;
use serde_json::{Value, json};

const SALT: [u8; 16] = [0x5a; 16];

pub(super) fn add(chapter: &mut Chapter) {
    let content_key = Secret::generate(&mut SeededRng::new("statement/remark"));
    let shared = json!({
        "status": "actual",
        "subject": hex(SUBJECT.as_slice()),
        "content_key": hex(content_key.expose()),
        "signer": hex(key(DUTY, 1).verifying_key().id().as_slice()),
        "claim": 4,
    });
    chapter.group("remark-seal", "remark-seal", &shared, sealing());
    chapter.group("remark-open", "remark-open", &shared, opening(&content_key));
}

fn sealing() -> Vec<Case> {
    let input =
        |officer: &str, text: &str| json!({ "officer": officer, "text": text, "rng": hex(&SALT) });
    let ok =
        |id, officer: &str, text: &str| Case::valid(id, &["STA-8"], input(officer, text)).derand();
    let of_claim = |id, tag: u8| {
        let mut given = input("Insp. Ahl", "not ours");
        given["claim"] = tag.into();
        Case::valid(id, &["STA-8"], given).derand()
    };
    let bad = |id, base, mutation, officer: &str, text: &str| {
        let verdict = ("form", "STA-8");
        Case::invalid(
            id,
            &["STA-8"],
            (base, mutation),
            verdict,
            input(officer, text),
        )
        .derand()
    };
    vec![
        ok("remark-seal", "Insp. Ahl", "unit on its way"),
        ok("remark-seal-empty", "", ""),
        ok("remark-seal-utf8", "Łukasz Żak", "już w drodze"),
        // 2 for the length, 1 for the line end: 125 is the most of the smallest class.
        ok("remark-seal-128", "", &"t".repeat(125)),
        ok("remark-seal-256", "", &"t".repeat(126)),
        ok("remark-seal-longest", "", &"t".repeat(1021)),
        of_claim("remark-seal-declined", 18),
        of_claim("remark-seal-referred", 19),
        of_claim("remark-seal-retracted", 20),
        of_claim("remark-seal-extension-asked", 21),
        of_claim("remark-seal-closed", 25),
        bad(
            "remark-seal-too-long",
            "remark-seal-longest",
            "one byte more",
            "",
            &"t".repeat(1022),
        ),
        bad(
            "remark-seal-two-lines",
            "remark-seal",
            "a line end in the text",
            "Insp. Ahl",
            "a\nb",
        ),
        bad(
            "remark-seal-officer-lines",
            "remark-seal",
            "a line end in the name",
            "Insp.\nAhl",
            "a",
        ),
    ]
}

/// A remark made after the chapter, each part open to a fault.
struct Draft {
    status: Status,
    signer: (&'static str, Option<&'static str>),
    claim: u8,
    aad: Vec<u8>,
    plain: Vec<u8>,
}

impl Draft {
    fn new(text: &[u8]) -> Self {
        let len = u16::try_from(text.len()).unwrap();
        let mut plain = [&len.to_be_bytes(), text].concat();
        plain.resize(128, 0);
        let (status, aad) = (Status::Actual, SUBJECT.0.to_vec());
        Self {
            status,
            signer: DUTY,
            claim: 4,
            aad,
            plain,
        }
    }

    fn seal(&self, content_key: &Secret) -> Vec<u8> {
        let prk = hkdf_extract(&self.status.label("content"), content_key.expose());
        let signer = key(self.signer, 1).verifying_key().id();
        let label = self.status.label("remark");
        let mut remark_key = [0; 32];
        let info: [&[u8]; 5] = [&label, b"\0", &SALT, signer.as_slice(), &[self.claim]];
        hkdf_expand(&prk, &info, &mut remark_key).unwrap();
        let key = Secret::from_bytes(remark_key);
        [
            &SALT[..],
            &aead_seal(&key, &[0; 12], &self.aad, &self.plain).unwrap(),
        ]
        .concat()
    }
}

fn opening(content_key: &Secret) -> Vec<Case> {
    let text = b"Insp. Ahl\nunit on its way";
    let good = Draft::new(text).seal(content_key);
    let input = |remark: &[u8]| json!({ "remark": hex(remark) });
    let mut cases = vec![
        Case::valid("remark-open", &["STA-8"], input(&good)),
        Case::valid(
            "remark-open-empty",
            &["STA-8"],
            input(&Draft::new(b"\n").seal(content_key)),
        ),
    ];
    let bad = |id, mutation, input: Value| {
        Case::invalid(
            id,
            &["STA-8"],
            ("remark-open", mutation),
            ("body", "body"),
            input,
        )
    };
    let mut made = |id, mutation, change: fn(&mut Draft)| {
        let mut draft = Draft::new(text);
        change(&mut draft);
        cases.push(bad(id, mutation, input(&draft.seal(content_key))));
    };
    made(
        "remark-of-exercise",
        "made under the labels of an exercise",
        |d| d.status = Status::Exercise,
    );
    made("remark-of-other-signer", "made for another signer", |d| {
        d.signer = HEAD
    });
    made("remark-of-other-claim", "made for claim 5", |d| d.claim = 5);
    made("remark-of-other-subject", "made for another message", |d| {
        d.aad[0] ^= 1
    });
    made("remark-no-subject", "no associated data", |d| d.aad.clear());
    made("remark-padding", "last byte of the padding is 1", |d| {
        d.plain[127] = 1
    });
    made("remark-wide", "padded to 256 bytes", |d| {
        d.plain.resize(256, 0)
    });
    made("remark-no-class", "padded to 130 bytes", |d| {
        d.plain.resize(130, 0)
    });
    made("remark-length", "length 127 of 126", |d| d.plain[1] = 127);
    made("remark-one-line", "no line end", |d| {
        *d = Draft::new(b"Insp. Ahl")
    });
    made("remark-three-lines", "two line ends", |d| {
        *d = Draft::new(b"Insp. Ahl\na\nb")
    });
    made("remark-not-utf8", "ff in the text", |d| {
        *d = Draft::new(b"\n\xff")
    });
    made("remark-empty-plain", "no bytes sealed", |d| d.plain.clear());
    let mut flipped = good.clone();
    flipped[20] ^= 1;
    let mut salted = good.clone();
    salted[0] ^= 1;
    cases.extend([
        bad("remark-bit", "a bit of the ciphertext", input(&flipped)),
        bad("remark-salt-bit", "a bit of the salt", input(&salted)),
        bad("remark-cut", "only 15 bytes", input(&good[..15])),
        bad("remark-of-other-key", "another content key", {
            let mut given = input(&good);
            given["content_key"] = hex(&[7; 32]);
            given
        }),
    ]);
    cases
}
