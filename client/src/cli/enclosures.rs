//! What a message passes on, as `show` says it: who sealed it, whether that could be checked, and
//! what it says.

use super::fields;
use crate::enclosure::{Enclosed, without};
use crate::render::{Page, Reader};
use crate::words;
use estafette_protocol::enrolment::show_fingerprint;
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::Status;
use serde_json::{Value, json};

/// Lays the enclosed messages out below the form that encloses them.
// ENV-26
pub(super) fn lay_out(page: &mut Page<'_>, reader: Reader<'_>, enclosed: &[Enclosed]) {
    for (one, at) in enclosed.iter().zip(1_usize..) {
        page.gap();
        page.line(&format!(
            "{} {at}/{}",
            reader.say("passed-on"),
            enclosed.len()
        ));
        let compare = show_fingerprint(&one.digest);
        page.pair(&reader.say("message"), &compare);
        let original = match &one.opened {
            Ok(original) => original,
            Err(stage) => {
                page.line(&reader.fill("enclosure-broken", stage.word()));
                continue;
            }
        };
        let header = &original.header;
        if header.status != Status::Actual {
            let status = reader.status(header.status).to_uppercase();
            page.line(&format!("*** {status} ***"));
        }
        page.pair(&reader.say("originator"), header.sender.as_str());
        let checked = match original.verified {
            Some(_) => reader.say("signature-good"),
            None => format!("{} {}", reader.alarm(), reader.say("signature-unchecked")),
        };
        page.pair(&reader.say("signature"), &checked);
        let format = reader.format(header.format, header.format_version);
        page.pair(&reader.say("format"), &format);
        for marking in &header.marking {
            page.pair(&reader.say("marking"), &reader.marking(*marking));
        }
        page.pair(&reader.say("created"), &reader.time_in_full(header.created));
        page.gap();
        page.form(&without(&original.form, reader.catalogue));
    }
}

/// An enclosed message for programs.
pub(super) fn json(one: &Enclosed, catalogue: &Catalogue) -> Value {
    let digest = hex::encode(one.digest.as_slice());
    match &one.opened {
        Ok(original) => json!({
            "digest": digest,
            "from": original.header.sender.as_str(),
            "status": original.header.status.word(),
            "marking": original.header.marking.iter().map(|m| m.words()).collect::<Vec<_>>(),
            "created": words::time_rfc3339(original.header.created),
            "verified": original.verified,
            "unreadable": Value::Null,
            "form": fields::json(&without(&original.form, catalogue), catalogue),
        }),
        Err(stage) => json!({ "digest": digest, "unreadable": stage.word() }),
    }
}
