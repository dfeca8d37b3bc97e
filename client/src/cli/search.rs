//! `estafette search`: finds messages in the archive of this machine. Never networks.

use super::context::Context;
use super::list::Listing;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::render::{Reader, cut, fold};
use crate::search::{Leaf, Query};
use crate::view;
use crate::words::{self, Moment};
use clap::Args;
use estafette_protocol::form::Value;
use estafette_protocol::format::Catalogue;
use estafette_protocol::time::UnixMillis;
use serde_json::json;

/// Columns before where something was found.
const INDENT: usize = 9;
/// Most places of one message that are printed.
const PLACES_MAX: usize = 4;
/// Messages after which progress is said again.
const PROGRESS_EVERY: usize = 50;

/// Search the messages on this machine.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("wanted").required(true).multiple(true).args(
    ["text", "reference", "entity", "from", "format", "since", "until"]
))]
pub(super) struct Search {
    /// What any field holds, without regard to case and accents
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Beginning of a reference or digest, or the number of a case
    #[arg(long, value_name = "HEX|CASE")]
    reference: Option<String>,
    /// Name or number of a person, ship, account or any other entity
    #[arg(long, value_name = "IDENT")]
    entity: Option<String>,
    /// Sending desk or agency
    #[arg(long, value_name = "DESK")]
    from: Option<String>,
    /// Format, such as alert
    #[arg(long, value_name = "WORD")]
    format: Option<String>,
    /// Made not before, such as 2026-01-31, 2026-01-31T17:30 or 7d
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Made not after
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
}

impl Search {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let unlocked = context.unlock()?;
        let (output, now) = (context.output, clock::now());
        let catalogue = unlocked.catalogue();
        let query = self.query(context, catalogue, now)?;
        let store = &unlocked.account.store;
        let all = store.messages()?;
        let links = unlocked.links(&all)?;
        let listing = Listing::new(context, &unlocked, now);
        let reader = listing.reader;
        let total = all.len();
        let mut count = 0_usize;
        for (message, at) in all.into_iter().rev().zip(1_usize..) {
            if at.is_multiple_of(PROGRESS_EVERY) {
                output.progress(&reader.fill("searched", format!("{at}/{total}")));
            }
            if !query.fits(&message) {
                continue;
            }
            let form = store.form(&message.record.digest)?;
            let Some(found) = query.find(&message, form.as_ref(), catalogue) else {
                continue;
            };
            if total >= PROGRESS_EVERY {
                output.progressed();
            }
            count += 1;
            let item = view::item(message, unlocked.desk(), &links, now);
            if output.json {
                let mut object = listing.json(&item);
                if let Some(object) = object.as_object_mut() {
                    let paths: Vec<String> = found.iter().map(Leaf::path).collect();
                    object.insert("found".into(), json!(paths));
                }
                output.object("message", object);
                continue;
            }
            listing.print(&item)?;
            for leaf in found.iter().take(PLACES_MAX) {
                output.line(&self.place(&reader, leaf));
            }
        }
        if total >= PROGRESS_EVERY {
            output.progressed();
        }
        match count {
            0 => output.talk(&reader.say("nothing-found")),
            count => output.talk(&reader.fill("found", count)),
        }
        Ok(Exit::Done)
    }

    fn query(&self, context: &Context, catalogue: &Catalogue, now: UnixMillis) -> Outcome<Query> {
        let at = |moment: Option<Moment>, ends| {
            let at = moment.map(|moment| moment.at(now, context.output.utc, ends));
            at.transpose().map_err(|error| {
                let next = "--since 2026-01-31 --until 2026-02-28";
                Failure::new(
                    Exit::Usage,
                    "time",
                    error.to_string(),
                    "Nothing was searched.",
                    next,
                )
            })
        };
        let format = self.format.as_deref().map(|word| format(word, catalogue));
        Ok(Query {
            text: self.text.clone(),
            reference: self.reference.clone(),
            entity: self.entity.clone(),
            from: self.from.clone(),
            format: format.transpose()?,
            since: at(self.since, false)?,
            until: at(self.until, true)?,
        })
    }

    /// Where in a message it was found, and the line that holds it.
    fn place(&self, reader: &Reader<'_>, leaf: &Leaf<'_>) -> String {
        let wanted = [&self.text, &self.entity].into_iter().flatten();
        let wanted: Vec<String> = wanted.map(|text| fold(text)).collect();
        let holds = |line: &&str| {
            let line = fold(line);
            wanted.iter().any(|wanted| line.contains(wanted))
        };
        let value = match leaf.value {
            Value::Text(text) => {
                let line = text.as_str().lines().find(holds);
                reader.foreign(
                    line.or_else(|| text.as_str().lines().next())
                        .unwrap_or_default(),
                )
            }
            value => reader.value(value, leaf.definition),
        };
        let label = leaf.label(reader);
        let line = cut(
            &format!("{label}: {value}"),
            reader.width - INDENT,
            reader.ascii,
        );
        format!("{}{}", " ".repeat(INDENT), reader.isolate(&line))
    }
}

fn format(word: &str, catalogue: &Catalogue) -> Outcome<u16> {
    let known = catalogue.format_by_word(&word.to_lowercase());
    known.map(|format| format.format).ok_or_else(|| {
        let words: std::collections::BTreeSet<&str> = catalogue
            .formats()
            .iter()
            .map(|f| f.word.as_str())
            .collect();
        let words: Vec<&str> = words.into_iter().collect();
        Failure::new(
            Exit::Usage,
            "format-unknown",
            format!("no format {}", words::visible(word, false)),
            "Nothing was searched.",
            format!("--format {}", words.join(" | ")),
        )
    })
}
