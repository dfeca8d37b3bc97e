//! Makes what no honest sender makes: envelopes signed again after a change, objects signed over
//! bytes that do not decode.

use estafette_protocol::crypto::{Secret, SigningKey, seal_wrap};
use estafette_protocol::encoding::{
    FixedBytes, Signature, SignedObject, decode, encode, signing_bytes,
};
use estafette_protocol::envelope::{Envelope, Header, Parsed};
use estafette_protocol::testing::{TestDevice, World};

/// Signs an envelope again, whatever it has become.
pub fn sign(mut envelope: Envelope, by: &TestDevice) -> Envelope {
    let unsigned = Parsed::from_envelope(envelope.clone()).unwrap();
    let label = unsigned.header().status.label("signature");
    let message = [label.as_slice(), b"\0", unsigned.digest().as_slice()].concat();
    envelope.signature = FixedBytes(by.key.sign(&message));
    envelope
}

/// Puts a changed header into an envelope and signs it; the wraps do not open any more.
pub fn with_header(parsed: &Parsed, by: &TestDevice, edit: impl FnOnce(&mut Header)) -> Envelope {
    let mut header = parsed.header().clone();
    edit(&mut header);
    let mut envelope = parsed.envelope().clone();
    envelope.header = encode(&header).unwrap().into();
    sign(envelope, by)
}

/// As [`with_header`], with wraps that open: a sender who lies about the content key alone.
pub fn wrapped_again(
    world: &mut World,
    parsed: &Parsed,
    content_key: &Secret,
    by: &TestDevice,
    edit: impl FnOnce(&mut Header),
) -> Envelope {
    let mut envelope = with_header(parsed, by, edit);
    let parsed = Parsed::from_envelope(envelope.clone()).unwrap();
    let (header, hash) = (parsed.header(), parsed.header_hash());
    let readers = world.readers(header);
    for (wrap, reader) in envelope.wraps.iter_mut().zip(readers) {
        let desk = header.desk(wrap.addressee).unwrap().as_str().as_bytes();
        let label = header.status.label("wrap");
        let parts: [&[u8]; 7] = [
            &label,
            b"\0",
            hash.as_slice(),
            &[u8::try_from(desk.len()).unwrap()],
            desk,
            wrap.device.as_slice(),
            &wrap.prekey.to_be_bytes(),
        ];
        wrap.sealed = seal_wrap(&reader.key, &parts.concat(), content_key, &mut world.rng).unwrap();
    }
    sign(envelope, by)
}

/// A signed object in which some bytes became others, well signed all the same.
pub fn object(signed: &[u8], kind: u8, key: &SigningKey, from: &[u8], to: &[u8]) -> Vec<u8> {
    let signed: SignedObject = decode(signed).unwrap();
    let mut inner = signed.object.into_vec();
    let at = inner
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    inner[at..at + to.len()].copy_from_slice(to);
    let signature = Signature {
        key: key.verifying_key().id(),
        signature: FixedBytes(key.sign(&signing_bytes(kind, &inner))),
    };
    encode(&SignedObject {
        object: inner.into(),
        signatures: vec![signature],
    })
    .unwrap()
}
