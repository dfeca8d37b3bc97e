//! Vectors of `spec/statement.md`: statements, who may make them, remarks, and what a set proves.

use super::case::Chapter;
use super::rng::GivenRng;
use crate::json::{self, Input, hex, number};
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::address::Agency;
use estafette_protocol::crypto::{Secret, VerifyingKey};
use estafette_protocol::encoding::{Bytes, FixedBytes, Signed, decode};
use estafette_protocol::envelope::Header;
use estafette_protocol::precedence::Status;
use estafette_protocol::statement::{
    self, Remark, RemarkError, Statement, open_remark, seal_remark,
};
use estafette_protocol::time::{MINUTE_MS, UnixMillis};
use estafette_protocol::track::{AddresseeState, Problem, Proof, track};
use serde_json::{Value, json};

pub(super) mod chain;
mod entitled;
pub(super) mod forms;
mod later;
mod remarks;
mod tracking;

/// How far ahead a statement's time may be (STA-7).
const AHEAD_MS: u64 = 5 * MINUTE_MS;

/// The chapter's file.
#[must_use]
pub fn file() -> Value {
    let mut chapter = Chapter::new("statement", answer);
    forms::add(&mut chapter);
    entitled::add(&mut chapter);
    later::add(&mut chapter);
    remarks::add(&mut chapter);
    tracking::add(&mut chapter);
    chapter.file()
}

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Value, input: &Value) -> Verdict {
    let input = Input::new(shared, input);
    match operation {
        "statement-decode" => statement_decode(&input).into(),
        "statement-verify" => statement_verify(&input).into(),
        "statement-entitled" => statement_entitled(&input).into(),
        "remark-seal" => remark_seal(&input).into(),
        "remark-open" => remark_open(&input).into(),
        "track" => tracked(&input).into(),
        _ => Verdict::Unsupported,
    }
}

fn read(input: &Input<'_>) -> Result<Signed<Statement>, Refusal> {
    Ok(statement::decode(&input.bytes("statement")?)?)
}

fn statement_decode(input: &Input<'_>) -> Answer {
    let signed = read(input)?;
    Ok(json!({
        "statement": json::statement(signed.value()),
        "hash": hex(signed.hash().as_slice()),
    }))
}

/// STA-1 and STA-7, with the entries of a roster given.
fn statement_verify(input: &Input<'_>) -> Answer {
    let signed = read(input)?;
    let signer = &signed.value().signer;
    let trust = || Refusal::new("trust", "STA-1");
    let entries = input.list("entries", |entry| {
        let entry = Input::of(entry);
        let key = VerifyingKey::from_bytes(&entry.array("key")?);
        let desk = entry
            .optional("desk")
            .map(|_| entry.parsed("desk"))
            .transpose()?;
        Ok((entry.parsed::<Agency>("agency")?, desk, key))
    })?;
    let entry = entries.iter().find_map(|(agency, desk, key)| {
        let key = key.as_ref().ok().filter(|key| key.id() == signer.key)?;
        Some((agency, desk, key))
    });
    let (agency, desk, key) = entry.ok_or_else(trust)?;
    if *agency != signer.agency || *desk != signer.desk {
        return Err(trust());
    }
    if !signed.verify(key) {
        return Err(Refusal::new("signature", "signature-invalid"));
    }
    let now = UnixMillis(input.number("now")?);
    if signed.value().at > now.plus(AHEAD_MS) {
        return Err(Refusal::new("freshness", "STA-7"));
    }
    Ok(json!({ "hash": hex(signed.hash().as_slice()) }))
}

fn statement_entitled(input: &Input<'_>) -> Answer {
    let header: Header = decode(&input.bytes("header")?)?;
    let signed = read(input)?;
    if signed
        .value()
        .signer
        .is_entitled(&signed.value().claim, &header)
    {
        Ok(json!({}))
    } else {
        Err(Refusal::new("policy", "statement-not-entitled"))
    }
}

fn remark_seal(input: &Input<'_>) -> Answer {
    let (status, subject, content_key) = message(input)?;
    let remark = Remark {
        officer: input.text("officer")?.to_owned(),
        text: input.text("text")?.to_owned(),
    };
    let mut rng = GivenRng::new(input.bytes("rng")?);
    let signer = FixedBytes(input.array("signer")?);
    let by = (&signer, input.number("claim")?);
    let sealed = seal_remark(&remark, (status, &subject, &content_key), by, &mut rng);
    let sealed = sealed.map_err(refused)?;
    if !rng.is_used_up_exactly() {
        return Err(Refusal::case("rng is of another length"));
    }
    Ok(json!({ "remark": hex(sealed.as_slice()) }))
}

fn remark_open(input: &Input<'_>) -> Answer {
    let (status, subject, content_key) = message(input)?;
    let sealed = Bytes::from(input.bytes("remark")?);
    let signer = FixedBytes(input.array("signer")?);
    let by = (&signer, input.number("claim")?);
    let remark = open_remark(&sealed, (status, &subject, &content_key), by).map_err(refused)?;
    Ok(json!({ "officer": remark.officer, "text": remark.text }))
}

fn message(input: &Input<'_>) -> Result<(Status, FixedBytes<32>, Secret), Refusal> {
    let subject = FixedBytes(input.array("subject")?);
    let content_key = Secret::from_bytes(input.array("content_key")?);
    Ok((input.parsed("status")?, subject, content_key))
}

fn refused(error: RemarkError) -> Refusal {
    match error {
        RemarkError::Open => Refusal::new("body", "body"),
        _ => Refusal::new("form", "STA-8"),
    }
}

fn tracked(input: &Input<'_>) -> Answer {
    let header: Header = decode(&input.bytes("header")?)?;
    let subject = FixedBytes(input.array("subject")?);
    let statements = input.list("statements", |bytes| {
        Ok(statement::decode(&json::read_bytes(bytes)?)?)
    })?;
    let states = track(&header, &subject, &statements);
    let states = states.iter().map(state);
    Ok(json!({ "addressees": states.collect::<Vec<_>>() }))
}

fn state(state: &AddresseeState) -> Value {
    json!({
        "desk": state.desk.as_str(),
        "rung": state.rung().word(),
        "proofs": state.proofs.iter().map(proof).collect::<Vec<_>>(),
        "problem": state.problem.as_ref().map(problem),
        "until": state.until.map(|until| number(until.0)),
        "complete": state.complete,
    })
}

fn proof(proof: &Proof) -> Value {
    json!({
        "rung": proof.rung.word(),
        "at": number(proof.at.0),
        "by": json::signer(&proof.by),
        "statement": hex(proof.statement.as_slice()),
    })
}

fn problem(problem: &Problem) -> Value {
    match problem {
        Problem::Refused { code, clause, by } => json!({
            "problem": "refused",
            "code": code,
            "clause": clause,
            "by": json::signer(by),
        }),
        Problem::Cancelled => json!({ "problem": "cancelled" }),
        Problem::Held { clause, due, late } => json!({
            "problem": "held",
            "clause": clause,
            "due": due.map(|due| number(due.0)),
            "late": late,
        }),
        Problem::Expired => json!({ "problem": "expired" }),
        Problem::Unreadable { stage } => json!({ "problem": "unreadable", "stage": stage }),
        Problem::NotYetReadable => json!({ "problem": "not-yet-readable" }),
        Problem::Contradiction => json!({ "problem": "contradiction" }),
    }
}
