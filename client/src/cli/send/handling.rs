//! What markings demand of a message before it is sealed: the restriction of H3, and the
//! originator's word for what is passed on. Spec: handling.md.

use crate::cli::context::{Context, Unlocked};
use crate::clock;
use crate::compose::{ComposeError, Plan};
use crate::enclosure::{EnclosureError, enclose};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::Message;
use crate::view;
use estafette_protocol::address::Agency;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::Format;
use estafette_protocol::marking::Marking;
use estafette_protocol::statement::Use;
use std::collections::BTreeSet;

/// Word of the field that says what a restriction is.
const CONDITIONS: &str = "conditions";

/// A message of H3 says what its restriction is.
// HND-13, FRM-11
pub(super) fn restriction(format: &Format, form: &Form, marking: &[Marking]) -> Outcome<()> {
    let h3 = Marking::from_words("handling:h3");
    if !marking.iter().any(|held| Some(*held) == h3) {
        return Ok(());
    }
    let field = format.field_by_word(CONDITIONS);
    let field = field.or_else(|| format.text_field());
    let word = field.map_or(CONDITIONS, |field| field.word.as_str());
    let value = field.and_then(|field| form.value(field.number));
    match value {
        Some(Value::Text(text)) if !text.as_str().trim().is_empty() => Ok(()),
        _ => Err(Failure::new(
            Exit::Usage,
            "restriction-missing",
            "a message of handling:h3 says what its restriction is (HND-13)",
            format!("Nothing was sent.  It stands in field {word}."),
            format!("the same command with --set {word}='…'"),
        )),
    }
}

/// Puts the messages that are passed on into the form.
pub(super) fn fill(
    context: &Context,
    unlocked: &Unlocked,
    form: &mut Form,
    messages: &[Message],
) -> Outcome<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let store = &unlocked.account.store;
    enclose(context.catalogue, store, form, messages).map_err(|error| match error {
        EnclosureError::Store(error) => error.into(),
        other => Failure::new(
            Exit::Failed,
            "not-enclosed",
            other.to_string(),
            "Nothing was sent.",
            "estafette forward ID --to DESK",
        ),
    })
}

/// What stands in the way of a forward, with the command that asks its originator.
pub(super) fn explain(
    error: ComposeError,
    unlocked: &Unlocked,
    (plan, messages): (&Plan, &[Message]),
) -> Box<Failure> {
    let refusal = error.refusal();
    let is_grant = refusal.is_some_and(|refusal| refusal.code == ErrorCode::GrantMissing);
    let mut failure: Box<Failure> = error.into();
    if !is_grant {
        return failure;
    }
    for message in messages {
        let lacking = lacking(unlocked, plan, message);
        if lacking.is_empty() {
            continue;
        }
        let names: Vec<&str> = lacking.iter().map(Agency::as_str).collect();
        let (id, sender) = (message.record.id, &message.header.sender);
        failure.what = format!("{sender} has not granted that {id} is passed on (HND-2)");
        failure.why = format!("Nothing was sent.  Lacking for {}.", names.join(", "));
        failure.next = format!(
            "estafette note 'May we pass this on to {}?' --reply-to {id} --to {sender}",
            names.join(", ")
        );
        break;
    }
    failure
}

/// The agencies to which a message may not be passed on yet.
fn lacking(unlocked: &Unlocked, plan: &Plan, message: &Message) -> BTreeSet<Agency> {
    let sender = &message.header.sender;
    if sender == unlocked.desk() {
        return BTreeSet::new();
    }
    let now = clock::now();
    let others = plan.header.agencies();
    others
        .filter(|agency| *agency != sender.agency())
        .filter(|agency| !view::is_granted(message, Use::Onward, agency, now))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use estafette_protocol::encoding::Text;
    use estafette_protocol::form::Field;
    use estafette_protocol::format::Catalogue;

    #[test]
    fn restriction_of_h3_has_to_be_said() {
        let note = Catalogue::built_in().format_by_word("note").unwrap();
        let text = |number, text: &str| Field {
            number,
            value: Value::Text(Text::new(text).unwrap()),
        };
        let form = |fields| Form {
            format: 6,
            version: 1,
            fields,
        };
        let marking = |word: &str| vec![Marking::from_words(word).unwrap()];
        let bare = form(vec![text(2, "x")]);
        assert!(restriction(note, &bare, &marking("handling:h2")).is_ok());
        let failure = restriction(note, &bare, &marking("handling:h3")).unwrap_err();
        assert_eq!(failure.word, "restriction-missing");
        let said = form(vec![text(2, "x"), text(26, "not before the search")]);
        assert!(restriction(note, &said, &marking("handling:h3")).is_ok());
        let flag = Catalogue::built_in().format_by_word("flag").unwrap();
        let number = flag.text_field().unwrap().number;
        let said = form(vec![text(number, "x")]);
        assert!(restriction(flag, &said, &marking("handling:h3")).is_ok());
    }
}
