//! What no honest client sends, so that the relay can be seen to refuse it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use estafette_protocol::address::Desk;
use estafette_protocol::encoding::{Bytes, Text};
use estafette_protocol::envelope::{Parsed, Sealed};
use estafette_protocol::form::{Field, Form, Value};

use super::DemoError;
use crate::account::Account;
use crate::clock;
use crate::compose::{self, ComposeError, Draft};
use crate::store::{Origin, Sent};

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// To a desk that no roster lists.
    UnknownDesk,
    /// Marked TLP:RED.
    Marking,
    /// With a byte of the body changed after signing.
    Tampered,
    /// Another text under the reference of the first message.
    Reused,
}

/// Flags of the demo's own word.
#[derive(Debug, Args)]
pub struct FaultArgs {
    /// What to send.
    kind: Kind,
    /// The desk to address.
    to: Desk,
    /// The account's folder.
    #[arg(long)]
    home: PathBuf,
    /// The file with its passphrase.
    #[arg(long)]
    passphrase_file: PathBuf,
}

/// Seals a faulty message into the outbox, from where the desk's daemon sends it.
#[must_use]
pub fn inject(args: &FaultArgs) -> ExitCode {
    match queue(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "no fault was made");
            ExitCode::FAILURE
        }
    }
}

fn queue(args: &FaultArgs) -> Result<(), FaultError> {
    let passphrase = std::fs::read(&args.passphrase_file).map_err(|source| DemoError::Folder {
        path: args.passphrase_file.clone(),
        source,
    })?;
    let account = Account::open(&args.home, &passphrase).map_err(DemoError::from)?;
    let draft = draft(args)?;
    let mut plan = compose::plan(&account, &draft, false, clock::now(), &mut clock::random())?;
    if args.kind == Kind::Reused {
        let messages = account
            .store
            .messages()
            .map_err(DemoError::from)?
            .into_iter();
        let first = messages
            .filter(|m| m.record.origin == Origin::Sent)
            .min_by_key(|m| m.record.id);
        plan.header.reference = first.ok_or(FaultError::NothingSent)?.header.reference;
    }
    let rng = &mut clock::random();
    let sealed = compose::seal_plan(&account, &plan, &draft.form, false, clock::now(), rng)?;
    let Sealed {
        mut parsed,
        content_key,
    } = sealed;
    if args.kind == Kind::Tampered {
        let mut envelope = parsed.envelope().clone();
        let mut body = envelope.body.into_vec();
        body.iter_mut().take(1).for_each(|byte| *byte ^= 1);
        envelope.body = Bytes::from(body);
        parsed = Parsed::from_envelope(envelope)?;
    }
    let sent = Sent {
        parsed: &parsed,
        form: &draft.form,
        content_key: &content_key,
        sender_key: &account.signing_key().verifying_key(),
        summary: compose::summary(&draft.form, account.catalogue),
    };
    let writing = account.store.write().map_err(DemoError::from)?;
    writing
        .add_sent(&sent, clock::now())
        .map_err(DemoError::from)?;
    Ok(())
}

fn draft(args: &FaultArgs) -> Result<Draft, FaultError> {
    let text = Value::Text(Text::new("what must be refused")?);
    let marking = match args.kind {
        Kind::Marking => estafette_protocol::marking::Marking::from_words("tlp:red"),
        _ => None,
    };
    let form = Form {
        format: 6,
        version: 1,
        fields: vec![Field {
            number: 2,
            value: text,
        }],
    };
    Ok(Draft {
        marking: marking.into_iter().collect(),
        ..Draft::new(form, vec![args.to.clone()])
    })
}

#[derive(Debug, thiserror::Error)]
enum FaultError {
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    Encoding(#[from] estafette_protocol::encoding::EncodingError),
    #[error("nothing was sent before")]
    NothingSent,
}
