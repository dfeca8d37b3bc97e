//! One link to the relay under test, as a device, a peer or a stranger has it.

use std::time::Duration;

use bytes::Bytes;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{decode, encode};
use estafette_protocol::envelope::Wrap;
use estafette_protocol::frame::{Fault, Frame, Item};
use estafette_protocol::statement::{self, Statement};
use estafette_relay::hop::{HopError, Lane, Link};
use tokio::time::timeout;

/// Long enough for a busy machine; nothing waits for it when things go well.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Line {
    link: Link,
    number: u64,
}

/// What came that is not just the relay's own business.
#[derive(Debug)]
pub enum Came {
    Fault(Fault),
    /// Taken here at once, so that it waits no longer.
    Statement(Box<Statement>, Vec<u8>),
    /// Not taken: it goes on waiting.
    Envelope(u64, Vec<u8>),
    Wrap(u64, Hash, Box<Wrap>),
    Taken(Vec<u64>),
    Hello,
    Synced,
    Other,
    /// The word with which the relay closed the link.
    Closed(String),
}

impl Line {
    pub fn new(link: Link) -> Self {
        Self { link, number: 0 }
    }

    /// The number of the next numbered frame.
    pub fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    pub async fn send_bytes(&self, frame: Vec<u8>) {
        // A link that the relay has closed says so when it is read.
        let _ = self.link.send(Lane::Ordinary, Bytes::from(frame)).await;
    }

    pub async fn send(&self, frame: &Frame) {
        self.send_bytes(encode(frame).unwrap()).await;
    }

    pub async fn take(&self, number: u64) {
        let numbers = vec![number];
        self.send(&Frame::Taken { numbers }).await;
    }

    pub async fn next(&mut self) -> Came {
        let received = timeout(PATIENCE, self.link.recv()).await;
        let Some((_, bytes)) = received.expect("a frame in time") else {
            let why = timeout(PATIENCE, self.link.closed())
                .await
                .expect("an end in time");
            return Came::Closed(match why {
                HopError::ClosedByPeer { code } => code.to_string(),
                other => other.to_string(),
            });
        };
        match decode(&bytes).expect("a canonical frame") {
            Frame::Fault(fault) => Came::Fault(fault),
            Frame::Taken { numbers } => Came::Taken(numbers),
            Frame::Hello(_) => Came::Hello,
            Frame::Synced => Came::Synced,
            Frame::Deliver { number, item } => match item {
                Item::Envelope(bytes)
                | Item::Accompanied {
                    envelope: bytes, ..
                } => Came::Envelope(number, bytes.into_vec()),
                Item::Statement(bytes) => {
                    self.take(number).await;
                    let signed = statement::decode(bytes.as_slice()).expect("a statement");
                    Came::Statement(Box::new(signed.value().clone()), bytes.into_vec())
                }
                Item::Wrap { digest, wrap } => Came::Wrap(number, digest, wrap),
            },
            _ => Came::Other,
        }
    }
}
