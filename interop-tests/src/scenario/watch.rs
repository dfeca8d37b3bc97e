//! The live board on real terminals: a flag arrives and is acknowledged by keys, another one runs
//! out of time and is declined, a request meets every other key, the relay is killed and comes back,
//! the job is stopped and goes on, and the terminal itself is gone.
//!
//! What the terminals show is compared with the screens that are kept, with times, ports and what
//! is left of a deadline made the same.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use estafette_client::clock;
use estafette_client::demo::{DeskStage, Programs, Stage};
use serde_json::Value;

use super::world::{Side, World};
use super::{ScenarioError, Tally};
use terminal::Terminal;

mod keys;
mod screen;
mod terminal;

/// How long something may take to be seen.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What is promised where nothing else is said, in milliseconds.
const ETA_MS: u64 = 45 * 60_000;

/// Where the screens are kept, and whether what is seen replaces them.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// Their folder.
    pub folder: &'a Path,
    /// Whether they are written anew.
    pub update: bool,
}

/// Two boards and what is known of them.
struct Play<'a, W> {
    stage: Stage,
    kept: Kept<'a>,
    tally: Tally,
    out: &'a mut W,
    began: Instant,
}

/// Plays the scenario in a folder.
///
/// # Errors
/// When a process fails, or a screen never shows what it must.
pub fn run(
    (dir, programs): (PathBuf, Programs),
    kept: Kept<'_>,
    out: &mut impl Write,
) -> Result<Tally, ScenarioError> {
    let World { stage, sides } = World::set_up(dir.clone(), programs.clone())?;
    let [mut police, mut border] = sides;
    // From here on the board of the border networks itself; that of the police follows a daemon.
    border.desk.kill();
    let mut play = Play {
        stage,
        kept,
        tally: Tally::default(),
        out,
        began: Instant::now(),
    };
    let told = dir.join("told");
    let hook = hook(&dir, &told)?;
    let own = Terminal::open(&dir, "border")?;
    let line = board(&programs, &border.desk);
    let options = format!("--officer 'Insp. Ahl' --silent-after 3s --exec '{hook}'");
    own.type_line(&format!("{line} {options}"))?;
    own.sees("relay reached")?;
    play.say("the border's board is up");
    play.arrives(&own, &police)?;
    play.acknowledged(&own, &police)?;
    let other = Terminal::open(&dir, "police")?;
    other.type_line(&board(&programs, &police.desk))?;
    play.overdue((&own, &other), &police)?;
    play.declined(&own, &other)?;
    play.requested((&own, &other), &police)?;
    play.answered((&own, &other), &police)?;
    play.stopped(&own)?;
    play.silent(&own, &mut border)?;
    play.ends(&own, &other)?;
    play.is_gone(own, &format!("{line} --officer Ahl"))?;
    let told = std::fs::read_to_string(&told).map_err(ScenarioError::io(&told))?;
    for event in ["new", "call", "overdue", "relay-silent", "relay-heard"] {
        let is_told = told.lines().any(|line| line == event);
        play.tally
            .check(is_told, || format!("--exec is not told {event}"));
    }
    police.desk.kill();
    Ok(play.tally)
}

impl<W: Write> Play<'_, W> {
    fn arrives(&mut self, own: &Terminal, police: &Side) -> Result<(), ScenarioError> {
        self.flag(police, "Grey van northbound", "15m")?;
        own.sees("Grey van northbound")?;
        own.sees("has to be acknowledged")?;
        self.compare(own, "new")
    }

    /// By keys alone; the other side has the promise and the officer's name, with a signature.
    fn acknowledged(&mut self, own: &Terminal, police: &Side) -> Result<(), ScenarioError> {
        own.press("a")?;
        own.sees("Act or answer within: 45m")?;
        own.press("Enter")?;
        own.press("Enter")?;
        own.sees("acknowledged; your relay gets it")?;
        own.sees("✓     1 ")?;
        // Until the relay has it, it is counted as queued.
        own.comes_to(|own| Ok(!own.screen()?.contains("queued")))?;
        self.compare(own, "acknowledged")?;
        let until = Instant::now() + PATIENCE;
        let track = loop {
            let track = self.track(&police.desk)?;
            if track["rung"] == "acknowledged" || Instant::now() > until {
                break track;
            }
            std::thread::sleep(LOOK_EVERY);
        };
        let named = track["officer"] == "Insp. Ahl" && track["rung"] == "acknowledged";
        self.tally
            .check(named, || format!("not acknowledged by name: {track}"));
        let promise = track["until"].as_str().and_then(milliseconds);
        let most = clock::now().0 + ETA_MS;
        let is_promised = promise.is_some_and(|at| at <= most && at + 60_000 > most);
        self.tally.check(is_promised, || {
            format!("not promised in 45 minutes: {track}")
        });
        self.say("acknowledged by keys, and seen by the other side");
        Ok(())
    }

    fn overdue(
        &mut self,
        (own, other): (&Terminal, &Terminal),
        police: &Side,
    ) -> Result<(), ScenarioError> {
        other.sees("acknowledged")?;
        other.sees("relay reached")?;
        self.compare(other, "other-acknowledged")?;
        self.flag(police, "Boat adrift", "4s")?;
        own.sees("OVERDUE: 2")?;
        own.sees(" late ")?;
        self.compare(own, "overdue")?;
        other.sees("PROBLEMS (1)")?;
        other.sees(" late ")?;
        self.compare(other, "other-overdue")?;
        self.say("overdue on both sides");
        own.press("Enter")?;
        own.sees("WHAT WAS SIGNED")?;
        own.sees("duty@ops.border.xb  ✓ verified")?;
        own.press("q")?;
        own.sees("NEEDS YOU (2)")
    }

    /// A key that runs a command as if it was typed, behind the board; the other side is told.
    fn declined(&mut self, own: &Terminal, other: &Terminal) -> Result<(), ScenarioError> {
        own.press("k")?;
        own.press("d")?;
        own.sees("Decline 2")?;
        for _ in 0..3 {
            own.press("Enter")?;
        }
        own.sees("2 is signed; your relay gets it")?;
        other.sees("declined")?;
        self.say("declined by keys, and told to the other side");
        Ok(())
    }

    /// Ctrl-Z gives the terminal back, fg takes it again; a window may become too small.
    fn stopped(&mut self, own: &Terminal) -> Result<(), ScenarioError> {
        own.press("C-z")?;
        let given_back = own.comes_to(|own| Ok(!own.is_alternate()?))?;
        self.tally
            .check(given_back, || "stopped with the terminal".to_owned());
        own.type_line("fg")?;
        own.sees("NEEDS YOU (")?;
        let taken = own.is_alternate()?;
        self.tally.check(taken, || "not taken again".to_owned());
        own.resize((59, 19))?;
        own.sees("at least 60x20")?;
        own.resize((80, 24))?;
        own.sees("NEEDS YOU (")?;
        self.say("stopped, went on, and was resized");
        Ok(())
    }

    fn silent(&mut self, own: &Terminal, border: &mut Side) -> Result<(), ScenarioError> {
        border.agency.kill();
        own.sees("YOUR RELAY IS SILENT")?;
        own.sees("RELAY NOT REACHED")?;
        self.compare(own, "silent")?;
        self.say("silence is told");
        self.stage.serve(&mut border.agency)?;
        own.sees("relay reached")?;
        let is_over = own.comes_to(|own| Ok(!own.screen()?.contains("IS SILENT")))?;
        self.tally
            .check(is_over, || "still silent though it is back".to_owned());
        self.say("and over when the relay is back");
        Ok(())
    }

    fn ends(&mut self, own: &Terminal, other: &Terminal) -> Result<(), ScenarioError> {
        for (terminal, key, code) in [(own, "q", "0"), (other, "C-c", "130")] {
            terminal.press(key)?;
            let given_back = terminal.comes_to(|terminal| Ok(!terminal.is_alternate()?))?;
            self.tally
                .check(given_back, || format!("{key} keeps the terminal"));
            terminal.type_line("echo ended with $?")?;
            terminal.sees(&format!("ended with {code}"))?;
        }
        Ok(())
    }

    /// A board whose terminal goes, as a connection breaks, ends and does not spin, though no signal
    /// tells it to.
    fn is_gone(&mut self, own: Terminal, line: &str) -> Result<(), ScenarioError> {
        own.type_line(&format!("env --block-signal=HUP {line}"))?;
        own.sees("NEEDS YOU (")?;
        let process = own.foreground()?;
        let runs = || std::fs::read_to_string(format!("/proc/{process}/stat"));
        // In brackets stands the name, behind them the state; a zombie has ended.
        let runs = || runs().is_ok_and(|stat| !stat.contains(") Z "));
        self.tally
            .check(runs(), || format!("no board is process {process}"));
        drop(own);
        let until = Instant::now() + PATIENCE;
        while runs() && Instant::now() < until {
            std::thread::sleep(LOOK_EVERY);
        }
        self.tally
            .check(!runs(), || "goes on without a terminal".to_owned());
        self.say("its terminal is gone");
        Ok(())
    }

    fn flag(&self, police: &Side, text: &str, within: &str) -> Result<(), ScenarioError> {
        let to = "duty@ops.border.xb";
        let words = ["flag", text, "--type", "pursuit", "--to", to];
        let words = [&words[..], &["--ack-by", within]].concat();
        self.stage.estafette(&police.desk, &words)?;
        Ok(())
    }

    fn track(&self, desk: &DeskStage) -> Result<Value, ScenarioError> {
        let printed = self.stage.estafette(desk, &["--json", "track", "1"])?;
        let first = printed.lines().next().unwrap_or_default();
        Ok(serde_json::from_str(first).unwrap_or_default())
    }

    /// Compares a screen with the one that is kept.
    fn compare(&mut self, terminal: &Terminal, name: &str) -> Result<(), ScenarioError> {
        let seen = screen::alike(&terminal.screen()?);
        let path = self.kept.folder.join(format!("{name}.txt"));
        if self.kept.update {
            std::fs::write(&path, &seen).map_err(ScenarioError::io(&path))?;
        }
        let kept = std::fs::read_to_string(&path).map_err(ScenarioError::io(&path))?;
        self.tally.check(seen == kept, || {
            format!("{name} shows:\n{seen}and not:\n{kept}")
        });
        Ok(())
    }

    fn say(&mut self, what: &str) {
        let after = self.began.elapsed().as_millis();
        // Whoever reads may be gone.
        let _ = writeln!(self.out, "{after:>6} ms: {what}");
    }
}

/// A program for --exec that writes down which events it is told.
fn hook(dir: &Path, told: &Path) -> Result<String, ScenarioError> {
    let script = dir.join("hook");
    let text = "printf '%s\\n' \"$ESTAFETTE_EVENT\" >> \"$1\"\n";
    std::fs::write(&script, text).map_err(ScenarioError::io(&script))?;
    Ok(format!("sh {} {}", script.display(), told.display()))
}

/// What is typed to see a desk's board.
fn board(programs: &Programs, desk: &DeskStage) -> String {
    let program: Vec<_> = programs
        .estafette
        .iter()
        .map(|w| w.to_string_lossy())
        .collect();
    let (home, secret) = (desk.home.display(), desk.passphrase_file.display());
    format!(
        "{} --home {home} --passphrase-file {secret} watch",
        program.join(" ")
    )
}

fn milliseconds(text: &str) -> Option<u64> {
    let moment: estafette_client::words::Moment = text.parse().ok()?;
    moment.at(clock::now(), true, false).ok().map(|at| at.0)
}
