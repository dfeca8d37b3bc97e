//! One end of a link: hello first, frames by role, numbered frames and their `taken`.
//! Spec: session.md.
//!
//! The input is choices: the roles of both ends, then what happens on the link.

use crate::frame::frames;
use crate::scene::NOW;
use crate::{Seeds, mutate, noise};
use arbitrary::{Result, Unstructured};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::{decode, encode};
use estafette_protocol::frame::{Frame, Hello, Item, LinkRole, VERSION};
use estafette_protocol::session::{
    FAULTS_MAX, OUTSTANDING_MAX, OUTSTANDING_RESERVED, Received, Session, frame_hash,
};
use std::collections::BTreeSet;

const ROLES: [LinkRole; 3] = [LinkRole::Device, LinkRole::Relay, LinkRole::Stranger];

/// What the target expects of a link.
struct Expected {
    own: LinkRole,
    peer: LinkRole,
    outstanding: BTreeSet<u64>,
    sent: u64,
    greeted: bool,
    faults: u32,
}

/// Takes what happens on a link.
pub fn run(data: &[u8]) {
    // Choices that run out end the link.
    let _ = link(&mut Unstructured::new(data));
}

fn link(u: &mut Unstructured<'_>) -> Result<()> {
    let (own, peer) = (*u.choose(&ROLES)?, *u.choose(&ROLES)?);
    let mut session = Session::new(own, peer);
    let mut expected = Expected {
        own,
        peer,
        outstanding: BTreeSet::new(),
        sent: 0,
        greeted: false,
        faults: 0,
    };
    let kinds = frames();
    while !u.is_empty() {
        if u.ratio(1, 3)? {
            expected.send(&mut session, u)?;
        } else {
            let frame = received(&kinds, peer, u)?;
            let close = expected.receive(&mut session, frame);
            if close {
                return Ok(());
            }
        }
        assert_eq!(session.is_open(), expected.greeted);
        assert!(session.outstanding().eq(&expected.outstanding));
        // SES-7
        assert!(expected.outstanding.len() <= OUTSTANDING_MAX);
    }
    Ok(())
}

fn received(kinds: &[Frame], peer: LinkRole, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let frame = match u.int_in_range(0..=3)? {
        0 => Frame::Hello(Box::new(Hello {
            versions: vec![
                u.int_in_range(0..=3)?,
                if u.ratio(7, 8)? { VERSION } else { 2 },
            ],
            role: if u.ratio(7, 8)? {
                peer
            } else {
                *u.choose(&ROLES)?
            },
            now: NOW,
            have: vec![],
        })),
        1 => Frame::Taken {
            numbers: (0..u.int_in_range(1..=8)?)
                .map(|_| u.int_in_range(0..=80))
                .collect::<Result<_>>()?,
        },
        _ => u.choose(kinds)?.clone(),
    };
    let mut bytes = encode(&frame).unwrap();
    if u.ratio(1, 4)? {
        mutate(&mut bytes, u)?;
    }
    Ok(bytes)
}

impl Expected {
    /// Sends a numbered frame where there is room for one.
    fn send(&mut self, session: &mut Session<u64>, u: &mut Unstructured<'_>) -> Result<()> {
        let urgent = u.arbitrary()?;
        let reserved = if urgent { 0 } else { OUTSTANDING_RESERVED };
        let room = (OUTSTANDING_MAX - reserved).saturating_sub(self.outstanding.len());
        assert_eq!(session.room(urgent), room);
        for _ in 0..room.min(u.int_in_range(1..=20)?) {
            self.sent += 1;
            let frame = match u.int_in_range(0..=2)? {
                0 => session.deliver(Item::Statement(vec![].into()), self.sent),
                1 => session.submit(vec![], self.sent),
                _ => session.state(vec![], self.sent),
            };
            let (Frame::Deliver { number, .. }
            | Frame::Submit { number, .. }
            | Frame::Statement { number, .. }) = frame
            else {
                panic!("not a numbered frame");
            };
            // SES-7: from 1, without gaps.
            assert_eq!(number, self.sent);
            self.outstanding.insert(number);
        }
        Ok(())
    }

    /// Whether the link was closed.
    fn receive(&mut self, session: &mut Session<u64>, bytes: Vec<u8>) -> bool {
        let frame = decode::<Frame>(&bytes);
        let received = session.handle(frame.clone().map_err(|_| frame_hash(&bytes)));
        match (frame, received) {
            // SES-5
            (Err(_), received) => return self.fault(ErrorCode::Malformed, received),
            (Ok(Frame::Hello(hello)), received) if !self.greeted => {
                return self.greet(&hello, received);
            }
            // SES-1
            (_, received) if !self.greeted => {
                assert_eq!(received, Received::Close(ErrorCode::HelloMissing));
                return true;
            }
            (Ok(Frame::Taken { numbers }), received) => {
                let mut tokens = numbers;
                tokens.retain(|number| self.outstanding.remove(number));
                assert_eq!(received, Received::Taken(tokens));
            }
            (Ok(frame), received) if self.allows(&frame) => {
                assert_eq!(received, Received::Frame(frame));
            }
            (Ok(_), received) => return self.fault(ErrorCode::FrameNotAllowed, received),
        }
        false
    }

    // SES-2, SES-3
    fn greet(&mut self, hello: &Hello, received: Received<u64>) -> bool {
        let close = if !hello.versions.contains(&VERSION) {
            ErrorCode::VersionUnknown
        } else if hello.role != self.peer {
            ErrorCode::RoleWrong
        } else {
            self.greeted = true;
            assert!(matches!(received, Received::Hello(_)));
            return false;
        };
        assert_eq!(received, Received::Close(close));
        true
    }

    // SES-4
    fn fault(&mut self, code: ErrorCode, received: Received<u64>) -> bool {
        self.faults += 1;
        if self.faults >= FAULTS_MAX {
            assert_eq!(received, Received::Close(code));
            return true;
        }
        let Received::Fault(fault) = received else {
            panic!("{code:?} is no fault");
        };
        assert_eq!(fault.code, code.number());
        false
    }

    /// The column "sent by" of the chapter's table, read a second time.
    fn allows(&self, frame: &Frame) -> bool {
        use LinkRole::{Device, Relay, Stranger};
        let ends = (self.peer, self.own);
        match frame {
            Frame::Hello(_) => false,
            Frame::Submit { .. } | Frame::Statement { .. } => ends.0 == Device,
            Frame::Deliver { .. } => matches!(ends, (Relay, Device | Relay)),
            Frame::Taken { .. } | Frame::Fault(_) => true,
            Frame::Publish { .. } => ends.0 != Stranger && ends.1 != Stranger,
            Frame::Enrol { .. } => ends.0 == Stranger,
            Frame::Enrolled { .. } => ends.1 == Stranger,
            Frame::Synced => ends == (Relay, Device),
        }
    }
}

/// Choices.
pub fn seeds() -> Seeds {
    (0..32)
        .map(|number| noise(&format!("session {number}"), 512))
        .collect()
}
