//! `ask`: with the time in which the answer is due.

use crate::transcript::Transcript;
use crate::world::{BORDER, World};

pub fn play(world: &World, transcript: &mut Transcript) {
    let mut run = |args: &[&str]| world.officer(transcript, args);
    let question = [
        "ask",
        "Who keeps the vehicle?",
        "--set",
        "vehicles.plate=XA-123",
        "--to",
        BORDER,
    ];
    run(&question);
    let question = [&question[..], &["--purpose", "investigation"]].concat();
    run(&[&question[..], &["--answer-by", "8h"]].concat());
    let urgent = [
        "--answer-by",
        "8h",
        "--urgent",
        "threat-to-life",
        "--because",
        "Child missing",
    ];
    run(&[&question[..], &urgent, &["--dry-run"]].concat());
    run(&[&question[..], &urgent, &["--wait", "relayed"]].concat());
    run(&[
        &question[..],
        &["--subject", "Second question", "--wait", "relayed"],
    ]
    .concat());
    run(&[
        &question[..],
        &["--subject", "Third question", "--wait", "relayed"],
    ]
    .concat());
    run(&[
        &question[..],
        &["--subject", "Fourth question", "--wait", "relayed"],
    ]
    .concat());
}
