use super::*;
use crate::prekeys;
use crate::testing::{self, TestAccount};
use estafette_protocol::form::{Field, Value};
use estafette_protocol::testing::World;

fn ready() -> (World, TestAccount) {
    let (mut world, mut account) = testing::enrolled();
    prekeys::maintain(&mut account, world.now, &mut world.rng).unwrap();
    (world, account)
}

fn draft(to: &[&str]) -> Draft {
    let form = Form {
        format: 1,
        version: 1,
        fields: vec![Field {
            number: 1,
            value: Value::Code(1),
        }],
    };
    let action = to.iter().map(|desk| desk.parse().unwrap()).collect();
    Draft {
        precedence: Precedence::Flash,
        acknowledge_within: Some(900_000),
        usual_lifetime: FLAG_LIFETIME_MS,
        ..Draft::new(form, action)
    }
}

fn refused(draft: &Draft) -> (ComposeError, &'static str) {
    let (mut world, account) = ready();
    let now = world.now;
    let error = plan(&account, draft, true, now, &mut world.rng)
        .and_then(|plan| seal_plan(&account, &plan, &draft.form, true, now, &mut world.rng))
        .unwrap_err();
    let clause = error.refusal().map_or("", |refusal| refusal.clause);
    (error, clause)
}

/// Covers ENV-15.
#[test]
fn every_current_device_of_both_desks_gets_a_wrap() {
    let (mut world, account) = ready();
    let draft = draft(&["duty@ops.border.xb"]);
    let now = world.now;
    let plan = plan(&account, &draft, true, now, &mut world.rng).unwrap();
    let desks: Vec<u8> = plan.readers.iter().map(|r| r.addressee).collect();
    assert_eq!(desks, [0, 1, 1]);
    assert_eq!(plan.accord.as_deref(), Some("xa-xb"));
    assert_eq!(plan.header.expires, now.plus(FLAG_LIFETIME_MS));
    let sealed = seal_plan(&account, &plan, &draft.form, true, now, &mut world.rng).unwrap();
    assert_eq!(sealed.parsed.envelope().wraps.len(), 3);
}

#[test]
fn mistyped_desk_is_refused_with_the_one_that_is_meant() {
    let (error, clause) = refused(&draft(&["dutty@ops.border.xb"]));
    assert_eq!(clause, "ADM-12");
    let nearest = Some("duty@ops.border.xb".parse().unwrap());
    assert!(matches!(error, ComposeError::DeskUnknown { nearest: n, .. } if n == nearest));
}

#[test]
fn marking_above_the_ceiling_is_refused_as_the_relay_would() {
    let marking = Marking::from_words("tlp:red").unwrap();
    let (_, clause) = refused(&Draft {
        marking: vec![marking],
        ..draft(&["duty@ops.border.xb"])
    });
    assert_eq!(clause, "ADM-15");
}

#[test]
fn lifetime_above_the_rule_and_form_off_its_format_are_refused() {
    let mut too_long = draft(&["duty@ops.border.xb"]);
    too_long.lifetime = Some(31 * DAY_MS);
    assert!(matches!(refused(&too_long).0, ComposeError::Seal(_)));
    let mut empty = draft(&["duty@ops.border.xb"]);
    empty.form.fields.clear();
    assert!(matches!(refused(&empty).0, ComposeError::Format(_)));
}

#[test]
fn desk_named_twice_and_own_desk_are_refused() {
    for to in [
        &["duty@ops.border.xb", "duty@ops.border.xb"][..],
        &["duty@spoc.police.xa"],
        &[],
    ] {
        let (error, _) = refused(&draft(to));
        assert!(matches!(
            error,
            ComposeError::Twice(_) | ComposeError::NoAddressee
        ));
    }
}

#[test]
fn unchecked_draft_is_sealed_for_the_relay_to_refuse() {
    let (mut world, account) = ready();
    let now = world.now;
    let draft = Draft {
        marking: vec![Marking::from_words("tlp:red").unwrap()],
        ..draft(&["nobody@ops.border.xb"])
    };
    let plan = plan(&account, &draft, false, now, &mut world.rng).unwrap();
    assert_eq!(plan.unreadable.len(), 1);
    seal_plan(&account, &plan, &draft.form, false, now, &mut world.rng).unwrap();
}

#[test]
fn device_that_no_roster_lists_seals_nothing() {
    let (mut world, _) = testing::enrolled();
    let account = testing::stranger(&world.police, &world.police.devices[0]);
    let draft = draft(&["duty@ops.border.xb"]);
    let error = plan(&account, &draft, true, world.now, &mut world.rng).unwrap_err();
    assert_eq!(error, ComposeError::NotEnrolled);
}
