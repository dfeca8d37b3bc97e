//! `estafette show`: a message with its form, or its text byte for byte.

use super::context::{Context, Unlocked};
use super::fields;
use super::send::role_word;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::{Message, Record};
use crate::words::{self, visible};
use clap::Args;
use estafette_protocol::crypto::VerifyingKey;
use estafette_protocol::enrolment::show_fingerprint;
use estafette_protocol::envelope::Parsed;
use estafette_protocol::form::Form;
use estafette_protocol::precedence::Status;
use serde_json::json;

/// Fields whose text `--raw` gives: by format, the one that holds the text.
const TEXT_FIELDS: [(u16, u16); 2] = [(1, 5), (6, 2)];
/// The field of a flag that holds the number to call back.
const CALL_BACK: (u16, u16) = (1, 4);

/// Show messages.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// The text alone, byte for byte
    #[arg(long, conflicts_with_all = ["verify", "phone"])]
    raw: bool,
    /// Verify signature and digest again
    #[arg(long)]
    verify: bool,
    /// The number to call and the words to compare
    #[arg(long)]
    phone: bool,
    /// Tell the sender that it was opened
    #[arg(long)]
    opened_receipt: bool,
}

impl Show {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let unlocked = context.unlock()?;
        let mut exit = Exit::Done;
        for message in unlocked.resolve(&self.ids)? {
            let form = unlocked.account.store.form(&message.record.digest)?;
            let verified = match self.verify {
                true => Some(verify(&unlocked, &message)?),
                false => None,
            };
            if verified == Some(false) {
                exit = Exit::Trust;
            }
            match (self.raw, self.phone) {
                (true, _) => raw(context, &message, form.as_ref())?,
                (_, true) => phone(context, &message, form.as_ref()),
                _ => print(context, &message, form.as_ref(), verified),
            }
            if form.is_some() {
                self.note_opened(&unlocked, &message)?;
            }
        }
        Ok(exit)
    }

    /// Remembers the first showing; tells the sender only where that was asked for.
    fn note_opened(&self, unlocked: &Unlocked, message: &Message) -> Outcome<()> {
        use estafette_protocol::statement::Claim;
        let (account, now) = (&unlocked.account, clock::now());
        let digest = message.record.digest;
        let shown = |record: &mut Record| record.shown_at = record.shown_at.or(Some(now));
        let entitled = account
            .signer()
            .is_entitled(&Claim::Opened, &message.header);
        let said = message.signed_here(&account.device(), "opened").is_some();
        if self.opened_receipt && entitled && !said {
            let statement = crate::courier::state(account, digest, Claim::Opened, now)
                .map_err(crate::courier::CourierError::from)?;
            account.store.write()?.add_own(&statement, shown, now)?;
        } else if message.record.shown_at.is_none() {
            account.store.write()?.update(&digest, shown)?;
        }
        Ok(())
    }
}

/// Whether the stored envelope is what its sender signed, and is this message.
fn verify(unlocked: &Unlocked, message: &Message) -> Outcome<bool> {
    let bytes = unlocked.account.store.envelope(&message.record.digest)?;
    let parsed = bytes.and_then(|bytes| Parsed::decode(&bytes).ok());
    let key = VerifyingKey::from_bytes(&message.record.sender_key.0).ok();
    Ok(match (parsed, key) {
        (Some(parsed), Some(key)) => {
            parsed.digest() == message.record.digest && parsed.verify(&key)
        }
        _ => false,
    })
}

fn raw(context: &Context, message: &Message, form: Option<&Form>) -> Outcome<()> {
    let field = TEXT_FIELDS
        .iter()
        .find(|(f, _)| *f == message.header.format);
    let text = field.and_then(|(_, number)| form?.text(*number));
    match text {
        Some(text) => {
            context.output.raw(text.as_bytes());
            Ok(())
        }
        None => Err(Failure::new(
            Exit::Failed,
            "no-text",
            format!("{} holds no text that can be read here", message.record.id),
            "Nothing was changed.",
            format!("estafette show {}", message.record.id),
        )),
    }
}

fn phone(context: &Context, message: &Message, form: Option<&Form>) {
    let call_back = form.filter(|form| form.format == CALL_BACK.0);
    let call_back = call_back.and_then(|form| form.text(CALL_BACK.1));
    let number = call_back.map_or("no number in the message".to_owned(), |n| visible(n, false));
    let compare = show_fingerprint(&message.record.digest);
    context.output.object(
        "phone",
        json!({"id": message.record.id, "call_back": call_back, "compare": compare}),
    );
    context.output.line(&format!("call     {number}"));
    context.output.line(&format!("compare  {compare}"));
}

fn print(context: &Context, message: &Message, form: Option<&Form>, verified: Option<bool>) {
    let (output, record, header) = (context.output, &message.record, &message.header);
    let addressees = header.addressees.iter();
    output.object(
        "message",
        json!({
            "id": record.id,
            "digest": hex::encode(record.digest.as_slice()),
            "from": header.sender.as_str(),
            "to": addressees.clone().map(|a| json!({
                "desk": a.desk.as_str(), "role": role_word(a.role),
            })).collect::<Vec<_>>(),
            "format": header.format,
            "precedence": header.precedence.word(),
            "status": header.status.word(),
            "marking": header.marking.iter().map(|m| m.words()).collect::<Vec<_>>(),
            "created": words::time_rfc3339(header.created),
            "expires": words::time_rfc3339(header.expires),
            "acknowledge_within_ms": header.acknowledge_within,
            "in_reply_to": header.in_reply_to.map(|d| hex::encode(d.as_slice())),
            "unreadable": message.unreadable_at().map(|stage| stage.word()),
            "verified": verified,
            "form": form.map(fields::json),
        }),
    );
    if header.status != Status::Actual {
        output.line(&format!("*** {} ***", header.status.word().to_uppercase()));
    }
    let pair = |label: &str, value: &str| output.line(&format!("{label:<18}{value}"));
    pair(
        "Message",
        &format!("{}   {}", record.id, show_fingerprint(&record.digest)),
    );
    pair("From", header.sender.as_str());
    for addressee in addressees {
        pair(
            "To",
            &format!("{} ({})", addressee.desk, role_word(addressee.role)),
        );
    }
    pair("Precedence", header.precedence.word());
    if !header.marking.is_empty() {
        let words: Vec<String> = header.marking.iter().map(|m| m.words()).collect();
        pair("Marking", &words.join(" "));
    }
    pair("Created", &output.time(header.created));
    pair("Expires", &output.time(header.expires));
    if let Some(within) = header.acknowledge_within {
        pair("Acknowledge in", &words::duration(within));
    }
    if let Some(parent) = header.in_reply_to {
        pair("In reply to", &show_fingerprint(&parent));
    }
    if let Some(good) = verified {
        let words = match good {
            true => "✓ signature and digest verified",
            false => "NOT VERIFIED: this is not what its sender signed",
        };
        pair("Signature", words);
    }
    print_form(context, message, form);
}

fn print_form(context: &Context, message: &Message, form: Option<&Form>) {
    let output = context.output;
    output.line("");
    match (form, message.unreadable_at()) {
        (Some(form), _) => {
            for field in fields::shown(form, output.utc) {
                let value = visible(&field.value, true);
                match value.contains('\n') {
                    true => output.line(&format!("{}\n{value}", field.label)),
                    false => output.line(&format!("{:<18}{value}", field.label)),
                }
            }
        }
        (None, Some(stage)) => output.line(&format!(
            "It does not open on this device ({}). The sender has been told.",
            stage.word()
        )),
        (None, None) => output.line("Its key has not come yet:  estafette sync"),
    }
}
