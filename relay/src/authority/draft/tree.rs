//! The tree of units and the chain of desks: what a draft's members stand to each other.

use estafette_protocol::address::{Desk, Unit};

use super::{AuthorityError, Draft};

/// Most deputies of a desk.
const DEPUTIES_MAX: usize = 4;

impl Draft {
    /// Whether the units are one tree.
    ///
    /// # Errors
    /// [`AuthorityError::UnitCycle`] or [`AuthorityError::TwoHeads`], which name the units, or
    /// [`AuthorityError::UnitUnknown`] for a superior that is none.
    // IDN-14
    pub fn check_tree(&self) -> Result<(), AuthorityError> {
        let mut head: Option<&Unit> = None;
        for unit in &self.units {
            let Some(superior) = &unit.superior else {
                if let Some(head) = head {
                    let (one, other) = (head.clone(), unit.name.clone());
                    return Err(AuthorityError::TwoHeads(one, other));
                }
                head = Some(&unit.name);
                continue;
            };
            self.unit(superior)?;
            let mut way = vec![unit.name.clone()];
            let mut above = Some(superior);
            while let Some(next) = above {
                let met = way.contains(next);
                way.push(next.clone());
                if met {
                    return Err(AuthorityError::UnitCycle(way));
                }
                above = self.unit(next)?.superior.as_ref();
            }
        }
        Ok(())
    }

    /// Puts a unit at the head of the tree, above the one that was.
    ///
    /// # Errors
    /// What is wrong with the tree otherwise.
    pub fn put_at_head(&mut self, unit: &Unit) -> Result<bool, AuthorityError> {
        self.unit(unit)?;
        let is_head = |held: &&mut super::DraftUnit| held.superior.is_none();
        match self.units.iter_mut().find(is_head) {
            Some(head) if head.name == *unit => return Ok(false),
            Some(head) => head.superior = Some(unit.clone()),
            None => {}
        }
        for held in &mut self.units {
            if held.name == *unit {
                held.superior = None;
            }
        }
        self.check_tree()?;
        Ok(true)
    }

    /// Says who stands above a desk and who stands in for it; `None` leaves it as it is.
    ///
    /// # Errors
    /// [`AuthorityError::DeskUnknown`] or [`AuthorityError::StandIn`]; nothing changes then.
    // IDN-39
    pub fn set_desk(
        &mut self,
        desk: &Desk,
        superior: Option<Option<Desk>>,
        deputies: Option<Vec<Desk>>,
    ) -> Result<bool, AuthorityError> {
        let held = self.desk(desk)?;
        let superior = superior.unwrap_or_else(|| held.superior.clone());
        let deputies = deputies.unwrap_or_else(|| held.deputies.clone());
        self.check_stand_ins(desk, superior.as_ref(), &deputies)?;
        let held = self.desks.iter_mut().find(|held| held.name == *desk);
        let held = held.ok_or_else(|| AuthorityError::DeskUnknown(desk.clone()))?;
        let changed = held.superior != superior || held.deputies != deputies;
        (held.superior, held.deputies) = (superior, deputies);
        Ok(changed)
    }

    fn check_stand_ins(
        &self,
        desk: &Desk,
        superior: Option<&Desk>,
        deputies: &[Desk],
    ) -> Result<(), AuthorityError> {
        let refuse = |other: &Desk, role, why| AuthorityError::StandIn {
            desk: desk.clone(),
            other: other.clone(),
            role,
            why,
        };
        for (at, deputy) in deputies.iter().enumerate() {
            self.desk(deputy)?;
            if deputy == desk {
                return Err(refuse(deputy, "deputy", "it is the desk itself"));
            }
            if deputies.iter().take(at).any(|other| other == deputy) {
                return Err(refuse(deputy, "deputy", "it is named twice"));
            }
            if at >= DEPUTIES_MAX {
                return Err(refuse(deputy, "deputy", "a desk has at most 4"));
            }
        }
        let mut above = superior;
        for _ in 0..=self.desks.len() {
            let Some(next) = above else { break };
            let entry = self.desk(next)?;
            if let Some(superior) = superior.filter(|_| next == desk) {
                let why = "the way up would lead back to the desk";
                return Err(refuse(superior, "superior", why));
            }
            above = entry.superior.as_ref();
        }
        Ok(())
    }
}
