//! `brief`: one-off and by schedule, held until its time.

use crate::transcript::Transcript;
use crate::world::{BORDER, World};

pub fn play(world: &World, transcript: &mut Transcript) {
    let mut run = |args: &[&str]| world.officer(transcript, args);
    let weekly = [
        "brief",
        "1. ferry\n2. border",
        "--title",
        "Ferry traffic",
        "--at",
        "+96h",
    ];
    let more = ["--for", "45m", "--every", "week", "--to", BORDER];
    run(&[&weekly[..], &more, &["--dry-run"]].concat());
    run(&[&weekly[..], &more, &["--wait", "relayed"]].concat());
    run(&[
        "brief",
        "Agenda",
        "--at",
        "+96h",
        "--defer",
        "1h-before",
        "--to",
        BORDER,
        "--dry-run",
    ]);
    run(&["brief", "Agenda", "--to", BORDER]);
    run(&["brief", "Agenda", "--at", "yesterday", "--to", BORDER]);
    run(&[
        "brief",
        "Agenda",
        "--at",
        "2020-01-01 09:00",
        "--to",
        BORDER,
    ]);
    run(&["brief", "Agenda", "--at", "+960h", "--to", BORDER]);
    run(&[
        "brief",
        "Agenda",
        "--at",
        "+96h",
        "--every",
        "FREQ=SOMETIMES",
        "--to",
        BORDER,
    ]);
    run(&["note", "x", "--defer", "1h-before", "--to", BORDER]);
}
