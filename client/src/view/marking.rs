//! How a message is marked now: as its header says, or as its originator has said since.
//! Spec: handling.md, Onward.

use crate::store::Message;
use estafette_protocol::crypto::Hash;
use estafette_protocol::marking::Marking;
use estafette_protocol::routing::Known;
use estafette_protocol::statement::{Claim, Statement, Use};
use estafette_protocol::time::UnixMillis;

/// The marking of the newest `reclassified` of the originator, else that of the header.
// HND-11
#[must_use]
pub fn effective_marking(message: &Message) -> &[Marking] {
    let originator = &message.header.sender;
    let said = message.statements.iter().filter_map(|signed| {
        let value = signed.value();
        match &value.claim {
            Claim::Reclassified { marking } if value.signer.desk.as_ref() == Some(originator) => {
                Some((value.at, signed.hash(), marking))
            }
            _ => None,
        }
    });
    let newest: Option<(UnixMillis, Hash, &Vec<Marking>)> =
        said.max_by_key(|(at, hash, _)| (*at, *hash));
    newest.map_or(&message.header.marking, |(_, _, marking)| marking)
}

/// What the rules want to know of a message that another one names.
#[must_use]
pub fn known(message: &Message) -> Known {
    Known {
        sender: message.header.sender.clone(),
        status: message.header.status,
        marking: effective_marking(message).to_vec(),
    }
}

/// What the originator has granted, oldest first.
#[must_use]
pub fn grants(message: &Message) -> Vec<&Statement> {
    let originator = &message.header.sender;
    let statements = message.statements.iter().map(|signed| signed.value());
    let mut grants: Vec<&Statement> = statements
        // STA-25: what has come by now.
        .filter(|said| matches!(said.claim, Claim::Granted { .. }))
        .filter(|said| said.signer.desk.as_ref() == Some(originator))
        .collect();
    grants.sort_by_key(|said| said.at);
    grants
}

/// Whether a grant for this use is in force for an agency.
// HND-10
#[must_use]
pub fn is_granted(
    message: &Message,
    wanted: Use,
    agency: &estafette_protocol::address::Agency,
    now: UnixMillis,
) -> bool {
    grants(message).iter().any(|said| match &said.claim {
        Claim::Granted { on, to, until } => {
            *on == wanted && to.contains(agency) && until.is_none_or(|until| now <= until)
        }
        _ => false,
    })
}
