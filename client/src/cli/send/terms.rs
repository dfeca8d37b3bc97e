//! Where a message goes and how, read from the texts of a head.
//!
//! Decides what is taken over from the message that this one follows, which message may be
//! followed, and until when a message lives.

use super::{Manner, Work, status, typed_time};
use crate::account::Account;
use crate::cli::context::{Context, Unlocked};
use crate::cli::update::reference_needed;
use crate::clock;
use crate::compose::{Draft, Plan, text};
use crate::deferral::{self, DeferralError, LIFETIME_MAX_MS};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

use crate::store::Message;
use crate::view;
use crate::words::{self, visible};
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{FixedBytes, Text};
use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::{FieldType, Format};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::routing::Known;
use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS, UnixMillis};
use std::collections::BTreeMap;

/// Word of the format that is about a time to come, and of its field for it.
const STARTS: (&str, &str) = ("briefing", "starts");
/// How long a message about a time to come lives after that time, in milliseconds.
const AFTER_START_MS: u64 = 7 * DAY_MS;
/// Word of the code list of cases in which copies at home are left out.
const EXCEPTIONS: &str = "exceptions";
/// Follows a duration before the time that a message is about.
const BEFORE: &str = "-before";

/// A head, read.
pub(super) struct Terms {
    action: Vec<Desk>,
    info: Vec<Desk>,
    precedence: Precedence,
    marking: Vec<Marking>,
    acknowledge_within: Option<u64>,
    answer_within: Option<u64>,
    lifetime: Option<u64>,
    usual_lifetime: u64,
    defer: Option<UnixMillis>,
    in_reply_to: Option<Hash>,
    supersedes: Option<Hash>,
    status: Status,
    exercise: Option<FixedBytes<16>>,
    task_force: Option<Text>,
    exception: Option<u16>,
    encloses: Vec<Message>,
    known: BTreeMap<Hash, Known>,
}

impl Terms {
    pub(super) fn of(
        context: &Context,
        unlocked: &Unlocked,
        (work, checked): (&Work, bool),
        form: &Form,
    ) -> Outcome<Self> {
        let (head, format, moment) = (work.head(), work.format(), work.moment());
        let manner = Manner::of(format);
        let starts = starts(format, form);
        let (in_reply_to, supersedes) = (digest(&head.reply_to)?, digest(&head.supersedes)?);
        if let Some(digest) = &supersedes {
            own_message(unlocked, &followed(unlocked, digest)?)?;
        }
        match format.word.as_str() {
            "withdrawal" if supersedes.is_none() => return Err(reference_needed("withdraw")),
            "answer" if in_reply_to.is_none() => return Err(reference_needed("answer")),
            _ => {}
        }
        let encloses = encloses(unlocked, &head.encloses)?;
        let parent = in_reply_to.or(supersedes);
        let parent = parent
            .map(|digest| followed(unlocked, &digest))
            .transpose()?;
        let parent = parent.or_else(|| encloses.first().cloned());
        let asked = (head.exercise.as_deref(), head.test);
        let (status, exercise) = status(unlocked, asked, parent.as_ref(), checked)?;
        let within = |option, typed: &Option<String>| {
            let read = |typed: &String| within(work, option, typed);
            typed.as_ref().map(read).transpose()
        };
        let precedence = match &head.precedence {
            Some(word) => word.parse().map_err(|_| unreadable("precedence", word))?,
            None => manner.precedence,
        };
        let defer = head.defer.as_deref();
        let defer = defer.map(|typed| match typed.strip_suffix(BEFORE) {
            Some(before) => time_before(before, starts),
            None => typed_time(moment, "defer", typed),
        });
        let answer_within = within("answer-by", &head.answer_by)?;
        Ok(Self {
            action: desks(&head.to)?,
            info: desks(&head.info)?,
            precedence,
            marking: markings(&head.marking)?,
            acknowledge_within: within("ack-by", &head.ack_by)?
                .or_else(|| supersedes.map(|_| confirm_within(precedence)))
                .or(manner.acknowledge_within),
            answer_within: answer_within.or_else(|| profile(context, format, form)),
            lifetime: within("expires", &head.expires)?,
            usual_lifetime: usual_lifetime(manner, starts, moment.now)?,
            defer: defer.transpose()?,
            in_reply_to,
            supersedes,
            status,
            exercise,
            task_force: head.task_force.as_deref().map(text),
            exception: exception(context, head.exception.as_deref())?,
            known: known(unlocked, in_reply_to.iter().chain(&supersedes), &encloses)?,
            encloses,
        })
    }

    pub(super) fn draft(&self, form: Form) -> Draft {
        Draft {
            info: self.info.clone(),
            precedence: self.precedence,
            marking: self.marking.clone(),
            in_reply_to: self.in_reply_to,
            acknowledge_within: self.acknowledge_within,
            answer_within: self.answer_within,
            supersedes: self.supersedes,
            lifetime: self.lifetime,
            usual_lifetime: self.usual_lifetime,
            status: self.status,
            exercise: self.exercise,
            task_force: self.task_force.clone(),
            exception: self.exception,
            encloses: self.encloses.iter().map(|m| m.record.digest).collect(),
            known: self.known.clone(),
            grants: self
                .encloses
                .iter()
                .flat_map(view::grants)
                .cloned()
                .collect(),
            ..Draft::new(form, self.action.clone())
        }
    }

    pub(super) fn marking(&self) -> &[Marking] {
        &self.marking
    }

    /// The messages that this one passes on, sorted by digest.
    pub(super) fn encloses(&self) -> &[Message] {
        &self.encloses
    }

    /// Has the message held, where that was asked for; it still expires when it would have, as far
    /// as that leaves time to deliver it.
    pub(super) fn defer(&self, account: &Account, plan: &mut Plan) -> Outcome<()> {
        let Some(until) = self.defer else {
            return Ok(());
        };
        let expires = plan.header.expires;
        deferral::defer(account, plan, until).map_err(|error| {
            let why = match &error {
                DeferralError::TooFar { latest, .. } => {
                    format!(
                        "Nothing was sent.  The latest is {}.",
                        words::time(*latest, false)
                    )
                }
                _ => "Nothing was sent.".to_owned(),
            };
            let next = "the same command with another --defer, or without it";
            Failure::new(Exit::Usage, "defer", error.to_string(), why, next)
        })?;
        if expires >= until.plus(HOUR_MS) {
            plan.header.expires = expires;
        }
        Ok(())
    }
}

/// Refuses to follow up a message of another desk, or one that its readers do not have yet.
pub(in crate::cli) fn own_message(unlocked: &Unlocked, message: &Message) -> Outcome<()> {
    let (sender, id) = (&message.header.sender, message.record.id);
    if sender != unlocked.desk() {
        return Err(Failure::new(
            Exit::Refused,
            "not-your-message",
            format!("{id} is a message of {sender}; only that desk updates or withdraws it"),
            "Nothing was sent.",
            format!("estafette note TEXT --reply-to {id} --to {sender}"),
        ));
    }
    // STA-20: nobody has it yet, so nobody is told.
    match message
        .header
        .not_before
        .filter(|until| *until > clock::now())
    {
        None => Ok(()),
        Some(until) => Err(Failure::new(
            Exit::Refused,
            "still-held",
            format!(
                "{id} is held until {}, and nobody has it yet",
                words::time(until, false)
            ),
            "Nothing was sent.",
            format!("estafette outbox cancel {id}      then send it anew where it is wanted"),
        )),
    }
}

/// The messages that are passed on, sorted by digest.
fn encloses(unlocked: &Unlocked, texts: &[String]) -> Outcome<Vec<Message>> {
    let mut messages = Vec::new();
    for text in texts {
        let named = digest(&Some(text.clone()))?;
        messages.extend(
            named
                .map(|digest| followed(unlocked, &digest))
                .transpose()?,
        );
    }
    messages.sort_by_key(|message| message.record.digest);
    messages.dedup_by_key(|message| message.record.digest);
    Ok(messages)
}

/// What is known of messages that another one names.
fn known<'a>(
    unlocked: &Unlocked,
    digests: impl Iterator<Item = &'a Hash>,
    encloses: &[Message],
) -> Outcome<BTreeMap<Hash, Known>> {
    let known = encloses.iter();
    let known = known.map(|message| (message.record.digest, view::known(message)));
    let mut known: BTreeMap<Hash, Known> = known.collect();
    for digest in digests {
        if let Some(message) = unlocked.account.store.message(digest)? {
            known.insert(*digest, view::known(&message));
        }
    }
    Ok(known)
}

/// The code of a case in which copies at home are left out.
pub(in crate::cli) fn exception(context: &Context, typed: Option<&str>) -> Outcome<Option<u16>> {
    let Some(typed) = typed else { return Ok(None) };
    let list = context.catalogue.list(EXCEPTIONS);
    if let Some(code) = list.and_then(|list| list.code_by_word(typed)) {
        return Ok(Some(code.value));
    }
    let words = list.map_or_else(String::new, |list| {
        let words: Vec<&str> = list.codes.iter().map(|code| code.word.as_str()).collect();
        words.join(", ")
    });
    Err(Failure::new(
        Exit::Usage,
        "exception",
        format!("{} is no exception", visible(typed, false)),
        format!("Nothing was sent.  One of: {words}."),
        "the same command with --exception CODE, or without it",
    ))
}

fn followed(unlocked: &Unlocked, digest: &Hash) -> Outcome<Message> {
    let message = unlocked.account.store.message(digest)?;
    message.ok_or_else(|| {
        Failure::new(
            Exit::NoSuchId,
            "no-such-id",
            "the message that this one follows is not in this archive",
            "Nothing was sent.",
            "estafette list",
        )
    })
}

fn within(work: &Work, option: &str, typed: &str) -> Outcome<u64> {
    if let Ok(ms) = words::parse_duration(typed) {
        return Ok(ms);
    }
    let now = work.moment().now;
    let at = typed_time(work.moment(), option, typed).map_err(|mut failure| {
        failure.next = format!("the same command with --{option} 15m, 8h or 18:00");
        failure
    })?;
    match at > now {
        true => Ok(at.since(now)),
        false => Err(Failure::new(
            Exit::Usage,
            "time",
            format!("--{option} {} has passed", visible(typed, false)),
            "Nothing was sent.",
            format!("the same command with --{option} 8h"),
        )),
    }
}

/// Within what whoever had a message acknowledges the one that takes its place, unless somebody
/// says otherwise: whoever acts on what is wrong has to be reached, and known to be.
const fn confirm_within(precedence: Precedence) -> u64 {
    match precedence {
        Precedence::Flash => 15 * MINUTE_MS,
        Precedence::Immediate => HOUR_MS,
        Precedence::Priority | Precedence::Routine => DAY_MS,
    }
}

/// The time that a code of the form stands for, such as the one of a reply profile.
fn profile(context: &Context, format: &Format, form: &Form) -> Option<u64> {
    let codes = format.fields.iter().filter(|f| f.kind == FieldType::Code);
    let mut durations = codes.filter_map(|field| {
        let list = context.catalogue.list(field.codes.as_deref()?)?;
        match form.value(field.number)? {
            Value::Code(code) => list.code(*code)?.duration_ms,
            _ => None,
        }
    });
    durations.next()
}

fn starts(format: &Format, form: &Form) -> Option<UnixMillis> {
    let field = format
        .field_by_word(STARTS.1)
        .filter(|_| format.word == STARTS.0)?;
    match form.value(field.number)? {
        Value::Time(at) => Some(*at),
        _ => None,
    }
}

/// A message about a time to come lives until some days after it, as far as ENV-1 goes.
fn usual_lifetime(manner: Manner, starts: Option<UnixMillis>, now: UnixMillis) -> Outcome<u64> {
    let Some(starts) = starts else {
        return Ok(manner.lifetime);
    };
    if starts.since(now) > LIFETIME_MAX_MS {
        return Err(Failure::new(
            Exit::Usage,
            "too-far-ahead",
            "it is more than 30 days ahead, and no message lives longer",
            format!(
                "Nothing was sent.  It can be sent from {} on.",
                words::time(starts.minus(LIFETIME_MAX_MS), false)
            ),
            "estafette draft list      to send it then",
        ));
    }
    Ok((starts.since(now) + AFTER_START_MS).min(LIFETIME_MAX_MS))
}

fn time_before(before: &str, starts: Option<UnixMillis>) -> Outcome<UnixMillis> {
    let before_ms = words::parse_duration(before).map_err(|_| unreadable("defer", before))?;
    let starts = starts.ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "defer",
            "only a briefing has a time to count back from",
            "Nothing was sent.",
            "the same command with --defer '2026-12-01 18:00'",
        )
    })?;
    Ok(starts.minus(before_ms))
}

fn digest(text: &Option<String>) -> Outcome<Option<Hash>> {
    let Some(text) = text else { return Ok(None) };
    let mut bytes = [0; 32];
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) => Ok(Some(FixedBytes(bytes))),
        Err(_) => Err(unreadable("digest", text)),
    }
}

fn desks(texts: &[String]) -> Outcome<Vec<Desk>> {
    let read = |text: &String| text.parse().map_err(|_| unreadable("desk", text));
    texts.iter().map(read).collect()
}

fn markings(texts: &[String]) -> Outcome<Vec<Marking>> {
    let read = |text: &String| Marking::from_words(text).ok_or_else(|| unreadable("marking", text));
    texts.iter().map(read).collect()
}

fn unreadable(what: &str, typed: &str) -> Box<Failure> {
    Failure::new(
        Exit::Usage,
        "header",
        format!("{} is no {what}", visible(typed, false)),
        "Nothing was sent.",
        "correct [header] of the document, or give the option",
    )
}
