//! The endurance scenario, small; `.ci/steps/40-endurance` plays the large one.

use estafette_interop::scenario::endurance::{Size, run};
use estafette_interop::scenario::programs;

#[test]
fn every_message_arrives_once_although_relays_and_a_daemon_are_killed() {
    let size = Size {
        messages: 120,
        kills: 1,
    };
    let folder = tempfile::tempdir().unwrap();
    let programs = programs(super::build::folder()).unwrap();
    let mut out = Vec::new();
    let tally = run(size, folder.path().to_owned(), programs, &mut out).unwrap();
    let said = String::from_utf8(out).unwrap();
    // Every message, nothing else at either desk, three kills, settled, something sent again.
    assert!(
        tally.is_good() && tally.passed == 120 + 2 + 3 + 1 + 1,
        "{said}{tally}"
    );
}
