//! An iCalendar file as a briefing. Spec: RFC 5545.
//!
//! Refuses what would make another briefing of it, such as a rule that cannot be said in a form;
//! names what is merely left behind. The file is foreign: it is bounded before it is parsed.

use super::occurrences::{millis, zone};
use super::rule::{Rule, RuleError};
use super::{Briefing, CalendarError};
use estafette_protocol::time::UnixMillis;
use icalendar::parser::{self, Component, Property};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Longest file that is read.
pub const ICS_BYTES_MAX: usize = 1_048_576;
/// Most components of a file, and most of them within each other.
const COMPONENTS_MAX: usize = 1_024;
const DEPTH_MAX: usize = 8;
/// Most values of one kind: those of the form's definition.
const VALUES_MAX: usize = 256;

/// Why a file is no briefing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Longer than [`ICS_BYTES_MAX`], or of too many parts.
    #[error("the file is too large")]
    TooLarge,
    /// No iCalendar.
    #[error("the file is no iCalendar file")]
    NotIcs,
    /// No VEVENT.
    #[error("the file holds no event")]
    NoEvent,
    /// More than one VEVENT.
    #[error("the file holds {0} events; export one alone")]
    Several(usize),
    /// It takes an event back.
    #[error("the file cancels an event; withdraw the briefing instead")]
    Cancels,
    /// One occurrence that differs from the others.
    #[error("one occurrence differs from the others (RECURRENCE-ID); write it as its own briefing")]
    Override,
    /// Occurrences beside the rule.
    #[error("extra dates (RDATE) cannot be said in a briefing")]
    ExtraDates,
    /// A day and no time.
    #[error("{0} is a whole day; a briefing needs a time")]
    WholeDay(String),
    /// A local time without a zone.
    #[error("{0} names no time zone; give it one, or write it in UTC")]
    Floating(String),
    /// Not a time.
    #[error("{0} is no time")]
    Time(String),
    /// No start.
    #[error("the event has no start")]
    NoStart,
    /// A zone that no list of time zones has.
    #[error("no time zone {0}; one is named such as Europe/Brussels")]
    ZoneUnknown(String),
    /// A rule that a briefing cannot have.
    #[error("recurrence: {0}")]
    Rule(#[from] RuleError),
    /// More than one rule.
    #[error("more than one recurrence rule")]
    SeveralRules,
    /// What it says does not hold together.
    #[error("{0}")]
    Briefing(CalendarError),
}

/// A briefing, and what of the file it does not carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The briefing.
    pub briefing: Briefing,
    /// UID of the event, to find a briefing that is already known.
    pub uid: Option<String>,
    /// Names of properties that were left behind, each once, sorted.
    pub not_carried: Vec<String>,
}

/// Reads a file with one event.
///
/// # Errors
/// [`ImportError`].
pub fn from_ics(text: &str) -> Result<Imported, ImportError> {
    bound(text)?;
    let text = parser::unfold(text.trim_start_matches('\u{feff}'));
    let calendar = parser::read_calendar(&text).map_err(|_| ImportError::NotIcs)?;
    let method = calendar.properties.iter().find(|p| p.name == "METHOD");
    if method.is_some_and(|m| m.val.as_str().eq_ignore_ascii_case("CANCEL")) {
        return Err(ImportError::Cancels);
    }
    let events: Vec<&Component<'_>> = calendar
        .components
        .iter()
        .filter(|component| component.name == "VEVENT")
        .collect();
    match events.as_slice() {
        [] => Err(ImportError::NoEvent),
        [event] => read_event(event),
        many => {
            let differing = many.iter().any(|e| e.find_prop("RECURRENCE-ID").is_some());
            Err(match differing {
                true => ImportError::Override,
                false => ImportError::Several(many.len()),
            })
        }
    }
}

/// Reads a file with any number of events, such as a plan of shifts.
///
/// # Errors
/// [`ImportError`], where one of them cannot be read.
pub fn all_from_ics(text: &str) -> Result<Vec<Imported>, ImportError> {
    bound(text)?;
    let text = parser::unfold(text.trim_start_matches('\u{feff}'));
    let calendar = parser::read_calendar(&text).map_err(|_| ImportError::NotIcs)?;
    let events = calendar.components.iter();
    let events = events.filter(|component| component.name == "VEVENT");
    let events: Vec<Imported> = events.map(read_event).collect::<Result<_, _>>()?;
    match events.is_empty() {
        true => Err(ImportError::NoEvent),
        false => Ok(events),
    }
}

fn read_event(event: &Component<'_>) -> Result<Imported, ImportError> {
    let mut reading = Reading::default();
    for property in &event.properties {
        reading.take(property)?;
    }
    for component in &event.components {
        reading.alarm(component);
    }
    reading.finish()
}

fn bound(text: &str) -> Result<(), ImportError> {
    let (mut depth, mut count) = (0_usize, 0_usize);
    for line in text.lines() {
        let line = line.trim().to_ascii_uppercase();
        if line.starts_with("BEGIN:") {
            (depth, count) = (depth.saturating_add(1), count.saturating_add(1));
        } else if line.starts_with("END:") {
            depth = depth.saturating_sub(1);
        }
        if depth > DEPTH_MAX || count > COMPONENTS_MAX {
            return Err(ImportError::TooLarge);
        }
    }
    match text.len() {
        ..=ICS_BYTES_MAX => Ok(()),
        _ => Err(ImportError::TooLarge),
    }
}

#[derive(Default)]
struct Reading {
    briefing: Briefing,
    starts: Option<UnixMillis>,
    duration_ms: Option<u64>,
    uid: Option<String>,
    not_carried: Vec<String>,
}

impl Reading {
    fn take(&mut self, property: &Property<'_>) -> Result<(), ImportError> {
        let name = property.name.as_str().to_ascii_uppercase();
        let value = property.val.as_str();
        let briefing = &mut self.briefing;
        match name.as_str() {
            "DTSTART" => {
                let (at, zone) = time(property)?;
                self.starts = Some(at);
                briefing.time_zone = briefing.time_zone.take().or(zone);
            }
            "DTEND" => briefing.ends = Some(time(property)?.0),
            "DURATION" => self.duration_ms = duration(value),
            "RRULE" if briefing.recurrence.is_some() => return Err(ImportError::SeveralRules),
            "RRULE" => {
                value.parse::<Rule>()?;
                briefing.recurrence = Some(value.to_ascii_uppercase());
            }
            "EXDATE" => {
                for one in value.split(',').take(VALUES_MAX) {
                    let at = time_of(&name, one, zone_of(property), is_day(property))?;
                    briefing.skipped.push(at.0);
                }
            }
            "RDATE" => return Err(ImportError::ExtraDates),
            "EXRULE" => return Err(RuleError::Part(name).into()),
            "RECURRENCE-ID" => return Err(ImportError::Override),
            "STATUS" if value.eq_ignore_ascii_case("CANCELLED") => {
                return Err(ImportError::Cancels);
            }
            _ => self.take_text(&name, value, property),
        }
        Ok(())
    }

    fn take_text(&mut self, name: &str, value: &str, property: &Property<'_>) {
        let briefing = &mut self.briefing;
        let text = || Some(value.to_owned()).filter(|text| !text.is_empty());
        match name {
            "SUMMARY" => briefing.title = text(),
            // Our own file says apart what the description says together.
            "X-ESTAFETTE-AGENDA" => briefing.agenda = text(),
            "DESCRIPTION" => briefing.agenda = briefing.agenda.take().or_else(text),
            "LOCATION" => briefing.place = text(),
            "URL" | "X-ESTAFETTE-LINK" => briefing.link = text(),
            "CONTACT" => briefing.contact = text(),
            "X-ESTAFETTE-JOIN" => briefing.join = text(),
            "X-ESTAFETTE-CHAIR" => briefing.chair = text(),
            "X-ESTAFETTE-PREPARATION" => briefing.preparation = text(),
            "X-ESTAFETTE-TIME-ZONE" => briefing.time_zone = text(),
            "X-ESTAFETTE-PARTICIPANT" if briefing.participants.len() < VALUES_MAX => {
                briefing.participants.extend(text());
            }
            // Desks are addressed, not listed; anybody else is.
            "ATTENDEE" | "ORGANIZER" if value.starts_with("estafette:") => {}
            "ATTENDEE" if briefing.participants.len() < VALUES_MAX => {
                briefing.participants.push(person(property));
            }
            "ORGANIZER" => briefing.chair = briefing.chair.take().or(Some(person(property))),
            "UID" => self.uid = text(),
            "DTSTAMP" | "SEQUENCE" | "CREATED" | "LAST-MODIFIED" | "STATUS" => {}
            _ => self.not_carried.push(name.to_owned()),
        }
    }

    fn alarm(&mut self, component: &Component<'_>) {
        let trigger = component.find_prop("TRIGGER");
        let related_to_end = trigger.is_some_and(|trigger| {
            let related = parameter(trigger, "RELATED");
            related.is_some_and(|value| value.eq_ignore_ascii_case("END"))
        });
        let before = trigger.and_then(|trigger| {
            let value = trigger.val.as_str();
            match value.strip_prefix('-') {
                Some(before) => duration(before),
                None => duration(value).filter(|ms| *ms == 0),
            }
        });
        match before {
            Some(ms) if component.name == "VALARM" && !related_to_end => {
                if !self.briefing.reminders.contains(&ms) && self.briefing.reminders.len() < 8 {
                    self.briefing.reminders.push(ms);
                }
            }
            _ => self.not_carried.push(component.name.as_str().to_owned()),
        }
    }

    fn finish(mut self) -> Result<Imported, ImportError> {
        let starts = self.starts.ok_or(ImportError::NoStart)?;
        let briefing = &mut self.briefing;
        briefing.starts = starts;
        let by_duration = self.duration_ms.map(|ms| starts.plus(ms));
        briefing.ends = briefing.ends.or(by_duration);
        briefing.skipped.sort_unstable();
        briefing.skipped.dedup();
        self.briefing.check().map_err(ImportError::Briefing)?;
        self.not_carried.sort_unstable();
        self.not_carried.dedup();
        Ok(Imported {
            briefing: self.briefing,
            uid: self.uid,
            not_carried: self.not_carried,
        })
    }
}

/// A moment, and the name of the zone that it was written in.
fn time(property: &Property<'_>) -> Result<(UnixMillis, Option<String>), ImportError> {
    let name = property.name.as_str();
    let value = property.val.as_str();
    time_of(name, value, zone_of(property), is_day(property))
}

fn time_of(
    name: &str,
    value: &str,
    zone_name: Option<&str>,
    is_day: bool,
) -> Result<(UnixMillis, Option<String>), ImportError> {
    let value = value.trim();
    let is_date = value.len() == 8 && value.bytes().all(|b| b.is_ascii_digit());
    if is_day || is_date {
        return Err(ImportError::WholeDay(name.to_owned()));
    }
    let wrong = || ImportError::Time(name.to_owned());
    let plain = value.strip_suffix('Z').unwrap_or(value);
    let local = DateTime::strptime("%Y%m%dT%H%M%S", plain).map_err(|_| wrong())?;
    let (zone, zone_name) = match (plain.len() < value.len(), zone_name) {
        (true, _) => (TimeZone::UTC, None),
        (false, None) => return Err(ImportError::Floating(name.to_owned())),
        (false, Some(given)) => {
            let known = zone(Some(given));
            let known = known.map_err(|_| ImportError::ZoneUnknown(given.to_owned()))?;
            (known, Some(given.to_owned()))
        }
    };
    let zoned = zone.to_ambiguous_zoned(local).compatible();
    let at = zoned.ok().and_then(|zoned| millis(zoned.timestamp()));
    Ok((at.ok_or_else(wrong)?, zone_name))
}

fn parameter<'a>(property: &'a Property<'_>, key: &str) -> Option<&'a str> {
    let found = property.params.iter().find(|p| {
        let name: &str = p.key.as_ref();
        name.eq_ignore_ascii_case(key)
    });
    let value: &str = found?.val.as_ref()?.as_ref();
    Some(value.trim_matches('"'))
}

/// The zone's name; some programs write a stroke before it.
fn zone_of<'a>(property: &'a Property<'_>) -> Option<&'a str> {
    parameter(property, "TZID").map(|name| name.trim_start_matches('/'))
}

fn is_day(property: &Property<'_>) -> bool {
    parameter(property, "VALUE").is_some_and(|value| value.eq_ignore_ascii_case("DATE"))
}

fn person(property: &Property<'_>) -> String {
    let name = parameter(property, "CN").filter(|name| !name.is_empty());
    let address = property.val.as_str();
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    name.unwrap_or(address).to_owned()
}

/// `P1DT2H` in milliseconds; never negative.
fn duration(text: &str) -> Option<u64> {
    let rest = text.trim_start_matches('+').strip_prefix('P')?;
    let (mut total, mut number, mut in_time, mut any) = (0_u64, None::<u64>, false, false);
    for character in rest.chars() {
        if let Some(digit) = character.to_digit(10) {
            let before = number.unwrap_or(0).checked_mul(10)?;
            number = Some(before.checked_add(u64::from(digit))?);
            continue;
        }
        if character == 'T' && number.is_none() && !in_time {
            in_time = true;
            continue;
        }
        let unit: u64 = match (character, in_time) {
            ('W', false) => 604_800_000,
            ('D', false) => 86_400_000,
            ('H', true) => 3_600_000,
            ('M', true) => 60_000,
            ('S', true) => 1_000,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(unit)?)?;
        any = true;
    }
    (any && number.is_none()).then_some(total)
}
