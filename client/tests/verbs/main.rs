//! Each verb as a person meets it: two agencies, real processes, and what was said word for word.
//!
//! A transcript stands in `transcripts/` for each verb. To write them anew after a change, look at
//! the difference and commit it:  `ESTAFETTE_TRANSCRIPTS=write cargo test --test verbs`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests may panic"
)]

mod alert;
mod answer;
mod ask;
mod brief;
mod calendar;
mod chain;
mod codes;
mod definitions;
mod draft;
mod flag;
mod held;
mod note;
mod rules;
mod send;
mod template;
mod transcript;
mod update;
mod withdraw;
mod world;

use transcript::Transcript;
use world::World;

type Play = fn(&World, &mut Transcript);

/// In this order: small ids count on.
const VERBS: &[(&str, Play)] = &[
    ("flag", flag::play),
    ("alert", alert::play),
    ("brief", brief::play),
    ("ask", ask::play),
    ("answer", answer::play),
    ("update", update::play),
    ("withdraw", withdraw::play),
    ("note", note::play),
    ("send", send::play),
    ("template", template::play),
    ("draft", draft::play),
];

/// Under rules, with a patrol below the officer.
const RULED: &[(&str, Play)] = &[
    ("route", rules::route),
    ("release", rules::release),
    ("forward", rules::forward),
];

/// Under rules that lead from a desk to its deputy.
const CHAINED: &[(&str, Play)] = &[
    ("decline", chain::decline),
    ("extend", chain::extend),
    ("escalate", chain::escalate),
    ("correct", chain::correct),
    ("duty", chain::duty),
];

/// Covers ESC-11, ESC-12, ESC-13, ESC-15, ESC-20 to ESC-24, RCP-1, RCP-4, DTY-5, DTY-12, DTY-14.
#[test]
fn every_verb_of_a_chain_says_what_its_transcript_says() {
    let world = World::chained(include_str!("chain.toml"));
    let wrong: Vec<String> = CHAINED
        .iter()
        .filter_map(|(verb, play)| {
            let mut transcript = Transcript::default();
            play(&world, &mut transcript);
            transcript.differs(verb)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_verb_under_rules_says_what_its_transcript_says() {
    let world = World::ruled(include_str!("rules.toml"));
    let wrong: Vec<String> = RULED
        .iter()
        .filter_map(|(verb, play)| {
            let mut transcript = Transcript::default();
            play(&world, &mut transcript);
            transcript.differs(verb)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_verb_says_what_its_transcript_says() {
    let world = World::new(None);
    let wrong: Vec<String> = VERBS
        .iter()
        .filter_map(|(verb, play)| {
            let mut transcript = Transcript::default();
            play(&world, &mut transcript);
            transcript.differs(verb)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
