//! A message that is held: nobody is told of it, and its desk takes it back at its relay.

use crate::world::{BORDER, World};
use serde_json::Value;

#[test]
fn held_message_is_cancelled_at_the_relay_and_told_to_nobody() {
    let world = World::new(None);
    let run = |args: &[&str]| {
        let output = world.run(&world.officer, args, None);
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    let hold = ["note", "later", "--defer", "+2h", "--to", BORDER];
    let (code, said) = run(&[&hold[..], &["--wait", "accepted"]].concat());
    assert_eq!(code, Some(0), "{said}");
    let id = world.arrived(&world.officer, "later");
    for verb in ["update", "withdraw"] {
        let (_, said) = run(&[verb, &id, "x"]);
        assert!(said.starts_with("error[still-held]: "), "{verb}: {said}");
        assert!(
            said.contains(&format!("estafette outbox cancel {id}")),
            "{said}"
        );
    }
    let (code, said) = run(&["outbox", "cancel", &id]);
    assert!(
        said.contains("your relay dropped it and nobody got it"),
        "{said}"
    );
    assert_eq!(code, Some(0));
    // Once more says the same.
    assert_eq!(run(&["outbox", "cancel", &id]).0, Some(0));
    world.run(&world.colleague, &["sync"], None);
    let listed = world.run(&world.colleague, &["list", "--json"], None);
    let listed = String::from_utf8(listed.stdout).unwrap();
    let came = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert!(
        came.into_iter()
            .all(|message| message["summary"] != "later"),
        "{listed}"
    );
}

#[test]
fn deferred_update_replaces_nothing_before_its_time() {
    let world = World::new(None);
    let note = ["note", "first", "--to", BORDER, "--wait", "relayed"];
    world.run(&world.officer, &note, None);
    let id = world.arrived(&world.officer, "first");
    let update = [
        "update", &id, "second", "--defer", "+2h", "--wait", "accepted",
    ];
    let output = world.run(&world.officer, &update, None);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let shown = world.run(&world.officer, &["show", &id], None);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(!shown.to_lowercase().contains("superseded"), "{shown}");
    let later = world.arrived(&world.officer, "second");
    let shown = world.run(&world.officer, &["show", &later], None);
    let shown = String::from_utf8(shown.stdout).unwrap();
    let line = shown.lines().find(|line| line.starts_with("Supersedes"));
    assert!(
        line.is_some_and(|line| line.contains("held until")),
        "{shown}"
    );
}
