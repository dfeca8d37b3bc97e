//! The only printer of the relay's command line: data to stdout, talk to stderr.
//!
//! Decides the shape of results, notes and errors, for people and as JSON, and which exit code a
//! failure has. Does not decide what went wrong: each verb says so in a [`Failure`].

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use estafette_protocol::time::UnixMillis;
use serde::Serialize;
use serde_json::{Value, json};

/// Version of every JSON object that is printed.
const JSON_VERSION: u64 = 1;

/// Why a command ends, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// 1: failed, unclassified.
    Failed = 1,
    /// 2: wrong usage or configuration.
    Usage = 2,
    /// 3: cancelled, or a person must decide.
    Cancelled = 3,
    /// 5: a signature, key or fingerprint is not what it must be.
    Trust = 5,
    /// 6: the relay does not run or does not answer.
    Unreachable = 6,
    /// 7: refused by a rule.
    Refused = 7,
    /// 11: no such thing, or several.
    Unknown = 11,
}

/// A failed command in three lines: what happened, why or what is safe, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Short kebab-case name, stable for scripts.
    pub word: &'static str,
    /// What happened.
    pub what: String,
    /// Why, or what is safe.
    pub why: String,
    /// The next command, or what to do before it.
    pub next: String,
    /// The exit code.
    pub exit: Exit,
}

impl Failure {
    /// A failure that is not classified further.
    pub fn new(
        word: &'static str,
        what: impl Display,
        why: impl Display,
        next: impl Display,
    ) -> Self {
        Self {
            word,
            what: what.to_string(),
            why: why.to_string(),
            next: next.to_string(),
            exit: Exit::Failed,
        }
    }

    /// The same failure with another exit code.
    #[must_use]
    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

/// Where results go, and in which shape.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Output for people, or as JSON lines.
    #[must_use]
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: `lines` for people, or one JSON object of type `kind`.
    pub fn result(&self, kind: &str, value: impl Serialize, lines: impl Display) {
        if self.json {
            let value = serde_json::to_value(value).unwrap_or(Value::Null);
            write_line(&mut anstream::stdout(), &object(kind, value));
        } else {
            write_line(&mut anstream::stdout(), &lines);
        }
    }

    /// Tells people something that is no result; scripts do not see it.
    pub fn note(&self, text: impl Display) {
        if !self.json {
            write_line(&mut anstream::stderr(), &text);
        }
    }

    /// Prints a failure and returns its exit code.
    pub fn failure(&self, failure: &Failure) -> ExitCode {
        let exit = code(failure.exit);
        if self.json {
            let value = json!({
                "code": failure.word,
                "what": failure.what,
                "why": failure.why,
                "next": failure.next,
                "exit": exit,
            });
            write_line(&mut anstream::stderr(), &object("error", value));
        } else {
            let Failure {
                word,
                what,
                why,
                next,
                ..
            } = failure;
            let text = format!("error[{word}]: {what}\n  {why}\n  → {next}");
            write_line(&mut anstream::stderr(), &text);
        }
        ExitCode::from(exit)
    }

    /// Asks a person to type `yes`; `None` when nobody can be asked.
    #[must_use]
    pub fn confirm(&self, question: &str) -> Option<bool> {
        if self.json || !std::io::stdin().is_terminal() {
            return None;
        }
        let mut stderr = anstream::stderr();
        let _ = write!(stderr, "{question} Type yes to confirm: ");
        let _ = stderr.flush();
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).ok()?;
        Some(answer.trim() == "yes")
    }
}

/// A time as people read it, in UTC.
#[must_use]
pub fn show_time(time: UnixMillis) -> String {
    timestamp(time).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A time as JSON and readable files hold it.
#[must_use]
pub fn time_text(time: UnixMillis) -> String {
    timestamp(time).to_string()
}

fn timestamp(time: UnixMillis) -> jiff::Timestamp {
    let millisecond = i64::try_from(time.0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millisecond).unwrap_or(jiff::Timestamp::MAX)
}

const fn code(exit: Exit) -> u8 {
    match exit {
        Exit::Failed => 1,
        Exit::Usage => 2,
        Exit::Cancelled => 3,
        Exit::Trust => 5,
        Exit::Unreachable => 6,
        Exit::Refused => 7,
        Exit::Unknown => 11,
    }
}

fn object(kind: &str, value: Value) -> String {
    let mut object = json!({ "v": JSON_VERSION, "type": kind });
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), value) {
        object.extend(fields);
    }
    object.to_string()
}

/// Whoever reads may be gone: that is no failure of the command.
fn write_line(stream: &mut impl Write, text: &impl Display) {
    let _ = writeln!(stream, "{text}").and_then(|()| stream.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_object_begins_with_version_and_type() {
        let text = object("status", json!({ "links": 2 }));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, json!({ "v": 1, "type": "status", "links": 2 }));
    }

    #[test]
    fn times_are_shown_in_utc() {
        assert_eq!(
            show_time(UnixMillis(1_767_322_445_006)),
            "2026-01-02 02:54 UTC"
        );
    }
}
