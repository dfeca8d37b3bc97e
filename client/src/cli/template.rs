//! `estafette template`: documents to begin with, kept sealed in the account.

use super::context::{Context, Unlocked};
use super::send::{FillOptions, Letter, Work, failure_of, format_named, language};
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::{Document, Filling, Head, Moment, Style, edit};
use crate::store::{Kept, Shelf};
use crate::words::{time_rfc3339, visible};
use clap::{Args, Subcommand};
use estafette_protocol::encoding::Text;
use estafette_protocol::format::Fault;
use serde_json::json;

/// Longest name of a template, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Documents to begin with.
#[derive(Debug, Args)]
pub(super) struct Template {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List them
    List,
    /// Show one as a document
    Show {
        /// Its name
        name: String,
    },
    /// Make one, filled in as far as wanted
    New {
        /// Its name
        name: String,
        /// Word of the format, such as request
        #[arg(value_name = "FORMAT")]
        format: String,
        /// The text; - reads it from standard input
        #[arg(value_name = "TEXT")]
        text: Option<String>,
        #[command(flatten)]
        fill: FillOptions,
    },
    /// Change one in $VISUAL or $EDITOR
    Edit {
        /// Its name
        name: String,
    },
    /// Say what is wrong with one, or with any
    Check {
        /// Its name; all without one
        name: Option<String>,
    },
    /// Take one away
    Remove {
        /// Its name
        name: String,
    },
}

impl Template {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let unlocked = context.unlock()?;
        match self.action.unwrap_or(Action::List) {
            Action::List => list(context, &unlocked),
            Action::Show { name } => {
                let kept = find(&unlocked, &name)?;
                context.output.raw(kept.text.as_str().as_bytes());
                Ok(Exit::Done)
            }
            Action::New {
                name,
                format,
                text,
                fill,
            } => new(context, &unlocked, &name, (&format, text, &fill)),
            Action::Edit { name } => change(context, &unlocked, &name),
            Action::Check { name } => check(context, &unlocked, name.as_deref()),
            Action::Remove { name } => {
                find(&unlocked, &name)?;
                unlocked
                    .account
                    .store
                    .write()?
                    .discard(Shelf::Templates, &name)?;
                context
                    .output
                    .object("template", json!({ "removed": name }));
                context
                    .output
                    .talk(&format!("✓ {} removed.", visible(&name, false)));
                Ok(Exit::Done)
            }
        }
    }
}

fn list(context: &Context, unlocked: &Unlocked) -> Outcome<Exit> {
    let kept = unlocked.account.store.shelf(Shelf::Templates)?;
    for kept in &kept {
        let name = kept.name.as_str();
        let wrong = wrong_with(context, kept);
        let format = Document::parse(kept.text.as_str());
        let format = format
            .ok()
            .and_then(|document| document.format)
            .unwrap_or_default();
        context.output.object(
            "template",
            json!({
                "name": name,
                "format": format,
                "kept": time_rfc3339(kept.kept_at),
                "wrong": wrong.as_ref().map(|failure| &failure.what),
            }),
        );
        let state = wrong.map_or_else(String::new, |failure| format!("  ! {}", failure.what));
        let line = format!("{:<24} {format:<12}{state}", visible(name, false));
        context.output.line(line.trim_end());
    }
    if kept.is_empty() {
        context
            .output
            .talk("No templates.  Make one:  estafette template new NAME FORMAT");
    }
    Ok(Exit::Done)
}

fn new(
    context: &Context,
    unlocked: &Unlocked,
    name: &str,
    (format, text, fill): (&str, Option<String>, &FillOptions),
) -> Outcome<Exit> {
    let format = format_named(context, format)?;
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.contains(char::is_control);
    if !is_name
        || unlocked
            .account
            .store
            .kept(Shelf::Templates, name)?
            .is_some()
    {
        let what = match is_name {
            true => format!("there is a template {} already", visible(name, false)),
            false => "a template's name is one line of 1 to 64 bytes".to_owned(),
        };
        return Err(Failure::new(
            Exit::Usage,
            "template-name",
            what,
            "Nothing was changed.",
            "estafette template list",
        ));
    }
    let letter = Letter {
        text,
        ..Letter::new(format)
    };
    let mut work = Work::begin(context, &letter);
    work.fill(context, unlocked, (fill, Head::default()), letter)?;
    keep(context, unlocked, name, &work.document(Style::Bare))
}

fn change(context: &Context, unlocked: &Unlocked, name: &str) -> Outcome<Exit> {
    let kept = find(unlocked, name)?;
    let text = change_text(context, &kept)?;
    keep(context, unlocked, name, &text)
}

/// Lets a person change a document; gives it back as the one writer writes it, where it reads.
pub(super) fn change_text(context: &Context, kept: &Kept) -> Outcome<String> {
    if !context.input_allowed {
        return Err(Failure::new(
            Exit::Cancelled,
            "input-needed",
            "an editor would have to be opened, and nobody may be asked",
            "Nothing was changed.",
            "the same command without --no-input",
        ));
    }
    let text = explained(context, kept.text.as_str());
    let wrong = wrong_with(context, kept).map(|failure| failure.what);
    let changed = edit(&text, wrong.as_deref(), &context.home).map_err(|error| {
        Failure::new(
            Exit::Failed,
            "editor",
            error.to_string(),
            "Nothing was changed.",
            "EDITOR=nano with the same command",
        )
    })?;
    Ok(rewritten(context, &changed, Style::Bare).unwrap_or(changed))
}

/// The document with labels and help, where it can be read.
fn explained(context: &Context, text: &str) -> String {
    let style = Style::Explained(language(context));
    rewritten(context, text, style).unwrap_or_else(|| text.to_owned())
}

fn rewritten(context: &Context, text: &str, style: Style<'_>) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let format = document.format_in(context.catalogue).ok()?;
    let mut filling = Filling::new(context.catalogue, format, Moment::here(clock::now()));
    filling.read(&document).ok()?;
    let (catalogue, fields) = (context.catalogue, filling.fields());
    Some(Document::write(
        catalogue,
        format,
        &document.head,
        fields,
        style,
    ))
}

fn keep(context: &Context, unlocked: &Unlocked, name: &str, text: &str) -> Outcome<Exit> {
    let text = Text::new(text).map_err(crate::store::StoreError::from)?;
    let writing = unlocked.account.store.write()?;
    writing.keep(Shelf::Templates, name, text, clock::now())?;
    drop(writing);
    let wrong = wrong_with(context, &find(unlocked, name)?);
    let wrong = wrong.map(|failure| failure.what);
    let document = Document::parse(find(unlocked, name)?.text.as_str());
    let name = visible(name, false);
    context
        .output
        .object("template", json!({ "name": name, "wrong": wrong }));
    if let Some(wrong) = wrong {
        context.output.talk(&format!("! {wrong}"));
    }
    let format = document.ok().and_then(|document| document.format);
    let format = visible(&format.unwrap_or_default(), false);
    context.output.talk(&format!(
        "✓ template {name} kept.  Use it:  estafette send {format} --template {name} --to DESK"
    ));
    Ok(Exit::Done)
}

fn check(context: &Context, unlocked: &Unlocked, name: Option<&str>) -> Outcome<Exit> {
    let kept = match name {
        Some(name) => vec![find(unlocked, name)?],
        None => unlocked.account.store.shelf(Shelf::Templates)?,
    };
    for kept in &kept {
        if let Some(mut failure) = wrong_with(context, kept) {
            let name = visible(kept.name.as_str(), false);
            failure.what = format!("template {name}: {}", failure.what);
            failure.next = format!("estafette template edit {name}");
            return Err(failure);
        }
    }
    context.output.talk("✓ every template holds.");
    Ok(Exit::Done)
}

/// What is wrong with a document already; what is still to be filled in is not.
pub(super) fn wrong_with(context: &Context, kept: &Kept) -> Option<Box<Failure>> {
    use crate::fill::{FillError, Wrong};
    let broken = |error: &FillError| {
        Failure::new(
            Exit::Usage,
            error.wrong.word(),
            error.wrong.what(),
            error.wrong.right(),
            format!(
                "estafette template edit {}",
                visible(kept.name.as_str(), false)
            ),
        )
    };
    let document = match Document::parse(kept.text.as_str()) {
        Ok(document) => document,
        Err(error) => return Some(broken(&error)),
    };
    let format = match document.format_in(context.catalogue) {
        Ok(format) => format,
        Err(error) => return Some(broken(&error)),
    };
    let mut filling = Filling::new(context.catalogue, format, Moment::here(clock::now()));
    let read = filling.read(&document);
    let checked = read.and_then(|()| match filling.fields().is_empty() {
        true => Ok(()),
        false => filling.checked().map(drop),
    });
    let is_open = |wrong: &Wrong| {
        matches!(
            wrong,
            Wrong::Format(Fault::Missing | Fault::Needed { .. } | Fault::NoneFilled { .. })
        )
    };
    match checked {
        // Missing fields are found first: what is wrong beside them is looked for apart.
        Err(error) if is_open(&error.wrong) => retired(context, format, &filling),
        Err(error) => Some(failure_of(context, format, &error)),
        Ok(()) => None,
    }
}

/// A retired code in any field of a form that is not complete.
fn retired(
    context: &Context,
    format: &'static estafette_protocol::format::Format,
    filling: &Filling<'_>,
) -> Option<Box<Failure>> {
    let error = crate::fill::retired(context.catalogue, format, filling.fields())?;
    Some(failure_of(context, format, &error))
}

fn find(unlocked: &Unlocked, name: &str) -> Outcome<Kept> {
    let kept = unlocked.account.store.kept(Shelf::Templates, name)?;
    kept.ok_or_else(|| unknown(unlocked, name))
}

/// There is no such template; those that there are.
pub(super) fn unknown(unlocked: &Unlocked, name: &str) -> Box<Failure> {
    let kept = unlocked
        .account
        .store
        .shelf(Shelf::Templates)
        .unwrap_or_default();
    let names: Vec<String> = kept
        .iter()
        .map(|k| visible(k.name.as_str(), false))
        .collect();
    let why = match names.is_empty() {
        true => "There are none.".to_owned(),
        false => format!("There are {}.", names.join(", ")),
    };
    Failure::new(
        Exit::NoSuchId,
        "no-such-template",
        format!("no template {}", visible(name, false)),
        why,
        "estafette template list",
    )
}
