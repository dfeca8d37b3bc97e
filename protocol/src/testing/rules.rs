//! Rule tables and houses for tests: rows that demand nothing, to be changed where it matters.

use super::{TestDevice, WorldError};
use crate::address::{Agency, Unit};
use crate::encoding::{Extensions, Text};
use crate::house::{House, UnitEntry};
use crate::precedence::{Precedence, Status};
use crate::rules::{Copies, Direction, Path, Release, Row, Rules};
use crate::time::UnixMillis;
use std::collections::BTreeSet;

/// A rule across the border that demands nothing, for these formats at every precedence.
///
/// # Errors
/// When the name is too long for a text.
pub fn plain_row(name: &str, formats: &[u16]) -> Result<Row, WorldError> {
    Ok(Row {
        name: Text::new(name).map_err(|_| WorldError)?,
        formats: formats.to_vec(),
        precedences: Precedence::ALL.to_vec(),
        statuses: Status::ALL.to_vec(),
        directions: vec![Direction::CrossBorder],
        path: Path::Direct,
        release: Release::None,
        // RTE-44
        copies: vec![Copies::Skipped, Copies::OwnGateway, Copies::PeerGateway],
        acknowledge_within: None,
        answer_within: None,
        escalation: vec![],
        release_within: None,
        exceptions: vec![],
        ceiling: None,
        lifetime: None,
        addressees: None,
        body_bytes: None,
        rate: None,
    })
}

/// Rules of these rows and nothing else.
#[must_use]
pub fn rules(mut rows: Vec<Row>) -> Rules {
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Rules {
        rows,
        ..Rules::default()
    }
}

/// The units of an agency's desks: one called `hq` above all others, or else its gateway.
pub(super) fn house(
    agency: &Agency,
    gateway: &Unit,
    devices: &[TestDevice],
    rules: &Rules,
    now: UnixMillis,
) -> Result<House, WorldError> {
    let mut units: BTreeSet<Unit> = devices.iter().map(|device| device.desk.unit()).collect();
    units.insert(gateway.clone());
    let head = units.iter().find(|unit| unit.as_str().starts_with("hq."));
    let head = head.unwrap_or(gateway).clone();
    let units = units.into_iter().map(|unit| UnitEntry {
        superior: (unit != head).then(|| head.clone()),
        unit,
    });
    Ok(House {
        agency: agency.clone(),
        number: 1,
        previous: None,
        issued: now,
        units: units.collect(),
        rules: rules.to_bytes().map_err(|_| WorldError)?,
        extensions: Extensions::default(),
    })
}
