use super::*;
use estafette_protocol::crypto::{KeyId, SigningKey, VerifyingKey, XWingSecret};
use estafette_protocol::encoding::{Extensions, Signed, Text};
use estafette_protocol::envelope::{
    Addressee, Header, Parsed, Reader, Role, RosterNumber, Sealed, seal,
};
use estafette_protocol::form::{Field, Value};
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::statement::{Claim, Judged, Signer, Statement, sign};
use estafette_protocol::testing::SeededRng;
use estafette_protocol::time::UnixMillis;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

const NOW: UnixMillis = UnixMillis(1_767_322_445_006);

struct World {
    folder: tempfile::TempDir,
    store: Store,
    sender: SigningKey,
    device: SigningKey,
    rng: SeededRng,
}

fn key() -> Secret {
    Secret::from_bytes([9; 32])
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = SeededRng::new("store");
    World {
        store: Store::open(folder.path(), key()).unwrap(),
        folder,
        sender: SigningKey::generate(&mut rng),
        device: SigningKey::generate(&mut rng),
        rng,
    }
}

fn form() -> Form {
    let text = Value::Text(Text::new("canary-in-the-form").unwrap());
    Form {
        format: 6,
        version: 1,
        fields: vec![Field {
            number: 2,
            value: text,
        }],
    }
}

impl World {
    fn seal(&mut self, precedence: Precedence) -> Sealed {
        let header = Header {
            suite: 1,
            status: Status::Actual,
            reference: FixedBytes(self.rng.array()),
            sender: "duty@spoc.police.xa".parse().unwrap(),
            sender_key: FixedBytes([0; 16]),
            addressees: vec![Addressee {
                desk: "duty@ops.border.xb".parse().unwrap(),
                role: Role::Action,
            }],
            format: 6,
            format_version: 1,
            precedence,
            marking: vec![],
            in_reply_to: None,
            supersedes: None,
            encloses: vec![],
            accord: Some(FixedBytes([1; 32])),
            roster: FixedBytes([2; 32]),
            rosters: vec![RosterNumber {
                agency: "border.xb".parse().unwrap(),
                number: 3,
            }],
            created: NOW,
            not_before: None,
            expires: NOW.plus(86_400_000),
            acknowledge_within: None,
            answer_within: None,
            attachments: vec![],
            retention: None,
            exercise: None,
            task_force: None,
            exception: None,
            body_bytes: 0,
            commitment: FixedBytes([0; 32]),
            extensions: Extensions::default(),
        };
        let reader = Reader {
            addressee: 0,
            device: self.sender.verifying_key().id(),
            prekey: 1,
            key: XWingSecret::generate(&mut self.rng).public().unwrap(),
        };
        seal(header, &form(), &[reader], &self.sender, &mut self.rng).unwrap()
    }

    fn send(&mut self, precedence: Precedence) -> Hash {
        let sealed = self.seal(precedence);
        let sent = Sent {
            parsed: &sealed.parsed,
            form: &form(),
            content_key: &sealed.content_key,
            sender_key: &self.sender.verifying_key(),
            summary: Text::new("canary-in-the-summary").unwrap(),
        };
        self.store.write().unwrap().add_sent(&sent, NOW).unwrap();
        sealed.parsed.digest()
    }

    fn delivered(&self, subject: Hash, at: u64) -> Signed<Statement> {
        statement(&self.device, subject, Claim::Delivered, NOW.plus(at))
    }

    fn receive(&self, parsed: &Parsed, at: u64) -> u64 {
        receive(
            &self.store,
            parsed,
            &self.sender.verifying_key(),
            &self.delivered(parsed.digest(), at),
        )
    }
}

fn receive(
    store: &Store,
    parsed: &Parsed,
    sender_key: &VerifyingKey,
    delivered: &Signed<Statement>,
) -> u64 {
    let received = Received {
        bytes: &parsed.encode().unwrap(),
        parsed,
        sender_key,
        delivered,
    };
    store.write().unwrap().add_received(&received, NOW).unwrap()
}

fn statement(key: &SigningKey, subject: Hash, claim: Claim, at: UnixMillis) -> Signed<Statement> {
    let of_device = claim.is_of_device();
    let signer = Signer {
        agency: if of_device { "border.xb" } else { "police.xa" }
            .parse()
            .unwrap(),
        desk: of_device.then(|| "duty@ops.border.xb".parse().unwrap()),
        key: key.verifying_key().id(),
    };
    let statement = Statement {
        subject,
        at,
        signer,
        claim,
        extensions: Extensions::default(),
    };
    sign(statement, key).unwrap()
}

fn accepted(world: &World, subject: Hash) -> Signed<Statement> {
    let claim = Claim::Accepted {
        leaf: 1,
        judged: Judged::default(),
    };
    statement(&world.device, subject, claim, NOW)
}

/// Copies what is on disk after every step of `work`, as a crash there would leave it.
fn crashes(world: &World, work: impl FnOnce()) -> Vec<tempfile::TempDir> {
    let copies = Arc::new(Mutex::new(Vec::new()));
    let (root, kept) = (world.folder.path().to_owned(), Arc::clone(&copies));
    let observer = move |_: &Path| {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&root, copy.path());
        kept.lock().unwrap().push(copy);
    };
    durable::observe(observer, work);
    let copies = std::mem::take(&mut *copies.lock().unwrap());
    assert!(copies.len() > 3);
    copies
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
fn crash_at_any_step_of_sending_leaves_all_of_the_message_or_none() {
    let mut world = world();
    let sealed = world.seal(Precedence::Flash);
    let digest = sealed.parsed.digest();
    let sent = Sent {
        parsed: &sealed.parsed,
        form: &form(),
        content_key: &sealed.content_key,
        sender_key: &world.sender.verifying_key(),
        summary: Text::default(),
    };
    let copies = crashes(&world, || {
        world.store.write().unwrap().add_sent(&sent, NOW).unwrap();
    });
    let mut whole = 0;
    for copy in copies {
        let store = Store::open(copy.path(), key()).unwrap();
        let pending = store.write().unwrap().pending().unwrap();
        match store.message(&digest).unwrap() {
            None => assert!(pending.is_empty()),
            Some(_) => {
                whole += 1;
                assert_eq!(pending.len(), 1);
                let bytes = store.envelope(&digest).unwrap().unwrap();
                assert_eq!(bytes, sealed.parsed.encode().unwrap());
                assert_eq!(store.form(&digest).unwrap(), Some(form()));
            }
        }
    }
    assert!(whole > 0);
}

/// Covers STA-6.
#[test]
fn crash_at_any_step_of_receiving_never_leaves_a_delivered_without_the_message() {
    let mut world = world();
    let sealed = world.seal(Precedence::Routine);
    let digest = sealed.parsed.digest();
    let copies = crashes(&world, || {
        world.receive(&sealed.parsed, 0);
    });
    for copy in copies {
        let store = Store::open(copy.path(), key()).unwrap();
        let pending = store.write().unwrap().pending().unwrap();
        let stored = store.message(&digest).unwrap().is_some();
        assert_eq!(stored, !pending.is_empty());
        assert!(!stored || store.envelope(&digest).unwrap().is_some());
        // The relay sends it again, and then it is there once.
        let again = world.delivered(digest, 5);
        receive(
            &store,
            &sealed.parsed,
            &world.sender.verifying_key(),
            &again,
        );
        assert_eq!(store.ids().unwrap().len(), 1);
        assert_eq!(store.write().unwrap().pending().unwrap().len(), 1);
    }
}

#[test]
fn crash_at_any_step_of_stating_leaves_statement_and_outbox_agreeing() {
    let mut world = world();
    let sealed = world.seal(Precedence::Routine);
    world.receive(&sealed.parsed, 0);
    let claim = Claim::Unreadable { stage: 3 };
    let unreadable = statement(&world.device, sealed.parsed.digest(), claim, NOW);
    let copies = crashes(&world, || {
        let writing = world.store.write().unwrap();
        writing.add_own(&unreadable, |_| (), NOW).unwrap();
    });
    for copy in copies {
        let store = Store::open(copy.path(), key()).unwrap();
        let pending = store.write().unwrap().pending().unwrap();
        let message = store.message(&sealed.parsed.digest()).unwrap().unwrap();
        assert_eq!(pending.len(), message.statements.len());
    }
}

#[test]
fn same_digest_twice_is_one_message_with_its_first_delivered() {
    let mut world = world();
    let sealed = world.seal(Precedence::Routine);
    assert_eq!(world.receive(&sealed.parsed, 0), 1);
    assert_eq!(world.receive(&sealed.parsed, 9), 1);
    let message = world
        .store
        .message(&sealed.parsed.digest())
        .unwrap()
        .unwrap();
    let first = world.delivered(sealed.parsed.digest(), 0);
    assert_eq!(message.statements, std::slice::from_ref(&first));
    let outbox = world.store.outbox().unwrap();
    assert_eq!(outbox.len(), 1);
    assert_eq!(
        outbox[0].cargo,
        Cargo::Statement(first.encode().unwrap().into())
    );
}

#[test]
fn only_accepted_or_refused_settles_what_was_sent() {
    let mut world = world();
    let digest = world.send(Precedence::Routine);
    let writing = world.store.write().unwrap();
    assert_eq!(writing.pending().unwrap().len(), 1);
    assert!(writing.add_statement(&accepted(&world, digest)).unwrap());
    assert!(!writing.add_statement(&accepted(&world, digest)).unwrap());
    assert!(writing.pending().unwrap().is_empty());
    assert!(world.store.outbox().unwrap().is_empty());
}

#[test]
fn flash_leaves_first_and_ids_are_given_in_order() {
    let mut world = world();
    let routine = world.send(Precedence::Routine);
    let flash = world.send(Precedence::Flash);
    let second = world.send(Precedence::Routine);
    let pending = world.store.write().unwrap().pending().unwrap();
    let order: Vec<Hash> = pending.iter().map(|p| p.entry.subject).collect();
    assert_eq!(order, [flash, routine, second]);
    let ids = world.store.ids().unwrap();
    assert_eq!(ids, [(1, routine), (2, flash), (3, second)]);
}

#[test]
fn cancelled_message_leaves_the_outbox() {
    let mut world = world();
    let digest = world.send(Precedence::Routine);
    let writing = world.store.write().unwrap();
    let cancel = |record: &mut Record| record.fate = Fate::Cancelled;
    writing.update(&digest, cancel).unwrap();
    assert!(writing.pending().unwrap().is_empty());
}

/// Covers STA-4.
#[test]
fn held_statements_are_bounded_and_lapse_after_a_day() {
    let world = world();
    let writing = world.store.write().unwrap();
    let subject = FixedBytes([7; 32]);
    for at in 0..64 {
        let bytes = world.delivered(subject, at).encode().unwrap();
        writing.hold(&subject, &bytes, NOW).unwrap();
        writing.hold(&subject, &bytes, NOW).unwrap();
    }
    let one_more = world.delivered(subject, 64).encode().unwrap();
    assert!(matches!(
        writing.hold(&subject, &one_more, NOW),
        Err(StoreError::Full)
    ));
    let held = writing.held(NOW.plus(HOUR)).unwrap();
    assert_eq!((held.len(), held[0].1.len()), (1, 64));
    assert!(writing.held(NOW.plus(25 * HOUR)).unwrap().is_empty());
    assert!(writing.held(NOW).unwrap().is_empty());
}

const HOUR: u64 = estafette_protocol::time::HOUR_MS;

#[test]
fn nothing_on_disk_is_readable_movable_or_open_to_others() {
    let mut world = world();
    let (one, two) = (
        world.send(Precedence::Routine),
        world.send(Precedence::Routine),
    );
    let mut files = 0;
    for folder in FOLDERS {
        for entry in fs::read_dir(world.folder.path().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            assert!(
                !bytes.windows(6).any(|w| w == b"canary"),
                "{}",
                path.display()
            );
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            files += 1;
        }
    }
    assert_eq!(files, 10);
    let place = |digest: &Hash| world.folder.path().join(format!("forms/{}", hex(digest)));
    fs::copy(place(&one), place(&two)).unwrap();
    assert!(matches!(
        world.store.form(&two),
        Err(StoreError::Broken { .. })
    ));
    let other = Store::open(world.folder.path(), Secret::from_bytes([8; 32])).unwrap();
    assert!(matches!(
        other.message(&one),
        Err(StoreError::Broken { .. })
    ));
}

#[test]
fn listing_needs_neither_envelopes_nor_forms() {
    let mut world = world();
    let digest = world.send(Precedence::Routine);
    for folder in ["envelopes", "forms"] {
        fs::remove_dir_all(world.folder.path().join(folder)).unwrap();
    }
    let messages = world.store.messages().unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].record.digest, digest);
    assert_eq!(messages[0].states()[0].rung().word(), "queued");
    let _: KeyId = messages[0].header.sender_key;
}
