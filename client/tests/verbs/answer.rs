//! `answer`: every outcome, and the question that shows it.

use crate::transcript::Transcript;
use crate::world::World;

pub fn play(world: &World, transcript: &mut Transcript) {
    let asked = |text: &str| world.arrived(&world.colleague, text);
    let urgent = asked("Who keeps");
    let (second, third) = (asked("Second"), asked("Third"));
    let fourth = asked("Fourth");
    let mut run = |args: &[&str]| world.colleague(transcript, args);
    run(&["answer"]);
    run(&["answer", "4711", "x", "--full"]);
    run(&["answer", &urgent, "x"]);
    run(&["answer", &urgent, "--refused", "secret"]);
    run(&["answer", &urgent, "--delayed-until", "+4h"]);
    let delayed = [
        "answer",
        &urgent,
        "--delayed-until",
        "+4h",
        "--because",
        "A judge has to agree.",
    ];
    run(&[&delayed[..], &["--wait", "relayed"]].concat());
    // A delay takes the question on; it does not answer it.
    let question = world.arrived(&world.officer, "Who keeps");
    world.reaches(&world.officer, &question, "acknowledged");
    let mut run = |args: &[&str]| world.colleague(transcript, args);
    run(&[
        "answer",
        &urgent,
        "Keeper: A. Ng",
        "--full",
        "--wait",
        "relayed",
    ]);
    run(&["answer", &second, "--nothing-held", "--wait", "relayed"]);
    run(&[
        "answer",
        &third,
        "--refused",
        "6(1)(f)(i)",
        "--wait",
        "relayed",
    ]);
    run(&[
        "answer",
        &fourth,
        "--referred-to",
        "duty@customs.xb",
        "--wait",
        "relayed",
    ]);
    let own = world.arrived(&world.colleague, "nothing-held");
    run(&["answer", &own, "x", "--full"]);
    let mine = |text: &str| world.arrived(&world.officer, text);
    for text in ["Who keeps", "Second", "Third", "Fourth"] {
        world.reaches(&world.officer, &mine(text), "answered");
    }
    let shown = world.arrived(&world.officer, "Keeper");
    world.officer(transcript, &["show", &shown]);
}
