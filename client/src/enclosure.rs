//! Messages within a message: how a forward carries them, and how a reader opens them.
//! Spec: envelope.md ENV-25 and ENV-26; form.md, Enclosures.
//!
//! An enclosed message is what its originator sealed, and opens by its own labels alone. Decides
//! nothing about whether it may be passed on: that is [`estafette_protocol::routing`].

use crate::account::Account;
use crate::base64;
use crate::compose::text;
use crate::courier::sender_key;
use crate::store::{Message, Store, StoreError};
use estafette_protocol::crypto::{Hash, Secret};
use estafette_protocol::encoding::EncodingError;
use estafette_protocol::envelope::{Header, Parsed, Stage, open_enclosed};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::{Catalogue, Format};
use estafette_protocol::time::UnixMillis;

/// Words of the field and of the parts of its group.
const ENCLOSURES: &str = "enclosures";
const ENVELOPE: &str = "envelope";
const CONTENT_KEY: &str = "content-key";

/// Why a message cannot be enclosed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnclosureError {
    /// The format has no field for it.
    #[error("only a note holds messages that are passed on")]
    Format,
    /// It was never opened here.
    #[error("{0} cannot be read on this device")]
    Unreadable(u64),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored does not decode.
    #[error("an enclosed message: {0}")]
    Encoding(#[from] EncodingError),
}

/// A message that another one encloses.
#[derive(Debug, Clone)]
pub struct Enclosed {
    /// Its digest, as the header of the forward names it.
    pub digest: Hash,
    /// What it says, or the stage at which it does not open.
    pub opened: Result<Original, Stage>,
}

/// An enclosed message that opens.
#[derive(Debug, Clone)]
pub struct Original {
    /// Its header: who sealed it, when, under which marking.
    pub header: Header,
    /// Its form.
    pub form: Form,
    /// Whether its signature is good; `None` where the key is not known here.
    pub verified: Option<bool>,
}

/// Fills the messages into a form, in the order of their digests.
///
/// # Errors
/// [`EnclosureError`].
pub fn enclose(
    catalogue: &Catalogue,
    store: &Store,
    form: &mut Form,
    messages: &[Message],
) -> Result<(), EnclosureError> {
    let format = catalogue.format(form.format, form.version);
    let numbers = format.and_then(|format| numbers(catalogue, format));
    let (field, envelope, key) = numbers.ok_or(EnclosureError::Format)?;
    let mut sorted: Vec<&Message> = messages.iter().collect();
    sorted.sort_by_key(|message| message.record.digest);
    let mut groups = Vec::new();
    for message in sorted {
        let unreadable = || EnclosureError::Unreadable(message.record.id);
        let content_key = message.content_key().ok_or_else(unreadable)?;
        let bytes = store.envelope(&message.record.digest)?;
        let parsed = Parsed::decode(&bytes.ok_or_else(unreadable)?)?;
        // ENV-25
        let bare = parsed.envelope().with_wraps(|_| false);
        let bytes = estafette_protocol::encoding::encode(&bare)?;
        let part = |number, bytes: &[u8]| Field {
            number,
            value: Value::Text(text(&base64::encode(bytes))),
        };
        groups.push(Value::Group(vec![
            part(envelope, &bytes),
            part(key, content_key.expose()),
        ]));
    }
    form.fields.retain(|held| held.number != field);
    let at = form.fields.partition_point(|held| held.number < field);
    let value = Value::List(groups);
    form.fields.insert(
        at,
        Field {
            number: field,
            value,
        },
    );
    Ok(())
}

/// Numbers of the field, and of envelope and key in its group.
fn numbers(catalogue: &Catalogue, format: &Format) -> Option<(u16, u16, u16)> {
    let field = format.field_by_word(ENCLOSURES)?;
    let group = catalogue.group(field.group.as_deref()?)?;
    let number = |word: &str| {
        let mut fields = group.fields.iter();
        fields.find(|f| f.word == word).map(|f| f.number)
    };
    Some((field.number, number(ENVELOPE)?, number(CONTENT_KEY)?))
}

/// The form without what it encloses, for showing.
#[must_use]
pub fn without(form: &Form, catalogue: &Catalogue) -> Form {
    let mut form = form.clone();
    let format = catalogue.format(form.format, form.version);
    if let Some((field, _, _)) = format.and_then(|format| numbers(catalogue, format)) {
        form.fields.retain(|held| held.number != field);
    }
    form
}

/// The messages that a forward encloses, one for each digest that its header names.
// ENV-26, FRM-12
#[must_use]
pub fn enclosed(account: &Account, header: &Header, form: &Form, now: UnixMillis) -> Vec<Enclosed> {
    let catalogue = account.catalogue;
    let format = catalogue.format(form.format, form.version);
    let numbers = format.and_then(|format| numbers(catalogue, format));
    let held = numbers.and_then(|(field, _, _)| form.value(field));
    let groups = held.map_or(&[][..], Value::values);
    let all = header.encloses.iter().zip(0_usize..);
    all.map(|(digest, at)| {
        let parts = numbers.zip(groups.get(at));
        let opened = parts.ok_or(Stage::Decode);
        Enclosed {
            digest: *digest,
            opened: opened
                .and_then(|((_, envelope, key), group)| parts_of(group, envelope, key))
                .and_then(|(parsed, key)| open(account, digest, &parsed, key, now)),
        }
    })
    .collect()
}

fn parts_of(group: &Value, envelope: u16, key: u16) -> Result<(Parsed, Secret), Stage> {
    let Value::Group(fields) = group else {
        return Err(Stage::Decode);
    };
    let part = |number: u16| {
        let field = fields.iter().find(|field| field.number == number);
        match field.map(|field| &field.value) {
            Some(Value::Text(text)) => base64::decode(text.as_str()),
            _ => None,
        }
    };
    let parsed = part(envelope).and_then(|bytes| Parsed::decode(&bytes).ok());
    let key = part(key).and_then(|key| <[u8; 32]>::try_from(key).ok());
    let (parsed, key) = parsed.zip(key).ok_or(Stage::Decode)?;
    Ok((parsed, Secret::from_bytes(key)))
}

fn open(
    account: &Account,
    digest: &Hash,
    parsed: &Parsed,
    content_key: Secret,
    now: UnixMillis,
) -> Result<Original, Stage> {
    if parsed.digest() != *digest {
        return Err(Stage::Decode);
    }
    let verified = sender_key(account, parsed, now).map(|key| parsed.verify(&key));
    if verified == Some(false) {
        return Err(Stage::Signature);
    }
    let opened = open_enclosed(parsed, content_key).map_err(|error| error.stage)?;
    Ok(Original {
        header: parsed.header().clone(),
        form: opened.form,
        verified,
    })
}
