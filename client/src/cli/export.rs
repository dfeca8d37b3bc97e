//! `estafette export`: a message as a file of another standard.

use super::context::Context;
use crate::account::Account;
use crate::calendar::{self, Letterhead, Method, to_ics};
use crate::cap::{self, Facts};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::Message;
use crate::view;
use clap::{ArgGroup, Args};
use estafette_protocol::form::Form;
use estafette_protocol::marking::Marking;
use estafette_protocol::statement::Use;
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Write a message as a file of another standard.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("standard").required(true)))]
pub(super) struct Export {
    /// The message: a small id, or the beginning of a digest
    #[arg(value_name = "ID")]
    id: String,
    /// As an alert of CAP 1.2
    #[arg(long, group = "standard")]
    cap: bool,
    /// A briefing for one's own calendar, with its recurrence and reminders
    #[arg(long, group = "standard")]
    ics: bool,
    /// For use in court: refused for handling:h1 and stricter without the originator's grant
    #[arg(long)]
    court: bool,
    /// Write into this file, which must not exist yet [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let unlocked = context.unlock()?;
        let messages = unlocked.resolve(std::slice::from_ref(&self.id))?;
        for message in &messages {
            if self.court {
                for_court(&unlocked.account, message)?;
            }
            let form = unlocked.account.store.form(&message.record.digest)?;
            let form = form.ok_or_else(|| unreadable(message))?;
            let (text, not_carried) = match self.ics {
                true => (export_ics(&unlocked.account, message)?, Vec::new()),
                false => export_cap(&unlocked.account, message, &form)?,
            };
            self.deliver(context, message, (&text, &not_carried))?;
        }
        Ok(Exit::Done)
    }

    const fn standard(&self) -> &'static str {
        match self.ics {
            true => "ics",
            false => "cap",
        }
    }

    fn deliver(
        &self,
        context: &Context,
        message: &Message,
        (text, not_carried): (&str, &[String]),
    ) -> Outcome<()> {
        let output = context.output;
        let id = message.record.id;
        match &self.output {
            Some(path) => write(path, text).map_err(|error| {
                Failure::new(
                    Exit::Failed,
                    "file-not-written",
                    format!("{}: {error}", path.display()),
                    "Nothing was overwritten.",
                    format!("estafette export {id} --{} --output OTHER", self.standard()),
                )
            })?,
            None if !output.json => output.raw(text.as_bytes()),
            None => {}
        }
        let inline = self.output.is_none().then_some(text);
        output.object(
            "export",
            json!({"id": id, "standard": self.standard(), "not_carried": not_carried, "file": inline}),
        );
        if !not_carried.is_empty() {
            let words = not_carried.join(", ");
            output.talk(&format!(
                "Not in the file, for CAP has no such elements: {words}"
            ));
        }
        if !message.header.marking.is_empty() {
            let words: Vec<String> = message.header.marking.iter().map(|m| m.words()).collect();
            let words = words.join(" ");
            output.talk(&format!(
                "The message is {words}; the file does not enforce it."
            ));
        }
        Ok(())
    }
}

/// Refuses for a court what its originator has marked against that.
// HND-10
fn for_court(account: &Account, message: &Message) -> Outcome<()> {
    let open = Marking::from_words("handling:h0");
    let sender = &message.header.sender;
    let marking = view::effective_marking(message).iter();
    let mut bars = marking.filter(|one| open.is_some_and(|h0| one.axis == h0.axis && **one > h0));
    let own = account.directory.own();
    let is_free = sender == account.desk()
        || view::is_granted(message, Use::Judicial, own, crate::clock::now());
    match bars.next() {
        Some(marking) if !is_free => {
            let id = message.record.id;
            Err(Failure::new(
                Exit::Refused,
                "judicial-use",
                format!(
                    "{id} is {}, and {sender} has not granted its use in court (HND-10)",
                    marking.words()
                ),
                "Nothing was written.",
                format!("estafette note 'May we use this in court?' --reply-to {id} --to {sender}"),
            ))
        }
        _ => Ok(()),
    }
}

/// The file, and the words of the fields that it does not hold.
fn export_cap(account: &Account, message: &Message, form: &Form) -> Outcome<(String, Vec<String>)> {
    let store = &account.store;
    let superseded = match &message.header.supersedes {
        Some(digest) => store.message(digest)?,
        None => None,
    };
    let earlier = superseded.as_ref().map(|m| (&m.header, &m.record.digest));
    let facts = Facts::of(&message.header, &message.record.digest, earlier);
    Ok(cap::export(form, &facts)?)
}

/// A briefing as a calendar file: its newest version, or that it was taken back.
fn export_ics(account: &Account, message: &Message) -> Outcome<String> {
    let (id, digest) = (message.record.id, message.record.digest);
    let entries = calendar::agenda(&account.store)?;
    let entry = entries.iter().find(|e| e.message.record.digest == digest);
    let entry = entry.ok_or_else(|| {
        Failure::new(
            Exit::Failed,
            "no-briefing",
            format!("{id} is no briefing, or a later message took its place"),
            "Nothing was written.",
            "estafette list",
        )
    })?;
    let method = match entry.withdrawn {
        true => Method::Cancel,
        false => Method::Publish,
    };
    Ok(to_ics(&entry.briefing, &Letterhead::of(entry), method)?)
}

fn unreadable(message: &Message) -> Box<Failure> {
    let id = message.record.id;
    Failure::new(
        Exit::Failed,
        "no-form",
        format!("{id} holds nothing that can be read here"),
        "Nothing was written.",
        format!("estafette show {id}"),
    )
}

/// Writes a new file that its owner alone may read.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::compose::{Draft, plan, seal_plan};
    use crate::store::Sent;
    use crate::testing::{NOW, enrolled};
    use estafette_protocol::encoding::Text;
    use estafette_protocol::form::{Field, Value};
    use estafette_protocol::precedence::{Precedence, Status};

    #[test]
    fn alert_is_exported_with_what_its_header_says() {
        let (_world, account) = enrolled();
        let field = |number, value| Field { number, value };
        let words = Text::new("Armed robbery".to_owned()).unwrap();
        let form = Form {
            format: 2,
            version: 1,
            fields: vec![field(1, Value::Code(1)), field(3, Value::Text(words))],
        };
        let draft = Draft {
            precedence: Precedence::Priority,
            status: Status::Test,
            ..Draft::new(form.clone(), vec!["duty@ops.border.xb".parse().unwrap()])
        };
        let mut rng = clock::random();
        let plan = plan(&account, &draft, false, NOW, &mut rng).unwrap();
        let sealed = seal_plan(&account, &plan, &form, false, NOW, &mut rng).unwrap();
        let sent = Sent {
            parsed: &sealed.parsed,
            form: &form,
            content_key: &sealed.content_key,
            sender_key: &account.signing_key().verifying_key(),
            summary: Text::default(),
        };
        account.store.write().unwrap().add_sent(&sent, NOW).unwrap();
        let digest = sealed.parsed.digest();
        let message = account.store.message(&digest).unwrap().unwrap();
        let (text, not_carried) = export_cap(&account, &message, &form).unwrap();
        let digest = hex::encode(digest.as_slice());
        assert!(text.contains(&format!("<identifier>{digest}</identifier>")));
        for line in [
            "<status>Test</status>",
            "<scope>Private</scope>",
            "<sent>2026-01-02T02:54:05-00:00</sent>",
            "<description>Armed robbery</description>",
        ] {
            assert!(text.contains(line), "{line}");
        }
        assert_eq!(not_carried, Vec::<String>::new());
        assert!(cap::convert(text.as_bytes()).unwrap().sendable().is_ok());
    }

    #[test]
    fn file_that_is_there_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alert.xml");
        write(&path, "one").unwrap();
        assert!(write(&path, "two").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
    }
}
