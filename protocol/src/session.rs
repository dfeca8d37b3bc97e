//! Machine for one link: hello first, frames allowed by role, numbered frames and their `taken`.
//! Spec: session.md.
//!
//! Both ends use it: a relay with a token for each queued item, a client with one for each outbox
//! entry. It decides nothing about content.

use crate::code::ErrorCode;
use crate::crypto::{Hash, sha256};
use crate::frame::{Fault, Frame, Hello, Holding, Item, LinkRole, VERSION};
use crate::time::UnixMillis;
use std::collections::BTreeMap;

/// Numbered frames that may be outstanding on a link (SES-7).
pub const OUTSTANDING_MAX: usize = 64;
/// Of these, how many only urgent ones may use.
pub const OUTSTANDING_RESERVED: usize = 16;
/// Faults after which a link is closed (SES-4).
pub const FAULTS_MAX: u32 = 16;

/// One end of a link. `T` names what a numbered frame carries, for its owner.
#[derive(Debug)]
pub struct Session<T> {
    own: LinkRole,
    peer: LinkRole,
    greeted: bool,
    next_number: u64,
    outstanding: BTreeMap<u64, T>,
    faults: u32,
}

/// What a received frame means for the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received<T> {
    /// The peer's hello: the link is open.
    Hello(Box<Hello>),
    /// A frame to act on: any but hello and taken.
    Frame(Frame),
    /// These are durable at the peer.
    Taken(Vec<T>),
    /// Answer with this fault; the link survives.
    Fault(Fault),
    /// Close the link with this code.
    Close(ErrorCode),
}

impl<T> Session<T> {
    /// A link between these roles; that of the peer follows from its static key (SES-3).
    #[must_use]
    pub const fn new(own: LinkRole, peer: LinkRole) -> Self {
        let outstanding = BTreeMap::new();
        Self {
            own,
            peer,
            greeted: false,
            next_number: 1,
            outstanding,
            faults: 0,
        }
    }

    /// The peer's role.
    #[must_use]
    pub const fn peer(&self) -> LinkRole {
        self.peer
    }

    /// Whether the peer's hello has come.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.greeted
    }

    /// The first frame to send (SES-1).
    #[must_use]
    pub fn hello(&self, now: UnixMillis, have: Vec<Holding>) -> Frame {
        Frame::Hello(Box::new(Hello {
            versions: vec![VERSION],
            role: self.own,
            now,
            have,
        }))
    }

    /// Takes a decoded frame, or for one that is not canonical the hash of its bytes (SES-5).
    pub fn handle(&mut self, frame: Result<Frame, Hash>) -> Received<T> {
        let frame = match frame {
            Ok(frame) => frame,
            Err(about) => return self.fault(ErrorCode::Malformed, Some(about)),
        };
        match frame {
            Frame::Hello(hello) if !self.greeted => self.greet(hello),
            _ if !self.greeted => Received::Close(ErrorCode::HelloMissing),
            Frame::Taken { numbers } => Received::Taken(
                numbers
                    .iter()
                    .filter_map(|n| self.outstanding.remove(n))
                    .collect(),
            ),
            frame if self.allows(&frame) => Received::Frame(frame),
            _ => self.fault(ErrorCode::FrameNotAllowed, None),
        }
    }

    /// Counts a fault against the peer and gives what to answer (SES-4).
    pub fn fault(&mut self, code: ErrorCode, about: Option<Hash>) -> Received<T> {
        self.faults = self.faults.saturating_add(1);
        if self.faults >= FAULTS_MAX {
            return Received::Close(code);
        }
        Received::Fault(Fault {
            code: code.number(),
            about,
            retry_after: None,
        })
    }

    /// How many more numbered frames may be sent now (SES-7).
    #[must_use]
    pub fn room(&self, urgent: bool) -> usize {
        let most = match urgent {
            true => OUTSTANDING_MAX,
            false => OUTSTANDING_MAX.saturating_sub(OUTSTANDING_RESERVED),
        };
        most.saturating_sub(self.outstanding.len())
    }

    /// Numbers a delivery.
    pub fn deliver(&mut self, item: Item, token: T) -> Frame {
        let number = self.number(token);
        Frame::Deliver { number, item }
    }

    /// Numbers a submission.
    pub fn submit(&mut self, envelope: Vec<u8>, token: T) -> Frame {
        let number = self.number(token);
        Frame::Submit {
            number,
            envelope: envelope.into(),
        }
    }

    /// Numbers a statement of a device.
    pub fn state(&mut self, statement: Vec<u8>, token: T) -> Frame {
        let number = self.number(token);
        Frame::Statement {
            number,
            statement: statement.into(),
        }
    }

    /// What was sent and not taken, to be sent again on the next link (SES-14).
    pub fn outstanding(&self) -> impl Iterator<Item = &T> {
        self.outstanding.values()
    }

    /// Gives up the numbers of what the peer has put off, so that it may be sent again (SES-20).
    pub fn release(&mut self, is_put_off: impl Fn(&T) -> bool) {
        self.outstanding.retain(|_, token| !is_put_off(token));
    }

    fn number(&mut self, token: T) -> u64 {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        self.outstanding.insert(number, token);
        number
    }

    fn greet(&mut self, hello: Box<Hello>) -> Received<T> {
        if !hello.versions.contains(&VERSION) {
            return Received::Close(ErrorCode::VersionUnknown);
        }
        if hello.role != self.peer {
            return Received::Close(ErrorCode::RoleWrong);
        }
        self.greeted = true;
        Received::Hello(hello)
    }

    // SES-4: the column "sent by" of the table of frames.
    const fn allows(&self, frame: &Frame) -> bool {
        match frame {
            Frame::Submit { .. } | Frame::Statement { .. } => {
                matches!(self.peer, LinkRole::Device)
            }
            Frame::Deliver { .. } => {
                matches!(self.peer, LinkRole::Relay) && !matches!(self.own, LinkRole::Stranger)
            }
            Frame::Publish { .. } => {
                !matches!(self.peer, LinkRole::Stranger) && !matches!(self.own, LinkRole::Stranger)
            }
            Frame::Synced => {
                matches!((self.own, self.peer), (LinkRole::Device, LinkRole::Relay))
            }
            Frame::Enrol { .. } => matches!(self.peer, LinkRole::Stranger),
            Frame::Enrolled { .. } => matches!(self.own, LinkRole::Stranger),
            Frame::Fault(_) => true,
            Frame::Hello(_) | Frame::Taken { .. } => false,
        }
    }
}

/// Name of a frame's bytes in a fault about them (SES-5).
#[must_use]
pub fn frame_hash(bytes: &[u8]) -> Hash {
    sha256(&[bytes])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::FixedBytes;

    fn relay_facing(peer: LinkRole) -> Session<u8> {
        Session::new(LinkRole::Relay, peer)
    }

    fn hello(role: LinkRole) -> Frame {
        Session::<u8>::new(role, LinkRole::Relay).hello(UnixMillis(1), vec![])
    }

    fn open(peer: LinkRole) -> Session<u8> {
        let mut session = relay_facing(peer);
        assert!(matches!(
            session.handle(Ok(hello(peer))),
            Received::Hello(_)
        ));
        session
    }

    #[test]
    fn anything_before_hello_closes() {
        let mut session = relay_facing(LinkRole::Device);
        assert_eq!(
            session.handle(Ok(Frame::Synced)),
            Received::Close(ErrorCode::HelloMissing)
        );
    }

    #[test]
    fn role_must_be_that_of_the_key() {
        let mut session = relay_facing(LinkRole::Device);
        let received = session.handle(Ok(hello(LinkRole::Relay)));
        assert_eq!(received, Received::Close(ErrorCode::RoleWrong));
    }

    #[test]
    fn second_hello_is_a_fault_and_the_link_survives() {
        let mut session = open(LinkRole::Device);
        assert!(matches!(
            session.handle(Ok(hello(LinkRole::Device))),
            Received::Fault(_)
        ));
        let submit = Frame::Submit {
            number: 1,
            envelope: vec![1].into(),
        };
        assert!(matches!(session.handle(Ok(submit)), Received::Frame(_)));
    }

    #[test]
    fn sixteenth_fault_closes() {
        let mut session = open(LinkRole::Relay);
        for _ in 1..FAULTS_MAX {
            let received = session.handle(Err(FixedBytes([0; 32])));
            assert!(matches!(received, Received::Fault(_)));
        }
        let received = session.handle(Err(FixedBytes([0; 32])));
        assert_eq!(received, Received::Close(ErrorCode::Malformed));
    }

    #[test]
    fn stranger_may_only_enrol() {
        let mut session = open(LinkRole::Stranger);
        let publish = Frame::Publish {
            object: vec![].into(),
        };
        assert!(matches!(session.handle(Ok(publish)), Received::Fault(_)));
        let enrol = Frame::Enrol {
            request: vec![].into(),
        };
        assert!(matches!(session.handle(Ok(enrol)), Received::Frame(_)));
    }

    #[test]
    fn window_keeps_room_for_urgent_and_taken_frees_it_once() {
        let mut session = open(LinkRole::Device);
        for token in 0..48 {
            session.deliver(Item::Statement(vec![].into()), token);
        }
        assert_eq!((session.room(false), session.room(true)), (0, 16));
        let taken = Frame::Taken {
            numbers: vec![1, 1, 99],
        };
        assert_eq!(session.handle(Ok(taken)), Received::Taken(vec![0]));
        assert_eq!((session.room(false), session.room(true)), (1, 17));
        assert_eq!(session.outstanding().count(), 47);
    }
}
