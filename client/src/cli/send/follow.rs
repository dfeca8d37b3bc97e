//! What happens once a message is queued: waiting for a rung, and saying how far it got.

use crate::account::Account;
use crate::cli::context::{Context, Unlocked};
use crate::cli::network::{self, Patience, Reach};
use crate::clock;
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, explain};
use crate::output::Output;
use crate::store::Message;
use crate::view::{self, Row, Side, Step, Verdict};
use clap::ValueEnum;
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::Hash;
use estafette_protocol::track::Rung;
use serde_json::json;
use std::time::Duration;

/// How long a send waits for the own relay when it was not asked to wait.
const RECEIPT_WAIT: Duration = Duration::from_secs(8);

/// Rungs that can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Wanted {
    /// Your relay holds it.
    Accepted,
    /// Their relay holds it.
    Relayed,
    /// A device of theirs holds it.
    Delivered,
    /// An officer has taken it on.
    Acknowledged,
    /// It is answered.
    Answered,
}

impl Wanted {
    pub(in crate::cli) const fn rung(self) -> Rung {
        match self {
            Self::Accepted => Rung::Accepted,
            Self::Relayed => Rung::Relayed,
            Self::Delivered => Rung::Delivered,
            Self::Acknowledged => Rung::Acknowledged,
            Self::Answered => Rung::Answered,
        }
    }
}

/// Waits as long as was asked for, or for the own relay's receipt, and reports.
pub(super) fn wait(
    context: &Context,
    unlocked: &mut Unlocked,
    digest: &Hash,
    (wanted, timeout_ms): (Option<Wanted>, u64),
) -> Outcome<Exit> {
    let (patience, rung) = match wanted {
        Some(wanted) => {
            let at_most = Duration::from_millis(timeout_ms);
            let gives_up = false;
            (Patience { at_most, gives_up }, wanted.rung())
        }
        None => {
            let (at_most, gives_up) = (RECEIPT_WAIT, true);
            (Patience { at_most, gives_up }, Rung::Accepted)
        }
    };
    follow(
        context,
        unlocked,
        digest,
        (patience, rung, wanted.is_some()),
    )
}

/// Waits for a rung and reports what was reached.
fn follow(
    context: &Context,
    unlocked: &mut Unlocked,
    digest: &Hash,
    (patience, wanted, required): (Patience, Rung, bool),
) -> Outcome<Exit> {
    let mut ended = |account: &Account, _: &mut Progress| {
        let message = stored(account, digest)?;
        let rows = view::rows(&message, clock::now());
        Ok(view::judge(&message, &rows, wanted) != Verdict::Pending)
    };
    let reach = network::wait(&mut unlocked.account, patience, &mut ended)?;
    let message = stored(&unlocked.account, digest)?;
    let still_queued = !message.is_settled();
    let is_watched = still_queued && network::leave_courier(context, unlocked)?;
    let rows = view::rows(&message, clock::now());
    let verdict = view::judge(&message, &rows, wanted);
    let exit = match (&verdict, required) {
        (Verdict::Refused(_), _) => Exit::Refused,
        (Verdict::Negative(_), true) => Exit::Negative,
        (Verdict::Overdue, true) => Exit::Overdue,
        (Verdict::Pending, true) if reach == Reach::Unreachable => Exit::Unreachable,
        (Verdict::Pending, _) if matches!(reach, Reach::Untrusted | Reach::Unknown) => Exit::Trust,
        (Verdict::Pending, true) => Exit::Pending,
        _ => Exit::Done,
    };
    let waits = waits_for(unlocked, &message);
    let waits = waits.as_deref();
    report(
        context,
        &message,
        &verdict,
        (reach, exit, is_watched, waits),
    )
}

/// Who has to release a message before it goes, where nobody has; the relay's word for that may
/// come a moment after its receipt.
fn waits_for(unlocked: &Unlocked, message: &Message) -> Option<String> {
    let has_gone = view::releases(message)
        .iter()
        .any(|said| matches!(said.what, Step::Released(_)) && said.by.desk.is_none());
    let releasers = view::releasers(&unlocked.account, message, clock::now());
    let desks: Vec<&str> = releasers.iter().map(Desk::as_str).collect();
    (!has_gone && !desks.is_empty()).then(|| desks.join(" or "))
}

fn report(
    context: &Context,
    message: &Message,
    verdict: &Verdict,
    (reach, exit, is_watched, waits): (Reach, Exit, bool, Option<&str>),
) -> Outcome<Exit> {
    let output = context.output;
    let id = message.record.id;
    let rows = view::rows(message, clock::now());
    let rung = view::lowest_rung(&rows).word();
    if let (Verdict::Refused(side), false) = (verdict, output.json) {
        let word = side.word();
        let reason = reason(side);
        let what = format!("your relay refused {id}: {} ({word})", explain(reason));
        let why = "The refusal is signed and kept; nothing went any further.";
        let next = format!("estafette track {id}      then change the message and send it anew");
        return Err(Failure::new(Exit::Refused, reason, what, why, next));
    }
    let sides: Vec<String> = rows
        .iter()
        .flat_map(|row| &row.sides)
        .map(|s| s.word())
        .collect();
    output.object(
        "sent",
        json!({
            "id": id,
            "digest": hex::encode(message.record.digest.as_slice()),
            "rung": rung,
            "sides": sides,
            "relay": if reach == Reach::Unreachable { "unreachable" } else { "reached" },
            "background": is_watched,
            "waits_for": waits,
            "exit": exit.number(),
        }),
    );
    let number = exit.number();
    let says = match (verdict, reach) {
        _ if rung != "queued" => format!("{rung}, receipt verified"),
        (_, Reach::Unknown) => "queued – your relay does not know this device (exit 5)".to_owned(),
        (_, Reach::Untrusted) => {
            "queued – not sent: whoever answers does not hold your relay's key (exit 5)".to_owned()
        }
        (_, Reach::Unreachable) => {
            let tries = match is_watched {
                true => "will keep trying",
                false => "goes out with the next command",
            };
            format!("queued – relay unreachable, {tries} (exit {number})")
        }
        _ => format!("queued – no receipt yet, will keep trying (exit {number})"),
    };
    let tail = match (exit, sides.is_empty()) {
        _ if waits.is_some() => {
            let desks = waits.unwrap_or_default();
            format!(" – held until released by {desks}")
        }
        (Exit::Pending, _) => " – still waiting for more".to_owned(),
        (_, false) => kept_back(output, &rows).unwrap_or_else(|| " – needs a look".into()),
        _ => String::new(),
    };
    let phone = match rung {
        "queued" => format!("   Phone instead:  estafette show {id} --phone"),
        _ => String::new(),
    };
    output.talk(&format!(
        "✓ {id} {says}{tail}.  Watch it:  estafette track {id}{phone}"
    ));
    Ok(exit)
}

/// That the own relay keeps a message back, and until when; or that not everybody can read it.
fn kept_back(output: Output, rows: &[Row]) -> Option<String> {
    let mut sides = rows.iter().flat_map(|row| &row.sides);
    sides.find_map(|side| match side {
        Side::Held { until } => Some(format!(" – held until {}", output.time(*until))),
        Side::NotYetReadable => Some(" – not yet readable at every desk".to_owned()),
        _ => None,
    })
}

fn reason(side: &Side) -> &'static str {
    match side {
        Side::Undeliverable { reason, .. } => {
            let codes = estafette_protocol::code::ErrorCode::ALL;
            let known = codes.iter().find(|code| code.word() == reason);
            known.map_or("refused", |code| code.word())
        }
        _ => "refused",
    }
}

fn stored(account: &Account, digest: &Hash) -> Outcome<Message> {
    let message = account.store.message(digest)?;
    Ok(message.ok_or(crate::store::StoreError::Missing)?)
}
