//! `update`: the same message, changed; nobody else's.

use crate::transcript::Transcript;
use crate::world::{BORDER, World};

pub fn play(world: &World, transcript: &mut Transcript) {
    let note = [
        "note",
        "Meet at nine",
        "--subject",
        "Meeting",
        "--to",
        BORDER,
    ];
    world.officer(transcript, &[&note[..], &["--wait", "relayed"]].concat());
    let mine = world.arrived(&world.officer, "Meeting");
    let theirs = world.arrived(&world.colleague, "Meeting");
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["update"]);
    run(&["update", "4711", "x"]);
    run(&["update", &mine, "Meet at ten", "--test"]);
    run(&["update", &mine, "Meet at ten", "--wait", "relayed"]);
    world.colleague(transcript, &["update", &theirs, "Meet at noon"]);
    let newer = world.arrived(&world.colleague, "\"summary\":\"Meeting\"");
    let raw = world.run(&world.colleague, &["show", &newer, "--raw"], None);
    assert_eq!(raw.stdout, b"Meet at ten", "{raw:?}");
}
