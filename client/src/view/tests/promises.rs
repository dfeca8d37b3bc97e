//! What is taken on with a promise, taken back, and refused too late.

use super::*;

/// Covers RCP-1, RCP-10: one device takes back for the desk, what a stolen one said as well.
#[test]
fn acknowledgements_of_all_devices_of_a_desk_are_there_to_be_taken_back() {
    let mut case = Case::new(|_| ()).relayed();
    let stolen = case.world.border.devices[1].key.clone();
    case.duty_says(acknowledged(), 2 * SECOND_MS);
    case.say(
        &stolen,
        "border.xb",
        Some(DUTY),
        acknowledged(),
        3 * SECOND_MS,
    );
    let held = case.rows(4 * SECOND_MS)[0].acknowledgements();
    assert_eq!(held.len(), 2);
    for acknowledgement in held {
        let remark = None;
        let retracted = Claim::Retracted {
            acknowledgement,
            remark,
        };
        case.duty_says(retracted, 5 * SECOND_MS);
    }
    let rows = case.rows(6 * SECOND_MS);
    assert_eq!(rows[0].standing, Standing::Retracted);
    assert!(rows[0].acknowledgements().is_empty());
}

/// Covers RCP-2, RCP-7.
#[test]
fn promise_is_a_deadline_where_an_answer_is_wanted_and_nowhere_else() {
    let promise = NOW.plus(10 * MINUTE_MS);
    let acknowledged = |until| Claim::Acknowledged {
        until: Some(until),
        remark: None,
    };
    let mut flag = Case::new(|_| ()).relayed();
    flag.duty_says(acknowledged(promise), 2 * SECOND_MS);
    for at in [9 * MINUTE_MS, 11 * MINUTE_MS, 2 * ACK_WITHIN] {
        let row = &flag.rows(at)[0];
        assert_eq!((row.deadline(), &row.sides[..]), (None, &[][..]));
        assert_eq!(row.standing, Standing::Acknowledged);
    }
    let wanted = |header: &mut Header| header.answer_within = Some(60 * MINUTE_MS);
    let answer_due = Some(NOW.plus(SECOND_MS + 60 * MINUTE_MS));
    let mut request = Case::new(wanted).relayed();
    request.duty_says(acknowledged(promise), 2 * SECOND_MS);
    assert_eq!(request.rows(3 * SECOND_MS)[0].deadline(), Some(promise));
    assert_eq!(request.rows(9 * MINUTE_MS)[0].sides, [Side::DueSoon]);
    // The promise has lapsed: what is left is the time for the answer.
    let row = &request.rows(11 * MINUTE_MS)[0];
    assert_eq!(
        (row.standing, row.deadline()),
        (Standing::Lapsed, answer_due)
    );
    let mut far = Case::new(wanted).relayed();
    far.duty_says(acknowledged(NOW.plus(90 * MINUTE_MS)), 2 * SECOND_MS);
    assert_eq!(far.rows(3 * SECOND_MS)[0].deadline(), answer_due);
    // Taken back: the first word has met the one clock, the other runs on.
    let acknowledgement = far.rows(3 * SECOND_MS)[0].acknowledgements()[0];
    let remark = None;
    let retracted = Claim::Retracted {
        acknowledgement,
        remark,
    };
    far.duty_says(retracted, 4 * SECOND_MS);
    assert_eq!(far.rows(5 * SECOND_MS)[0].deadline(), answer_due);
}

/// Covers RCP-8: a refusal that comes late is no late answer, and says how late it came.
#[test]
fn late_decline_or_referral_says_so_with_how_late_it_was() {
    let wanted = |header: &mut Header| {
        header.acknowledge_within = Some(MINUTE_MS);
        header.answer_within = Some(10 * MINUTE_MS);
    };
    let (at, by_ms) = (SECOND_MS + 15 * MINUTE_MS, 14 * MINUTE_MS);
    let mut declined = Case::new(wanted).relayed();
    let no = Claim::Declined {
        ground: 2,
        remark: None,
    };
    declined.duty_says(no, at);
    let late = [
        Side::ReactedLate { by_ms },
        Side::DeclinedLate {
            by_ms: 5 * MINUTE_MS,
        },
    ];
    let sides = &declined.rows(at)[0].sides;
    assert_eq!(sides[..2], late);
    let words: Vec<String> = sides.iter().map(Side::word).collect();
    assert_eq!(words, ["reacted-late", "declined-late", "declined:2"]);
    let mut referred = Case::new(wanted).relayed();
    let to: Desk = HEAD.parse().unwrap();
    let remark = None;
    referred.duty_says(Claim::Referred { to, remark }, at);
    let sides = &referred.rows(at)[0].sides;
    assert!(sides.contains(&Side::ReactedLate { by_ms }));
}
