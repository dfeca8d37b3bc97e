//! A stretch of wire: passes datagrams on in both directions and keeps a copy of each.
//!
//! Stands in front of a relay, so that everything between clients and the relay, and between the
//! relays, is captured without any privilege.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

const DATAGRAM_BYTES_MAX: usize = 65_536;

/// What passed a wire. The wire itself lasts as long as the process.
#[derive(Debug, Clone, Default)]
pub struct Passed {
    datagrams: Arc<AtomicU64>,
    ends: Arc<AtomicU64>,
}

impl Passed {
    /// Datagrams, both directions together.
    #[must_use]
    pub fn datagrams(&self) -> u64 {
        self.datagrams.load(Ordering::Relaxed)
    }

    /// Addresses that datagrams came from, the far end not counted.
    #[must_use]
    pub fn ends(&self) -> u64 {
        self.ends.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
struct Wire {
    near: Arc<UdpSocket>,
    far: SocketAddr,
    capture: Arc<Mutex<File>>,
    passed: Passed,
}

/// Lays a wire from `near` to `far` and keeps what passes in `capture`.
///
/// # Errors
/// When the address is taken or the file cannot be written.
pub fn lay(near: SocketAddr, far: SocketAddr, capture: &Path) -> io::Result<Passed> {
    let file = OpenOptions::new().create(true).append(true).open(capture)?;
    let wire = Wire {
        near: Arc::new(UdpSocket::bind(near)?),
        far,
        capture: Arc::new(Mutex::new(file)),
        passed: Passed::default(),
    };
    let passed = wire.passed.clone();
    thread::spawn(move || wire.towards_far());
    Ok(passed)
}

impl Wire {
    fn towards_far(&self) {
        let mut ends: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        loop {
            let Ok((length, from)) = self.near.recv_from(&mut buffer) else {
                continue;
            };
            self.keep(&buffer[..length]);
            let socket = match ends.get(&from) {
                Some(socket) => Arc::clone(socket),
                None => {
                    let Ok(socket) = self.end(from) else { continue };
                    ends.insert(from, Arc::clone(&socket));
                    socket
                }
            };
            // A relay that is down loses datagrams, as on any wire.
            let _ = socket.send(&buffer[..length]);
        }
    }

    fn end(&self, from: SocketAddr) -> io::Result<Arc<UdpSocket>> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(self.far)?;
        let socket = Arc::new(socket);
        self.passed.ends.fetch_add(1, Ordering::Relaxed);
        let (wire, back) = (self.clone(), Arc::clone(&socket));
        thread::spawn(move || {
            let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
            loop {
                // A relay that is down answers with an error, and comes back.
                if let Ok(length) = back.recv(&mut buffer) {
                    wire.keep(&buffer[..length]);
                    let _ = wire.near.send_to(&buffer[..length], from);
                }
            }
        });
        Ok(socket)
    }

    fn keep(&self, datagram: &[u8]) {
        let mut file = self.capture.lock().unwrap_or_else(PoisonError::into_inner);
        // Counted only when it is in the capture.
        if file.write_all(datagram).is_ok() {
            self.passed.datagrams.fetch_add(1, Ordering::Relaxed);
        }
    }
}
