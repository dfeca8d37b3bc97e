//! What errors of rule tables, units, desks and exercises mean for the person at the keyboard.

use super::signing;
use crate::authority::AuthorityError;
use crate::output::{Exit, Failure};

pub(super) fn failure(what: &str, error: AuthorityError) -> Failure {
    let unchanged = "Nothing was signed or changed.";
    match error {
        AuthorityError::Table(error) => {
            let why = format!("{} {unchanged}", sentence(&error.remedy));
            let next = format!("correct line {} of {}", error.line, error.path.display());
            Failure::new("rules-malformed", what, why, next).with_exit(Exit::Usage)
        }
        AuthorityError::RulesInvalid { .. } => Failure::new(
            "rules-invalid",
            what,
            "Every relay would refuse it. Nothing was signed or changed.",
            "estafette-relay accord check FILE.toml, or house check FILE.toml, names each fault",
        )
        .with_exit(Exit::Refused),
        AuthorityError::FrameworkMissing { .. } => Failure::new(
            "framework-missing",
            what,
            "An annex is judged by the accord that it tightens. Nothing was signed.",
            "estafette-relay accord new --rules FILE.toml --framework FRAMEWORK.accord",
        )
        .with_exit(Exit::Refused),
        AuthorityError::UnitCycle(_) => Failure::new(
            "units-lead-round",
            what,
            format!("From every unit the way up ends at the one head. {unchanged}"),
            "estafette-relay roster add-unit UNIT --superior ANOTHER, or --head",
        )
        .with_exit(Exit::Refused),
        AuthorityError::TwoHeads(_, other) => Failure::new(
            "second-head",
            what,
            format!("A house has one head. {unchanged}"),
            format!("estafette-relay roster add-unit {other} --superior UNIT"),
        )
        .with_exit(Exit::Refused),
        AuthorityError::StandIn { desk, .. } => Failure::new(
            "stand-in-refused",
            what,
            unchanged,
            format!("estafette-relay roster set-desk {desk} --superior DESK --deputy DESK"),
        )
        .with_exit(Exit::Refused),
        AuthorityError::ExerciseUnknown(_) => Failure::new(
            "exercise-unknown",
            what,
            unchanged,
            "estafette-relay roster show",
        )
        .with_exit(Exit::Unknown),
        AuthorityError::Exercise { .. } => Failure::new(
            "exercise-refused",
            what,
            unchanged,
            "estafette-relay roster show",
        )
        .with_exit(Exit::Refused),
        error => signing(what, error),
    }
}

/// A remark as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    let end = if text.ends_with(['.', '?']) { "" } else { "." };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}
