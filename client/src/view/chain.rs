//! Where silence leads from an addressee, as its relay will judge it from what this device knows.
//! Spec: escalation.md, Chains.

use crate::account::Account;
use crate::compose::Facts;
use crate::store::Message;
use estafette_protocol::address::Desk;
use estafette_protocol::admission::Side;
use estafette_protocol::escalation::ChainPlan;
use estafette_protocol::routing::{self, NotStaffed};
use estafette_protocol::time::UnixMillis;
use std::collections::BTreeMap;

/// The chain that an addressee heads; `None` where no rule that is known here has steps for it.
///
/// The house of another agency is not known, and need not be: across a border the accord decides.
#[must_use]
pub fn chain(
    account: &Account,
    message: &Message,
    head: &Desk,
    now: UnixMillis,
) -> Option<ChainPlan> {
    let facts = Facts::of(account, &message.header, BTreeMap::new(), now);
    let directory = &account.directory;
    let not_staffed = |desk: &Desk| {
        let staffed = directory.staffing(desk, now).is_staffed();
        (!staffed).then(|| NotStaffed {
            stand_in: directory.stand_in(desk, now),
        })
    };
    let agency = head.agency();
    let world = facts.world_of(&agency);
    let chains = routing::chains(&message.header, &world, Side::Ingress, not_staffed);
    chains.into_iter().find(|chain| chain.head == *head)
}
