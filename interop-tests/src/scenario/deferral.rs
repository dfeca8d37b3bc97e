//! Two deferred messages, and a relay that is killed while it holds them: one is delivered once and
//! not before its time, the other is taken back and never leaves.

use std::io::Write;
use std::path::PathBuf;

use estafette_client::clock;
use estafette_client::demo::Programs;
use estafette_protocol::encoding::Text;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::time::{SECOND_MS, UnixMillis};

use super::world::{Side, World};
use super::{ScenarioError, Tally};

/// How long the messages are held: long enough for a kill and a start in between.
pub const HELD_MS: u64 = 12 * SECOND_MS;

/// Plays the scenario in a folder.
///
/// # Errors
/// When a process or store fails, or a message does not come at all.
pub fn run(dir: PathBuf, programs: Programs, out: &mut impl Write) -> Result<Tally, ScenarioError> {
    let World { stage, sides } = World::set_up(dir, programs)?;
    let [mut police, mut border] = sides;
    let mut tally = Tally::default();
    let until = clock::now().plus(HELD_MS);
    let to = border.name().clone();
    let meant = police.post.seal_until(&to, form("meant")?, until)?;
    let dropped = police.post.seal_until(&to, form("taken back")?, until)?;
    let (digest, unwanted) = (meant.digest(), dropped.digest());
    police.post.queue(vec![meant, dropped])?;
    police.post.poke();
    police.post.accepted(&digest)?;
    police.post.accepted(&unwanted)?;
    say(out, "accepted and held", until);
    let held = is_early(until) && !border.post.has(&digest)? && !border.post.has(&unwanted)?;
    tally.check(held, || "not held when accepted".to_owned());

    let killed = police.agency.pid().unwrap_or(0);
    police.agency.kill();
    stage.serve(&mut police.agency)?;
    say(
        out,
        &format!("relay of police.xa, process {killed}, killed and started"),
        until,
    );
    police.post.take_back(&unwanted)?;
    police.post.poke();
    let in_time = police.post.dropped(&unwanted)?;
    say(out, "the second one dropped", until);
    // Where the start took longer than the time that was left, there was nothing to take back.
    tally.check(in_time, || {
        format!(
            "not dropped, {} ms before its time",
            until.since(clock::now())
        )
    });
    let nothing = !is_early(until) || !border.post.has(&digest)?;
    tally.check(nothing, || "delivered before its time".to_owned());

    judge(
        &mut police,
        &mut border,
        (&digest, &unwanted, until),
        &mut tally,
    )?;
    say(out, "the first one delivered", until);
    Ok(tally)
}

fn judge(
    police: &mut Side,
    border: &mut Side,
    (digest, unwanted, until): (
        &estafette_protocol::crypto::Hash,
        &estafette_protocol::crypto::Hash,
        UnixMillis,
    ),
    tally: &mut Tally,
) -> Result<(), ScenarioError> {
    border.post.received(digest)?;
    let at = border.post.stored_at(digest)?;
    tally.check(at.is_some_and(|at| at >= until), || {
        format!(
            "delivered {:?} ms before its time",
            at.map(|at| until.since(at))
        )
    });
    police.post.complete(digest)?;
    let never = !border.post.has(unwanted)?;
    tally.check(never, || "what was taken back has arrived".to_owned());
    // Once, the same, with its receipts, and nothing else.
    police.post.forget(unwanted);
    police.post.judge(&mut border.post, tally)
}

fn is_early(until: UnixMillis) -> bool {
    clock::now() < until
}

fn form(text: &str) -> Result<Form, ScenarioError> {
    let value = Value::Text(Text::new(text)?);
    Ok(Form {
        format: 6,
        version: 1,
        fields: vec![Field { number: 2, value }],
    })
}

fn say(out: &mut impl Write, what: &str, until: UnixMillis) {
    let now = clock::now();
    let (left, past) = (until.since(now), now.since(until));
    // Whoever reads may be gone.
    let _ = match left {
        0 => writeln!(out, "{past} ms after the time: {what}"),
        left => writeln!(out, "{left} ms before the time: {what}"),
    };
}
