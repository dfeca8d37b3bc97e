//! What every command starts from: the account, unlocked, and how to speak.

use crate::account::Account;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::passphrase::{Passphrase, Source};
use crate::render::Reader;
use crate::store::Message;
use crate::view::{self, Item, Links};
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::Hash;
use estafette_protocol::duty::Entry;
use estafette_protocol::format::Catalogue;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The shortest beginning of a digest that names a message.
const PREFIX_MIN: usize = 6;

/// What every command is given.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) home: PathBuf,
    pub(super) source: Source,
    pub(super) input_allowed: bool,
    pub(super) may_spawn: bool,
    pub(super) output: Output,
    /// Tag of the language that messages are shown in.
    pub(super) language: String,
    pub(super) catalogue: &'static Catalogue,
}

/// An unlocked account and the passphrase that unlocked it, for a process started from here.
#[derive(Debug)]
pub(super) struct Unlocked {
    pub(super) account: Account,
    pub(super) passphrase: Passphrase,
}

impl Context {
    /// Who reads what is printed.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader {
            catalogue: self.catalogue,
            language: &self.language,
            utc: self.output.utc,
            ascii: self.output.ascii,
            isolates: Output::is_terminal() && !self.output.ascii,
            width: Output::width(),
        }
    }

    /// Unlocks the account.
    pub(super) fn unlock(&self) -> Outcome<Unlocked> {
        let path = crate::account::key_path(&self.home);
        if !path.exists() {
            return Err(crate::key_file::KeyFileError::Missing(path).into());
        }
        let passphrase = self.source.read(false, self.input_allowed)?;
        let mut account = Account::open(&self.home, &passphrase)?;
        account.catalogue = self.catalogue;
        Ok(Unlocked {
            account,
            passphrase,
        })
    }
}

impl Unlocked {
    /// All messages, as this desk sees them.
    pub(super) fn items(&self) -> Outcome<Vec<Item>> {
        let now = clock::now();
        let messages = self.account.store.messages()?;
        let desk = self.account.desk();
        let links = self.links(&messages)?;
        let items = messages.into_iter();
        let items = items.map(|message| view::item(message, desk, &links, now));
        Ok(items.collect())
    }

    /// How messages belong together: replaced, withdrawn, answered.
    pub(super) fn links(&self, messages: &[Message]) -> Outcome<Links> {
        let mut in_part = BTreeSet::new();
        let withdrawals = messages.iter().filter(|m| view::is_withdrawal(m));
        for message in withdrawals {
            let digest = message.record.digest;
            if view::is_in_part(self.account.store.form(&digest)?.as_ref()) {
                in_part.insert(digest);
            }
        }
        let now = clock::now();
        let awaiting = messages.iter();
        let awaiting = awaiting.filter(|message| view::awaits(&self.account, message, now));
        let awaiting = awaiting.map(|message| message.record.digest).collect();
        Ok(Links::new(messages, &in_part, now).awaiting(awaiting))
    }

    /// The definitions that this desk knows.
    pub(super) const fn catalogue(&self) -> &'static Catalogue {
        self.account.catalogue
    }

    /// The messages that the ids name, in their order.
    pub(super) fn resolve(&self, ids: &[String]) -> Outcome<Vec<Message>> {
        let known = self.account.store.ids()?;
        let mut messages = Vec::new();
        for text in ids {
            let (id, digest) = find(&known, text)?;
            match self.account.store.message(&digest)? {
                Some(message) if message.record.id == id => messages.push(message),
                // The names of files are not authenticated, what is in them is.
                Some(_) => {
                    let name = format!("ids/{id:08}");
                    return Err(crate::store::StoreError::Broken { name }.into());
                }
                None => return Err(crate::store::StoreError::Missing.into()),
            }
        }
        Ok(messages)
    }

    /// The message that an id names.
    pub(super) fn resolve_one(&self, id: &str) -> Outcome<Message> {
        let mut messages = self.resolve(&[id.to_owned()])?;
        let message = messages.pop();
        Ok(message.ok_or(crate::store::StoreError::Missing)?)
    }

    /// The time zones in which these desks work, as their hours say (duty.md).
    pub(super) fn zones<'d>(&self, desks: impl IntoIterator<Item = &'d Desk>) -> Vec<&str> {
        let directory = &self.account.directory;
        let zone = |desk: &Desk| match &directory.duties(desk).hours?.entry {
            Entry::Hours { zone, .. } => Some(zone.as_str()),
            Entry::Taken { .. } | Entry::Absent { .. } => None,
        };
        desks.into_iter().filter_map(zone).collect()
    }

    /// Desks that a roster lists, or the failure that names a near one.
    pub(super) const fn desk(&self) -> &Desk {
        self.account.desk()
    }
}

fn find(known: &[(u64, Hash)], id: &str) -> Outcome<(u64, Hash)> {
    let wanted = id.trim().to_ascii_lowercase();
    let by_number = wanted.parse::<u64>().ok();
    let by_number = by_number.and_then(|n| known.iter().find(|(id, _)| *id == n));
    if let Some(found) = by_number {
        return Ok(*found);
    }
    let is_prefix = wanted.len() >= PREFIX_MIN && wanted.bytes().all(|b| b.is_ascii_hexdigit());
    let fits = |digest: &Hash| is_prefix && hex::encode(digest.as_slice()).starts_with(&wanted);
    let mut found = known.iter().filter(|(_, digest)| fits(digest));
    match (found.next(), found.next()) {
        (Some(found), None) => Ok(*found),
        (None, _) => Err(Failure::new(
            Exit::NoSuchId,
            "no-such-id",
            format!("no message {}", crate::words::visible(id, false)),
            "An id is a small number, or the first six or more digits of a digest.",
            "estafette list",
        )),
        (Some(_), Some(_)) => Err(Failure::new(
            Exit::NoSuchId,
            "ambiguous-id",
            format!("{wanted} names several messages"),
            "More digits of the digest tell them apart.",
            "estafette list --json",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use estafette_protocol::encoding::FixedBytes;

    #[test]
    fn small_id_or_unique_beginning_of_a_digest_names_a_message() {
        let mut other = [0xAB; 32];
        other[31] = 1;
        let known = [
            (1, FixedBytes([0xAB; 32])),
            (2, FixedBytes(other)),
            (3, FixedBytes([0xCD; 32])),
        ];
        assert_eq!(find(&known, "2").unwrap(), known[1]);
        assert_eq!(find(&known, "CDCDCD").unwrap(), known[2]);
        for (id, word) in [
            ("4", "no-such-id"),
            ("cdcd", "no-such-id"),
            ("", "no-such-id"),
            ("abababab", "ambiguous-id"),
        ] {
            let failure = find(&known, id).unwrap_err();
            assert_eq!((failure.word, failure.exit), (word, Exit::NoSuchId), "{id}");
        }
    }
}
