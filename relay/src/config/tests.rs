//! Tests of the configuration.

use super::*;

const LEAST: &str = "agency = \"police.xa\"\nlisten = [\"127.0.0.1:4640\"]\n";

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Folder::new("relay"), text)
}

#[test]
fn template_is_read_back_with_every_default() {
    let agency: Agency = "police.xa".parse().unwrap();
    let listen = [
        "127.0.0.1:4640".parse().unwrap(),
        "[::1]:4640".parse().unwrap(),
    ];
    let addresses = ["relay.police.xa:4640".to_owned()];
    let text = Config::template(&agency, "relay", &listen, &addresses, None);
    let config = parse(&text).unwrap();
    assert_eq!(config.listen, listen);
    assert_eq!(config.addresses, addresses);
    assert_eq!(config.root, None);
    let least = parse(LEAST).unwrap();
    assert_eq!(config.store, least.store);
    assert_eq!(config.links_max, least.links_max);
}

#[test]
fn unknown_key_is_named_with_its_line_and_the_one_meant() {
    let cases = [
        ("lisen = []\n", "lisen", Some("listen")),
        (
            "[journal]\nsegment_byte = 1\n",
            "journal.segment_byte",
            Some("journal.segment_bytes"),
        ),
        (
            "[journal]\nheadroom = 1\n",
            "journal.headroom",
            Some("journal.headroom_bytes"),
        ),
        ("[colour]\nred = 1\n", "colour", None),
        ("[log]\nformt = \"json\"\n", "log.formt", Some("log.format")),
    ];
    for (line, name, meant) in cases {
        match parse(&format!("{LEAST}{line}")) {
            Err(ConfigError::UnknownKey {
                line, key, nearest, ..
            }) => {
                assert_eq!((key.as_str(), nearest), (name, meant));
                assert!(line >= 3, "{line}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn values_out_of_range_are_refused_by_name() {
    let cases = [
        ("agency = \"police.xa\"\nlisten = []\n", "listen"),
        ("agency = \"police.xa\"\nlisten = [\"4640\"]\n", "listen"),
        (
            "agency = \"police.xa\"\nlisten = [\"[::]:1\"]\nroot = \"12\"\n",
            "root",
        ),
        (
            "agency = \"police.xa\"\nlisten = [\"[::]:1\"]\nname = \"A b\"\n",
            "name",
        ),
        (
            "agency = \"police.xa\"\nlisten = [\"[::]:1\"]\naddresses = [\"host\"]\n",
            "addresses",
        ),
        (
            "agency = \"police.xa\"\nlisten = [\"[::]:1\"]\n[journal]\nsegment_bytes = 1\n",
            "journal.segment_bytes",
        ),
        (
            "agency = \"police.xa\"\nlisten = [\"[::]:1\"]\n[limits]\nlinks_max = 0\n",
            "limits.links_max",
        ),
    ];
    for (text, name) in cases {
        match parse(text) {
            Err(ConfigError::Value { key, .. }) => assert_eq!(key, name),
            other => panic!("{name}: {other:?}"),
        }
    }
    let agency = parse("agency = \"Police\"\nlisten = [\"[::]:1\"]\n");
    assert!(matches!(agency, Err(ConfigError::Malformed { .. })));
}

#[test]
fn root_is_set_in_place_and_nothing_else_changes() {
    let agency: Agency = "police.xa".parse().unwrap();
    let listen = ["127.0.0.1:4640".parse().unwrap()];
    let text = Config::template(&agency, "relay", &listen, &[], None);
    let root = FixedBytes([7; 32]);
    let pinned = Config::with_root(&text, &root);
    assert_eq!(parse(&pinned).unwrap().root, Some(root));
    let differing = text.lines().zip(pinned.lines()).filter(|(a, b)| a != b);
    assert_eq!(differing.count(), 1);
    assert_eq!(
        parse(&Config::with_root(LEAST, &root)).unwrap().root,
        Some(root)
    );
}
