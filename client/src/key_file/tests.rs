use super::*;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::testing::SeededRng;
use estafette_protocol::time::UnixMillis;
use std::fs;

const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

fn contents() -> Contents {
    Contents {
        agency: "police.xa".parse().unwrap(),
        root: FixedBytes([1; 32]),
        desk: "duty@spoc.police.xa".parse().unwrap(),
        relay_addresses: vec![],
        relay_key: FixedBytes([2; 32]),
        signing: SecretBytes::new([0xAB; 32]),
        hop: SecretBytes::new([4; 32]),
        storage: SecretBytes::new([5; 32]),
        invitation: None,
        prekeys: vec![PrekeySeed {
            id: 2900,
            not_after: UnixMillis(7),
            seed: SecretBytes::new([6; 32]),
        }],
    }
}

fn made() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let mut rng = SeededRng::new("key file");
    KeyFile::create(&path, contents(), b"copper lantern", CHEAP, &mut rng).unwrap();
    (folder, path)
}

#[test]
fn right_passphrase_gives_the_contents_back() {
    let (_folder, path) = made();
    let file = KeyFile::open(&path, b"copper lantern").unwrap();
    assert_eq!(file.contents, contents());
}

#[test]
fn saved_changes_open_with_the_same_passphrase() {
    let (_folder, path) = made();
    let mut file = KeyFile::open(&path, b"copper lantern").unwrap();
    file.contents.prekeys.clear();
    let before = fs::read(&path).unwrap();
    file.save(&mut SeededRng::new("another nonce")).unwrap();
    assert_ne!(before, fs::read(&path).unwrap());
    let again = KeyFile::open(&path, b"copper lantern").unwrap();
    assert!(again.contents.prekeys.is_empty());
}

#[test]
fn wrong_passphrase_releases_nothing() {
    let (_folder, path) = made();
    for wrong in [b"copper lanterm".as_slice(), b"", b"copper lantern "] {
        let error = KeyFile::open(&path, wrong).unwrap_err();
        assert!(matches!(error, KeyFileError::Passphrase));
    }
}

#[test]
fn file_that_others_may_read_is_refused() {
    let (_folder, path) = made();
    for mode in [0o640, 0o604, 0o660, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = KeyFile::open(&path, b"copper lantern").unwrap_err();
        assert!(matches!(error, KeyFileError::TooOpen { mode: m, .. } if m == mode));
    }
}

#[test]
fn new_file_is_its_owners_alone_and_is_never_overwritten() {
    let (_folder, path) = made();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut rng = SeededRng::new("again");
    let again = KeyFile::create(&path, contents(), b"x", CHEAP, &mut rng);
    assert!(matches!(again, Err(KeyFileError::Exists(_))));
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let (_folder, path) = made();
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(&path, &bad).unwrap();
        assert!(
            KeyFile::open(&path, b"copper lantern").is_err(),
            "byte {at}"
        );
    }
    for len in 0..good.len() {
        fs::write(&path, &good[..len]).unwrap();
        assert!(
            KeyFile::open(&path, b"copper lantern").is_err(),
            "cut {len}"
        );
    }
}

#[test]
fn costs_above_the_bound_are_refused_before_they_are_spent() {
    let (_folder, path) = made();
    let mut bytes = fs::read(&path).unwrap();
    bytes[7..11].copy_from_slice(&u32::MAX.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let error = KeyFile::open(&path, b"copper lantern").unwrap_err();
    assert!(matches!(error, KeyFileError::Cost));
}

#[test]
fn no_secret_shows_in_debug_or_in_the_file() {
    let (_folder, path) = made();
    let file = KeyFile::open(&path, b"copper lantern").unwrap();
    let shown = format!("{file:?}");
    assert!(
        !shown.contains("171, 171") && !shown.contains("abab"),
        "{shown}"
    );
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(4).any(|w| w == [0xAB; 4]));
}
