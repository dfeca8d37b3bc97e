//! Silence over real relays: a step is taken once, though the relay that takes it is killed before
//! it is due, or between the commit and the sending, or has its wall clock moved by an hour.
//!
//! The addressee's relay runs under libfaketime, which moves its wall clock and nothing else.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use estafette_client::clock;
use estafette_client::demo::{AgencyStage, DeskStage, Programs, Stage};
use estafette_protocol::crypto::Hash;
use estafette_protocol::time::{HOUR_MS, SECOND_MS};

use super::desk::Post;
use super::{ScenarioError, Tally};

/// After how much silence the deputy is asked: long enough for a kill before it.
const SILENCE_MS: u64 = 6 * SECOND_MS;
const RULES: &str = r#"
[[rule]]
name = "note"
formats = ["note"]
acknowledge-within = "6s"
escalation = [{ after = "6s", to = "deputy" }]
"#;
/// Where Debian's packages have the library.
const FAKETIME: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
];

/// Everything that runs.
struct Play<'a, W> {
    stage: Stage,
    /// The same, with a wall clock that can be moved.
    moved: Stage,
    police: AgencyStage,
    border: AgencyStage,
    officer: Seat,
    duty: Seat,
    deputy: Seat,
    offset: PathBuf,
    digests: Vec<Hash>,
    tally: Tally,
    out: &'a mut W,
}

/// A desk and its account.
struct Seat {
    desk: DeskStage,
    post: Post,
}

/// Plays the scenario in a folder.
///
/// # Errors
/// When a process or store fails, a message or step does not come at all, or libfaketime is not
/// installed.
pub fn run(dir: PathBuf, programs: Programs, out: &mut impl Write) -> Result<Tally, ScenarioError> {
    let mut play = Play::set_up(dir, programs, out)?;
    play.killed_before_it_is_due()?;
    play.killed_between_commit_and_sending()?;
    for seconds in [3_600, -3_600] {
        play.clock_moved(seconds)?;
    }
    play.judge()?;
    Ok(play.tally)
}

impl<'a, W: Write> Play<'a, W> {
    fn set_up(dir: PathBuf, programs: Programs, out: &'a mut W) -> Result<Self, ScenarioError> {
        fs::create_dir_all(&dir).map_err(ScenarioError::io(&dir))?;
        let offset = dir.join("wall-clock");
        fs::write(&offset, "+0").map_err(ScenarioError::io(&offset))?;
        let relay = under_faketime(&programs.relay, &offset)?;
        let moved = Programs {
            relay,
            ..programs.clone()
        };
        let stage = Stage::new(dir.clone(), programs);
        let moved = Stage::new(dir, moved);
        let mut police = stage.agency("police.xa", "spoc", &["duty"])?;
        let mut border = stage.agency("border.xb", "ops", &["duty", "deputy"])?;
        let authority = border.authority_dir.to_string_lossy().into_owned();
        stage.relay(&[
            "roster",
            "set-desk",
            "duty@ops",
            "--deputy",
            "deputy@ops",
            "--authority",
            &authority,
        ])?;
        stage.sign(&border)?;
        stage.accord_by(&police, &border, Some(RULES))?;
        stage.serve(&mut police)?;
        moved.serve(&mut border)?;
        let seat = |agency: &AgencyStage, desk: &str, name: &str| {
            let mut desk = stage.join(agency, desk, name)?;
            stage.open(&mut desk)?;
            let post = Post::open(&desk)?;
            Ok::<_, ScenarioError>(Seat { desk, post })
        };
        let mut officer = seat(&police, "duty@spoc", "officer")?;
        let duty = seat(&border, "duty@ops", "colleague")?;
        let deputy = seat(&border, "deputy@ops", "stand-in")?;
        for other in [&duty, &deputy] {
            officer.post.knows(&other.post.device())?;
        }
        Ok(Self {
            stage,
            moved,
            police,
            border,
            officer,
            duty,
            deputy,
            offset,
            digests: Vec::new(),
            tally: Tally::default(),
            out,
        })
    }

    /// Sends a note to the desk that stays silent, and waits until it has it.
    fn send(&mut self, text: &str) -> Result<Hash, ScenarioError> {
        let to = self.duty.desk.desk.clone();
        let note = ["note", text, "--to", &to];
        self.stage.estafette(&self.officer.desk, &note)?;
        let digest = self.officer.post.last_sent()?;
        self.duty.post.received(&digest)?;
        self.digests.push(digest);
        Ok(digest)
    }

    fn killed_before_it_is_due(&mut self) -> Result<(), ScenarioError> {
        let digest = self.send("killed before it is due")?;
        self.border.kill();
        let early = self.deputy.post.steps(&digest)?.is_empty();
        self.tally
            .check(early, || "killed too late to try anything".to_owned());
        let due = clock::now().plus(SILENCE_MS);
        self.officer.post.until_time(due)?;
        self.moved.serve(&mut self.border)?;
        self.deputy.post.received(&digest)?;
        self.officer.post.until_step(&digest)?;
        self.say("killed before the step was due: taken after the start");
        Ok(())
    }

    fn killed_between_commit_and_sending(&mut self) -> Result<(), ScenarioError> {
        let digest = self.send("killed between commit and sending")?;
        self.officer
            .post
            .complete_for(&digest, &self.duty.desk.desk)?;
        // Nobody is there to send the statement to.
        self.police.kill();
        self.deputy.post.received(&digest)?;
        self.border.kill();
        let unheard = self.officer.post.steps(&digest)?.is_empty();
        self.tally
            .check(unheard, || "the statement was sent all the same".to_owned());
        self.moved.serve(&mut self.border)?;
        self.stage.serve(&mut self.police)?;
        self.officer.post.until_step(&digest)?;
        self.say("killed between commit and sending: told after the start");
        Ok(())
    }

    fn clock_moved(&mut self, seconds: i64) -> Result<(), ScenarioError> {
        let digest = self.send("the wall clock is moved")?;
        let officer = &mut self.officer.post;
        officer.complete_for(&digest, &self.duty.desk.desk)?;
        let moved = format!("{seconds:+}");
        fs::write(&self.offset, moved).map_err(ScenarioError::io(&self.offset))?;
        officer.until_step(&digest)?;
        self.deputy.post.received(&digest)?;
        let relayed = officer.relayed_at(&digest)?;
        let step = officer.steps(&digest)?.into_iter().next();
        let waited = step.zip(relayed).map(|(at, relayed)| at.since(relayed));
        self.tally.check(
            waited.is_some_and(|waited| (SILENCE_MS..HOUR_MS).contains(&waited)),
            || format!("moved by {seconds} s: the step came after {waited:?} ms"),
        );
        fs::write(&self.offset, "+0").map_err(ScenarioError::io(&self.offset))?;
        self.say(&format!(
            "wall clock moved by {seconds} s: {} ms of silence",
            waited.unwrap_or(0)
        ));
        Ok(())
    }

    /// Every step once, at each of the three desks.
    fn judge(&mut self) -> Result<(), ScenarioError> {
        for digest in &self.digests {
            for seat in [&mut self.officer, &mut self.duty, &mut self.deputy] {
                seat.post.until_step(digest)?;
                let steps = seat.post.steps(digest)?.len();
                let desk = &seat.desk.desk;
                self.tally
                    .check(steps == 1, || format!("{steps} steps told to {desk}"));
            }
        }
        Ok(())
    }

    fn say(&mut self, what: &str) {
        // Whoever reads may be gone.
        let _ = writeln!(self.out, "{what}");
    }
}

/// A program under a wall clock that is off by what a file says.
fn under_faketime(program: &[OsString], offset: &Path) -> Result<Vec<OsString>, ScenarioError> {
    let library = FAKETIME.into_iter().find(|path| Path::new(path).exists());
    let library = library.ok_or_else(|| {
        ScenarioError::Nothing("no libfaketime; apt-get install faketime".to_owned())
    })?;
    let mut file = OsString::from("FAKETIME_TIMESTAMP_FILE=");
    file.push(offset);
    let preload = format!("LD_PRELOAD={library}");
    let settings = ["FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"];
    let words = ["env", &preload].into_iter().chain(settings);
    let words = words.map(OsString::from).chain([file]);
    Ok(words.chain(program.iter().cloned()).collect())
}
