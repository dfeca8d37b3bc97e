//! Rule tables for tests: rows that demand nothing, to be changed where it matters.

use super::WorldError;
use crate::encoding::Text;
use crate::precedence::{Precedence, Status};
use crate::rules::{Copies, Direction, Path, Release, Row, Rules};

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
