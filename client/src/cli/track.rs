//! `estafette track`: how far a message got with each addressee, and the receipts that prove it.

use super::context::{Context, Unlocked};
use super::releases;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::labels::ENGLISH;
use crate::render::{Reader, columns, cut, pad, wrap};
use crate::store::Message;
use crate::view::{self, Links, Row, Side};
use clap::Args;
use estafette_protocol::envelope::Role;
use estafette_protocol::statement::Signer;
use estafette_protocol::time::UnixMillis;

mod correction;
mod json;
mod said;

pub(super) use json::local;

/// Follow messages.
#[derive(Debug, Args)]
pub(super) struct Track {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Rows alone, without the receipts behind them
    #[arg(long)]
    brief: bool,
}

/// Whom the rows are for, and by which clock.
struct Look<'a> {
    context: &'a Context,
    unlocked: &'a Unlocked,
    reader: Reader<'a>,
    now: UnixMillis,
}

impl Track {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let unlocked = context.unlock()?;
        let reader = context.reader();
        let look = Look {
            context,
            unlocked: &unlocked,
            reader,
            now: clock::now(),
        };
        let all = unlocked.account.store.messages()?;
        let links = unlocked.links(&all)?;
        for message in unlocked.resolve(&self.ids)? {
            look.message(&message, (&links, &all), self.brief)?;
        }
        Ok(Exit::Done)
    }
}

impl Look<'_> {
    fn message(
        &self,
        message: &Message,
        (links, all): (&Links, &[Message]),
        brief: bool,
    ) -> Outcome<()> {
        let (context, reader) = (self.context, &self.reader);
        let (output, record) = (context.output, &message.record);
        let rows = view::rows_after(message, links.over(&record.digest), self.now);
        let form = match context.language == ENGLISH || output.json {
            true => None,
            false => self.unlocked.account.store.form(&record.digest)?,
        };
        let summary = reader.summary(record.summary.as_str(), form.as_ref());
        let head = format!("{}  {summary}", record.id);
        output.line(&reader.isolate(&cut(&head, reader.width, reader.ascii)));
        for row in &rows {
            self.row(message, row);
        }
        self.correction((message, &rows), links, all);
        let releasers = view::releasers(&self.unlocked.account, message, self.now);
        releases::print(context, reader, (message, &rows, &releasers));
        said::print(context, reader, message);
        if !brief {
            for row in &rows {
                receipts(context, reader, (message, row));
            }
        }
        Ok(())
    }

    fn row(&self, message: &Message, row: &Row) {
        let output = self.context.output;
        let zones = self
            .unlocked
            .zones([&message.header.sender, &row.state.desk]);
        if output.json {
            return output.object("track", json::row(message, row, &zones));
        }
        for line in lines(&self.reader, row, (&zones, self.now)) {
            output.line(&line);
        }
    }
}

/// An addressee in words: how far, by whom and when, what is left and what is out of the ordinary.
fn lines(reader: &Reader<'_>, row: &Row, (zones, now): (&[&str], UnixMillis)) -> Vec<String> {
    let state = &row.state;
    let rung = state.rung();
    let proof = state.proof(rung);
    let isolate = |text: String| reader.isolate(&text);
    let mut parts = vec![isolate(reader.say(&format!("rung-{}", rung.word())))];
    if state.role != Role::Action {
        parts.push(isolate(format!("({})", reader.role(state.role))));
    }
    let remark = row.remark.as_ref();
    let officer = remark.map(|remark| remark.officer.as_str());
    if let Some(name) = officer.filter(|name| !name.is_empty()) {
        parts.push(isolate(reader.fill("by", reader.foreign(name))));
    }
    parts.extend(proof.map(|proof| reader.time(proof.at)));
    if let Some(until) = state.until {
        parts.push(isolate(reader.fill("promised-until", reader.time(until))));
    }
    let is_negative = row.sides.iter().any(Side::is_negative);
    let due = row.deadline().filter(|_| !is_negative && row.is_asked());
    if let Some(due) = due {
        parts.push(isolate(reader.time_left(due, now)));
        let by = reader.time_in_zones(due, zones);
        parts.push(isolate(reader.fill("due-by", by)));
    }
    let check = if reader.ascii { "ok" } else { "✓" };
    parts.push(isolate(match proof {
        Some(_) => format!("{check} {}", reader.say("verified")),
        None => reader.say("not-proved"),
    }));
    parts.extend(row.sides.iter().map(|side| isolate(reader.side(side))));
    // RCP-9: a clock that ran out is shown whoever has said so, and whether anybody has.
    if !row.overdue.is_empty() {
        let signed = row.overdue.iter().all(|one| row.told_overdue.contains(one));
        parts.push(isolate(match signed {
            true => reader.say("overdue-signed"),
            false => reader.say("overdue-unsigned"),
        }));
    }
    let text = remark.map(|remark| remark.text.as_str());
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        parts.push(isolate(reader.quote(text)));
    }
    let head = format!("  {:<28} ", state.desk.as_str());
    hanging(reader, &head, &parts)
}

/// A head and the parts that follow it, as many on a line as fit, each line below the first part.
fn hanging(reader: &Reader<'_>, head: &str, parts: &[String]) -> Vec<String> {
    let left = columns(head);
    let width = reader.width.saturating_sub(left);
    let mut lines: Vec<String> = Vec::new();
    for piece in parts.iter().flat_map(|part| wrap(part, width)) {
        match lines.last_mut() {
            Some(line) if columns(line) + 2 + columns(&piece) <= width => {
                line.push_str("  ");
                line.push_str(&piece);
            }
            _ => lines.push(piece),
        }
    }
    let mut head = head.to_owned();
    let lines = lines.iter().map(|line| {
        let line = format!("{head}{line}");
        head = " ".repeat(left);
        line
    });
    lines.collect()
}

fn receipts(context: &Context, reader: &Reader<'_>, (message, row): (&Message, &Row)) {
    let output = context.output;
    if row.state.proofs.is_empty() {
        return;
    }
    let heading = reader.fill("receipts-of", &row.state.desk);
    output.line(&format!("  {}", reader.isolate(&heading)));
    let check = if reader.ascii { "ok" } else { "✓" };
    for proof in &row.state.proofs {
        let hash: String = hex::encode(proof.statement.as_slice())
            .chars()
            .take(16)
            .collect();
        let rung = reader.say(&format!("rung-{}", proof.rung.word()));
        let by = match &proof.by.desk {
            Some(desk) => desk.to_string(),
            None => reader.isolate(&reader.fill("relay-of", &proof.by.agency)),
        };
        let head = format!("    {} ", pad(&reader.isolate(&rung), 16));
        let parts = [reader.time(proof.at), by, format!("{hash} {check}")];
        for line in hanging(reader, &head, &parts) {
            output.line(&line);
        }
        for note in message.notes(&proof.statement) {
            let head = format!("{:21}{} ", "", reader.alarm());
            let note = [reader.isolate(&reader.note(*note))];
            for line in hanging(reader, &head, &note) {
                output.line(&line);
            }
        }
    }
}

pub(super) fn signer(signer: &Signer) -> String {
    match &signer.desk {
        Some(desk) => desk.to_string(),
        None => format!("relay of {}", signer.agency),
    }
}
