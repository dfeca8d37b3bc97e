//! A message before its judge: who is addressed, in which directions, and who is whose superior.
//! Spec: routing.md, Directions.

use super::{Match, Table, World};
use crate::address::{Agency, Desk, Unit};
use crate::admission::{Refusal, Side};
use crate::code::ErrorCode;
use crate::envelope::{Addressee, Header, Role};
use crate::house::House;
use crate::roster::Roster;
use crate::rules::{Direction, Rules};
use std::collections::BTreeSet;

/// A message with what it is judged by.
pub(super) struct Case<'a, 'w> {
    pub(super) header: &'a Header,
    pub(super) world: &'a World<'w>,
    pub(super) side: Side,
    /// The sender's agency.
    pub(super) home: Agency,
}

impl<'a, 'w> Case<'a, 'w> {
    pub(super) fn new(header: &'a Header, world: &'a World<'w>, side: Side) -> Self {
        Self {
            header,
            world,
            side,
            home: header.sender.agency(),
        }
    }

    // RTE-1, RTE-2
    pub(super) fn matches(&self) -> Result<Vec<Match<'w>>, Refusal> {
        let mut matches = Vec::new();
        if let Some((_, rules)) = self.world.accord {
            self.find(rules, Table::Accord, Direction::CrossBorder, &mut matches)?;
        }
        if let Some((_, rules)) = self.house() {
            for direction in self.directions() {
                self.find(rules, Table::House, direction, &mut matches)?;
            }
        }
        Ok(matches)
    }

    fn find(
        &self,
        rules: &'w Rules,
        table: Table,
        direction: Direction,
        matches: &mut Vec<Match<'w>>,
    ) -> Result<(), Refusal> {
        if rules.rows.is_empty() {
            return Ok(());
        }
        let header = self.header;
        let row = rules.row(header.format, header.precedence, header.status, direction);
        let row = row.ok_or(Refusal::new(ErrorCode::RuleMissing, "RTE-1"))?;
        matches.push(Match {
            table,
            direction,
            row,
        });
        Ok(())
    }

    /// The house that this side judges by: the sender's own agency's, at egress.
    pub(super) fn house(&self) -> Option<(&'w House, &'w Rules)> {
        let own = self.side == Side::Egress && *self.world.own == self.home;
        self.world.house.filter(|_| own)
    }

    fn directions(&self) -> BTreeSet<Direction> {
        let foreign = self.header.accord.map(|_| Direction::CrossBorder);
        let domestic = self.actions().filter(|d| d.agency() == self.home);
        domestic
            .map(|desk| self.direction(desk))
            .chain(foreign)
            .collect()
    }

    fn direction(&self, desk: &Desk) -> Direction {
        let (own, other) = (self.header.sender.unit(), desk.unit());
        let Some((house, _)) = self.house() else {
            return Direction::Lateral;
        };
        if house.superiors(&own).contains(&&other) {
            Direction::Up
        } else if house.superiors(&other).contains(&&own) {
            Direction::Down
        } else {
            Direction::Lateral
        }
    }

    /// Desks that must act.
    pub(super) fn actions(&self) -> impl Iterator<Item = &'a Desk> {
        let actions = self.header.addressees.iter();
        actions.filter(|a| a.role == Role::Action).map(|a| &a.desk)
    }

    /// Desks that must act, of a row's direction.
    pub(super) fn actions_of(&self, direction: Direction) -> impl Iterator<Item = &'a Desk> {
        self.actions().filter(move |desk| match direction {
            Direction::CrossBorder => desk.agency() != self.home,
            domestic => desk.agency() == self.home && self.direction(desk) == domestic,
        })
    }

    /// Whether an addressee that acts or is informed fits.
    pub(super) fn informs(&self, fits: impl Fn(&Desk) -> bool) -> bool {
        let told = |a: &Addressee| a.role != Role::Standby && fits(&a.desk);
        self.header.addressees.iter().any(told)
    }

    /// Whether a desk takes part in the message's exercise, if it is one.
    pub(super) fn takes_part(&self, roster: &Roster, desk: &Desk) -> bool {
        let Some(id) = &self.header.exercise else {
            return true;
        };
        let exercise = roster.exercise(id);
        exercise.is_some_and(|exercise| exercise.participants.binary_search(desk).is_ok())
    }

    /// Whether a roster lists a desk that fits, of those that take part (RTE-11).
    pub(super) fn is_there(&self, roster: &Roster, fits: impl Fn(&Desk) -> bool) -> bool {
        let mut desks = roster.desks.iter().map(|entry| &entry.desk);
        desks.any(|desk| fits(desk) && self.takes_part(roster, desk))
    }

    // RTE-21
    pub(super) fn roster(&self, agency: &Agency) -> Option<&'w Roster> {
        self.world.rosters.get(agency).copied()
    }

    /// The roster of the sender's agency.
    pub(super) fn home_roster(&self) -> Option<&'w Roster> {
        self.roster(&self.home)
    }

    pub(super) fn is_gateway_desk(&self, desk: &Desk) -> bool {
        let roster = self.roster(&desk.agency());
        roster.is_some_and(|roster| roster.is_gateway_desk(desk))
    }

    /// The agencies of the addressees other than the sender's.
    pub(super) fn foreign_agencies(&self) -> BTreeSet<Agency> {
        self.header.agencies().filter(|a| *a != self.home).collect()
    }

    /// The unit above a desk of the sender's agency, as far as this side can know it.
    pub(super) fn superior_unit(&self, desk: &Desk) -> Option<Unit> {
        let entry = self.home_roster().and_then(|roster| roster.desk(desk));
        if let Some(shown) = entry.and_then(|entry| entry.superior.as_ref()) {
            return Some(shown.unit());
        }
        let (house, _) = self.house()?;
        house.unit(&desk.unit())?.superior.clone()
    }

    /// The units between the sender's and a desk's; across a border, all above the sender's.
    pub(super) fn way(&self, to: &Desk) -> Vec<Unit> {
        let Some((house, _)) = self.house() else {
            return Vec::new();
        };
        let (from, to_unit) = (self.header.sender.unit(), to.unit());
        if to.agency() != self.home {
            return house.superiors(&from).into_iter().cloned().collect();
        }
        let chain = |unit| -> Vec<&Unit> {
            let above = house.superiors(unit);
            std::iter::once(unit).chain(above).collect()
        };
        let (up, down) = (chain(&from), chain(&to_unit));
        // From each end up to where the chains meet, which is on the way itself.
        let Some(meet) = up.iter().find(|unit| down.contains(unit)).copied() else {
            return Vec::new();
        };
        let below = |chain: &[&Unit]| -> Vec<Unit> {
            let below = chain.iter().take_while(|unit| **unit != meet);
            below.map(|unit| (*unit).clone()).collect()
        };
        let mut way = below(&up);
        way.extend(below(&down));
        way.push(meet.clone());
        way.retain(|unit| *unit != from && *unit != to_unit);
        way
    }
}
