//! What the demo says: one line an event, for people or as JSON.

use std::io::Write;
use std::path::Path;

use estafette_protocol::address::Agency;
use estafette_protocol::receipt::Receipt;
use estafette_protocol::track::{AddresseeState, Problem, Proof, Rung};
use serde_json::{Value, json};

use super::DemoError;
use super::watch::Summary;
use crate::labels::say;
use crate::render::pad;

/// Columns of the word that says what happened.
const WORD_COLUMNS: usize = 14;

/// Where the demo's lines go.
#[derive(Debug)]
pub struct Report {
    json: bool,
    /// Tag of the language that people read.
    language: String,
}

impl Report {
    pub const fn new(json: bool, language: String) -> Self {
        Self { json, language }
    }

    /// Tag of the language that people read.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// A heading: what is about to be shown, and why it matters.
    pub fn heading(&mut self, word: &str) {
        if !self.json {
            line(&format!("\n{}", self.say(word)));
        }
    }

    /// Something that is done and needs no proof.
    pub fn note(&mut self, word: &str) {
        if !self.json {
            line(&format!("    {}", self.say(word)));
        }
    }

    /// What a command printed.
    pub fn shown(&mut self, printed: &str) {
        if !self.json {
            line("");
            printed.lines().for_each(line);
            line("");
        }
    }

    /// A message is in the outbox.
    pub fn sent(&mut self, id: &str, format: &str) {
        if self.json {
            return self.event("sent", json!({ "id": id, "format": format }));
        }
        let sent = pad(self.say("demo-sent"), WORD_COLUMNS);
        line(&format!("    {sent}{format} {id}"));
    }

    /// A rung is proved.
    pub fn receipt(&mut self, id: &str, state: &AddresseeState, proof: &Proof) {
        let by = self.signer(
            proof.by.desk.as_ref().map(ToString::to_string),
            &proof.by.agency,
        );
        let (rung, desk) = (proof.rung.word(), state.desk.as_str());
        if self.json {
            let event = json!({ "id": id, "addressee": desk, "rung": rung, "by": by });
            return self.event("receipt", event);
        }
        let rung = pad(self.say(&format!("rung-{rung}")), WORD_COLUMNS);
        line(&format!("    ✓ {rung}{}", self.signed(&by)));
    }

    /// A refusal is proved.
    pub fn refusal(&mut self, id: &str, problem: &Problem) {
        let Problem::Refused { code, clause, by } = problem else {
            return;
        };
        let word = estafette_protocol::code::ErrorCode::from_number(*code);
        let word = word.map_or("unknown", |code| code.word());
        let by = self.signer(by.desk.as_ref().map(ToString::to_string), &by.agency);
        if self.json {
            let event = json!({ "id": id, "clause": clause, "by": by, "code": word });
            return self.event("refusal", event);
        }
        let refused = pad(self.say("demo-refused"), WORD_COLUMNS);
        line(&format!(
            "    ✗ {refused}{word} ({clause}), {}",
            self.signed(&by)
        ));
    }

    /// A relay holds a message until somebody else releases it.
    pub fn hold(&mut self, id: &str, agency: &Agency) {
        if self.json {
            return self.event("hold", json!({ "id": id, "by": self.signer(None, agency) }));
        }
        let by = self.signed(&self.signer(None, agency));
        let held = pad(self.say("demo-held"), WORD_COLUMNS);
        line(&format!("    ✓ {held}{by}"));
    }

    /// A desk has released it.
    pub fn release(&mut self, id: &str, desk: &str) {
        if self.json {
            return self.event("release", json!({ "id": id, "by": desk }));
        }
        let released = pad(self.say("demo-released"), WORD_COLUMNS);
        line(&format!("    ✓ {released}{}", self.signed(desk)));
    }

    /// A relay has asked a further desk to act.
    pub fn escalation(&mut self, id: &str, to: &str, agency: &str) {
        if self.json {
            return self.event("escalation", json!({ "id": id, "to": to }));
        }
        let by = self.say("relay-of").replace("{}", agency);
        let escalated = pad(self.say("demo-escalated"), WORD_COLUMNS);
        line(&format!("    ✓ {escalated}{to}, {}", self.signed(&by)));
    }

    /// What a desk has said after its time counts, and stays marked.
    pub fn late(&mut self, id: &str, receipt: &Receipt) {
        let answered = receipt.state.proof(Rung::Answered).map(|proof| proof.at);
        let by_ms = receipt.answer_due.zip(answered);
        let by_ms = by_ms.map_or(0, |(due, at)| at.since(due));
        let desk = receipt.state.desk.as_str();
        if self.json {
            let event = json!({ "id": id, "addressee": desk, "clock": "answer", "by_ms": by_ms });
            return self.event("late", event);
        }
        let late = pad(self.say("demo-late"), WORD_COLUMNS);
        let by = format!("{:.1} s", elapsed_seconds(by_ms));
        line(&format!("    ! {late}{desk}, {by}"));
    }

    /// The demo's folder stays.
    pub fn kept(&mut self, dir: &Path) {
        if !self.json {
            let dir = dir.display().to_string();
            line(&format!(
                "    {}",
                self.say("demo-kept").replace("{}", &dir)
            ));
        }
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
        self.heading("demo-recomputed");
        let counts = [
            ("demo-sent", sent),
            ("rung-delivered", delivered),
            ("rung-acknowledged", acknowledged),
            ("rung-answered", answered),
            ("demo-stored-count", &summary.stored_and_forwarded),
            ("demo-held-count", &summary.held_released),
            ("demo-escalated-count", &summary.escalated),
            ("demo-late-count", &summary.late),
            ("demo-refused", refused),
        ];
        for (word, count) in counts {
            line(&format!("    {count:>3} {}", self.say(word)));
        }
        for gap in &summary.gaps {
            line(&format!(
                "    {}",
                self.say("demo-missing").replace("{}", gap)
            ));
        }
        let verdict = match summary.ok {
            true => self.say("demo-proved"),
            false => self.say("demo-not-proved"),
        };
        let seconds = format!("{:.1}", elapsed_seconds(elapsed_ms));
        line(&format!("\n{}", verdict.replace("{}", &seconds)));
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

    fn say<'a>(&'a self, word: &'a str) -> &'a str {
        say(&self.language, word)
    }

    fn signed(&self, by: &str) -> String {
        self.say("demo-signed-by").replace("{}", by)
    }

    /// Who signed, as the event names it: the same in every language where programs read it.
    fn signer(&self, desk: Option<String>, agency: &Agency) -> String {
        let relay = match self.json {
            true => "relay of {}",
            false => self.say("relay-of"),
        };
        desk.unwrap_or_else(|| relay.replace("{}", agency.as_str()))
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
            "held_released": summary.held_released,
            "escalated": summary.escalated,
            "late": summary.late,
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

fn line(text: &str) {
    // Whoever reads may be gone.
    let _ = writeln!(anstream::stdout(), "{text}");
}

#[expect(clippy::cast_precision_loss, reason = "tenths of a second, for people")]
fn elapsed_seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
