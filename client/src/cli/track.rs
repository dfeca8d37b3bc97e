//! `estafette track`: how far a message got with each addressee, and the receipts that prove it.

use super::context::Context;
use super::releases;
use super::send::role_word;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::labels::ENGLISH;
use crate::render::{Reader, columns, cut, pad, wrap};
use crate::store::Message;
use crate::view::{self, Row, Side};
use crate::words;
use clap::Args;
use estafette_protocol::envelope::Role;
use estafette_protocol::statement::Signer;
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::Rung;
use serde_json::json;

/// Follow messages.
#[derive(Debug, Args)]
pub(super) struct Track {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Rows alone, without the receipts behind them
    #[arg(long)]
    brief: bool,
}

impl Track {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let unlocked = context.unlock()?;
        let (output, now) = (context.output, clock::now());
        let reader = context.reader();
        for message in unlocked.resolve(&self.ids)? {
            let record = &message.record;
            let rows = view::rows(&message, now);
            let form = match context.language == ENGLISH || output.json {
                true => None,
                false => unlocked.account.store.form(&record.digest)?,
            };
            let summary = reader.summary(record.summary.as_str(), form.as_ref());
            let head = format!("{}  {summary}", record.id);
            output.line(&reader.isolate(&cut(&head, reader.width, reader.ascii)));
            for row in &rows {
                print(context, &reader, (&message, row), now);
            }
            let releasers = view::releasers(&unlocked.account, &message, now);
            releases::print(context, &reader, (&message, &rows, &releasers));
            if !self.brief {
                for row in &rows {
                    receipts(context, &reader, (&message, row));
                }
            }
        }
        Ok(Exit::Done)
    }
}

fn print(
    context: &Context,
    reader: &Reader<'_>,
    (message, row): (&Message, &Row),
    now: UnixMillis,
) {
    let (output, state) = (context.output, &row.state);
    let rung = state.rung();
    let proof = state.proof(rung);
    let officer = row.remark.as_ref().map(|remark| remark.officer.as_str());
    let text = row.remark.as_ref().map(|remark| remark.text.as_str());
    let sides: Vec<String> = row.sides.iter().map(Side::word).collect();
    let held = row.sides.iter().find_map(|side| match side {
        Side::Held { until } => Some(*until),
        _ => None,
    });
    output.object(
        "track",
        json!({
            "id": message.record.id,
            "digest": hex::encode(message.record.digest.as_slice()),
            "desk": state.desk.as_str(),
            "role": role_word(state.role),
            "rung": rung.word(),
            "at": proof.map(|proof| words::time_rfc3339(proof.at)),
            "officer": officer.filter(|name| !name.is_empty()),
            "remark": text.filter(|text| !text.is_empty()),
            "until": state.until.map(words::time_rfc3339),
            "due": row.due.map(words::time_rfc3339),
            "answer_due": row.answer_due.map(words::time_rfc3339),
            "held_until": held.map(words::time_rfc3339),
            "release": row.sides.iter().find_map(|side| match side {
                Side::Unreleased { clause, due, late } => Some(json!({
                    "clause": clause,
                    "due": due.map(words::time_rfc3339),
                    "late": late,
                })),
                _ => None,
            }),
            "sides": sides,
            "complete": state.complete,
            "receipts": state.proofs.iter().map(|proof| json!({
                "rung": proof.rung.word(),
                "at": words::time_rfc3339(proof.at),
                "by": signer(&proof.by),
                "statement": hex::encode(proof.statement.as_slice()),
                "notes": message.notes(&proof.statement).iter()
                    .map(|note| note.word()).collect::<Vec<_>>(),
                "verified": true,
            })).collect::<Vec<_>>(),
        }),
    );
    if !output.json {
        for line in lines(reader, row, now) {
            output.line(&line);
        }
    }
}

/// An addressee in words: how far, by whom and when, what is left and what is out of the ordinary.
fn lines(reader: &Reader<'_>, row: &Row, now: UnixMillis) -> Vec<String> {
    let state = &row.state;
    let rung = state.rung();
    let proof = state.proof(rung);
    let isolate = |text: String| reader.isolate(&text);
    let mut parts = vec![isolate(reader.say(&format!("rung-{}", rung.word())))];
    if state.role != Role::Action {
        parts.push(isolate(format!("({})", reader.role(state.role))));
    }
    let remark = row.remark.as_ref();
    let officer = remark.map(|remark| remark.officer.as_str());
    if let Some(name) = officer.filter(|name| !name.is_empty()) {
        parts.push(isolate(reader.fill("by", reader.foreign(name))));
    }
    parts.extend(proof.map(|proof| reader.time(proof.at)));
    if let Some(until) = state.until {
        parts.push(isolate(reader.fill("promised-until", reader.time(until))));
    }
    let is_negative = row.sides.iter().any(Side::is_negative);
    let due = match rung {
        Rung::Answered => None,
        Rung::Acknowledged => row.answer_due,
        _ => [row.due, row.answer_due].into_iter().flatten().min(),
    };
    let due = due.filter(|_| !is_negative);
    parts.extend(due.map(|due| isolate(reader.time_left(due, now))));
    let check = if reader.ascii { "ok" } else { "✓" };
    parts.push(isolate(match proof {
        Some(_) => format!("{check} {}", reader.say("verified")),
        None => reader.say("not-proved"),
    }));
    parts.extend(row.sides.iter().map(|side| isolate(reader.side(side))));
    let text = remark.map(|remark| remark.text.as_str());
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        let quotes = if reader.ascii {
            ["\"", "\""]
        } else {
            ["“", "”"]
        };
        parts.push(isolate(quotes.join(&reader.foreign(text))));
    }
    let head = format!("  {:<28} ", state.desk.as_str());
    hanging(reader, &head, &parts)
}

/// A head and the parts that follow it, as many on a line as fit, each line below the first part.
fn hanging(reader: &Reader<'_>, head: &str, parts: &[String]) -> Vec<String> {
    let left = columns(head);
    let width = reader.width.saturating_sub(left);
    let mut lines: Vec<String> = Vec::new();
    for piece in parts.iter().flat_map(|part| wrap(part, width)) {
        match lines.last_mut() {
            Some(line) if columns(line) + 2 + columns(&piece) <= width => {
                line.push_str("  ");
                line.push_str(&piece);
            }
            _ => lines.push(piece),
        }
    }
    let mut head = head.to_owned();
    let lines = lines.iter().map(|line| {
        let line = format!("{head}{line}");
        head = " ".repeat(left);
        line
    });
    lines.collect()
}

fn receipts(context: &Context, reader: &Reader<'_>, (message, row): (&Message, &Row)) {
    let output = context.output;
    if row.state.proofs.is_empty() {
        return;
    }
    let heading = reader.fill("receipts-of", &row.state.desk);
    output.line(&format!("  {}", reader.isolate(&heading)));
    let check = if reader.ascii { "ok" } else { "✓" };
    for proof in &row.state.proofs {
        let hash: String = hex::encode(proof.statement.as_slice())
            .chars()
            .take(16)
            .collect();
        let rung = reader.say(&format!("rung-{}", proof.rung.word()));
        let by = match &proof.by.desk {
            Some(desk) => desk.to_string(),
            None => reader.isolate(&reader.fill("relay-of", &proof.by.agency)),
        };
        let head = format!("    {} ", pad(&reader.isolate(&rung), 16));
        let parts = [reader.time(proof.at), by, format!("{hash} {check}")];
        for line in hanging(reader, &head, &parts) {
            output.line(&line);
        }
        for note in message.notes(&proof.statement) {
            let head = format!("{:21}{} ", "", reader.alarm());
            let note = [reader.isolate(&reader.note(*note))];
            for line in hanging(reader, &head, &note) {
                output.line(&line);
            }
        }
    }
}

fn signer(signer: &Signer) -> String {
    match &signer.desk {
        Some(desk) => desk.to_string(),
        None => format!("relay of {}", signer.agency),
    }
}
