//! Cases of `statement-entitled`: the table of entitlement, row by row.

#![expect(clippy::unwrap_used, reason = "only on values of our own making")]

use super::forms::{
    DUTY, EGRESS, HEAD, INGRESS, OTHER_DESK, OTHER_RELAY, SENDER, accepted, acknowledged, answered,
    expired, refused, relayed, says,
};
use crate::json::hex;
use crate::vectors::case::{Case, Chapter};
use crate::vectors::envelope::header;
use estafette_protocol::encoding::encode;
use estafette_protocol::statement::Claim;
use serde_json::json;

type Who = (&'static str, Option<&'static str>);

pub(super) fn add(chapter: &mut Chapter) {
    let shared = json!({ "header": hex(&encode(&header()).unwrap()) });
    let input =
        |who: Who, claim: &Claim| json!({ "statement": hex(&says(who, 1, 0, claim.clone())) });
    let claims: [(&str, Claim); 10] = [
        ("accepted", accepted(1)),
        ("relayed", relayed(1)),
        ("delivered", Claim::Delivered),
        ("opened", Claim::Opened),
        ("acknowledged", acknowledged(None)),
        ("answered", answered()),
        ("unreadable", Claim::Unreadable { stage: 3 }),
        ("refused", refused(15, "ADM-15")),
        ("expired", expired("duty@ops.border.xb")),
        ("cancelled", Claim::Cancelled),
    ];
    let signers: [(&str, Who); 7] = [
        ("egress", EGRESS),
        ("ingress", INGRESS),
        ("other-relay", OTHER_RELAY),
        ("sender", SENDER),
        ("addressee", DUTY),
        ("informed", HEAD),
        ("other-desk", OTHER_DESK),
    ];
    let mut cases = Vec::new();
    for (word, claim) in &claims {
        for (name, who) in signers {
            let (id, input) = (format!("entitled-{word}-{name}"), input(who, claim));
            if may(word, name) {
                cases.push(Case::valid(id, &["STA-2"], input));
                continue;
            }
            let base = format!("entitled-{word}-{}", rightful(word));
            let mutation = format!("said by {name}");
            let verdict = ("policy", "statement-not-entitled");
            cases.push(Case::invalid(
                id,
                &["STA-2"],
                (&base, &mutation),
                verdict,
                input,
            ));
        }
    }
    for (id, mutation, who, desk) in [
        (
            "entitled-expired-not-addressed",
            "of a desk that is not addressed",
            INGRESS,
            "watch@ops.border.xb",
        ),
        (
            "entitled-expired-sender-desk",
            "of the sender's desk",
            EGRESS,
            "duty@spoc.police.xa",
        ),
    ] {
        let fault = ("entitled-expired-ingress", mutation);
        let verdict = ("policy", "statement-not-entitled");
        cases.push(Case::invalid(
            id,
            &["STA-2"],
            fault,
            verdict,
            input(who, &expired(desk)),
        ));
    }
    chapter.group("entitled", "statement-entitled", &shared, cases);
}

/// The table of the chapter, for a message from xa to two desks of xb.
fn may(claim: &str, signer: &str) -> bool {
    match claim {
        "accepted" => signer == "egress",
        "relayed" => signer == "ingress",
        "delivered" => ["addressee", "informed", "sender"].contains(&signer),
        "cancelled" => ["egress", "sender"].contains(&signer),
        "refused" | "expired" => ["egress", "ingress"].contains(&signer),
        _ => ["addressee", "informed"].contains(&signer),
    }
}

fn rightful(claim: &str) -> &'static str {
    match claim {
        "accepted" | "cancelled" => "egress",
        "relayed" | "refused" | "expired" => "ingress",
        _ => "addressee",
    }
}
