//! `draft`: what was written and not sent.

use crate::transcript::Transcript;
use crate::world::{BORDER, World};

pub fn play(world: &World, transcript: &mut Transcript) {
    for number in drafts(world) {
        world.run(&world.officer, &["draft", "drop", &number], None);
    }
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["draft", "list"]);
    run(&[
        "alert",
        "Van",
        "--set",
        "vehicles.plate=XA-9",
        "--to",
        BORDER,
        "--draft",
    ]);
    let number = drafts(world).pop().unwrap();
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["draft", "show", &number]);
    run(&["draft", "send", &number]);
    world.set_editor("sed -i 's/^#kind = .*/kind = \"object\"/' \"$1\"");
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["draft", "edit", &number]);
    run(&["draft", "send", &number, "--wait", "relayed"]);
    run(&["draft", "show", &number]);
    run(&["draft", "drop", "4711"]);
    assert_eq!(drafts(world), Vec::<String>::new());
}

fn drafts(world: &World) -> Vec<String> {
    let listed = world.run(&world.officer, &["draft", "list", "--json"], None);
    let listed = String::from_utf8(listed.stdout).unwrap();
    let lines = listed
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.map(|line| line["draft"].to_string()).collect()
}
