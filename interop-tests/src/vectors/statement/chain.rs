//! Statements of the chain of command: releases, holds, later wraps, grants, new markings.

#![expect(clippy::unwrap_used, reason = "only on values of our own making")]

use super::forms::{EGRESS, NOW, SENDER, key, says, signed, statement};
use crate::json::hex;
use crate::vectors::case::Case;
use estafette_protocol::encoding::{FixedBytes, Text};
use estafette_protocol::envelope::Wrap;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::{Claim, Use};
use estafette_protocol::time::UnixMillis;
use serde_json::json;

/// A release to a precedence.
pub(in crate::vectors) const fn released(precedence: Precedence) -> Claim {
    Claim::Released {
        precedence,
        remark: None,
    }
}

/// Held by a clause, until in time or late.
pub(in crate::vectors) fn held(late: bool) -> Claim {
    Claim::Held {
        clause: Text::new("REL-2").unwrap(),
        due: Some(UnixMillis(NOW.0 + 3_600_000)),
        late,
    }
}

/// A further wrap for the desk at a place among the addressees, 0 for the sender's.
pub(in crate::vectors) fn rewrapped(addressee: u8) -> Claim {
    let wrap = Wrap {
        position: 255,
        addressee,
        device: FixedBytes([0xde; 16]),
        prekey: 2_900,
        sealed: FixedBytes([0x5e; 1168]),
    };
    Claim::Rewrapped {
        wrap: Box::new(wrap),
    }
}

/// A grant to agencies.
pub(in crate::vectors) fn granted(to: &[&str]) -> Claim {
    Claim::Granted {
        on: Use::Onward,
        to: to.iter().map(|agency| agency.parse().unwrap()).collect(),
        until: Some(NOW),
    }
}

/// A new marking.
pub(in crate::vectors) fn reclassified(marking: &[(u16, u16)]) -> Claim {
    let marking = marking.iter().map(|(axis, code)| Marking {
        axis: *axis,
        code: *code,
    });
    Claim::Reclassified {
        marking: marking.collect(),
    }
}

/// Cases of `statement-decode`.
pub(in crate::vectors) fn decoding() -> Vec<Case> {
    let ok = |id, who, claim| {
        let bytes = says(who, 1, 0, claim);
        Case::valid(
            id,
            &["ENC-20", "ENC-21", "STA-3"],
            json!({ "statement": hex(&bytes) }),
        )
    };
    let refusal = Claim::ReleaseRefused {
        reason: 2,
        remark: Some(vec![0xee; 1056].into()),
    };
    let commented = Claim::Released {
        precedence: Precedence::Flash,
        remark: Some(vec![0xee; 1056].into()),
    };
    let mut cases = vec![
        ok("decode-released", EGRESS, released(Precedence::Priority)),
        ok("decode-released-by-device", SENDER, commented),
        ok("decode-release-refused", SENDER, refusal),
        ok("decode-held", EGRESS, held(false)),
        ok("decode-held-late", EGRESS, held(true)),
        ok("decode-rewrapped", SENDER, rewrapped(1)),
        ok(
            "decode-granted",
            SENDER,
            granted(&["border.xb", "customs.xc"]),
        ),
        ok(
            "decode-reclassified",
            SENDER,
            reclassified(&[(1, 4), (2, 1)]),
        ),
        ok("decode-reclassified-unmarked", SENDER, reclassified(&[])),
    ];
    let claimed = |claim| signed(&statement(SENDER, 1, 0, claim), &[&key(SENDER, 1)]);
    let bad = |id, requirements, base, mutation, reason, bytes: &[u8]| {
        let (fault, verdict) = ((base, mutation), ("decode", reason));
        Case::invalid(
            id,
            requirements,
            fault,
            verdict,
            json!({ "statement": hex(bytes) }),
        )
    };
    let mut moved = rewrapped(1);
    if let Claim::Rewrapped { wrap } = &mut moved {
        wrap.position = 3;
    }
    let long_remark = Claim::Released {
        precedence: Precedence::Routine,
        remark: Some(vec![0; 1057].into()),
    };
    let many: Vec<String> = (0..17).map(|n| format!("agency{n:02}.xa")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    cases.extend([
        bad(
            "decode-released-long-remark",
            &["STA-8"],
            "decode-released-by-device",
            "a remark of 1,057 bytes",
            "STA-8",
            &claimed(long_remark),
        ),
        bad(
            "decode-rewrapped-position",
            &["HND-20"],
            "decode-rewrapped",
            "the position of a wrap that the digest counts",
            "HND-20",
            &claimed(moved),
        ),
        bad(
            "decode-granted-to-nobody",
            &["HND-2"],
            "decode-granted",
            "no agency",
            "HND-2",
            &claimed(granted(&[])),
        ),
        bad(
            "decode-granted-to-many",
            &["HND-2"],
            "decode-granted",
            "seventeen agencies",
            "HND-2",
            &claimed(granted(&many)),
        ),
        bad(
            "decode-granted-unsorted",
            &["ENC-17"],
            "decode-granted",
            "agencies in descending order",
            "ENC-17",
            &claimed(granted(&["customs.xc", "border.xb"])),
        ),
        bad(
            "decode-reclassified-unsorted",
            &["ENV-6"],
            "decode-reclassified",
            "axes in descending order",
            "ENV-6",
            &claimed(reclassified(&[(2, 1), (1, 4)])),
        ),
        bad(
            "decode-reclassified-twice",
            &["ENV-6"],
            "decode-reclassified",
            "an axis twice",
            "ENV-6",
            &claimed(reclassified(&[(1, 1), (1, 4)])),
        ),
    ]);
    cases
}
