//! Envelopes and wraps as JSON.

use super::{Input, hex};
use crate::verdict::Refusal;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::{Envelope, Wrap};
use serde_json::{Value, json};

/// An envelope as JSON; header and body stay bytes.
#[must_use]
pub fn envelope(envelope: &Envelope) -> Value {
    json!({
        "header": hex(envelope.header.as_slice()),
        "signature": hex(envelope.signature.as_slice()),
        "wraps": envelope.wraps.iter().map(wrap).collect::<Vec<_>>(),
        "withheld": envelope.withheld.iter().map(|h| hex(h.as_slice())).collect::<Vec<_>>(),
        "body": hex(envelope.body.as_slice()),
    })
}

/// A wrap as JSON.
#[must_use]
pub fn wrap(wrap: &Wrap) -> Value {
    json!({
        "position": wrap.position,
        "addressee": wrap.addressee,
        "device": hex(wrap.device.as_slice()),
        "prekey": wrap.prekey,
        "sealed": hex(wrap.sealed.as_slice()),
    })
}

/// A wrap from JSON.
///
/// # Errors
/// When it is none.
pub fn read_wrap(json: &Value) -> Result<Wrap, Refusal> {
    let input = Input::of(json);
    Ok(Wrap {
        position: input.number("position")?,
        addressee: input.number("addressee")?,
        device: FixedBytes(input.array("device")?),
        prekey: input.number("prekey")?,
        sealed: FixedBytes(input.array("sealed")?),
    })
}
