//! Relays that are killed between a due time, its statement and its sending. Covers ESC-1, ESC-6.

use super::*;

/// How often each step and each clock was told, to anybody.
fn told(all: &Watched, parsed: &Parsed) -> (usize, usize) {
    let count = |wanted: fn(&Claim) -> bool| {
        let said = all
            .rig
            .desks
            .iter()
            .flat_map(|(_, _, desk)| &desk.statements);
        let about = said.filter(|s| s.value().subject == parsed.digest());
        let wanted = about.filter(|s| wanted(&s.value().claim));
        wanted.map(Signed::hash).collect::<BTreeSet<_>>().len()
    };
    let steps = count(|claim| matches!(claim, Claim::Escalated { .. }));
    let clocks = count(|claim| matches!(claim, Claim::Overdue { .. }));
    (steps, clocks)
}

impl Watched {
    /// Kills a relay, opens its journal again at this time and connects everybody anew.
    fn kill(&mut self, at: usize, index: IndexKind) {
        self.rig.part();
        self.rig.wire.clear();
        self.rig.restart(at, index);
        let again = [0, 1, 2, 3].map(|place| (place < 1, place));
        for (is_police, place) in again {
            if is_police == (at == 0) {
                let device = if is_police { 0 } else { [0, 0, 2, 3][place] };
                let fresh = self.rig.desk(at, device);
                match place {
                    0 => self.police = fresh,
                    1 => self.border = fresh,
                    2 => self.head = fresh,
                    _ => self.coast = fresh,
                }
            }
        }
        self.rig.join();
    }
}

/// The relay is gone when the step is due, and does it when it comes back.
#[test]
fn step_that_was_due_while_the_relay_was_down_is_taken_when_it_comes_back() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.rig.now = NOW.plus(45 * MINUTE_MS);
    all.kill(1, IndexKind::Memory);
    all.wait(NOW.plus(45 * MINUTE_MS));
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
    all.wait(NOW.plus(3 * HOUR_MS));
    assert_eq!(told(&all, &parsed).0, 2);
}

/// The step is signed and not committed: nothing of it was said, and it is taken once.
#[test]
fn step_whose_commit_did_not_happen_is_taken_once() {
    for index in [IndexKind::Memory, IndexKind::Sled(SledOptions::default())] {
        let mut all = Watched::of(index);
        let parsed = all.request();
        let due = NOW.plus(30 * MINUTE_MS);
        all.rig.relays[1].handle(due, Input::Tick).unwrap();
        all.rig.now = due.plus(1_000);
        all.kill(1, index);
        assert_eq!(told(&all, &parsed).0, 0);
        all.wait(all.rig.now);
        assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
        assert_eq!(all.rig.got(all.head, &parsed), 1);
        all.wait(NOW.plus(HOUR_MS));
        assert_eq!(told(&all, &parsed).0, 1);
    }
}

/// The step is committed and not sent: the very same statement goes out after the restart.
#[test]
fn step_that_was_committed_and_not_sent_goes_out_after_the_restart() {
    let mut all = Watched::new();
    let parsed = all.request();
    let due = NOW.plus(30 * MINUTE_MS);
    all.rig.relays[1].handle(due, Input::Tick).unwrap();
    drop(all.rig.relays[1].commit(due).unwrap());
    all.rig.now = due.plus(60_000);
    all.kill(1, IndexKind::Memory);
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
    assert_eq!(all.rig.got(all.head, &parsed), 1);
    all.wait(NOW.plus(HOUR_MS));
    assert_eq!(told(&all, &parsed).0, 1);
}

/// Both relays are killed at every minute of three hours, and everything is told once.
#[test]
fn everything_is_told_once_however_often_relays_are_killed() {
    let mut all = Watched::new();
    let parsed = all.request();
    for minute in 1..=36 {
        all.rig.now = NOW.plus(minute * 5 * MINUTE_MS);
        let at = usize::from(minute % 2 == 0);
        all.kill(at, IndexKind::Memory);
        all.wait(all.rig.now);
    }
    all.wait(NOW.plus(12 * HOUR_MS));
    assert_eq!(told(&all, &parsed), (2, 2));
}
