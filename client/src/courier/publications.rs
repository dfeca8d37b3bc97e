//! What this device signed for its relay to publish: sent on every link until it comes back.
//! Spec: identity.md IDN-41.

use super::{Courier, CourierError};
use crate::account::Account;
use estafette_protocol::code::{ErrorCode, Retry};
use estafette_protocol::frame::Fault;
use estafette_protocol::session::frame_hash;

impl Courier {
    /// Publishes what waits and was not published on this link yet.
    pub(super) fn pump_publications(&mut self, account: &Account) -> Result<(), CourierError> {
        let names = account.store.publication_names()?;
        let is_known = |name: &String| {
            let mut sent = self.published.iter();
            sent.any(|hash| hex::encode(hash.as_slice()) == *name)
        };
        if names.iter().all(is_known) {
            return Ok(());
        }
        for publication in account.store.publications()? {
            let hash = frame_hash(publication.object.as_slice());
            if publication.refused.is_none() && self.published.insert(hash) {
                self.publish(publication.object.into_vec())?;
            }
        }
        Ok(())
    }

    /// Whether an object is one of our own that the relay now holds; it is then done with.
    pub(super) fn is_back(
        &mut self,
        account: &Account,
        object: &[u8],
    ) -> Result<bool, CourierError> {
        let hash = frame_hash(object);
        let is_ours = account.store.publication(&hash)?.is_some();
        if is_ours {
            account.store.write()?.remove_publication(&hash)?;
        }
        Ok(is_ours)
    }

    /// A fault about one of our objects: for good, or to be tried again on the next link.
    pub(super) fn refused_publication(
        &self,
        account: &Account,
        fault: &Fault,
    ) -> Result<(), CourierError> {
        let about = fault.about.filter(|about| self.published.contains(about));
        let code = ErrorCode::from_number(fault.code);
        let is_final = code.is_none_or(|code| code.retry() != Retry::Later);
        if let (Some(hash), true) = (about, is_final) {
            account
                .store
                .write()?
                .refuse_publication(&hash, fault.code)?;
        }
        Ok(())
    }
}
