//! What this relay watches of the messages that it has taken: clocks that run out, and silence that
//! leads on. Spec: escalation.md.
//!
//! A watch is in the journal after every change, in one group with what was signed on account of it:
//! whatever the moment of a crash, a step is taken once. What is due is found by its time in the
//! index, so that a tick looks at nothing else.

use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::admission::Side;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Signed;
use estafette_protocol::envelope::{Header, Parsed, Role};
use estafette_protocol::escalation::{ChainPlan, Clock, Effect, Watch};
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::routing::{NotStaffed, chains};
use estafette_protocol::statement::{Claim, Statement};

use super::rules::named;
use super::{Engine, EngineError};
use crate::index::{Facts, Item};
use crate::record::{Leaf, Mailbox, Record};
use crate::store::Store;

mod asked;
mod told;

/// Messages looked at in one tick; the next tick follows at once.
const DUE_MAX: usize = 256;
/// Version of what is written down of a watch.
const WATCH_VERSION: u8 = 1;
/// What an addressee, the sender or another relay says that a watch heeds.
const HEEDED: [u8; 8] = [
    Claim::ACKNOWLEDGED,
    Claim::ANSWERED,
    Claim::DECLINED,
    Claim::REFERRED,
    Claim::RETRACTED,
    Claim::EXTENDED,
    Claim::CLOSED,
    Claim::ESCALATED,
];

impl<S: Store> Engine<S> {
    /// Begins to watch a message that goes now.
    // ESC-1
    pub(super) fn begin_watch(&mut self, leaf: Leaf, parsed: &Parsed) -> Result<(), EngineError> {
        let header = parsed.header();
        self.end_superseded(header)?;
        let Some(item) = self.store.view().item(leaf)? else {
            return Ok(());
        };
        let own = self.identity.agency.clone();
        let side = match header.sender.agency() == own {
            true => Side::Egress,
            false => Side::Ingress,
        };
        let mut watch = Watch::new(header, &own, side, precedence_of(&item));
        let plans = self.chains_of(header, side)?;
        let effects = watch.start(&own, plans, header.not_before, self.moment());
        self.attend(leaf, watch, effects)
    }

    /// The same of a message that was held until its time.
    pub(super) fn begin_watch_of(&mut self, leaf: Leaf) -> Result<(), EngineError> {
        match self.store.read(leaf) {
            Ok(bytes) => self.begin_watch(leaf, &Parsed::decode(&bytes)?),
            Err(error) => {
                tracing::error!(leaf = leaf.0, %error, "a body cannot be read");
                Ok(())
            }
        }
    }

    fn chains_of(&mut self, header: &Header, side: Side) -> Result<Vec<ChainPlan>, EngineError> {
        let own = self.identity.agency.clone();
        let acts = |a: &estafette_protocol::envelope::Addressee| {
            a.role == Role::Action && a.desk.agency() == own
        };
        if header.status == Status::Test || !header.addressees.iter().any(acts) {
            return Ok(Vec::new());
        }
        let (directory, now) = (self.directory(), self.now);
        let not_staffed = |desk: &Desk| {
            let staffed = directory.staffing(desk, now).is_staffed();
            (!staffed).then(|| NotStaffed {
                stand_in: directory.stand_in(desk, now),
            })
        };
        let plans = self.in_world(header, |world| chains(header, world, side, not_staffed))?;
        Ok(plans.unwrap_or_default())
    }

    /// What is superseded is over for the desks that the new message addresses.
    // ESC-5
    fn end_superseded(&mut self, header: &Header) -> Result<(), EngineError> {
        let Some(before) = &header.supersedes else {
            return Ok(());
        };
        let Some(leaf) = self.store.view().seen(&before.0)? else {
            return Ok(());
        };
        let Some(mut watch) = self.watch(leaf)? else {
            return Ok(());
        };
        if *watch.sender() == header.sender {
            watch.end(|desk| header.is_addressed(desk));
            self.keep_watch(leaf, &watch)?;
        }
        Ok(())
    }

    /// Takes what is due: nothing else is looked at.
    // ESC-6
    pub(super) fn ring(&mut self) -> Result<(), EngineError> {
        let now = self.clocks.steady();
        for leaf in self.store.view().watched(now.0, DUE_MAX)? {
            match self.watch(leaf)? {
                Some(watch) => self.attend(leaf, watch, Vec::new())?,
                None => self.forget_watch(leaf)?,
            }
            self.make_room()?;
        }
        Ok(())
    }

    /// Heeds what was said of a message, once it is journalled.
    pub(super) fn hear(&mut self, leaf: Leaf, value: &Statement) -> Result<(), EngineError> {
        let by_relay = value.signer.desk.is_none();
        let heeded = match &value.claim {
            Claim::Relayed { .. } | Claim::Refused { .. } => by_relay,
            Claim::EscalationAsked { .. } => !by_relay,
            claim => HEEDED.contains(&claim.tag()),
        };
        if !heeded {
            return Ok(());
        }
        let Some(mut watch) = self.watch(leaf)? else {
            return Ok(());
        };
        let (now, agency) = (self.moment(), &value.signer.agency);
        let mut effects = match watch.poll_timeout().is_some_and(|at| at < now.steady) {
            true => self.catch_up(&mut watch, value)?,
            false => Vec::new(),
        };
        match &value.claim {
            Claim::Relayed { .. } => watch.relayed(agency, None, now),
            Claim::Refused { .. } => watch.refused(agency),
            Claim::EscalationAsked { desk, step } => effects.extend(watch.ask(desk, *step, now)),
            _ => {}
        }
        self.attend(leaf, watch, effects)
    }

    /// What ran out before something was said, as it stood without it.
    // ESC-6
    fn catch_up(&self, watch: &mut Watch, value: &Statement) -> Result<Vec<Effect>, EngineError> {
        let mut before = self.heeded_about(&value.subject)?;
        before.retain(|signed| signed.value() != value);
        Ok(watch.catch_up(&before, self.moment()))
    }

    /// What a watch heeds of what was said of a message, as long as it was valid when it was taken.
    // RCP-10
    fn heeded_about(&self, digest: &Hash) -> Result<Vec<Signed<Statement>>, EngineError> {
        let said = self.taken_about(digest, &HEEDED)?;
        Ok(said.into_iter().map(|(_, signed)| signed).collect())
    }

    /// Advances a watch, signs what comes of it, and writes it down.
    fn attend(
        &mut self,
        leaf: Leaf,
        mut watch: Watch,
        mut effects: Vec<Effect>,
    ) -> Result<(), EngineError> {
        let Some(item) = self.store.view().item(leaf)? else {
            return Ok(());
        };
        let said = match digest_of(&item) {
            Some(digest) => self.heeded_about(&digest)?,
            None => Vec::new(),
        };
        effects.extend(watch.advance(&said, self.moment()));
        for effect in effects {
            self.carry_out(leaf, &watch, effect)?;
        }
        self.keep_watch(leaf, &watch)
    }

    fn carry_out(&mut self, leaf: Leaf, watch: &Watch, effect: Effect) -> Result<(), EngineError> {
        // An earlier effect may have changed it.
        let Some(item) = self.store.view().item(leaf)? else {
            return Ok(());
        };
        match effect {
            Effect::Escalate {
                desk,
                step,
                to,
                cause,
            } => {
                let mailboxes = self.told_of_step(watch.sender(), &watch.responders(&desk));
                // ESC-14
                self.call_in(leaf, &item, (&desk, &to))?;
                let claim = Claim::Escalated {
                    desk,
                    step,
                    to,
                    cause,
                };
                self.state_about(&item, claim, mailboxes)
            }
            Effect::Overdue { desk, clock, due } => {
                let mailboxes = self.told_of_overdue(watch.sender(), clock);
                if clock == Clock::Transport {
                    self.try_next_relay(&desk.agency(), leaf);
                }
                let claim = Claim::Overdue {
                    sender: watch.sender().clone(),
                    desk,
                    clock,
                    precedence: watch.precedence(),
                    due,
                };
                self.state_about(&item, claim, mailboxes)
            }
        }
    }

    /// The watch of a message, where one is kept; of an expired one, what can still run out.
    // ESC-5
    pub(super) fn watch(&self, leaf: Leaf) -> Result<Option<Watch>, EngineError> {
        let Some(item) = self.store.view().item(leaf)? else {
            return Ok(None);
        };
        let Some(watching) = &item.watching else {
            return Ok(None);
        };
        // ESC-6: a deadline that cannot be read is no reason to forget it.
        let read = watching.watch.split_first();
        let read = read.filter(|(version, _)| **version == WATCH_VERSION);
        let read = read.and_then(|(_, watch)| postcard::from_bytes(watch).ok());
        let mut watch: Watch = read.ok_or(EngineError::Watch { leaf: leaf.0 })?;
        // Nobody is called to what has expired, even before the tick that tells of it.
        if item.expires_ms().is_some_and(|at| at <= self.now.0) {
            expire(&mut watch, &item);
        }
        Ok(Some(watch))
    }

    fn keep_watch(&mut self, leaf: Leaf, watch: &Watch) -> Result<(), EngineError> {
        if watch.is_over() {
            return self.forget_watch(leaf);
        }
        let at_ms = watch.poll_timeout().map(|at| at.0);
        let watch = postcard::to_stdvec(&(WATCH_VERSION, watch));
        let watch = watch.map_err(|_| EngineError::Watch { leaf: leaf.0 })?;
        let held = self.store.view().item(leaf)?.and_then(|item| item.watching);
        if held.is_some_and(|held| (held.at_ms, &held.watch) == (at_ms, &watch)) {
            return Ok(());
        }
        self.append(Record::Watched { leaf, at_ms, watch }, None)?;
        Ok(())
    }

    fn forget_watch(&mut self, leaf: Leaf) -> Result<(), EngineError> {
        let item = self.store.view().item(leaf)?;
        if item.is_some_and(|item| item.watching.is_some()) {
            let (at_ms, watch) = (None, Vec::new());
            self.append(Record::Watched { leaf, at_ms, watch }, None)?;
        }
        Ok(())
    }

    /// The message expires: its chains end, and so do all clocks of the desks that lack it.
    // ESC-5
    pub(super) fn expire_watch(&mut self, leaf: Leaf) -> Result<(), EngineError> {
        match self.watch(leaf)? {
            Some(watch) => self.keep_watch(leaf, &watch),
            None => Ok(()),
        }
    }

    /// Gives up a link whose other end has not answered to a message, where the agency has another
    /// relay: dialling goes on to the next one.
    // ESC-3
    fn try_next_relay(&mut self, agency: &Agency, leaf: Leaf) {
        let mailbox = Mailbox::Peer(agency.as_str().to_owned());
        let Some(link) = self.by_mailbox.get(&mailbox).copied() else {
            return;
        };
        let roster = self.directory.newest_roster(agency);
        let others = roster.is_some_and(|roster| roster.value().relays.len() > 1);
        let state = self.links.get(&link);
        let silent = state.is_some_and(|state| state.is_unanswered(leaf));
        if others && silent {
            tracing::warn!(party = %agency, "a link carries nothing and is given up");
            self.close(link, ErrorCode::Replaced);
        }
    }
}

/// Ends what an expired message can have no more: chains, and the clocks of desks that lack it.
// ESC-5
fn expire(watch: &mut Watch, item: &Item) {
    watch.expire(|desk| !item.awaited.iter().any(|one| one == desk.as_str()));
}

fn digest_of(item: &Item) -> Option<Hash> {
    match &item.facts {
        Facts::Envelope(facts) => Some(named(&facts.digest)),
        _ => None,
    }
}

fn precedence_of(item: &Item) -> Precedence {
    let all = Precedence::ALL.into_iter();
    let mut all = all.filter(|one| one.code() == item.precedence());
    all.next().unwrap_or_default()
}
