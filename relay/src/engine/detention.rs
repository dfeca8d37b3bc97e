//! Messages that are held until somebody else releases them. Spec: release.md, Holding.
//!
//! What is detained is in the journal before anybody hears of it, so that a restart forgets nothing.
//! Whether a message needs a release, and which releases count, is decided by the rules.

use estafette_protocol::address::Desk;
use estafette_protocol::admission::{Refusal, Side};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Text;
use estafette_protocol::envelope::{Header, Parsed};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::routing::{Verdict, decide, judge_release, releasers};
use estafette_protocol::statement::{Claim, Statement};
use estafette_protocol::time::UnixMillis;
use std::collections::BTreeSet;

use super::rules::named;
use super::{Engine, EngineError};
use crate::index::{Detention, Facts, Item};
use crate::record::{Leaf, Mailbox, Record};
use crate::store::Store;

/// Messages of which it is said at one tick that they are late; the next tick follows at once.
const LATE_MAX: usize = 256;

impl<S: Store> Engine<S> {
    /// Of the mailboxes of a message that is detained, those that get it at once: the sender's desk
    /// and whoever may release it (REL-11).
    pub(super) fn to_releasers(&self, parsed: &Parsed, may_release: &[Desk]) -> BTreeSet<Mailbox> {
        let header = parsed.header();
        let wraps = parsed.envelope().wraps.iter().filter(|wrap| {
            let desk = header.desk(wrap.addressee);
            wrap.addressee == 0 || desk.is_some_and(|desk| may_release.contains(desk))
        });
        wraps.map(|wrap| self.reader(&wrap.device)).collect()
    }

    /// REL-12: whether a release, or its refusal, is one that counts.
    pub(super) fn can_release(&mut self, value: &Statement) -> Result<(), ErrorCode> {
        let release = matches!(
            value.claim,
            Claim::Released { .. } | Claim::ReleaseRefused { .. }
        );
        if !release || value.signer.desk.is_none() {
            return Ok(());
        }
        let detained = self.detained(&value.subject).ok().flatten();
        // REL-19: what has expired is gone, whether or not that was told.
        let detained = detained.filter(|(_, _, parsed)| parsed.header().expires > self.now);
        let Some((_, _, parsed)) = detained else {
            return Err(ErrorCode::NotHeld);
        };
        let header = parsed.header();
        let judged = self.in_world(header, |world| {
            judge_release(header, value, world, Side::Egress)
        });
        match judged {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(refusal)) | Err(refusal)) => {
                let (code, clause) = (refusal.code.word(), refusal.clause);
                tracing::info!(code, clause, "a release is not taken");
                Err(refusal.code)
            }
            Err(error) => {
                tracing::error!(%error, "a release cannot be judged");
                Err(ErrorCode::ReleaseInvalid)
            }
        }
    }

    /// What a release, or its refusal, changes once it is journalled (REL-13, REL-17).
    pub(super) fn heed_release(&mut self, leaf: Leaf, subject: &Hash) -> Result<(), EngineError> {
        let Some((item, detained, parsed)) = self.detained(subject)? else {
            return Ok(());
        };
        let header = parsed.header();
        match self.weigh_releases(&parsed)? {
            Ok(Verdict::Hold { .. }) => Ok(()),
            // ENV-23
            Ok(Verdict::Pass { .. }) if self.is_signer_barred(header, &detained) => {
                self.call_off(leaf, subject)
            }
            Ok(Verdict::Pass { precedence, .. }) => self.let_go(leaf, &parsed, precedence),
            Err(refusal) => {
                tracing::info!(
                    code = refusal.code.word(),
                    clause = refusal.clause,
                    desk = %item_sender(&item),
                    "a held message is dropped"
                );
                self.drop_kept(leaf)?;
                let to = self.sender_and_releasers(header)?;
                self.refuse(&parsed, refusal, None, to)
            }
        }
    }

    fn weigh_releases(&mut self, parsed: &Parsed) -> Result<Result<Verdict, Refusal>, EngineError> {
        let (header, now) = (parsed.header(), self.now);
        let inner = self.unfolded(header)?;
        let unfolded = self.with_inner(header, &inner, Side::Egress)?;
        let header = unfolded.as_ref().unwrap_or(header);
        let kinds = [Claim::RELEASED, Claim::RELEASE_REFUSED];
        let by_desk = |said: &Statement| said.signer.desk.is_some();
        let releases = self.said_about(&parsed.digest(), &kinds, by_desk)?;
        let mut said = self.grants(header)?;
        said.extend(
            releases
                .into_iter()
                .map(|(_, signed)| signed.value().clone()),
        );
        let verdict = self.in_world(header, |world| {
            decide(header, &said, world, Side::Egress, now)
        })?;
        Ok(verdict.and_then(|verdict| verdict))
    }

    /// REL-13, REL-20: in one group, the word and the deed.
    fn let_go(
        &mut self,
        leaf: Leaf,
        parsed: &Parsed,
        precedence: Precedence,
    ) -> Result<(), EngineError> {
        let header = parsed.header();
        let early = header.not_before.filter(|_| self.is_early(header));
        let let_go = Record::LetGo {
            leaf,
            precedence: precedence.code(),
            until_ms: early.map(|until| until.0),
        };
        self.append(let_go, None)?;
        let remark = None;
        let to = self.desk_mailboxes(&header.sender);
        let claim = Claim::Released { precedence, remark };
        self.state(header, &parsed.digest(), claim, to)?;
        if early.is_none() {
            self.follow(leaf)?;
            self.begin_watch(leaf, parsed)?;
        }
        Ok(())
    }

    /// Says that releases take too long (REL-18).
    pub(super) fn tell_late(&mut self) -> Result<(), EngineError> {
        for leaf in self.store.view().late(self.now.0, LATE_MAX)? {
            let Some(item) = self.store.view().item(leaf)? else {
                continue;
            };
            self.append(Record::Late { leaf }, None)?;
            let Facts::Envelope(facts) = &item.facts else {
                continue;
            };
            let Some((_, detained, parsed)) = self.detained(&named(&facts.digest))? else {
                continue;
            };
            // What has expired is for `expire` to tell.
            if facts.expires_ms <= self.now.0 {
                continue;
            }
            let clause = match self.weigh_releases(&parsed)? {
                Ok(Verdict::Hold { lacks, .. }) => lacks.clause,
                _ => "REL-2",
            };
            let claim = Claim::Held {
                clause: Text::new(clause)?,
                due: detained.due_ms.map(UnixMillis),
                late: true,
            };
            let header = parsed.header();
            let to = self.sender_and_releasers(header)?;
            self.state(header, &parsed.digest(), claim, to)?;
        }
        Ok(())
    }

    /// A detained message, as long as it is one and its body is here.
    pub(super) fn detained(
        &self,
        digest: &Hash,
    ) -> Result<Option<(Item, Detention, Parsed)>, EngineError> {
        let view = self.store.view();
        let Some(leaf) = view.seen(&digest.0)? else {
            return Ok(None);
        };
        let Some(item) = view.item(leaf)? else {
            return Ok(None);
        };
        let Some(detained) = item.detained.clone() else {
            return Ok(None);
        };
        match self.store.read(leaf) {
            Ok(bytes) => Ok(Some((item, detained, Parsed::decode(&bytes)?))),
            Err(error) => {
                tracing::error!(leaf = leaf.0, %error, "a body cannot be read");
                Ok(None)
            }
        }
    }

    fn is_signer_barred(&self, header: &Header, detained: &Detention) -> bool {
        let signer = estafette_protocol::encoding::FixedBytes(detained.signer);
        self.directory
            .is_barred(&header.sender.agency(), &signer, self.now)
    }

    /// The devices of the sender's desk and of the desks that may release a message.
    pub(super) fn sender_and_releasers(
        &mut self,
        header: &Header,
    ) -> Result<Vec<Mailbox>, EngineError> {
        let may = self.in_world(header, |world| releasers(header, world, Side::Egress))?;
        let desks = may.unwrap_or_default();
        let desks = std::iter::once(&header.sender).chain(&desks);
        let mailboxes: BTreeSet<Mailbox> =
            desks.flat_map(|desk| self.desk_mailboxes(desk)).collect();
        Ok(mailboxes.into_iter().collect())
    }
}

fn item_sender(item: &Item) -> &str {
    match &item.facts {
        Facts::Envelope(facts) => &facts.sender,
        _ => "",
    }
}
