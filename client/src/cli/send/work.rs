//! What is being written: a form and where it goes, from every source that a command line has.
//!
//! Decides the order of the sources: what a later one says stands. A template or document, then the
//! message that this one follows, the text, the verb's own options, `--set`, `--paste`, defaults,
//! questions, the editor. What is wrong in one source does not stop the others: the draft that is
//! kept holds all that was right.

use crate::cli::context::{Context, Unlocked};
use crate::cli::send::Letter;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::{Asker, Document, FillError, Filling, Head, Moment, Style, ask, edit};
use crate::store::Shelf;
use crate::words::visible;
use clap::Args;
use estafette_protocol::form::Form;
use estafette_protocol::format::Format;
use std::io::{BufRead as _, Read as _};

/// Longest text or document that is read from standard input, in bytes.
const INPUT_BYTES_MAX: u64 = 1_000_000;
/// Stands for standard input.
const STDIN: &str = "-";

/// How fields are filled in.
#[derive(Debug, Args)]
pub(in crate::cli) struct FillOptions {
    /// Fill a field in, by words or numbers, such as vehicles.1.plate=XA-123
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = parse_setting)]
    set: Vec<(String, String)>,
    /// Put an identifier or place where it belongs: MRZ, IBAN, IMO, plate, coordinates, …
    #[arg(long, value_name = "TEXT")]
    paste: Vec<String>,
    /// Begin with a template
    #[arg(long, value_name = "NAME", conflicts_with = "stdin")]
    template: Option<String>,
    /// Read a document from standard input
    #[arg(long, conflicts_with = "form")]
    stdin: bool,
    /// Ask for each field
    #[arg(long)]
    form: bool,
    /// Change it in $VISUAL or $EDITOR
    #[arg(long)]
    edit: bool,
}

#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("write FIELD=VALUE, such as subject='Grey van'")]
struct NoSetting;

fn parse_setting(text: &str) -> Result<(String, String), NoSetting> {
    let (path, value) = text.split_once('=').ok_or(NoSetting)?;
    Ok((path.trim().to_owned(), value.to_owned()))
}

/// A form and where it goes, in the making.
pub(in crate::cli) struct Work {
    filling: Filling<'static>,
    head: Head,
    /// What could not be filled in, for the draft.
    left_over: Vec<String>,
}

impl Work {
    pub(in crate::cli) fn begin(context: &Context, letter: &Letter) -> Self {
        let moment = Moment::here(clock::now());
        let mut filling = Filling::new(context.catalogue, letter.format, moment);
        filling.begin_with(letter.base.clone());
        Self {
            filling,
            head: letter.head.clone(),
            left_over: Vec::new(),
        }
    }

    pub(super) const fn moment(&self) -> &Moment {
        self.filling.moment()
    }

    pub(in crate::cli) const fn head(&self) -> &Head {
        &self.head
    }

    pub(super) const fn format(&self) -> &'static Format {
        self.filling.format()
    }

    /// The document of all that is filled in.
    pub(in crate::cli) fn document(&self, style: Style<'_>) -> String {
        let (catalogue, format) = (self.filling.catalogue(), self.filling.format());
        let fields = self.filling.fields();
        let mut text = Document::write(catalogue, format, &self.head, fields, style);
        for line in self.left_over.iter().flat_map(|text| text.lines()) {
            text.push_str(&format!("# {}\n", visible(line, false)));
        }
        text
    }

    /// Fills in from every source; gives the first thing that was wrong.
    pub(in crate::cli) fn fill(
        &mut self,
        context: &Context,
        unlocked: &Unlocked,
        (options, head): (&FillOptions, Head),
        letter: Letter,
    ) -> Outcome<()> {
        let mut wrong = None;
        let mut note = |result: Outcome<()>| match result {
            Ok(()) => {}
            Err(failure) => {
                wrong.get_or_insert(failure);
            }
        };
        if let Some(document) = &letter.document {
            note(self.read(context, document));
        }
        if let Some(name) = &options.template {
            note(self.read_template(context, unlocked, name));
        }
        if options.stdin {
            let read = read_stdin().and_then(|text| self.read_text(context, &text));
            note(read);
        }
        overlay(&mut self.head, head);
        match letter.text.as_deref() {
            Some(STDIN) if !options.stdin => {
                let read = read_stdin().and_then(|text| self.text(context, &text));
                note(read);
            }
            Some(text) if text != STDIN => note(self.text(context, text)),
            _ => {}
        }
        for (path, typed) in &letter.shortcuts {
            note(self.set(context, path, typed));
        }
        for (path, typed) in &options.set {
            note(self.set(context, path, typed));
        }
        for pasted in &options.paste {
            note(self.paste(context, pasted));
        }
        for (path, typed) in &letter.defaults {
            let set = self.filling.set_default(path, typed);
            note(set.map_err(|error| failure_of(context, letter.format, &error)));
        }
        if options.form {
            note(self.ask(context));
        }
        match options.edit {
            true => self.edit(context, wrong),
            false => wrong.map_or(Ok(()), Err),
        }
    }

    /// The form, found to fill its format; what is unusual is said.
    pub(super) fn checked(&self, context: &Context) -> Outcome<Form> {
        let checked = self.filling.checked();
        let format = self.filling.format();
        let (form, doubts) = checked.map_err(|error| failure_of(context, format, &error))?;
        for doubt in doubts {
            let catalogue = context.catalogue;
            let name = crate::fill::name(catalogue, format, &doubt.path, language(context));
            let title = doubt.check.title();
            let says = match doubt.is_refused {
                true => format!(
                    "field {name}: no {title}: {}; sent with its reason",
                    doubt.reason
                ),
                false => format!("field {name}: an unusual {title}: {}", doubt.reason),
            };
            context
                .output
                .object("warning", serde_json::json!({ "what": says }));
            context.output.talk(&format!("! {says}"));
        }
        Ok(form)
    }

    fn set(&mut self, context: &Context, path: &str, typed: &str) -> Outcome<()> {
        self.filling.set(path, typed).map_err(|error| {
            self.left_over.push(format!("--set {path}={typed}"));
            failure_of(context, self.filling.format(), &error)
        })
    }

    fn paste(&mut self, context: &Context, pasted: &str) -> Outcome<()> {
        match self.filling.paste(pasted, language(context)) {
            Ok(said) => {
                context.output.talk(&format!("! {said}"));
                Ok(())
            }
            Err(error) => {
                self.left_over.push(format!("--paste {pasted}"));
                Err(failure_of(context, self.filling.format(), &error))
            }
        }
    }

    fn text(&mut self, context: &Context, text: &str) -> Outcome<()> {
        let filled = self.filling.text(text);
        filled.map_err(|error| failure_of(context, self.filling.format(), &error))
    }

    fn read_template(&mut self, context: &Context, unlocked: &Unlocked, name: &str) -> Outcome<()> {
        let kept = unlocked.account.store.kept(Shelf::Templates, name)?;
        let kept = kept.ok_or_else(|| crate::cli::template::unknown(unlocked, name))?;
        self.read_text(context, kept.text.as_str())
    }

    fn read_text(&mut self, context: &Context, text: &str) -> Outcome<()> {
        let format = self.filling.format();
        let document = Document::parse(text).map_err(|error| {
            self.left_over.push(text.to_owned());
            failure_of(context, format, &error)
        })?;
        self.read(context, &document)
    }

    fn read(&mut self, context: &Context, document: &Document) -> Outcome<()> {
        let format = self.filling.format();
        if let Some(word) = document
            .format
            .as_deref()
            .filter(|word| *word != format.word)
        {
            return Err(Failure::new(
                Exit::Usage,
                "other-format",
                format!(
                    "the document is a {}, no {}",
                    visible(word, false),
                    format.word
                ),
                "Nothing was sent.",
                format!("estafette send {} …", visible(word, false)),
            ));
        }
        overlay(&mut self.head, document.head.clone());
        let read = self.filling.read(document);
        read.map_err(|error| failure_of(context, format, &error))
    }

    fn ask(&mut self, context: &Context) -> Outcome<()> {
        if !context.input_allowed {
            return Err(input_needed(
                "--form asks for fields, and nobody may be asked",
            ));
        }
        let mut asker = Lines { context };
        ask(&mut self.filling, &mut asker, language(context))
            .map_err(|_| input_needed("the answers ended before every field was filled"))
    }

    /// Lets the person change the document until it holds, or they change nothing any more.
    fn edit(&mut self, context: &Context, mut wrong: Option<Box<Failure>>) -> Outcome<()> {
        if !context.input_allowed {
            return Err(input_needed(
                "--edit opens an editor, and nobody may be asked",
            ));
        }
        let mut text = self.document(Style::Explained(language(context)));
        loop {
            let above = wrong
                .as_ref()
                .map(|failure| format!("{}\n{}", failure.what, failure.why));
            let changed = edit(&text, above.as_deref(), &context.home);
            let changed = changed.map_err(|error| {
                Failure::new(
                    Exit::Failed,
                    "editor",
                    error.to_string(),
                    "Nothing was sent.",
                    "EDITOR=nano with the same command",
                )
            })?;
            let is_same = changed == text;
            text = changed;
            self.filling.begin_with(Vec::new());
            self.left_over.clear();
            self.head = Head::default();
            let read = self.read_text(context, &text);
            let checked = read.and_then(|()| {
                let checked = self.filling.checked().map(drop);
                checked.map_err(|error| failure_of(context, self.filling.format(), &error))
            });
            match checked {
                Ok(()) => return Ok(()),
                Err(failure) if is_same && wrong.is_some() => return Err(failure),
                Err(failure) => wrong = Some(failure),
            }
        }
    }
}

/// Questions on standard error, answers on standard input.
struct Lines<'a> {
    context: &'a Context,
}

impl Asker for Lines<'_> {
    fn say(&mut self, line: &str) {
        self.context.output.talk(line);
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        matches!(read, Ok(1..)).then_some(line)
    }
}

/// What is said replaces what was said before.
fn overlay(head: &mut Head, over: Head) {
    fn list(held: &mut Vec<String>, over: Vec<String>) {
        if !over.is_empty() {
            *held = over;
        }
    }
    fn one(held: &mut Option<String>, over: Option<String>) {
        if over.is_some() {
            *held = over;
        }
    }
    list(&mut head.to, over.to);
    list(&mut head.info, over.info);
    one(&mut head.precedence, over.precedence);
    list(&mut head.marking, over.marking);
    one(&mut head.ack_by, over.ack_by);
    one(&mut head.answer_by, over.answer_by);
    one(&mut head.expires, over.expires);
    one(&mut head.defer, over.defer);
    one(&mut head.reply_to, over.reply_to);
    one(&mut head.supersedes, over.supersedes);
    list(&mut head.encloses, over.encloses);
    one(&mut head.exercise, over.exercise);
    one(&mut head.task_force, over.task_force);
    one(&mut head.exception, over.exception);
    head.test |= over.test;
}

fn read_stdin() -> Outcome<String> {
    let mut bytes = Vec::new();
    let read = std::io::stdin()
        .take(INPUT_BYTES_MAX)
        .read_to_end(&mut bytes);
    let unusable = |what: String| {
        Failure::new(
            Exit::Usage,
            "text-unusable",
            what,
            "Nothing was sent; a text is carried byte for byte and is UTF-8.",
            "convert it:  iconv -t utf-8 FILE | estafette note - --to DESK",
        )
    };
    read.map_err(|error| unusable(error.to_string()))?;
    let text = String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'));
    text.ok_or_else(|| unusable("the text is not UTF-8, or holds a zero byte".into()))
}

fn input_needed(what: &str) -> Box<Failure> {
    Failure::new(
        Exit::Cancelled,
        "input-needed",
        what,
        "Nothing was sent.",
        "--set FIELD=VALUE for each field      or  --stdin < DOCUMENT",
    )
}

/// The language of labels.
pub(in crate::cli) fn language(context: &Context) -> &str {
    &context.language
}

/// A format by its word, or the failure that names those that there are.
pub(in crate::cli) fn format_named(context: &Context, word: &str) -> Outcome<&'static Format> {
    let catalogue = context.catalogue;
    let number = word.parse::<u16>().ok();
    let by_number = catalogue
        .formats()
        .iter()
        .rfind(|f| Some(f.format) == number);
    catalogue.format_by_word(word).or(by_number).ok_or_else(|| {
        let mut words: Vec<&str> = catalogue
            .formats()
            .iter()
            .map(|f| f.word.as_str())
            .collect();
        words.dedup();
        Failure::new(
            Exit::Usage,
            "format-unknown",
            format!("there is no format {}", visible(word, false)),
            format!("Known are {}. Nothing was sent.", words.join(", ")),
            "estafette send FORMAT --to DESK      or  --definitions DIR for further ones",
        )
    })
}

/// What is wrong with a form, in three lines.
pub(in crate::cli) fn failure_of(
    context: &Context,
    format: &Format,
    error: &FillError,
) -> Box<Failure> {
    let what = error.what(context.catalogue, format, language(context));
    let why = match error.wrong.right() {
        right if right.is_empty() => "Nothing was sent.".to_owned(),
        right => format!("Nothing was sent.  {right}"),
    };
    let next = match error.set_path() {
        Some(path) => format!("the same command with --set {path}=…"),
        None => format!("estafette send {} --form", format.word),
    };
    Failure::new(Exit::Usage, error.wrong.word(), what, why, next)
}
