//! `roster set-desk`: who stands above a desk, and who stands in for it.

use clap::Args;
use serde_json::json;

use crate::authority::Authority;
use crate::cli::AuthorityFolder;
use crate::output::{Failure, Output};

/// Says who stands above a desk and who stands in for it. What is not named stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Others see this in the roster: it is where silence leads, by the rows of an accord or house.
Examples:
  estafette-relay roster set-desk duty@north --superior duty@spoc --deputy night@north
  estafette-relay roster set-desk duty@north --no-deputy")]
pub(in crate::cli) struct SetDesk {
    /// The desk: label@unit, or its full name.
    desk: String,
    /// The desk above it.
    #[arg(long, value_name = "DESK")]
    superior: Option<String>,
    /// No desk is above it.
    #[arg(long, conflicts_with = "superior")]
    no_superior: bool,
    /// A desk that stands in for it; repeat for several, the first one first.
    #[arg(long = "deputy", value_name = "DESK")]
    deputies: Vec<String>,
    /// No desk stands in for it.
    #[arg(long, conflicts_with = "deputies")]
    no_deputy: bool,
    #[command(flatten)]
    authority: AuthorityFolder,
}

impl SetDesk {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let dir = &self.authority.authority;
        let mut authority = Authority::open(dir)?;
        let draft = authority.draft_mut();
        let desk = draft.desk_name(&self.desk)?;
        let superior = match &self.superior {
            Some(name) => Some(Some(draft.desk_name(name)?)),
            None => self.no_superior.then_some(None),
        };
        let deputies: Result<Vec<_>, _> =
            self.deputies.iter().map(|d| draft.desk_name(d)).collect();
        let said = self.no_deputy || !self.deputies.is_empty();
        let changed = draft.set_desk(&desk, superior, said.then_some(deputies?))?;
        let entry = draft.desk(&desk)?.clone();
        authority.save()?;
        let value = json!({
            "kind": "desk",
            "name": desk,
            "changed": changed,
            "superior": entry.superior,
            "deputies": entry.deputies,
        });
        let mut lines = super::drafted_line("desk", &desk.to_string(), changed);
        lines.push_str(&super::show::stand_ins(&entry));
        output.result("draft", value, lines);
        super::sign_next(output, dir, changed);
        Ok(())
    }
}
