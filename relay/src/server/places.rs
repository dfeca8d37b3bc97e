//! How many links there may be, and how many of strangers.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Strangers' links of one source address.
const STRANGERS_PER_SOURCE_MAX: usize = 8;
/// Of all places, strangers get at most one in this many.
const STRANGERS_SHARE: usize = 4;

/// Counts links.
#[derive(Debug)]
pub(super) struct Places {
    links_max: usize,
    strangers: Mutex<HashMap<IpAddr, usize>>,
    links: watch::Sender<usize>,
}

/// A place for one link, given back on drop.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    stranger: Option<IpAddr>,
}

impl Places {
    pub(super) fn new(links_max: usize) -> Self {
        Self {
            links_max,
            strangers: Mutex::default(),
            links: watch::Sender::new(0),
        }
    }

    /// Takes a place; `stranger` is where a link of an unknown key comes from.
    pub(super) fn take(self: &Arc<Self>, stranger: Option<IpAddr>) -> Option<Place> {
        if let Some(source) = stranger {
            let mut strangers = self.strangers();
            let total: usize = strangers.values().sum();
            let mine = strangers.get(&source).copied().unwrap_or(0);
            let total_max = (self.links_max / STRANGERS_SHARE).max(1);
            if total >= total_max || mine >= STRANGERS_PER_SOURCE_MAX {
                return None;
            }
            strangers.insert(source, mine + 1);
        }
        let place = Place {
            places: Arc::clone(self),
            stranger,
        };
        let mut full = false;
        self.links.send_modify(|links| {
            full = *links >= self.links_max;
            *links += 1;
        });
        (!full).then_some(place)
    }

    /// Waits until no link is left.
    pub(super) async fn empty(&self) {
        let _ = self.links.subscribe().wait_for(|links| *links == 0).await;
    }

    fn strangers(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.links.send_modify(|links| *links -= 1);
        let Some(source) = self.stranger else { return };
        let mut strangers = self.places.strangers();
        if let Some(count) = strangers.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                strangers.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_get_a_share_and_each_source_a_few() {
        let places = Arc::new(Places::new(64));
        let source: IpAddr = "192.0.2.1".parse().unwrap();
        let held: Vec<_> = (0..9).filter_map(|_| places.take(Some(source))).collect();
        assert_eq!(held.len(), STRANGERS_PER_SOURCE_MAX);
        let other: IpAddr = "192.0.2.2".parse().unwrap();
        let others: Vec<_> = (0..9).filter_map(|_| places.take(Some(other))).collect();
        assert_eq!(held.len() + others.len(), 16);
        assert!(places.take(None).is_some());
        drop(held);
        assert!(places.take(Some(source)).is_some());
    }

    #[test]
    fn known_links_are_bounded_and_a_refused_one_leaves_no_trace() {
        let places = Arc::new(Places::new(2));
        let (first, second) = (places.take(None), places.take(None));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(None).is_none());
        drop(first);
        assert!(places.take(None).is_some());
    }
}
