//! Accounts of the small world of the protocol's tests.

use crate::account::Account;
use crate::key_file::{Contents, Cost, SecretBytes};
use estafette_protocol::crypto::Secret;
use estafette_protocol::encoding::{FixedBytes, Text};
use estafette_protocol::form::{Field, Form, Value};
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

impl TestAccount {
    /// Reads everything again from disk, as the next process does.
    pub(crate) fn reopen(&mut self) {
        self.account = reopen(&self.account);
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

/// A field.
pub(crate) fn field(number: u16, value: Value) -> Field {
    Field { number, value }
}

/// A text.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(Text::new(text).unwrap())
}

/// An alert with two persons, a ship whose number fails its check, and an account, and with a
/// field and a code that nobody defines.
pub(crate) fn alert() -> Form {
    let document = vec![field(1, Value::Code(4711)), field(2, text("X-1234567"))];
    let person = vec![
        field(1, text("Müller")),
        field(2, text("أسامة")),
        field(6, Value::Integer(41)),
        field(20, Value::List(vec![Value::Group(document)])),
    ];
    let other = vec![field(1, text("O'Neill"))];
    let ship = vec![
        field(2, text("Nordstern")),
        field(3, text("9074728")),
        field(75, Value::Position("52.52, 13.405".parse().unwrap())),
        field(90, text("as painted on the hull")),
    ];
    let account = vec![field(2, text("DE89370400440532013000"))];
    let groups =
        |groups: Vec<Vec<Field>>| Value::List(groups.into_iter().map(Value::Group).collect());
    Form {
        format: 2,
        version: 1,
        fields: vec![
            field(1, Value::Code(3)),
            field(2, text("Ferry from Rostock")),
            field(
                3,
                text(&"The ferry left at noon with a grey van on deck two. ".repeat(6)),
            ),
            field(4, Value::Time(NOW)),
            field(20, text("KA 12/2026-7")),
            field(22, Value::List(vec![Value::Code(1), Value::Code(60_000)])),
            field(40, groups(vec![person, other])),
            field(43, groups(vec![ship])),
            field(48, groups(vec![account])),
            field(
                77,
                Value::List(vec![Value::Duration(90_061_001), text("later")]),
            ),
            field(78, Value::Group(vec![field(5, Value::Integer(9))])),
        ],
    }
}
