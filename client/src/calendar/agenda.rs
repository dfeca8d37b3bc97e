//! The archive's briefings as one calendar: the newest version of each, without what was withdrawn,
//! and the reminders that are due.
//!
//! A message replaces or withdraws a briefing only when it comes from the same desk (header
//! `supersedes`), so that nobody else's message takes something out of a calendar.

use super::{BRIEFING, Briefing, Occurrence, Occurrences, WITHDRAWAL, number};
use crate::store::{Fate, Message, Store, StoreError};
use crate::view::is_dropped;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::{Catalogue, Format};
use estafette_protocol::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};

/// Versions of one briefing followed back to the first, at most.
const VERSIONS_MAX: usize = 256;

/// A briefing of the archive.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The message with the newest version.
    pub message: Message,
    /// What it says, and beside what it leaves out itself, what was withdrawn later.
    pub briefing: Briefing,
    /// The reference of the first version, by which calendars know it.
    pub reference: FixedBytes<16>,
    /// How many versions and withdrawals came after the first.
    pub sequence: u32,
    /// Whether all of it was withdrawn.
    pub withdrawn: bool,
}

/// Something that one is to be reminded of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// Small id of the message with the briefing.
    pub id: u64,
    /// Its digest; with `occurrence.starts` and `before_ms` it names the reminder for ever.
    pub digest: Hash,
    /// What starts.
    pub occurrence: Occurrence,
    /// How long before its start this reminder was due, in milliseconds.
    pub before_ms: u64,
}

/// Every briefing of the archive that is readable and good, in its newest version, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn agenda(store: &Store) -> Result<Vec<Entry>, StoreError> {
    let mut messages = Vec::new();
    for message in store.messages()? {
        let catalogue = Catalogue::built_in();
        let (format, version) = (message.header.format, message.header.format_version);
        let word = catalogue.format(format, version).map(|f| f.word.as_str());
        let concerns = matches!(word, Some(BRIEFING | WITHDRAWAL));
        if !concerns || message.record.fate != Fate::Ordinary || is_dropped(&message) {
            continue;
        }
        if let Some(form) = store.form(&message.record.digest)? {
            messages.push((message, form));
        }
    }
    Ok(entries(messages, &|form| {
        Catalogue::built_in().format(form.format, form.version)
    }))
}

/// The same of messages and their forms, by the definitions that are found.
pub(super) fn entries<'a>(
    messages: Vec<(Message, Form)>,
    find: &dyn Fn(&Form) -> Option<&'a Format>,
) -> Vec<Entry> {
    let mut entries: BTreeMap<Hash, Entry> = BTreeMap::new();
    let mut withdrawals = Vec::new();
    for (message, form) in messages {
        let Some(format) = find(&form) else {
            continue;
        };
        if format.word == WITHDRAWAL {
            let only = number(format, "occurrence").ok();
            let only = only.and_then(|number| match form.value(number) {
                Some(Value::Time(time)) => Some(*time),
                _ => None,
            });
            withdrawals.push((message, only));
        } else if let Ok(briefing) = Briefing::from_form(&form, format) {
            let entry = Entry {
                reference: message.header.reference,
                message,
                briefing,
                sequence: 0,
                withdrawn: false,
            };
            entries.insert(entry.message.record.digest, entry);
        }
    }
    for (withdrawal, only) in withdrawals {
        let header = &withdrawal.header;
        let target = header.supersedes.or(header.in_reply_to);
        let Some(entry) = target.and_then(|digest| entries.get_mut(&digest)) else {
            continue;
        };
        if entry.message.header.sender == header.sender {
            entry.sequence = entry.sequence.saturating_add(1);
            match only {
                Some(starts) => entry.briefing.skipped.push(starts),
                None => entry.withdrawn = true,
            }
        }
    }
    let replaced = number_versions(&mut entries);
    let mut newest: Vec<Entry> = entries
        .into_iter()
        .filter(|(digest, _)| !replaced.contains(digest))
        .map(|(_, entry)| entry)
        .collect();
    newest.sort_by_key(|entry| entry.message.record.id);
    newest
}

/// Gives each version the reference of the first and its place after it; says what is replaced.
fn number_versions(entries: &mut BTreeMap<Hash, Entry>) -> BTreeSet<Hash> {
    let before: BTreeMap<Hash, Hash> = entries
        .iter()
        .filter_map(|(digest, entry)| {
            let older = entry.message.header.supersedes?;
            let same_desk =
                entries.get(&older)?.message.header.sender == entry.message.header.sender;
            same_desk.then_some((*digest, older))
        })
        .collect();
    let mut found = Vec::new();
    for digest in entries.keys() {
        let (mut first, mut sequence) = (*digest, 0_u32);
        for _ in 0..VERSIONS_MAX {
            let Some(older) = before.get(&first) else {
                break;
            };
            first = *older;
            let withdrawn = entries.get(older).map_or(0, |entry| entry.sequence);
            sequence = sequence.saturating_add(withdrawn).saturating_add(1);
        }
        if let Some(entry) = entries.get(&first) {
            found.push((*digest, entry.reference, sequence));
        }
    }
    for (digest, reference, sequence) in found {
        if let Some(entry) = entries.get_mut(&digest) {
            entry.reference = reference;
            entry.sequence = entry.sequence.saturating_add(sequence);
        }
    }
    before.into_values().collect()
}

/// The reminders whose time has come and whose briefing has not begun, soonest first: of each
/// occurrence the one that was due last.
#[must_use]
pub fn reminders_due(entries: &[Entry], now: UnixMillis) -> Vec<Reminder> {
    let mut due = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.withdrawn) {
        let Ok(occurrences) = Occurrences::of(&entry.briefing) else {
            continue;
        };
        let Some(farthest) = entry.briefing.reminders.iter().max() else {
            continue;
        };
        let to = now.plus(*farthest).plus(1);
        for occurrence in occurrences.between(now.plus(1), to, OCCURRENCES_MAX) {
            let left = occurrence.starts.since(now);
            let reached = entry.briefing.reminders.iter().filter(|ms| left <= **ms);
            if let Some(before_ms) = reached.min() {
                due.push(Reminder {
                    id: entry.message.record.id,
                    digest: entry.message.record.digest,
                    occurrence,
                    before_ms: *before_ms,
                });
            }
        }
    }
    due.sort_by_key(|reminder| (reminder.occurrence.starts, reminder.id));
    due
}

/// Occurrences of one briefing that one is reminded of at once, at most.
const OCCURRENCES_MAX: usize = 16;
