//! Accounts of the small world of the protocol's tests.

use crate::account::Account;
use crate::key_file::{Contents, Cost, SecretBytes};
use estafette_protocol::crypto::Secret;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::testing::{TestAgency, TestDevice, World};
use estafette_protocol::time::UnixMillis;
use std::ops::{Deref, DerefMut};

/// When the world was made.
pub(crate) const NOW: UnixMillis = UnixMillis(1_767_322_445_006);
pub(crate) const PASSPHRASE: &[u8] = b"copper lantern";
pub(crate) const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

/// An account and the folder that it lives in.
pub(crate) struct TestAccount {
    account: Account,
    _folder: tempfile::TempDir,
}

impl Deref for TestAccount {
    type Target = Account;
    fn deref(&self) -> &Account {
        &self.account
    }
}

impl DerefMut for TestAccount {
    fn deref_mut(&mut self) -> &mut Account {
        &mut self.account
    }
}

/// A world, and the account of the police's device in it with all that its relay publishes.
pub(crate) fn enrolled() -> (World, TestAccount) {
    let world = World::new("client", NOW).unwrap();
    let account = account(&world, &world.police, 0);
    (world, account)
}

/// The account of a device, which knows what its relay publishes but for its own prekeys.
pub(crate) fn account(world: &World, agency: &TestAgency, device: usize) -> TestAccount {
    let mut account = stranger(agency, &agency.devices[device]);
    let own = account.device();
    for object in world.objects(agency) {
        let is_own = estafette_protocol::encoding::Signed::<
            estafette_protocol::prekey::PrekeyBundle,
        >::decode(object)
        .is_ok_and(|bundle| bundle.value().device == own);
        if !is_own {
            account.apply(object, world.now).unwrap().unwrap();
        }
    }
    account
}

/// The account of a device that knows nothing but its root hash.
pub(crate) fn stranger(agency: &TestAgency, device: &TestDevice) -> TestAccount {
    let contents = Contents {
        agency: agency.agency.clone(),
        root: agency.root,
        desk: device.desk.clone(),
        relay_addresses: vec![],
        relay_key: FixedBytes(agency.relay_hop.hop_public()),
        signing: SecretBytes::from(&device.key.to_seed()),
        hop: SecretBytes::from(&device.hop),
        storage: SecretBytes::from(&Secret::from_bytes([5; 32])),
        invitation: None,
        prekeys: vec![],
    };
    let folder = tempfile::tempdir().unwrap();
    let account = Account::create(folder.path(), contents, PASSPHRASE, CHEAP).unwrap();
    TestAccount {
        account,
        _folder: folder,
    }
}

/// The same account as the next process sees it.
pub(crate) fn reopen(account: &Account) -> Account {
    Account::open(account.home(), PASSPHRASE).unwrap()
}
