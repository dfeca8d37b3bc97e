//! What desks ask of a chain or a clock, and whether it can be met. Spec: escalation.md, By hand.

use estafette_protocol::address::Desk;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::Hash;
use estafette_protocol::envelope::Parsed;
use estafette_protocol::escalation::check_extension;
use estafette_protocol::statement::{Claim, Statement};

use crate::engine::Engine;
use crate::store::Store;

impl<S: Store> Engine<S> {
    /// Whether a request for a step, or an extension, is one that can be met.
    pub(in crate::engine) fn can_be_met(&self, value: &Statement) -> Result<(), ErrorCode> {
        match &value.claim {
            Claim::EscalationAsked { desk, step } => {
                let by = value.signer.desk.as_ref();
                self.can_ask(&value.subject, (desk, *step), by)
            }
            Claim::Extended { .. } => self.can_extend(value),
            _ => Ok(()),
        }
    }

    fn can_ask(
        &self,
        subject: &Hash,
        (desk, step): (&Desk, Option<u8>),
        by: Option<&Desk>,
    ) -> Result<(), ErrorCode> {
        let seen = self.store.view().seen(&subject.0).ok().flatten();
        let (Some(leaf), Some(by)) = (seen, by) else {
            return Ok(());
        };
        let item = self.store.view().item(leaf).ok().flatten();
        if item.is_some_and(|item| item.is_kept_back()) {
            return Err(ErrorCode::StepUnknown);
        }
        // ESC-20: another agency's relay judges for its desks.
        if desk.agency() != self.identity.agency {
            return Ok(());
        }
        let watch = self.watch(leaf).ok().flatten();
        let watch = watch.ok_or(ErrorCode::StepUnknown)?;
        watch
            .can_ask((desk, step), by, self.moment())
            .map_err(|(code, clause)| {
                tracing::info!(code = code.word(), clause, "a step is not taken");
                code
            })
    }

    /// By the header, as long as the body is here.
    // ESC-24
    fn can_extend(&self, value: &Statement) -> Result<(), ErrorCode> {
        let seen = self.store.view().seen(&value.subject.0).ok().flatten();
        let body = seen.and_then(|leaf| self.store.read(leaf).ok());
        let parsed = body.and_then(|bytes| Parsed::decode(&bytes).ok());
        let judged = parsed.map_or(Ok(()), |parsed| check_extension(parsed.header(), value));
        judged.map_err(|(code, clause)| {
            tracing::info!(code = code.word(), clause, "an extension is not taken");
            code
        })
    }
}
