//! What the rules make of a draft: who is added and why, who must let it go, and by when.
//!
//! The plan itself is [`estafette_protocol::routing::plan`]. This module gives it the facts that
//! this device holds and keeps what a person wants to know of the outcome: the rows, and what of
//! the writer's own words they change.

use super::Draft;
use crate::account::Account;
use estafette_protocol::accord::Accord;
use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::admission::{Refusal, Side};
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Signed;
use estafette_protocol::envelope::Header;
use estafette_protocol::roster::Roster;
use estafette_protocol::routing::{self, Added, Known, Match, Table, World};
use estafette_protocol::rules::{Direction, Row, Rules};
use estafette_protocol::time::UnixMillis;
use std::collections::BTreeMap;

/// What the rules made of a draft; nothing where there are none.
#[derive(Debug, Clone, Default)]
pub struct Ruling {
    /// The rows that match, the accord's first.
    pub rows: Vec<Applied>,
    /// Who was added, by which rule and why.
    pub added: Vec<Added>,
    /// Who must release the message before it goes; empty when nobody.
    pub releasers: Vec<Desk>,
    /// How long it may be held for that, in milliseconds.
    pub release_within: Option<u64>,
    /// The longest lifetime that the rows allow, in milliseconds.
    pub lifetime: Option<u64>,
    /// Deadlines that are shorter than the writer wanted.
    pub tightened: Vec<Tightened>,
}

/// A row that a message is judged by.
#[derive(Debug, Clone)]
pub struct Applied {
    /// Whose table it is of.
    pub table: Table,
    /// The direction for which it was found.
    pub direction: Direction,
    /// The row.
    pub row: Row,
}

/// What a deadline is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// RTE-12.
    Acknowledge,
    /// RTE-13.
    Answer,
}

/// A deadline that a row makes shorter than its writer wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tightened {
    /// Which.
    pub clock: Clock,
    /// As its writer wanted it, in milliseconds.
    pub wanted: u64,
    /// As it is, in milliseconds.
    pub within: u64,
    /// Name of the row.
    pub row: String,
}

impl Clock {
    /// Identifier of the rule.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Acknowledge => "RTE-12",
            Self::Answer => "RTE-13",
        }
    }

    /// What the row of a table says of it, in milliseconds.
    #[must_use]
    pub const fn of(self, row: &Row) -> Option<u64> {
        match self {
            Self::Acknowledge => row.acknowledge_within,
            Self::Answer => row.answer_within,
        }
    }
}

impl Applied {
    /// Whose table it is of, as people and JSON see it.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        match self.table {
            Table::Accord => "accord",
            Table::House => "house",
        }
    }

    fn of(one: &Match<'_>) -> Self {
        Self {
            table: one.table,
            direction: one.direction,
            row: one.row.clone(),
        }
    }
}

/// What this device judges a message by.
#[derive(Debug)]
pub struct Facts<'a> {
    account: &'a Account,
    accord: Option<(&'a Accord, &'a Rules)>,
    rosters: BTreeMap<Agency, &'a Roster>,
    known: BTreeMap<Hash, Known>,
    // Only the relay counts what it has accepted.
    sent: BTreeMap<(Table, String), u32>,
}

impl<'a> Facts<'a> {
    /// The facts for a header.
    #[must_use]
    pub fn of(
        account: &'a Account,
        header: &Header,
        known: BTreeMap<Hash, Known>,
        now: UnixMillis,
    ) -> Self {
        let directory = &account.directory;
        let accord = header.accord.as_ref().and_then(|hash| {
            let (signed, _) = directory.accord_by_hash(hash, now).ok()?;
            Some((signed.value(), directory.accord_rules(hash)?))
        });
        let agencies = header.rosters.iter().map(|roster| roster.agency.clone());
        let agencies = agencies.chain([header.sender.agency()]);
        let rosters = agencies.filter_map(|agency| {
            let roster = directory.newest_roster(&agency).map(Signed::value)?;
            Some((agency, roster))
        });
        Self {
            account,
            accord,
            rosters: rosters.collect(),
            known,
            sent: BTreeMap::new(),
        }
    }

    /// The world in which the message is judged.
    #[must_use]
    pub fn world(&self) -> World<'_> {
        self.world_of(self.account.directory.own())
    }

    /// The world in which an agency judges it; of another's house nothing is known here.
    #[must_use]
    pub fn world_of<'w>(&'w self, agency: &'w Agency) -> World<'w> {
        let directory = &self.account.directory;
        let is_own = agency == directory.own();
        World {
            own: agency,
            accord: self.accord,
            rosters: &self.rosters,
            house: directory.house_with_rules().filter(|_| is_own),
            known: &self.known,
            sent: &self.sent,
        }
    }
}

/// Plans a draft by the rules: adds to its header whom and what they demand.
///
/// # Errors
/// The clause that no plan can meet.
pub(super) fn rule(
    header: &mut Header,
    draft: &Draft,
    facts: &Facts<'_>,
    now: UnixMillis,
) -> Result<Ruling, Refusal> {
    let world = facts.world();
    // A forward is judged once it is sealed, by the grants (HND-2).
    let encloses = std::mem::take(&mut header.encloses);
    shorten(header, draft, &world);
    let planned = routing::plan(header, &world, now);
    header.encloses = encloses;
    let plan = planned?;
    header.addressees = plan.addressees;
    header.acknowledge_within = plan.acknowledge_within;
    header.answer_within = plan.answer_within;
    let rows = routing::matches(header, &world, Side::Egress)?;
    let rows: Vec<Applied> = rows.iter().map(Applied::of).collect();
    Ok(Ruling {
        tightened: tightened(draft, &rows),
        rows,
        added: plan.added,
        releasers: plan.releasers,
        release_within: plan.release_within,
        lifetime: plan.lifetime,
    })
}

/// A lifetime that nobody asked for is no longer than the rows allow (RTE-16).
fn shorten(header: &mut Header, draft: &Draft, world: &World<'_>) {
    if draft.lifetime.is_some() {
        return;
    }
    let rows = routing::matches(header, world, Side::Egress).unwrap_or_default();
    let longest = rows.iter().filter_map(|one| one.row.lifetime).min();
    if let Some(longest) = longest {
        header.expires = header.expires.min(header.created.plus(longest));
    }
}

fn tightened(draft: &Draft, rows: &[Applied]) -> Vec<Tightened> {
    let wanted = [
        (Clock::Acknowledge, draft.acknowledge_within),
        (Clock::Answer, draft.answer_within),
    ];
    let wanted = wanted.into_iter();
    wanted
        .filter_map(|(clock, wanted)| {
            let wanted = wanted?;
            let shorter = rows.iter().filter_map(|one| {
                let within = clock.of(&one.row).filter(|within| *within < wanted)?;
                Some((within, one.row.name.as_str().to_owned()))
            });
            let (within, row) = shorter.min()?;
            Some(Tightened {
                clock,
                wanted,
                within,
                row,
            })
        })
        .collect()
}

/// What `estafette route` takes to show the rules for a draft.
pub(super) fn command(account: &Account, draft: &Draft) -> String {
    let form = &draft.form;
    let format = account.catalogue.format(form.format, form.version);
    let word = format.map_or_else(|| form.format.to_string(), |f| f.word.clone());
    let mut words = vec![word];
    let lists = [("--to", &draft.action), ("--info", &draft.info)];
    for (option, desks) in lists.into_iter().filter(|(_, desks)| !desks.is_empty()) {
        let desks: Vec<&str> = desks.iter().map(Desk::as_str).collect();
        words.extend([option.to_owned(), desks.join(",")]);
    }
    words.extend([
        "--precedence".to_owned(),
        draft.precedence.word().to_owned(),
    ]);
    words.join(" ")
}
