//! Puts one channel case to our implementation.

use std::convert::Infallible;

use estafette_protocol::channel::{
    Channel, ChannelError, FrameReader, HopSecret, Initiator, Record, RecordOpener, RecordSealer,
    Responder, prologue, record_bytes,
};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::{Value, json};

use crate::verdict::{Refusal, Verdict};

/// Answers a case of the channel chapter.
#[must_use]
pub fn answer(op: &str, shared: &Value, input: &Value) -> Verdict {
    let outcome = match op {
        "channel-prologue" => answer_prologue(input),
        "channel-handshake" => answer_handshake(input),
        "channel-record" => answer_record(shared, input),
        "frame-stream" => answer_frames(input),
        _ => None,
    };
    match outcome {
        Some(Ok(value)) => Verdict::Ok(value),
        Some(Err(error)) => Verdict::Err(Refusal::new(stage(&error), reason(&error))),
        None => Verdict::Unsupported,
    }
}

/// `None` for a case that is not understood.
type Outcome = Option<Result<Value, ChannelError>>;

fn answer_prologue(input: &Value) -> Outcome {
    let bytes = prologue(&bytes(&input["alpn"])?, &array(&input["exporter"])?);
    Some(Ok(json!({ "prologue": hex::encode(bytes) })))
}

fn answer_handshake(input: &Value) -> Outcome {
    let key = HopSecret::from_bytes(&array(&input["static"])?);
    let mut rng = Fixed(array(&input["ephemeral"])?);
    let prologue = bytes(&input["prologue"])?;
    let received: Vec<Vec<u8>> = input["receives"]
        .as_array()?
        .iter()
        .map(bytes)
        .collect::<Option<_>>()?;
    let run = || match (input["role"].as_str(), received.as_slice()) {
        (Some("initiator"), [second]) => {
            let responder = array(&input["responder_static"])?;
            Some(run_initiator(&key, &responder, &prologue, second, &mut rng))
        }
        (Some("responder"), [first, third]) => {
            Some(run_responder(&key, &prologue, first, third, &mut rng))
        }
        _ => None,
    };
    let mut run = run;
    Some(run()?.map(|(channel, sends)| {
        let sends: Vec<String> = sends.iter().map(hex::encode).collect();
        json!({
            "sends": sends,
            "peer_static": hex::encode(channel.peer_static()),
            "handshake_hash": hex::encode(channel.handshake_hash()),
        })
    }))
}

type Finished = Result<(Channel, Vec<Vec<u8>>), ChannelError>;

fn run_initiator(
    key: &HopSecret,
    responder: &[u8; 32],
    prologue: &[u8],
    second: &[u8],
    rng: &mut Fixed,
) -> Finished {
    let (initiator, first) = Initiator::start(key, responder, prologue, rng)?;
    let (channel, third) = initiator.finish(second)?;
    Ok((channel, vec![first, third]))
}

fn run_responder(
    key: &HopSecret,
    prologue: &[u8],
    first: &[u8],
    third: &[u8],
    rng: &mut Fixed,
) -> Finished {
    let (responder, second) = Responder::start(key, prologue, first, rng)?;
    let channel = responder.finish(third)?;
    Ok((channel, vec![second]))
}

fn answer_record(shared: &Value, input: &Value) -> Outcome {
    let [mut initiator, mut responder] = channels(shared)?;
    let (sender, receiver) = match input["sender"].as_str()? {
        "initiator" => (&mut initiator, &mut responder),
        "responder" => (&mut responder, &mut initiator),
        _ => return None,
    };
    let stream_id = input["stream_id"].as_u64()?;
    let counter = u32::try_from(input["counter"].as_u64()?).ok()?;
    let (mut sealer, mut opener) = match (sender.stream(stream_id), receiver.stream(stream_id)) {
        (Ok((sealer, _)), Ok((_, opener))) => (sealer, opener),
        (Err(error), _) | (_, Err(error)) => return Some(Err(error)),
    };
    match input["action"].as_str()? {
        "seal" => {
            sealer.set_counter_for_testing_only(counter);
            seal(&mut sealer, input["records"].as_array()?)
        }
        "open" => {
            opener.set_counter_for_testing_only(counter);
            Some(open(&mut opener, &bytes(&input["stream"])?))
        }
        _ => None,
    }
}

/// Runs the shared handshake; the initiator's channel comes first.
fn channels(shared: &Value) -> Option<[Channel; 2]> {
    let key = |name: &str| Some(HopSecret::from_bytes(&array(&shared[name])?));
    let rng = |name: &str| array(&shared[name]).map(Fixed);
    let prologue = bytes(&shared["prologue"])?;
    let responder_key = key("responder_static")?;
    let (initiator, first) = Initiator::start(
        &key("initiator_static")?,
        &responder_key.public(),
        &prologue,
        &mut rng("initiator_ephemeral")?,
    )
    .ok()?;
    let mut rng = rng("responder_ephemeral")?;
    let (responder, second) = Responder::start(&responder_key, &prologue, &first, &mut rng).ok()?;
    let (near, third) = initiator.finish(&second).ok()?;
    Some([near, responder.finish(&third).ok()?])
}

fn seal(sealer: &mut RecordSealer, records: &[Value]) -> Outcome {
    let mut stream = Vec::new();
    for record in records {
        let payload = bytes(&record["payload"])?;
        let outcome = match record["type"].as_u64()? {
            0 => sealer.seal(&payload, &mut stream),
            1 if payload.is_empty() => sealer.finish(&mut stream),
            _ => return None,
        };
        if let Err(error) = outcome {
            return Some(Err(error));
        }
    }
    Some(Ok(json!({ "stream": hex::encode(stream) })))
}

fn open(opener: &mut RecordOpener, mut stream: &[u8]) -> Result<Value, ChannelError> {
    let mut records = Vec::new();
    while !stream.is_empty() {
        if opener.is_finished() {
            return Err(ChannelError::StreamTrailing);
        }
        let Some((length, _)) = stream.split_first_chunk::<2>() else {
            break;
        };
        let len = record_bytes(usize::from(u16::from_be_bytes(*length)))?;
        let Some((record, rest)) = stream.split_at_checked(len) else {
            break;
        };
        records.push(match opener.open(record.get(2..).unwrap_or_default())? {
            Record::Data(payload) => json!({ "type": 0, "payload": hex::encode(payload) }),
            _ => json!({ "type": 1, "payload": "" }),
        });
        stream = rest;
    }
    opener.end()?;
    Ok(json!({ "records": records }))
}

fn answer_frames(input: &Value) -> Outcome {
    let max = usize::try_from(input["frame_bytes_max"].as_u64()?).ok()?;
    let payloads: Vec<Vec<u8>> = input["payloads"]
        .as_array()?
        .iter()
        .map(bytes)
        .collect::<Option<_>>()?;
    Some(read_frames(max, &payloads))
}

fn read_frames(frame_bytes_max: usize, payloads: &[Vec<u8>]) -> Result<Value, ChannelError> {
    let mut reader = FrameReader::new(frame_bytes_max);
    let mut frames = Vec::new();
    for payload in payloads {
        reader.push(payload)?;
        while let Some(frame) = reader.poll()? {
            frames.push(hex::encode(frame));
        }
    }
    reader.end()?;
    Ok(json!({ "frames": frames }))
}

fn stage(error: &ChannelError) -> &'static str {
    match error {
        ChannelError::FrameEmpty
        | ChannelError::FrameOversized { .. }
        | ChannelError::FrameTruncated => "decode",
        _ => "hop",
    }
}

fn reason(error: &ChannelError) -> &'static str {
    error.close_code().word().unwrap_or("unregistered")
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    hex::decode(value.as_str()?).ok()
}

fn array(value: &Value) -> Option<[u8; 32]> {
    bytes(value)?.try_into().ok()
}

/// A generator that yields the ephemeral secret of the case.
struct Fixed([u8; 32]);

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for (byte, secret) in bytes.iter_mut().zip(self.0) {
            *byte = secret;
        }
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}
