//! Random cases of the rules, put to an adapter and to this implementation: where two that know
//! only the text differ, the text is at fault. Spec: routing.md.

use super::adapter::{Adapter, Answered};
use crate::vectors::routing::{answer, random};
use crate::verdict::Verdict;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Result, Write};

/// How many differences are shown whole.
const SHOWN_MAX: usize = 5;

/// Puts `cases` random cases of a seed to both, and says whether they agree on all.
///
/// # Errors
/// When the adapter cannot be started or nothing can be written.
pub fn run(seed: u64, cases: u64, adapter: &mut Adapter, out: &mut impl Write) -> Result<bool> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut differences = 0_usize;
    for number in 0..cases {
        let input = random::case(seed, number);
        let ours = answer("routing-decide", &Value::Null, &input);
        *counts.entry(word(&ours)).or_default() += 1;
        let case = json!({
            "op": "routing-decide",
            "id": format!("random/{seed}/{number}"),
            "shared": {},
            "in": input,
        });
        let theirs = adapter.ask(&case)?;
        if theirs != Answered::Verdict(ours.clone()) {
            differences = differences.saturating_add(1);
            if differences <= SHOWN_MAX {
                writeln!(out, "differ    {case}")?;
                writeln!(out, "  ours    {}", ours.to_json())?;
                writeln!(out, "  theirs  {theirs:?}")?;
            }
        }
    }
    for (word, count) in &counts {
        writeln!(out, "{word:9} {count}")?;
    }
    writeln!(
        out,
        "{cases} random cases of seed {seed}, {differences} differ"
    )?;
    Ok(differences == 0)
}

/// What was said: a verdict, or the clause of a refusal.
fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Ok(out) => out["verdict"].as_str().unwrap_or_default().to_owned(),
        Verdict::Err(refusal) => refusal.reason.clone(),
        Verdict::Unsupported => "unsupported".to_owned(),
    }
}
