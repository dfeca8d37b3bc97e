//! `estafette schema`: the formats, or the JSON Schema of one.

use super::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::schema::schema;
use crate::words::visible;
use clap::Args;
use serde_json::json;

/// The formats, or the JSON Schema of one
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Word of a format, such as alert; all formats where absent
    #[arg(value_name = "FORMAT")]
    format: Option<String>,
}

impl Schema {
    /// Needs no account.
    pub(super) fn run(&self, context: &Context) -> Outcome<Exit> {
        let (output, catalogue, language) = (context.output, context.catalogue, &context.language);
        let Some(word) = &self.format else {
            for format in catalogue.formats() {
                let (number, version) = (format.format, format.version);
                let label = format.label(language);
                output.object(
                    "format",
                    json!({"format": number, "version": version, "word": format.word, "label": label}),
                );
                output.line(&format!("{number:>4}  {:<12} {label}", format.word));
            }
            return Ok(Exit::Done);
        };
        let format = catalogue.format_by_word(word).ok_or_else(|| {
            let words: Vec<&str> = catalogue
                .formats()
                .iter()
                .map(|f| f.word.as_str())
                .collect();
            Failure::new(
                Exit::Usage,
                "format-unknown",
                format!("no format {}", visible(word, false)),
                "Nothing was changed.",
                format!("estafette schema {}", words.join(" | ")),
            )
        })?;
        let schema = schema(format, catalogue, language);
        output.raw(format!("{schema:#}\n").as_bytes());
        Ok(Exit::Done)
    }
}
