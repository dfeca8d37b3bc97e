//! A relay that is killed while it holds messages for their time.

use estafette_interop::scenario::deferral::run;
use estafette_interop::scenario::programs;

/// Covers ENV-20, STA-21.
#[test]
fn deferred_message_survives_a_kill_of_its_relay_and_is_delivered_once_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let programs = programs(super::build::folder()).unwrap();
    let mut out = Vec::new();
    let tally = run(folder.path().to_owned(), programs, &mut out).unwrap();
    let said = String::from_utf8(out).unwrap();
    // Held, dropped, nothing early, at its time, nothing that was taken back, once, nothing else.
    assert!(tally.is_good() && tally.passed == 7, "{said}{tally}");
}
