//! What a relay that hears one thing after another tells, and what the receipts of the same set say.

use super::*;
use crate::receipt::receipts;
use crate::receipt::tests::SUBJECT;
use crate::statement::Judged;

/// Two desks of border must act, one is informed, and one stands by.
fn crowd() -> Header {
    let mut header = header();
    header.addressees[0].role = Role::Info;
    header.addressees.push(crate::envelope::Addressee {
        desk: desk(OTHER),
        role: Role::Action,
    });
    header
}

const OTHER: &str = "night@ops.border.xb";

fn pool() -> Vec<Signed<Statement>> {
    let led = |head: &str, step, to: &str, after| {
        let claim = Claim::Escalated {
            desk: desk(head),
            step,
            to: desk(to),
            cause: Cause::Silence,
        };
        says("border.xb", 1, START + after, claim)
    };
    let (first, second) = (
        said(DEPUTY, 4 * M, acknowledged(None)),
        said(CHIEF, 2 * M, until(9 * M)),
    );
    vec![
        led(DUTY, 1, DEPUTY, 3 * M),
        led(DUTY, 2, CHIEF, 8 * M),
        led(DUTY, 3, OTHER, 9 * M),
        led(OTHER, 1, DUTY, 5 * M),
        led(OTHER, 2, DEPUTY, 70 * M),
        led(DUTY, 4, DEPUTY, 2 * M),
        first.clone(),
        second.clone(),
        said(CHIEF, 5 * M, acknowledged(None)),
        said(CHIEF, 6 * M, declined()),
        said(DEPUTY, 5 * M, retracted(&first)),
        said(CHIEF, 7 * M, retracted(&second)),
        said(DEPUTY, 10 * M, declined()),
        said(DEPUTY, 12 * M, until(11 * M)),
        said(DEPUTY, 50 * M, answered()),
        said(OTHER, 4 * M, until(30 * M)),
        said(OTHER, 40 * M, referred(DUTY)),
        said(OTHER, 45 * M, acknowledged(None)),
        said(DUTY, 20 * M, acknowledged(None)),
        said(DUTY, 55 * M, declined()),
        said(DUTY, 80 * M, answered()),
        said(SENDER, 30 * M, extended(DUTY, START + 90 * M)),
        said(SENDER, 99 * M, closed()),
    ]
}

fn in_any_order() -> impl Strategy<Value = Vec<Signed<Statement>>> {
    let pool = pool();
    let all = pool.len();
    prop::sample::subsequence(pool, 0..=all).prop_shuffle()
}

fn overdue_now(said: &[Signed<Statement>], now: u64) -> BTreeSet<(Desk, Clock)> {
    let judged = Judged::default();
    let relayed = says(
        "border.xb",
        1,
        START + M,
        Claim::Relayed { leaf: 9, judged },
    );
    let said = [&[relayed], said].concat();
    let receipts = receipts(&crowd(), &SUBJECT, &said, UnixMillis(START + now));
    let acting = receipts
        .into_iter()
        .filter(|one| one.state.role == Role::Action);
    let overdue = acting.flat_map(|one| {
        let desk = one.state.desk;
        one.overdue
            .into_iter()
            .map(move |clock| (desk.clone(), clock))
    });
    overdue.collect()
}

proptest! {
    /// Covers ESC-1, ESC-2, ESC-6, RCP-5, RCP-11: taken in any order, at times that are no due.
    #[test]
    fn relay_tells_what_the_receipts_say_was_overdue_before_each_thing_was_heard(
        heard in in_any_order(),
        step in M..9 * M,
    ) {
        let mut watch = Watch::new(&crowd(), &police(), Side::Egress, Precedence::Flash);
        watch.start(&police(), vec![], None, at(0));
        watch.relayed(&border(), None, at(M));
        let (mut told, mut expected) = (BTreeSet::new(), BTreeSet::new());
        let mut so_far: Vec<Signed<Statement>> = Vec::new();
        for (count, one) in (1..).zip(heard.into_iter().map(Some).chain([None])) {
            let now = M + 7 + step * count;
            let mut effects = Vec::new();
            while let Some(next) = watch.poll_timeout().filter(|next| next.0 < START + now) {
                effects.extend(watch.advance(&so_far, next.into()));
            }
            expected.extend(overdue_now(&so_far, now));
            so_far.extend(one);
            let bytes = postcard::to_allocvec(&watch).unwrap();
            watch = postcard::from_bytes(&bytes).unwrap();
            effects.extend(watch.advance(&so_far, at(now)));
            expected.extend(overdue_now(&so_far, now));
            for effect in effects {
                if let Effect::Overdue { desk, clock, .. } = effect {
                    prop_assert!(told.insert((desk, clock)));
                }
            }
            prop_assert_eq!(&told, &expected, "{} heard", so_far.len());
        }
    }
}
