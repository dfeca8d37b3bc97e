//! Cases of `statement-entitled`: the table of entitlement, row by row.

#![expect(clippy::unwrap_used, reason = "only on values of our own making")]

use super::chain::{granted, held, reclassified, released, rewrapped};
use super::forms::{
    DUTY, EGRESS, HEAD, INGRESS, OTHER_DESK, OTHER_RELAY, SENDER, accepted, acknowledged, answered,
    expired, refused, relayed, says,
};
use crate::json::hex;
use crate::vectors::case::{Case, Chapter};
use crate::vectors::envelope::header;
use estafette_protocol::encoding::encode;
use estafette_protocol::envelope::{Addressee, Header, Role};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::Claim;
use serde_json::json;

type Who = (&'static str, Option<&'static str>);

pub(super) fn add(chapter: &mut Chapter) {
    let shared = json!({ "header": hex(&encode(&header()).unwrap()) });
    let input =
        |who: Who, claim: &Claim| json!({ "statement": hex(&says(who, 1, 0, claim.clone())) });
    let claims: [(&str, Claim); 17] = [
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
        ("released", released(Precedence::Priority)),
        ("release-refused", refused_release()),
        ("held", held(false)),
        ("rewrapped-for-addressee", rewrapped(1)),
        ("rewrapped-for-sender", rewrapped(0)),
        ("granted", granted(&["customs.xc"])),
        ("reclassified", reclassified(&[(1, 4)])),
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
            let base = base(word);
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
    releasing(chapter);
}

/// Releases, of a message whose header informs the head of the sender's own unit.
fn releasing(chapter: &mut Chapter) {
    const CHIEF: Who = ("police.xa", Some("head@spoc.police.xa"));
    const CLERK: Who = ("police.xa", Some("clerk@spoc.police.xa"));
    let mut informing: Header = header();
    let desk = CHIEF.1.unwrap_or_default().parse().unwrap();
    let role = Role::Info;
    informing.addressees.push(Addressee { desk, role });
    informing.addressees.sort();
    let shared = json!({ "header": hex(&encode(&informing).unwrap()) });
    let mut cases = Vec::new();
    for (word, claim) in [
        ("released", released(Precedence::Priority)),
        ("release-refused", refused_release()),
    ] {
        let id = |who: &str| format!("entitled-{word}-by-{who}");
        let input = |who: Who| json!({ "statement": hex(&says(who, 1, 0, claim.clone())) });
        cases.push(Case::valid(id("addressed"), &["STA-2"], input(CHIEF)));
        for (who, mutation, signer) in [
            (
                "unit-mate",
                "said by a desk of the sender's agency that is not addressed",
                CLERK,
            ),
            (
                "foreign",
                "said by an addressed desk of another agency",
                DUTY,
            ),
            (
                "ingress-relay",
                "said by the relay of an addressed agency",
                INGRESS,
            ),
        ] {
            let base = id("addressed");
            let verdict = ("policy", "statement-not-entitled");
            let fault = (base.as_str(), mutation);
            cases.push(Case::invalid(
                id(who),
                &["STA-2"],
                fault,
                verdict,
                input(signer),
            ));
        }
    }
    chapter.group("entitled-release", "statement-entitled", &shared, cases);
}

/// The table of the chapter, for a message from xa to two desks of xb.
fn may(claim: &str, signer: &str) -> bool {
    match claim {
        "accepted" => signer == "egress",
        "relayed" => signer == "ingress",
        "delivered" => ["addressee", "informed", "sender"].contains(&signer),
        "cancelled" => ["egress", "sender"].contains(&signer),
        "released" | "held" => signer == "egress",
        "rewrapped-for-addressee" => ["addressee", "sender"].contains(&signer),
        "rewrapped-for-sender" | "granted" | "reclassified" => signer == "sender",
        // Nobody of the sender's agency is addressed, who could refuse it.
        "release-refused" => false,
        "refused" | "expired" => ["egress", "ingress"].contains(&signer),
        _ => ["addressee", "informed"].contains(&signer),
    }
}

fn refused_release() -> Claim {
    Claim::ReleaseRefused {
        reason: 1,
        remark: None,
    }
}

/// The one who may say it; of what nobody may, who may say the nearest thing.
fn base(claim: &str) -> String {
    match claim {
        "release-refused" => "entitled-released-egress".to_owned(),
        claim => format!("entitled-{claim}-{}", rightful(claim)),
    }
}

fn rightful(claim: &str) -> &'static str {
    match claim {
        "accepted" | "cancelled" | "released" | "held" => "egress",
        "rewrapped-for-sender" | "granted" | "reclassified" => "sender",
        "relayed" | "refused" | "expired" => "ingress",
        _ => "addressee",
    }
}
