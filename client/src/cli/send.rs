//! `estafette send` and what every sending command shares: from what was filled in to a sealed
//! message in the outbox.
//!
//! ```text
//!   verb ──► Letter ──► Work (form and head) ──► Terms ──► plan ──► preview, confirm ──► outbox
//!                          │ whatever goes wrong
//!                          └──► draft, kept
//! ```

use super::context::{Context, Unlocked};
use super::show::note_shown;
use super::{network, way};
use crate::clock;
use crate::compose::{Plan, plan, seal_plan, summary};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::{Document, Head, Moment};
use crate::store::{Sent, Shelf};
use crate::words;
use clap::Args;
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::Hash;
use estafette_protocol::envelope::Role;
use estafette_protocol::form::{Field, Form};
use estafette_protocol::format::Format;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS};

mod confirm;
mod follow;
mod handling;
mod keep;
mod preview;
mod profile;
mod status;
mod terms;
mod work;

pub(super) use follow::Wanted;
pub(super) use status::status;
pub(super) use terms::{exception, own_message};
pub(super) use work::{FillOptions, Work, failure_of, format_named, language};

use terms::Terms;

/// Send any format that is known.
#[derive(Debug, Args)]
pub(super) struct Send {
    /// Word of the format, such as request
    #[arg(value_name = "FORMAT")]
    format: String,
    /// The text; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    #[command(flatten)]
    options: SendOptions,
}

impl Send {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let format = format_named(context, &self.format)?;
        let letter = Letter {
            text: self.text,
            ..Letter::new(format)
        };
        self.options.send(context, letter)
    }
}

/// Options of every sending command.
#[derive(Debug, Args)]
pub(super) struct SendOptions {
    /// Desk that must act; repeat, or separate by commas
    #[arg(long, value_name = "DESK", value_delimiter = ',')]
    pub(super) to: Vec<Desk>,
    /// Desk that is informed
    #[arg(long, value_name = "DESK", value_delimiter = ',')]
    info: Vec<Desk>,
    /// Handling code, such as tlp:amber or class:restricted
    #[arg(long, value_name = "AXIS:CODE", value_delimiter = ',', value_parser = parse_marking)]
    marking: Vec<Marking>,
    /// routine, priority, immediate or flash
    #[arg(long, value_name = "WORD")]
    precedence: Option<Precedence>,
    /// Acknowledge within, such as 15m, or by a time
    #[arg(long, value_name = "TIME")]
    ack_by: Option<String>,
    /// Answer within, such as 8h, or by a time
    #[arg(long, value_name = "TIME")]
    pub(super) answer_by: Option<String>,
    /// Lives so long at most, such as 24h
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Held by your relay until then: a time, or 1h-before
    #[arg(long, value_name = "TIME")]
    defer: Option<String>,
    /// For every other member of this task force
    #[arg(long, value_name = "NAME")]
    task_force: Option<String>,
    /// Leaves out copies at home in this case, such as terrorism
    #[arg(long, value_name = "CODE")]
    exception: Option<String>,
    /// Marked as part of this exercise: its name, or its id in the roster
    #[arg(long, value_name = "ID", conflicts_with = "test")]
    pub(super) exercise: Option<String>,
    /// Marked as a test
    #[arg(long)]
    test: bool,
    /// Say what would be sent, to whom and until when, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Keep it as a draft and send nothing
    #[arg(long, conflicts_with = "dry_run")]
    draft: bool,
    /// What has to be typed before an emergency goes to many, such as 'flash 6'
    #[arg(long, value_name = "PHRASE")]
    confirm: Option<String>,
    /// Wait until every desk that must act has got this far
    #[arg(long, value_name = "RUNG")]
    wait: Option<Wanted>,
    /// Wait so long at most
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration, default_value = "60s")]
    timeout: u64,
    /// Leave the judging to the relays
    #[arg(long, hide = true)]
    unchecked: bool,
    #[command(flatten)]
    fill: FillOptions,
}

/// What a verb says of a message before its options and fields are read.
pub(super) struct Letter {
    pub(super) format: &'static Format,
    /// A text that names no field; `-` stands for standard input.
    pub(super) text: Option<String>,
    /// Fields to begin with.
    pub(super) base: Vec<Field>,
    /// A document to begin with.
    pub(super) document: Option<Document>,
    /// Fields by the verb's own options.
    pub(super) shortcuts: Vec<(&'static str, String)>,
    /// Fields that hold this where nothing else is filled in.
    pub(super) defaults: Vec<(&'static str, String)>,
    /// Where it goes unless the options say otherwise.
    pub(super) head: Head,
    /// Number of the draft that it comes from.
    pub(super) draft: Option<String>,
}

/// How messages of a format travel unless their writer says otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) precedence: Precedence,
    pub(super) acknowledge_within: Option<u64>,
    pub(super) lifetime: u64,
}

impl Letter {
    pub(super) fn new(format: &'static Format) -> Self {
        Self {
            format,
            text: None,
            base: Vec::new(),
            document: None,
            shortcuts: Vec::new(),
            defaults: Vec::new(),
            head: Head::default(),
            draft: None,
        }
    }

    /// Adds the options that were given, each as the field of its word.
    pub(super) fn with(
        mut self,
        shortcuts: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> Self {
        let given = shortcuts.into_iter();
        let given = given.filter_map(|(word, typed)| Some((word, typed?)));
        self.shortcuts.extend(given);
        self
    }
}

impl Manner {
    pub(super) fn of(format: &Format) -> Self {
        let (precedence, acknowledge_within, lifetime) = match format.word.as_str() {
            "flag" => (Precedence::Flash, Some(15 * MINUTE_MS), DAY_MS),
            "alert" => (Precedence::Immediate, Some(HOUR_MS), 7 * DAY_MS),
            "request" => (Precedence::Priority, None, 14 * DAY_MS),
            "answer" => (Precedence::Priority, None, 14 * DAY_MS),
            // Every recipient of a withdrawal acknowledges it.
            "withdrawal" => (Precedence::Priority, Some(DAY_MS), 7 * DAY_MS),
            _ => (Precedence::Routine, None, crate::compose::LIFETIME_MS),
        };
        Self {
            precedence,
            acknowledge_within,
            lifetime,
        }
    }
}

#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a handling code is tlp:…, handling:…, pap:… or class:…, such as tlp:amber")]
pub(super) struct NoMarking;

pub(super) fn parse_marking(text: &str) -> Result<Marking, NoMarking> {
    Marking::from_words(text).ok_or(NoMarking)
}

impl SendOptions {
    /// Fills in, seals, queues and sends; prints how far it got.
    pub(super) fn send(self, context: &Context, letter: Letter) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        self.send_from(context, &mut unlocked, letter)
    }

    /// As [`Self::send`], with the account unlocked already.
    pub(super) fn send_from(
        self,
        context: &Context,
        unlocked: &mut Unlocked,
        letter: Letter,
    ) -> Outcome<Exit> {
        let draft = letter.draft.clone();
        let mut work = Work::begin(context, &letter);
        let filled = work.fill(context, unlocked, (&self.fill, self.head()), letter);
        if self.draft {
            return keep::ask(context, unlocked, &work, filled.err());
        }
        let ready = filled.and_then(|()| self.ready(context, unlocked, &work));
        let (plan, form) = match ready {
            Ok(Some(ready)) => ready,
            Ok(None) => return Ok(Exit::Done),
            Err(failure) if self.dry_run => return Err(failure),
            Err(failure) => return Err(keep::after(failure, unlocked, &work)),
        };
        let digest = match self.queue(unlocked, &plan, &form) {
            Ok(digest) => digest,
            Err(failure) => return Err(keep::after(failure, unlocked, &work)),
        };
        if let Some(draft) = draft {
            let writing = unlocked.account.store.write()?;
            writing.discard(Shelf::Drafts, &draft)?;
        }
        // Whoever replies to a message has read it.
        let store = &unlocked.account.store;
        let replied_to = plan.header.in_reply_to.map(|of| store.message(&of));
        if let Some(message) = replied_to.transpose()?.flatten() {
            note_shown(unlocked, &message)?;
        }
        follow::wait(context, unlocked, &digest, (self.wait, self.timeout))
    }

    /// Checks and plans; `None` where it was only to be looked at.
    fn ready(
        &self,
        context: &Context,
        unlocked: &mut Unlocked,
        work: &Work,
    ) -> Outcome<Option<(Plan, Form)>> {
        let form = work.checked(context)?;
        network::require_enrolled(unlocked)?;
        let checked = !self.unchecked;
        let terms = Terms::of(context, unlocked, (work, checked), &form)?;
        let (now, account) = (work.moment().now, &unlocked.account);
        let mut rng = clock::random();
        if checked {
            handling::restriction(work.format(), &form, terms.marking())?;
        }
        let mut draft = terms.draft(form);
        handling::fill(context, unlocked, &mut draft.form, terms.encloses())?;
        let mut plan = plan(account, &draft, checked, now, &mut rng)?;
        terms.defer(account, &mut plan)?;
        profile::settle(context, &mut draft.form, &plan)?;
        way::tightened(context, &plan.ruling);
        way::not_staffed(context, unlocked, &plan);
        // Judged before anybody is asked anything; what is sent is sealed anew.
        let judged = seal_plan(account, &plan, &draft.form, checked, now, &mut rng);
        judged.map_err(|error| handling::explain(error, unlocked, (&plan, terms.encloses())))?;
        if self.dry_run {
            preview::show(context, &plan, &draft);
            context.output.talk("Nothing was sent.");
            return Ok(None);
        }
        let name = work.head().exercise.as_deref();
        confirm::confirm(context, (&plan, &draft), name, self.confirm.as_deref())?;
        Ok(Some((plan, draft.form)))
    }

    fn queue(&self, unlocked: &Unlocked, plan: &Plan, form: &Form) -> Outcome<Hash> {
        let (account, now) = (&unlocked.account, plan.header.created);
        let mut rng = clock::random();
        let sealed = seal_plan(account, plan, form, !self.unchecked, now, &mut rng)?;
        let sent = Sent {
            parsed: &sealed.parsed,
            form,
            content_key: &sealed.content_key,
            sender_key: &account.signing_key().verifying_key(),
            summary: summary(form, account.catalogue),
        };
        account.store.write()?.add_sent(&sent, clock::now())?;
        Ok(sealed.parsed.digest())
    }

    /// The options as a document holds them.
    fn head(&self) -> Head {
        let desks = |desks: &[Desk]| desks.iter().map(Desk::to_string).collect();
        Head {
            to: desks(&self.to),
            info: desks(&self.info),
            precedence: self.precedence.map(|p| p.word().to_owned()),
            marking: self.marking.iter().map(|marking| marking.words()).collect(),
            ack_by: self.ack_by.clone(),
            answer_by: self.answer_by.clone(),
            expires: self.expires.clone(),
            defer: self.defer.clone(),
            reply_to: None,
            supersedes: None,
            encloses: Vec::new(),
            exercise: self.exercise.clone(),
            task_force: self.task_force.clone(),
            exception: self.exception.clone(),
            test: self.test,
        }
    }
}

/// The word of a role.
pub(super) const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Action => "action",
        Role::Info => "info",
        Role::Standby => "standby",
    }
}

/// A digest as a document holds it.
pub(super) fn digest_text(digest: &Hash) -> String {
    hex::encode(digest.as_slice())
}

/// The head of a message to the same desks.
pub(super) fn head_like(header: &estafette_protocol::envelope::Header) -> Head {
    let of = |role: Role| {
        let addressees = header.addressees.iter().filter(move |a| a.role == role);
        addressees.map(|a| a.desk.to_string()).collect()
    };
    Head {
        to: of(Role::Action),
        info: of(Role::Info),
        precedence: Some(header.precedence.word().to_owned()),
        marking: header
            .marking
            .iter()
            .map(|marking| marking.words())
            .collect(),
        ..Head::default()
    }
}

/// A time that was typed for an option.
pub(super) fn typed_time(
    moment: &Moment,
    option: &str,
    typed: &str,
) -> Outcome<estafette_protocol::time::UnixMillis> {
    moment.time(typed).map_err(|error| {
        Failure::new(
            Exit::Usage,
            "time",
            format!("--{option} {} is no time", words::visible(typed, false)),
            format!("Nothing was sent; {error}."),
            format!("the same command with --{option} '2026-12-01 18:00'"),
        )
    })
}
