//! Headers as JSON: the fields of the table in `spec/envelope.md` by their names.

use super::{Input, hex, number, optional_hex, read_array, read_text};
use crate::verdict::Refusal;
use estafette_protocol::encoding::{Bytes, Extension, Extensions, FixedBytes};
use estafette_protocol::envelope::{Addressee, Attachment, Header, Role, RosterNumber};
use estafette_protocol::marking::Marking;
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};

/// A header as JSON.
#[must_use]
pub fn header(header: &Header) -> Value {
    let optional = |value: Option<u64>| value.map_or(Value::Null, number);
    json!({
        "suite": header.suite,
        "status": header.status.word(),
        "reference": hex(header.reference.as_slice()),
        "sender": header.sender.as_str(),
        "sender_key": hex(header.sender_key.as_slice()),
        "addressees": header.addressees.iter().map(addressee).collect::<Vec<_>>(),
        "format": header.format,
        "format_version": header.format_version,
        "precedence": header.precedence.word(),
        "marking": markings(&header.marking),
        "in_reply_to": optional_hex(header.in_reply_to.as_ref()),
        "supersedes": optional_hex(header.supersedes.as_ref()),
        "encloses": header.encloses.iter().map(|d| hex(d.as_slice())).collect::<Vec<_>>(),
        "accord": optional_hex(header.accord.as_ref()),
        "roster": hex(header.roster.as_slice()),
        "rosters": rosters(&header.rosters),
        "created": number(header.created.0),
        "not_before": optional(header.not_before.map(|t| t.0)),
        "expires": number(header.expires.0),
        "acknowledge_within": optional(header.acknowledge_within),
        "answer_within": optional(header.answer_within),
        "attachments": header.attachments.iter().map(attachment).collect::<Vec<_>>(),
        "retention": optional(header.retention),
        "exercise": optional_hex(header.exercise.as_ref()),
        "task_force": header.task_force.as_ref().map(|t| t.as_str()),
        "exception": header.exception,
        "body_bytes": header.body_bytes,
        "commitment": hex(header.commitment.as_slice()),
        "extensions": extensions(&header.extensions),
    })
}

/// A header from JSON; `sender_key`, `body_bytes` and `commitment`, which the sealer fills in, may
/// be absent.
///
/// # Errors
/// When it is none.
pub fn read_header(json: &Value) -> Result<Header, Refusal> {
    let input = Input::of(json);
    let time = |key| input.optional_number(key).map(|t| t.map(UnixMillis));
    Ok(Header {
        suite: input.number("suite")?,
        status: input.parsed("status")?,
        reference: FixedBytes(input.array("reference")?),
        sender: input.parsed("sender")?,
        sender_key: input
            .optional_array("sender_key")?
            .unwrap_or(FixedBytes([0; 16])),
        addressees: input.list("addressees", read_addressee)?,
        format: input.number("format")?,
        format_version: input.number("format_version")?,
        precedence: input.parsed("precedence")?,
        marking: input.list("marking", read_marking)?,
        in_reply_to: input.optional_array("in_reply_to")?,
        supersedes: input.optional_array("supersedes")?,
        encloses: input.list("encloses", |d| read_array(d).map(FixedBytes))?,
        accord: input.optional_array("accord")?,
        roster: FixedBytes(input.array("roster")?),
        rosters: read_rosters(&input)?,
        created: UnixMillis(input.number("created")?),
        not_before: time("not_before")?,
        expires: UnixMillis(input.number("expires")?),
        acknowledge_within: input.optional_number("acknowledge_within")?,
        answer_within: input.optional_number("answer_within")?,
        attachments: input.list("attachments", |attachment| {
            let attachment = Input::of(attachment);
            let hash = FixedBytes(attachment.array("hash")?);
            Ok(Attachment {
                hash,
                bytes: attachment.number("bytes")?,
            })
        })?,
        retention: input.optional_number("retention")?,
        exercise: input.optional_array("exercise")?,
        task_force: input.optional("task_force").map(read_text).transpose()?,
        exception: input.optional_number("exception")?,
        body_bytes: input.optional_number("body_bytes")?.unwrap_or_default(),
        commitment: input
            .optional_array("commitment")?
            .unwrap_or(FixedBytes([0; 32])),
        extensions: read_extensions(&input)?,
    })
}

/// A marking from JSON.
///
/// # Errors
/// When it is none.
pub fn read_marking(marking: &Value) -> Result<Marking, Refusal> {
    let marking = Input::of(marking);
    let (axis, code) = (marking.number("axis")?, marking.number("code")?);
    Ok(Marking { axis, code })
}

/// Extensions as JSON.
pub(super) fn extensions(extensions: &Extensions) -> Value {
    let one = |e: &Extension| json!({ "id": e.id, "critical": e.critical, "value": hex(e.value.as_slice()) });
    extensions.0.iter().map(one).collect()
}

/// Extensions from JSON.
pub(super) fn read_extensions(input: &Input<'_>) -> Result<Extensions, Refusal> {
    let list = input.list("extensions", |extension| {
        let input = Input::of(extension);
        let critical = input.member("critical")?.as_bool();
        Ok(Extension {
            id: input.number("id")?,
            critical: critical.ok_or_else(|| Refusal::case("critical is no bool"))?,
            value: Bytes::from(input.bytes("value")?),
        })
    })?;
    Ok(Extensions(list))
}

/// Roster numbers as JSON.
pub(super) fn rosters(rosters: &[RosterNumber]) -> Value {
    let one = |r: &RosterNumber| json!({ "agency": r.agency.as_str(), "number": number(r.number) });
    rosters.iter().map(one).collect()
}

/// Roster numbers from JSON.
pub(super) fn read_rosters(input: &Input<'_>) -> Result<Vec<RosterNumber>, Refusal> {
    input.list("rosters", |roster| {
        let roster = Input::of(roster);
        let (agency, number) = (roster.parsed("agency")?, roster.number("number")?);
        Ok(RosterNumber { agency, number })
    })
}

fn addressee(addressee: &Addressee) -> Value {
    let role = match addressee.role {
        Role::Action => "action",
        Role::Info => "info",
        Role::Standby => "standby",
    };
    json!({ "desk": addressee.desk.as_str(), "role": role })
}

fn read_addressee(json: &Value) -> Result<Addressee, Refusal> {
    let input = Input::of(json);
    let role = match input.text("role")? {
        "action" => Role::Action,
        "info" => Role::Info,
        "standby" => Role::Standby,
        _ => return Err(Refusal::case("no role")),
    };
    Ok(Addressee {
        desk: input.parsed("desk")?,
        role,
    })
}

/// Markings as JSON.
pub(super) fn markings(markings: &[Marking]) -> Value {
    markings
        .iter()
        .map(|m| json!({ "axis": m.axis, "code": m.code }))
        .collect()
}

fn attachment(attachment: &Attachment) -> Value {
    json!({ "hash": hex(attachment.hash.as_slice()), "bytes": number(attachment.bytes) })
}
