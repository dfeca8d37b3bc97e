//! A party that died without a word, and is back.

use super::{IPV4, raw, within};
use estafette_relay::hop::{Endpoint, HopConfig, HopError};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::UdpSocket;

/// Passes packets between one client and `address` while `is_open`; gives where to send them.
async fn wire(address: SocketAddr, is_open: Arc<AtomicBool>) -> SocketAddr {
    let near = UdpSocket::bind(IPV4).await.expect("bind");
    let far = UdpSocket::bind(IPV4).await.expect("bind");
    let entry = near.local_addr().expect("address");
    tokio::spawn(async move {
        let (mut out, mut back) = (vec![0; 65_536], vec![0; 65_536]);
        let mut client = None;
        loop {
            tokio::select! {
                Ok((len, from)) = near.recv_from(&mut out) => {
                    client = Some(from);
                    if is_open.load(Ordering::SeqCst) {
                        let _ = far.send_to(&out[..len], address).await;
                    }
                }
                Ok((len, _)) = far.recv_from(&mut back) => {
                    if let Some(client) = client.filter(|_| is_open.load(Ordering::SeqCst)) {
                        let _ = near.send_to(&back[..len], client).await;
                    }
                }
            }
        }
    });
    entry
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn link_to_a_party_that_died_ends_when_the_party_is_back() {
    let key = raw::key();
    let free = std::net::UdpSocket::bind(IPV4).expect("bind");
    let address = free.local_addr().expect("address");
    drop(free);
    // Far longer than the test may take: what ends the link is not silence.
    let config = HopConfig {
        idle_timeout: Duration::from_secs(600),
        keep_alive_interval: Duration::from_millis(200),
        ..HopConfig::default()
    };
    let dying = Endpoint::bind(address, key.clone(), config).expect("bind");
    let is_open = Arc::new(AtomicBool::new(true));
    let entry = wire(address, is_open.clone()).await;
    let client = Endpoint::client(config).expect("client");
    let near = client.connect(&[entry], key.public(), &raw::key()).await;
    let near = near.expect("connect");
    let far = within(dying.accept()).await.expect("accept");

    // Nothing that it still says is heard.
    is_open.store(false, Ordering::SeqCst);
    drop(far);
    within(dying.close()).await;
    drop(dying);
    let back = loop {
        match Endpoint::bind(address, key.clone(), config) {
            Ok(back) => break back,
            Err(HopError::Bind { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    is_open.store(true, Ordering::SeqCst);
    assert_eq!(within(near.closed()).await, HopError::Lost);
    let again = client.connect(&[entry], key.public(), &raw::key()).await;
    assert!(again.is_ok(), "{again:?}");
    drop(back);
}
