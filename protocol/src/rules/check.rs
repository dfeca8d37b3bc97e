//! What a rule table must not say: overlap, rows that nothing matches, demands that cannot hold
//! together. Spec: routing.md RTE-41 to RTE-47.

use super::{Copies, Direction, Path, Release, Row, Rules};
use crate::accord::Accord;
use crate::encoding::Text;
use crate::marking::Marking;
use crate::precedence::{Precedence, Status};
use std::fmt;

/// Fewest addressees that a row of emergency flags may allow: the way of a deep tree fits.
const FLAG_ADDRESSEES_MIN: u8 = 16;
/// Shortest body that it may allow: the sealed length of the longest flag.
const FLAG_BODY_BYTES_MIN: u32 = 1_040;

/// The format of emergency flags.
const FLAG: u16 = 1;

/// One thing that is wrong with a table. Whoever wrote it is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The row or task force; empty for the whole table.
    pub of: Text,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// RTE-41: this row matches some of the same messages.
    Overlap(Text),
    /// RTE-42: no message can match it.
    Unreachable(Reason),
    /// RTE-43: it demands what cannot hold together.
    Contradiction(Reason),
    /// RTE-44: it stands in the way of an emergency flag.
    Emergency(Reason),
    /// RTE-45: a member is of no party.
    TaskForce(Reason),
    /// RTE-46: the annex is laxer than its framework.
    Annex(Reason),
}

/// Why a table breaks a rule, and what whoever wrote it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// What is wrong.
    pub why: &'static str,
    /// What to do, in words of the table's human form.
    pub remedy: &'static str,
}

impl Reason {
    pub(super) const fn new(why: &'static str, remedy: &'static str) -> Self {
        Self { why, remedy }
    }
}

impl FaultKind {
    /// Identifier of the rule that is broken.
    #[must_use]
    pub const fn clause(&self) -> &'static str {
        match self {
            Self::Overlap(_) => "RTE-41",
            Self::Unreachable(_) => "RTE-42",
            Self::Contradiction(_) => "RTE-43",
            Self::Emergency(_) => "RTE-44",
            Self::TaskForce(_) => "RTE-45",
            Self::Annex(_) => "RTE-46",
        }
    }
}

impl Fault {
    /// What to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match &self.kind {
            FaultKind::Overlap(_) => {
                "take a format, precedence, status or direction out of one of the two"
            }
            FaultKind::Unreachable(reason)
            | FaultKind::Contradiction(reason)
            | FaultKind::Emergency(reason)
            | FaultKind::TaskForce(reason)
            | FaultKind::Annex(reason) => reason.remedy,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.of.as_str().is_empty() {
            write!(f, "{}: ", self.of.as_str())?;
        }
        match &self.kind {
            FaultKind::Overlap(other) => {
                write!(f, "matches some of the same messages as {}", other.as_str())?;
            }
            FaultKind::Unreachable(reason)
            | FaultKind::Contradiction(reason)
            | FaultKind::Emergency(reason)
            | FaultKind::TaskForce(reason)
            | FaultKind::Annex(reason) => f.write_str(reason.why)?,
        }
        write!(f, " ({})", self.kind.clause())
    }
}

/// Everything that is wrong with the table of an accord; `framework` is the accord and table that
/// an annex names.
#[must_use]
pub fn check_accord(
    rules: &Rules,
    accord: &Accord,
    framework: Option<(&Accord, &Rules)>,
) -> Vec<Fault> {
    let mut faults = check_rows(rules);
    for row in &rules.rows {
        let mut add = |kind| faults.push(fault(&row.name, kind));
        if row.directions != [Direction::CrossBorder] {
            add(FaultKind::Unreachable(Reason::new(
                "an accord's rows are for cross-border alone",
                "leave directions out, or say [\"cross-border\"]; rows for within belong into the house",
            )));
        }
        let listed = |format: &u16| accord.formats.iter().any(|f| f.format == *format);
        if !row.formats.iter().all(listed) {
            add(FaultKind::Unreachable(Reason::new(
                "it names a format that the accord does not list",
                "list the format in the accord, or leave it out of the row",
            )));
        }
        if row.lifetime.is_some_and(|ms| ms > accord.lifetime) {
            add(FaultKind::Contradiction(Reason::new(
                "its lifetime is above the accord's",
                "shorten lifetime, or raise lifetime-days of the accord",
            )));
        }
        if !is_tighter(row.ceiling.as_deref(), &accord.ceiling) {
            add(FaultKind::Contradiction(Reason::new(
                "its ceiling is above the accord's",
                "lower the row's ceiling, or raise the accord's",
            )));
        }
    }
    for task_force in &rules.task_forces {
        if !accord.binds(
            &task_force
                .members
                .iter()
                .map(|d| d.agency())
                .collect::<Vec<_>>(),
        ) {
            let why = Reason::new(
                "a member is no desk of a party",
                "leave the member out, or make its agency a party",
            );
            faults.push(fault(&task_force.name, FaultKind::TaskForce(why)));
        }
    }
    if let Some((framework, base)) = framework {
        faults.extend(super::annex::check((accord, rules), (framework, base)));
    }
    faults
}

/// Everything that is wrong with the table of a house.
#[must_use]
pub fn check_house(rules: &Rules) -> Vec<Fault> {
    let mut faults = check_rows(rules);
    if rules.framework.is_some() || !rules.task_forces.is_empty() {
        let why = Reason::new(
            "a house has neither a framework nor task forces",
            "put them into an accord",
        );
        faults.push(fault(&Text::default(), FaultKind::Unreachable(why)));
    }
    faults
}

pub(super) fn fault(of: &Text, kind: FaultKind) -> Fault {
    let of = of.clone();
    Fault { of, kind }
}

fn check_rows(rules: &Rules) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, row) in rules.rows.iter().enumerate() {
        // RTE-41
        for other in rules.rows.iter().skip(at.saturating_add(1)) {
            if overlaps(row, other) {
                faults.push(fault(&row.name, FaultKind::Overlap(other.name.clone())));
            }
        }
        let kinds = contradictions(row).map(FaultKind::Contradiction);
        faults.extend(kinds.map(|kind| fault(&row.name, kind)));
        let kinds = emergency(row).map(FaultKind::Emergency);
        faults.extend(kinds.map(|kind| fault(&row.name, kind)));
    }
    faults
}

/// Whether two rows have a combination in common.
pub(super) fn overlaps(one: &Row, other: &Row) -> bool {
    one.formats.iter().any(|f| other.formats.contains(f))
        && one
            .precedences
            .iter()
            .any(|p| other.precedences.contains(p))
        && one.statuses.iter().any(|s| other.statuses.contains(s))
        && one.directions.iter().any(|d| other.directions.contains(d))
}

// RTE-43
fn contradictions(row: &Row) -> impl Iterator<Item = Reason> {
    let crosses = row.directions.contains(&Direction::CrossBorder);
    let stays = row.directions.iter().any(|d| *d != Direction::CrossBorder);
    let by_gateways = matches!(row.path, Path::ToGateway | Path::BetweenGateways);
    let home = [Copies::Superior, Copies::Skipped, Copies::OwnGateway];
    let earliest = row.escalation.first().map(|step| step.after);
    let shorter = |one: Option<u64>, other: Option<u64>| {
        one.zip(other).is_some_and(|(one, other)| one < other)
    };
    [
        (
            crosses && row.path == Path::ByLevel,
            Reason::new(
"by-level cannot cross a border", "say path = \"direct\", \"to-gateway\" or \"between-gateways\""),
        ),
        (
            stays && by_gateways,
            Reason::new(
"a path by gateways is for cross-border alone", "say path = \"direct\" or \"by-level\", or directions = [\"cross-border\"]"),
        ),
        (
            stays && row.copies.contains(&Copies::PeerGateway),
            Reason::new(
"peer-gateway is for cross-border alone", "take peer-gateway out of copies, or say directions = [\"cross-border\"]"),
        ),
        (
            earliest.is_some() && row.acknowledge_within.is_none(),
            Reason::new(
"it escalates and has no acknowledge-within", "say acknowledge-within, no later than the first step, or leave escalation out"),
        ),
        (
            shorter(earliest, row.acknowledge_within),
            Reason::new(
"it escalates before its acknowledge-within is over", "let the first step be at or after acknowledge-within"),
        ),
        (
            shorter(row.answer_within, row.acknowledge_within),
            Reason::new(
"its answer-within is shorter than its acknowledge-within", "shorten acknowledge-within, or lengthen answer-within"),
        ),
        (
            row.release_within.is_some() && row.release == Release::None,
            Reason::new(
"it has a release-within and no release", "say release = \"superior\", \"gateway\" or \"two-person\", or leave release-within out"),
        ),
        (
            !row.exceptions.is_empty() && !row.copies.iter().any(|copy| home.contains(copy)),
            Reason::new(
"it has exceptions and no copies at home that they could waive", "copy superior, skipped or own-gateway, or leave exceptions out"),
        ),
    ]
    .into_iter()
    .filter_map(|(wrong, why)| wrong.then_some(why))
}

// RTE-44
fn emergency(row: &Row) -> impl Iterator<Item = Reason> {
    let matches = row.formats.contains(&FLAG)
        && row.precedences.contains(&Precedence::Flash)
        && row.statuses.contains(&Status::Actual);
    let crosses = row.directions.contains(&Direction::CrossBorder);
    let copies = |copy| row.copies.contains(&copy);
    [
        (
            row.path != Path::Direct,
            Reason::new(
                "an emergency flag goes straight: its path is direct",
                "say path = \"direct\", or take flash or actual out of the row",
            ),
        ),
        (
            row.release != Release::None,
            Reason::new(
                "an emergency flag waits for no release",
                "leave release out, or take flash or actual out of the row",
            ),
        ),
        (
            !copies(Copies::Skipped) || !copies(Copies::OwnGateway),
            Reason::new(
                "an emergency flag informs skipped and own-gateway",
                "add skipped and own-gateway to copies",
            ),
        ),
        (
            crosses && !copies(Copies::PeerGateway),
            Reason::new(
                "an emergency flag across a border informs peer-gateway",
                "add peer-gateway to copies",
            ),
        ),
        (
            !row.exceptions.is_empty(),
            Reason::new(
                "an emergency flag informs them without exception",
                "leave exceptions out, or take flash or actual out of the row",
            ),
        ),
        (
            row.addressees
                .is_some_and(|most| most < FLAG_ADDRESSEES_MIN)
                || row
                    .body_bytes
                    .is_some_and(|most| most < FLAG_BODY_BYTES_MIN),
            Reason::new(
                "an emergency flag has room for whom it informs and for what it says",
                "allow 16 addressees and 1,040 bytes of body, or more",
            ),
        ),
    ]
    .into_iter()
    .filter_map(move |(wrong, why)| (matches && wrong).then_some(why))
}

/// Whether a row's own ceiling, where it has one, stays within another.
pub(super) fn is_tighter(own: Option<&[Marking]>, ceiling: &[Marking]) -> bool {
    own.is_none_or(|own| own.iter().all(|marking| marking.is_within(ceiling)))
}
