//! What would be sent: to whom and why, who can read it, who has to let it go, until when in both
//! zones, and the form.

use crate::cli::context::Context;
use crate::cli::{fields, way};
use crate::compose::{Clock, Draft, Plan};
use crate::render::Page;
use crate::words;
use estafette_protocol::precedence::Status;
use estafette_protocol::time::UnixMillis;
use serde_json::json;

/// Shows a plan.
pub(super) fn show(context: &Context, plan: &Plan, draft: &Draft) {
    way::recipients(context, plan);
    head(context, plan, draft);
    form(context, draft);
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
            "way": way::json(&plan.ruling),
            "task_force": header.task_force.as_ref().map(|name| name.as_str()),
            "exception": header.exception,
            "acknowledge_within_ms": header.acknowledge_within,
            "answer_within_ms": header.answer_within,
            "not_before": header.not_before.map(words::time_rfc3339),
            "expires": words::time_rfc3339(header.expires),
            "wraps": plan.readers.len(),
            "encloses": header.encloses.iter().map(super::digest_text).collect::<Vec<_>>(),
            "form": fields::json(
                &crate::enclosure::without(&draft.form, context.catalogue), context.catalogue,
            ),
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
    for line in way::lines(&plan.ruling) {
        output.line(&line);
    }
    if !header.marking.is_empty() {
        let words: Vec<String> = header.marking.iter().map(|m| m.words()).collect();
        pair("marking", &words.join(" "));
    }
    times(context, plan);
}

fn times(context: &Context, plan: &Plan) {
    let (output, header) = (context.output, &plan.header);
    let pair = |label: &str, value: &str| output.line(&format!("{label:<8} {value}"));
    let begins = header.not_before.unwrap_or(header.created);
    let is_held = !plan.ruling.releasers.is_empty();
    let clock = |clock: Clock, within: u64| {
        let row = way::deadline_of(&plan.ruling, clock, Some(within));
        let row = row.map_or_else(String::new, |row| format!("  {row}"));
        let due = words::duration(within);
        match is_held {
            true => format!("{due} after their relay has it{row}"),
            false => {
                let by = both_zones(begins.plus(within));
                format!("{due} after their relay has it, about {by}{row}")
            }
        }
    };
    let due = header.acknowledge_within;
    let due = due.map(|within| clock(Clock::Acknowledge, within));
    pair("ack by", due.as_deref().unwrap_or("no deadline"));
    if let Some(within) = header.answer_within {
        pair("answer", &clock(Clock::Answer, within));
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
    page.form(&crate::enclosure::without(&draft.form, context.catalogue));
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
