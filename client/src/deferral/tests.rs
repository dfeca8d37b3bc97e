use super::*;
use crate::compose::{Draft, FLAG_LIFETIME_MS, plan};
use crate::prekeys;
use crate::testing;
use estafette_protocol::form::{Field, Form, Value};

/// Covers ENV-1, ENV-3.
#[test]
fn message_lives_its_time_from_when_it_is_let_go_but_no_longer_than_any() {
    let (mut world, mut account) = testing::enrolled();
    prekeys::maintain(&mut account, world.now, &mut world.rng).unwrap();
    let form = Form {
        format: 1,
        version: 1,
        fields: vec![Field {
            number: 1,
            value: Value::Code(1),
        }],
    };
    let draft = Draft {
        usual_lifetime: FLAG_LIFETIME_MS,
        ..Draft::new(form, vec!["duty@ops.border.xb".parse().unwrap()])
    };
    let now = world.now;
    let planned = plan(&account, &draft, true, now, &mut world.rng).unwrap();
    let deferred = |until| {
        let mut plan = planned.clone();
        defer(&account, &mut plan, until).map(|()| plan.header)
    };
    let week = deferred(now.plus(7 * DAY_MS)).unwrap();
    assert_eq!(week.not_before, Some(now.plus(7 * DAY_MS)));
    assert_eq!(week.expires, now.plus(7 * DAY_MS + FLAG_LIFETIME_MS));
    let latest = now.plus(LIFETIME_MAX_MS - DELIVERY_MS_MIN);
    let last = deferred(latest).unwrap();
    assert_eq!(last.expires, now.plus(LIFETIME_MAX_MS));
    let error = deferred(latest.plus(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a message lives 30 d at most, so it cannot wait that long"
    );
    assert!(matches!(error, DeferralError::TooFar { latest: l, .. } if l == latest));
    assert!(matches!(deferred(now), Err(DeferralError::Past)));
}
