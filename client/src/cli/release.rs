//! `estafette release` and `estafette refuse`: what waits for this desk's word before it goes.

use super::context::{Context, Unlocked};
use super::list::{self, Listing};
use super::say;
use crate::clock;
use crate::compose::Facts;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, explain};
use crate::store::Message;
use crate::view;
use crate::words::visible;
use clap::Args;
use estafette_protocol::address::Desk;
use estafette_protocol::admission::Side;
use estafette_protocol::encoding::Extensions;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::routing::judge_release;
use estafette_protocol::statement::{Claim, Statement};
use serde_json::json;
use std::collections::BTreeMap;

/// Claim tags, which remarks are bound to.
const RELEASED: u8 = 10;
const RELEASE_REFUSED: u8 = 11;
/// Word of the code list of reasons.
const REASONS: &str = "release-reasons";

const EXAMPLES: &str = "\
Examples:
  estafette release                                   what waits for your desk?
  estafette release 112 --officer 'Insp. Ahl'
  estafette release 112 --precedence immediate
  estafette refuse 112 --reason legal-basis -m 'Article 8 does not cover it'";

/// Let a message of your agency go; without an id, list what waits for your desk.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Release {
    /// Small id, or the beginning of a digest
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// At another precedence than its own
    #[arg(long, value_name = "WORD", requires = "id")]
    precedence: Option<Precedence>,
    #[command(flatten)]
    remark: say::RemarkOptions,
}

/// Do not let a message of your agency go.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Refuse {
    /// Small id, or the beginning of a digest
    #[arg(value_name = "ID")]
    id: String,
    /// Why, such as incomplete, legal-basis or wrong-addressee
    #[arg(long, value_name = "CODE")]
    reason: String,
    #[command(flatten)]
    remark: say::RemarkOptions,
}

impl Release {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let Some(id) = &self.id else {
            return queue(context, &unlocked);
        };
        let message = unlocked.resolve_one(id)?;
        let precedence = self.precedence.unwrap_or(message.header.precedence);
        let remark = self.remark.seal(&unlocked, &message, RELEASED)?;
        let claim = Claim::Released { precedence, remark };
        let taken = speak(context, &mut unlocked, &message, claim)?;
        let id = message.record.id;
        context.output.object(
            "released",
            json!({"id": id, "precedence": precedence.word(), "sent": taken.sent}),
        );
        let says = taken.says();
        context.output.talk(&format!(
            "✓ {id} released as {} – {says}.  Watch it:  estafette track {id}",
            precedence.word()
        ));
        Ok(Exit::Done)
    }
}

impl Refuse {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let message = unlocked.resolve_one(&self.id)?;
        let reason = reason(context, &self.reason)?;
        let remark = self.remark.seal(&unlocked, &message, RELEASE_REFUSED)?;
        let claim = Claim::ReleaseRefused { reason, remark };
        let taken = speak(context, &mut unlocked, &message, claim)?;
        let id = message.record.id;
        context.output.object(
            "release-refused",
            json!({"id": id, "reason": reason, "sent": taken.sent}),
        );
        let (says, sender) = (taken.says(), &message.header.sender);
        context.output.talk(&format!(
            "✓ {id} not released, {sender} will be told why – {says}.  Watch it:  estafette track {id}"
        ));
        Ok(Exit::Done)
    }
}

/// What waits for this desk's release.
fn queue(context: &Context, unlocked: &Unlocked) -> Outcome<Exit> {
    let mut items = unlocked.items()?;
    items.retain(|item| item.awaits_release);
    list::sort(&mut items);
    let listing = Listing::new(context, unlocked, clock::now());
    listing.print_all(&items)?;
    if items.is_empty() {
        let desk = unlocked.desk();
        context
            .output
            .talk(&format!("Nothing waits for a release by {desk}."));
    }
    Ok(Exit::Done)
}

fn reason(context: &Context, typed: &str) -> Outcome<u16> {
    let list = context.catalogue.list(REASONS);
    if let Some(code) = list.and_then(|list| list.code_by_word(typed)) {
        return Ok(code.value);
    }
    let words = list.map_or_else(String::new, |list| {
        let words: Vec<&str> = list.codes.iter().map(|code| code.word.as_str()).collect();
        words.join(", ")
    });
    Err(Failure::new(
        Exit::Usage,
        "reason",
        format!("{} is no reason", visible(typed, false)),
        format!("Nothing was said.  One of: {words}."),
        "the same command with --reason CODE",
    ))
}

/// Judges what is about to be said as the relay will, says it, and waits until the relay has it.
fn speak(
    context: &Context,
    unlocked: &mut Unlocked,
    message: &Message,
    claim: Claim,
) -> Outcome<say::Taken> {
    check(unlocked, message, &claim)?;
    let bytes = say::sign(unlocked, message, claim)?;
    let taken = say::hand_over(context, unlocked, std::slice::from_ref(&bytes))?;
    match say::stands(unlocked, message, &bytes)? {
        true => Ok(taken),
        // REL-12
        false => Err(not_held(message)),
    }
}

fn check(unlocked: &Unlocked, message: &Message, claim: &Claim) -> Outcome<()> {
    let id = message.record.id;
    let (account, now) = (&unlocked.account, clock::now());
    if message.content_key().is_none() {
        return Err(Failure::new(
            Exit::Failed,
            "not-readable",
            format!("{id} cannot be read on this device"),
            "Nobody lets go what nobody here has read; nothing was said.",
            "estafette sync      then the same command again",
        ));
    }
    let facts = Facts::of(account, &message.header, BTreeMap::new(), now);
    let statement = Statement {
        subject: message.record.digest,
        at: now,
        signer: account.signer(),
        claim: claim.clone(),
        extensions: Extensions::default(),
    };
    let judged = judge_release(&message.header, &statement, &facts.world(), Side::Egress);
    if let Err(refusal) = judged {
        return Err(may_not(unlocked, message, refusal));
    }
    match view::awaits(account, message, now) {
        true => Ok(()),
        false => Err(not_held(message)),
    }
}

fn may_not(
    unlocked: &Unlocked,
    message: &Message,
    refusal: estafette_protocol::admission::Refusal,
) -> Box<Failure> {
    let id = message.record.id;
    let releasers = view::releasers(&unlocked.account, message, clock::now());
    let desks: Vec<&str> = releasers.iter().map(Desk::as_str).collect();
    let (what, why) = match (refusal.clause, desks.is_empty()) {
        ("REL-6", _) => (
            explain(refusal.code.word()).to_owned(),
            "Nothing was said; at its own precedence it can be released.".to_owned(),
        ),
        (_, true) => (
            format!("{id} needs no release"),
            "Nothing was said.".to_owned(),
        ),
        (_, false) => (
            format!("{} may not release {id}", unlocked.desk()),
            format!(
                "Nothing was said.  It may be released by {}.",
                desks.join(", ")
            ),
        ),
    };
    Failure::new(
        Exit::Refused,
        refusal.code.word(),
        format!("{what} ({})", refusal.clause),
        why,
        format!("estafette track {id}"),
    )
}

fn not_held(message: &Message) -> Box<Failure> {
    let id = message.record.id;
    Failure::new(
        Exit::Refused,
        "not-held",
        format!("{id} does not wait for a release any more (REL-12)"),
        "It was released, refused, taken back or has expired; nothing was changed.",
        format!("estafette track {id}"),
    )
}
