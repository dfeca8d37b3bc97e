//! Makes the frames of the table that take more than a line.

use estafette_protocol::accord::Accord;
use estafette_protocol::crypto::HopKey;
use estafette_protocol::encoding::{
    Object, Signed, SignedObject, Text, decode, encode, encode_unchecked,
};
use estafette_protocol::enrolment::{EnrolmentRequest, InvitationSecret};
use estafette_protocol::envelope::{Envelope, Header, Parsed};
use estafette_protocol::frame::{Frame, Item};
use estafette_protocol::prekey::PrekeyBundle;
use estafette_protocol::roster::Roster;
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::{DAY_MS, HOUR_MS};

use crate::forge;
use crate::scene::{DUTY, NORTH, Scene, now};

pub fn frame(frame: &Frame) -> Vec<u8> {
    encode(frame).unwrap()
}

pub fn submit_bytes(number: u64, envelope: Vec<u8>) -> Vec<u8> {
    frame(&Frame::Submit {
        number,
        envelope: envelope.into(),
    })
}

pub fn submit(number: u64, envelope: &Envelope) -> Vec<u8> {
    submit_bytes(number, encode(envelope).unwrap())
}

pub fn forward(number: u64, envelope: &Envelope) -> Vec<u8> {
    let item = Item::Envelope(encode(envelope).unwrap().into());
    frame(&Frame::Deliver { number, item })
}

pub fn statement(number: u64, statement: Vec<u8>) -> Vec<u8> {
    frame(&Frame::Statement {
        number,
        statement: statement.into(),
    })
}

pub fn publish(object: Vec<u8>) -> Vec<u8> {
    frame(&Frame::Publish {
        object: object.into(),
    })
}

pub fn enrol(request: Vec<u8>) -> Vec<u8> {
    frame(&Frame::Enrol {
        request: request.into(),
    })
}

pub fn own(scene: &mut Scene, number: u64) -> Vec<u8> {
    submit(number, &scene.ours(|_| {}))
}

pub fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.pop();
    bytes
}

/// Version, kind, tag, then the number: 1 as 81 00.
pub fn long(frame: Vec<u8>) -> Vec<u8> {
    assert_eq!(frame[3], 1);
    [&frame[..3], &[0x81, 0], &frame[4..]].concat()
}

pub fn last(scene: &Scene) -> estafette_protocol::crypto::Hash {
    Parsed::decode(&scene.last).unwrap().digest()
}

pub fn short_body(scene: &mut Scene) -> Vec<u8> {
    let mut envelope = scene.ours(|_| {});
    envelope.body = cut(envelope.body.into_vec()).into();
    encode(&envelope).unwrap()
}

pub fn long_lived(scene: &mut Scene) -> Vec<u8> {
    let mut envelope = scene.ours(|_| {});
    let mut header = Parsed::from_envelope(envelope.clone())
        .unwrap()
        .header()
        .clone();
    header.expires = header.created.plus(31 * DAY_MS);
    envelope.header = encode_unchecked(&header).unwrap().into();
    encode(&envelope).unwrap()
}

pub fn wrap_by_peer(scene: &mut Scene, number: u64) -> Vec<u8> {
    let envelope = scene.ours(|_| {});
    let digest = Parsed::from_envelope(envelope.clone()).unwrap().digest();
    let wrap = Box::new(envelope.wraps[0].clone());
    frame(&Frame::Deliver {
        number,
        item: Item::Wrap { digest, wrap },
    })
}

/// A message to the other desk of the agency, signed again after a change; wrap 1 is that desk's.
pub fn changed_wrap(scene: &mut Scene, number: u64, change: fn(&mut Envelope)) -> Vec<u8> {
    let by = scene.duty();
    let mut envelope = scene.seal(&by, &[NORTH], |_| {}).parsed.envelope().clone();
    assert_eq!(envelope.wraps[1].addressee, 1);
    change(&mut envelope);
    submit(number, &forge::sign(envelope, &by))
}

pub fn no_wrap(scene: &mut Scene, number: u64) -> Vec<u8> {
    changed_wrap(scene, number, |envelope| {
        envelope.wraps.truncate(1);
    })
}

pub fn wrong_commitment(scene: &mut Scene, number: u64) -> Vec<u8> {
    let by = scene.duty();
    let sealed = scene.seal(&by, &[NORTH], |_| {});
    let lie = |header: &mut Header| header.commitment.0[0] ^= 1;
    let (parsed, key) = (&sealed.parsed, &sealed.content_key);
    submit(
        number,
        &forge::wrapped_again(&mut scene.world, parsed, key, &by, lie),
    )
}

pub fn low_order_hop_key(scene: &mut Scene, _: u64) -> Vec<u8> {
    let border = &scene.world.border;
    let hop = border.relay_hop.hop_public();
    publish(forge::object(
        &border.published[1],
        Roster::KIND,
        &border.roster_key,
        &hop,
        &[0; 32],
    ))
}

pub fn low_order_prekey(scene: &mut Scene, _: u64) -> Vec<u8> {
    let border = &scene.world.border;
    let (bundle, device) = (&border.published[2], &border.devices[0]);
    let key = device.secrets[0].secret.public().unwrap();
    let mut low = key.as_bytes().to_vec();
    low[1_184..].fill(0);
    publish(forge::object(
        bundle,
        PrekeyBundle::KIND,
        &device.key,
        key.as_bytes(),
        &low,
    ))
}

pub fn older_prekeys(scene: &mut Scene, _: u64) -> Vec<u8> {
    let border = &scene.world.border;
    let mut bundle = Signed::<PrekeyBundle>::decode(&border.published[2])
        .unwrap()
        .value()
        .clone();
    bundle.issued = bundle.issued.minus(HOUR_MS);
    publish(
        Signed::sign(bundle, &[&border.devices[0].key])
            .unwrap()
            .encode()
            .unwrap(),
    )
}

pub fn half_signed_accord(scene: &mut Scene, _: u64) -> Vec<u8> {
    let mut accord = Signed::<Accord>::decode(&scene.world.accord)
        .unwrap()
        .value()
        .clone();
    accord.name = Text::new("half").unwrap();
    let signed = Signed::sign(accord, &[&scene.world.border.accord_key]).unwrap();
    publish(signed.encode().unwrap())
}

pub fn stranger() -> [u8; 32] {
    estafette_relay::hop::HopSecret::from_bytes(&[77; 32]).public()
}

pub fn request(hop_key: HopKey) -> Vec<u8> {
    let secret = InvitationSecret::from_bytes([5; 16]);
    let key = estafette_protocol::crypto::Secret::from_bytes([9; 32]);
    let key = estafette_protocol::crypto::SigningKey::from_seed(&key).verifying_key();
    let request = EnrolmentRequest::new(DUTY.parse().unwrap(), key, hop_key, &secret);
    enrol(encode(&request).unwrap())
}

/// Lets the administrator publish what has to be known before.
pub fn know(scene: &Scene, object: &[u8]) {
    let request = estafette_relay::admin::Request::Publish {
        object: hex::encode(object),
    };
    let folder = &scene.config.folder;
    tokio::task::block_in_place(|| estafette_relay::admin::ask(folder, &request)).unwrap();
}

pub fn suspended(scene: &mut Scene, number: u64) -> Vec<u8> {
    let (by, device) = (scene.foreign(0), scene.foreign(1));
    let suspension = Suspension {
        agency: by.desk.agency(),
        device: device.key.verifying_key().id(),
        desk: device.desk.clone(),
        by: by.desk.clone(),
        reason: 1,
        at: now(),
    };
    know(
        scene,
        &Signed::sign(suspension, &[&by.key])
            .unwrap()
            .encode()
            .unwrap(),
    );
    let sealed = scene.seal(&device, &[DUTY], |_| {});
    forward(
        number,
        &sealed
            .parsed
            .envelope()
            .with_wraps(|wrap| wrap.addressee != 0),
    )
}

pub fn lower_roster(scene: &mut Scene, _: u64) -> Vec<u8> {
    let border = &scene.world.border;
    let first: SignedObject = decode(&border.published[1]).unwrap();
    let first = Signed::<Roster>::decode(&encode(&first).unwrap()).unwrap();
    let next = |number: u64, previous| {
        let mut roster = border.roster.clone();
        (roster.number, roster.previous) = (number, Some(previous));
        Signed::sign(roster, &[&border.roster_key]).unwrap()
    };
    let second = next(2, first.hash());
    let third = next(3, second.hash());
    know(scene, &third.encode().unwrap());
    publish(second.encode().unwrap())
}

pub fn without_authority(scene: &mut Scene, number: u64) -> Vec<u8> {
    let police = &scene.world.police;
    let mut roster = police.roster.clone();
    let first = Signed::<Roster>::decode(&police.published[1]).unwrap();
    (roster.number, roster.previous) = (2, Some(first.hash()));
    for desk in &mut roster.desks {
        desk.authorities.retain(|authority| authority.format == 1);
    }
    let second = Signed::sign(roster, &[&police.roster_key]).unwrap();
    know(scene, &second.encode().unwrap());
    submit(
        number,
        &scene.ours(|h| (h.format, h.roster) = (6, second.hash())),
    )
}

pub fn expired(header: &mut Header) {
    header.created = now().minus(2 * HOUR_MS);
    header.expires = now().minus(HOUR_MS);
}

pub fn other_body(envelope: &mut Envelope) {
    let mut body = envelope.body.clone().into_vec();
    body[3] ^= 1;
    envelope.body = body.into();
}
