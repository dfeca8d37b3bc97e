//! Answers that only promise one: a delay is no answer, it is taking the question on.

use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::Catalogue;
use estafette_protocol::time::UnixMillis;

/// Word of the format, of its field for the outcome, and of the outcome that is none yet.
const DELAY: (&str, &str, &str) = ("answer", "outcome", "delayed");
/// Word of the field that says until when.
const UNTIL: &str = "delayed-until";

/// Until when a form promises an answer that it is not.
#[must_use]
pub fn promise(form: &Form, catalogue: &Catalogue) -> Option<UnixMillis> {
    let format = catalogue.format(form.format, form.version)?;
    let outcome = format
        .field_by_word(DELAY.1)
        .filter(|_| format.word == DELAY.0)?;
    let code = catalogue
        .list(outcome.codes.as_deref()?)?
        .code_by_word(DELAY.2)?;
    let until = format.field_by_word(UNTIL)?;
    match (form.value(outcome.number)?, form.value(until.number)?) {
        (Value::Code(held), Value::Time(until)) if *held == code.value => Some(*until),
        _ => None,
    }
}
