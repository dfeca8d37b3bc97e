//! The targets themselves: they take their seeds, and a little noise, without instrumentation.

use super::*;

#[test]
fn every_target_takes_its_seeds() {
    for (name, run, seeds) in TARGETS {
        let seeds = seeds();
        assert!(!seeds.is_empty(), "{name}");
        seeds.iter().for_each(|seed| run(seed));
    }
}

#[test]
fn every_target_takes_noise() {
    for (name, run, _) in TARGETS {
        for number in 0..20 {
            run(&noise(&format!("{name} {number}"), 200));
        }
        run(&[]);
    }
}

#[test]
fn every_target_has_a_binary_of_its_name() {
    let manifest = include_str!("../Cargo.toml");
    let named: Vec<&str> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/"))
        .filter_map(|line| line.strip_suffix(".rs\""))
        .collect();
    let names: Vec<&str> = TARGETS.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(named, names);
}
