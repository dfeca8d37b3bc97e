//! An account with messages in its archive, and no relay anywhere.

use crate::program::{ended, estafette};
use estafette_client::account::Account;
use estafette_client::compose::summary;
use estafette_client::key_file::{Contents, Cost, SecretBytes};
use estafette_client::store::{Received, Sent};
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{Extensions, FixedBytes, Text};
use estafette_protocol::envelope::{Header, seal};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::{Claim, Signer, Statement, sign};
use estafette_protocol::testing::{TestDevice, World};
use estafette_protocol::time::UnixMillis;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

pub const DUTY: &str = "duty@ops.border.xb";
pub const POLICE: &str = "duty@spoc.police.xa";
const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

/// The duty desk of border.xb.
pub struct Archive {
    folder: tempfile::TempDir,
    account: Account,
    pub world: World,
    pub now: UnixMillis,
}

pub fn field(number: u16, value: Value) -> Field {
    Field { number, value }
}

pub fn text(number: u16, text: &str) -> Field {
    field(number, Value::Text(Text::new(text).unwrap()))
}

impl Archive {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = estafette_client::clock::now();
        let world = World::new("archive", now).unwrap();
        let device = world.border.devices[0].clone();
        let contents = Contents {
            agency: world.border.agency.clone(),
            root: world.border.root,
            desk: device.desk.clone(),
            relay_addresses: vec![],
            relay_key: FixedBytes(world.border.relay_hop.hop_public()),
            signing: SecretBytes::from(&device.key.to_seed()),
            hop: SecretBytes::from(&device.hop),
            storage: SecretBytes::new([5; 32]),
            invitation: None,
            prekeys: vec![],
        };
        let home = folder.path().join("account");
        let mut account = Account::create(&home, contents, b"copper lantern", CHEAP).unwrap();
        for object in world.objects(&world.border.clone()) {
            let _ = account.apply(object, now).unwrap();
        }
        let passphrase = folder.path().join("passphrase");
        fs::write(&passphrase, "copper lantern\n").unwrap();
        fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
        Self {
            folder,
            account,
            world,
            now,
        }
    }

    /// Puts a message of a desk of police.xa or border.xb to the duty desk into the archive, as
    /// if it had come at `now`.
    pub fn receive(
        &mut self,
        from: &TestDevice,
        form: (u16, Vec<Field>),
        change: impl FnOnce(&mut Header),
    ) -> Hash {
        let mut header = self.world.header(from, &[DUTY], Precedence::Routine);
        let (format, fields) = form;
        let version = 1;
        let form = Form {
            format,
            version,
            fields,
        };
        header.format = format;
        change(&mut header);
        let readers = self.world.readers(&header);
        let sealed = seal(header, &form, &readers, &from.key, &mut self.world.rng).unwrap();
        let parsed = &sealed.parsed;
        let delivered = self.statement(&parsed.digest(), Claim::Delivered);
        let received = Received {
            bytes: &parsed.encode().unwrap(),
            parsed,
            sender_key: &from.key.verifying_key(),
            delivered: &delivered,
        };
        let writing = self.account.store.write().unwrap();
        writing.add_received(&received, self.now).unwrap();
        let line = summary(&form, Catalogue::built_in());
        let digest = parsed.digest();
        writing
            .set_open(&digest, &form, &sealed.content_key, line)
            .unwrap();
        digest
    }

    /// Puts a note of the duty desk to the police into archive and outbox.
    pub fn send(&mut self, body: &str, in_reply_to: Hash) {
        let from = self.world.border.devices[0].clone();
        let mut header = self.world.header(&from, &[POLICE], Precedence::Routine);
        header.format = 6;
        header.in_reply_to = Some(in_reply_to);
        let form = Form {
            format: 6,
            version: 1,
            fields: vec![text(2, body)],
        };
        let readers = self.world.readers(&header);
        let sealed = seal(header, &form, &readers, &from.key, &mut self.world.rng).unwrap();
        let sent = Sent {
            parsed: &sealed.parsed,
            form: &form,
            content_key: &sealed.content_key,
            sender_key: &from.key.verifying_key(),
            summary: summary(&form, Catalogue::built_in()),
        };
        let writing = self.account.store.write().unwrap();
        writing.add_sent(&sent, self.now).unwrap();
    }

    /// Acknowledges a message that has been shown.
    pub fn acknowledge(&self, digest: &Hash) {
        let until = Some(self.now.plus(3_600_000));
        let claim = Claim::Acknowledged {
            until,
            remark: None,
        };
        let statement = self.statement(digest, claim);
        let writing = self.account.store.write().unwrap();
        let shown = |record: &mut estafette_client::store::Record| record.shown_at = Some(self.now);
        writing.add_own(&statement, shown, self.now).unwrap();
    }

    fn statement(
        &self,
        subject: &Hash,
        claim: Claim,
    ) -> estafette_protocol::encoding::Signed<Statement> {
        let device = &self.world.border.devices[0];
        let statement = Statement {
            subject: *subject,
            at: self.now,
            signer: Signer {
                agency: self.world.border.agency.clone(),
                desk: Some(device.desk.clone()),
                key: device.key.verifying_key().id(),
            },
            claim,
            extensions: Extensions::default(),
        };
        sign(statement, &device.key).unwrap()
    }

    pub fn run(&self, args: &[&str]) -> (i32, String, String) {
        self.run_with(&[], args)
    }

    /// Runs with variables added to an environment that says nothing but a UTF-8 locale.
    pub fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> (i32, String, String) {
        let mut command = estafette(&self.folder.path().join("account"));
        command.envs(variables.iter().copied());
        command.arg("--no-daemon").arg("--passphrase-file");
        command.arg(self.folder.path().join("passphrase"));
        ended(&command.args(args).output().unwrap())
    }

    /// What a command prints that ends well and says nothing else.
    pub fn out(&self, args: &[&str]) -> String {
        let (code, out, err) = self.run(args);
        assert_eq!((code, err.as_str()), (0, ""), "{args:?}: {out}");
        out
    }
}
