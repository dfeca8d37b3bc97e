//! The only place that prints: data to stdout, talk to stderr.
//!
//! Decides colour (never off a terminal, never under `NO_COLOR`), symbols (ASCII where the
//! terminal or the person wants it) and the shape of JSON: one object a line, each with `v` and
//! `type`. What a foreign text may do to a terminal is stopped before, by [`crate::words::visible`].

use crate::failure::Failure;
use crate::words;
use anstyle::{AnsiColor, Style};
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};
use std::io::{ErrorKind, IsTerminal as _, Write};

/// Version of the shape of JSON objects.
const JSON_VERSION: u64 = 1;
/// Columns of a line where there is no terminal.
const WIDTH: usize = 80;
/// Columns that a terminal is taken to have at least.
const WIDTH_MIN: usize = 40;

/// How a person wants to be spoken to.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Output {
    /// JSON objects on stdout and no talk.
    pub json: bool,
    /// No talk but errors.
    pub quiet: bool,
    /// Only ASCII in what the program itself says.
    pub ascii: bool,
    /// Times in UTC instead of the local zone.
    pub utc: bool,
}

/// Symbols that stand beside words, never alone.
#[derive(Debug, Clone, Copy)]
pub struct Symbols {
    /// Done, verified.
    pub check: &'static str,
    /// Leads to.
    pub arrow: &'static str,
    /// Between clauses.
    pub dash: &'static str,
    /// Needs attention.
    pub alarm: &'static str,
}

impl Output {
    /// The symbols of this output.
    #[must_use]
    pub const fn symbols(self) -> Symbols {
        match self.ascii {
            false => Symbols {
                check: "✓",
                arrow: "→",
                dash: "–",
                alarm: "‼",
            },
            true => Symbols {
                check: "ok",
                arrow: "->",
                dash: "-",
                alarm: "!!",
            },
        }
    }

    /// A line of data.
    pub fn line(self, line: &str) {
        if !self.json {
            write_out(&format!("{}\n", self.spell(line)));
        }
    }

    /// Bytes of data as they are.
    pub fn raw(self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        finish(out.write_all(bytes).and_then(|()| out.flush()));
    }

    /// A JSON object, where JSON is wanted.
    pub fn object(self, kind: &str, object: Value) {
        if self.json {
            write_out(&format!("{}\n", versioned(kind, object)));
        }
    }

    /// A line of talk.
    pub fn talk(self, line: &str) {
        if !self.json && !self.quiet {
            write_err(&format!("{}\n", self.spell(line)));
        }
    }

    /// A failure: three lines, or one object.
    pub fn failure(self, failure: &Failure) {
        if self.json {
            self.object(
                "error",
                json!({
                    "error": failure.word,
                    "exit": failure.exit.number(),
                    "what": failure.what,
                    "why": failure.why,
                    "next": failure.next,
                }),
            );
            return;
        }
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let arrow = self.symbols().arrow;
        let head = format!("{red}error[{}]{red:#}: {}", failure.word, failure.what);
        let rest = format!("  {}\n  {arrow} {}", failure.why, failure.next);
        write_err(&self.spell(&format!("{head}\n{rest}\n")));
    }

    /// A time as this person reads it.
    #[must_use]
    pub fn time(self, at: UnixMillis) -> String {
        words::time(at, self.utc)
    }

    /// Own words without what the terminal cannot show.
    fn spell(self, line: &str) -> String {
        if !self.ascii {
            return line.to_owned();
        }
        spell(line)
    }

    /// Columns of the terminal that data goes to; 80 where it goes elsewhere.
    #[must_use]
    pub fn width() -> usize {
        let size = rustix::termios::tcgetwinsize(std::io::stdout());
        let columns = size.map_or(0, |size| size.ws_col);
        match columns {
            0 => WIDTH,
            columns => usize::from(columns).max(WIDTH_MIN),
        }
    }

    /// Whether data goes to a terminal.
    #[must_use]
    pub fn is_terminal() -> bool {
        std::io::stdout().is_terminal()
    }

    /// Rings the bell of a terminal.
    pub fn bell(times: usize) {
        if times > 0 {
            write_err(&"\u{7}".repeat(times));
        }
    }

    /// Says on a terminal how far something long has got, on one line that [`Self::progressed`]
    /// takes away again.
    pub fn progress(self, line: &str) {
        if !self.json && !self.quiet && std::io::stderr().is_terminal() {
            write_err(&format!("\r{}", self.spell(line)));
        }
    }

    /// Takes away the line of [`Self::progress`].
    pub fn progressed(self) {
        self.progress(&format!("{}\r", " ".repeat(WIDTH - 1)));
    }
}

/// A JSON object as all are written: with the version of its shape, and its type.
#[must_use]
pub fn versioned(kind: &str, mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert("v".into(), json!(JSON_VERSION));
        fields.insert("type".into(), json!(kind));
    }
    object
}

/// A text in ASCII alone.
#[must_use]
pub fn spell(text: &str) -> String {
    let spelt = |c: char| spelling(c).unwrap_or_else(|| c.into());
    text.chars().map(spelt).collect()
}

fn spelling(character: char) -> Option<String> {
    match character {
        c if c.is_ascii() => None,
        '✓' => Some("ok".into()),
        '→' => Some("->".into()),
        '–' => Some("-".into()),
        '…' => Some("...".into()),
        '·' => Some("*".into()),
        '‼' => Some("!!".into()),
        '│' => Some("|".into()),
        other => Some(format!("<U+{:04X}>", u32::from(other))),
    }
}

fn write_out(text: &str) {
    let mut out = anstream::stdout().lock();
    finish(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

fn write_err(text: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Whoever reads our data may stop early: that is no failure.
fn finish(result: std::io::Result<()>) {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            write_err(&format!("error[output]: {error}\n"));
            std::process::exit(1);
        }
        Ok(()) => {}
    }
}

/// Whether the environment says that only ASCII can be shown.
#[must_use]
pub fn is_ascii_environment() -> bool {
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}
