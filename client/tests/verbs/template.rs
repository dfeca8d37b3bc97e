//! `template`: documents to begin with.

use crate::transcript::Transcript;
use crate::world::{BORDER, World};

pub fn play(world: &World, transcript: &mut Transcript) {
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["template", "list"]);
    run(&[
        "template",
        "new",
        "keeper",
        "request",
        "Who keeps it?",
        "--set",
        "purpose=investigation",
    ]);
    run(&["template", "new", "keeper", "note", "x"]);
    run(&["template", "new", "x", "telegram"]);
    run(&["template", "show", "keeper"]);
    run(&["template", "list"]);
    run(&["template", "check"]);
    let with = [
        "ask",
        "--template",
        "keeper",
        "--subject",
        "By template",
        "--to",
        BORDER,
    ];
    run(&[&with[..], &["--wait", "relayed"]].concat());
    run(&["note", "--template", "keeper", "--to", BORDER]);
    run(&["ask", "--template", "none", "--to", BORDER]);
    world.set_editor("sed -i 's/^purpose = .*/purpose = \"curiosity\"/' \"$1\"");
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["template", "edit", "keeper"]);
    run(&["template", "check", "keeper"]);
    run(&["template", "remove", "keeper"]);
    run(&["template", "remove", "keeper"]);
}
