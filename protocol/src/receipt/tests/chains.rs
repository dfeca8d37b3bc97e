//! What one desk of a chain says, and what that leaves to the others.

use super::*;

const DUTY_AT: usize = 2;
const DEPUTY_AT: usize = 1;

fn escalated(head: &str, to: &str, at: u64) -> Signed<Statement> {
    let claim = Claim::Escalated {
        desk: head.parse().unwrap(),
        step: 1,
        to: to.parse().unwrap(),
        cause: Cause::Silence,
    };
    says("border.xb", 1, at, claim)
}

/// The acknowledge clock of an addressee is overdue.
fn is_overdue(addressee: usize, header: &Header, more: &[Signed<Statement>], now: u64) -> bool {
    let said = [&[relayed(M)], more].concat();
    let receipts = receipts(header, &SUBJECT, &said, UnixMillis(now));
    receipts[addressee].overdue.contains(&Clock::Acknowledge)
}

/// Covers RCP-11, ESC-12: whoever gives it up has ended no time of the desk that is called for it.
#[test]
fn desk_that_is_called_because_the_head_gave_up_has_its_time_before_it() {
    for gives_up in [declined(), referred(DEPUTY)] {
        let said = [
            ack(2 * M, None),
            says(DUTY, 1, 4 * M, gives_up),
            escalated(DUTY, DEPUTY, 4 * M),
        ];
        assert!(is_overdue(DEPUTY_AT, &header(), &said, 9 * M + 1));
    }
}

/// Covers RCP-11, RCP-2: what has lapsed is over, by the time of the answer or by a later promise.
#[test]
fn desk_that_is_called_because_the_head_lapsed_has_its_time_before_it() {
    let by_answer = [ack(2 * M, None), escalated(DUTY, DEPUTY, 70 * M)];
    assert!(is_overdue(DEPUTY_AT, &header(), &by_answer, 75 * M + 1));
    let by_promise = [
        ack(2 * M, None),
        ack(3 * M, Some(9 * M)),
        escalated(DUTY, DEPUTY, 10 * M),
    ];
    assert!(is_overdue(DEPUTY_AT, &header(), &by_promise, 15 * M + 1));
}

/// Covers RCP-11, RCP-7: two words of a desk that will not act silence nothing that one would not.
#[test]
fn deputy_that_acknowledges_and_then_declines_ends_no_time_of_the_head() {
    let led = escalated(DUTY, DEPUTY, 3 * M);
    let declines = says(DEPUTY, 1, 5 * M, declined());
    let said = [led, says(DEPUTY, 1, 4 * M, acknowledged(None)), declines];
    assert!(!is_overdue(DUTY_AT, &header(), &said[..2], 7 * M));
    assert!(is_overdue(DUTY_AT, &header(), &said, 7 * M));
    // Likewise where it had declined before anybody called it.
    let before = [said[1].clone(), said[2].clone()];
    let said = [&before[..], &[escalated(DUTY, DEPUTY, 6 * M)]].concat();
    assert!(is_overdue(DUTY_AT, &header(), &said, 7 * M));
}

/// Covers RCP-11: what is said in one chain is not what the other has called for.
#[test]
fn desk_that_two_chains_have_led_to_is_late_while_one_of_them_waits() {
    let mut header = header();
    header.addressees[0].role = Role::Action;
    let led = [
        escalated(DUTY, DEPUTY, 7 * M),
        escalated(CHIEF, DEPUTY, 7 * M),
    ];
    let first = says(CHIEF, 1, 8 * M, answered());
    let said = [&led[..], std::slice::from_ref(&first)].concat();
    assert!(is_overdue(DEPUTY_AT, &header, &said, 13 * M));
    let said = [&said[..], &[ack(9 * M, None)]].concat();
    assert!(!is_overdue(DEPUTY_AT, &header, &said, 13 * M));
}
