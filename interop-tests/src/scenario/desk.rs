//! A desk's account, beside the daemon that networks for it: composes into the outbox as every
//! command does, and counts what is proved.

use std::collections::{BTreeMap, BTreeSet};

use estafette_client::account::Account;
use estafette_client::compose::{Draft, plan, seal_plan, summary};
use estafette_client::deferral::{defer, outcome, take_back};
use estafette_client::demo::{DeskStage, Watch};
use estafette_client::store::{Cargo, Content, Message, Origin, Sent};
use estafette_client::{clock, local};
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::{Hash, KeyId};
use estafette_protocol::envelope::Sealed;
use estafette_protocol::form::Form;
use estafette_protocol::format::Catalogue;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::Rung;

use super::{ScenarioError, Tally};

/// What a desk has sent and no verified statement proves delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// Of these, still in the outbox: not even the own relay has answered.
    pub queued: usize,
    /// All of them.
    pub all: usize,
}

/// A sealed message and its form.
#[derive(Debug)]
pub struct Ready {
    form: Form,
    sealed: Sealed,
}

impl Ready {
    /// The message's digest.
    #[must_use]
    pub const fn digest(&self) -> Hash {
        self.sealed.parsed.digest()
    }
}

/// A desk's account and what was sent from it.
#[derive(Debug)]
pub struct Post {
    watch: Watch,
    sent: BTreeMap<Hash, Form>,
    delivered: BTreeSet<Hash>,
}

impl Post {
    /// Opens the account of a desk.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open(desk: &DeskStage) -> Result<Self, ScenarioError> {
        let watch = Watch::open(desk)?;
        Ok(Self {
            watch,
            sent: BTreeMap::new(),
            delivered: BTreeSet::new(),
        })
    }

    /// The desk.
    #[must_use]
    pub fn name(&self) -> &Desk {
        self.watch.account().desk()
    }

    /// The device's key.
    #[must_use]
    pub fn device(&self) -> KeyId {
        self.watch.account().device()
    }

    /// Waits until the keys of a device have come.
    ///
    /// # Errors
    /// When they do not.
    pub fn knows(&mut self, device: &KeyId) -> Result<(), ScenarioError> {
        let known = self.watch.until("the other side's keys", |account| {
            Ok(account.directory.prekeys(device).map(|_| ()))
        });
        Ok(known?)
    }

    /// Waits until a message has come and is readable, and gives its small id.
    ///
    /// # Errors
    /// When it does not come.
    pub fn received(&mut self, digest: &Hash) -> Result<u64, ScenarioError> {
        let id = self.watch.until("a message", |account| {
            let message = account.store.message(digest)?;
            let readable = message.filter(|m| m.content_key().is_some());
            Ok(readable.map(|m| m.record.id))
        });
        Ok(id?)
    }

    /// Waits until the own relay has signed that it holds a message.
    ///
    /// # Errors
    /// When it does not.
    pub fn accepted(&mut self, digest: &Hash) -> Result<(), ScenarioError> {
        self.reached(digest, Rung::Accepted, "a receipt of the own relay")
    }

    /// Waits until every desk that was addressed has a message.
    ///
    /// # Errors
    /// When it does not get that far.
    pub fn complete(&mut self, digest: &Hash) -> Result<(), ScenarioError> {
        self.reached(digest, Rung::Delivered, "the last receipt")
    }

    fn reached(&mut self, digest: &Hash, rung: Rung, what: &str) -> Result<(), ScenarioError> {
        let reached = self.watch.until(what, |account| {
            let message = account.store.message(digest)?;
            let states = message.map_or_else(Vec::new, |message| message.states());
            let all = !states.is_empty() && states.iter().all(|s| s.proof(rung).is_some());
            Ok(all.then_some(()))
        });
        Ok(reached?)
    }

    /// Waits until one desk has a message, by its signed receipt.
    ///
    /// # Errors
    /// When it does not come.
    pub fn complete_for(&mut self, digest: &Hash, desk: &str) -> Result<(), ScenarioError> {
        let reached = self.watch.until("a desk's receipt", |account| {
            let message = account.store.message(digest)?;
            let states = message.map_or_else(Vec::new, |message| message.states());
            let mut states = states.into_iter().filter(|s| s.desk.as_str() == desk);
            Ok(states.next().filter(|s| s.complete).map(|_| ()))
        });
        Ok(reached?)
    }

    /// Waits until a time has passed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn until_time(&mut self, time: UnixMillis) -> Result<(), ScenarioError> {
        let passed = |_: &Account| Ok((clock::now() > time).then_some(()));
        Ok(self.watch.until("a time", passed)?)
    }

    /// When each escalation of a message was signed that this desk was told of.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn steps(&mut self, digest: &Hash) -> Result<Vec<UnixMillis>, ScenarioError> {
        self.watch.refresh()?;
        let message = self.watch.account().store.message(digest)?;
        Ok(message.map_or_else(Vec::new, |message| steps(&message)))
    }

    /// Waits until this desk is told of an escalation of a message.
    ///
    /// # Errors
    /// When it is not.
    pub fn until_step(&mut self, digest: &Hash) -> Result<(), ScenarioError> {
        let told = self.watch.until("an escalation", |account| {
            let message = account.store.message(digest)?;
            Ok(message.filter(|m| !steps(m).is_empty()).map(|_| ()))
        });
        Ok(told?)
    }

    /// When the addressee's relay signed that it has a message.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn relayed_at(&mut self, digest: &Hash) -> Result<Option<UnixMillis>, ScenarioError> {
        self.watch.refresh()?;
        let message = self.watch.account().store.message(digest)?;
        let states = message.map_or_else(Vec::new, |message| message.states());
        let proof = states.iter().find_map(|state| state.proof(Rung::Relayed));
        Ok(proof.map(|proof| proof.at))
    }

    /// Asks for a held message to be dropped.
    ///
    /// # Errors
    /// When it was not held any more.
    pub fn take_back(&mut self, digest: &Hash) -> Result<(), ScenarioError> {
        self.watch.refresh()?;
        let account = self.watch.account();
        if let Some(message) = account.store.message(digest)? {
            take_back(account, &message, clock::now())?;
        }
        Ok(())
    }

    /// Waits for what becomes of that; says whether it was dropped.
    ///
    /// # Errors
    /// When nothing becomes of it.
    pub fn dropped(&mut self, digest: &Hash) -> Result<bool, ScenarioError> {
        let dropped = self.watch.until("what becomes of it", |account| {
            let message = account.store.message(digest)?;
            let outcome = message.and_then(|message| outcome(&message, clock::now()));
            Ok(outcome.map(|outcome| outcome.is_ok()))
        });
        Ok(dropped?)
    }

    /// Whether a message has come.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has(&mut self, digest: &Hash) -> Result<bool, ScenarioError> {
        Ok(self.stored_at(digest)?.is_some())
    }

    /// When a message was stored.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn stored_at(&mut self, digest: &Hash) -> Result<Option<UnixMillis>, ScenarioError> {
        self.watch.refresh()?;
        let message = self.watch.account().store.message(digest)?;
        Ok(message.map(|message| message.record.stored_at))
    }

    /// Expects a message to arrive no longer.
    pub fn forget(&mut self, digest: &Hash) {
        self.sent.remove(digest);
    }

    /// The message sent last.
    ///
    /// # Errors
    /// When there is none.
    pub fn last_sent(&mut self) -> Result<Hash, ScenarioError> {
        Ok(self.watch.last_sent()?.record.digest)
    }

    /// Seals a form for a desk, as every command does.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn seal(&self, to: &Desk, form: Form) -> Result<Ready, ScenarioError> {
        self.seal_at(to, form, None)
    }

    /// Seals a form for a desk that is to get it at a time.
    ///
    /// # Errors
    /// When it cannot be sealed, or not be held that long.
    pub fn seal_until(
        &self,
        to: &Desk,
        form: Form,
        until: UnixMillis,
    ) -> Result<Ready, ScenarioError> {
        self.seal_at(to, form, Some(until))
    }

    fn seal_at(
        &self,
        to: &Desk,
        form: Form,
        until: Option<UnixMillis>,
    ) -> Result<Ready, ScenarioError> {
        let (account, now) = (self.watch.account(), clock::now());
        let mut rng = clock::random();
        let draft = Draft::new(form, vec![to.clone()]);
        let mut plan = plan(account, &draft, true, now, &mut rng)?;
        if let Some(until) = until {
            defer(account, &mut plan, until)?;
        }
        let sealed = seal_plan(account, &plan, &draft.form, true, now, &mut rng)?;
        let form = draft.form;
        Ok(Ready { form, sealed })
    }

    /// Puts messages into the outbox, from where the daemon sends them: all of them before any,
    /// because the daemon waits for the store meanwhile.
    ///
    /// # Errors
    /// When one cannot be stored.
    pub fn queue(&mut self, batch: Vec<Ready>) -> Result<(), ScenarioError> {
        let account = self.watch.account();
        let writing = account.store.write()?;
        for Ready { form, sealed } in batch {
            let sent = Sent {
                parsed: &sealed.parsed,
                form: &form,
                content_key: &sealed.content_key,
                sender_key: &account.signing_key().verifying_key(),
                summary: summary(&form, Catalogue::built_in()),
            };
            writing.add_sent(&sent, clock::now())?;
            self.sent.insert(sealed.parsed.digest(), form);
        }
        Ok(())
    }

    /// Tells the daemon, where one runs, to look at the outbox now.
    pub fn poke(&self) {
        // Without one, or with one that starts: it looks by itself.
        let _ = local::poke(&self.watch.account().socket_path());
    }

    /// What was sent and is not proved delivered, from the store as it is now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn in_flight(&mut self) -> Result<InFlight, ScenarioError> {
        let store = &self.watch.account().store;
        let ids = store.ids()?.into_iter();
        let open = ids.filter(|(_, digest)| self.sent.contains_key(digest));
        let open = open.filter(|(_, digest)| !self.delivered.contains(digest));
        let mut delivered = Vec::new();
        for (_, digest) in open {
            if let Some(message) = store.message(&digest)? {
                let states = self.watch.proved(&message);
                if states.iter().all(|s| s.proof(Rung::Delivered).is_some()) {
                    delivered.push(digest);
                }
            }
        }
        self.delivered.extend(delivered);
        let outbox = store.outbox()?;
        let queued = outbox.iter().filter(|e| e.cargo == Cargo::Envelope);
        Ok(InFlight {
            queued: queued.count(),
            all: self.sent.len() - self.delivered.len(),
        })
    }

    /// Whether all that was sent is proved complete and nothing waits to leave, receipts included.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn is_settled(&mut self) -> Result<bool, ScenarioError> {
        let store = &self.watch.account().store;
        if !store.outbox_names()?.is_empty() {
            return Ok(false);
        }
        let messages = store.messages()?;
        Ok(messages.iter().all(|message| match message.record.origin {
            Origin::Sent => self.watch.proved(message).iter().all(|s| s.complete),
            Origin::Received => message.record.content != Content::Sealed,
        }))
    }

    /// Checks of every message that this desk sent: that `to` has it once, with the same content,
    /// and that its chain of receipts is complete here. And that `to` has nothing else.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub fn judge(&mut self, to: &mut Self, tally: &mut Tally) -> Result<(), ScenarioError> {
        self.watch.refresh()?;
        to.watch.refresh()?;
        let mut arrived: BTreeMap<Hash, u64> = BTreeMap::new();
        let mut references = BTreeSet::new();
        for message in to.watch.account().store.messages()? {
            if message.record.origin == Origin::Received {
                *arrived.entry(message.record.digest).or_default() += 1;
                references.insert(message.header.reference);
            }
        }
        for (digest, form) in &self.sent {
            let times = arrived.get(digest).copied().unwrap_or(0);
            let same = to.watch.account().store.form(digest)?.as_ref() == Some(form);
            let message = self.watch.account().store.message(digest)?;
            let complete = message.is_some_and(|message| self.is_complete(&message));
            tally.check(times == 1 && same && complete, || {
                let id = digest
                    .as_slice()
                    .iter()
                    .take(5)
                    .map(|b| format!("{b:02x}"))
                    .collect::<String>();
                format!("{id}: {times} times, content equal {same}, chain complete {complete}")
            });
        }
        let strangers = arrived
            .keys()
            .filter(|digest| !self.sent.contains_key(*digest))
            .count();
        let (had, sent) = (arrived.values().sum::<u64>(), self.sent.len());
        let no_more = strangers == 0 && had == sent as u64 && references.len() == sent;
        tally.check(no_more, || {
            format!(
                "{} has {had} messages of {sent} sent, {strangers} unknown",
                to.name()
            )
        });
        Ok(())
    }

    fn is_complete(&self, message: &Message) -> bool {
        let states = self.watch.proved(message);
        let whole = |rung| states.iter().all(|state| state.proof(rung).is_some());
        let rungs = [Rung::Accepted, Rung::Relayed, Rung::Delivered];
        let sound = states.iter().all(|s| s.complete && s.problem.is_none());
        !states.is_empty() && sound && rungs.into_iter().all(whole)
    }
}

/// When each escalation of a message was signed.
fn steps(message: &Message) -> Vec<UnixMillis> {
    let statements = message.statements.iter().map(|s| s.value());
    let steps = statements.filter(|s| matches!(s.claim, Claim::Escalated { .. }));
    steps.map(|s| s.at).collect()
}
