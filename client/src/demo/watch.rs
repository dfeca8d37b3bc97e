//! Looking at accounts from outside: statements verified again, states recomputed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use estafette_protocol::address::Desk;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Signed;
use estafette_protocol::receipt::{Receipt, receipts};
use estafette_protocol::statement::Statement;
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::{AddresseeState, Problem, Rung, track};

use super::report::Report;
use super::{DemoError, DeskStage};
use crate::account::Account;
use crate::clock;
use crate::store::{Message, Origin};

/// How long a rung may take to be proved.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long where something is made to go wrong, and so may never come.
pub const FAULT_PATIENCE: Duration = Duration::from_secs(8);
/// How long once something has not come: the outcome is known, the rest is for the record.
pub const GAP_PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// An account, looked at from outside.
#[derive(Debug)]
pub struct Watch {
    account: Account,
    patience: Duration,
    shown: BTreeSet<(Hash, String, Rung)>,
}

/// What statements prove about everything that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whether everything that must be proved is.
    pub ok: bool,
    /// Messages that a relay accepted or refused.
    pub sent: u64,
    /// Messages that every addressed desk has.
    pub delivered: u64,
    /// Messages that every addressed desk acknowledged.
    pub acknowledged: u64,
    /// Messages that a desk answered.
    pub answered: u64,
    /// Messages that a relay refused.
    pub refused: u64,
    /// Messages that a relay held and let go once somebody else had released them.
    pub held_released: u64,
    /// Messages of which a relay has asked a further desk to act.
    pub escalated: u64,
    /// Messages that were taken up or answered after their time.
    pub late: u64,
    /// Messages accepted before an outage of the addressee's relay ended, and relayed after.
    pub stored_and_forwarded: u64,
    /// What is missing, for people.
    pub gaps: Vec<String>,
}

/// When a relay was down.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    /// When it was killed.
    pub from: UnixMillis,
    /// When it was back.
    pub until: UnixMillis,
}

impl Watch {
    /// Opens the account of a desk.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open(desk: &DeskStage) -> Result<Self, DemoError> {
        let passphrase =
            std::fs::read(&desk.passphrase_file).map_err(|source| DemoError::Folder {
                path: desk.passphrase_file.clone(),
                source,
            })?;
        let account = Account::open(&desk.home, &passphrase)?;
        Ok(Self {
            account,
            shown: BTreeSet::new(),
            patience: PATIENCE,
        })
    }

    /// Waits only so long for anything from now on.
    pub const fn hurry(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// The account.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// Looks again at what the desk's own processes wrote.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn refresh(&mut self) -> Result<(), DemoError> {
        Ok(self.account.refresh()?)
    }

    /// Waits until something holds of the account.
    ///
    /// # Errors
    /// [`DemoError::Missing`] with `what` when it does not come.
    pub fn until<T>(
        &mut self,
        what: &str,
        mut holds: impl FnMut(&Account) -> Result<Option<T>, DemoError>,
    ) -> Result<T, DemoError> {
        let end = Instant::now() + self.patience;
        loop {
            self.refresh()?;
            if let Some(found) = holds(&self.account)? {
                return Ok(found);
            }
            if Instant::now() > end {
                return Err(DemoError::Missing(what.to_owned()));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// The message sent last.
    ///
    /// # Errors
    /// When there is none.
    pub fn last_sent(&mut self) -> Result<Message, DemoError> {
        self.refresh()?;
        let mut messages = self.account.store.messages()?.into_iter();
        let last = messages.rfind(|message| message.record.origin == Origin::Sent);
        last.ok_or_else(|| DemoError::Missing("the message".to_owned()))
    }

    /// Shows every rung of a message as it is proved, until one is reached or it is refused;
    /// gives what is proved then.
    ///
    /// # Errors
    /// When the account cannot be read. That a rung does not come is no error but a gap.
    pub fn follow(
        &mut self,
        digest: &Hash,
        wanted: Rung,
        report: &mut Report,
    ) -> Result<Vec<AddresseeState>, DemoError> {
        let end = Instant::now() + self.patience;
        loop {
            self.refresh()?;
            let states = self.states(digest)?;
            self.show(digest, &states, report);
            let is_stopped = |problem: &Problem| !matches!(problem, Problem::Held { .. });
            let stopped = |s: &AddresseeState| s.problem.as_ref().is_some_and(is_stopped);
            let refused = states.iter().any(stopped);
            let reached = states
                .iter()
                .all(|s| s.rung() >= wanted && s.rung() > Rung::Queued);
            let settled = states.iter().all(|s| has_lower_rungs(s, wanted));
            if refused || (reached && settled) || Instant::now() > end {
                return Ok(states);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Shows what is proved of a message by now.
    ///
    /// # Errors
    /// When the account cannot be read.
    pub fn look(&mut self, digest: &Hash, report: &mut Report) -> Result<(), DemoError> {
        self.refresh()?;
        let states = self.states(digest)?;
        self.show(digest, &states, report);
        Ok(())
    }

    fn show(&mut self, digest: &Hash, states: &[AddresseeState], report: &mut Report) {
        let id = short(digest);
        for state in states {
            for proof in &state.proofs {
                let key = (*digest, state.desk.to_string(), proof.rung);
                if self.shown.insert(key) {
                    report.receipt(&id, state, proof);
                }
            }
            if let Some(problem @ Problem::Refused { .. }) = &state.problem
                && self
                    .shown
                    .insert((*digest, state.desk.to_string(), Rung::Queued))
            {
                report.refusal(&id, problem);
            }
        }
    }

    fn states(&self, digest: &Hash) -> Result<Vec<AddresseeState>, DemoError> {
        let message = self.account.store.message(digest)?;
        Ok(message.map_or_else(Vec::new, |message| self.proved(&message)))
    }

    /// The states of a message, from the statements whose signatures are good by the directory.
    #[must_use]
    pub fn proved(&self, message: &Message) -> Vec<AddresseeState> {
        let statements = verified(&self.account, message);
        track(&message.header, &message.record.digest, &statements)
    }

    /// What the addressees have said and how their clocks stand, from the same.
    pub fn receipts(account: &Account, message: &Message) -> Vec<Receipt> {
        let statements = verified(account, message);
        let (header, digest) = (&message.header, &message.record.digest);
        receipts(header, digest, &statements, clock::now())
    }

    /// Whether somebody has said this of a message, with a good signature: a desk, or the relay.
    pub fn has_said(account: &Account, message: &Message, word: &str, desk: Option<&str>) -> bool {
        let mut statements = message.statements.iter().filter(|s| is_good(account, s));
        statements.any(|signed| {
            let said = signed.value();
            let by = said.signer.desk.as_ref().map(Desk::as_str);
            said.claim.word() == word && by == desk
        })
    }

    /// Adds what this account sent to a summary.
    ///
    /// # Errors
    /// When the account cannot be read.
    pub fn count(&mut self, summary: &mut Summary, outages: &[Outage]) -> Result<(), DemoError> {
        self.refresh()?;
        for message in self.account.store.messages()? {
            if message.record.origin == Origin::Sent {
                let states = self.proved(&message);
                add(summary, &states, outages);
                let said = |word: &str| Self::has_said(&self.account, &message, word, None);
                summary.escalated += u64::from(said("escalated"));
                let receipts = Self::receipts(&self.account, &message);
                let is_late = receipts.iter().any(|receipt| !receipt.late.is_empty());
                summary.late += u64::from(is_late);
                summary.held_released += u64::from(said("held") && said("released"));
            }
        }
        Ok(())
    }
}

fn verified(account: &Account, message: &Message) -> Vec<Signed<Statement>> {
    let statements = message.statements.iter();
    statements
        .filter(|s| is_good(account, s))
        .cloned()
        .collect()
}

fn is_good(account: &Account, signed: &Signed<Statement>) -> bool {
    let key = account.directory.signer_key(&signed.value().signer);
    key.is_some_and(|key| signed.verify(&key))
}

fn add(summary: &mut Summary, states: &[AddresseeState], outages: &[Outage]) {
    let all = |rung: Rung| !states.is_empty() && states.iter().all(|s| s.proof(rung).is_some());
    let refused = states
        .iter()
        .any(|s| matches!(s.problem, Some(Problem::Refused { .. })));
    summary.sent += u64::from(all(Rung::Accepted) || refused);
    summary.delivered += u64::from(all(Rung::Delivered));
    summary.acknowledged += u64::from(all(Rung::Acknowledged));
    summary.answered += u64::from(states.iter().any(|s| s.proof(Rung::Answered).is_some()));
    summary.refused += u64::from(refused);
    let waited = states.iter().any(|state| {
        let times = state.proof(Rung::Accepted).zip(state.proof(Rung::Relayed));
        times.is_some_and(|(accepted, relayed)| {
            let during = |o: &Outage| accepted.at >= o.from && accepted.at < o.until;
            outages.iter().any(|o| during(o) && relayed.at >= o.until)
        })
    });
    summary.stored_and_forwarded += u64::from(waited && all(Rung::Delivered));
}

/// Whether the relays' own rungs below the wanted one are proved too.
fn has_lower_rungs(state: &AddresseeState, wanted: Rung) -> bool {
    let needed = [Rung::Accepted, Rung::Relayed, Rung::Delivered];
    needed
        .into_iter()
        .filter(|rung| *rung <= wanted)
        .all(|rung| state.proof(rung).is_some())
}

/// The first ten digits of a digest.
pub fn short(digest: &Hash) -> String {
    hex::encode(digest.as_slice()).chars().take(10).collect()
}
