//! `flag`, and the confirmation of what goes to many.

use crate::transcript::Transcript;
use crate::world::{BORDER, MANY, World};

pub fn play(world: &World, transcript: &mut Transcript) {
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&[
        "flag",
        "Grey van northbound",
        "--type",
        "pursuit",
        "--to",
        BORDER,
        "--dry-run",
    ]);
    let sent = [
        "flag",
        "Grey van northbound",
        "--type",
        "pursuit",
        "--place",
        "A3, km 12",
    ];
    run(&[
        &sent[..],
        &[
            "--position",
            "52.52, 13.405",
            "--to",
            BORDER,
            "--wait",
            "relayed",
        ],
    ]
    .concat());
    run(&["flag", "x", "--type", "persuit", "--to", BORDER]);
    run(&["flag", &"x".repeat(281), "--to", BORDER]);
    run(&["flag", "x", "--to", "dutty@ops.border.xb"]);
    run(&["flag", "x", "--to", BORDER, "--ack-by", "soon"]);
    run(&["flag", "Bomb threat", "--type", "threat", "--to", MANY]);
    run(&[
        "flag",
        "Bomb threat",
        "--type",
        "threat",
        "--to",
        MANY,
        "--confirm",
        "flash 5",
    ]);
    let exercise = [
        "flag",
        "Bomb threat",
        "--type",
        "threat",
        "--to",
        MANY,
        "--exercise",
        "Orion",
    ];
    run(&exercise);
    run(&[&exercise[..], &["--confirm", "flash 6"]].concat());
    run(&[
        &exercise[..],
        &["--confirm", "exercise Orion", "--wait", "relayed"],
    ]
    .concat());
    let actual = ["flag", "Bomb threat", "--type", "threat", "--to", MANY];
    run(&[&actual[..], &["--confirm", "flash 6", "--wait", "relayed"]].concat());
    run(&["draft", "drop", "1", "2", "3"]);
}
