//! A party that died without a word, and is back.

use super::{IPV4, raw, within};
use estafette_relay::hop::{Endpoint, HopConfig, HopError, HopSecret};
use std::net::SocketAddr;
use std::time::Duration;

/// A party in a runtime of its own, which can be ended without a word to anybody.
fn party(address: SocketAddr, key: &HopSecret) -> (tokio::runtime::Runtime, Endpoint) {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("runtime");
    let endpoint = {
        let _inside = runtime.enter();
        Endpoint::bind(address, key.clone(), HopConfig::default()).expect("bind")
    };
    (runtime, endpoint)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn link_to_a_party_that_died_ends_when_the_party_is_back() {
    let key = raw::key();
    let free = std::net::UdpSocket::bind(IPV4).expect("bind");
    let address = free.local_addr().expect("address");
    drop(free);
    let (runtime, dying) = party(address, &key);
    // Far longer than the test may take: what ends the link is not silence.
    let patient = HopConfig {
        idle_timeout: Duration::from_secs(600),
        keep_alive_interval: Duration::from_millis(200),
        ..HopConfig::default()
    };
    let client = Endpoint::client(patient).expect("client");
    let connect = || async { client.connect(&[address], key.public(), &raw::key()).await };
    let near = connect().await.expect("connect");
    let far = within(dying.accept()).await.expect("accept");
    runtime.shutdown_background();
    drop((far, dying));
    let (runtime, back) = tokio::task::spawn_blocking({
        let key = key.clone();
        move || loop {
            // The port is free once the last task of the dead runtime is gone.
            if std::net::UdpSocket::bind(address).is_ok() {
                break party(address, &key);
            }
            std::thread::yield_now();
        }
    })
    .await
    .expect("bind again");
    assert_eq!(within(near.closed()).await, HopError::Lost);
    assert!(connect().await.is_ok());
    runtime.shutdown_background();
    drop(back);
}
