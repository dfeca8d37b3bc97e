//! What happens, told: as an object, as a line of columns, and as a sentence.

use super::alarm::Call;
use super::board::Entry;
use super::change::{Change, Kind};
use super::hook::Told;
use crate::output::versioned;
use crate::render::Reader;
use crate::view::{Side, lowest_rung};
use crate::words::time_rfc3339;
use estafette_protocol::address::Desk;
use estafette_protocol::time::{MINUTE_MS, SECOND_MS, UnixMillis};
use serde_json::{Value, json};

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub enum Happened<'a> {
    /// A message is there, has come or stands otherwise.
    Stands(Kind, &'a Entry),
    /// A message calls for somebody.
    Calls(Call, &'a Entry),
    /// A message has gone from the board.
    Gone(Change),
    /// The own relay is silent since then.
    Silent(UnixMillis),
    /// The own relay is heard again.
    Heard,
}

/// Whose board it is, and who reads it.
#[derive(Debug, Clone, Copy)]
pub struct Teller<'a> {
    /// Who reads.
    pub reader: Reader<'a>,
    /// Whose board it is.
    pub desk: &'a Desk,
}

impl<'a> Happened<'a> {
    /// The word that programs see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stands(kind, _) => kind.word(),
            Self::Calls(..) => "call",
            Self::Gone(_) => Kind::Done.word(),
            Self::Silent(_) => "relay-silent",
            Self::Heard => "relay-heard",
        }
    }

    const fn entry(self) -> Option<&'a Entry> {
        match self {
            Self::Stands(_, entry) | Self::Calls(_, entry) => Some(entry),
            Self::Gone(_) | Self::Silent(_) | Self::Heard => None,
        }
    }

    const fn id(self) -> Option<u64> {
        match self {
            Self::Stands(_, entry) | Self::Calls(_, entry) => Some(entry.id()),
            Self::Gone(change) => Some(change.id),
            Self::Silent(_) | Self::Heard => None,
        }
    }
}

impl Teller<'_> {
    /// For programs: an object, with the same words in every language but for `about`.
    #[must_use]
    pub fn object(&self, happened: Happened<'_>, now: UnixMillis) -> Value {
        let mut object = json!({
            "event": happened.word(),
            "at": time_rfc3339(now),
            "id": happened.id(),
        });
        if let (Some(entry), Value::Object(fields)) = (happened.entry(), &mut object) {
            fields.extend(self.of_entry(entry));
        }
        if let Value::Object(fields) = &mut object {
            match happened {
                Happened::Calls(call, _) => {
                    fields.insert("call".into(), json!(call.number));
                    fields.insert("waited_ms".into(), json!(call.waited_ms));
                    fields.insert("tone".into(), json!(call.tone.word()));
                }
                Happened::Gone(change) => {
                    let digest = hex::encode(change.digest.as_slice());
                    fields.insert("digest".into(), json!(digest));
                }
                Happened::Silent(since) => {
                    fields.insert("since".into(), json!(time_rfc3339(since)));
                }
                Happened::Stands(..) | Happened::Heard => {}
            }
        }
        versioned("watch", object)
    }

    fn of_entry(&self, entry: &Entry) -> serde_json::Map<String, Value> {
        let (record, header) = (&entry.item.message.record, &entry.item.message.header);
        let to = header.addressees.iter().map(|a| a.desk.as_str());
        let format = self.reader.catalogue;
        let format = format.format(header.format, header.format_version);
        let rows = entry.item.rows.iter().map(|row| {
            json!({
                "desk": row.state.desk.as_str(),
                "rung": row.state.rung().word(),
                "standing": row.standing.word(),
                "promise": row.state.until.map(time_rfc3339),
            })
        });
        let fields = [
            ("digest", json!(hex::encode(record.digest.as_slice()))),
            ("section", json!(entry.section.word())),
            ("wants", json!(entry.wants.word())),
            ("status", json!(header.status.word())),
            ("precedence", json!(header.precedence.word())),
            ("format", json!(format.map(|format| format.word.as_str()))),
            ("from", json!(header.sender.as_str())),
            ("to", json!(to.collect::<Vec<_>>())),
            ("state", json!(states(entry))),
            ("overdue", json!(entry.is_overdue)),
            ("due", json!(entry.item.due.map(time_rfc3339))),
            ("addressees", json!(rows.collect::<Vec<_>>())),
            ("about", json!(entry.about)),
        ];
        let fields = fields.into_iter();
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// For a program of one's own: the object, and what of it is no content.
    #[must_use]
    pub fn told(&self, happened: Happened<'_>, now: UnixMillis) -> Told {
        let object = self.object(happened, now);
        let text = |name: &str| match object.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let names = [
            ("ESTAFETTE_EVENT", "event"),
            ("ESTAFETTE_ID", "id"),
            ("ESTAFETTE_DIGEST", "digest"),
            ("ESTAFETTE_SECTION", "section"),
            ("ESTAFETTE_WANTS", "wants"),
            ("ESTAFETTE_STATUS", "status"),
            ("ESTAFETTE_PRECEDENCE", "precedence"),
            ("ESTAFETTE_FORMAT", "format"),
            ("ESTAFETTE_FROM", "from"),
            ("ESTAFETTE_DUE", "due"),
            ("ESTAFETTE_CALL", "call"),
            ("ESTAFETTE_TONE", "tone"),
        ];
        // All are there, so that none is another event's or the caller's.
        let variables = names.map(|(variable, name)| (variable, text(name).unwrap_or_default()));
        Told {
            variables: variables.into(),
            object,
        }
    }

    /// For scripts: time, event, section, id, status, precedence, format, desk, state, due, and
    /// what it is about, parted by tabs; empty where there is none.
    #[must_use]
    pub fn columns(&self, happened: Happened<'_>, now: UnixMillis) -> String {
        let mut columns = vec![
            time_rfc3339(now),
            happened.word().to_owned(),
            happened.entry().map_or("", |e| e.section.word()).to_owned(),
            happened.id().map_or_else(String::new, |id| id.to_string()),
        ];
        match happened.entry() {
            Some(entry) => {
                let header = &entry.item.message.header;
                let catalogue = self.reader.catalogue;
                let format = catalogue.format(header.format, header.format_version);
                let other = match header.sender == *self.desk {
                    true => header.addressees.first().map(|a| &a.desk),
                    false => Some(&header.sender),
                };
                columns.extend([
                    header.status.word().to_owned(),
                    header.precedence.word().to_owned(),
                    format.map_or_else(|| header.format.to_string(), |f| f.word.clone()),
                    other.map_or_else(String::new, Desk::to_string),
                    states(entry).join(","),
                    entry.item.due.map_or_else(String::new, time_rfc3339),
                    entry.about.clone(),
                ]);
            }
            None => columns.extend(std::iter::repeat_n(String::new(), 7)),
        }
        columns.join("\t")
    }

    /// For people who hear it read: a sentence, with the next command where there is something to
    /// do.
    #[must_use]
    pub fn sentence(&self, happened: Happened<'_>, now: UnixMillis) -> String {
        let reader = self.reader;
        match happened {
            Happened::Silent(since) => format!(
                "{} {} {}",
                reader.fill("watch-silent", reader.time(since)),
                reader.say("watch-silent-means"),
                reader.say("watch-silent-do"),
            ),
            Happened::Heard => reader.say("watch-link-up"),
            Happened::Gone(change) => reader.fill("watch-done", change.id),
            Happened::Calls(call, entry) => self.call(call, entry),
            Happened::Stands(kind, entry) => {
                let kind = match kind {
                    Kind::There => reader.say("watch-there"),
                    Kind::New => reader.say("watch-new"),
                    Kind::Overdue => reader.say("watch-overdue"),
                    Kind::Changed => reader.say("watch-changed"),
                    Kind::Done => reader.fill("watch-done", entry.id()),
                };
                let header = &entry.item.message.header;
                let due = entry.item.due.map(|due| reader.time_left(due, now));
                let mut parts = vec![reader.precedence(header.precedence), entry.about.clone()];
                parts.push(reader.counterpart(header, self.desk));
                parts.extend(reader.states(&entry.item, self.desk));
                parts.extend(due);
                format!("{kind}: {}, {}", entry.id(), parts.join(", "))
            }
        }
    }

    /// A call in words, which change from one to the next.
    #[must_use]
    pub fn call(&self, call: Call, entry: &Entry) -> String {
        let reader = self.reader;
        let id = entry.id();
        let wants = match entry.item.awaits_release {
            true => reader.fill("watch-wants-release", id),
            false => reader.fill("watch-wants", id),
        };
        let about = &entry.about;
        if call.number <= 1 {
            return format!("{wants}: {about}");
        }
        let number = reader.fill("watch-call", call.number);
        let unit = match call.waited_ms {
            0..MINUTE_MS => SECOND_MS,
            _ => MINUTE_MS,
        };
        let waited = reader.duration(call.waited_ms - call.waited_ms % unit);
        let still = reader.fill("watch-still", waited);
        format!("{number}: {wants}, {still}: {about}")
    }

    /// What the terminal tells its window system of a call: no content.
    #[must_use]
    pub fn notice(&self, call: Call, entry: &Entry) -> String {
        let reader = self.reader;
        let header = &entry.item.message.header;
        let status = match header.status {
            estafette_protocol::precedence::Status::Actual => String::new(),
            other => format!("{} ", reader.status(other).to_uppercase()),
        };
        let format = reader.format(header.format, header.format_version);
        let number = reader.fill("watch-call", call.number);
        let wants = reader.fill("watch-wants", entry.id());
        format!("{status}{format}: {wants}, {number}")
    }
}

/// How a message stands, in words that are the same in every language.
fn states(entry: &Entry) -> Vec<String> {
    let marks = entry.item.marks().into_iter().map(str::to_owned);
    let sides = entry.item.sides();
    let mut words: Vec<String> = marks.chain(sides.iter().map(Side::word)).collect();
    if words.is_empty() {
        words.push(lowest_rung(&entry.item.rows).word().to_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::alarm::Tone;
    use crate::watch::testing::Scene;

    fn call(entry: &Entry, number: u32, waited_ms: u64) -> Call {
        Call {
            digest: entry.digest(),
            number,
            waited_ms,
            tone: Tone::Emergency,
        }
    }

    #[test]
    fn wording_of_a_call_changes_when_it_is_repeated() {
        let mut scene = Scene::new();
        scene.exercise("two boats");
        let board = scene.board(scene.now);
        let entry = &board.entries[0];
        let teller = Teller {
            reader: Scene::reader(80),
            desk: &scene.desk,
        };
        let about = "EXERCISE Emergency flag: two boats";
        let said = [(1, 0), (2, 30_500), (3, 4 * MINUTE_MS + 1)]
            .map(|(number, waited)| teller.call(call(entry, number, waited), entry));
        let wanted = [
            format!("1 has to be acknowledged: {about}"),
            format!("call 2: 1 has to be acknowledged, still nobody after 30 s: {about}"),
            format!("call 3: 1 has to be acknowledged, still nobody after 4 min: {about}"),
        ];
        assert_eq!(said, wanted);
        let notice = teller.notice(call(entry, 2, 0), entry);
        assert_eq!(
            notice,
            "EXERCISE Emergency flag: 1 has to be acknowledged, call 2"
        );
    }

    /// Stable columns: what is received ends none of them.
    #[test]
    fn line_has_eleven_columns_whatever_is_received() {
        let mut scene = Scene::new();
        scene.flag("a\tb\nc\u{1b}[2J");
        let board = scene.board(scene.now);
        let entry = &board.entries[0];
        let teller = Teller {
            reader: Scene::reader(80),
            desk: &scene.desk,
        };
        let gone = Change {
            kind: Kind::Done,
            digest: entry.digest(),
            id: 1,
        };
        let all = [
            Happened::Stands(Kind::New, entry),
            Happened::Calls(call(entry, 1, 0), entry),
            Happened::Gone(gone),
            Happened::Silent(scene.now),
            Happened::Heard,
        ];
        for happened in all {
            let line = teller.columns(happened, scene.now);
            assert_eq!(line.split('\t').count(), 11, "{line}");
            assert_eq!(line.lines().count(), 1);
        }
        let line = teller.columns(Happened::Stands(Kind::New, entry), scene.now);
        let wanted = "2026-01-02T02:54:05.006Z\tnew\tneeds-you\t1\tactual\tflash\tflag\t\
                      duty@spoc.police.xa\tdelivered\t2026-01-02T03:09:05.006Z\t\
                      Emergency flag: a<U+0009>b<U+000A>c<U+001B>[2J";
        assert_eq!(line, wanted);
    }

    #[test]
    fn environment_of_a_hook_holds_no_content() {
        let mut scene = Scene::new();
        scene.flag("canary");
        let board = scene.board(scene.now);
        let teller = Teller {
            reader: Scene::reader(80),
            desk: &scene.desk,
        };
        let told = teller.told(Happened::Stands(Kind::New, &board.entries[0]), scene.now);
        let mut values = told.variables.iter();
        assert!(values.all(|(_, value)| !value.contains("canary")));
        assert!(told.variables.contains(&("ESTAFETTE_EVENT", "new".into())));
        assert!(told.object.to_string().contains("canary"));
        assert_eq!(
            (&told.object["v"], &told.object["type"]),
            (&json!(1), &json!("watch"))
        );
    }
}
