//! What every sending command shares: who is addressed, how it travels, how long to wait.

use super::context::{Context, Unlocked};
use super::network::{self, Patience, Reach};
use crate::account::Account;
use crate::clock;
use crate::compose::{Draft, Plan, plan, seal_plan, summary};
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, explain};
use crate::store::{Message, Sent};
use crate::view::{self, Verdict};
use crate::words;
use clap::{Args, ValueEnum};
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::Hash;
use estafette_protocol::envelope::Role;
use estafette_protocol::form::Form;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::track::Rung;
use serde_json::json;
use std::time::Duration;

/// How long a send waits for the own relay when it was not asked to wait.
const RECEIPT_WAIT: Duration = Duration::from_secs(8);

/// Options of every sending command.
#[derive(Debug, Args)]
pub(super) struct SendOptions {
    /// Desk that must act; repeat, or separate by commas
    #[arg(long, required = true, value_name = "DESK", value_delimiter = ',')]
    to: Vec<Desk>,
    /// Desk that is informed
    #[arg(long, value_name = "DESK", value_delimiter = ',')]
    info: Vec<Desk>,
    /// Handling code, such as tlp:amber or class:restricted
    #[arg(long, value_name = "AXIS:CODE", value_delimiter = ',', value_parser = parse_marking)]
    marking: Vec<Marking>,
    /// Acknowledge within, such as 15m
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration)]
    pub(super) ack_by: Option<u64>,
    /// Lives so long at most, such as 24h
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration)]
    expires: Option<u64>,
    /// Say what would be sent, to whom and until when, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Wait until every desk that must act has got this far
    #[arg(long, value_name = "RUNG")]
    wait: Option<Wanted>,
    /// Wait so long at most
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration, default_value = "60s")]
    timeout: u64,
    /// Leave the judging to the relays
    #[arg(long, hide = true)]
    unchecked: bool,
}

/// Rungs that can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Wanted {
    /// Your relay holds it.
    Accepted,
    /// Their relay holds it.
    Relayed,
    /// A device of theirs holds it.
    Delivered,
    /// An officer has taken it on.
    Acknowledged,
}

impl Wanted {
    const fn rung(self) -> Rung {
        match self {
            Self::Accepted => Rung::Accepted,
            Self::Relayed => Rung::Relayed,
            Self::Delivered => Rung::Delivered,
            Self::Acknowledged => Rung::Acknowledged,
        }
    }
}

/// What differs between sending commands.
pub(super) struct Letter {
    pub(super) form: Form,
    pub(super) precedence: Precedence,
    pub(super) acknowledge_within: Option<u64>,
    pub(super) in_reply_to: Option<Hash>,
}

#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a handling code is tlp:…, handling:…, pap:… or class:…, such as tlp:amber")]
struct NoMarking;

fn parse_marking(text: &str) -> Result<Marking, NoMarking> {
    Marking::from_words(text).ok_or(NoMarking)
}

impl SendOptions {
    /// Seals, queues and sends; prints how far it got.
    pub(super) fn send(
        self,
        context: &Context,
        unlocked: &mut Unlocked,
        letter: Letter,
    ) -> Outcome<Exit> {
        network::require_enrolled(unlocked)?;
        let usual_lifetime = match letter.form.format {
            1 => crate::compose::FLAG_LIFETIME_MS,
            _ => crate::compose::LIFETIME_MS,
        };
        let draft = Draft {
            usual_lifetime,
            info: self.info.clone(),
            precedence: letter.precedence,
            marking: self.marking.clone(),
            in_reply_to: letter.in_reply_to,
            acknowledge_within: letter.acknowledge_within,
            lifetime: self.expires,
            status: Status::Actual,
            ..Draft::new(letter.form, self.to.clone())
        };
        let (checked, now) = (!self.unchecked, clock::now());
        let account = &unlocked.account;
        let mut rng = clock::random();
        let plan = plan(account, &draft, checked, now, &mut rng)?;
        let sealed = seal_plan(account, &plan, &draft.form, checked, now, &mut rng)?;
        if self.dry_run {
            dry_run(context, &plan, &draft);
            return Ok(Exit::Done);
        }
        let digest = sealed.parsed.digest();
        let sent = Sent {
            parsed: &sealed.parsed,
            form: &draft.form,
            content_key: &sealed.content_key,
            sender_key: &account.signing_key().verifying_key(),
            summary: summary(&draft.form, context.catalogue),
        };
        account.store.write()?.add_sent(&sent, now)?;
        let (patience, wanted) = match self.wait {
            Some(wanted) => {
                let at_most = Duration::from_millis(self.timeout);
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
            &digest,
            (patience, wanted, self.wait.is_some()),
        )
    }
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
    report(context, &message, &verdict, (reach, exit, is_watched))
}

fn report(
    context: &Context,
    message: &Message,
    verdict: &Verdict,
    (reach, exit, is_watched): (Reach, Exit, bool),
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
        (Exit::Pending, _) => " – still waiting for more".to_owned(),
        (_, false) => match message
            .header
            .not_before
            .filter(|_| sides.contains(&"held".into()))
        {
            Some(until) => format!(" – held until {}", output.time(until)),
            None => " – needs a look".to_owned(),
        },
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

fn reason(side: &view::Side) -> &'static str {
    match side {
        view::Side::Undeliverable { reason, .. } => {
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

fn dry_run(context: &Context, plan: &Plan, draft: &Draft) {
    let output = context.output;
    let header = &plan.header;
    for (addressee, at) in header.addressees.iter().zip(1_u8..) {
        let devices = plan.readers.iter().filter(|r| r.addressee == at).count();
        let role = role_word(addressee.role);
        output.object(
            "recipient",
            json!({
                "desk": addressee.desk.as_str(), "role": role, "devices": devices,
            }),
        );
        let devices = match devices {
            0 => "not yet readable there".to_owned(),
            1 => "1 device".to_owned(),
            n => format!("{n} devices"),
        };
        output.line(&format!("{:<8} {}  ({devices})", role, addressee.desk));
    }
    let due = draft.acknowledge_within.map(words::duration);
    output.object(
        "draft",
        json!({
            "precedence": header.precedence.word(),
            "marking": header.marking.iter().map(|m| m.words()).collect::<Vec<_>>(),
            "accord": plan.accord,
            "acknowledge_within_ms": draft.acknowledge_within,
            "expires": words::time_rfc3339(header.expires),
            "wraps": plan.readers.len(),
        }),
    );
    let accord = plan.accord.as_deref().unwrap_or("none, within the agency");
    output.line(&format!("{:<8} {}", "travels", header.precedence.word()));
    output.line(&format!("{:<8} {accord}", "accord"));
    output.line(&format!(
        "{:<8} {}",
        "ack by",
        due.map_or("no deadline".into(), |due| format!(
            "{due} after their relay has it"
        ))
    ));
    let (here, utc) = (
        output.time(header.expires),
        words::time(header.expires, true),
    );
    let expires = match here == utc {
        true => utc,
        false => format!("{here}  ({utc})"),
    };
    output.line(&format!("{:<8} {expires}", "expires"));
    output.talk("Nothing was sent.");
}

/// The word of a role.
pub(super) const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Action => "action",
        Role::Info => "info",
        Role::Standby => "standby",
    }
}
