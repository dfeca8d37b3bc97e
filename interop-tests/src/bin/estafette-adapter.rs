//! Our implementation behind the contract of `spec/adapter.md`.
//!
//! Reads one case a line until the end of its input, and answers each with one line. A single case
//! with an operation that is not known ends with 127.

use estafette_interop::vectors;
use estafette_interop::verdict::{Refusal, Verdict};
use serde_json::Value;
use std::io::{BufRead, Result, Write};
use std::process::ExitCode;

fn main() -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let (mut cases, mut unsupported) = (0u64, 0u64);
    for line in std::io::stdin().lock().lines() {
        let verdict = answer(&line?);
        cases = cases.saturating_add(1);
        unsupported = unsupported.saturating_add(u64::from(verdict == Verdict::Unsupported));
        writeln!(out, "{}", verdict.to_json())?;
        out.flush()?;
    }
    Ok(match (cases, unsupported) {
        (1, 1) => ExitCode::from(127),
        _ => ExitCode::SUCCESS,
    })
}

fn answer(line: &str) -> Verdict {
    let Ok(case) = serde_json::from_str::<Value>(line) else {
        return Verdict::Err(Refusal::case("no JSON"));
    };
    let member = |key| case.get(key).unwrap_or(&Value::Null);
    let operation = member("op").as_str().unwrap_or_default();
    vectors::answer(operation, member("shared"), member("in"))
}
