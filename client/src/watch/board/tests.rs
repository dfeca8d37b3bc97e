use super::*;
use crate::watch::testing::Scene;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::{HOUR_MS, SECOND_MS};

fn sections(board: &Board) -> Vec<(Section, u64)> {
    let entries = board.entries.iter();
    entries.map(|entry| (entry.section, entry.id())).collect()
}

#[test]
fn entries_are_sorted_by_the_time_left_and_not_by_arrival() {
    let mut scene = Scene::new();
    scene.question("least urgent, came first");
    scene.now = scene.now.plus(5 * MINUTE_MS);
    scene.flag("urgent");
    let board = scene.board(scene.now);
    let wanted = [(Section::NeedsYou, 2), (Section::NeedsYou, 1)];
    assert_eq!(sections(&board), wanted);
    assert_eq!(board.entries[0].wants, Wants::Acknowledgement);
}

#[test]
fn exercise_never_stands_before_what_is_meant() {
    let mut scene = Scene::new();
    scene.exercise("drill");
    scene.now = scene.now.plus(MINUTE_MS);
    scene.question("meant");
    let board = scene.board(scene.now);
    let statuses: Vec<Status> = board.entries.iter().map(Entry::status).collect();
    assert_eq!(statuses, [Status::Actual, Status::Exercise]);
    assert_eq!(board.count(Status::Exercise), 1);
}

#[test]
fn acknowledged_message_stays_until_it_is_answered_or_over() {
    let mut scene = Scene::new();
    let flag = scene.flag("to be taken on");
    scene.acknowledge(&flag, scene.now.plus(SECOND_MS));
    let board = scene.board(scene.now.plus(MINUTE_MS));
    assert_eq!(sections(&board), [(Section::NeedsYou, 1)]);
    assert_eq!(board.entries[0].wants, Wants::Nothing);
    assert!(!board.entries[0].is_calling());
    let over = scene.now.plus(25 * HOUR_MS);
    assert_eq!(sections(&scene.board(over)), []);
}

#[test]
fn answer_is_wanted_once_a_question_is_acknowledged() {
    let mut scene = Scene::new();
    let question = scene.question("who is that?");
    assert_eq!(scene.board(scene.now).unmet(Until::Answered), 1);
    scene.acknowledge(&question, scene.now.plus(SECOND_MS));
    let board = scene.board(scene.now.plus(MINUTE_MS));
    assert_eq!(board.entries[0].wants, Wants::Answer);
    assert_eq!(board.unmet(Until::Acknowledged), 0);
    let answer = Claim::Answered { answer: question };
    scene.own_says(&question, answer, scene.now.plus(2 * SECOND_MS));
    let board = scene.board(scene.now.plus(MINUTE_MS));
    assert_eq!(board.unmet(Until::Answered), 0);
    assert_eq!(sections(&board), []);
}

#[test]
fn what_is_sent_waits_for_others_and_becomes_a_problem_when_it_is_overdue() {
    let mut scene = Scene::new();
    let sent = scene.sent("ours");
    scene.relayed(&sent, scene.now);
    let section = |scene: &Scene, minute: u64| {
        let board = scene.board(scene.now.plus(minute * MINUTE_MS));
        (board.entries[0].section, board.entries[0].is_overdue)
    };
    assert_eq!(section(&scene, 1), (Section::Waiting, false));
    assert_eq!(section(&scene, 16), (Section::Problems, true));
    scene.other_acknowledges(&sent, scene.now.plus(17 * MINUTE_MS));
    let (_, is_overdue) = section(&scene, 18);
    assert!(!is_overdue);
}

/// Covers RCP-9.
#[test]
fn message_that_the_own_relay_has_not_accepted_in_time_is_a_problem() {
    let mut scene = Scene::new();
    scene.sent("ours");
    let at = |second: u64| scene.now.plus(second * SECOND_MS);
    let early = scene.board(at(60));
    assert!(!early.entries[0].is_overdue);
    let late = scene.board(at(121));
    assert_eq!(late.entries[0].section, Section::Problems);
    assert!(late.entries[0].item.sides().contains(&Side::RelaySilent));
    assert!(late.entries[0].is_overdue);
}

/// A board that nobody builds again is wrong from its `next_at` on, and not before.
#[test]
fn board_says_when_time_alone_will_change_it() {
    let mut scene = Scene::new();
    scene.flag("one");
    let sent = scene.sent("two");
    scene.relayed(&sent, scene.now);
    let mut now = scene.now;
    let picture = |board: &Board| {
        let entries = board.entries.iter();
        let sides = |entry: &Entry| entry.item.sides();
        let one = |entry: &Entry| (entry.id(), entry.section, entry.is_overdue, sides(entry));
        entries.map(one).collect::<Vec<_>>()
    };
    let mut steps = 0;
    while let Some(next) = scene.board(now).next_at {
        assert!(next > now);
        let before = scene.board(now);
        let just = scene.board(UnixMillis(next.0 - 1));
        assert_eq!(picture(&before), picture(&just));
        (now, steps) = (next, steps + 1);
        assert!(steps < 50);
    }
    assert!(steps > 3);
    // What nobody here has taken on stays; what was sent is over.
    assert_eq!(sections(&scene.board(now)), [(Section::NeedsYou, 1)]);
}

/// Covers RCP-2: the flag stays taken on, whatever was promised.
#[test]
fn promise_that_passes_makes_no_flag_overdue() {
    let mut scene = Scene::new();
    let flag = scene.flag("to be taken on");
    scene.acknowledge(&flag, scene.now.plus(SECOND_MS));
    let board = scene.board(scene.now.plus(50 * MINUTE_MS));
    assert_eq!(sections(&board), [(Section::NeedsYou, 1)]);
    assert!(!board.entries[0].is_overdue);
    assert_eq!(board.entries[0].item.due, None);
    let question = scene.question("who is that?");
    scene.acknowledge(&question, scene.now.plus(SECOND_MS));
    let board = scene.board(scene.now.plus(50 * MINUTE_MS));
    let overdue = board.entries.iter().find(|entry| entry.is_overdue);
    assert_eq!(overdue.map(Entry::id), Some(2));
}
