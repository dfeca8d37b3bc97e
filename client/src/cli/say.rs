//! What commands that sign a statement share: the sealed remark, and waiting until the relay has it.

use super::context::{Context, Unlocked};
use super::network::{self, Patience, Reach};
use crate::account::Account;
use crate::clock;
use crate::courier::{CourierError, Event, state};
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, explain};
use crate::store::{Cargo, Entry, Message, Record};
use clap::Args;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::Bytes;
use estafette_protocol::statement::{Claim, Remark, seal_remark};
use std::time::Duration;

/// How long a command waits for the relay to take what it says.
const TAKEN_WAIT: Duration = Duration::from_secs(8);
/// Most bytes of an officer's name and text together (STA-8).
const REMARK_BYTES_MAX: usize = 1_021;

/// Most statements of one key with one claim about one message that relays take (STA-17).
const CLAIMS_MAX: usize = 8;

/// Who says so, and one line of text.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct RemarkOptions {
    /// Who says so
    #[arg(long, value_name = "NAME")]
    pub(super) officer: Option<String>,
    /// One line for whoever can read the message
    #[arg(short, long, value_name = "TEXT")]
    pub(super) message: Option<String>,
}

impl RemarkOptions {
    /// A name and no text.
    pub(super) const fn of(officer: Option<String>) -> Self {
        Self {
            officer,
            message: None,
        }
    }

    /// The remark of a claim of this tag, sealed; `None` where there is none.
    pub(super) fn seal(
        &self,
        unlocked: &Unlocked,
        message: &Message,
        tag: u8,
    ) -> Outcome<Option<Bytes>> {
        let parts = (self.officer.as_deref(), self.message.as_deref());
        remark(unlocked, message, tag, parts)
    }

    /// Whether anything is said.
    pub(super) const fn is_empty(&self) -> bool {
        self.officer.is_none() && self.message.is_none()
    }
}

/// How far what was said got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// The relay has it.
    pub(super) sent: bool,
    /// A process goes on trying.
    pub(super) is_watched: bool,
    /// With what the relay answered, where this process has seen it.
    pub(super) fault: Option<ErrorCode>,
}

impl Taken {
    /// The end of a line that says so.
    pub(super) const fn says(self) -> &'static str {
        match (self.sent, self.is_watched) {
            (true, _) => "your relay has it",
            (false, true) => "queued here, relay unreachable, will keep trying",
            (false, false) => "queued here, relay unreachable, goes out with the next command",
        }
    }
}

/// Officer's name and text as a sealed remark; `None` where there is neither.
pub(super) fn remark(
    unlocked: &Unlocked,
    message: &Message,
    tag: u8,
    (officer, text): (Option<&str>, Option<&str>),
) -> Outcome<Option<Bytes>> {
    let wrong = |what: String| {
        Failure::new(
            Exit::Usage,
            "remark",
            what,
            "Nothing was said.",
            format!("estafette track {}", message.record.id),
        )
    };
    let parts = [officer, text];
    let len: usize = parts.iter().flatten().map(|part| part.len()).sum();
    if parts.iter().flatten().any(|part| part.contains('\n')) || len > REMARK_BYTES_MAX {
        let what = "name and text are one line each, 1,021 bytes together";
        return Err(wrong(what.to_owned()));
    }
    let Some(key) = message.content_key().filter(|_| len > 0) else {
        return Ok(None);
    };
    let remark = Remark {
        officer: officer.unwrap_or_default().to_owned(),
        text: text.unwrap_or_default().to_owned(),
    };
    let subject = (message.header.status, &message.record.digest, &key);
    let signer = (&unlocked.account.device(), tag);
    let sealed = seal_remark(&remark, subject, signer, &mut clock::random());
    sealed.map(Some).map_err(|error| wrong(error.to_string()))
}

/// Signs what is said of a message, stores and queues it; gives its bytes.
pub(super) fn sign(unlocked: &Unlocked, message: &Message, claim: Claim) -> Outcome<Bytes> {
    let (account, now) = (&unlocked.account, clock::now());
    let statement = state(account, message.record.digest, claim, now);
    let statement = statement.map_err(CourierError::from)?;
    let shown = |record: &mut Record| {
        record.shown_at = record.shown_at.or(Some(now));
    };
    account.store.write()?.add_own(&statement, shown, now)?;
    let bytes = statement.encode().map_err(CourierError::from)?;
    Ok(bytes.into())
}

/// Waits until the relay has taken these statements, or refused them.
pub(super) fn hand_over(
    context: &Context,
    unlocked: &mut Unlocked,
    statements: &[Bytes],
) -> Outcome<Taken> {
    let patience = Patience {
        at_most: TAKEN_WAIT,
        gives_up: true,
    };
    let mut fault = None;
    let mut taken = |account: &Account, progress: &mut Progress| {
        fault = progress.events.iter().rev().find_map(faulted).or(fault);
        let outbox = account.store.outbox()?;
        let waits = |entry: &Entry| match &entry.cargo {
            Cargo::Statement(bytes) => statements.contains(bytes),
            Cargo::Envelope => false,
        };
        Ok(!outbox.iter().any(waits))
    };
    let reach = network::wait(&mut unlocked.account, patience, &mut taken)?;
    let sent = reach == Reach::Reached;
    let is_watched = !sent && network::leave_courier(context, unlocked)?;
    Ok(Taken {
        sent,
        is_watched,
        fault,
    })
}

const fn faulted(event: &Event) -> Option<ErrorCode> {
    match event {
        Event::Fault { code, id: Some(_) } => *code,
        _ => None,
    }
}

/// Says something of several messages: all of it is signed before any of it leaves, and what the
/// relay refuses was never said.
pub(super) fn speak(
    context: &Context,
    unlocked: &mut Unlocked,
    said: &[(&Message, Claim)],
) -> Outcome<Taken> {
    for (message, claim) in said {
        not_too_often(unlocked, message, claim)?;
    }
    let mut statements = Vec::new();
    for (message, claim) in said {
        statements.push(sign(unlocked, message, claim.clone())?);
    }
    let taken = hand_over(context, unlocked, &statements)?;
    for ((message, _), bytes) in said.iter().zip(&statements) {
        if !stands(unlocked, message, bytes)? {
            return Err(refused(message, taken.fault));
        }
    }
    Ok(taken)
}

// STA-17
pub(super) fn not_too_often(unlocked: &Unlocked, message: &Message, claim: &Claim) -> Outcome<()> {
    let device = unlocked.account.device();
    let own = message.statements.iter().map(|signed| signed.value());
    let own = own.filter(|said| said.signer.key == device && said.claim.tag() == claim.tag());
    let id = message.record.id;
    match own.count() {
        ..CLAIMS_MAX => Ok(()),
        _ => Err(Failure::new(
            Exit::Refused,
            "said-too-often",
            format!("this device has said that of {id} as often as relays take it (STA-17)"),
            "Nothing was said; another device of your desk still can.",
            format!(
                "estafette note TEXT --reply-to {id} --to {}",
                message.header.sender
            ),
        )),
    }
}

fn refused(message: &Message, fault: Option<ErrorCode>) -> Box<Failure> {
    let id = message.record.id;
    let word = fault.map_or("statement-refused", ErrorCode::word);
    let why = match fault.and_then(clause) {
        Some(clause) => format!("{} ({clause}); nothing was changed.", explain(word)),
        None => "It does not fit how the message stands now; nothing was changed.".to_owned(),
    };
    Failure::new(
        Exit::Refused,
        word,
        format!("your relay does not take that of {id}"),
        why,
        format!("estafette sync      then  estafette track {id}"),
    )
}

/// The rule behind a code with which relays answer what a desk says.
pub(super) const fn clause(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::StatementNotEntitled => "STA-2",
        ErrorCode::StepEarly => "ESC-21",
        ErrorCode::StepUnknown => "ESC-22",
        ErrorCode::ExtensionInvalid => "ESC-24",
        ErrorCode::NotHeld => "STA-20",
        _ => return None,
    })
}

/// Whether a statement of this device still stands: one that the relay refuses does not.
pub(super) fn stands(unlocked: &Unlocked, message: &Message, bytes: &Bytes) -> Outcome<bool> {
    let held = unlocked.account.store.message(&message.record.digest)?;
    Ok(held.is_some_and(|held| held.record.statements.contains(bytes)))
}
