//! Vectors of `spec/form.md`: forms on the wire, and whether they fill their formats.

#![expect(clippy::unwrap_used, reason = "values of our own making")]

use super::case::Chapter;
use crate::json::{self, Input, hex};
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::encoding::{Text, decode, encode_unchecked};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::{Catalogue, DefinitionError, Format, Kind};
use serde_json::{Value as Json, json};

mod codes;
mod decoding;
mod definition;
mod filling;
mod judging;
mod nesting;

/// Definitions of the vectors' own, which change with no edition.
const VOYAGE: &str = include_str!("form/voyage.toml");
const SHIP: &str = include_str!("form/ship.toml");
const BOX: &str = include_str!("form/box.toml");
const SIZES: &str = include_str!("form/sizes.toml");

/// The chapter's file.
#[must_use]
pub fn file() -> Json {
    let mut chapter = Chapter::new("form", answer);
    let none = json!({});
    let voyage = json!({ "formats": [VOYAGE], "groups": [BOX, SHIP], "codes": [SIZES] });
    let parts = json!({ "groups": [SHIP, BOX], "codes": [SIZES] });
    let decoding = [decoding::decoding(), nesting::decoding()].concat();
    chapter.group("decode", "form-decode", &none, decoding);
    chapter.group("check", "form-check", &none, filling::checking());
    chapter.group("codes", "form-check", &none, codes::cases());
    chapter.group("voyage", "form-check", &voyage, nesting::checking());
    let shared = json!({ "formats": [judging::definition()] });
    chapter.group("text", "form-check", &shared, judging::judging());
    let operation = "form-definition-hash";
    chapter.group("definition", operation, &parts, definition::definitions());
    chapter.group("edition", operation, &none, definition::of_edition());
    chapter.file()
}

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Json, input: &Json) -> Verdict {
    let input = Input::new(shared, input);
    match operation {
        "form-decode" => form_decode(&input).into(),
        "form-check" => form_check(&input).into(),
        "form-definition-hash" => form_definition_hash(&input).into(),
        _ => Verdict::Unsupported,
    }
}

fn form_decode(input: &Input<'_>) -> Answer {
    let form: Form = decode(&input.bytes("form")?)?;
    Ok(json!({ "form": json::form(&form) }))
}

fn form_check(input: &Input<'_>) -> Answer {
    let form: Form = decode(&input.bytes("form")?)?;
    let catalogue = definitions_of(input, Catalogue::built_in())?;
    let checked = catalogue.check(&form);
    let doubts = checked.map_err(|error| Refusal::new("form", error.fault.clause()))?;
    let doubts = doubts.iter().map(|doubt| doubt.path.numbers());
    Ok(json!({ "doubts": doubts.collect::<Vec<_>>() }))
}

fn form_definition_hash(input: &Input<'_>) -> Answer {
    let answer = |format: &Format| {
        json!({
            "format": format.format,
            "version": format.version,
            "word": format.word,
            "definition": hex(format.definition.as_slice()),
        })
    };
    if input.optional("toml").is_none() {
        let format =
            Catalogue::built_in().format(input.number("format")?, input.number("version")?);
        let unknown = || Refusal::new("form", "format-unknown");
        return Ok(answer(format.ok_or_else(unknown)?));
    }
    let catalogue = definitions_of(input, &Catalogue::default())?;
    let catalogue = catalogue.extended([(Kind::Format, input.text("toml")?)]);
    let catalogue = catalogue.map_err(unheld)?;
    let format = catalogue.formats().first();
    Ok(answer(format.ok_or_else(|| Refusal::case("no format"))?))
}

/// What is known, and the definitions that a case brings.
fn definitions_of(input: &Input<'_>, known: &Catalogue) -> Result<Catalogue, Refusal> {
    let kinds = [
        ("formats", Kind::Format),
        ("groups", Kind::Group),
        ("codes", Kind::CodeList),
    ];
    let mut files = Vec::new();
    for (member, kind) in kinds {
        if input.optional(member).is_some() {
            let text = |json: &Json| json.as_str().map(str::to_owned);
            let text = |json: &Json| text(json).ok_or_else(|| Refusal::case("no text"));
            let texts = input.list(member, text)?;
            files.extend(texts.into_iter().map(|text| (kind, text)));
        }
    }
    let files = files.iter().map(|(kind, text)| (*kind, text.as_str()));
    known.extended(files).map_err(unheld)
}

fn unheld(error: DefinitionError) -> Refusal {
    Refusal::new("form", error.kind.clause())
}

fn field(number: u16, value: Value) -> Field {
    Field { number, value }
}

fn text(text: &str) -> Value {
    Value::Text(Text::new(text).unwrap())
}

fn form(format: u16, fields: Vec<Field>) -> Form {
    Form {
        format,
        version: 1,
        fields,
    }
}

fn input(form: &Form) -> Json {
    json!({ "form": hex(&encode_unchecked(form).unwrap()) })
}
