//! Link tasks: one for each link, accepted or dialled alike.

use std::net::IpAddr;
use std::time::Duration;

use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{HopKey, hop_key_id};
use tokio::time::timeout;

use super::Hub;
use super::outbound::outbound;
use super::thread::Message;
use crate::engine::Input;
use crate::hop::{CloseCode, Endpoint, Link};
use crate::peer::told;

/// How long a peer whose lanes have ended may take to close.
const CLOSED_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a link task ends.
enum End {
    /// The link is gone.
    Gone,
    /// This side ends it, after what was queued.
    Finish(CloseCode),
}

impl Hub {
    /// Takes in links until the server stops; each gets a task of its own.
    pub(super) async fn accept_links(self, listener: Endpoint) {
        let mut stop = self.stopping();
        loop {
            tokio::select! {
                link = listener.accept() => match link {
                    Some(link) => {
                        let hub = self.clone();
                        tokio::spawn(async move { hub.run_link(link).await });
                    }
                    None => break,
                },
                () = told(&mut stop) => break,
            }
        }
        // The socket serves the links that are ending until the last one has.
        self.links_ended().await;
        listener.close().await;
    }

    /// Runs a link until it ends.
    pub(crate) async fn run_link(&self, link: Link) {
        let remote = link.remote_addr().ip().to_canonical();
        let peer_static = link.peer_static();
        let stranger = self.stranger(&peer_static, remote);
        let Some(_place) = self.places.take(stranger) else {
            tracing::debug!("link refused, too many");
            link.close(CloseCode::from(ErrorCode::TooManyRequests));
            return;
        };
        let id = self.next_link();
        let (outbound, pumps) = outbound(link.sender());
        let input = Input::Connected {
            link: id,
            peer_static,
            remote,
        };
        // Strangers are many and would fill the log.
        let peer = short(&peer_static);
        match stranger {
            None => tracing::info!(link = id.0, peer, "link up"),
            Some(_) => tracing::debug!(link = id.0, peer, "stranger's link up"),
        }
        if !self.send(Message::Connected(input, outbound)).await {
            pumps.abandon();
            return;
        }
        self.note_link(&peer_static, true);
        self.carry(id, link, pumps).await;
        self.note_link(&peer_static, false);
        self.send(Message::Disconnected(id)).await;
        match stranger {
            None => tracing::info!(link = id.0, peer, "link down"),
            Some(_) => tracing::debug!(link = id.0, peer, "stranger's link down"),
        }
    }

    async fn carry(
        &self,
        id: crate::engine::LinkId,
        mut link: Link,
        mut pumps: super::outbound::Pumps,
    ) {
        let mut stop = self.stopping();
        let shutting_down = CloseCode::from(ErrorCode::ShuttingDown);
        let end = loop {
            tokio::select! {
                frame = link.recv() => match frame {
                    Some((_, frame)) => if !self.frame(id, frame).await {
                        break End::Finish(shutting_down);
                    },
                    None => break End::Gone,
                },
                code = &mut pumps.end => break End::Finish(code.unwrap_or(shutting_down)),
                () = told(&mut stop) => break End::Finish(shutting_down),
            }
        };
        match end {
            End::Gone => {
                if let Ok(why) = timeout(CLOSED_TIMEOUT, link.closed()).await {
                    tracing::debug!(link = id.0, %why, "link ended");
                }
                pumps.abandon();
            }
            End::Finish(code) => {
                if code == shutting_down {
                    // The engine still holds its end: what waits goes out on the next link.
                    pumps.abandon();
                } else {
                    pumps.drain().await;
                }
                // The peer may have gone first; there is nobody left to tell.
                let _ = link.finish_with(code).await;
            }
        }
    }

    /// Where a link comes from whose key no roster lists.
    fn stranger(&self, peer_static: &[u8; 32], remote: IpAddr) -> Option<IpAddr> {
        let directory = self.directory();
        let known = HopKey::from_bytes(peer_static).is_ok_and(|key| {
            directory.device_by_hop_key(&key).is_some()
                || directory.relay_by_hop_key(&key).is_some()
        });
        (!known).then_some(remote)
    }
}

/// The first digits of a key's identifier, for logs.
fn short(peer_static: &[u8; 32]) -> String {
    let id = hex::encode(hop_key_id(peer_static).as_slice());
    id.get(..10).unwrap_or_default().to_owned()
}
