//! Many messages both ways while relays and daemons are killed in the middle of their work.
//!
//! A kill counts only when enough messages are in flight: sent, and not proved delivered by a
//! verified statement in the sender's store. What died is started again at once; at the end every
//! message must be there once, whole, and with all its receipts.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use estafette_client::demo::Programs;
use estafette_protocol::encoding::Text;
use estafette_protocol::form::{Field, Form, Value};

use super::desk::InFlight;
use super::world::World;
use super::{ScenarioError, Tally};

/// Fewest messages in flight at a kill.
pub const IN_FLIGHT_MIN: usize = 20;
/// How long everything may take to settle after the last message.
const SETTLE: Duration = Duration::from_secs(300);
/// How long the daemons may take to begin with new messages.
const BEGIN: Duration = Duration::from_secs(5);
/// How long to wait between two looks at the stores.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Messages in all, half of them each way.
    pub messages: usize,
    /// Kills of each of both relays, and of daemons.
    pub kills: usize,
}

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Relay(usize),
    Daemon(usize),
}

/// Plays the scenario in a folder.
///
/// # Errors
/// When a process or store fails; what does not hold is in the tally instead.
pub fn run(
    size: Size,
    dir: PathBuf,
    programs: Programs,
    out: &mut impl Write,
) -> Result<Tally, ScenarioError> {
    let began = Instant::now();
    let mut play = Play {
        world: World::set_up(dir, programs)?,
        tally: Tally::default(),
        left: size.messages,
        size,
    };
    say(
        out,
        &format!(
            "two agencies up after {:.1} s",
            began.elapsed().as_secs_f64()
        ),
    );
    let rounds = (0..size.kills).flat_map(|round| {
        [
            Victim::Relay(0),
            Victim::Relay(1),
            Victim::Daemon(round % 2),
        ]
    });
    for victim in rounds {
        let line = play.kill(victim)?;
        say(
            out,
            &format!("{:6.1} s  {line}", began.elapsed().as_secs_f64()),
        );
    }
    play.send(play.left)?;
    let settled = play.settle()?;
    play.tally
        .check(settled, || "not everything has settled in time".to_owned());
    let at = began.elapsed().as_secs_f64();
    say(
        out,
        &format!("{at:6.1} s  {} messages settled: {settled}", size.messages),
    );
    play.judge(out)?;
    Ok(play.tally)
}

struct Play {
    world: World,
    tally: Tally,
    left: usize,
    size: Size,
}

impl Play {
    /// Sends a batch and, once it is on its way, kills in the middle of it. The victim is stopped
    /// first, so that what is in flight stays there while it is counted.
    fn kill(&mut self, victim: Victim) -> Result<String, ScenarioError> {
        let share = self.size.messages / (self.size.kills * 3 + 1);
        self.send(share.saturating_sub(IN_FLIGHT_MIN).max(1))?;
        self.begin()?;
        self.stop(victim)?;
        let mut before = self.in_flight()?;
        while before.all < IN_FLIGHT_MIN && self.left > 0 {
            self.send(IN_FLIGHT_MIN - before.all)?;
            before = self.in_flight()?;
        }
        let World { stage, sides } = &mut self.world;
        let what = match victim {
            Victim::Relay(at) => {
                let agency = &mut sides[at].agency;
                let (name, pid) = (agency.agency.clone(), agency.pid());
                agency.kill();
                stage.serve(agency)?;
                format!("relay of {name}, process {}", pid.unwrap_or(0))
            }
            Victim::Daemon(at) => {
                let desk = &mut sides[at].desk;
                let (name, pid) = (desk.desk.clone(), desk.pid());
                desk.kill();
                stage.open(desk)?;
                format!("daemon of {name}, process {}", pid.unwrap_or(0))
            }
        };
        let InFlight { queued, all } = before;
        self.tally
            .check(all >= IN_FLIGHT_MIN, || format!("{all} in flight: {what}"));
        Ok(format!(
            "killed {what}: {all} in flight, {queued} of them in an outbox"
        ))
    }

    /// Stops a process of ours in the middle of whatever it does.
    fn stop(&self, victim: Victim) -> Result<(), ScenarioError> {
        let pid = match victim {
            Victim::Relay(at) => self.world.sides[at].agency.pid(),
            Victim::Daemon(at) => self.world.sides[at].desk.pid(),
        };
        let pid = pid.unwrap_or_default().to_string();
        let status = Command::new("kill").args(["-STOP", &pid]).status();
        match status.is_ok_and(|status| status.success()) {
            true => Ok(()),
            false => Err(ScenarioError::NotStopped(pid)),
        }
    }

    /// Sends messages, alternately one way and the other.
    fn send(&mut self, count: usize) -> Result<(), ScenarioError> {
        let [police, border] = &mut self.world.sides;
        let names = [police.name().clone(), border.name().clone()];
        for _ in 0..count.min(self.left) {
            let number = self.size.messages - self.left;
            let form = form(number)?;
            match number % 2 {
                0 => police.post.send(&names[1], form)?,
                _ => border.post.send(&names[0], form)?,
            }
            self.left -= 1;
        }
        police.post.poke();
        border.post.poke();
        Ok(())
    }

    /// Waits until the relays have begun with what is in the outboxes, not until they are through.
    fn begin(&mut self) -> Result<(), ScenarioError> {
        let (first, end) = (self.in_flight()?, Instant::now() + BEGIN);
        loop {
            let now = self.in_flight()?;
            let moved = now.queued < first.queued || now.all < first.all;
            if moved || now.all == 0 || Instant::now() > end {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn in_flight(&mut self) -> Result<InFlight, ScenarioError> {
        let [police, border] = &mut self.world.sides;
        let (one, other) = (police.post.in_flight()?, border.post.in_flight()?);
        Ok(InFlight {
            queued: one.queued + other.queued,
            all: one.all + other.all,
        })
    }

    fn settle(&mut self) -> Result<bool, ScenarioError> {
        let end = Instant::now() + SETTLE;
        while Instant::now() < end {
            let [police, border] = &mut self.world.sides;
            let done = self.left == 0 && police.post.in_flight()?.all == 0;
            let done = done && border.post.in_flight()?.all == 0;
            if done && police.post.is_settled()? && border.post.is_settled()? {
                return Ok(true);
            }
            std::thread::sleep(LOOK_EVERY * 4);
        }
        Ok(false)
    }

    fn judge(&mut self, out: &mut impl Write) -> Result<(), ScenarioError> {
        let [police, border] = &mut self.world.sides;
        police.post.judge(&mut border.post, &mut self.tally)?;
        border.post.judge(&mut police.post, &mut self.tally)?;
        let resent = [police.resent()?, border.resent()?];
        let all: u64 = resent.iter().sum();
        say(
            out,
            &format!("{all} sent again by the desks after a link had ended: {resent:?}"),
        );
        self.tally
            .check(all > 0, || "nothing was ever sent again".to_owned());
        Ok(())
    }
}

/// A note, and every fifth time a flag; each with a text of its own.
fn form(number: usize) -> Result<Form, ScenarioError> {
    let text = format!(
        "{number}: {}",
        "grey van northbound ".repeat(number % 12 + 1)
    );
    let text = |number| {
        Ok::<_, ScenarioError>(Field {
            number,
            value: Value::Text(Text::new(&*text)?),
        })
    };
    Ok(match number % 5 {
        0 => Form {
            format: 1,
            version: 1,
            fields: vec![
                Field {
                    number: 1,
                    value: Value::Code(1),
                },
                text(5)?,
            ],
        },
        _ => Form {
            format: 6,
            version: 1,
            fields: vec![text(2)?],
        },
    })
}

fn say(out: &mut impl Write, line: &str) {
    // Whoever reads may be gone.
    let _ = writeln!(out, "{line}");
}
