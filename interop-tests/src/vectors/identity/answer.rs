//! How this implementation answers the identity chapter.

use super::super::apply::{agency, directory, fixed, stale, time, word};
use super::super::chapter::{bytes, malformed, number, refuse, settle, text};
use super::super::encoding::refused;
use crate::verdict::Verdict;
use estafette_protocol::address::{Agency, Desk, Unit};
use estafette_protocol::crypto::{HopKey, VerifyingKey};
use estafette_protocol::encoding::{self, FixedBytes, Text};
use estafette_protocol::enrolment::{
    EnrolmentRequest, Invitation, InvitationError, InvitationSecret, show_fingerprint,
};
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};

/// Answers one case.
#[must_use]
pub fn answer(op: &str, shared: &Value, input: &Value) -> Verdict {
    settle(match op {
        "identity-address" => address(input),
        "identity-key-id" => key_id(input),
        "identity-charter" => charter(shared, input),
        "identity-roster" => roster(shared, input),
        "identity-house" => house(shared, input),
        "identity-prekeys" => prekeys(shared, input),
        "identity-suspension" => suspension(shared, input),
        "identity-rotation" => rotation(shared, input),
        "identity-invitation" => invitation(input),
        "identity-enrolment" => enrolment(input),
        _ => Err(Verdict::Unsupported),
    })
}

fn address(input: &Value) -> Result<Value, Verdict> {
    let address = text(input, "text")?;
    match text(input, "kind")? {
        "agency" => {
            let agency: Agency = address.parse().map_err(|_| malformed())?;
            Ok(json!({ "agency": agency.as_str() }))
        }
        "unit" => {
            let unit: Unit = address.parse().map_err(|_| malformed())?;
            Ok(json!({ "agency": unit.agency().as_str() }))
        }
        "desk" => {
            let desk: Desk = address.parse().map_err(|_| malformed())?;
            let (unit, agency) = (desk.unit(), desk.agency());
            Ok(json!({ "agency": agency.as_str(), "unit": unit.as_str() }))
        }
        _ => Err(Verdict::Unsupported),
    }
}

fn key_id(input: &Value) -> Result<Value, Verdict> {
    let key = bytes(input, "key")?;
    let key: [u8; 32] = key.try_into().map_err(|_| malformed())?;
    let id = match text(input, "algorithm")? {
        "ed25519" => VerifyingKey::from_bytes(&key).map(|key| key.id()),
        "x25519" => HopKey::from_bytes(&key).map(|key| key.id()),
        _ => return Err(Verdict::Unsupported),
    };
    let id = id.map_err(|_| malformed())?;
    Ok(json!({ "id": hex::encode(id.as_slice()) }))
}

fn charter(shared: &Value, input: &Value) -> Result<Value, Verdict> {
    let directory = directory(shared, input)?;
    let charter = directory.charter(&agency(shared)?);
    let charter = charter.ok_or(Verdict::Unsupported)?;
    let hash = hex::encode(charter.hash().as_slice());
    Ok(json!({ "number": charter.value().number, "hash": hash }))
}

fn roster(shared: &Value, input: &Value) -> Result<Value, Verdict> {
    let directory = directory(shared, input)?;
    let own = agency(shared)?;
    let found = if input.get("number").is_some() {
        directory.roster_by_number(&own, number(input, "number")?, time(input, "at")?)
    } else {
        let newest = directory.newest_roster(&own);
        let newest = newest.ok_or(Verdict::Unsupported)?;
        directory.roster_by_hash(&newest.hash(), time(input, "now")?)
    };
    let (roster, standing) = found.map_err(stale)?;
    let hash = hex::encode(roster.hash().as_slice());
    let number = roster.value().number;
    Ok(json!({ "number": number, "hash": hash, "standing": word(standing) }))
}

fn house(shared: &Value, input: &Value) -> Result<Value, Verdict> {
    let directory = directory(shared, input)?;
    let house = directory.house().ok_or(Verdict::Unsupported)?;
    let hash = hex::encode(house.hash().as_slice());
    let number = house.value().number;
    let mut out = json!({ "number": number, "hash": hash });
    if let Ok(unit) = text(input, "unit") {
        let unit = unit.parse().map_err(|_| Verdict::Unsupported)?;
        let superiors = house.value().superiors(&unit);
        let superiors: Vec<_> = superiors.into_iter().map(Unit::as_str).collect();
        out = super::with(out, json!({ "superiors": superiors }));
    }
    Ok(out)
}

fn prekeys(shared: &Value, input: &Value) -> Result<Value, Verdict> {
    let directory = directory(shared, input)?;
    let device = fixed(shared, "device")?;
    let found = directory.prekey_for(&device, time(input, "at")?);
    let (prekey, is_stale) = found.map_err(stale)?;
    Ok(json!({ "prekey": prekey.id, "stale": is_stale }))
}

fn suspension(shared: &Value, input: &Value) -> Result<Value, Verdict> {
    let directory = directory(shared, input)?;
    let device = fixed(shared, "device")?;
    let barred = directory.is_barred(&agency(shared)?, &device, time(input, "at")?);
    Ok(json!({ "barred": barred }))
}

fn rotation(shared: &Value, input: &Value) -> Result<Value, Verdict> {
    let directory = directory(shared, input)?;
    let pending: Vec<_> = directory
        .rotations_pending()
        .map(|rotation| hex::encode(rotation.value().old.as_slice()))
        .collect();
    Ok(json!({ "pending": pending }))
}

fn invitation(input: &Value) -> Result<Value, Verdict> {
    if let Ok(text) = text(input, "text") {
        let invitation = Invitation::from_text(text).map_err(|error| match error {
            InvitationError::Encoding(error) => refused(&error),
            _ => malformed(),
        })?;
        return Ok(json!({ "fields": invitation_fields(&invitation) }));
    }
    let fields = input.get("fields").ok_or(Verdict::Unsupported)?;
    let addresses = fields.get("addresses").and_then(Value::as_array);
    let addresses = addresses.ok_or(Verdict::Unsupported)?.iter();
    let addresses: Option<Vec<_>> = addresses
        .map(|address| Text::new(address.as_str()?).ok())
        .collect();
    let invitation = Invitation {
        agency: text(fields, "agency")?.parse().map_err(|_| malformed())?,
        root: fixed(fields, "root")?,
        addresses: addresses.ok_or_else(malformed)?,
        relay_key: hop_key(fields, "relay_key")?,
        desk: text(fields, "desk")?.parse().map_err(|_| malformed())?,
        expires: UnixMillis(number(fields, "expires")?),
        secret: secret(fields)?,
    };
    let text = invitation.to_text().map_err(|error| refused(&error))?;
    Ok(json!({ "text": text }))
}

/// The members of an invitation.
pub(super) fn invitation_fields(invitation: &Invitation) -> Value {
    let addresses = invitation.addresses.iter().map(Text::as_str);
    json!({
        "agency": invitation.agency.as_str(),
        "root": hex::encode(invitation.root.as_slice()),
        "addresses": addresses.collect::<Vec<_>>(),
        "relay_key": hex::encode(invitation.relay_key.as_bytes()),
        "desk": invitation.desk.as_str(),
        "expires": invitation.expires.0,
        "secret": hex::encode(invitation.secret.expose()),
    })
}

fn enrolment(input: &Value) -> Result<Value, Verdict> {
    let secret = secret(input)?;
    if input.get("request").is_some() {
        let request: EnrolmentRequest =
            encoding::decode(&bytes(input, "request")?).map_err(|error| refused(&error))?;
        // IDN-26
        if !request.verify(&secret) {
            return Err(refuse("signature", "invitation-unknown"));
        }
        let fields = request_fields(&request);
        let fingerprint = show_fingerprint(&request.fingerprint());
        return Ok(json!({ "fields": fields, "fingerprint": fingerprint }));
    }
    let fields = input.get("fields").ok_or(Verdict::Unsupported)?;
    let desk: Desk = text(fields, "desk")?.parse().map_err(|_| malformed())?;
    let key: FixedBytes<32> = fixed(fields, "key")?;
    let key = VerifyingKey::from_bytes(&key.0).map_err(|_| malformed())?;
    let request = EnrolmentRequest::new(desk, key, hop_key(fields, "hop_key")?, &secret);
    let request = encoding::encode(&request).map_err(|error| refused(&error))?;
    Ok(json!({ "request": hex::encode(request) }))
}

/// The members of a request, but for its proof.
pub(super) fn request_fields(request: &EnrolmentRequest) -> Value {
    json!({
        "desk": request.desk.as_str(),
        "key": hex::encode(request.key.to_bytes()),
        "hop_key": hex::encode(request.hop_key.as_bytes()),
    })
}

fn hop_key(fields: &Value, name: &str) -> Result<HopKey, Verdict> {
    let key: FixedBytes<32> = fixed(fields, name)?;
    HopKey::from_bytes(&key.0).map_err(|_| malformed())
}

fn secret(fields: &Value) -> Result<InvitationSecret, Verdict> {
    let secret: FixedBytes<16> = fixed(fields, "secret")?;
    Ok(InvitationSecret::from_bytes(secret.0))
}
