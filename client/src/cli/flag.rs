//! `estafette flag`: the shortest path from an emergency to the desks that must act.

use super::context::Context;
use super::send::{Letter, SendOptions};
use crate::compose::text;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use clap::Args;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::time::MINUTE_MS;

/// Within what a flag is acknowledged unless its writer says otherwise, in milliseconds.
const ACKNOWLEDGE_WITHIN_MS: u64 = 15 * MINUTE_MS;

/// Raise an emergency flag.
#[derive(Debug, Args)]
pub(super) struct Flag {
    /// What is happening, in at most 280 bytes
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// threat, pursuit, officer-in-danger, abduction, disaster or other
    #[arg(long = "type", value_name = "WORD", default_value = "other")]
    kind: String,
    /// Where
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// Telephone number to call back
    #[arg(long, value_name = "NUMBER")]
    call_back: Option<String>,
    /// routine, priority, immediate or flash
    #[arg(long, value_name = "WORD", default_value = "flash")]
    precedence: Precedence,
    #[command(flatten)]
    options: SendOptions,
}

impl Flag {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let form = self.form()?;
        let letter = Letter {
            form,
            precedence: self.precedence,
            acknowledge_within: Some(self.options.ack_by.unwrap_or(ACKNOWLEDGE_WITHIN_MS)),
            in_reply_to: None,
        };
        let mut unlocked = context.unlock()?;
        self.options.send(context, &mut unlocked, letter)
    }

    fn form(&self) -> Outcome<Form> {
        let list = Catalogue::built_in().list("flag-types");
        let code = list.and_then(|list| list.code_by_word(&self.kind));
        let code = code.ok_or_else(|| {
            let words = list.map_or(Vec::new(), |list| {
                list.codes.iter().map(|code| code.word.as_str()).collect()
            });
            Failure::new(
                Exit::Usage,
                "flag-type",
                format!("no type {}", crate::words::visible(&self.kind, false)),
                "Nothing was sent.",
                format!("--type {}", words.join(" | ")),
            )
        })?;
        let texts = [(2, &self.place), (4, &self.call_back), (5, &self.text)];
        let texts = texts.into_iter().filter_map(|(number, value)| {
            let value = Value::Text(text(value.as_deref()?));
            Some(Field { number, value })
        });
        let kind = Field {
            number: 1,
            value: Value::Code(code.value),
        };
        Ok(Form {
            format: 1,
            version: 1,
            fields: std::iter::once(kind).chain(texts).collect(),
        })
    }
}
