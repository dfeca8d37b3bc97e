//! Changes to the store, one writer at a time. Each method is one commit.

use super::files::Files;
use super::record::{
    Blob, Cargo, Content, Entry, Fate, Held, Message, Origin, Record, STATEMENTS_MAX, StoredObject,
};
use super::{
    HELD_PER_SUBJECT_MAX, HELD_SUBJECTS_MAX, StoreError, hex, parse_name, read_message, record_name,
};
use crate::key_file::SecretBytes;
use estafette_protocol::accord::Accord;
use estafette_protocol::charter::Charter;
use estafette_protocol::crypto::{Hash, Secret, VerifyingKey};
use estafette_protocol::encoding::{Bytes, FixedBytes, Object as _, Signed, Text, encode};
use estafette_protocol::envelope::{Parsed, Wrap};
use estafette_protocol::form::Form;
use estafette_protocol::roster::Roster;
use estafette_protocol::statement::Statement;
use estafette_protocol::time::{DAY_MS, UnixMillis};
use std::fs::File;

/// How long a statement waits for what it needs (STA-4).
const HELD_MS: u64 = DAY_MS;

/// A change in progress; holds the store's lock until dropped.
#[derive(Debug)]
pub struct Writing<'a> {
    files: &'a Files,
    // Closing the file releases the lock.
    _lock: File,
}

/// A message sealed here, to be stored and sent.
#[derive(Debug)]
pub struct Sent<'a> {
    /// The envelope with all its wraps.
    pub parsed: &'a Parsed,
    /// Its form.
    pub form: &'a Form,
    /// Its content key.
    pub content_key: &'a Secret,
    /// The key that signed it.
    pub sender_key: &'a VerifyingKey,
    /// One line for lists.
    pub summary: Text,
}

/// A message received, to be stored before anything is said about it.
#[derive(Debug)]
pub struct Received<'a> {
    /// The envelope as it came.
    pub bytes: &'a [u8],
    /// The same, decoded, its signature found good.
    pub parsed: &'a Parsed,
    /// The key by which it was.
    pub sender_key: &'a VerifyingKey,
    /// This device's `delivered`.
    pub delivered: &'a Signed<Statement>,
}

/// An outbox entry that is to be sent, with its name and message.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Name within the outbox.
    pub name: String,
    /// The entry.
    pub entry: Entry,
    /// The message that it is about.
    pub message: Message,
}

impl<'a> Writing<'a> {
    pub(super) const fn files(&self) -> &'a Files {
        self.files
    }

    pub(super) const fn new(files: &'a Files, lock: File) -> Self {
        Self { files, _lock: lock }
    }

    /// Stores a sealed message and queues it; gives its small id.
    ///
    /// # Errors
    /// What the disk says; nothing is queued then.
    pub fn add_sent(&self, sent: &Sent<'_>, now: UnixMillis) -> Result<u64, StoreError> {
        let digest = sent.parsed.digest();
        self.write_blob("envelopes", &digest, sent.parsed.encode()?)?;
        self.write_blob("forms", &digest, encode(sent.form)?)?;
        let precedence = sent.parsed.header().precedence.code();
        self.queue(&digest, Cargo::Envelope, precedence, now)?;
        let id = self.give_id(&digest)?;
        let record = Record {
            id,
            digest,
            origin: Origin::Sent,
            header: sent.parsed.envelope().header.clone(),
            sender_key: FixedBytes(sent.sender_key.to_bytes()),
            stored_at: now,
            content: Content::Open(SecretBytes::from(sent.content_key)),
            wrap: None,
            summary: sent.summary.clone(),
            shown_at: None,
            fate: Fate::Ordinary,
            statements: Vec::new(),
        };
        self.write_record(&record)?;
        Ok(id)
    }

    /// Stores a received message and queues this device's `delivered`; gives its small id.
    ///
    /// The same digest again is the same message: its `delivered` is queued again, as first
    /// signed, because the relay evidently has not got it.
    ///
    /// # Errors
    /// What the disk says; nothing is queued then.
    pub fn add_received(
        &self,
        received: &Received<'_>,
        now: UnixMillis,
    ) -> Result<u64, StoreError> {
        let digest = received.parsed.digest();
        let precedence = received.parsed.header().precedence.code();
        let delivered = received.delivered;
        if let Some(mut message) = self.message(&digest)? {
            let key = delivered.value().signer.key;
            let known = message.signed_here(&key, "delivered");
            let bytes = known.unwrap_or(delivered).encode()?;
            self.queue(&digest, Cargo::Statement(bytes.into()), precedence, now)?;
            if known.is_none() {
                insert(&mut message.record, delivered)?;
                self.write_record(&message.record)?;
            }
            return Ok(message.record.id);
        }
        self.write_blob("envelopes", &digest, received.bytes.to_vec())?;
        let bytes: Bytes = delivered.encode()?.into();
        self.queue(&digest, Cargo::Statement(bytes.clone()), precedence, now)?;
        let id = self.give_id(&digest)?;
        let record = Record {
            id,
            digest,
            origin: Origin::Received,
            header: received.parsed.envelope().header.clone(),
            sender_key: FixedBytes(received.sender_key.to_bytes()),
            stored_at: now,
            content: Content::Sealed,
            wrap: None,
            summary: Text::default(),
            shown_at: None,
            fate: Fate::Ordinary,
            statements: vec![bytes],
        };
        self.write_record(&record)?;
        Ok(id)
    }

    /// Stores the wrap of a message, before it is tried.
    ///
    /// # Errors
    /// [`StoreError::Missing`], or what the disk says.
    pub fn add_wrap(&self, digest: &Hash, wrap: &Wrap) -> Result<(), StoreError> {
        self.update(digest, |record| record.wrap = Some(Box::new(wrap.clone())))
    }

    /// Stores what opening gave.
    ///
    /// # Errors
    /// [`StoreError::Missing`], or what the disk says.
    pub fn set_open(
        &self,
        digest: &Hash,
        form: &Form,
        content_key: &Secret,
        summary: Text,
    ) -> Result<(), StoreError> {
        self.write_blob("forms", digest, encode(form)?)?;
        self.update(digest, |record| {
            record.content = Content::Open(SecretBytes::from(content_key));
            record.summary = summary;
        })
    }

    /// Stores a statement that this device signed, and queues it.
    ///
    /// # Errors
    /// [`StoreError::Missing`], or what the disk says; nothing is queued then.
    pub fn add_own(
        &self,
        statement: &Signed<Statement>,
        change: impl FnOnce(&mut Record),
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let subject = statement.value().subject;
        let mut message = self.message(&subject)?.ok_or(StoreError::Missing)?;
        let precedence = message.header.precedence.code();
        let bytes = statement.encode()?.into();
        self.queue(&subject, Cargo::Statement(bytes), precedence, now)?;
        insert(&mut message.record, statement)?;
        change(&mut message.record);
        self.write_record(&message.record)
    }

    /// Takes a statement of this device back that no link was ever given; says whether it could be.
    ///
    /// # Errors
    /// What the disk says.
    pub fn unsay(&self, subject: &Hash, bytes: &Bytes) -> Result<bool, StoreError> {
        let pending = self.pending()?;
        let is_it = |p: &&Pending| match &p.entry.cargo {
            Cargo::Statement(held) => p.entry.subject == *subject && held == bytes,
            Cargo::Envelope => false,
        };
        let Some(entry) = pending.iter().find(is_it).filter(|p| !p.entry.attempted) else {
            return Ok(false);
        };
        self.update(subject, |record| {
            record.statements.retain(|held| held != bytes);
        })?;
        self.remove_pending(&entry.name)?;
        Ok(true)
    }

    /// Stores a verified statement of another; says whether it is new.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Full`], or what the disk says.
    pub fn add_statement(&self, statement: &Signed<Statement>) -> Result<bool, StoreError> {
        let subject = &statement.value().subject;
        let mut message = self.message(subject)?.ok_or(StoreError::Missing)?;
        // STA-3
        let new = insert(&mut message.record, statement)?;
        if new {
            self.write_record(&message.record)?;
        }
        Ok(new)
    }

    /// Changes a record.
    ///
    /// # Errors
    /// [`StoreError::Missing`], or what the disk says.
    pub fn update(
        &self,
        digest: &Hash,
        change: impl FnOnce(&mut Record),
    ) -> Result<(), StoreError> {
        let mut message = self.message(digest)?.ok_or(StoreError::Missing)?;
        change(&mut message.record);
        self.write_record(&message.record)
    }

    /// What is to be sent, most urgent first, then as queued. Sweeps away entries that do not count:
    /// their record was never committed, or says that they are done.
    ///
    /// # Errors
    /// When an item is broken, or what the disk says.
    pub fn pending(&self) -> Result<Vec<Pending>, StoreError> {
        let mut pending = Vec::new();
        for name in self.files.list("outbox")? {
            let Some(entry) = self.files.read::<Entry>(&format!("outbox/{name}"))? else {
                continue;
            };
            let message = self.message(&entry.subject)?;
            match message.filter(|message| counts(&entry, message)) {
                Some(message) => pending.push(Pending {
                    name,
                    entry,
                    message,
                }),
                None => self.remove_pending(&name)?,
            }
        }
        pending.sort_by_key(|p| std::cmp::Reverse(p.entry.precedence));
        Ok(pending)
    }

    /// Notes durably that an entry is about to be handed to a link, or when to try again.
    ///
    /// # Errors
    /// What the disk says.
    pub fn set_pending(&self, pending: &Pending) -> Result<(), StoreError> {
        self.files
            .write(&format!("outbox/{}", pending.name), &pending.entry)
    }

    /// Takes an entry out of the outbox.
    ///
    /// # Errors
    /// What the disk says.
    pub fn remove_pending(&self, name: &str) -> Result<(), StoreError> {
        self.files.remove(&format!("outbox/{name}"))
    }

    /// Holds a statement that cannot be judged yet (STA-4).
    ///
    /// # Errors
    /// [`StoreError::Full`], or what the disk says.
    pub fn hold(&self, subject: &Hash, bytes: &[u8], now: UnixMillis) -> Result<(), StoreError> {
        let name = format!("held/{}", hex(subject));
        let known: Option<Held> = self.files.read(&name)?;
        if known.is_none() && self.files.list("held")?.len() >= HELD_SUBJECTS_MAX {
            return Err(StoreError::Full);
        }
        let mut held = known.unwrap_or(Held {
            since: now,
            statements: Vec::new(),
        });
        let bytes = Bytes::from(bytes);
        if held.statements.contains(&bytes) {
            return Ok(());
        }
        if held.statements.len() >= HELD_PER_SUBJECT_MAX {
            return Err(StoreError::Full);
        }
        held.statements.push(bytes);
        self.files.write(&name, &held)
    }

    /// The statements held, by subject; those held for a day are let go.
    ///
    /// # Errors
    /// When an item is broken, or what the disk says.
    pub fn held(&self, now: UnixMillis) -> Result<Vec<(Hash, Vec<Bytes>)>, StoreError> {
        let mut all = Vec::new();
        for name in self.files.list("held")? {
            let Some((_, subject)) = parse_name(&format!("0-{name}")) else {
                continue;
            };
            let Some(held) = self.files.read::<Held>(&format!("held/{name}"))? else {
                continue;
            };
            if now.since(held.since) > HELD_MS {
                self.files.remove(&format!("held/{name}"))?;
            } else {
                all.push((subject, held.statements));
            }
        }
        Ok(all)
    }

    /// Replaces what is held about a message; nothing is held where `statements` is empty.
    ///
    /// # Errors
    /// What the disk says.
    pub fn set_held(&self, subject: &Hash, statements: Vec<Bytes>) -> Result<(), StoreError> {
        let name = format!("held/{}", hex(subject));
        if statements.is_empty() {
            return self.files.remove(&name);
        }
        let known: Option<Held> = self.files.read(&name)?;
        let since = known.map_or(UnixMillis(0), |held| held.since);
        self.files.write(&name, &Held { since, statements })
    }

    /// Stores a published object under its kind, name and number; a lower number stays beside it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn add_object(
        &self,
        (kind, name, number): (u8, &str, u64),
        object: &[u8],
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let name = estafette_protocol::crypto::sha256(&[name.as_bytes()]);
        let name = FixedBytes::<8>(name.0.first_chunk().copied().unwrap_or_default());
        let prefix = format!("{kind:03}-{}-", hex(&name));
        let stored = StoredObject {
            received_at: now,
            object: object.into(),
        };
        self.files
            .write(&format!("directory/{prefix}{number:020}"), &stored)?;
        let names = self.files.list("directory")?;
        let mine: Vec<_> = names.iter().filter(|n| n.starts_with(&prefix)).collect();
        let old = mine.len().saturating_sub(editions_kept(kind));
        mine.into_iter()
            .take(old)
            .try_for_each(|name| self.files.remove(&format!("directory/{name}")))
    }

    /// Queues a message again that its relay answered with a fault.
    ///
    /// # Errors
    /// [`StoreError::Missing`], or what the disk says.
    pub fn requeue(&self, digest: &Hash, now: UnixMillis) -> Result<(), StoreError> {
        let mut message = self.message(digest)?.ok_or(StoreError::Missing)?;
        let precedence = message.header.precedence.code();
        self.queue(digest, Cargo::Envelope, precedence, now)?;
        message.record.fate = Fate::Ordinary;
        self.write_record(&message.record)
    }

    fn queue(
        &self,
        subject: &Hash,
        cargo: Cargo,
        precedence: u8,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let names = self.files.list("outbox")?;
        let last = names.last().and_then(|name| name.split_once('-'));
        let last: u64 = last.and_then(|(n, _)| n.parse().ok()).unwrap_or(0);
        let entry = Entry {
            subject: *subject,
            cargo,
            precedence,
            queued_at: now,
            attempted: false,
            retry_at: None,
        };
        let name = estafette_protocol::crypto::sha256(&[&encode(&entry.name_of())?]);
        let suffix = format!("-{}", hex(&name));
        if names.iter().any(|name| name.ends_with(&suffix)) {
            return Ok(());
        }
        let name = format!("outbox/{:012}{suffix}", last.saturating_add(1));
        self.files.write(&name, &entry)
    }

    /// The small id of a message: the one that a crash left without a record, or the next one.
    fn give_id(&self, digest: &Hash) -> Result<u64, StoreError> {
        let names = self.files.list("ids")?;
        let mut ids = names
            .iter()
            .rev()
            .filter_map(|name| parse_name(name))
            .peekable();
        let last = ids.peek().map_or(0, |(id, _)| *id);
        if let Some((id, _)) = ids.find(|(_, known)| known == digest) {
            return Ok(id);
        }
        let id = last.saturating_add(1);
        self.files.mark(&format!("ids/{id:08}-{}", hex(digest)))?;
        Ok(id)
    }

    fn message(&self, digest: &Hash) -> Result<Option<Message>, StoreError> {
        read_message(self.files, digest)
    }

    fn write_record(&self, record: &Record) -> Result<(), StoreError> {
        self.files.write(&record_name(&record.digest), record)
    }

    fn write_blob(&self, folder: &str, digest: &Hash, bytes: Vec<u8>) -> Result<(), StoreError> {
        let name = format!("{folder}/{}", hex(digest));
        self.files.write(
            &name,
            &Blob {
                bytes: bytes.into(),
            },
        )
    }
}

impl Entry {
    /// What makes two entries the same: not when they were queued or tried.
    fn name_of(&self) -> Self {
        Self {
            queued_at: UnixMillis(0),
            attempted: false,
            retry_at: None,
            ..self.clone()
        }
    }
}

/// How many numbers of one kind and name are kept: charters form a chain, rosters and accords may
/// still be named for a while after they were replaced.
const fn editions_kept(kind: u8) -> usize {
    match kind {
        Charter::KIND => usize::MAX,
        Roster::KIND | Accord::KIND => 16,
        _ => 2,
    }
}

/// Whether an outbox entry still stands for something to send.
fn counts(entry: &Entry, message: &Message) -> bool {
    match &entry.cargo {
        Cargo::Envelope => message.record.fate == Fate::Ordinary && !message.is_settled(),
        Cargo::Statement(bytes) => message.record.statements.contains(bytes),
    }
}

/// Adds a statement in the order of hashes; says whether it is new.
fn insert(record: &mut Record, statement: &Signed<Statement>) -> Result<bool, StoreError> {
    let hash = |bytes: &Bytes| {
        estafette_protocol::statement::decode(bytes.as_slice())
            .map(|s| s.hash())
            .ok()
    };
    let new = Some(statement.hash());
    let Err(at) = record.statements.binary_search_by_key(&new, hash) else {
        return Ok(false);
    };
    if record.statements.len() >= STATEMENTS_MAX {
        return Err(StoreError::Full);
    }
    record.statements.insert(at, statement.encode()?.into());
    Ok(true)
}
