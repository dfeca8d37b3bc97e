//! Heads of records as they stand on a disk. Spec: store.md, Record.

use crate::Seeds;
use estafette_relay::record::{
    Envelope, HEAD_BYTES_MAX, Head, Leaf, Mailbox, Object, Record, Statement,
};

/// Takes a head.
pub fn run(data: &[u8]) {
    let Ok(head) = Head::from_bytes(data) else {
        return;
    };
    let _ = head.record.check();
    assert!(!head.record.is_logged() || head.record.about().is_none());
    match head.to_bytes() {
        Ok(bytes) => {
            // What this relay writes is never longer than what it reads.
            assert!(bytes.len() <= data.len());
            assert_eq!(Head::from_bytes(&bytes), Ok(head));
        }
        Err(_) => assert!(data.len() > HEAD_BYTES_MAX),
    }
}

/// A record of every kind.
pub fn records() -> Vec<Record> {
    let device = Mailbox::Device([7; 16]);
    let peer = Mailbox::Peer("border.xb".to_owned());
    let desk = "duty@ops.border.xb".to_owned();
    let envelope = Envelope {
        digest: [1; 32],
        sender: desk.clone(),
        reference: [2; 16],
        precedence: 3,
        status: 0,
        expires_ms: 5_000,
    };
    let statement = Statement {
        hash: [3; 32],
        subject: [1; 32],
        signer: [5; 16],
        kind: 2,
        precedence: 1,
        status: 2,
        expires_ms: 6_000,
    };
    let object = Object {
        kind: 17,
        name: "border.xb".to_owned(),
        number: 300,
        hash: [4; 32],
    };
    let (leaf, mailboxes) = (Leaf(0), vec![device.clone(), peer]);
    vec![
        Record::Opened,
        Record::Envelope {
            envelope,
            mailboxes: mailboxes.clone(),
            await_desks: vec![desk.clone()],
        },
        Record::Statement {
            statement,
            mailboxes: mailboxes.clone(),
        },
        Record::Object(object),
        Record::Queued {
            leaf,
            precedence: 2,
            mailboxes,
            await_desks: vec![desk.clone()],
        },
        Record::Handed {
            leaf,
            mailbox: device.clone(),
        },
        Record::Settled {
            leaf,
            mailbox: device,
        },
        Record::Delivered { leaf, desk },
        Record::Refused { statement: leaf },
        Record::Erased { leaf },
    ]
}

/// A head of every record.
pub fn seeds() -> Seeds {
    let head = |record: Record| Head {
        at_ms: 300,
        leaf: record.is_logged().then_some(Leaf(130)),
        record,
    };
    records()
        .into_iter()
        .map(|record| head(record).to_bytes().unwrap())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_passes_its_check() {
        assert!(records().iter().all(|record| record.check().is_ok()));
    }
}
