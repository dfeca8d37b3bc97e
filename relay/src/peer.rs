//! Dialling: which relays of other agencies this one keeps a link to, and how patiently.
//!
//! Decides from the directory alone whom to dial: addresses come from rosters, agencies from
//! accords in force, and of two relays the one with the lower hop key dials. Does not decide what
//! is said on a link. Spec: session.md SES-15, SES-16.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use estafette_protocol::address::Agency;
use estafette_protocol::channel::HopSecret;
use estafette_protocol::directory::Directory;
use estafette_protocol::roster::RosterRelay;
use estafette_protocol::time::UnixMillis;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use crate::hop::{Endpoint, Link};
use crate::server::Hub;

/// A relay of another agency that this one dials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its hop key.
    pub hop_key: [u8; 32],
    /// Where its roster says it listens.
    pub addresses: Vec<String>,
    /// By the keys of now the other side dials: only in case that it knows but our replaced one.
    pub only_as_before: bool,
}

/// As whom a relay dials.
#[derive(Debug, Clone)]
pub struct OwnKeys {
    /// Its hop key.
    pub key: HopSecret,
    /// The one before, for as long as others may know no other (IDN-49).
    pub replaced: Option<HopSecret>,
}

/// A link that lasted this long makes the next wait the first one again.
const LASTED: Duration = Duration::from_secs(60);
const WAIT_FIRST_MS: u64 = 500;
const WAIT_MAX_MS: u64 = 60_000;
/// Accords begin and end without any change of the directory.
const REVIEW_INTERVAL: Duration = Duration::from_secs(60);
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Socket addresses tried for one relay.
const ADDRESSES_MAX: usize = 16;

/// How long to wait after failure `attempt`, counted from 0; `random` spreads the dialers.
// SES-16
#[must_use]
pub fn wait_after(attempt: u32, random: u32) -> Duration {
    let doubled = WAIT_FIRST_MS.saturating_mul(1_u64.checked_shl(attempt).unwrap_or(u64::MAX));
    let base_ms = doubled.min(WAIT_MAX_MS);
    // A factor from 0.5 to 1.5.
    let spread_ms = base_ms.saturating_mul(u64::from(random)) / u64::from(u32::MAX);
    Duration::from_millis(base_ms / 2 + spread_ms)
}

/// The relays to dial, by agency.
// SES-15
#[must_use]
pub fn targets(
    directory: &Directory,
    own_hop_key: &[u8; 32],
    replaced: Option<&[u8; 32]>,
    now: UnixMillis,
) -> BTreeMap<Agency, Vec<Target>> {
    let mut targets = BTreeMap::new();
    for agency in directory.parties(now) {
        let Some(roster) = directory.newest_roster(&agency) else {
            continue;
        };
        let relays = roster.value().relays.iter();
        let dials = |own: &[u8; 32], relay: &RosterRelay| own < relay.hop_key.as_bytes();
        let higher = relays.filter(|relay| {
            dials(own_hop_key, relay) || replaced.is_some_and(|replaced| dials(replaced, relay))
        });
        let higher: Vec<_> = higher
            .map(|relay| Target {
                only_as_before: !dials(own_hop_key, relay),
                hop_key: *relay.hop_key.as_bytes(),
                addresses: relay
                    .addresses
                    .iter()
                    .map(|a| a.as_str().to_owned())
                    .collect(),
            })
            .collect();
        if !higher.is_empty() {
            targets.insert(agency, higher);
        }
    }
    targets
}

/// Keeps a link to every agency that is to be dialled, until told to stop.
pub(crate) async fn keep_links(hub: Hub, endpoint: Endpoint, keys: OwnKeys) {
    let (endpoint, mut stop) = (std::sync::Arc::new(endpoint), hub.stopping());
    let mut directories = hub.directories();
    let mut dialling: BTreeMap<Agency, (Vec<Target>, AbortHandle)> = BTreeMap::new();
    // Dropped with this task, which ends all dialling.
    let mut tasks = JoinSet::new();
    let own = keys.key.public();
    let replaced = keys.replaced.as_ref().map(HopSecret::public);
    loop {
        let directory = directories.borrow_and_update().clone();
        let wanted = targets(&directory, &own, replaced.as_ref(), crate::server::now());
        dialling.retain(|agency, (held, task)| {
            let keep = wanted.get(agency) == Some(held);
            if !keep {
                task.abort();
            }
            keep
        });
        for (agency, relays) in wanted {
            dialling.entry(agency.clone()).or_insert_with(|| {
                tracing::info!(party = %agency, "dialling");
                let dialler = Dialler {
                    hub: hub.clone(),
                    endpoint: std::sync::Arc::clone(&endpoint),
                    keys: keys.clone(),
                    relays: relays.clone(),
                };
                (relays, tasks.spawn(dialler.run()))
            });
        }
        while tasks.try_join_next().is_some() {}
        tokio::select! {
            changed = directories.changed() => if changed.is_err() { break },
            () = sleep(REVIEW_INTERVAL) => {}
            () = told(&mut stop) => break,
        }
    }
    tasks.shutdown().await;
    // The sockets serve the links that are ending until the last one has.
    hub.links_ended().await;
    endpoint.close().await;
}

struct Dialler {
    hub: Hub,
    endpoint: std::sync::Arc<Endpoint>,
    keys: OwnKeys,
    relays: Vec<Target>,
}

impl Dialler {
    /// Dials one agency's relays in turn, one link at a time.
    async fn run(self) {
        let mut attempt = 0_u32;
        let mut as_before = false;
        for relay in self.relays.iter().cycle() {
            let key = self.key_for(relay, as_before);
            as_before = !as_before;
            // A dial as before would take the place of a link that the other side has made.
            let is_idle = relay.only_as_before && self.hub.is_linked(&relay.hop_key);
            if !is_idle && let Some(link) = self.dial(relay, key).await {
                let since = Instant::now();
                // A task of its own: the link outlives this one when the roster changes.
                let hub = self.hub.clone();
                let _ = tokio::spawn(async move { hub.run_link(link).await }).await;
                if since.elapsed() >= LASTED {
                    (attempt, as_before) = (0, !as_before);
                }
            }
            let wait = wait_after(attempt, random());
            attempt = attempt.saturating_add(1);
            sleep(wait).await;
        }
    }

    /// By turns, since who was dark when the key was replaced takes the new one for a stranger's.
    // IDN-49
    fn key_for(&self, relay: &Target, as_before: bool) -> &HopSecret {
        match &self.keys.replaced {
            Some(replaced) if as_before || relay.only_as_before => replaced,
            _ => &self.keys.key,
        }
    }

    async fn dial(&self, relay: &Target, key: &HopSecret) -> Option<Link> {
        let addresses = resolve(&relay.addresses).await;
        let dialled = self.endpoint.connect(&addresses, relay.hop_key, key);
        match dialled.await {
            Ok(link) => Some(link),
            Err(error) => {
                tracing::debug!(%error, "peer not reached");
                None
            }
        }
    }
}

/// Turns `host:port` into socket addresses, in the order of the roster.
async fn resolve(addresses: &[String]) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for address in addresses {
        let lookup = tokio::net::lookup_host(address.as_str());
        if let Ok(Ok(resolved)) = timeout(RESOLVE_TIMEOUT, lookup).await {
            found.extend(resolved);
        }
    }
    found.truncate(ADDRESSES_MAX);
    found
}

/// Waits until the server is told to stop.
pub(crate) async fn told(stop: &mut watch::Receiver<bool>) {
    // A dropped sender is a server that is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn random() -> u32 {
    let mut bytes = [0; 4];
    // Without entropy dialers wait alike, which is no harm to correctness.
    let _ = getrandom::fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use estafette_protocol::testing::World;

    /// Covers SES-15.
    #[test]
    fn relay_with_the_lower_hop_key_dials_and_the_other_waits() {
        let now = UnixMillis(1_790_000_000_000);
        let world = World::new("targets", now).unwrap();
        let sides = [
            (&world.police, &world.border),
            (&world.border, &world.police),
        ];
        let mut dialling = 0;
        for (own, other) in sides {
            let directory = world.directory(own).unwrap();
            let own_key = own.relay_hop.hop_public();
            let other_key = other.relay_hop.hop_public();
            let targets = targets(&directory, &own_key, None, now);
            assert_eq!(targets.contains_key(&other.agency), own_key < other_key);
            for target in targets.values().flatten() {
                assert_eq!(target.hop_key, other_key);
                assert_eq!(
                    target.addresses.len(),
                    other.roster.relays[0].addresses.len()
                );
            }
            dialling += targets.len();
        }
        assert_eq!(dialling, 1);
    }

    #[test]
    fn agencies_without_an_accord_in_force_are_not_dialled() {
        let now = UnixMillis(1_790_000_000_000);
        let world = World::new("targets", now).unwrap();
        let directory = world.directory(&world.police).unwrap();
        let begun = targets(&directory, &[0; 32], None, now);
        assert_eq!(begun.len(), 1);
        let after = now.plus(3_650 * estafette_protocol::time::DAY_MS);
        assert!(targets(&directory, &[0; 32], None, after).is_empty());
    }

    /// Covers SES-16.
    #[test]
    fn waits_double_up_to_a_minute_within_their_spread() {
        let middle = u32::MAX / 2;
        let expected = [
            500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
        ];
        for (attempt, base) in (0..).zip(expected) {
            let least = wait_after(attempt, 0).as_millis();
            let most = wait_after(attempt, u32::MAX).as_millis();
            let near = wait_after(attempt, middle).as_millis();
            assert_eq!((least, most), (base / 2, base / 2 + base), "{attempt}");
            assert!(near.abs_diff(base) <= 1, "{attempt}: {near}");
        }
        assert!(wait_after(u32::MAX, u32::MAX) <= Duration::from_secs(90));
    }
}
