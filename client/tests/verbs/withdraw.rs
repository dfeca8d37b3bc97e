//! `withdraw`: takes a message back, tells everybody, and wants it acknowledged.

use crate::transcript::Transcript;
use crate::world::{BORDER, World};

pub fn play(world: &World, transcript: &mut Transcript) {
    let note = [
        "note",
        "Road closed",
        "--subject",
        "Road",
        "--to",
        BORDER,
        "--wait",
        "relayed",
    ];
    world.officer(transcript, &note);
    let mine = world.arrived(&world.officer, "\"Road\"");
    let theirs = world.arrived(&world.colleague, "\"Road\"");
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["withdraw"]);
    run(&["withdraw", &mine]);
    run(&["withdraw", &mine, "--reason", "bored"]);
    run(&[
        "withdraw",
        &mine,
        "Open again",
        "--reason",
        "no-longer-relevant",
        "--dry-run",
    ]);
    run(&[
        "withdraw",
        &mine,
        "Open again",
        "--reason",
        "no-longer-relevant",
        "--wait",
        "relayed",
    ]);
    world.colleague(transcript, &["withdraw", &theirs, "--reason", "cancelled"]);
    let withdrawal = world.arrived(&world.colleague, "no-longer-relevant");
    world.colleague(transcript, &["show", &withdrawal]);
}
