//! `send`: any format by its word.

use crate::transcript::Transcript;
use crate::world::{BORDER, World};

pub fn play(world: &World, transcript: &mut Transcript) {
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&[
        "send",
        "note",
        "Ferry empty",
        "--to",
        BORDER,
        "--wait",
        "relayed",
    ]);
    run(&["send", "telegram", "x", "--to", BORDER]);
    run(&[
        "send",
        "withdrawal",
        "--set",
        "reason=cancelled",
        "--to",
        BORDER,
    ]);
    run(&["send", "answer", "--set", "outcome=full", "--to", BORDER]);
    run(&["send", "request", "x", "--to", BORDER]);
    run(&["send", "note", "x", "--to", BORDER, "--lang", "xx"]);
    run(&["send", "request", "x", "--to", BORDER, "--lang", "fr"]);
    run(&[
        "send",
        "note",
        "x",
        "--to",
        BORDER,
        "--definitions",
        "/none",
    ]);
}
