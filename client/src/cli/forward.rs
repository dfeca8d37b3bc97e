//! `estafette forward`: passing messages on, sealed as their originators sealed them, or a part
//! that they let pass on.

use super::context::{Context, Unlocked};
use super::send::{Letter, SendOptions, digest_text, format_named};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::Head;
use crate::store::Message;
use crate::view;
use clap::Args;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::Catalogue;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Status;
use std::collections::BTreeMap;

/// Most messages that one forward passes on.
const ENCLOSED_MAX: usize = 8;
/// Word of the field of parts to pass on, and of those of its group.
const TEAR_LINES: &str = "tear-lines";
/// Axes of the codes of a tear-line (envelope.md ENV-6).
const TLP: u16 = 1;
const HANDLING: u16 = 2;

const EXAMPLES: &str = "\
Examples:
  estafette forward 112 --to duty@spoc.police.xc
  estafette forward 112 113 'Both concern the same lorry' --to duty@spoc.police.xc
  estafette forward 112 --extract --to duty@ops.border.xb

Another desk's message needs its originator's grant, made there by  estafette grant ID --to AGENCY.
A part that its originator lets pass on (--extract) needs none.";

/// Pass messages on, or with --extract what their originators let pass on
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Forward {
    /// Small ids, or beginnings of digests; then, as one word, a text of one's own
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Only the parts that the originator lets pass on, as a new note under their marking
    #[arg(long)]
    extract: bool,
    #[command(flatten)]
    options: SendOptions,
}

impl Forward {
    pub(super) fn run(mut self, context: &Context) -> Outcome<Exit> {
        let text = self.text();
        let mut unlocked = context.unlock()?;
        let messages = unlocked.resolve(&self.ids)?;
        check(&messages)?;
        let letter = match self.extract {
            true => extract(context, &unlocked, &messages, text)?,
            false => enclose(context, &unlocked, &messages, text)?,
        };
        self.options.send_from(context, &mut unlocked, letter)
    }

    /// The last word, where it is no id.
    fn text(&mut self) -> Option<String> {
        let last = self.ids.last().filter(|_| self.ids.len() > 1)?;
        let is_id = last.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_id {
            true => None,
            false => self.ids.pop(),
        }
    }
}

fn check(messages: &[Message]) -> Outcome<()> {
    if messages.len() > ENCLOSED_MAX {
        return Err(Failure::new(
            Exit::Usage,
            "too-many",
            format!(
                "{} messages; one forward passes on 8 at most",
                messages.len()
            ),
            "Nothing was sent.",
            "several forwards, each with 8 messages at most",
        ));
    }
    let sealed = messages.iter().find(|m| m.content_key().is_none());
    sealed.map_or(Ok(()), |message| {
        Err(Failure::new(
            Exit::Failed,
            "not-readable",
            format!("{} cannot be read on this device", message.record.id),
            "Nobody passes on what nobody here has read; nothing was sent.",
            "estafette sync      then the same command again",
        ))
    })
}

fn enclose(
    context: &Context,
    unlocked: &Unlocked,
    messages: &[Message],
    text: Option<String>,
) -> Outcome<Letter> {
    let mut marking = Strictest::default();
    let mut conditions = Vec::new();
    for message in messages {
        marking.add(view::effective_marking(message));
        let form = unlocked.account.store.form(&message.record.digest)?;
        conditions.extend(form.and_then(|form| conditions_of(context.catalogue, &form)));
    }
    let mut digests: Vec<String> = messages
        .iter()
        .map(|message| digest_text(&message.record.digest))
        .collect();
    digests.sort();
    digests.dedup();
    let mut letter = Letter {
        text,
        head: Head {
            encloses: digests,
            marking: marking.words(),
            ..Head::default()
        },
        ..Letter::new(format_named(context, "note")?)
    };
    letter
        .defaults
        .push(("text", "Passed on, see below.".to_owned()));
    if !conditions.is_empty() {
        letter.defaults.push(("conditions", conditions.join("\n")));
    }
    Ok(letter)
}

fn conditions_of(catalogue: &Catalogue, form: &Form) -> Option<String> {
    let format = catalogue.format(form.format, form.version)?;
    let field = format.field_by_word("conditions")?;
    form.text(field.number).map(str::to_owned)
}

// HND-12, FRM-10
fn extract(
    context: &Context,
    unlocked: &Unlocked,
    messages: &[Message],
    text: Option<String>,
) -> Outcome<Letter> {
    let (mut lines, mut marking) = (Vec::new(), Strictest::default());
    for message in messages {
        let form = unlocked.account.store.form(&message.record.digest)?;
        let form = form.ok_or(crate::store::StoreError::Missing)?;
        let found = tear_lines(context.catalogue, &form);
        if found.is_empty() {
            let id = message.record.id;
            return Err(Failure::new(
                Exit::Refused,
                "no-tear-line",
                format!("{id} has no part that its originator lets pass on (HND-12)"),
                "Nothing was sent.",
                format!("estafette forward {id} --to DESK      with its originator's grant"),
            ));
        }
        for (line, codes) in found {
            lines.push(line);
            marking.add(&codes);
        }
    }
    let first = messages.first();
    // HND-7: what was no more than a drill stays one.
    let status = first.map_or(Status::Actual, |message| message.header.status);
    let exercise = first.and_then(|message| message.header.exercise);
    if messages
        .iter()
        .any(|message| message.header.status != status)
    {
        return Err(Failure::new(
            Exit::Usage,
            "status-differs",
            "these messages are not all of one status (HND-7)",
            "Nothing was sent.",
            "estafette forward ID --extract      one at a time",
        ));
    }
    lines.extend(text);
    Ok(Letter {
        text: Some(lines.join("\n\n")),
        head: Head {
            marking: marking.words(),
            test: status == Status::Test,
            exercise: exercise.map(|id| hex::encode(id.as_slice())),
            ..Head::default()
        },
        ..Letter::new(format_named(context, "note")?)
    })
}

/// The parts of a form that may be passed on, each with its marking.
fn tear_lines(catalogue: &Catalogue, form: &Form) -> Vec<(String, Vec<Marking>)> {
    let format = catalogue.format(form.format, form.version);
    let field = format.and_then(|format| format.field_by_word(TEAR_LINES));
    let held = field.and_then(|field| form.value(field.number));
    let group = field.and_then(|field| catalogue.group(field.group.as_deref()?));
    let number = |word: &str| {
        let mut fields = group.iter().flat_map(|group| &group.fields);
        fields.find(|f| f.word == word).map(|f| f.number)
    };
    let value = |fields: &[Field], word: &str| {
        let number = number(word)?;
        let mut fields = fields.iter();
        let found = fields.find(|field| field.number == number)?;
        Some(found.value.clone())
    };
    let groups = held.map_or(&[][..], Value::values).iter();
    let groups = groups.filter_map(|group| match group {
        Value::Group(fields) => Some(fields),
        _ => None,
    });
    groups
        .filter_map(|fields| {
            let Some(Value::Text(text)) = value(fields, "text") else {
                return None;
            };
            let axes = [(TLP, "tlp"), (HANDLING, "handling")].into_iter();
            let codes = axes.filter_map(|(axis, word)| match value(fields, word)? {
                Value::Code(code) => Some(Marking { axis, code }),
                _ => None,
            });
            Some((text.as_str().to_owned(), codes.collect()))
        })
        .collect()
}

/// The strictest code of each axis.
#[derive(Debug, Default)]
struct Strictest(BTreeMap<u16, u16>);

impl Strictest {
    fn add(&mut self, marking: &[Marking]) {
        for one in marking {
            let held = self.0.entry(one.axis).or_default();
            *held = one.code.max(*held);
        }
    }

    fn words(&self) -> Vec<String> {
        let codes = self.0.iter();
        codes
            .map(|(axis, code)| {
                Marking {
                    axis: *axis,
                    code: *code,
                }
                .words()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{field, text};

    #[test]
    fn tear_lines_come_with_their_own_marking_and_the_strictest_counts() {
        let line = |words: &str, tlp, handling: Option<u16>| {
            let mut fields = vec![field(1, text(words)), field(2, Value::Code(tlp))];
            fields.extend(handling.map(|code| field(3, Value::Code(code))));
            Value::Group(fields)
        };
        let lines = vec![line("a grey van", 1, None), line("XA-123", 0, Some(1))];
        let form = Form {
            format: 6,
            version: 1,
            fields: vec![field(2, text("all of it")), field(28, Value::List(lines))],
        };
        let found = tear_lines(Catalogue::built_in(), &form);
        let words: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(words, ["a grey van", "XA-123"]);
        let mut strictest = Strictest::default();
        for (_, codes) in &found {
            strictest.add(codes);
        }
        assert_eq!(strictest.words(), ["tlp:green", "handling:h1"]);
    }
}
