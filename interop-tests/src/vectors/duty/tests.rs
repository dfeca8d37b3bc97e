use super::file;
use crate::conform::files::tests;
use std::collections::BTreeSet;

#[test]
fn every_rule_that_bytes_can_show_has_a_case() {
    let file = file();
    let cited: BTreeSet<&str> = tests(&file)
        .flat_map(|test| test["req"].as_array().unwrap())
        .filter_map(|rule| rule.as_str())
        .collect();
    // DTY-9 is about holdings, DTY-12, DTY-14 and DTY-15 about what devices do.
    for number in [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13] {
        assert!(
            cited.contains(format!("DTY-{number}").as_str()),
            "DTY-{number}"
        );
    }
    let words: BTreeSet<&str> = tests(&file)
        .filter_map(|test| test["out"]["staffing"].as_str())
        .collect();
    assert_eq!(words.len(), 4, "{words:?}");
}
