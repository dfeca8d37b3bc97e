//! Briefings as a calendar has them: when they take place, in which file, and of what one is
//! reminded.
//!
//! ```text
//!   form ◄──► Briefing ──► Occurrences ──► reminders
//!                ▲ │
//!        import  │ ▼  export
//!                .ics
//! ```
//!
//! Pure functions of a form, of the archive's messages and of the time. Which desk gets a briefing
//! and how it travels is decided elsewhere. Fields are found by their words, so that the numbers
//! stand in `spec/formats/briefing.toml` alone. Spec: form.md.

use crate::exit::Exit;
use crate::failure::Failure;
use estafette_protocol::encoding::{EncodingError, Text};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::Format;
use estafette_protocol::time::UnixMillis;

mod agenda;
mod clock;
mod export;
mod import;
mod occurrences;
mod rule;
#[cfg(test)]
mod tests;

pub use agenda::{Entry, Reminder, agenda, reminders_due};
pub use export::{Attendee, Letterhead, Method, to_ics};
pub use import::{ICS_BYTES_MAX, ImportError, Imported, all_from_ics, from_ics};
pub use occurrences::{Occurrence, Occurrences, local_time, parse_time};
pub use rule::{Day, Frequency, Rule, RuleError, Until, every};

/// Word of the format that briefings have.
pub const BRIEFING: &str = "briefing";
/// Word of the format that takes back.
pub const WITHDRAWAL: &str = "withdrawal";

/// Why a briefing has no place in a calendar. Whoever wrote it is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// The format's definition has no such field.
    #[error("the format has no field {0}")]
    NoField(&'static str),
    /// It does not say when it starts.
    #[error("a briefing needs a time at which it starts")]
    NoStart,
    /// The rule of its recurrence.
    #[error("recurrence: {0}")]
    Rule(RuleError),
    /// The rule does not name the day on which it starts.
    #[error("the recurrence does not name the day on which the briefing starts")]
    StartNotInRule,
    /// It ends before it starts.
    #[error("the briefing ends before it starts")]
    EndsFirst,
    /// What is left out is no occurrence.
    #[error("no occurrence starts at the time that is left out")]
    NoOccurrence(UnixMillis),
    /// No time zone of this name.
    #[error("no time zone {0}; one is named such as Europe/Brussels")]
    ZoneUnknown(String),
    /// No such moment.
    #[error("a time is written such as 2026-12-01T09:00")]
    Time,
    /// A text that no form can hold.
    #[error("a text cannot be encoded: {0}")]
    Text(#[from] EncodingError),
}

/// What a calendar wants to know of a briefing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Briefing {
    /// One line.
    pub title: Option<String>,
    /// What is on the agenda.
    pub agenda: Option<String>,
    /// Start of the first occurrence.
    pub starts: UnixMillis,
    /// Its end.
    pub ends: Option<UnixMillis>,
    /// Rule of the recurrence, as [`Rule`] reads it.
    pub recurrence: Option<String>,
    /// Name of the time zone that it follows; UTC where absent.
    pub time_zone: Option<String>,
    /// Starts of occurrences that are left out.
    pub skipped: Vec<UnixMillis>,
    /// Where.
    pub place: Option<String>,
    /// Address of the conference.
    pub link: Option<String>,
    /// How to join.
    pub join: Option<String>,
    /// Who takes part beside the addressees.
    pub participants: Vec<String>,
    /// Who chairs.
    pub chair: Option<String>,
    /// What to read or bring.
    pub preparation: Option<String>,
    /// Whom to call.
    pub contact: Option<String>,
    /// How long before each start one is reminded, in milliseconds.
    pub reminders: Vec<u64>,
}

impl Briefing {
    /// Reads the form of a briefing.
    ///
    /// # Errors
    /// When it does not say when it starts, or the definition has not the fields of a briefing.
    pub fn from_form(form: &Form, format: &Format) -> Result<Self, CalendarError> {
        let read = Reader { form, format };
        let starts = read.times("starts")?.first().copied();
        Ok(Self {
            title: read.text("title")?,
            agenda: read.text("agenda")?,
            starts: starts.ok_or(CalendarError::NoStart)?,
            ends: read.times("ends")?.first().copied(),
            recurrence: read.text("recurrence")?,
            time_zone: read.text("time-zone")?,
            skipped: read.times("skipped")?,
            place: read.text("place")?,
            link: read.text("link")?,
            join: read.text("join")?,
            participants: read.texts("participants")?,
            chair: read.text("chair")?,
            preparation: read.text("preparation")?,
            contact: read.text("contact")?,
            reminders: read.durations("reminders")?,
        })
    }

    /// Fills a form with what is known; whether it fills its format is for the catalogue.
    ///
    /// # Errors
    /// When a text cannot be encoded, or the definition has not the fields of a briefing.
    pub fn to_form(&self, format: &Format) -> Result<Form, CalendarError> {
        let mut fields = Vec::new();
        let mut add = |word: &'static str, values: Vec<Value>| -> Result<(), CalendarError> {
            let number = number(format, word)?;
            let value = match values.len() {
                0 => return Ok(()),
                1 => values.into_iter().next(),
                _ => Some(Value::List(values)),
            };
            fields.extend(value.map(|value| Field { number, value }));
            Ok(())
        };
        add("starts", vec![Value::Time(self.starts)])?;
        add("ends", self.ends.map(Value::Time).into_iter().collect())?;
        add(
            "skipped",
            self.skipped.iter().copied().map(Value::Time).collect(),
        )?;
        add(
            "reminders",
            self.reminders
                .iter()
                .copied()
                .map(Value::Duration)
                .collect(),
        )?;
        add("participants", texts(&self.participants)?)?;
        for (word, text) in [
            ("title", &self.title),
            ("agenda", &self.agenda),
            ("recurrence", &self.recurrence),
            ("time-zone", &self.time_zone),
            ("place", &self.place),
            ("link", &self.link),
            ("join", &self.join),
            ("chair", &self.chair),
            ("preparation", &self.preparation),
            ("contact", &self.contact),
        ] {
            add(word, texts(text.as_slice())?)?;
        }
        fields.sort_by_key(|field| field.number);
        Ok(Form {
            format: format.format,
            version: format.version,
            fields,
        })
    }
}

fn number(format: &Format, word: &'static str) -> Result<u16, CalendarError> {
    let field = format.field_by_word(word);
    field.map(|f| f.number).ok_or(CalendarError::NoField(word))
}

fn texts(texts: &[String]) -> Result<Vec<Value>, CalendarError> {
    let filled = texts.iter().filter(|text| !text.is_empty());
    let text = |text: &String| Ok(Value::Text(Text::new(text.as_str())?));
    filled.map(text).collect()
}

/// Finds the values of fields by their words.
struct Reader<'a> {
    form: &'a Form,
    format: &'a Format,
}

impl Reader<'_> {
    fn values(&self, word: &'static str) -> Result<&[Value], CalendarError> {
        let number = number(self.format, word)?;
        Ok(match self.form.value(number) {
            Some(Value::List(values)) => values,
            Some(value) => std::slice::from_ref(value),
            None => &[],
        })
    }

    fn texts(&self, word: &'static str) -> Result<Vec<String>, CalendarError> {
        let values = self.values(word)?.iter();
        let text = |value: &Value| match value {
            Value::Text(text) => Some(text.as_str().to_owned()),
            _ => None,
        };
        Ok(values.filter_map(text).filter(|t| !t.is_empty()).collect())
    }

    fn text(&self, word: &'static str) -> Result<Option<String>, CalendarError> {
        Ok(self.texts(word)?.into_iter().next())
    }

    fn times(&self, word: &'static str) -> Result<Vec<UnixMillis>, CalendarError> {
        let values = self.values(word)?.iter();
        let time = |value: &Value| match value {
            Value::Time(time) => Some(*time),
            _ => None,
        };
        Ok(values.filter_map(time).collect())
    }

    fn durations(&self, word: &'static str) -> Result<Vec<u64>, CalendarError> {
        let values = self.values(word)?.iter();
        let duration = |value: &Value| match value {
            Value::Duration(ms) => Some(*ms),
            _ => None,
        };
        Ok(values.filter_map(duration).collect())
    }
}

impl From<CalendarError> for Box<Failure> {
    fn from(error: CalendarError) -> Self {
        let next = "estafette brief --help";
        Failure::new(
            Exit::Usage,
            "calendar",
            error.to_string(),
            "Nothing was sent.",
            next,
        )
    }
}

impl From<ImportError> for Box<Failure> {
    fn from(error: ImportError) -> Self {
        let why = "A briefing cannot say what the file says; nothing was sent.";
        let next = "change the event and export it again, or write the briefing by hand";
        Failure::new(Exit::Usage, "not-a-briefing", error.to_string(), why, next)
    }
}
