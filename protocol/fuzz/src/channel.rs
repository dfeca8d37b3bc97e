//! Both sides of a channel and whoever sits between them: handshake, records, lanes.
//! Spec: channel.md.
//!
//! The input is choices. A message or record that was changed on its way must be refused, one that
//! was not must be taken, and a peer that holds the keys may still send what it likes.

use crate::{Seeds, mutate, noise};
use arbitrary::{Result, Unstructured};
use estafette_protocol::channel::{
    ALPN, Channel, ChannelError, FRAME_BYTES_MAX, HopSecret, Initiator, LaneReader, LaneWriter,
    RECORD_PAYLOAD_BYTES_MAX, Record, RecordOpener, RecordSealer, Responder, prologue,
};
use estafette_protocol::testing::SeededRng;

/// Takes what happens on a channel.
pub fn run(data: &[u8]) {
    // Choices that run out end the channel.
    let _ = talk(&mut Unstructured::new(data));
}

fn talk(u: &mut Unstructured<'_>) -> Result<()> {
    let Some((mut ours, mut theirs)) = shake(u)? else {
        return Ok(());
    };
    let stream = u.int_in_range(0..=u64::from(u32::MAX) + 1)?;
    let (Ok((sealer, _)), Ok((_, opener))) = (ours.stream(stream), theirs.stream(stream)) else {
        assert!(stream > u64::from(u32::MAX), "CHN-27");
        return Ok(());
    };
    assert!(ours.stream(stream).is_err());
    match u.int_in_range(0..=2)? {
        0 => records(sealer, opener, u),
        1 => hostile_lane(sealer, opener, u),
        _ => lane(sealer, opener, u),
    }
}

/// A handshake, where every message may be changed or exchanged.
fn shake(u: &mut Unstructured<'_>) -> Result<Option<(Channel, Channel)>> {
    let mut rng = SeededRng::new("channel");
    let [ours, theirs] = [(); 2].map(|()| HopSecret::generate(&mut rng));
    let exporter = [1; 32];
    let prologue = prologue(ALPN, &exporter);
    let started = Initiator::start(&ours, &theirs.public(), &prologue, &mut rng);
    let (initiator, first) = started.unwrap();
    let (first, honest) = underway(first, u)?;
    let started = Responder::start(&theirs, &prologue, &first, &mut rng);
    // CHN-16
    assert_eq!(started.is_ok(), honest);
    let Ok((responder, second)) = started else {
        return Ok(None);
    };
    let (second, honest) = underway(second, u)?;
    let finished = initiator.finish(&second);
    assert_eq!(finished.is_ok(), honest);
    let Ok((our_channel, third)) = finished else {
        return Ok(None);
    };
    let (third, honest) = underway(third, u)?;
    let finished = responder.finish(&third);
    assert_eq!(finished.is_ok(), honest);
    let Ok(their_channel) = finished else {
        return Ok(None);
    };
    assert_eq!(our_channel.handshake_hash(), their_channel.handshake_hash());
    assert_eq!(*our_channel.peer_static(), theirs.public());
    assert_eq!(*their_channel.peer_static(), ours.public());
    Ok(Some((our_channel, their_channel)))
}

/// What arrives of a message, and whether that is the message.
fn underway(message: Vec<u8>, u: &mut Unstructured<'_>) -> Result<(Vec<u8>, bool)> {
    let mut arrived = message.clone();
    if u.ratio(1, 8)? {
        mutate(&mut arrived, u)?;
    } else if u.ratio(1, 16)? {
        arrived = u.bytes(u.len().min(message.len()))?.to_vec();
    }
    let honest = arrived == message;
    Ok((arrived, honest))
}

/// A peer that holds the keys seals whatever it likes (CHN-21 to CHN-33).
fn records(
    mut sealer: RecordSealer,
    mut opener: RecordOpener,
    u: &mut Unstructured<'_>,
) -> Result<()> {
    let mut ended = false;
    let mut counter = if u.ratio(1, 8)? { u32::MAX - 2 } else { 0 };
    sealer.set_counter_for_testing_only(counter);
    opener.set_counter_for_testing_only(counter);
    while !u.is_empty() {
        let len = *u.choose(&[
            0,
            1,
            2,
            17,
            RECORD_PAYLOAD_BYTES_MAX + 1,
            RECORD_PAYLOAD_BYTES_MAX + 2,
        ])?;
        let mut plaintext = vec![3; len];
        if let Some(first) = plaintext.first_mut() {
            *first = u.int_in_range(0..=2)?;
        }
        let mut sealed = Vec::new();
        if sealer
            .seal_plaintext_for_testing_only(&plaintext, &mut sealed)
            .is_err()
        {
            assert_eq!(counter, u32::MAX, "CHN-27");
            return Ok(());
        }
        let (arrived, honest) = underway(sealed[2..].to_vec(), u)?;
        let opened = opener.open(&arrived);
        let good = match plaintext.split_first() {
            Some((0, [])) => counter == 0,
            Some((0, payload)) => payload.len() <= RECORD_PAYLOAD_BYTES_MAX,
            Some((1, [])) => true,
            _ => false,
        };
        assert_eq!(opened.is_ok(), honest && good && !ended);
        match opened {
            Ok(Record::Data(payload)) => assert_eq!(payload, plaintext[1..]),
            Ok(_) => ended = true,
            Err(error) => {
                assert_eq!(error == ChannelError::StreamTrailing, ended);
                return Ok(());
            }
        }
        assert_eq!((opener.is_finished(), opener.end().is_ok()), (ended, ended));
        counter += 1;
    }
    Ok(())
}

/// A peer that holds the keys sends payloads that are no frames, in chunks of any length.
fn hostile_lane(
    mut sealer: RecordSealer,
    opener: RecordOpener,
    u: &mut Unstructured<'_>,
) -> Result<()> {
    let mut reader = LaneReader::new(opener, u.int_in_range(0..=FRAME_BYTES_MAX)?);
    while !u.is_empty() {
        let mut stream = Vec::new();
        let payload = match u.int_in_range(0..=3)? {
            0 => u.arbitrary::<u32>()?.to_be_bytes().to_vec(),
            1 => vec![0; u.int_in_range(0..=RECORD_PAYLOAD_BYTES_MAX)?],
            2 => [&[0, 0, 0, 2], u.bytes(u.len().min(2))?].concat(),
            _ => u.bytes(u.len().min(64))?.to_vec(),
        };
        let sealed = if u.ratio(1, 16)? {
            sealer.finish(&mut stream)
        } else {
            sealer.seal(&payload, &mut stream)
        };
        if sealed.is_err() {
            continue;
        }
        let (arrived, _) = underway(stream, u)?;
        for chunk in arrived.chunks(u.int_in_range(1..=20_000)?) {
            // Polled dry after every push, so there is always room.
            reader.push(chunk).unwrap();
            loop {
                match reader.poll() {
                    Ok(Some(frame)) => assert!(!frame.is_empty() && frame.len() <= FRAME_BYTES_MAX),
                    Ok(None) => break,
                    Err(error) => {
                        assert_eq!(reader.poll(), Err(error));
                        return Ok(());
                    }
                }
            }
        }
    }
    Ok(())
}

/// An honest sender of frames and an honest path.
fn lane(sealer: RecordSealer, opener: RecordOpener, u: &mut Unstructured<'_>) -> Result<()> {
    let mut writer = LaneWriter::new(sealer);
    let mut reader = LaneReader::new(opener, FRAME_BYTES_MAX);
    let (mut stream, mut sent) = (Vec::new(), Vec::new());
    if u.arbitrary()? {
        writer.open(&mut stream).unwrap();
    }
    for number in 0..u.int_in_range(0..=8)? {
        let len = *u.choose(&[1, 2, 100, 16_379, 16_380, 16_384, 40_000])?;
        let frame = vec![number; len];
        writer.push(&frame, &mut stream).unwrap();
        sent.push(frame);
        if u.arbitrary()? {
            writer.flush(&mut stream).unwrap();
        }
    }
    writer.finish(&mut stream).unwrap();
    let mut received = Vec::new();
    for chunk in stream.chunks(u.int_in_range(1..=40_000)?) {
        reader.push(chunk).unwrap();
        while let Some(frame) = reader.poll().unwrap() {
            received.push(frame);
        }
    }
    assert_eq!(received, sent);
    assert!(reader.is_finished());
    Ok(())
}

/// Choices.
pub fn seeds() -> Seeds {
    (0..48)
        .map(|number| noise(&format!("channel {number}"), 160))
        .collect()
}
