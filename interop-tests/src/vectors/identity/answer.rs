//! How this implementation answers the identity chapter.

use super::super::apply::{agency, directory, stale, time, word};
use crate::json::{Input, read_text};
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::address::{Agency, Desk, Unit};
use estafette_protocol::crypto::{HopKey, VerifyingKey};
use estafette_protocol::encoding::{self, FixedBytes, Text};
use estafette_protocol::enrolment::{
    EnrolmentRequest, Invitation, InvitationError, InvitationSecret, show_fingerprint,
};
use serde_json::{Value, json};

/// Answers one case.
#[must_use]
pub fn answer(op: &str, shared: &Value, input: &Value) -> Verdict {
    let input = Input::new(shared, input);
    Verdict::from(match op {
        "identity-address" => address(input),
        "identity-key-id" => key_id(input),
        "identity-charter" => charter(input),
        "identity-roster" => roster(input),
        "identity-house" => house(input),
        "identity-prekeys" => prekeys(input),
        "identity-suspension" => suspension(input),
        "identity-rotation" => rotation(input),
        "identity-invitation" => invitation(input),
        "identity-enrolment" => enrolment(input),
        _ => return Verdict::Unsupported,
    })
}

fn address(input: Input<'_>) -> Answer {
    let address = input.text("text")?;
    match input.text("kind")? {
        "agency" => {
            let agency: Agency = parse(address)?;
            Ok(json!({ "agency": agency.as_str() }))
        }
        "unit" => {
            let unit: Unit = parse(address)?;
            Ok(json!({ "agency": unit.agency().as_str() }))
        }
        "desk" => {
            let desk: Desk = parse(address)?;
            let (unit, agency) = (desk.unit(), desk.agency());
            Ok(json!({ "agency": agency.as_str(), "unit": unit.as_str() }))
        }
        _ => Err(Refusal::case("no such kind")),
    }
}

fn parse<T: std::str::FromStr>(address: &str) -> Result<T, Refusal> {
    address.parse().map_err(|_| Refusal::new("decode", "IDN-1"))
}

fn key_id(input: Input<'_>) -> Answer {
    let bytes = input.bytes("key")?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| public_key())?;
    let id = match input.text("algorithm")? {
        "ed25519" => VerifyingKey::from_bytes(&bytes).map(|key| key.id()),
        "x25519" => HopKey::from_bytes(&bytes).map(|key| key.id()),
        _ => return Err(Refusal::case("no such algorithm")),
    };
    let id = id.map_err(|_| public_key())?;
    Ok(json!({ "id": hex::encode(id.as_slice()) }))
}

fn public_key() -> Refusal {
    Refusal::new("decode", "public-key")
}

fn charter(input: Input<'_>) -> Answer {
    let directory = directory(input)?;
    let charter = directory.charter(&agency(input)?);
    let charter = charter.ok_or_else(|| Refusal::case("nothing held"))?;
    let hash = hex::encode(charter.hash().as_slice());
    Ok(json!({ "number": charter.value().number, "hash": hash }))
}

fn roster(input: Input<'_>) -> Answer {
    let directory = directory(input)?;
    let own = agency(input)?;
    let found = if input.optional("number").is_some() {
        directory.roster_by_number(&own, input.number("number")?, time(input, "at")?)
    } else {
        let newest = directory.newest_roster(&own);
        let newest = newest.ok_or_else(|| Refusal::case("nothing held"))?;
        directory.roster_by_hash(&newest.hash(), time(input, "now")?)
    };
    let (roster, standing) = found.map_err(stale)?;
    let hash = hex::encode(roster.hash().as_slice());
    let number = roster.value().number;
    Ok(json!({ "number": number, "hash": hash, "standing": word(standing) }))
}

fn house(input: Input<'_>) -> Answer {
    let directory = directory(input)?;
    let house = directory
        .house()
        .ok_or_else(|| Refusal::case("nothing held"))?;
    let hash = hex::encode(house.hash().as_slice());
    let number = house.value().number;
    let mut out = json!({ "number": number, "hash": hash });
    if input.optional("unit").is_some() {
        let unit = input.parsed("unit")?;
        let superiors = house.value().superiors(&unit);
        let superiors: Vec<_> = superiors.into_iter().map(Unit::as_str).collect();
        out = super::with(out, json!({ "superiors": superiors }));
    }
    Ok(out)
}

fn prekeys(input: Input<'_>) -> Answer {
    let directory = directory(input)?;
    let device = FixedBytes(input.array("device")?);
    let found = directory.prekey_for(&device, time(input, "at")?);
    let (prekey, is_stale) = found.map_err(stale)?;
    Ok(json!({ "prekey": prekey.id, "stale": is_stale }))
}

fn suspension(input: Input<'_>) -> Answer {
    let directory = directory(input)?;
    let device = FixedBytes(input.array("device")?);
    let barred = directory.is_barred(&agency(input)?, &device, time(input, "at")?);
    Ok(json!({ "barred": barred }))
}

fn rotation(input: Input<'_>) -> Answer {
    let directory = directory(input)?;
    let pending: Vec<_> = directory
        .rotations_pending()
        .map(|rotation| hex::encode(rotation.value().old.as_slice()))
        .collect();
    Ok(json!({ "pending": pending }))
}

fn invitation(input: Input<'_>) -> Answer {
    if let Some(text) = input.optional("text").and_then(Value::as_str) {
        let invitation = Invitation::from_text(text).map_err(|error| match error {
            InvitationError::Encoding(error) => Refusal::from(error),
            _ => Refusal::new("decode", "IDN-25"),
        })?;
        return Ok(json!({ "fields": invitation_fields(&invitation) }));
    }
    let fields = Input::of(input.member("fields")?);
    let invitation = Invitation {
        agency: fields.parsed("agency")?,
        root: FixedBytes(fields.array("root")?),
        addresses: fields.list("addresses", read_text)?,
        relay_key: hop_key(fields, "relay_key")?,
        desk: fields.parsed("desk")?,
        expires: time(fields, "expires")?,
        secret: secret(fields)?,
    };
    Ok(json!({ "text": invitation.to_text()? }))
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

fn enrolment(input: Input<'_>) -> Answer {
    let secret = secret(input)?;
    if input.optional("request").is_some() {
        let request: EnrolmentRequest = encoding::decode(&input.bytes("request")?)?;
        // IDN-26
        if !request.verify(&secret) {
            return Err(Refusal::new("signature", "invitation-unknown"));
        }
        let fields = request_fields(&request);
        let fingerprint = show_fingerprint(&request.fingerprint());
        return Ok(json!({ "fields": fields, "fingerprint": fingerprint }));
    }
    let fields = Input::of(input.member("fields")?);
    let key = VerifyingKey::from_bytes(&fields.array("key")?).map_err(|_| public_key())?;
    let hop_key = hop_key(fields, "hop_key")?;
    let request = EnrolmentRequest::new(fields.parsed("desk")?, key, hop_key, &secret);
    Ok(json!({ "request": hex::encode(encoding::encode(&request)?) }))
}

/// The members of a request, but for its proof.
pub(super) fn request_fields(request: &EnrolmentRequest) -> Value {
    json!({
        "desk": request.desk.as_str(),
        "key": hex::encode(request.key.to_bytes()),
        "hop_key": hex::encode(request.hop_key.as_bytes()),
    })
}

fn hop_key(fields: Input<'_>, name: &str) -> Result<HopKey, Refusal> {
    HopKey::from_bytes(&fields.array(name)?).map_err(|_| public_key())
}

fn secret(fields: Input<'_>) -> Result<InvitationSecret, Refusal> {
    Ok(InvitationSecret::from_bytes(fields.array("secret")?))
}
