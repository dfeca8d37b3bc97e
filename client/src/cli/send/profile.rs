//! The reply profile of a request, where the rules want the answer sooner than its writer: what the
//! form says to people and what the header says to clocks is one time.

use crate::cli::context::Context;
use crate::compose::{Clock, Plan};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::words;
use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::{CodeList, FieldDefinition};

/// Word of the field that says within what an answer is due.
const PROFILE: &str = "reply-profile";

/// Has the form name the profile that the planned deadline comes to.
///
/// # Errors
/// Where that profile needs a reason, and the form gives none.
// RTE-13
pub(super) fn settle(context: &Context, form: &mut Form, plan: &Plan) -> Outcome<()> {
    let Some((field, list)) = field(context, form) else {
        return Ok(());
    };
    let number = field.number;
    let named = match form.value(number) {
        Some(Value::Code(code)) => list.code(*code).and_then(|code| code.duration_ms),
        _ => None,
    };
    let within = plan.header.answer_within;
    let Some((within, named)) = within.zip(named).filter(|(within, named)| within < named) else {
        return Ok(());
    };
    let Some(code) = profile(list, within) else {
        return Ok(());
    };
    for held in form.fields.iter_mut().filter(|held| held.number == number) {
        held.value = Value::Code(code);
    }
    context.catalogue.check(form).map(drop).map_err(|_| {
        let row = plan.ruling.rows.iter();
        let mut row = row.filter(|one| Clock::Answer.of(&one.row).is_some());
        let row = row.next().map_or("", |one| one.row.name.as_str());
        Failure::new(
            Exit::Usage,
            "urgent-reason",
            format!(
                "the rules want an answer within {}, not {} (RTE-13, {row}); so urgent a request says why",
                words::duration(within),
                words::duration(named),
            ),
            "Nothing was sent.",
            "the same command with --urgent GROUND --because FACTS",
        )
    })
}

fn field<'a>(context: &Context, form: &Form) -> Option<(&'a FieldDefinition, &'a CodeList)> {
    let catalogue = context.catalogue;
    let format = catalogue.format(form.format, form.version)?;
    let field = format.field_by_word(PROFILE)?;
    Some((field, catalogue.list(field.codes.as_deref()?)?))
}

/// The longest profile that is no longer than the time there is, else the shortest of all.
fn profile(list: &CodeList, within: u64) -> Option<u16> {
    let codes = || {
        let codes = list.codes.iter().filter(|code| !code.retired);
        codes.filter_map(|code| Some((code.duration_ms?, code.value)))
    };
    let fitting = codes().filter(|(ms, _)| *ms <= within).max();
    fitting.or_else(|| codes().min()).map(|(_, value)| value)
}
