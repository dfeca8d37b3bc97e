//! What a device adds before it seals: copies, standbys, releasers, deadlines. Spec: routing.md,
//! Planning.

use super::case::Case;
use super::{Match, World, decide, release, row};
use crate::address::{Agency, Desk, Unit};
use crate::admission::{Refusal, Side};
use crate::code::ErrorCode;
use crate::envelope::{Addressee, Header, Role};
use crate::roster::Roster;
use crate::rules::Copies;
use crate::time::UnixMillis;
use std::collections::BTreeMap;

/// What the rules make of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Everybody who is to be addressed, sorted by desk.
    pub addressees: Vec<Addressee>,
    /// Who was added, by which rule and why, in the order in which they were.
    pub added: Vec<Added>,
    /// The names of the rows that match, the accord's first.
    pub rows: Vec<String>,
    /// The shortest `acknowledge_within` of draft and rows, in milliseconds.
    pub acknowledge_within: Option<u64>,
    /// The shortest `answer_within` of draft and rows, in milliseconds.
    pub answer_within: Option<u64>,
    /// The longest lifetime that the rows allow, in milliseconds.
    pub lifetime: Option<u64>,
    /// Who must release the message before it goes; empty when nobody.
    pub releasers: Vec<Desk>,
    /// How long it may be held for that, in milliseconds.
    pub release_within: Option<u64>,
}

/// An addressee that a rule added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The desk.
    pub desk: Desk,
    /// Its role.
    pub role: Role,
    /// Why.
    pub reason: Reason,
    /// The row that demands it; empty for a task force.
    pub row: String,
}

/// Why an addressee was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A member of the task force (TSK-3).
    Member,
    /// A copy (RTE-7 to RTE-10).
    Copy(Copies),
    /// A desk that silence leads to (RTE-14).
    Standby,
    /// A desk that may release the message (REL-1).
    Releaser,
}

impl Reason {
    /// Identifier of the rule.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Member => "TSK-3",
            Self::Copy(Copies::Superior) => "RTE-7",
            Self::Copy(Copies::Skipped) => "RTE-8",
            Self::Copy(Copies::OwnGateway) => "RTE-9",
            Self::Copy(Copies::PeerGateway) => "RTE-10",
            Self::Standby => "RTE-14",
            Self::Releaser => "REL-1",
        }
    }
}

/// Plans a draft: a header whose addressees are whom its officer wants, and whose sealed parts are
/// still empty. `world` holds the rosters of all addressed agencies.
///
/// # Errors
/// The clause that no plan can meet. Whoever drafted it is at fault.
pub fn plan(draft: &Header, world: &World<'_>, now: UnixMillis) -> Result<Plan, Refusal> {
    let mut planner = Planner {
        header: draft.clone(),
        added: Vec::new(),
        world,
    };
    planner.members();
    let rows = Case::new(&planner.header, world, Side::Egress).matches()?;
    for one in &rows {
        planner.copies(one);
    }
    for one in &rows {
        planner.releasers(one);
    }
    for one in &rows {
        planner.standbys(one);
    }
    let shortest = |own: Option<u64>, of: fn(&Match<'_>) -> Option<u64>| {
        own.into_iter().chain(rows.iter().filter_map(of)).min()
    };
    let acknowledge_within = shortest(draft.acknowledge_within, |one| one.row.acknowledge_within);
    let answer_within = shortest(draft.answer_within, |one| one.row.answer_within);
    planner.header.acknowledge_within = acknowledge_within;
    planner.header.answer_within = answer_within;
    planner.check(now)?;
    planner.prune(now);
    let Planner { header, added, .. } = planner;
    let case = Case::new(&header, world, Side::Egress);
    Ok(Plan {
        releasers: release::addressed_releasers(&case, &rows),
        release_within: shortest(None, |one| one.row.release_within),
        lifetime: shortest(None, |one| one.row.lifetime),
        rows: rows
            .iter()
            .map(|one| one.row.name.as_str().to_owned())
            .collect(),
        addressees: header.addressees.clone(),
        acknowledge_within,
        answer_within,
        added,
    })
}

struct Planner<'a, 'w> {
    header: Header,
    added: Vec<Added>,
    world: &'a World<'w>,
}

impl Planner<'_, '_> {
    // TSK-3
    fn members(&mut self) {
        let task_force = self.header.task_force.as_ref().and_then(|name| {
            let (_, rules) = self.world.accord?;
            rules.task_force(name)
        });
        let members = task_force.map_or_else(Vec::new, |t| t.members.clone());
        for desk in members {
            if desk != self.header.sender {
                self.add(desk, Role::Action, Reason::Member, "");
            }
        }
    }

    fn copies(&mut self, one: &Match<'_>) {
        let case = Case::new(&self.header, self.world, Side::Egress);
        let mut units: Vec<(Copies, Unit)> = Vec::new();
        let mut gateways: Vec<(Copies, Agency)> = Vec::new();
        let waived = self.header.exception.is_some();
        for copy in one
            .row
            .copies
            .iter()
            .filter(|c| !waived || **c == Copies::PeerGateway)
        {
            match copy {
                Copies::Superior => {
                    let superior = case.superior_unit(&self.header.sender);
                    units.extend(superior.map(|unit| (*copy, unit)));
                }
                Copies::Skipped => {
                    let skipped = row::skipped(&case, one);
                    units.extend(skipped.into_iter().map(|unit| (*copy, unit)));
                }
                Copies::OwnGateway if case.is_gateway_desk(&self.header.sender) => {}
                Copies::OwnGateway => gateways.push((*copy, case.home.clone())),
                Copies::PeerGateway => {
                    let foreign = case.foreign_agencies().into_iter();
                    gateways.extend(foreign.map(|agency| (*copy, agency)));
                }
            }
        }
        let sender = self.header.sender.unit();
        let home = self.header.sender.agency();
        for (copy, unit) in units {
            if unit != sender {
                self.inform(&home, copy, one, |roster, desk| {
                    desk.unit() == unit && roster.desk(desk).is_some()
                });
            }
        }
        for (copy, agency) in gateways {
            self.inform(&agency, copy, one, Roster::is_gateway_desk);
        }
    }

    /// Informs one desk of an agency that fits, unless one of them is informed already.
    fn inform(
        &mut self,
        agency: &Agency,
        copy: Copies,
        one: &Match<'_>,
        fits: impl Fn(&Roster, &Desk) -> bool,
    ) {
        let Some(roster) = self.world.rosters.get(agency) else {
            return;
        };
        let mut told = self
            .header
            .addressees
            .iter()
            .filter(|a| a.role != Role::Standby);
        if told.any(|a| fits(roster, &a.desk)) {
            return;
        }
        if let Some(desk) = self.first(roster, |desk| fits(roster, desk)) {
            self.add(desk, Role::Info, Reason::Copy(copy), one.row.name.as_str());
        }
    }

    // RTE-31
    fn first(&self, roster: &Roster, fits: impl Fn(&Desk) -> bool) -> Option<Desk> {
        let case = Case::new(&self.header, self.world, Side::Egress);
        let there = |desk: &Desk| fits(desk) && case.takes_part(roster, desk);
        let entries = || roster.desks.iter().filter(|entry| there(&entry.desk));
        let staffed = entries().find(|entry| !entry.devices.is_empty());
        staffed
            .or_else(|| entries().next())
            .map(|entry| entry.desk.clone())
    }

    // REL-1: the superior first, then the gateway, then whoever may.
    fn releasers(&mut self, one: &Match<'_>) {
        loop {
            let case = Case::new(&self.header, self.world, Side::Egress);
            if release::wanted(&case, one.row.release) == 0 {
                return;
            }
            let Some(roster) = case.home_roster() else {
                return;
            };
            let may = |desk: &Desk| {
                release::may_release(&case, one.row.release, desk)
                    && !case.informs(|other| other == desk)
            };
            let superior = case.superior_unit(&self.header.sender);
            let above = |desk: &Desk| may(desk) && Some(desk.unit()) == superior;
            let gateway = |desk: &Desk| may(desk) && roster.is_gateway_desk(desk);
            let found = self
                .first(roster, above)
                .or_else(|| self.first(roster, gateway))
                .or_else(|| self.first(roster, may));
            let Some(desk) = found else { return };
            self.add(desk, Role::Info, Reason::Releaser, one.row.name.as_str());
        }
    }

    // RTE-14
    fn standbys(&mut self, one: &Match<'_>) {
        let case = Case::new(&self.header, self.world, Side::Egress);
        let actions: Vec<Desk> = case.actions_of(one.direction).cloned().collect();
        for step in &one.row.escalation {
            for desk in &actions {
                let Some(roster) = self.world.rosters.get(&desk.agency()).copied() else {
                    continue;
                };
                let case = Case::new(&self.header, self.world, Side::Egress);
                let leads = row::led_to(&case, roster, desk, step.to);
                if leads.iter().any(|d| self.header.is_addressed(d)) {
                    continue;
                }
                if let Some(desk) = self.first_of(roster, &leads) {
                    self.add(desk, Role::Standby, Reason::Standby, one.row.name.as_str());
                }
            }
        }
    }

    /// The first of these desks, in their order, that has a device; else the first.
    fn first_of(&self, roster: &Roster, desks: &[Desk]) -> Option<Desk> {
        let one = |desk: &Desk| self.first(roster, |other| other == desk);
        let staffed = |desk: &Desk| roster.desk(desk).is_some_and(|e| !e.devices.is_empty());
        let mut all = desks.iter().filter_map(one);
        let first = all.next()?;
        if staffed(&first) {
            return Some(first);
        }
        all.find(staffed).or(Some(first))
    }

    fn add(&mut self, desk: Desk, role: Role, reason: Reason, row: &str) {
        let addressees = &mut self.header.addressees;
        match addressees.binary_search_by(|a| a.desk.cmp(&desk)) {
            Ok(at) => {
                // A standby who is to be informed is informed.
                if let Some(held) = addressees.get_mut(at).filter(|held| role < held.role) {
                    held.role = role;
                } else {
                    return;
                }
            }
            Err(at) => addressees.insert(
                at,
                Addressee {
                    desk: desk.clone(),
                    role,
                },
            ),
        }
        let row = row.to_owned();
        self.added.push(Added {
            desk,
            role,
            reason,
            row,
        });
    }

    /// Takes back whom a later addition has made needless.
    // RTE-30
    fn prune(&mut self, now: UnixMillis) {
        let mut at = 0;
        while let Some(added) = self.added.get(at) {
            let mut without = Planner {
                header: self.header.clone(),
                added: Vec::new(),
                world: self.world,
            };
            let wanted = &mut without.header.addressees;
            wanted.retain(|addressee| addressee.desk != added.desk);
            if without.check(now).is_ok() {
                self.header = without.header;
                self.added.remove(at);
            } else {
                at = at.saturating_add(1);
            }
        }
    }

    // RTE-30
    fn check(&self, now: UnixMillis) -> Result<(), Refusal> {
        let home = self.header.sender.agency();
        decide(&self.header, &[], self.world, Side::Egress, now)?;
        let foreign: std::collections::BTreeSet<Agency> = self
            .header
            .agencies()
            .filter(|agency| *agency != home)
            .collect();
        for agency in &foreign {
            let rosters = self.world.rosters.iter();
            let rosters: BTreeMap<Agency, &Roster> = rosters
                .filter(|(of, _)| **of == home || *of == agency)
                .map(|(of, roster)| (of.clone(), *roster))
                .collect();
            let world = World {
                own: agency,
                rosters: &rosters,
                house: None,
                known: &BTreeMap::new(),
                ..*self.world
            };
            match decide(&self.header, &[], &world, Side::Ingress, now) {
                // The releases are still to come.
                Err(refusal) if refusal.code != ErrorCode::ReleaseMissing => return Err(refusal),
                _ => {}
            }
        }
        Ok(())
    }
}
