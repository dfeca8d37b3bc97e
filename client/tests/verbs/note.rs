//! `note`: free text, from every source.

use crate::transcript::Transcript;
use crate::world::{BORDER, World};

pub fn play(world: &World, transcript: &mut Transcript) {
    let wait = ["--to", BORDER, "--wait", "relayed"];
    world.officer(
        transcript,
        &[&["note", "Ferry full", "--subject", "Ferry"][..], &wait].concat(),
    );
    world.officer_with(
        transcript,
        &[&["note", "-"][..], &wait].concat(),
        "two\nlines\n",
    );
    let answers = "one line\n\n.\n";
    world.officer_with(
        transcript,
        &[&["note", "--form"][..], &wait].concat(),
        answers,
    );
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["note", "--to", BORDER]);
    run(&["note", "x"]);
    run(&["note", "x", "--to", BORDER, "--marking", "tlp:red"]);
    run(&["note", "x", "--to", BORDER, "--reply-to", "4711"]);
    run(&["note", "--to", BORDER, "--text-file", "/none"]);
}
