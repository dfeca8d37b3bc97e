//! `roster add-exercise` and `remove-exercise`: drills that the agency takes part in.

use clap::Args;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::time::UnixMillis;
use serde_json::json;

use crate::authority::Authority;
use crate::authority::draft::DraftExercise;
use crate::cli::AuthorityFolder;
use crate::output::{Exit, Failure, Output, show_time};

/// Adds an exercise to the draft, or changes the one of this name or id.
#[derive(Debug, Args)]
#[command(after_help = "\
Every agency that takes part registers the same id: the first one draws it, the others give it.
Examples:
  estafette-relay roster add-exercise 'Grey Heron' --from 2026-12-01T08:00Z \\
      --until 2026-12-01T16:00Z --desk duty@spoc --desk duty@north
  estafette-relay roster add-exercise 'Grey Heron' --from 2026-12-01T08:00Z \\
      --until 2026-12-01T16:00Z --desk duty@ops --id 5f0c1d2e3a4b596877665544332211ff")]
pub(in crate::cli) struct AddExercise {
    /// Its name, for people.
    name: String,
    /// When it begins, in RFC 3339 with Z or an offset.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// When it ends, at most 90 days later.
    #[arg(long, value_name = "TIME")]
    until: String,
    /// A desk that takes part; repeat for several.
    #[arg(long = "desk", required = true, value_name = "DESK")]
    desks: Vec<String>,
    /// The id that another agency drew; default: that of the exercise of this name, or a new one.
    #[arg(long, value_name = "HEX")]
    id: Option<String>,
    #[command(flatten)]
    authority: AuthorityFolder,
}

/// Removes an exercise from the draft.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  estafette-relay roster remove-exercise 'Grey Heron'")]
pub(in crate::cli) struct RemoveExercise {
    /// Its name or its id.
    exercise: String,
    #[command(flatten)]
    authority: AuthorityFolder,
}

impl AddExercise {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let dir = &self.authority.authority;
        let mut authority = Authority::open(dir)?;
        let draft = authority.draft_mut();
        let desks: Result<Vec<_>, _> = self.desks.iter().map(|d| draft.desk_name(d)).collect();
        let exercise = DraftExercise {
            id: match (&self.id, draft.exercise(&self.name)) {
                (Some(text), _) => read_id(text)?,
                (None, Some(held)) => held.id,
                (None, None) => draw_id()?,
            },
            name: self.name.clone(),
            not_before: read_time("--from", &self.from)?,
            not_after: read_time("--until", &self.until)?,
            participants: desks?,
        };
        let changed = draft.add_exercise(exercise.clone())?;
        authority.save()?;
        let id = hex::encode(exercise.id.as_slice());
        let value = json!({
            "kind": "exercise",
            "name": exercise.name,
            "changed": changed,
            "id": id,
            "not_before_ms": exercise.not_before.0,
            "not_after_ms": exercise.not_after.0,
        });
        let (from, until) = (
            show_time(exercise.not_before),
            show_time(exercise.not_after),
        );
        let line = super::drafted_line("exercise", &exercise.name, changed);
        let lines = format!("{line}\n  id  {id}\n  from {from} until {until}");
        output.result("draft", value, lines);
        if self.id.is_none() {
            output.note("  the other agencies add it with --id and this id");
        }
        super::sign_next(output, dir, changed);
        Ok(())
    }
}

impl RemoveExercise {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let dir = &self.authority.authority;
        let mut authority = Authority::open(dir)?;
        let removed = authority.draft_mut().remove_exercise(&self.exercise)?;
        authority.save()?;
        let id = hex::encode(removed.id.as_slice());
        let value = json!({ "kind": "exercise", "name": removed.name, "id": id, "removed": true });
        let lines = format!(
            "exercise {} is out of the draft, not yet signed",
            removed.name
        );
        output.result("draft", value, lines);
        super::sign_next(output, dir, true);
        Ok(())
    }
}

fn usage(what: String, why: &str) -> Failure {
    let why = format!("{why} Nothing was changed.");
    let next = "estafette-relay roster add-exercise --help";
    Failure::new("usage", what, why, next).with_exit(Exit::Usage)
}

fn read_id(text: &str) -> Result<FixedBytes<16>, Failure> {
    let mut bytes = [0; 16];
    let read = hex::decode_to_slice(text.trim(), &mut bytes);
    read.map_err(|_| {
        usage(
            format!("\"{text}\" is no id"),
            "An id has 32 hexadecimal digits.",
        )
    })?;
    Ok(FixedBytes(bytes))
}

fn read_time(option: &str, text: &str) -> Result<UnixMillis, Failure> {
    let read: Option<jiff::Timestamp> = text.parse().ok();
    let read = read.and_then(|time| u64::try_from(time.as_millisecond()).ok());
    read.map(UnixMillis).ok_or_else(|| {
        let what = format!("{option}: \"{text}\" is no time");
        usage(what, "Such as 2026-12-01T08:00Z or 2026-12-01T09:00+01:00.")
    })
}

fn draw_id() -> Result<FixedBytes<16>, Failure> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| {
        let what = "the system gave no random bytes";
        Failure::new("failed", what, "Nothing was changed.", "try again")
    })?;
    Ok(FixedBytes(id))
}
