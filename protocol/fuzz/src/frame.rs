//! Frames cut out of a lane's payloads, whatever the chunks. Spec: channel.md section 5, session.md.
//!
//! The input is a limit (4 bytes), a chunk length (1 byte) and the bytes of the lane.

use crate::{Seeds, scene};
use estafette_protocol::channel::{ChannelError, FRAME_BYTES_MAX, FrameReader, frame_bytes};
use estafette_protocol::encoding::{FixedBytes, Text, decode, encode};
use estafette_protocol::frame::{Enrolment, Fault, Frame, Hello, Holding, Item, LinkRole, VERSION};
use estafette_protocol::session::frame_hash;

type Read = (Vec<Vec<u8>>, Option<ChannelError>);

/// Takes the payloads of a lane.
pub fn run(data: &[u8]) {
    let Some((limit, data)) = data.split_first_chunk::<4>() else {
        return;
    };
    let Some((chunk, lane)) = data.split_first() else {
        return;
    };
    let limit = usize::try_from(u32::from_be_bytes(*limit)).unwrap();
    let chunk = usize::from(*chunk) + 1;
    let (frames, error) = read(lane.chunks(chunk), limit);
    let expected = cut(lane, limit.min(FRAME_BYTES_MAX));
    assert_eq!((&frames, error), (&expected.0, expected.1));
    for frame in frames {
        assert!(frame_bytes(&frame).is_ok_and(|bytes| bytes[4..] == frame));
        if let Ok(value) = decode::<Frame>(&frame) {
            assert_eq!(encode(&value).as_ref(), Ok(&frame));
        }
        let _ = frame_hash(&frame);
    }
}

fn read<'a>(chunks: impl Iterator<Item = &'a [u8]>, limit: usize) -> Read {
    let mut reader = FrameReader::new(limit);
    let mut frames = Vec::new();
    for chunk in chunks {
        // Polled dry after every push, so there is always room.
        reader.push(chunk).unwrap();
        loop {
            match reader.poll() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(reader.poll(), Err(error));
                    return (frames, Some(error));
                }
            }
        }
    }
    let error = reader.end().err();
    (frames, error)
}

/// The same, all at once (CHN-40 to CHN-43).
fn cut(mut lane: &[u8], limit: usize) -> Read {
    let mut frames = Vec::new();
    while !lane.is_empty() {
        let Some((length, rest)) = lane.split_first_chunk::<4>() else {
            return (frames, Some(ChannelError::FrameTruncated));
        };
        let found = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        if found == 0 {
            return (frames, Some(ChannelError::FrameEmpty));
        }
        if found > limit {
            return (frames, Some(ChannelError::FrameOversized { found, limit }));
        }
        let Some((frame, rest)) = rest.split_at_checked(found) else {
            return (frames, Some(ChannelError::FrameTruncated));
        };
        frames.push(frame.to_vec());
        lane = rest;
    }
    (frames, None)
}

/// A frame of every kind.
pub fn frames() -> Vec<Frame> {
    let scene = scene::scene();
    let parsed = &scene.sealed[0].parsed;
    let envelope = || parsed.encode().unwrap().into();
    let statement = || scene.statements[0].encode().unwrap().into();
    let wrap = Box::new(parsed.envelope().wraps[0].clone());
    let have = Holding {
        kind: 17,
        name: Text::new("police.xa").unwrap(),
        number: 1,
        hash: FixedBytes([1; 32]),
    };
    vec![
        Frame::Hello(Box::new(Hello {
            versions: vec![VERSION],
            role: LinkRole::Device,
            now: scene::NOW,
            have: vec![have],
        })),
        Frame::Submit {
            number: 1,
            envelope: envelope(),
        },
        Frame::Deliver {
            number: 1,
            item: Item::Envelope(envelope()),
        },
        Frame::Deliver {
            number: 2,
            item: Item::Statement(statement()),
        },
        Frame::Deliver {
            number: 3,
            item: Item::Wrap {
                digest: parsed.digest(),
                wrap,
            },
        },
        Frame::Taken {
            numbers: vec![1, 2, 300],
        },
        Frame::Statement {
            number: 2,
            statement: statement(),
        },
        Frame::Publish {
            object: scene.published[0].clone().into(),
        },
        Frame::Enrol {
            request: encode(&scene.request).unwrap().into(),
        },
        Frame::Enrolled {
            outcome: Enrolment::Pending,
        },
        Frame::Fault(Fault {
            code: 1,
            about: Some(parsed.digest()),
            retry_after: Some(1_000),
        }),
        Frame::Synced,
    ]
}

/// All frames on one lane in chunks of two lengths, each frame alone, and the vectors.
pub fn seeds() -> Seeds {
    let each: Vec<_> = frames()
        .iter()
        .map(|frame| frame_bytes(&encode(frame).unwrap()).unwrap())
        .collect();
    let limit = u32::try_from(FRAME_BYTES_MAX).unwrap().to_be_bytes();
    let input = |chunk: u8, lane: &[u8]| [limit.as_slice(), &[chunk], lane].concat();
    let mut seeds = vec![input(255, &each.concat()), input(6, &each.concat())];
    seeds.extend(each.iter().map(|frame| input(255, frame)));
    seeds.extend(crate::vectors().iter().map(|lane| input(15, lane)));
    seeds
}
