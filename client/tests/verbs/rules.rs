//! Verbs under rules: `route`, `release` and `refuse`, `forward`, `grant` and `reclassify`.

use crate::transcript::Transcript;
use crate::world::{BORDER, OFFICER, PATROL, World, until};

pub fn route(world: &World, transcript: &mut Transcript) {
    let mut run = |args: &[&str]| world.patrol(transcript, args);
    run(&["route", "flag", "--to", BORDER]);
    run(&["route", "request", "--to", BORDER, "--explain"]);
    run(&["route", "request", "--to", BORDER, "--json"]);
    run(&[
        "route",
        "request",
        "--to",
        BORDER,
        "--exception",
        "terrorism",
    ]);
    run(&["route", "flag", "--to", BORDER, "--exception", "terrorism"]);
    run(&["route", "flag", "--to", BORDER, "--exception", "holiday"]);
    run(&["route", "note", "--to", BORDER]);
    run(&["route", "alert", "--to", BORDER, "--explain"]);
    run(&["route", "note", "--to", OFFICER]);
    run(&["route", "flag", "--to", BORDER, "--exercise", "Nowhere"]);
    run(&["route", "flag", "--to", BORDER, "--exercise", "Orion"]);
    run(&["route", "note", "--task-force", "heron"]);
    world.officer(transcript, &["route", "note", "--task-force", "heron"]);
    let mut run = |args: &[&str]| world.patrol(transcript, args);
    run(&["note", "x", "--to", BORDER]);
    run(&["note", "x", "--to", OFFICER, "--marking", "handling:h3"]);
    run(&["draft", "drop", "1", "2"]);
}

pub fn release(world: &World, transcript: &mut Transcript) {
    let ask = [
        "ask",
        "Who crossed?",
        "--purpose",
        "investigation",
        "--to",
        BORDER,
    ];
    world.officer(transcript, &["release"]);
    world.patrol(
        transcript,
        &[&ask[..], &["--answer-by", "14d", "--dry-run"]].concat(),
    );
    world.patrol(transcript, &[&ask[..], &["--wait", "accepted"]].concat());
    let mine = world.arrived(world.patrol.as_ref().unwrap(), "Who crossed?");
    let id = world.arrived(&world.officer, "Who crossed?");
    readable(world, &id);
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["release"]);
    run(&["release", &id, "--officer", "Insp. Ahl", "-m", "as agreed"]);
    run(&["release", &id]);
    let patrol = world.patrol.as_ref().unwrap();
    world.arrived(&world.colleague, "Who crossed?");
    world.reaches(patrol, &mine, "delivered");
    world.patrol(transcript, &["show", &mine]);
    world.patrol(transcript, &["release", &mine]);
    let again = [&ask[..], &["--subject", "Once more", "--wait", "accepted"]].concat();
    world.patrol(transcript, &again);
    let id = world.arrived(&world.officer, "Once more");
    readable(world, &id);
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["refuse", &id, "--reason", "mood"]);
    run(&[
        "refuse",
        &id,
        "--reason",
        "legal-basis",
        "-m",
        "Article 8 does not cover it",
    ]);
    let mine = world.arrived(patrol, "Once more");
    until("the refusal", || {
        world.run(patrol, &["sync"], None);
        let listed = world.run(patrol, &["list", "undeliverable"], None);
        String::from_utf8_lossy(&listed.stdout).contains("REL-8")
    });
    world.patrol(transcript, &["list", "undeliverable"]);
    world.patrol(transcript, &["show", &mine]);
    world.patrol(
        transcript,
        &["note", "does it work?", "--test", "--to", OFFICER],
    );
    let test = world.arrived(patrol, "does it work?");
    world.arrived(&world.officer, "does it work?");
    until("the machine's answer", || {
        world.run(&world.officer, &["sync"], None);
        world.run(patrol, &["sync"], None);
        let track = world.run(patrol, &["track", &test, "--json"], None);
        String::from_utf8_lossy(&track.stdout).contains("\"rung\":\"acknowledged\"")
    });
    let reply = ["note", "x", "--to", PATROL, "--exercise", "Orion"];
    world.officer(transcript, &[&reply[..], &["--reply-to", &id]].concat());
}

pub fn forward(world: &World, transcript: &mut Transcript) {
    let note = [
        "note",
        "The source says: grey van, XA-123, tonight.",
        "--subject",
        "Grey van",
        "--marking",
        "tlp:amber,handling:h1",
        "--set",
        "tear-lines.1.text=Watch for a grey van, XA-123.",
        "--set",
        "tear-lines.1.tlp=green",
        "--to",
        OFFICER,
        "--wait",
        "relayed",
    ];
    world.colleague(transcript, &note);
    let theirs = world.arrived(&world.colleague, "Grey van");
    let id = world.arrived(&world.officer, "Grey van");
    readable(world, &id);
    let forward = ["forward", &id, "--to", PATROL];
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&forward);
    run(&["export", &id, "--cap", "--court"]);
    run(&["grant", &id, "--to", "police.xa"]);
    run(&["reclassify", &id, "--marking", "tlp:clear"]);
    run(&["rewrap", &id]);
    run(&[
        "forward",
        &id,
        "--extract",
        "--to",
        PATROL,
        "--wait",
        "accepted",
    ]);
    world.colleague(transcript, &["grant", &theirs, "--to", "police.xa"]);
    until("the grant", || {
        world.run(&world.officer, &["sync"], None);
        let dry = world.run(
            &world.officer,
            &[&forward[..], &["--dry-run"]].concat(),
            None,
        );
        dry.status.success()
    });
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&[&forward[..], &["--marking", "tlp:green"]].concat());
    run(&[&forward[..], &["--dry-run"]].concat());
    run(&forward);
    let patrol = world.patrol.as_ref().unwrap();
    let passed_on = world.arrived(patrol, "Passed on");
    until("its key", || {
        world.run(patrol, &["sync"], None);
        let shown = world.run(patrol, &["show", &passed_on], None);
        String::from_utf8_lossy(&shown.stdout).contains("PASSED ON")
    });
    world.patrol(transcript, &["show", &passed_on]);
    let extract = world.arrived(patrol, "Watch for");
    world.patrol(transcript, &["show", &extract]);
    let stricter = ["reclassify", &theirs, "--marking", "tlp:red"];
    world.colleague(transcript, &stricter);
    until("the new marking", || {
        world.run(&world.officer, &["sync"], None);
        let shown = world.run(&world.officer, &["show", &id], None);
        String::from_utf8_lossy(&shown.stdout).contains("Marking now")
    });
    world.officer(transcript, &["show", &id]);
    world.officer(transcript, &forward);
    world.colleague(transcript, &["grant", &theirs, "--to", "police.xa"]);
}

/// Waits until the officer can read a message.
fn readable(world: &World, id: &str) {
    until("its key", || {
        world.run(&world.officer, &["sync"], None);
        let shown = world.run(&world.officer, &["show", id, "--json"], None);
        let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap_or_default();
        shown["form"].is_object()
    });
}
