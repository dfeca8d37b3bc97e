//! What holds of `decide` and `plan` whatever the world is: on the random cases that two
//! implementations are compared on.

use super::answer::Scene;
use super::random;
use crate::json::Input;
use estafette_protocol::address::Agency;
use estafette_protocol::admission::{Refusal, Side};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::{Extensions, FixedBytes};
use estafette_protocol::envelope::Header;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::routing::{Plan, Verdict, World, decide, plan};
use estafette_protocol::statement::{Claim, Signer, Statement};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const CASES: u64 = 10_000;

fn scenes(seed: u64) -> impl Iterator<Item = (u64, Scene)> {
    (0..CASES).map(move |number| {
        let case = random::case(seed, number);
        let scene = Scene::read(&Input::new(&Value::Null, &case));
        (number, scene.unwrap())
    })
}

/// Scenes of a sender who has all rosters and its house.
fn drafts(seed: u64) -> impl Iterator<Item = (u64, Scene)> {
    scenes(seed).filter(|(_, scene)| scene.side == Side::Egress && scene.house.is_some())
}

fn judge(scene: &Scene, statements: &[Statement]) -> Result<Verdict, Refusal> {
    let rosters = scene.rosters();
    let world = scene.world(&rosters);
    decide(&scene.header, statements, &world, scene.side, scene.now)
}

fn passes(verdict: &Result<Verdict, Refusal>) -> bool {
    matches!(verdict, Ok(Verdict::Pass { .. }))
}

#[test]
fn decide_is_deterministic_and_takes_statements_in_any_order() {
    for (number, scene) in scenes(2) {
        let verdict = judge(&scene, &scene.statements);
        assert_eq!(verdict, judge(&scene, &scene.statements), "{number}");
        let mut turned = scene.statements.clone();
        for _ in 0..turned.len() {
            turned.rotate_left(1);
            assert_eq!(verdict, judge(&scene, &turned), "{number}");
        }
        turned.reverse();
        assert_eq!(verdict, judge(&scene, &turned), "{number}");
        turned.extend(scene.statements.clone());
        assert_eq!(verdict, judge(&scene, &turned), "{number}: said twice");
    }
}

#[test]
fn no_statement_but_a_release_or_a_grant_widens_a_rule() {
    let mut helped = 0;
    for (number, scene) in scenes(3) {
        let widens = |said: &Statement| {
            let release = matches!(said.claim, Claim::Released { .. });
            release || matches!(said.claim, Claim::Granted { .. })
        };
        let (only, others): (Vec<_>, Vec<_>) = scene.statements.iter().cloned().partition(widens);
        if passes(&judge(&scene, &scene.statements)) {
            assert!(passes(&judge(&scene, &only)), "{number}");
        }
        if !passes(&judge(&scene, &[])) {
            assert!(!passes(&judge(&scene, &others)), "{number}");
            helped += usize::from(passes(&judge(&scene, &only)));
        }
    }
    assert!(
        helped >= 10,
        "only {helped} cases were helped by a release or a grant"
    );
}

#[test]
fn a_release_by_whoever_may_not_release_never_widens() {
    let mut held = 0;
    for (number, scene) in scenes(4) {
        let verdict = judge(&scene, &[]);
        if passes(&verdict) {
            continue;
        }
        held += usize::from(verdict.is_ok());
        let addressed: BTreeSet<_> = scene.header.addressees.iter().map(|a| &a.desk).collect();
        let desks = scene.rosters.iter().flat_map(|roster| &roster.desks);
        let strangers = desks
            .map(|entry| &entry.desk)
            .filter(|desk| !addressed.contains(desk))
            .chain([&scene.header.sender]);
        let releases: Vec<Statement> = strangers
            .map(|desk| released(&scene, desk.as_str(), Precedence::Routine))
            .collect();
        assert!(!passes(&judge(&scene, &releases)), "{number}");
    }
    assert!(held >= 100, "only {held} cases were held");
}

#[test]
fn what_plan_proposes_passes_at_both_sides_once_released() {
    let (mut planned, mut held) = (0, 0);
    for (number, scene) in drafts(5) {
        let rosters = scene.rosters();
        let world = scene.world(&rosters);
        let Ok(plan) = plan(&scene.header, &world, scene.now) else {
            continue;
        };
        planned += 1;
        let header = proposed(&scene, &plan);
        let bare = decide(&header, &[], &world, Side::Egress, scene.now);
        let verdict = bare.unwrap_or_else(|refusal| panic!("{number}: {refusal}"));
        let holds = matches!(verdict, Verdict::Hold { .. });
        assert!(!holds || !plan.releasers.is_empty(), "{number}");
        held += usize::from(holds);
        let releases: Vec<Statement> = plan
            .releasers
            .iter()
            .map(|desk| released(&scene, desk.as_str(), Precedence::Routine))
            .collect();
        let verdict = decide(&header, &releases, &world, Side::Egress, scene.now);
        assert!(passes(&verdict), "{number}: {verdict:?}");
        for agency in foreign(&header) {
            let verdict = at_ingress(&header, &releases, &scene, &agency);
            assert!(passes(&verdict), "{number} at {agency}: {verdict:?}");
        }
    }
    assert!(
        planned >= 500 && held >= 50,
        "{planned} planned, {held} held"
    );
}

#[test]
fn removing_any_mandatory_addressee_always_fails() {
    let mut removed = 0;
    for (number, scene) in drafts(6) {
        let rosters = scene.rosters();
        let world = scene.world(&rosters);
        let Ok(plan) = plan(&scene.header, &world, scene.now) else {
            continue;
        };
        for added in &plan.added {
            let mut header = proposed(&scene, &plan);
            header.addressees.retain(|a| a.desk != added.desk);
            let mut verdicts = vec![decide(&header, &[], &world, Side::Egress, scene.now)];
            for agency in foreign(&header) {
                verdicts.push(at_ingress(&header, &[], &scene, &agency));
            }
            let refused = verdicts.iter().any(|verdict| {
                let missing = |refusal: &Refusal| refusal.code != ErrorCode::ReleaseMissing;
                verdict.as_ref().err().is_some_and(missing)
            });
            assert!(refused, "{number}: without {} it still goes", added.desk);
            removed += 1;
        }
    }
    assert!(removed >= 500, "only {removed} were removed");
}

fn proposed(scene: &Scene, plan: &Plan) -> Header {
    let mut header = scene.header.clone();
    header.addressees.clone_from(&plan.addressees);
    header.acknowledge_within = plan.acknowledge_within;
    header.answer_within = plan.answer_within;
    header
}

fn foreign(header: &Header) -> BTreeSet<Agency> {
    let home = header.sender.agency();
    header.agencies().filter(|agency| *agency != home).collect()
}

/// What the relay of an addressed agency says: by its own roster and the sender's, without a house.
fn at_ingress(
    header: &Header,
    statements: &[Statement],
    scene: &Scene,
    agency: &Agency,
) -> Result<Verdict, Refusal> {
    let home = header.sender.agency();
    let mut rosters = scene.rosters();
    rosters.retain(|of, _| of == agency || *of == home);
    let known = BTreeMap::new();
    let world = World {
        own: agency,
        house: None,
        known: &known,
        ..scene.world(&rosters)
    };
    decide(header, statements, &world, Side::Ingress, scene.now)
}

fn released(scene: &Scene, desk: &str, precedence: Precedence) -> Statement {
    let desk: estafette_protocol::address::Desk = desk.parse().unwrap();
    Statement {
        subject: FixedBytes([0; 32]),
        at: scene.now,
        signer: Signer {
            agency: desk.agency(),
            desk: Some(desk),
            key: FixedBytes([0; 16]),
        },
        claim: Claim::Released {
            precedence,
            remark: None,
        },
        extensions: Extensions::default(),
    }
}

/// The vectors' own scene, for a first look.
#[test]
fn the_shared_scene_passes() {
    let shared = super::scene::shared();
    let scene = Scene::read(&Input::new(&shared, &json!({}))).unwrap();
    assert!(passes(&judge(&scene, &scene.statements)));
}
