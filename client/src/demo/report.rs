//! What the demo says: one line an event, for people or as JSON.

use std::io::Write;
use std::path::Path;

use estafette_protocol::track::{AddresseeState, Problem, Proof};
use serde_json::{Value, json};

use super::DemoError;
use super::watch::Summary;

/// Where the demo's lines go.
#[derive(Debug)]
pub struct Report {
    json: bool,
}

impl Report {
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// A heading: what is about to be shown, and why it matters.
    pub fn heading(&mut self, text: &str) {
        if !self.json {
            line(&format!("\n{text}"));
        }
    }

    /// Something that is done and needs no proof.
    pub fn note(&mut self, text: &str) {
        if !self.json {
            line(&format!("    {text}"));
        }
    }

    /// A message is in the outbox.
    pub fn sent(&mut self, id: &str, format: &str) {
        if self.json {
            return self.event("sent", json!({ "id": id, "format": format }));
        }
        line(&format!("    sent          {format} {id}"));
    }

    /// A rung is proved.
    pub fn receipt(&mut self, id: &str, state: &AddresseeState, proof: &Proof) {
        let by = signer(
            proof.by.desk.as_ref().map(ToString::to_string),
            &proof.by.agency,
        );
        let (rung, desk) = (proof.rung.word(), state.desk.as_str());
        if self.json {
            let event = json!({ "id": id, "addressee": desk, "rung": rung, "by": by });
            return self.event("receipt", event);
        }
        line(&format!("    ✓ {rung:<13} signed by {by}"));
    }

    /// A refusal is proved.
    pub fn refusal(&mut self, id: &str, problem: &Problem) {
        let Problem::Refused { code, clause, by } = problem else {
            return;
        };
        let word = estafette_protocol::code::ErrorCode::from_number(*code);
        let word = word.map_or("unknown", |code| code.word());
        let by = signer(by.desk.as_ref().map(ToString::to_string), &by.agency);
        if self.json {
            let event = json!({ "id": id, "clause": clause, "by": by, "code": word });
            return self.event("refusal", event);
        }
        line(&format!(
            "    ✗ refused       {word} ({clause}), signed by {by}"
        ));
    }

    /// The demo's folder stays.
    pub fn kept(&mut self, dir: &Path) {
        self.note(&format!("everything is in {}", dir.display()));
    }

    /// The end.
    pub fn summary(&mut self, summary: &Summary, elapsed_ms: u64) {
        if self.json {
            return line(&self.summary_json(summary, elapsed_ms).to_string());
        }
        let Summary {
            sent,
            delivered,
            acknowledged,
            answered,
            refused,
            ..
        } = summary;
        let stored = summary.stored_and_forwarded;
        self.heading("Recomputed from verified statements:");
        line(&format!(
            "    {sent} sent, {delivered} delivered, {acknowledged} acknowledged, {answered} \
             answered,\n    {stored} stored and forwarded, {refused} refused with a signed reason"
        ));
        for gap in &summary.gaps {
            line(&format!("    missing: {gap}"));
        }
        let verdict = if summary.ok {
            "all proved"
        } else {
            "NOT all proved"
        };
        line(&format!(
            "\n{verdict}, in {:.1} s",
            elapsed_seconds(elapsed_ms)
        ));
    }

    /// The end, without a summary worth the name.
    pub fn failed(&mut self, error: &DemoError, elapsed_ms: u64) {
        let why = "Nothing outside the demo's own folder was touched.";
        let next = "estafette demo --keep DIR     and read the logs in DIR";
        let stderr = &mut anstream::stderr();
        // Whoever reads may be gone.
        let _ = writeln!(stderr, "error[demo]: {error}\n  {why}\n  → {next}");
        if self.json {
            line(
                &self
                    .summary_json(&Summary::default(), elapsed_ms)
                    .to_string(),
            );
        }
    }

    fn summary_json(&self, summary: &Summary, elapsed_ms: u64) -> Value {
        json!({
            "v": 1,
            "type": "summary",
            "ok": summary.ok,
            "sent": summary.sent,
            "delivered": summary.delivered,
            "acknowledged": summary.acknowledged,
            "answered": summary.answered,
            "refused": summary.refused,
            "stored_and_forwarded": summary.stored_and_forwarded,
            "elapsed_ms": elapsed_ms,
        })
    }

    fn event(&mut self, kind: &str, mut event: Value) {
        if let Some(members) = event.as_object_mut() {
            members.insert("v".to_owned(), json!(1));
            members.insert("type".to_owned(), json!(kind));
        }
        line(&event.to_string());
    }
}

fn signer(desk: Option<String>, agency: &estafette_protocol::address::Agency) -> String {
    desk.unwrap_or_else(|| format!("relay of {agency}"))
}

fn line(text: &str) {
    // Whoever reads may be gone.
    let _ = writeln!(anstream::stdout(), "{text}");
}

#[expect(clippy::cast_precision_loss, reason = "tenths of a second, for people")]
fn elapsed_seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
