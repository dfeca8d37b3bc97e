//! What the rules are judged by: what is known here of other messages, what their originators
//! have granted, and how often a desk has lately used a row.
//!
//! The judgement itself is [`estafette_protocol::routing::decide`]; what follows from it is decided
//! where envelopes and releases come in. Spec: routing.md, Decision.

use estafette_protocol::accord::Accord;
use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::admission::{Refusal, Side, judge};
use estafette_protocol::code::{ErrorCode, Note};
use estafette_protocol::crypto::{Hash, VerifyingKey};
use estafette_protocol::encoding::{FixedBytes, Signed};
use estafette_protocol::envelope::{Header, Parsed};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Status;
use estafette_protocol::roster::Roster;
use estafette_protocol::routing::{Known, Table, Verdict, World, decide, matches, releasers};
use estafette_protocol::rules::Rules;
use estafette_protocol::statement::{self, Claim, Judged, Statement};
use estafette_protocol::time::{DAY_MS, UnixMillis};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Engine, EngineError};
use crate::index::Facts;
use crate::record::{Leaf, Record};
use crate::store::Store;

/// The longest time of a rate, in milliseconds.
const RATE_MAX_MS: u64 = 30 * DAY_MS;
/// Messages that one passes on, those within others included, at most (HND-14).
const ENCLOSED_MAX: usize = 64;

/// The name of an accord, or nothing for the house, and the name of a row.
pub(super) type RowName = (String, String);

/// How often each desk has used each row that has a rate (RTE-20).
#[derive(Debug, Default)]
pub(super) struct Rates {
    used: BTreeMap<(String, RowName), VecDeque<UnixMillis>>,
}

impl Rates {
    fn add(&mut self, desk: &str, row: RowName, at: UnixMillis) {
        let key = (desk.to_owned(), row);
        self.used.entry(key).or_default().push_back(at);
    }

    /// How many messages stand against a rate. Nothing is forgotten here: of an accord and the one
    /// that it replaced, rows of one name may have different rates.
    fn count(&self, desk: &str, row: RowName, since: UnixMillis) -> u32 {
        let Some(times) = self.used.get(&(desk.to_owned(), row)) else {
            return 0;
        };
        // Sorted, because a relay's now never runs backwards.
        let before = times.partition_point(|at| *at < since);
        u32::try_from(times.len().saturating_sub(before)).unwrap_or(u32::MAX)
    }

    /// Forgets what no rate can reach back to.
    fn forget(&mut self, before: UnixMillis) {
        self.used.retain(|_, times| {
            while times.front().is_some_and(|at| *at < before) {
                times.pop_front();
            }
            !times.is_empty()
        });
    }
}

/// A message that admission and rules let pass.
pub(super) struct Passed {
    /// For the receipt, with the notes of both.
    pub(super) judged: Judged,
    pub(super) verdict: Verdict,
    /// Rows with a rate that it was accepted under.
    pub(super) rows: Vec<RowName>,
    /// Who may release it, where it is to be held.
    pub(super) releasers: Vec<Desk>,
}

/// An envelope before its judges.
pub(super) struct Arrival<'a> {
    pub(super) parsed: &'a Parsed,
    pub(super) side: Side,
    /// The key under which its signature is known to be good.
    pub(super) key: Option<VerifyingKey>,
    /// Releases and grants that came with it.
    pub(super) said: &'a [Signed<Statement>],
}

impl<S: Store> Engine<S> {
    /// Admission, then the rules, with the same accord and rosters, whatever the message answers or
    /// takes back.
    // ADM-28, RTE-24
    pub(super) fn judge(
        &mut self,
        arrival: &Arrival<'_>,
    ) -> Result<Result<Passed, Refusal>, EngineError> {
        let Arrival { parsed, side, .. } = *arrival;
        let header = parsed.header();
        let inner = self.unfolded(header)?;
        let unfolded = self.with_inner(header, &inner, side)?;
        let header = unfolded.as_ref().unwrap_or(header);
        let known = self.known(header)?;
        let mut said = self.grants(header)?;
        said.extend(arrival.said.iter().map(|signed| signed.value().clone()));
        let is_signed =
            |wanted: &VerifyingKey| arrival.key == Some(*wanted) || parsed.verify(wanted);
        let (directory, now) = (self.directory(), self.now);
        let own = self.identity.agency.clone();
        let case = || {
            let admitted = judge(parsed, &directory, &own, side, now, is_signed)?;
            self.admit(parsed)?;
            let few = inner.len() <= ENCLOSED_MAX;
            if !few {
                return Err(Refusal::new(ErrorCode::NotForOnward, "HND-14"));
            }
            let nothing = BTreeMap::new();
            let tables = admitted.world(&directory, &known, &nothing);
            let sent = self.sent(&header.sender, &tables);
            let world = World {
                sent: &sent,
                ..tables
            };
            let verdict = decide(header, &said, &world, side, now)?;
            if matches!(verdict, Verdict::Hold { .. }) {
                self.has_room_to_hold(header)?;
            }
            let mut judged = admitted.judged.clone();
            let (Verdict::Pass { notes, .. } | Verdict::Hold { notes, .. }) = &verdict;
            judged.notes.extend(notes);
            Ok(Passed {
                judged,
                rows: rated_rows(header, &world, side),
                releasers: match &verdict {
                    Verdict::Hold { .. } => releasers(header, &world, side),
                    Verdict::Pass { .. } => Vec::new(),
                },
                verdict,
            })
        };
        Ok(case())
    }

    /// Judges something by the rules at egress when the message has long been accepted: by the
    /// rosters that it names, or the newest where those are gone, and by how often *other* messages
    /// have used a row.
    pub(super) fn in_world<R>(
        &mut self,
        header: &Header,
        judge: impl FnOnce(&World<'_>) -> R,
    ) -> Result<Result<R, Refusal>, EngineError> {
        let known = self.known(header)?;
        let (directory, now) = (self.directory(), self.now);
        let accord = match &header.accord {
            None => None,
            Some(hash) => {
                let named = directory.accord_by_hash(hash, now).ok();
                let Some(found) = named.zip(directory.accord_rules(hash)) else {
                    return Ok(Err(Refusal::new(ErrorCode::AccordUnknown, "ADM-9")));
                };
                let ((signed, _), rules) = found;
                Some((signed.value(), rules))
            }
        };
        let home = header.sender.agency();
        let newest = |agency: &Agency| directory.newest_roster(agency).map(Signed::value);
        let own = directory.roster_by_hash(&header.roster, now).ok();
        let own = own.map(|(signed, _)| signed.value());
        let mut rosters: BTreeMap<Agency, &Roster> = BTreeMap::new();
        rosters.extend(own.or_else(|| newest(&home)).map(|roster| (home, roster)));
        for named in &header.rosters {
            let found = directory.roster_by_number(&named.agency, named.number, now);
            let found = found.ok().map(|(signed, _)| signed.value());
            let found = found.or_else(|| newest(&named.agency));
            rosters.extend(found.map(|roster| (named.agency.clone(), roster)));
        }
        let nothing = BTreeMap::new();
        let tables = World {
            own: &self.identity.agency.clone(),
            accord,
            rosters: &rosters,
            house: directory.house_with_rules(),
            known: &known,
            sent: &nothing,
        };
        let mut sent = self.sent(&header.sender, &tables);
        for own in matches(header, &tables, Side::Egress).unwrap_or_default() {
            sent.remove(&(own.table, own.row.name.as_str().to_owned()));
        }
        let world = World {
            sent: &sent,
            ..tables
        };
        Ok(Ok(judge(&world)))
    }

    /// What a header encloses, and what that encloses in turn, as far as it is known here; sorted.
    // HND-14
    pub(super) fn unfolded(&self, header: &Header) -> Result<BTreeSet<Hash>, EngineError> {
        let mut all: BTreeSet<Hash> = header.encloses.iter().copied().collect();
        for digest in &header.encloses {
            let view = self.store.view();
            let leaf = view.seen(&digest.0)?;
            let item = leaf.map_or(Ok(None), |leaf| view.item(leaf))?;
            all.extend(item.iter().flat_map(|i| &i.encloses).map(named));
        }
        Ok(all)
    }

    /// The header as egress judges a forward by it: what is within what it encloses, and known here,
    /// is passed on as well.
    // HND-14
    pub(super) fn with_inner(
        &self,
        header: &Header,
        inner: &BTreeSet<Hash>,
        side: Side,
    ) -> Result<Option<Header>, EngineError> {
        if side == Side::Ingress || inner.len() <= header.encloses.len() {
            return Ok(None);
        }
        let mut unfolded = header.clone();
        for digest in inner {
            let known = self.store.view().seen(&digest.0)?.is_some();
            if known && !header.encloses.contains(digest) {
                unfolded.encloses.push(*digest);
            }
        }
        Ok(Some(unfolded))
    }

    /// What is known of the messages that a header refers to: it is in the heads of the journal, and
    /// does not need their bodies.
    fn known(&self, header: &Header) -> Result<BTreeMap<Hash, Known>, EngineError> {
        let others = header.in_reply_to.iter().chain(&header.supersedes);
        let mut known = BTreeMap::new();
        for digest in others.chain(&header.encloses) {
            let view = self.store.view();
            let Some(leaf) = view.seen(&digest.0)? else {
                continue;
            };
            let Some(item) = view.item(leaf)? else {
                continue;
            };
            let Facts::Envelope(facts) = &item.facts else {
                continue;
            };
            let status = Status::ALL.get(usize::from(facts.status));
            if let (Ok(sender), Some(status)) = (facts.sender.parse(), status) {
                let marking = item.marking.iter();
                let marking = marking.map(|(axis, code)| Marking {
                    axis: *axis,
                    code: *code,
                });
                let one = Known {
                    sender,
                    status: *status,
                    marking: marking.collect(),
                };
                known.insert(*digest, one);
            }
        }
        Ok(known)
    }

    /// What originators have granted of the messages that a header encloses.
    pub(super) fn grants(&self, header: &Header) -> Result<Vec<Statement>, EngineError> {
        let mut grants = Vec::new();
        for digest in &header.encloses {
            let held = self.said_about(digest, &[Claim::GRANTED], |_| true)?;
            grants.extend(held.into_iter().map(|(_, signed)| signed.value().clone()));
        }
        Ok(grants)
    }

    /// The statements of these kinds about a message whose bodies are still here and whose signers
    /// are not barred.
    pub(super) fn said_about(
        &self,
        subject: &Hash,
        kinds: &[u8],
        wanted: impl Fn(&Statement) -> bool,
    ) -> Result<Vec<(Leaf, Signed<Statement>)>, EngineError> {
        let mut said = self.taken_about(subject, kinds)?;
        said.retain(|(_, signed)| {
            let signer = &signed.value().signer;
            let (directory, now) = (&self.directory, self.now);
            let barred = directory.is_barred(&signer.agency, &signer.key, now);
            !barred && wanted(signed.value())
        });
        Ok(said)
    }

    /// As [`Engine::said_about`], whatever has become of the signers' keys since.
    pub(super) fn taken_about(
        &self,
        subject: &Hash,
        kinds: &[u8],
    ) -> Result<Vec<(Leaf, Signed<Statement>)>, EngineError> {
        let view = self.store.view();
        let mut said = Vec::new();
        for leaf in view.statements(&subject.0)? {
            let item = view.item(leaf)?;
            let fits = item.is_some_and(|item| match &item.facts {
                Facts::Statement(facts) => !item.erased && kinds.contains(&facts.kind),
                _ => false,
            });
            let Some(bytes) = fits.then(|| self.store.read(leaf).ok()).flatten() else {
                continue;
            };
            if let Ok(signed) = statement::decode(&bytes) {
                said.push((leaf, signed));
            }
        }
        Ok(said)
    }

    /// How often a desk has used the rows that have a rate.
    fn sent(&self, desk: &Desk, world: &World<'_>) -> BTreeMap<(Table, String), u32> {
        let accord = world.accord.map(|(accord, rules)| {
            let name = accord_name(accord);
            (Table::Accord, name, rules)
        });
        let house = world
            .house
            .map(|(_, rules)| (Table::House, String::new(), rules));
        let mut sent = BTreeMap::new();
        for (table, name, rules) in accord.into_iter().chain(house) {
            let rules: &Rules = rules;
            for row in &rules.rows {
                let Some(rate) = row.rate else { continue };
                let row = row.name.as_str().to_owned();
                let since = self.now.minus(rate.per);
                let key = (name.clone(), row.clone());
                let count = self.rates.count(desk.as_str(), key, since);
                sent.insert((table, row), count);
            }
        }
        sent
    }

    /// Writes down under which rows a message was accepted.
    pub(super) fn use_rates(
        &mut self,
        leaf: Leaf,
        desk: &Desk,
        rows: Vec<RowName>,
        above: bool,
    ) -> Result<(), EngineError> {
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            self.rates.add(desk.as_str(), row.clone(), self.now);
        }
        self.append(Record::Rated { leaf, rows, above }, None)?;
        Ok(())
    }

    /// Forgets the uses of rows that no rate reaches back to.
    pub(super) fn forget_rates(&mut self) {
        self.rates.forget(self.now.minus(RATE_MAX_MS));
    }

    /// Builds the uses of rows again, and counts the proofs of non-compliance.
    pub(super) fn reload_rates(&mut self) -> Result<(), EngineError> {
        let since = self.now.minus(RATE_MAX_MS);
        let (mut rated, mut non_compliant) = (Vec::new(), 0_u64);
        self.store
            .replay(&mut |entry| match (&entry.head.record, entry.head.at_ms) {
                (Record::Rated { leaf, rows, .. }, at_ms) if at_ms >= since.0 => {
                    rated.push((*leaf, rows.clone(), UnixMillis(at_ms)));
                }
                (Record::NonCompliant { .. }, _) => non_compliant = non_compliant.saturating_add(1),
                _ => {}
            })?;
        self.non_compliant = non_compliant;
        for (leaf, rows, at) in rated {
            let item = self.store.view().item(leaf)?;
            let Some(Facts::Envelope(facts)) = item.map(|item| item.facts) else {
                continue;
            };
            for row in rows {
                self.rates.add(&facts.sender, row, at);
            }
        }
        Ok(())
    }
}

/// The notes of a receipt, sorted; there are fewer than it may hold.
pub(super) fn settle_notes(notes: &mut Vec<Note>) {
    notes.sort_unstable();
    notes.dedup();
}

fn rated_rows(header: &Header, world: &World<'_>, side: Side) -> Vec<RowName> {
    let rows = matches(header, world, side).unwrap_or_default();
    let rated = rows.into_iter().filter(|one| one.row.rate.is_some());
    let mut names: Vec<RowName> = rated
        .map(|one| {
            let accord = world.accord.filter(|_| one.table == Table::Accord);
            let table = accord.map(|(accord, _)| accord_name(accord));
            (table.unwrap_or_default(), one.row.name.as_str().to_owned())
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

fn accord_name(accord: &Accord) -> String {
    accord.name.as_str().to_owned()
}

/// The digest that a record holds.
pub(super) fn named(digest: &[u8; 32]) -> Hash {
    FixedBytes(*digest)
}
