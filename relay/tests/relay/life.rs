//! New keys of relay and agency, and forks, as administrators meet them.

use crate::support::{World, mode, until};
use std::fs;
use std::process::Command;

const AUTHORITY: &str = "--authority police.xa/authority";

#[test]
fn new_keys_of_a_relay_are_used_once_listed_and_started() {
    let world = World::new();
    world.agency("police.xa");
    let relay = world.serve("police.xa/relay");
    let before = fs::read(world.path("police.xa/relay/relay.key")).unwrap();
    let said = world.run("rotate --dir police.xa/relay");
    assert_eq!(
        said.stdout,
        "new keys for relay relay in police.xa/relay: drawn, not yet in use\n"
    );
    assert_eq!(mode(&world.path("police.xa/relay/relay.key.next")), 0o600);
    let drawn = world.json("rotate --dir police.xa/relay");
    assert_eq!(drawn["made"], false);
    let listed = |expected: bool| {
        let status = world.json("status --dir police.xa/relay");
        assert_eq!(status["listed"], expected);
    };
    listed(true);
    // A start that nobody has listed the keys for goes on with the old ones.
    drop(relay);
    let relay = world.serve("police.xa/relay");
    listed(true);
    assert_eq!(
        fs::read(world.path("police.xa/relay/relay.key")).unwrap(),
        before
    );
    world.does(&format!(
        "roster add-relay --relay police.xa/relay {AUTHORITY}"
    ));
    let signed = world.run(&format!("roster sign {AUTHORITY}"));
    assert!(
        signed
            .stderr
            .contains("takes on its new keys when it starts again"),
        "{signed:?}"
    );
    listed(false);
    let status = world.does("status --dir police.xa/relay");
    assert!(
        status.ends_with("lists: start the relay again\n"),
        "{status}"
    );
    world.does("stop --dir police.xa/relay");
    assert_eq!(relay.exit_code(), Some(0));
    let _relay = world.serve("police.xa/relay");
    listed(true);
    assert!(!world.path("police.xa/relay/relay.key.next").exists());
    assert_eq!(
        fs::read(world.path("police.xa/relay/relay.key.replaced")).unwrap(),
        before
    );
    assert_ne!(
        fs::read(world.path("police.xa/relay/relay.key")).unwrap(),
        before
    );
}

#[test]
fn relays_find_each_other_again_after_one_changed_its_keys() {
    let world = World::new();
    for agency in ["police.xa", "border.xb"] {
        world.agency(agency);
    }
    let [police, border] =
        ["police.xa", "border.xb"].map(|agency| world.serve(&format!("{agency}/relay")));
    world.accord("police.xa", "border.xb");
    let linked = || {
        for agency in ["police.xa", "border.xb"] {
            until("the link", || {
                let status = world.json(&format!("status --dir {agency}/relay"));
                (status["links"][0]["role"] == "relay").then_some(())
            });
        }
    };
    linked();
    // The other one is down meanwhile, and knows but the old key when it comes back.
    world.does("stop --dir border.xb/relay");
    border.exit_code();
    world.does("rotate --dir police.xa/relay");
    world.does(&format!(
        "roster add-relay --relay police.xa/relay {AUTHORITY}"
    ));
    world.does(&format!("roster sign {AUTHORITY}"));
    world.does("stop --dir police.xa/relay");
    police.exit_code();
    let _police = world.serve("police.xa/relay");
    let _border = world.serve("border.xb/relay");
    until("the new roster", || {
        let status = world.json("status --dir border.xb/relay");
        (status["rosters"]["police.xa"] == 2).then_some(())
    });
    linked();
}

#[test]
fn agency_changes_roster_accord_and_root_keys_and_its_relays_follow() {
    let world = World::new();
    world.agency("police.xa");
    let _relay = world.serve("police.xa/relay");
    let key =
        |name: &str| fs::read(world.path(&format!("police.xa/authority/{name}.key"))).unwrap();
    let (roster, accord) = (key("roster"), key("accord"));
    let root = "--root-key police.xa/ROOT.key";
    let signed = world.json(&format!("roster rotate-keys {root} {AUTHORITY}"));
    assert_eq!(
        (&signed["charter"], &signed["roster"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        (&signed["house"], &signed["relays"][0]["reached"]),
        (&2.into(), &"relay".into())
    );
    assert_ne!(key("roster"), roster);
    assert_ne!(key("accord"), accord);
    let new = "--new-root-key police.xa/ROOT-2.key --new-root-key police.xa/ROOT-3.key";
    let both = format!("roster rotate-root {root} {new} --threshold 2 {AUTHORITY}");
    assert_eq!(world.json(&both)["charter"], 2);
    assert_eq!(mode(&world.path("police.xa/ROOT-2.key")), 0o600);
    let cases = [
        ("police.xa/ROOT.key", 5, "refused"),
        ("police.xa/ROOT-2.key", 5, "refused"),
        ("police.xa/authority/roster.key", 5, "key-malformed"),
        ("police.xa/nowhere.key", 1, "key-missing"),
    ];
    for (file, code, word) in cases {
        let said = world.run(&format!("roster rotate-keys --root-key {file} {AUTHORITY}"));
        assert_eq!(said.code, code, "{file}: {said:?}");
        assert!(
            said.stderr.starts_with(&format!("error[{word}]: ")),
            "{said:?}"
        );
        assert_eq!(said.stderr.lines().count(), 3, "{said:?}");
    }
    let within = format!(
        "roster rotate-root --root-key police.xa/ROOT-2.key --root-key police.xa/ROOT-3.key \
         --new-root-key police.xa/authority/ROOT.key {AUTHORITY}"
    );
    assert_eq!(world.run(&within).code, 2);
    let two = "--root-key police.xa/ROOT-2.key --root-key police.xa/ROOT-3.key";
    let line = format!("roster rotate-keys --accord --compromised {two} {AUTHORITY}");
    assert_eq!(world.json(&line)["charter"], 3);
    let status = world.json("status --dir police.xa/relay");
    assert_eq!(status["rosters"]["police.xa"], 4);
    // Who is new follows the whole chain from the same root.
    world.does(&format!("roster export again.bundle {AUTHORITY}"));
    world.does("roster init --agency police.xb --root-key XB.key --authority xb");
    world.does("init --agency police.xb --listen 127.0.0.1:4641 --dir xb-relay");
    world.does("roster add-relay --relay xb-relay --authority xb");
    world.does("roster sign --authority xb");
    world.does("accord new both --with again.bundle --format note --authority xb");
}

#[test]
fn fork_is_shown_and_outlives_the_relay() {
    let world = World::new();
    world.agency("police.xa");
    let relay = world.serve("police.xa/relay");
    let none = world.does("roster proofs --relay police.xa/relay");
    assert_eq!(
        none,
        "no agency is known to have signed two rosters for one place\n"
    );
    // Somebody else signs with a copy of the roster key.
    let copied = Command::new("cp")
        .args(["-r", "police.xa/authority", "copy"])
        .current_dir(world.path(""))
        .status();
    assert!(copied.unwrap().success());
    let copy = world.path("copy/authority.toml");
    let draft = fs::read_to_string(&copy).unwrap();
    let elsewhere: Vec<_> = draft.lines().filter(|l| !l.starts_with("folder")).collect();
    fs::write(&copy, elsewhere.join("\n")).unwrap();
    for authority in ["police.xa/authority", "copy"] {
        world.does(&format!(
            "roster add-desk night@spoc --authority {authority}"
        ));
    }
    world.does(&format!("roster sign {AUTHORITY}"));
    world.does("roster sign --days 30 --authority copy");
    let refused = world.run("publish copy/signed/roster-2 --dir police.xa/relay");
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("claims the place"), "{refused:?}");
    let shown = world.json("roster proofs --relay police.xa/relay");
    let proof = &shown["proofs"][0];
    assert_eq!(
        (&proof["agency"], &proof["number"]),
        (&"police.xa".into(), &2.into())
    );
    let forged = hex::encode(fs::read(world.path("copy/signed/roster-2")).unwrap());
    assert_eq!(proof["refused"]["object"], forged);
    let text = world.does("roster proofs --relay police.xa/relay");
    assert!(
        text.starts_with("police.xa signed two rosters for the place of 2\n  held "),
        "{text}"
    );
    drop(relay);
    let _relay = world.serve("police.xa/relay");
    assert_eq!(world.json("roster proofs --relay police.xa/relay"), shown);
    let status = world.does("status --dir police.xa/relay");
    let line = "  forked      police.xa: estafette-relay roster proofs --relay police.xa/relay\n";
    assert!(status.ends_with(line), "{status}");
}
