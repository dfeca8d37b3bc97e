//! Wall clocks that somebody moves by an hour. Covers ESC-1.

use super::*;
use estafette_protocol::escalation::Moment;

/// What a relay tells of one request when its wall clock is moved after ten minutes, in real
/// milliseconds since it was relayed.
fn told_with(moved_ms: i64, killed: bool) -> Vec<(u64, u8)> {
    let mut all = Watched::new();
    let parsed = all.request();
    let (mut told, mut seen) = (Vec::new(), 0);
    // Only the addressee's relay runs from here on: what it queues for the sender is counted.
    all.rig.part();
    for second in (0..3 * 3_600_u64).step_by(30) {
        let real = NOW.plus(second * 1_000);
        let moved = if second >= 600 { moved_ms } else { 0 };
        let wall = UnixMillis(real.0.saturating_add_signed(moved));
        let now = Moment { wall, steady: real };
        if killed && second == 1_200 {
            all.rig.now = wall;
            all.rig.restart_at(1, now);
        }
        let relay = &mut all.rig.relays[1];
        relay.handle(now, Input::Tick).unwrap();
        relay.commit(now).unwrap();
        let view = relay.store().view();
        let leaves = view.statements(&parsed.digest().0).unwrap();
        let mut steps = 0;
        for leaf in leaves {
            let signed = statement::decode(&relay.store().read(leaf).unwrap()).unwrap();
            if let Claim::Escalated { step, .. } = signed.value().claim {
                steps += 1;
                if steps > seen {
                    told.push((second, step));
                    seen = steps;
                }
            }
        }
    }
    told
}

#[test]
fn wall_clock_that_is_moved_by_an_hour_moves_no_step() {
    let expected = [(1_800, 1), (7_200, 2)];
    for moved_ms in [0, 3_600_000, -3_600_000] {
        assert_eq!(told_with(moved_ms, false), expected, "{moved_ms}");
    }
}

/// Also over a restart, because the move is in the journal.
#[test]
fn wall_clock_that_was_moved_moves_no_step_after_a_restart() {
    let expected = [(1_800, 1), (7_200, 2)];
    for moved_ms in [0, 3_600_000, -3_600_000] {
        assert_eq!(told_with(moved_ms, true), expected, "{moved_ms}");
    }
}
