//! From draft to sealed message: who is addressed, under which accord, and who can read it.
//!
//! Decides what the header says and which devices get a wrap (ENV-15), plans copies, standby desks,
//! releasers and deadlines by the rules, and refuses what the own relay would refuse, with the same
//! clause, before anything leaves. The rules themselves are [`estafette_protocol::admission`] and
//! [`estafette_protocol::routing`]; this module only finds the facts and says what to do.

use crate::account::Account;
use estafette_protocol::accord::Accord;
use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::admission::{Refusal, Side, judge};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{CryptoRng, Hash, KeyId};
use estafette_protocol::encoding::{Extensions, FixedBytes, Signed, Text};
use estafette_protocol::envelope::{
    Addressee, Header, Reader, Role, RosterNumber, SealError, Sealed, WRAPS_MAX, seal,
};
use estafette_protocol::form::Form;
use estafette_protocol::format::FormatError;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::roster::Roster;
use estafette_protocol::routing::{Known, Verdict, decide};
use estafette_protocol::statement::Statement;
use estafette_protocol::time::{DAY_MS, UnixMillis};
use std::collections::{BTreeMap, BTreeSet};

mod accord;
mod promise;
mod resemblance;
mod ruling;
mod staffing;
mod summary;

pub use promise::promise;
pub use resemblance::nearest;
pub use ruling::{Applied, Clock, Facts, Ruling, Tightened};
pub use staffing::Absence;
pub use summary::summary;

/// How long a flag lives unless the writer says otherwise.
pub const FLAG_LIFETIME_MS: u64 = DAY_MS;
/// How long any other message lives unless the writer says otherwise.
pub const LIFETIME_MS: u64 = 7 * DAY_MS;

/// What a writer wants to say, and to whom.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The form.
    pub form: Form,
    /// Desks that must act.
    pub action: Vec<Desk>,
    /// Desks that are informed.
    pub info: Vec<Desk>,
    /// How urgent transport is.
    pub precedence: Precedence,
    /// Handling codes.
    pub marking: Vec<Marking>,
    /// Digest of the message that this one answers.
    pub in_reply_to: Option<Hash>,
    /// Acknowledge within, in milliseconds.
    pub acknowledge_within: Option<u64>,
    /// Answer within, in milliseconds.
    pub answer_within: Option<u64>,
    /// Digest of the message that this one replaces or takes back.
    pub supersedes: Option<Hash>,
    /// Not to be delivered before.
    pub not_before: Option<UnixMillis>,
    /// Lifetime in milliseconds, as its writer wants it.
    pub lifetime: Option<u64>,
    /// Lifetime in milliseconds where its writer wants none; the accord may shorten it.
    pub usual_lifetime: u64,
    /// Whether it is meant.
    pub status: Status,
    /// The exercise that it belongs to.
    pub exercise: Option<FixedBytes<16>>,
    /// The task force that it is for.
    pub task_force: Option<Text>,
    /// The case in which copies at home are left out.
    pub exception: Option<u16>,
    /// Digests of the messages that the form encloses, sorted.
    pub encloses: Vec<Hash>,
    /// What is known of the messages that it replies to, replaces or encloses.
    pub known: BTreeMap<Hash, Known>,
    /// What their originators have granted.
    pub grants: Vec<Statement>,
}

impl Draft {
    /// A draft that is meant, routine, and wants no acknowledgement.
    #[must_use]
    pub const fn new(form: Form, action: Vec<Desk>) -> Self {
        Self {
            form,
            action,
            info: Vec::new(),
            precedence: Precedence::Routine,
            marking: Vec::new(),
            in_reply_to: None,
            acknowledge_within: None,
            answer_within: None,
            supersedes: None,
            not_before: None,
            lifetime: None,
            usual_lifetime: LIFETIME_MS,
            status: Status::Actual,
            exercise: None,
            task_force: None,
            exception: None,
            encloses: Vec::new(),
            known: BTreeMap::new(),
            grants: Vec::new(),
        }
    }
}

/// Why a draft is not sealed. The writer can change the draft, or refresh the directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// The own roster does not list this device yet.
    #[error("this device is not enrolled yet")]
    NotEnrolled,
    /// Nobody must act.
    #[error("a message needs at least one desk that must act")]
    NoAddressee,
    /// A desk is named twice, or is the own one.
    #[error("{0} is named twice, or is your own desk")]
    Twice(Desk),
    /// No roster held lists the desk.
    #[error("{desk} is not listed by its agency")]
    DeskUnknown {
        /// The desk.
        desk: Desk,
        /// A desk that is listed and spelt alike.
        nearest: Option<Desk>,
    },
    /// No accord in force binds all agencies.
    #[error("no accord in force joins {} with {agency}", .own)]
    NoAccord {
        /// The own agency.
        own: Agency,
        /// The other one.
        agency: Agency,
    },
    /// The accord does not accept this definition of the format.
    #[error("the accord does not accept this format")]
    FormatNotAccepted,
    /// No device of the desk can read anything now.
    #[error("no device of {0} has published keys to seal for")]
    WrapMissing(Desk),
    /// Too many devices.
    #[error("{0} devices would have to read it, at most 256 can")]
    Readers(usize),
    /// The own relay would refuse it.
    #[error("{0}")]
    Refused(Refusal),
    /// No plan meets the rules.
    #[error("{refusal}")]
    Unplanned {
        /// The clause that no plan can meet.
        refusal: Refusal,
        /// What `estafette route` takes to show the rules behind it.
        route: String,
    },
    /// The form does not fill its format.
    #[error("{0}")]
    Format(#[from] FormatError),
    /// Header or form break a rule of the encoding.
    #[error("{0}")]
    Seal(#[from] SealError),
}

impl ComposeError {
    /// The same, for whoever looks at the rules already.
    #[must_use]
    pub fn without_route(self) -> Self {
        match self {
            Self::Unplanned { refusal, .. } => Self::Refused(refusal),
            other => other,
        }
    }

    /// Code and clause with which a relay would refuse it, where one would.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        Some(match self {
            Self::DeskUnknown { .. } => Refusal::new(ErrorCode::DeskUnknown, "ADM-12"),
            Self::NoAccord { .. } => Refusal::new(ErrorCode::NotAParty, "ADM-10"),
            Self::FormatNotAccepted => Refusal::new(ErrorCode::FormatNotAccepted, "ADM-13"),
            Self::WrapMissing(_) => Refusal::new(ErrorCode::WrapMissing, "ADM-17"),
            Self::Refused(refusal) | Self::Unplanned { refusal, .. } => *refusal,
            _ => return None,
        })
    }
}

/// What would be sent: everything but the seal.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The header.
    pub header: Header,
    /// The devices that get a wrap.
    pub readers: Vec<Reader>,
    /// Name of the accord, for a message across a border.
    pub accord: Option<String>,
    /// Addressed desks of which no device can read it yet.
    pub unreadable: Vec<Desk>,
    /// What the rules made of the draft.
    pub ruling: Ruling,
    /// Who of those that must act is not staffed (DTY-12).
    pub absent: Vec<Absence>,
    known: BTreeMap<Hash, Known>,
    grants: Vec<Statement>,
}

/// Works out header and readers. Unless `checked`, what a relay judges is not judged here, and
/// nobody is added.
///
/// # Errors
/// [`ComposeError`].
pub fn plan(
    account: &Account,
    draft: &Draft,
    checked: bool,
    now: UnixMillis,
    rng: &mut impl CryptoRng,
) -> Result<Plan, ComposeError> {
    account.catalogue.check(&draft.form)?;
    let plan = route(account, draft, checked, now, rng)?;
    if let Some(desk) = plan.unreadable.first()
        && checked
        && !plan.header.precedence.is_urgent()
    {
        return Err(ComposeError::WrapMissing(desk.clone()));
    }
    Ok(plan)
}

/// As [`plan`], for whoever wants to know the way before the form is filled in, and whether or not
/// everybody can read it already.
///
/// # Errors
/// [`ComposeError`].
pub fn route(
    account: &Account,
    draft: &Draft,
    checked: bool,
    now: UnixMillis,
    rng: &mut impl CryptoRng,
) -> Result<Plan, ComposeError> {
    let (mut header, accord) = header(account, draft, checked, now, rng)?;
    let ruling = match checked {
        true => {
            let facts = Facts::of(account, &header, draft.known.clone(), now);
            let planned = ruling::rule(&mut header, draft, &facts, now);
            planned.map_err(|refusal| ComposeError::Unplanned {
                refusal,
                route: ruling::command(account, draft),
            })?
        }
        false => Ruling::default(),
    };
    let absent = match checked {
        true => staffing::settle(account, &mut header, now),
        false => Vec::new(),
    };
    let (readers, unreadable) = readers(account, &header, now)?;
    let accord = accord.map(|accord| accord.value().name.as_str().to_owned());
    Ok(Plan {
        header,
        readers,
        accord,
        unreadable,
        ruling,
        absent,
        known: draft.known.clone(),
        grants: draft.grants.clone(),
    })
}

/// The header as its writer wants it, and the accord that it names.
fn header<'a>(
    account: &'a Account,
    draft: &Draft,
    checked: bool,
    now: UnixMillis,
    rng: &mut impl CryptoRng,
) -> Result<(Header, Option<&'a Signed<Accord>>), ComposeError> {
    let own = account.desk().agency();
    let roster = account.directory.newest_roster(&own);
    let roster = roster.filter(|_| account.enrolled_at().is_some());
    let roster = roster.ok_or(ComposeError::NotEnrolled)?;
    let force = accord::task_force(account, draft, now)?;
    let members = force.map_or(&[][..], |(_, force)| &force.members);
    let addressees = addressees(account, draft, (members, checked))?;
    let desks = addressees.iter().map(|a| &a.desk).chain(members);
    let rosters = rosters(account, desks, &own);
    let accord = match (rosters.is_empty(), force) {
        (true, _) => None,
        (false, Some((accord, _))) => {
            Some(accord::with_task_force(account, draft, accord, checked)?)
        }
        (false, None) => Some(accord::find(account, draft, &rosters, checked, now)?),
    };
    let mut marking = draft.marking.clone();
    marking.sort_unstable();
    let mut reference = [0; 16];
    rng.fill_bytes(&mut reference);
    let header = Header {
        suite: 1,
        status: draft.status,
        reference: FixedBytes(reference),
        sender: account.desk().clone(),
        sender_key: account.device(),
        addressees,
        format: draft.form.format,
        format_version: draft.form.version,
        precedence: draft.precedence,
        marking,
        in_reply_to: draft.in_reply_to,
        supersedes: draft.supersedes,
        encloses: draft.encloses.clone(),
        accord: accord.map(Signed::hash),
        roster: roster.hash(),
        rosters,
        created: now,
        not_before: draft.not_before,
        expires: now.plus(lifetime(draft, accord.map(Signed::value))),
        acknowledge_within: draft.acknowledge_within,
        answer_within: draft.answer_within,
        attachments: Vec::new(),
        retention: None,
        exercise: draft.exercise,
        task_force: draft.task_force.clone(),
        exception: draft.exception,
        body_bytes: 0,
        commitment: FixedBytes([0; 32]),
        extensions: Extensions::default(),
    };
    Ok((header, accord))
}

/// Seals a plan and, where `checked`, judges it as the own relay will.
///
/// # Errors
/// [`ComposeError`]; the sealed message is then dropped unsent.
pub fn seal_plan(
    account: &Account,
    plan: &Plan,
    form: &Form,
    checked: bool,
    now: UnixMillis,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, ComposeError> {
    let key = account.signing_key();
    let sealed = seal(plan.header.clone(), form, &plan.readers, &key, rng)?;
    if checked {
        let own = account.directory.own();
        let is_signed = |key: &_| sealed.parsed.verify(key);
        let admitted = judge(
            &sealed.parsed,
            &account.directory,
            own,
            Side::Egress,
            now,
            is_signed,
        )
        .map_err(ComposeError::Refused)?;
        // RTE-32
        let sent = BTreeMap::new();
        let world = admitted.world(&account.directory, &plan.known, &sent);
        let header = sealed.parsed.header();
        let verdict = decide(header, &plan.grants, &world, Side::Egress, now);
        let _: Verdict = verdict.map_err(ComposeError::Refused)?;
    }
    Ok(sealed)
}

/// Whom the writer names; unchecked, also the members of the task force, whom the plan adds else.
fn addressees(
    account: &Account,
    draft: &Draft,
    (members, checked): (&[Desk], bool),
) -> Result<Vec<Addressee>, ComposeError> {
    let named: BTreeSet<&Desk> = draft.action.iter().chain(&draft.info).collect();
    if draft.action.is_empty() && members.is_empty() {
        return Err(ComposeError::NoAddressee);
    }
    let others = |desk: &&Desk| *desk != account.desk() && !named.contains(desk);
    let members = members.iter().filter(|desk| !checked && others(desk));
    let action = draft.action.iter().chain(members);
    let action = action.map(|desk| (desk, Role::Action));
    let info = draft.info.iter().map(|desk| (desk, Role::Info));
    let mut roles: BTreeMap<&Desk, Role> = BTreeMap::new();
    for (desk, role) in action.chain(info) {
        if desk == account.desk() || roles.insert(desk, role).is_some() {
            return Err(ComposeError::Twice(desk.clone()));
        }
        if checked && listed(account, desk).is_none() {
            let nearest = nearest(desk, desks(account)).cloned();
            let desk = desk.clone();
            return Err(ComposeError::DeskUnknown { desk, nearest });
        }
    }
    let addressees = roles.into_iter().map(|(desk, role)| Addressee {
        desk: desk.clone(),
        role,
    });
    Ok(addressees.collect())
}

/// Every desk of every roster held.
pub fn desks(account: &Account) -> impl Iterator<Item = &Desk> {
    let directory = &account.directory;
    let rosters = directory
        .agencies()
        .filter_map(|agency| directory.newest_roster(agency));
    rosters.flat_map(|roster| roster.value().desks.iter().map(|entry| &entry.desk))
}

fn listed<'a>(account: &'a Account, desk: &Desk) -> Option<&'a Roster> {
    let roster = account.directory.newest_roster(&desk.agency())?.value();
    roster.desk(desk).map(|_| roster)
}

/// ENV-7: the newest roster of every foreign agency; number 1 of one that is not known.
fn rosters<'a>(
    account: &Account,
    desks: impl Iterator<Item = &'a Desk>,
    own: &Agency,
) -> Vec<RosterNumber> {
    let foreign = desks.map(Desk::agency);
    let foreign: BTreeMap<Agency, u64> = foreign
        .filter(|agency| agency != own)
        .map(|agency| {
            let newest = account.directory.newest_roster(&agency);
            let number = newest.map_or(1, |roster| roster.value().number);
            (agency, number)
        })
        .collect();
    let numbers = foreign.into_iter();
    numbers
        .map(|(agency, number)| RosterNumber { agency, number })
        .collect()
}

fn lifetime(draft: &Draft, accord: Option<&Accord>) -> u64 {
    draft.lifetime.unwrap_or_else(|| {
        let longest = accord.map_or(u64::MAX, |accord| accord.lifetime);
        draft.usual_lifetime.min(longest)
    })
}

/// ENV-15: every current device of the own desk and of every addressed one.
fn readers(
    account: &Account,
    header: &Header,
    now: UnixMillis,
) -> Result<(Vec<Reader>, Vec<Desk>), ComposeError> {
    let desks = std::iter::once(&header.sender)
        .chain(header.addressees.iter().map(|a| &a.desk))
        .zip(0..=u8::MAX);
    let (mut readers, mut unreadable) = (Vec::new(), Vec::new());
    for (desk, addressee) in desks {
        let before = readers.len();
        for device in current_devices(account, desk, now) {
            if let Ok((prekey, _)) = account.directory.prekey_for(&device, now) {
                readers.push(Reader {
                    addressee,
                    device,
                    prekey: prekey.id,
                    key: prekey.key.clone(),
                });
            }
        }
        if readers.len() == before && addressee > 0 {
            unreadable.push(desk.clone());
        }
    }
    match readers.len() {
        len if len > WRAPS_MAX => Err(ComposeError::Readers(len)),
        _ => Ok((readers, unreadable)),
    }
}

fn current_devices(account: &Account, desk: &Desk, now: UnixMillis) -> Vec<KeyId> {
    let entry = listed(account, desk).and_then(|roster| roster.desk(desk));
    let devices = entry.map_or(&[][..], |entry| &entry.devices);
    let agency = desk.agency();
    let ids = devices.iter().map(|device| device.key.id());
    ids.filter(|id| !account.directory.is_barred(&agency, id, now))
        .collect()
}

/// A text as the encoding wants it, without the one character that it forbids.
#[must_use]
pub fn text(text: &str) -> Text {
    Text::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
