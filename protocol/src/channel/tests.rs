//! Unit and property tests of the whole channel, both sides in memory.

use std::convert::Infallible;

use proptest::prelude::*;
use rand_core::{TryCryptoRng, TryRng};

use super::*;
use crate::code::ErrorCode;

/// A generator whose every byte is the same: enough to pin ephemeral keys.
struct Constant(u8);

impl TryRng for Constant {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_ne_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_ne_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Constant {}

fn key(byte: u8) -> HopSecret {
    HopSecret::from_bytes(&[byte; 32])
}

/// Runs a whole handshake; the initiator's channel comes first.
fn channels() -> (Channel, Channel) {
    let prologue = prologue(ALPN, &[9; 32]);
    let (initiator, first) =
        Initiator::start(&key(1), &key(2).public(), &prologue, &mut Constant(3)).unwrap();
    let (responder, second) =
        Responder::start(&key(2), &prologue, &first, &mut Constant(4)).unwrap();
    let (near, third) = initiator.finish(&second).unwrap();
    (near, responder.finish(&third).unwrap())
}

/// The sending half at the initiator and the receiving half at the responder.
fn stream(stream_id: u64) -> (RecordSealer, RecordOpener) {
    let (mut near, mut far) = channels();
    (
        near.stream(stream_id).unwrap().0,
        far.stream(stream_id).unwrap().1,
    )
}

fn lane(frame_bytes_max: usize) -> (LaneWriter, LaneReader) {
    let (sealer, opener) = stream(0);
    (
        LaneWriter::new(sealer),
        LaneReader::new(opener, frame_bytes_max),
    )
}

/// Cuts a stream into its ciphertexts.
fn ciphertexts(mut stream: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((length, rest)) = stream.split_first_chunk::<2>() {
        let (ciphertext, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)));
        found.push(ciphertext.to_vec());
        stream = rest;
    }
    found
}

/// Covers CHN-13.
#[test]
fn prologue_has_the_specified_layout() {
    let bytes = prologue(b"estafette/1", &[0xab; 32]);
    let mut expected = b"estafette/1/hop\0\x0bestafette/1".to_vec();
    expected.extend_from_slice(&[0xab; 32]);
    assert_eq!(bytes, expected);
}

#[test]
fn close_codes_have_the_registered_words() {
    assert_eq!(CloseCode::CLOSED.word(), Some("closed"));
    assert_eq!(CloseCode::FRAME_TRUNCATED.word(), Some("frame-truncated"));
    assert_eq!(CloseCode(300).word(), None);
    assert_eq!(CloseCode(300).to_string(), "code 300");
    assert_eq!(
        ChannelError::RecordInvalid.close_code().to_string(),
        "record-invalid"
    );
    for code in ErrorCode::ALL {
        let number = u32::from(code.number());
        assert_eq!(
            CloseCode(number).word(),
            Some(code.word()),
            "{number} has two words"
        );
    }
}

/// Covers CHN-52.
#[test]
fn debug_shows_neither_keys_nor_content() {
    let (near, _) = channels();
    assert_eq!(format!("{:?}", key(1)), "HopSecret(redacted)");
    assert_eq!(format!("{near:?}"), "Channel { streams: {}, .. }");
    assert_eq!(
        format!("{:?}", Record::Data(b"secret".to_vec())),
        "Data(6 bytes)"
    );
}

/// Covers CHN-11, CHN-15.
#[test]
fn handshake_proves_both_hop_keys() {
    let (near, far) = channels();
    assert_eq!(near.peer_static(), &key(2).public());
    assert_eq!(far.peer_static(), &key(1).public());
    assert_eq!(near.handshake_hash(), far.handshake_hash());
    assert_eq!(frame_message(&[7; 48])[..3], [0, 48, 7]);
}

/// Covers CHN-13, CHN-16.
#[test]
fn responder_refuses_another_prologue_at_the_first_message() {
    let (_, first) = Initiator::start(&key(1), &key(2).public(), b"one", &mut Constant(3)).unwrap();
    let outcome = Responder::start(&key(2), b"two", &first, &mut Constant(4));
    assert_eq!(outcome.err(), Some(ChannelError::HandshakeFailed));
}

/// Covers CHN-16.
#[test]
fn responder_refuses_a_message_for_another_key_at_once() {
    let (_, first) = Initiator::start(&key(1), &key(2).public(), b"", &mut Constant(3)).unwrap();
    let outcome = Responder::start(&key(5), b"", &first, &mut Constant(4));
    assert_eq!(outcome.err(), Some(ChannelError::HandshakeFailed));
}

/// Covers CHN-16.
#[test]
fn every_flipped_bit_of_a_handshake_message_is_noticed() {
    let start = || Initiator::start(&key(1), &key(2).public(), b"", &mut Constant(3)).unwrap();
    let answer = |first: &[u8]| Responder::start(&key(2), b"", first, &mut Constant(4));
    let (_, first) = start();
    let (_, second) = answer(&first).unwrap();
    let (_, third) = start().0.finish(&second).unwrap();
    for index in 0..48 {
        let mut message = first.clone();
        message[index] ^= 1;
        assert!(answer(&message).is_err());
        let mut message = second.clone();
        message[index] ^= 1;
        assert!(start().0.finish(&message).is_err());
    }
    for index in 0..64 {
        let mut message = third.clone();
        message[index] ^= 1;
        assert!(answer(&first).unwrap().0.finish(&message).is_err());
    }
}

/// Covers CHN-12.
#[test]
fn handshake_messages_have_one_length_each() {
    let (initiator, first) =
        Initiator::start(&key(1), &key(2).public(), b"", &mut Constant(3)).unwrap();
    let outcome = Responder::start(&key(2), b"", &first[..47], &mut Constant(4));
    let malformed = ChannelError::HandshakeMalformed {
        expected: 48,
        found: 47,
    };
    assert_eq!(outcome.err(), Some(malformed));
    let malformed = ChannelError::HandshakeMalformed {
        expected: 48,
        found: 49,
    };
    assert_eq!(initiator.finish(&[1; 49]).err(), Some(malformed));
}

/// Covers CHN-17: the five points, and every non-canonical encoding of anything.
#[test]
fn invalid_public_keys_are_refused() {
    let small_order = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    for text in small_order {
        let mut public: [u8; 32] = hex::decode(text).unwrap().try_into().unwrap();
        assert_eq!(
            check_public(&public),
            Err(ChannelError::KeyInvalid),
            "{text}"
        );
        public[31] |= 0x80;
        assert_eq!(
            check_public(&public),
            Err(ChannelError::KeyInvalid),
            "{text} high bit"
        );
    }
    let mut public = key(1).public();
    assert_eq!(check_public(&public), Ok(()));
    public[31] |= 0x80;
    assert_eq!(check_public(&public), Err(ChannelError::KeyInvalid));
}

/// Covers CHN-17.
#[test]
fn small_order_keys_are_refused_as_static_and_as_ephemeral() {
    let outcome = Initiator::start(&key(1), &[0; 32], b"", &mut Constant(3));
    assert_eq!(outcome.err(), Some(ChannelError::KeyInvalid));
    let mut first = vec![0; 48];
    let outcome = Responder::start(&key(2), b"", &first, &mut Constant(4));
    assert_eq!(outcome.err(), Some(ChannelError::KeyInvalid));
    first[0] = 2;
    let outcome = Responder::start(&key(2), b"", &first, &mut Constant(4));
    assert_eq!(outcome.err(), Some(ChannelError::HandshakeFailed));
}

/// Covers CHN-25, CHN-26.
#[test]
fn nonce_is_stream_id_and_counter() {
    let (mut near, mut far) = channels();
    let (mut sealer, _) = near.stream(4).unwrap();
    let (_, mut opener) = far.stream(4).unwrap();
    let (_, mut other) = far.stream(0).unwrap();
    let mut out = Vec::new();
    sealer.seal(b"one", &mut out).unwrap();
    sealer.seal(b"two", &mut out).unwrap();
    let records = ciphertexts(&out);
    assert_eq!(other.open(&records[0]), Err(ChannelError::RecordInvalid));
    assert_eq!(opener.open(&records[1]), Err(ChannelError::RecordInvalid));
    assert_eq!(opener.open(&records[0]), Ok(Record::Data(b"one".to_vec())));
    assert_eq!(opener.open(&records[0]), Err(ChannelError::RecordInvalid));
    assert_eq!(opener.open(&records[1]), Ok(Record::Data(b"two".to_vec())));
}

/// Covers CHN-25: one key per direction, so no stream may be handed out twice.
#[test]
fn stream_is_handed_out_once() {
    let (mut near, _) = channels();
    assert!(near.stream(0).is_ok());
    let twice = near.stream(0).map(|_| ());
    assert_eq!(twice, Err(ChannelError::StreamUnexpected { stream_id: 0 }));
}

/// Covers CHN-27.
#[test]
fn stream_id_and_counter_have_an_end() {
    let (mut near, mut far) = channels();
    assert_eq!(
        near.stream(1 << 32).map(|_| ()),
        Err(ChannelError::RecordExhausted)
    );
    let last_stream = u64::from(u32::MAX);
    let (mut sealer, _) = near.stream(last_stream).unwrap();
    let (_, mut opener) = far.stream(last_stream).unwrap();
    sealer.set_counter_for_testing_only(u32::MAX - 1);
    opener.set_counter_for_testing_only(u32::MAX - 1);
    let mut out = Vec::new();
    sealer.seal(b"last", &mut out).unwrap();
    let ciphertext = &ciphertexts(&out)[0];
    assert_eq!(opener.open(ciphertext), Ok(Record::Data(b"last".to_vec())));
    assert_eq!(opener.open(ciphertext), Err(ChannelError::RecordExhausted));
    let len = out.len();
    assert_eq!(
        sealer.seal(b"over", &mut out),
        Err(ChannelError::RecordExhausted)
    );
    assert_eq!(sealer.finish(&mut out), Err(ChannelError::RecordExhausted));
    assert_eq!(out.len(), len);
}

/// Covers CHN-22, CHN-32, CHN-33.
#[test]
fn authentic_records_that_break_the_rules_are_refused() {
    for (records, plaintext) in [(0, &[2][..]), (0, &[1, 0]), (1, &[0]), (0, &[0xff, 1])] {
        let (mut sealer, mut opener) = stream(0);
        let mut out = Vec::new();
        for _ in 0..records {
            sealer.seal(b"before", &mut out).unwrap();
        }
        sealer
            .seal_plaintext_for_testing_only(plaintext, &mut out)
            .unwrap();
        let ciphertexts = ciphertexts(&out);
        let (last, before) = ciphertexts.split_last().unwrap();
        for ciphertext in before {
            opener.open(ciphertext).unwrap();
        }
        assert_eq!(
            opener.open(last),
            Err(ChannelError::RecordMalformed),
            "{plaintext:?}"
        );
    }
}

/// Covers CHN-23, CHN-24.
#[test]
fn record_length_has_bounds() {
    assert!(record_bytes(16).is_err());
    assert_eq!(record_bytes(17), Ok(19));
    assert_eq!(record_bytes(16_401), Ok(RECORD_BYTES_MAX));
    assert!(record_bytes(16_402).is_err());
    let (mut sealer, mut opener) = stream(0);
    let mut out = Vec::new();
    let outcome = sealer.seal(&[0; RECORD_PAYLOAD_BYTES_MAX + 1], &mut out);
    assert_eq!(
        outcome,
        Err(ChannelError::PayloadOversized { found: 16_385 })
    );
    sealer
        .seal(&[7; RECORD_PAYLOAD_BYTES_MAX], &mut out)
        .unwrap();
    assert_eq!(out.len(), RECORD_BYTES_MAX);
    assert_eq!(
        opener.open(&out[2..]),
        Ok(Record::Data(vec![7; RECORD_PAYLOAD_BYTES_MAX]))
    );
}

/// Covers CHN-29, CHN-30, CHN-31.
#[test]
fn final_record_is_the_only_true_end() {
    let (mut sealer, mut opener) = stream(0);
    let mut out = Vec::new();
    sealer.seal(b"data", &mut out).unwrap();
    sealer.finish(&mut out).unwrap();
    assert_eq!(
        sealer.seal(b"late", &mut out),
        Err(ChannelError::StreamFinished)
    );
    let records = ciphertexts(&out);
    opener.open(&records[0]).unwrap();
    assert_eq!(opener.end(), Err(ChannelError::StreamTruncated));
    assert_eq!(opener.open(&records[1]), Ok(Record::Final));
    assert_eq!(opener.end(), Ok(()));
    assert_eq!(opener.open(&records[1]), Err(ChannelError::StreamTrailing));
}

/// Covers CHN-31.
#[test]
fn lane_refuses_a_single_byte_after_its_end() {
    let (mut writer, mut reader) = lane(FRAME_BYTES_MAX);
    let mut out = Vec::new();
    writer.finish(&mut out).unwrap();
    reader.push(&out).unwrap();
    assert_eq!(reader.poll(), Ok(None));
    assert!(reader.is_finished());
    reader.push(&[0]).unwrap();
    assert_eq!(reader.poll(), Err(ChannelError::StreamTrailing));
}

/// Covers CHN-24: refused at the second byte.
#[test]
fn lane_judges_a_record_length_before_the_record_is_there() {
    let (_, mut reader) = lane(FRAME_BYTES_MAX);
    reader.push(&[0xff]).unwrap();
    assert_eq!(reader.poll(), Ok(None));
    reader.push(&[0xff]).unwrap();
    assert_eq!(
        reader.poll(),
        Err(ChannelError::RecordLength { found: 0xffff })
    );
}

/// Covers CHN-44.
#[test]
fn frames_that_wait_together_share_a_record() {
    let (mut writer, mut reader) = lane(FRAME_BYTES_MAX);
    let mut out = Vec::new();
    for number in 0..1000_u16 {
        writer.push(&number.to_be_bytes(), &mut out).unwrap();
    }
    writer.flush(&mut out).unwrap();
    assert_eq!(ciphertexts(&out).len(), 1);
    reader.push(&out).unwrap();
    for number in 0..1000_u16 {
        assert_eq!(reader.poll(), Ok(Some(number.to_be_bytes().to_vec())));
    }
    assert_eq!(reader.poll(), Ok(None));
}

/// Covers CHN-35.
#[test]
fn opened_lane_shows_no_frame() {
    let (mut writer, mut reader) = lane(FRAME_BYTES_MAX);
    let mut out = Vec::new();
    writer.open(&mut out).unwrap();
    assert_eq!(out.len(), 19);
    assert_eq!(
        writer.open(&mut Vec::new()),
        Err(ChannelError::RecordMalformed)
    );
    reader.push(&out).unwrap();
    assert_eq!(reader.poll(), Ok(None));
}

/// Covers CHN-40, CHN-41, CHN-42.
#[test]
fn frame_length_is_judged_before_the_frame_is_there() {
    let mut reader = FrameReader::new(10);
    reader.push(&[0, 0, 0, 0]).unwrap();
    assert_eq!(reader.poll(), Err(ChannelError::FrameEmpty));
    assert_eq!(reader.poll(), Err(ChannelError::FrameEmpty));
    let mut reader = FrameReader::new(10);
    reader.push(&[0, 0, 0, 11]).unwrap();
    assert_eq!(
        reader.poll(),
        Err(ChannelError::FrameOversized {
            found: 11,
            limit: 10
        })
    );
    let mut reader = FrameReader::new(usize::MAX);
    reader.push(&[0xff; 4]).unwrap();
    let limit = FRAME_BYTES_MAX;
    let found = usize::try_from(u32::MAX).unwrap();
    assert_eq!(
        reader.poll(),
        Err(ChannelError::FrameOversized { found, limit })
    );
    assert_eq!(frame_bytes(&[]), Err(ChannelError::FrameEmpty));
    assert_eq!(frame_bytes(&[7; 2]), Ok(vec![0, 0, 0, 2, 7, 7]));
}

/// Covers CHN-43.
#[test]
fn lane_that_ends_inside_a_frame_is_refused_again_and_again() {
    let (mut sealer, opener) = stream(0);
    let mut reader = LaneReader::new(opener, FRAME_BYTES_MAX);
    let mut out = Vec::new();
    sealer.seal(&[0, 0, 0, 2, 7], &mut out).unwrap();
    sealer.finish(&mut out).unwrap();
    reader.push(&out).unwrap();
    assert_eq!(reader.poll(), Err(ChannelError::FrameTruncated));
    assert_eq!(reader.poll(), Err(ChannelError::FrameTruncated));
}

/// Covers CHN-45.
#[test]
fn readers_refuse_input_that_is_never_polled() {
    let (_, mut reader) = lane(FRAME_BYTES_MAX);
    reader.push(&[0; LANE_INPUT_BYTES_MAX]).unwrap();
    let held = LANE_INPUT_BYTES_MAX;
    assert_eq!(reader.push(&[0]), Err(ChannelError::InputUnread { held }));
    let mut reader = FrameReader::new(10);
    reader.push(&[0; 65_546]).unwrap();
    assert_eq!(
        reader.push(&[0]),
        Err(ChannelError::InputUnread { held: 65_546 })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever the frames and however QUIC cuts the stream, the same frames come out.
    #[test]
    fn lane_carries_frames_over_any_cuts(
        frames in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 1..40_000), 0..6),
        cut in 1..9000_usize,
    ) {
        let (mut writer, mut reader) = lane(FRAME_BYTES_MAX);
        let mut out = Vec::new();
        for frame in &frames {
            writer.push(frame, &mut out).unwrap();
        }
        writer.finish(&mut out).unwrap();
        let mut found = Vec::new();
        for piece in out.chunks(cut) {
            reader.push(piece).unwrap();
            while let Some(frame) = reader.poll().unwrap() {
                found.push(frame);
            }
        }
        prop_assert_eq!(found, frames);
        prop_assert_eq!(reader.end(), Ok(()));
    }

    /// One changed bit anywhere: an error or missing data, never other frames, never a panic.
    #[test]
    fn lane_yields_no_frame_that_was_not_sent(
        frames in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 1..200), 1..20),
        position in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let (mut writer, mut reader) = lane(FRAME_BYTES_MAX);
        let mut out = Vec::new();
        for frame in &frames {
            writer.push(frame, &mut out).unwrap();
            writer.flush(&mut out).unwrap();
        }
        writer.finish(&mut out).unwrap();
        let index = position.index(out.len());
        out[index] ^= 1 << bit;
        reader.push(&out).unwrap();
        let mut found = Vec::new();
        let failure = loop {
            match reader.poll() {
                Ok(Some(frame)) => found.push(frame),
                Ok(None) => break reader.end(),
                Err(error) => break Err(error),
            }
        };
        prop_assert!(failure.is_err());
        prop_assert!(frames.starts_with(&found));
    }

    /// Random bytes never panic and are never read as a frame.
    #[test]
    fn lane_survives_garbage(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let (_, mut reader) = lane(FRAME_BYTES_MAX);
        reader.push(&bytes).unwrap();
        prop_assert!(!matches!(reader.poll(), Ok(Some(_))));
    }

    /// A frame reader polled after every byte sees what one polled at the end sees.
    #[test]
    fn frame_reader_is_indifferent_to_cuts(
        bytes in proptest::collection::vec(0..4_u8, 0..400),
    ) {
        let read = |cut: usize| {
            let mut reader = FrameReader::new(1000);
            let mut found = Vec::new();
            for piece in bytes.chunks(cut) {
                reader.push(piece).unwrap();
                loop {
                    match reader.poll() {
                        Ok(Some(frame)) => found.push(frame),
                        Ok(None) => break,
                        Err(error) => return (found, Some(error)),
                    }
                }
            }
            (found, None)
        };
        prop_assert_eq!(read(1), read(400));
    }
}
