//! `estafette device suspend`: a device out at once, until the roster says so for good.

use super::super::context::{Context, Unlocked};
use super::super::network;
use super::list::{Listed, State, devices};
use super::{Taken, desk_named, hand_over, not_yet, short};
use crate::account::Account;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::words;
use clap::Args;
use estafette_protocol::address::Desk;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::Signed;
use estafette_protocol::suspension::{SUSPENSION_MS, Suspension};
use estafette_protocol::time::UnixMillis;
use serde_json::json;
use std::io::IsTerminal as _;

/// Fewest digits that name a device.
const DIGITS_MIN: usize = 8;

/// Take a device out at once, for seven days.
#[derive(Debug, Args)]
#[command(after_help = "\
A desk may suspend its own devices and those of desks below it; the single point of contact any of
its agency. It only takes away, and lapses after seven days unless the roster revokes the device.
Examples:
  estafette device suspend 9f3a22c1 --reason stolen
  estafette device suspend night@north --reason compromised --confirm")]
pub(super) struct Suspend {
    /// A device by the first 8 or more digits of its key, or a desk for all of its devices
    #[arg(value_name = "DEVICE|DESK")]
    target: String,
    /// lost, stolen, compromised, misuse, out-of-service or other
    #[arg(long, value_name = "CODE")]
    reason: String,
    /// Do it without asking
    #[arg(long)]
    confirm: bool,
}

impl Suspend {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        network::require_enrolled(&mut unlocked)?;
        let reason = self.reason(context)?;
        let now = clock::now();
        let (desk, targets) = self.targets(&unlocked.account, now)?;
        self.say(context, (&desk, &targets), now);
        self.ask(context, targets.len())?;
        let mut hashes = Vec::new();
        for target in &targets {
            hashes.push(publish(&unlocked, (&desk, target), reason, now)?);
        }
        match hand_over(context, &mut unlocked, &hashes)? {
            Taken::Held => {
                for target in &targets {
                    report(context, (&desk, target), now);
                }
                Ok(Exit::Done)
            }
            Taken::Refused(code) => Err(refused(code)),
            Taken::Waiting(reach) => {
                let output = context.output;
                output.talk("✗ Not in force yet: it is kept, and published as soon as your relay is reached.");
                Err(not_yet(reach))
            }
        }
    }

    fn reason(&self, context: &Context) -> Outcome<u16> {
        let list = context.catalogue.list("suspend-reasons");
        let number = self.reason.parse::<u16>().ok();
        let code = list.and_then(|list| {
            let by_number = number.and_then(|number| list.code(number));
            by_number.or_else(|| list.code_by_word(&self.reason))
        });
        code.map(|code| code.value).ok_or_else(|| {
            let known = list.map_or(&[][..], |list| &list.codes);
            let known: Vec<&str> = known.iter().map(|code| code.word.as_str()).collect();
            Failure::new(
                Exit::Usage,
                "reason-unknown",
                format!("{} is no reason", words::visible(&self.reason, false)),
                format!("Reasons are {}. Nothing was suspended.", known.join(", ")),
                format!("estafette device suspend {} --reason lost", self.target),
            )
        })
    }

    /// The devices meant: those that are not out already.
    fn targets(&self, account: &Account, now: UnixMillis) -> Outcome<(Desk, Vec<Listed>)> {
        let is_in = |device: &Listed| matches!(device.state, State::Current | State::Rotating);
        if self.target.contains('@') {
            let desk = desk_named(account, &self.target)?;
            let mut found = devices(account, &desk, now)?;
            // Whoever suspends a desk of one's own means the other devices.
            found.retain(|device| is_in(device) && device.key != account.device());
            return match found.is_empty() {
                false => Ok((desk, found)),
                true => Err(self.nothing(&format!("{desk} has no other device that is in use"))),
            };
        }
        let digits = self.target.to_ascii_lowercase();
        let roster = account.directory.newest_roster(account.directory.own());
        let listed = roster
            .into_iter()
            .flat_map(|roster| roster.value().devices());
        let fits = |key: &[u8]| digits.len() >= DIGITS_MIN && hex::encode(key).starts_with(&digits);
        let mut fitting = listed.filter(|(_, device)| fits(device.key.id().as_slice()));
        let (Some((entry, device)), None) = (fitting.next(), fitting.next()) else {
            let shown = words::visible(&self.target, false);
            return Err(self.nothing(&format!("{shown} names no single device of your agency")));
        };
        let key = device.key.id();
        let mut found = devices(account, &entry.desk, now)?;
        found.retain(|device| device.key == key && is_in(device));
        match found.is_empty() {
            false => Ok((entry.desk.clone(), found)),
            true => Err(self.nothing(&format!("{} is suspended already", short(&key)))),
        }
    }

    fn nothing(&self, what: &str) -> Box<Failure> {
        Failure::new(
            Exit::NoSuchId,
            "device-unknown",
            what,
            "Nothing was suspended; a device is named by the first 8 or more digits of its key.",
            "estafette device list DESK",
        )
    }

    fn say(&self, context: &Context, (desk, targets): (&Desk, &[Listed]), now: UnixMillis) {
        let output = context.output;
        let devices = match targets.len() {
            1 => "1 device".to_owned(),
            many => format!("{many} devices"),
        };
        output.talk(&format!("Suspends {devices} of {desk}, {}:", self.reason));
        for target in targets {
            output.talk(&format!("  {}", short(&target.key)));
        }
        let until = output.time(now.plus(SUSPENSION_MS));
        output.talk(&format!(
            "At once its links are closed, what it signs is refused on both sides, and nobody seals for \
             it.\nIt lapses {until} unless the roster revokes it by then:  \
             estafette-relay roster revoke KEY"
        ));
    }

    fn ask(&self, context: &Context, count: usize) -> Outcome<()> {
        if self.confirm {
            return Ok(());
        }
        let phrase = format!("suspend {count}");
        if context.input_allowed && std::io::stdin().is_terminal() {
            context.output.talk(&format!("Type  {phrase}  to do it."));
            let mut line = String::new();
            let _ = std::io::stdin().read_line(&mut line);
            if line.trim() == phrase {
                return Ok(());
            }
        }
        Err(Failure::new(
            Exit::Cancelled,
            "confirmation-needed",
            "a suspension has to be confirmed",
            "Nothing was suspended.",
            "the same command with --confirm",
        ))
    }
}

fn publish(
    unlocked: &Unlocked,
    (desk, target): (&Desk, &Listed),
    reason: u16,
    now: UnixMillis,
) -> Outcome<estafette_protocol::crypto::Hash> {
    let account = &unlocked.account;
    let suspension = Suspension {
        agency: account.directory.own().clone(),
        device: target.key,
        desk: desk.clone(),
        by: account.desk().clone(),
        reason,
        at: now,
    };
    let signed = Signed::sign(suspension, &[&account.signing_key()]);
    let object = signed.and_then(|signed| signed.encode());
    let object = object.map_err(crate::store::StoreError::from)?;
    Ok(account.store.write()?.add_publication(&object, now)?)
}

fn report(context: &Context, (desk, target): (&Desk, &Listed), now: UnixMillis) {
    let (output, until) = (context.output, now.plus(SUSPENSION_MS));
    output.object(
        "suspended",
        json!({
            "desk": desk.as_str(),
            "device": hex::encode(target.key.as_slice()),
            "until": words::time_rfc3339(until),
        }),
    );
    let key = short(&target.key);
    let until = output.time(until);
    output.talk(&format!(
        "✓ {key} – suspended, in force at your relay until {until}."
    ));
}

fn refused(code: Option<ErrorCode>) -> Box<Failure> {
    let word = code.map_or("refused", ErrorCode::word);
    let (what, why) = match code {
        Some(ErrorCode::AuthorityMissing) => (
            "your desk may not suspend devices of that desk",
            "Only that desk, one above it and the single point of contact may. Nothing was suspended.",
        ),
        Some(ErrorCode::DeviceSuspended) => (
            "this device is revoked or suspended itself",
            "Nothing was suspended.",
        ),
        _ => (
            "your relay does not take the suspension",
            "Nothing was suspended.",
        ),
    };
    let next = "telephone your single point of contact, or whoever holds the roster key";
    Failure::new(Exit::Refused, word, what, why, next)
}
