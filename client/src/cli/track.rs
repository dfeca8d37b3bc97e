//! `estafette track`: how far a message got with each addressee, and the receipts that prove it.

use super::context::Context;
use super::send::role_word;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::store::Message;
use crate::view::{self, Row, Side};
use crate::words::{self, visible};
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
        for message in unlocked.resolve(&self.ids)? {
            let record = &message.record;
            let rows = view::rows(&message, now);
            let summary = visible(record.summary.as_str(), false);
            output.line(&format!("{}  {summary}", record.id));
            for row in &rows {
                print(context, &message, row, now);
            }
            if !self.brief {
                for row in &rows {
                    receipts(context, row);
                }
            }
        }
        Ok(Exit::Done)
    }
}

fn print(context: &Context, message: &Message, row: &Row, now: UnixMillis) {
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
    let open = rung < Rung::Acknowledged && !row.sides.iter().any(Side::is_negative);
    let open = open && held.is_none();
    let due = row.due.filter(|_| open);
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
            "held_until": held.map(words::time_rfc3339),
            "sides": sides,
            "complete": state.complete,
            "receipts": state.proofs.iter().map(|proof| json!({
                "rung": proof.rung.word(),
                "at": words::time_rfc3339(proof.at),
                "by": signer(&proof.by),
                "statement": hex::encode(proof.statement.as_slice()),
                "verified": true,
            })).collect::<Vec<_>>(),
        }),
    );
    let mut parts = vec![format!("  {:<28} {:<13}", state.desk.as_str(), rung.word())];
    if state.role != Role::Action {
        parts.push(format!("({})", role_word(state.role)));
    }
    if let Some(name) = officer.filter(|name| !name.is_empty()) {
        parts.push(format!("by {}", visible(name, false)));
    }
    parts.extend(proof.map(|proof| output.time(proof.at)));
    if let Some(until) = state.until {
        parts.push(format!("promised until {}", output.time(until)));
    }
    parts.extend(due.map(|due| words::time_left(due, now)));
    parts.push(match proof {
        Some(_) => "✓ verified".to_owned(),
        None => "not proved yet".to_owned(),
    });
    parts.extend(row.sides.iter().map(|side| match side {
        Side::Held { until } => format!("held until {}", output.time(*until)),
        other => other.word(),
    }));
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        parts.push(format!("“{}”", visible(text, false)));
    }
    output.line(&parts.join("  "));
}

fn receipts(context: &Context, row: &Row) {
    let output = context.output;
    if row.state.proofs.is_empty() {
        return;
    }
    output.line(&format!("  receipts of {}", row.state.desk));
    for proof in &row.state.proofs {
        let hash: String = hex::encode(proof.statement.as_slice())
            .chars()
            .take(16)
            .collect();
        output.line(&format!(
            "    {:<13} {}  {:<30} {hash}  ✓",
            proof.rung.word(),
            output.time(proof.at),
            signer(&proof.by),
        ));
    }
}

fn signer(signer: &Signer) -> String {
    match &signer.desk {
        Some(desk) => desk.to_string(),
        None => format!("relay of {}", signer.agency),
    }
}
