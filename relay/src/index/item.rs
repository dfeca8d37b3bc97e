//! An item: one leaf, and what later records made of it.
//!
//! The only place that says what a record does to an item; pure, so that every index agrees.

use serde::{Deserialize, Serialize};

use super::rank;
use crate::record::{Envelope, Head, Mailbox, MarkedBy, Object, Record, Statement};

/// What is known of one leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Item {
    /// When it was journalled, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What it is.
    pub facts: Facts,
    /// The mailboxes that have not taken it, sorted.
    pub waiting: Vec<Slot>,
    /// The desks whose `delivered` is still missing, sorted.
    pub awaited: Vec<String>,
    /// The desks that were awaited and are no longer, sorted: still those that the envelope is for.
    pub settled: Vec<String>,
    /// The statement refuses its subject.
    pub refuses: bool,
    /// Its body is gone and it waits nowhere.
    pub erased: bool,
    /// It is kept back until its time.
    pub held: Option<Hold>,
    /// It is kept back until it is released.
    pub detained: Option<Detention>,
    /// It was taken back, refused or erased while it was kept back, and never let go.
    pub dropped: bool,
    /// The precedence that it was released to.
    pub released_to: Option<u8>,
    /// It is above its desk's rate.
    pub above_rate: bool,
    /// Axis and code of its marking in force, sorted by axis.
    pub marking: Vec<(u16, u16)>,
    /// What says that this is its marking.
    pub marked_by: MarkedBy,
    /// A device proves that nobody there can open it.
    pub non_compliant: bool,
    /// Digests of what it passes on, sorted.
    pub encloses: Vec<[u8; 32]>,
    /// Desks that it is for and that do not get it before it is escalated to them, sorted.
    pub standby: Vec<String>,
    /// What is watched of it.
    pub watching: Option<Watching>,
}

/// What is watched of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    /// When something is due, by the clock that never jumps, in milliseconds.
    pub at_ms: Option<u64>,
    /// The watch, as it was written down.
    pub watch: Vec<u8>,
}

/// What keeps an envelope back until it is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detention {
    /// When it is to be said that this takes too long, in milliseconds since the Unix epoch.
    pub due_ms: Option<u64>,
    /// That has been said.
    pub late: bool,
    /// Identifier of the key that signed the envelope.
    pub signer: [u8; 16],
    /// Where it waits from then on.
    pub mailboxes: Vec<Mailbox>,
}

/// What keeps an envelope back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Until when, in milliseconds since the Unix epoch.
    pub until_ms: u64,
    /// Identifier of the key that signed the envelope.
    pub signer: [u8; 16],
    /// Where it waits from then on.
    pub mailboxes: Vec<Mailbox>,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Facts {
    /// An envelope.
    Envelope(Envelope),
    /// A statement.
    Statement(Statement),
    /// A signed object.
    Object(Object),
}

/// An item's place in one mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Its place in the order of that mailbox.
    pub rank: u8,
    /// The device has it and signed for it; only its wrap has still to be handed out.
    pub handed: bool,
}

impl Item {
    /// The item that a logged record begins.
    pub(crate) fn begun_by(head: &Head) -> Option<Self> {
        let (facts, mailboxes, desks): (_, &[_], &[_]) = match &head.record {
            Record::Envelope {
                envelope,
                mailboxes,
                await_desks,
            } => (Facts::Envelope(envelope.clone()), mailboxes, await_desks),
            Record::Statement {
                statement,
                mailboxes,
            } => (Facts::Statement(statement.clone()), mailboxes, &[]),
            Record::Object(object) => (Facts::Object(object.clone()), &[], &[]),
            _ => return None,
        };
        let mut item = Self {
            at_ms: head.at_ms,
            facts,
            waiting: Vec::new(),
            awaited: Vec::new(),
            settled: Vec::new(),
            refuses: false,
            erased: false,
            held: None,
            detained: None,
            dropped: false,
            released_to: None,
            above_rate: false,
            marking: Vec::new(),
            marked_by: MarkedBy::default(),
            non_compliant: false,
            encloses: Vec::new(),
            standby: Vec::new(),
            watching: None,
        };
        item.queue(item.precedence(), mailboxes, desks);
        Some(item)
    }

    /// Applies a later record about this item; one that does not fit changes nothing.
    pub(crate) fn apply(&mut self, record: &Record) {
        match record {
            Record::Queued {
                precedence,
                mailboxes,
                await_desks,
                ..
            } => {
                self.queue(*precedence, mailboxes, await_desks);
            }
            Record::Handed { mailbox, .. } => {
                if let Ok(index) = self.slot(mailbox)
                    && let Some(slot) = self.waiting.get_mut(index)
                {
                    slot.handed = true;
                }
            }
            Record::Settled { mailbox, .. } => {
                if let Ok(index) = self.slot(mailbox) {
                    self.waiting.remove(index);
                }
            }
            Record::Delivered { desk, .. } => {
                if let Ok(index) = self.awaited.binary_search(desk) {
                    let desk = self.awaited.remove(index);
                    self.settle(desk);
                }
            }
            Record::Refused { .. } => self.refuses = matches!(self.facts, Facts::Statement(_)),
            // STO-29
            Record::Erased { .. } => {
                self.erased = true;
                self.drop_kept();
                self.waiting = Vec::new();
                self.settle_all();
            }
            Record::Held {
                until_ms,
                signer,
                mailboxes,
                ..
            } => self.hold(*until_ms, *signer, mailboxes),
            // STO-33
            Record::Released { .. } => {
                if let Some(hold) = self.held.take() {
                    self.queue(self.precedence(), &hold.mailboxes, &[]);
                }
            }
            Record::Cancelled { .. } => {
                if self.drop_kept() {
                    self.settle_all();
                }
            }
            later => self.apply_to_envelope(later),
        }
    }

    /// The records that are about envelopes alone.
    fn apply_to_envelope(&mut self, record: &Record) {
        if !matches!(self.facts, Facts::Envelope(_)) {
            return;
        }
        match record {
            // STO-39: also of what is long erased.
            Record::Marked { by, marking, .. } => {
                if *by >= self.marked_by {
                    (self.marked_by, self.marking) = (*by, marking.clone());
                }
            }
            Record::NonCompliant { .. } => self.non_compliant = true,
            // STO-40
            Record::Encloses { digests, .. } => self.encloses.clone_from(digests),
            Record::Watched { at_ms, watch, .. } => self.watch(*at_ms, watch),
            _ if self.erased => {}
            // STO-36
            Record::Detained {
                due_ms,
                signer,
                mailboxes,
                ..
            } => {
                self.held = None;
                self.detained = Some(Detention {
                    due_ms: *due_ms,
                    late: false,
                    signer: *signer,
                    mailboxes: mailboxes.clone(),
                });
            }
            Record::LetGo {
                precedence,
                until_ms,
                ..
            } => self.let_go(*precedence, *until_ms),
            Record::Late { .. } => {
                if let Some(detained) = &mut self.detained {
                    detained.late = true;
                }
            }
            // STO-38
            Record::Standby { desks, .. } => {
                let desks = desks.iter().filter(|desk| !self.awaited.contains(desk));
                let desks: Vec<String> = desks.cloned().collect();
                desks.into_iter().for_each(|desk| self.stand_by(desk));
            }
            // STO-28
            Record::Rated { above, .. } => {
                self.above_rate = *above;
                self.rank_again();
            }
            Record::Opened
            | Record::Stepped { .. }
            | Record::Envelope { .. }
            | Record::Statement { .. }
            | Record::Object(_)
            | Record::Queued { .. }
            | Record::Handed { .. }
            | Record::Settled { .. }
            | Record::Delivered { .. }
            | Record::Refused { .. }
            | Record::Erased { .. }
            | Record::Held { .. }
            | Record::Released { .. }
            | Record::Cancelled { .. } => {}
        }
    }

    // STO-41
    fn watch(&mut self, at_ms: Option<u64>, watch: &[u8]) {
        let watch = watch.to_vec();
        let watching = Watching { at_ms, watch };
        self.watching = Some(watching).filter(|one| !one.watch.is_empty());
    }

    // STO-38
    fn stand_by(&mut self, desk: String) {
        if let Err(index) = self.standby.binary_search(&desk) {
            self.standby.insert(index, desk.clone());
        }
        self.settle(desk);
    }

    // STO-36
    fn let_go(&mut self, precedence: u8, until_ms: Option<u64>) {
        let Some(detained) = self.detained.take() else {
            return;
        };
        self.released_to = Some(precedence);
        self.rank_again();
        match until_ms {
            Some(until_ms) => self.hold(until_ms, detained.signer, &detained.mailboxes),
            None => self.queue(precedence, &detained.mailboxes, &[]),
        }
    }

    fn rank_again(&mut self) {
        let rank = self.rank();
        self.waiting.iter_mut().for_each(|slot| slot.rank = rank);
    }

    /// Whether it is kept back now, or was for good: nobody addressed is to hear of it.
    pub const fn is_kept_back(&self) -> bool {
        self.held.is_some() || self.detained.is_some() || self.dropped
    }

    /// When the item expires; objects do not.
    pub fn expires_ms(&self) -> Option<u64> {
        match &self.facts {
            Facts::Envelope(envelope) => Some(envelope.expires_ms),
            Facts::Statement(statement) => Some(statement.expires_ms),
            Facts::Object(_) => None,
        }
    }

    /// The precedence in force.
    pub fn precedence(&self) -> u8 {
        match &self.facts {
            Facts::Envelope(envelope) => self.released_to.unwrap_or(envelope.precedence),
            Facts::Statement(statement) => statement.precedence,
            Facts::Object(_) => 0,
        }
    }

    fn status(&self) -> u8 {
        match &self.facts {
            Facts::Envelope(envelope) => envelope.status,
            Facts::Statement(statement) => statement.status,
            Facts::Object(_) => 0,
        }
    }

    fn queue(&mut self, precedence: u8, mailboxes: &[Mailbox], desks: &[String]) {
        if self.erased {
            return;
        }
        let rank = rank(precedence, self.status(), self.above_rate);
        self.waiting.reserve_exact(mailboxes.len());
        for mailbox in mailboxes {
            match self.slot(mailbox) {
                Ok(index) => {
                    if let Some(slot) = self.waiting.get_mut(index) {
                        slot.rank = rank;
                    }
                }
                Err(index) => {
                    let slot = Slot {
                        mailbox: mailbox.clone(),
                        rank,
                        handed: false,
                    };
                    self.waiting.insert(index, slot);
                }
            }
        }
        for desk in desks {
            // STO-38
            self.standby.retain(|one| one != desk);
            if let Ok(index) = self.settled.binary_search(desk) {
                self.settled.remove(index);
            }
            if let Err(index) = self.awaited.binary_search(desk) {
                self.awaited.insert(index, desk.clone());
            }
        }
    }

    fn hold(&mut self, until_ms: u64, signer: [u8; 16], mailboxes: &[Mailbox]) {
        if !self.erased && matches!(self.facts, Facts::Envelope(_)) {
            let mailboxes = mailboxes.to_vec();
            self.detained = None;
            self.held = Some(Hold {
                until_ms,
                signer,
                mailboxes,
            });
        }
    }

    /// The place in the order of mailboxes that its own precedence gives.
    pub(crate) fn rank(&self) -> u8 {
        rank(self.precedence(), self.status(), self.above_rate)
    }

    /// Ends what keeps the item back without letting it go, and says whether anything did.
    // STO-33
    fn drop_kept(&mut self) -> bool {
        let kept = self.held.take().is_some() || self.detained.take().is_some();
        self.dropped |= kept;
        kept
    }

    fn settle_all(&mut self) {
        std::mem::take(&mut self.awaited)
            .into_iter()
            .for_each(|desk| self.settle(desk));
    }

    fn settle(&mut self, desk: String) {
        if let Err(index) = self.settled.binary_search(&desk) {
            self.settled.insert(index, desk);
        }
    }

    fn slot(&self, mailbox: &Mailbox) -> Result<usize, usize> {
        self.waiting
            .binary_search_by(|slot| slot.mailbox.cmp(mailbox))
    }
}
