//! What would be sent: to whom, who can read it, until when in both zones, and the form.

use super::role_word;
use crate::cli::context::Context;
use crate::cli::fields;
use crate::compose::{Draft, Plan};
use crate::render::Page;
use crate::words;
use estafette_protocol::precedence::Status;
use estafette_protocol::time::UnixMillis;
use serde_json::json;

/// Shows a plan.
pub(super) fn show(context: &Context, plan: &Plan, draft: &Draft) {
    recipients(context, plan);
    head(context, plan, draft);
    form(context, draft);
}

fn recipients(context: &Context, plan: &Plan) {
    let output = context.output;
    for (addressee, at) in plan.header.addressees.iter().zip(1_u8..) {
        let devices = plan.readers.iter().filter(|r| r.addressee == at).count();
        let role = role_word(addressee.role);
        output.object(
            "recipient",
            json!({
                "desk": addressee.desk.as_str(), "role": role, "devices": devices,
            }),
        );
        let devices = match devices {
            0 => "not yet readable there".to_owned(),
            1 => "1 device".to_owned(),
            n => format!("{n} devices"),
        };
        output.line(&format!("{:<8} {}  ({devices})", role, addressee.desk));
    }
}

fn head(context: &Context, plan: &Plan, draft: &Draft) {
    let (output, header) = (context.output, &plan.header);
    output.object(
        "draft",
        json!({
            "format": header.format,
            "precedence": header.precedence.word(),
            "status": header.status.word(),
            "marking": header.marking.iter().map(|m| m.words()).collect::<Vec<_>>(),
            "accord": plan.accord,
            "acknowledge_within_ms": header.acknowledge_within,
            "answer_within_ms": header.answer_within,
            "not_before": header.not_before.map(words::time_rfc3339),
            "expires": words::time_rfc3339(header.expires),
            "wraps": plan.readers.len(),
            "form": fields::json(&draft.form, context.catalogue),
        }),
    );
    let pair = |label: &str, value: &str| output.line(&format!("{label:<8} {value}"));
    if header.status != Status::Actual {
        pair("status", &header.status.word().to_uppercase());
    }
    pair("travels", header.precedence.word());
    pair(
        "accord",
        plan.accord.as_deref().unwrap_or("none, within the agency"),
    );
    if !header.marking.is_empty() {
        let words: Vec<String> = header.marking.iter().map(|m| m.words()).collect();
        pair("marking", &words.join(" "));
    }
    let begins = header.not_before.unwrap_or(header.created);
    let clock = |within: u64| {
        let (due, by) = (words::duration(within), both_zones(begins.plus(within)));
        format!("{due} after their relay has it, about {by}")
    };
    let due = header.acknowledge_within.map(clock);
    pair("ack by", due.as_deref().unwrap_or("no deadline"));
    if let Some(within) = header.answer_within {
        pair("answer", &clock(within));
    }
    if let Some(until) = header.not_before {
        pair("held to", &both_zones(until));
    }
    pair("expires", &both_zones(header.expires));
}

fn form(context: &Context, draft: &Draft) {
    let output = context.output;
    if output.json {
        return;
    }
    let mut page = Page::new(context.reader());
    page.gap();
    page.form(&draft.form);
    for line in page.into_lines() {
        output.line(&line);
    }
}

/// A time in the local zone and in UTC; once where they are the same.
fn both_zones(at: UnixMillis) -> String {
    let (here, utc) = (words::time(at, false), words::time(at, true));
    match here == utc {
        true => utc,
        false => format!("{here}  ({utc})"),
    }
}
