//! What administrators type and read.

use crate::support::{World, mode, until};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// Replaces what differs from run to run: fingerprints, ports and days.
fn same(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let bare = word.trim_end();
        let rest = &word[bare.len()..];
        let digits = bare.chars().all(|c| c.is_ascii_hexdigit());
        let shown = match bare {
            _ if digits && bare.len() == 4 => "9999".to_owned(),
            _ if bare.len() == 10 && bare.starts_with("20") => "DAY".to_owned(),
            _ if bare.len() == 5 && bare.contains(':') => "TIME".to_owned(),
            _ => match bare.split_once("127.0.0.1:") {
                Some((before, after)) => {
                    format!(
                        "{before}ADDRESS{}",
                        after.trim_start_matches(char::is_numeric)
                    )
                }
                None => bare.to_owned(),
            },
        };
        format!("{shown}{rest}")
    });
    words.collect()
}

#[test]
fn relay_folder_is_made_once_and_for_its_owner_alone() {
    let world = World::new();
    let line = "init --agency police.xa --listen 127.0.0.1:4640 --dir relay";
    let dry = world.does(&format!("{line} --dry-run"));
    assert!(dry.starts_with("would make relay:"), "{dry}");
    assert!(!world.path("relay").exists());
    let made = world.run(line);
    assert_eq!(
        same(&made.stdout),
        "relay relay of police.xa in relay: made\n  \
         listens on UDP ADDRESS; let it through the firewall\n"
    );
    assert_eq!(
        made.stderr,
        "  → estafette-relay roster init --agency police.xa --authority AUTHORITY\n  \
         → estafette-relay roster add-relay --relay relay --authority AUTHORITY\n"
    );
    assert_eq!(mode(&world.path("relay")), 0o700);
    assert_eq!(mode(&world.path("relay/relay.key")), 0o600);
    let key = fs::read(world.path("relay/relay.key")).unwrap();
    assert!(world.does(line).contains("kept as it was"));
    assert_eq!(fs::read(world.path("relay/relay.key")).unwrap(), key);
    let other = world.run("init --agency police.xb --listen 127.0.0.1:4640 --dir relay");
    assert_eq!(other.code, 1);
    assert!(other.stderr.starts_with("error[relay-of-another]: "));
}

#[test]
fn two_agencies_agree_and_their_relays_link() {
    let world = World::new();
    for agency in ["police.xa", "border.xb"] {
        world.agency(agency);
    }
    let drafted = world.run(
        "accord new both --with border.xb.bundle --format flag --ceiling tlp:amber \
         --authority police.xa/authority",
    );
    assert_eq!(
        same(&drafted.stdout),
        "accord both drafted: both.accord\n  \
         border.xb (not signed)  9999 9999 9999 9999 9999 9999 9999 9999\n  \
         police.xa (not signed)  9999 9999 9999 9999 9999 9999 9999 9999\n  \
         formats flag; up to tlp:amber; until DAY TIME UTC\n"
    );
    assert_eq!(
        same(&drafted.stderr),
        "  telephone border.xb and compare:  9999 9999 9999 9999 9999 9999 9999 9999\n  \
         → estafette-relay accord sign both.accord --authority police.xa/authority\n"
    );
    fs::remove_file(world.path("both.accord")).unwrap();
    let relays = ["police.xa", "border.xb"].map(|agency| world.serve(&format!("{agency}/relay")));
    assert_eq!(
        same(&relays[0].ready),
        "relay of police.xa ready on ADDRESS\n"
    );
    world.accord("police.xa", "border.xb");
    for (agency, other) in [("police.xa", "border.xb"), ("border.xb", "police.xa")] {
        until("the link", || {
            let status = world.json(&format!("status --dir {agency}/relay"));
            assert_eq!(status["accords"][0], "both");
            let link = &status["links"][0];
            (link["role"] == "relay" && link["name"] == other).then_some(())
        });
    }
    // A new roster travels by itself.
    world.does("roster add-desk night@spoc --authority police.xa/authority");
    let signed = world.does("roster sign --authority police.xa/authority");
    assert!(signed.contains("relay relay: in force"), "{signed}");
    until("the roster", || {
        let status = world.json("status --dir border.xb/relay");
        (status["rosters"]["police.xa"] == 2).then_some(())
    });
}

#[test]
fn accord_without_every_signature_is_not_put_in_force() {
    let world = World::new();
    for agency in ["police.xa", "border.xb"] {
        world.agency(agency);
    }
    world.does(
        "accord new both --with border.xb.bundle --format note --authority police.xa/authority",
    );
    let early = world.run(
        "accord countersign both.accord --with police.xa.bundle --authority border.xb/authority",
    );
    assert_eq!(early.code, 7, "{early:?}");
    world.does("accord sign both.accord --authority police.xa/authority");
    let said = world.run("accord activate both.accord --relay police.xa/relay");
    assert_eq!(said.code, 7);
    assert_eq!(
        said.stderr,
        "error[accord-not-signed]: border.xb has not signed accord both\n  \
         An accord binds only when every party has signed it. Nothing was put in force.\n  \
         → have that agency run: estafette-relay accord countersign FILE --with YOUR.bundle\n"
    );
    // The bundle of an impostor with the same name has another root.
    let impostor = World::new();
    impostor.agency("police.xa");
    fs::copy(
        impostor.path("police.xa.bundle"),
        world.path("impostor.bundle"),
    )
    .unwrap();
    let said = world.run(
        "accord countersign both.accord --with impostor.bundle --authority border.xb/authority",
    );
    assert_eq!(said.code, 5, "{said:?}");
    assert!(
        said.stderr
            .starts_with("error[root-differs]: the root of police.xa is another one\n")
    );
}

#[test]
fn running_relay_is_alone_on_its_folder_and_stops_when_told() {
    let world = World::new();
    world.agency("police.xa");
    let status = world.run("status --dir police.xa/relay");
    assert_eq!(status.code, 6);
    assert!(
        status
            .stderr
            .starts_with("error[relay-not-running]: no relay runs on police.xa/relay\n")
    );
    let relay = world.serve("police.xa/relay");
    assert_eq!(mode(&world.path("police.xa/relay/admin.sock")), 0o600);
    let second = world.run("serve --dir police.xa/relay");
    assert_eq!(second.code, 1);
    assert!(
        second.stderr.contains(
            "error[locked]: police.xa/relay/journal is locked by another process\n  \
             One relay runs on a folder at a time; the other one is not disturbed.\n  \
             → estafette-relay status --dir police.xa/relay\n"
        ),
        "{second:?}"
    );
    world.does("status --dir police.xa/relay");
    world.does("stop --dir police.xa/relay");
    assert_eq!(relay.exit_code(), Some(0));
    assert!(!world.path("police.xa/relay/admin.sock").exists());
    for signal in ["-TERM", "-INT"] {
        let relay = world.serve("police.xa/relay");
        let id = relay.id().to_string();
        let killed = Command::new("kill").args([signal, id.as_str()]).status();
        assert!(killed.unwrap().success());
        assert_eq!(relay.exit_code(), Some(0), "{signal}");
    }
}

#[test]
fn configuration_faults_are_named_with_what_was_meant() {
    let world = World::new();
    world.agency("police.xa");
    let path = world.path("police.xa/relay/relay.toml");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replace("headroom_bytes", "headrom_bytes")).unwrap();
    let said = world.run("serve --dir police.xa/relay");
    assert_eq!(said.code, 2);
    let stderr = said.stderr.replace(char::is_numeric, "9");
    assert_eq!(
        stderr,
        "error[config-key-unknown]: police.xa/relay/relay.toml line 99: unknown key \"journal.headrom_bytes\"\n  \
         Did you mean \"journal.headroom_bytes\"? Nothing was started.\n  \
         → correct police.xa/relay/relay.toml\n"
    );
    fs::write(&path, good).unwrap();
    let key = world.path("police.xa/relay/relay.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = world.run("serve --dir police.xa/relay --json");
    assert_eq!(said.code, 5);
    let error: serde_json::Value = serde_json::from_str(said.stderr.trim()).unwrap();
    assert_eq!(
        (&error["code"], &error["exit"]),
        (&"key-exposed".into(), &5.into())
    );
    assert_eq!(error["next"], "chmod 600 police.xa/relay/relay.key");
}

#[test]
fn relay_without_a_root_says_whose_it_has_to_be() {
    let world = World::new();
    world.does("init --agency police.xa --listen 127.0.0.1:4640 --dir relay");
    let said = world.run("serve --dir relay");
    assert_eq!(said.code, 7);
    assert!(
        said.stderr
            .starts_with("error[no-root]: relay/relay.toml names no root\n")
    );
}

#[test]
fn drafts_are_checked_before_they_are_signed() {
    let world = World::new();
    let init = "roster init --agency police.xa --root-key ROOT.key";
    world.does(init);
    assert_eq!(mode(&world.path("ROOT.key")), 0o600);
    assert!(world.does(init).contains("kept as it was"));
    let cases = [
        ("roster sign", 7, "no-relay"),
        ("roster export out.bundle", 7, "nothing-signed"),
        ("roster add-desk duty@north", 11, "unit-unknown"),
        ("roster add-desk duty@spoc --format flag:loud", 2, "usage"),
        ("roster add-unit spoc.police.xb", 2, "usage"),
        ("roster revoke 00112233", 11, "device-unknown"),
        ("roster add-relay --relay nowhere", 11, "no-relay"),
        ("roster show --authority nowhere", 11, "no-authority"),
        ("accord show nowhere.accord", 11, "file-missing"),
        ("journal repair --dir nowhere", 11, "no-journal"),
        (
            "roster init --agency police.xa --authority other --root-key other/ROOT.key",
            2,
            "root-key-place",
        ),
        (
            "roster init --agency police.xb --authority other --root-key ROOT.key",
            5,
            "key-foreign",
        ),
    ];
    for (line, code, word) in cases {
        let said = world.run(line);
        assert_eq!(said.code, code, "{line}: {said:?}");
        assert!(
            said.stderr.starts_with(&format!("error[{word}]: ")),
            "{line}: {said:?}"
        );
        assert_eq!(said.stderr.lines().count(), 3, "{line}: {said:?}");
    }
    assert_eq!(world.run("roster fly").code, 2);
    world.does("roster add-unit north");
    let shown = world.does("roster show");
    assert!(
        shown.contains("    unit   north.police.xa (below spoc.police.xa)\n"),
        "{shown}"
    );
}

#[test]
fn authority_on_another_machine_reaches_the_relay_by_files() {
    let world = World::new();
    world.does("init --agency police.xa --listen 127.0.0.1:4640 --dir relay");
    world.does("roster init --agency police.xa");
    world.does("roster add-relay --relay relay/relay.public");
    let signed = world.does("roster sign");
    assert!(
        signed.ends_with("relay relay: not on this machine\n"),
        "{signed}"
    );
    world.does("roster export xa.bundle");
    let root = world.json("roster show")["root"]
        .as_str()
        .unwrap()
        .to_owned();
    let config = world.path("relay/relay.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(
        &config,
        text.replace("# root = \"\"", &format!("root = \"{root}\"")),
    )
    .unwrap();
    let published = world.does("publish xa.bundle --dir relay");
    assert_eq!(
        published,
        "xa.bundle: waits in relay/published for the relay to start\n"
    );
    assert_eq!(
        fs::read_dir(world.path("relay/published")).unwrap().count(),
        2
    );
    let _relay = world.serve("relay");
    assert_eq!(
        fs::read_dir(world.path("relay/published")).unwrap().count(),
        0
    );
    let status = world.json("status --dir relay");
    assert_eq!(status["rosters"]["police.xa"], 1);
}

#[test]
fn journal_of_a_stopped_relay_is_found_whole() {
    let world = World::new();
    world.agency("police.xa");
    let relay = world.serve("police.xa/relay");
    let locked = world.run("journal repair --dir police.xa/relay");
    assert!(locked.stderr.starts_with("error[locked]: "), "{locked:?}");
    // Killed, as by a power cut: its socket stays behind.
    drop(relay);
    assert!(world.path("police.xa/relay/admin.sock").exists());
    for dir in ["police.xa/relay", "police.xa/relay/journal"] {
        let said = world.does(&format!("journal repair --dir {dir}"));
        assert_eq!(
            said,
            "journal in police.xa/relay/journal is whole; nothing was changed\n"
        );
    }
    let relay = world.serve("police.xa/relay");
    world.does("status --dir police.xa/relay");
    drop(relay);
}
