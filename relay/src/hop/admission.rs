//! How many strangers may be in a handshake at a time, in total and per source.
//!
//! Spec: `spec/channel.md` CHN-9 and CHN-46.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts the handshakes under way.
#[derive(Debug)]
pub(super) struct Admission {
    total_max: usize,
    per_source_max: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// A place for one handshake, given back on drop.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    source: IpAddr,
    /// Whether so few places are left that the source must prove its address first.
    pub(super) is_scarce: bool,
}

impl Admission {
    pub(super) fn new(total_max: usize, per_source_max: usize) -> Self {
        Self {
            total_max,
            per_source_max,
            counts: Mutex::new(HashMap::new()),
        }
    }

    /// Takes a place for a handshake from `address`, or `None` when there is none left.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let source = source(address);
        let mut counts = self.counts();
        let total: usize = counts.values().sum();
        let mine = counts.get(&source).copied().unwrap_or(0);
        if total >= self.total_max || mine >= self.per_source_max {
            return None;
        }
        counts.insert(source, mine + 1);
        let is_scarce = total >= self.total_max / 2 || mine >= self.per_source_max / 2;
        Some(Place {
            admission: Arc::clone(self),
            source,
            is_scarce,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admission.counts();
        if let Some(count) = counts.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.source);
            }
        }
    }
}

/// Returns what counts as one source: an IPv4 address, or an IPv6 /64.
pub(crate) fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    /// Covers CHN-46.
    #[test]
    fn admission_counts_an_ipv6_network_as_one_source() {
        let admission = Arc::new(Admission::new(10, 2));
        let first = admission.admit(address("2001:db8::1")).expect("first");
        let _second = admission.admit(address("2001:db8::2")).expect("second");
        assert!(admission.admit(address("2001:db8::3")).is_none());
        assert!(admission.admit(address("2001:db8:0:1::3")).is_some());
        drop(first);
        assert!(admission.admit(address("2001:db8::3")).is_some());
    }

    /// Covers CHN-46.
    #[test]
    fn admission_bounds_the_total_over_all_sources() {
        let admission = Arc::new(Admission::new(2, 2));
        let _first = admission.admit(address("192.0.2.1")).expect("first");
        let second = admission.admit(address("192.0.2.2")).expect("second");
        assert!(second.is_scarce);
        assert!(admission.admit(address("192.0.2.3")).is_none());
        drop(second);
        assert!(admission.admit(address("192.0.2.3")).is_some());
    }
}
