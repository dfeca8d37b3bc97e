//! A briefing as an iCalendar file. Spec: RFC 5545, RFC 5546; names of people are desks.
//!
//! A desk is no mail address, so that organizer and attendees are addresses of a scheme of our own
//! that no calendar writes to. What is text in a form can hold no line of its own in the file.

use super::agenda::Entry;
use super::clock::{Clock, utc};
use super::occurrences::{Occurrences, timestamp};
use super::rule::{Day, Frequency, Rule, Until};
use super::{Briefing, CalendarError};
use estafette_protocol::address::Desk;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::Role;
use estafette_protocol::precedence::Status;
use estafette_protocol::time::{SECOND_MS, UnixMillis};
use icalendar::{Calendar, Component as _, Event, Property};
use jiff::Timestamp;
use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;

/// What the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// For one's own calendar: it names nobody (RFC 5546, 3.2.1).
    Publish,
    /// An invitation.
    Request,
    /// The briefing was taken back.
    Cancel,
}

impl Method {
    const fn word(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// The desk.
    pub desk: Desk,
    /// Whether it must act.
    pub role: Role,
}

/// What stands around the briefing: of the header, and of its other versions.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// The reference of the first version.
    pub reference: FixedBytes<16>,
    /// Who invites.
    pub sender: Desk,
    /// Who is invited.
    pub attendees: Vec<Attendee>,
    /// When this version was made.
    pub created: UnixMillis,
    /// Its place after the first.
    pub sequence: u32,
    /// Whether it is meant.
    pub status: Status,
    /// Handling codes as words.
    pub marking: Vec<String>,
}

impl Letterhead {
    /// That of a briefing in the archive.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let header = &entry.message.header;
        let attendee = |a: &estafette_protocol::envelope::Addressee| Attendee {
            desk: a.desk.clone(),
            role: a.role,
        };
        Self {
            reference: entry.reference,
            sender: header.sender.clone(),
            attendees: header.addressees.iter().map(attendee).collect(),
            created: header.created,
            sequence: entry.sequence,
            status: header.status,
            marking: header.marking.iter().map(|m| m.words()).collect(),
        }
    }

    /// The name by which calendars know the briefing, whatever its version.
    #[must_use]
    pub fn uid(&self) -> String {
        let reference = hex::encode(self.reference.as_slice());
        format!("{reference}@{}", self.sender.agency())
    }
}

/// Writes a briefing as a file.
///
/// # Errors
/// [`CalendarError`] when rule or time zone are not good.
pub fn to_ics(
    briefing: &Briefing,
    letterhead: &Letterhead,
    method: Method,
) -> Result<String, CalendarError> {
    let occurrences = Occurrences::of(briefing)?;
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//Estafette//estafette//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", method.word()),
    ] {
        calendar.append_property((key, value));
    }
    let clock = Clock::of(briefing, &occurrences);
    let mut event = Event::new();
    when(&mut event, briefing, &clock)?;
    who(&mut event, letterhead, method);
    what(&mut event, briefing, letterhead);
    calendar.push(event);
    let zone = clock.component(briefing, &occurrences);
    let alarms = alarms(briefing, method);
    Ok(with_parts(&calendar.to_string(), zone.as_deref(), &alarms))
}

fn when(event: &mut Event, briefing: &Briefing, clock: &Clock) -> Result<(), CalendarError> {
    event.append_property(clock.property("DTSTART", briefing.starts));
    if let Some(ends) = briefing.ends {
        event.append_property(clock.property("DTEND", ends));
    }
    if let Some(rule) = &briefing.recurrence {
        let rule: Rule = rule.parse()?;
        let zone = clock
            .zone
            .as_ref()
            .map_or(TimeZone::UTC, |(_, z)| z.clone());
        event.append_property(("RRULE", rule.text(&zone).as_str()));
    }
    for skipped in &briefing.skipped {
        event.append_multi_property(clock.property("EXDATE", *skipped));
    }
    Ok(())
}

fn who(event: &mut Event, letterhead: &Letterhead, method: Method) {
    event.append_property(("UID", letterhead.uid().as_str()));
    let sequence = letterhead.sequence.to_string();
    event.append_property(("SEQUENCE", sequence.as_str()));
    let stamp = timestamp(letterhead.created).unwrap_or(Timestamp::MIN);
    event.append_property(("DTSTAMP", utc(stamp).as_str()));
    let status = match method {
        Method::Cancel => "CANCELLED",
        Method::Publish | Method::Request => "CONFIRMED",
    };
    event.append_property(("STATUS", status));
    event.append_property(person("ORGANIZER", &letterhead.sender));
    // RFC 5546, 3.2.1: what is published has no attendees.
    let invited = letterhead.attendees.iter();
    for attendee in invited.filter(|_| method != Method::Publish) {
        let mut property = person("ATTENDEE", &attendee.desk);
        let role = match attendee.role {
            Role::Action => "REQ-PARTICIPANT",
            Role::Info => "NON-PARTICIPANT",
            Role::Standby => "OPT-PARTICIPANT",
        };
        property.add_parameter("CUTYPE", "GROUP");
        property.add_parameter("ROLE", role);
        property.add_parameter("RSVP", "FALSE");
        event.append_multi_property(property);
    }
}

fn person(key: &str, desk: &Desk) -> Property {
    let mut property = Property::new(key, format!("estafette:{desk}"));
    property.add_parameter("CN", desk.as_str());
    property
}

fn what(event: &mut Event, briefing: &Briefing, letterhead: &Letterhead) {
    let first_line = briefing.agenda.as_deref().and_then(|a| a.lines().next());
    let title = briefing
        .title
        .as_deref()
        .or(first_line)
        .unwrap_or("Briefing");
    let title = match letterhead.status {
        Status::Actual => title.to_owned(),
        other => format!("{}: {title}", other.word().to_uppercase()),
    };
    let title = clean(&title).replace('\n', " ");
    event.append_property(("SUMMARY", title.as_str()));
    let told = [
        ("AGENDA", &briefing.agenda),
        ("JOIN", &briefing.join),
        ("LINK", &briefing.link),
        ("PREPARATION", &briefing.preparation),
        ("CHAIR", &briefing.chair),
    ];
    let mut description = letterhead.marking.join(" ").to_uppercase();
    for (word, text) in told {
        let Some(text) = text.as_deref().map(clean) else {
            continue;
        };
        if !description.is_empty() {
            description.push_str("\n\n");
        }
        description.push_str(&text);
        // Apart as well, so that our own import finds each where it belongs.
        let name = format!("X-ESTAFETTE-{word}");
        event.append_property((name.as_str(), text.as_str()));
    }
    if !description.is_empty() {
        event.append_property(("DESCRIPTION", description.as_str()));
    }
    for participant in &briefing.participants {
        let text = clean(participant);
        event.append_multi_property(("X-ESTAFETTE-PARTICIPANT", text.as_str()));
    }
    let one_line = [
        ("LOCATION", &briefing.place),
        ("CONTACT", &briefing.contact),
    ];
    for (key, text) in one_line {
        if let Some(text) = text {
            event.append_property((key, clean(text).as_str()));
        }
    }
    if let Some(zone) = &briefing.time_zone {
        event.append_property(("X-ESTAFETTE-TIME-ZONE", clean(zone).as_str()));
    }
    if !letterhead.marking.is_empty() {
        event.append_property(("CLASS", "CONFIDENTIAL"));
    }
}

fn alarms(briefing: &Briefing, method: Method) -> String {
    let reminders = briefing.reminders.iter();
    let alarm = |before_ms: &u64| {
        let seconds = before_ms / SECOND_MS;
        format!(
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT{seconds}S\r\n\
             DESCRIPTION:Briefing\r\nEND:VALARM\r\n"
        )
    };
    let wanted = reminders.filter(|_| method != Method::Cancel);
    wanted.map(alarm).collect()
}

/// Puts zone and alarms into a file with one event. The library would give each a UID and the time
/// of day, which RFC 5545 has no place for there.
fn with_parts(file: &str, zone: Option<&str>, alarms: &str) -> String {
    const BEGIN: &str = "BEGIN:VEVENT\r\n";
    const END: &str = "END:VEVENT\r\n";
    // Before the first line of the event there is nothing foreign, and none behind its last.
    let (head, event) = file.split_once(BEGIN).unwrap_or((file, ""));
    let (event, tail) = event.rsplit_once(END).unwrap_or((event, ""));
    let zone = zone.unwrap_or_default();
    [head, zone, BEGIN, event, alarms, END, tail].concat()
}

impl Rule {
    /// The rule as RFC 5545 wants it beside a start in a time zone: UNTIL is a moment.
    fn text(&self, zone: &TimeZone) -> String {
        let frequency = match self.frequency {
            Frequency::Daily => "DAILY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Monthly => "MONTHLY",
            Frequency::Yearly => "YEARLY",
        };
        let mut text = format!("FREQ={frequency}");
        if self.interval != 1 {
            text.push_str(&format!(";INTERVAL={}", self.interval));
        }
        if let Some(count) = self.count {
            text.push_str(&format!(";COUNT={count}"));
        }
        let local = |local: DateTime| {
            let zoned = zone.to_ambiguous_zoned(local).compatible().ok()?;
            Some(zoned.timestamp())
        };
        let until = match self.until {
            None => None,
            Some(Until::Moment(moment)) => Some(moment),
            Some(Until::Local(time)) => local(time),
            Some(Until::Day(day)) => {
                local(DateTime::from_parts(day, Time::constant(23, 59, 59, 0)))
            }
        };
        if let Some(until) = until {
            text.push_str(&format!(";UNTIL={}", utc(until)));
        }
        let days: Vec<String> = self.days.iter().map(day).collect();
        if !days.is_empty() {
            text.push_str(&format!(";BYDAY={}", days.join(",")));
        }
        text
    }
}

fn day(day: &Day) -> String {
    let name = match day.weekday {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    };
    day.nth
        .map_or(name.to_owned(), |nth| format!("{nth}{name}"))
}

/// A text without what could begin a line of the file or move a cursor.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\t'], " ");
    text.chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect()
}
