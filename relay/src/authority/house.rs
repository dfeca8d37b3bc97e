//! The domestic rule table: set, judged, and signed with the next house.
//!
//! Decides where the table of the draft stands and that none is set or signed that contradicts
//! itself. Units are the draft's. Spec: routing.md, Human form.

use estafette_protocol::encoding::Signed;
use estafette_protocol::format::Catalogue;
use estafette_protocol::house::House;
use estafette_protocol::rules::{Rules, check_house};

use super::table::{self, Head, Holder, RuleFile};
use super::{Authority, AuthorityError};
use crate::key_file;

/// The table of the draft.
const FILE: &str = "house.toml";

impl Authority {
    /// The newest house, once there is one.
    #[must_use]
    pub const fn house(&self) -> Option<&Signed<House>> {
        self.house.as_ref()
    }

    /// The domestic rule table that is signed next: the one set last, else that of the house held.
    ///
    /// # Errors
    /// When the file is not as it should be.
    pub fn draft_rules(&self) -> Result<Rules, AuthorityError> {
        let path = self.dir.join(FILE);
        if path.exists() {
            let file = RuleFile::load(&path, Holder::House, Catalogue::built_in())?;
            return Ok(file.rules);
        }
        let held = self.house.as_ref();
        Ok(held.map_or_else(|| Ok(Rules::default()), |held| held.value().rules())?)
    }

    /// Sets the domestic rule table that is signed next; one without rows takes it away.
    ///
    /// # Errors
    /// As [`Authority::check_house`], or when the file can not be written; nothing changes then.
    pub fn set_rules(&self, rules: &Rules) -> Result<(), AuthorityError> {
        self.check_house(rules)?;
        // By numbers where a word is of the agency's own: the draft reads without its definitions.
        let table = table::to_toml(
            rules,
            &Head::default(),
            Holder::House,
            Catalogue::built_in(),
        );
        let text =
            format!("# What `estafette-relay house set` took, signed by `roster sign`.\n{table}");
        Ok(key_file::replace(&self.dir.join(FILE), text.as_bytes())?)
    }

    /// Judges a domestic rule table and the tree of the draft.
    ///
    /// # Errors
    /// [`AuthorityError::RulesInvalid`], or what is wrong with the tree.
    // RTE-47
    pub fn check_house(&self, rules: &Rules) -> Result<(), AuthorityError> {
        self.draft.check_tree()?;
        let faults = check_house(rules);
        match faults.is_empty() {
            true => Ok(()),
            false => Err(AuthorityError::RulesInvalid {
                name: format!("the house of {}", self.agency()),
                faults,
            }),
        }
    }

    /// Takes the rule table that was set last into the draft, to be signed.
    // RTE-47
    pub(super) fn take_rules(&mut self) -> Result<(), AuthorityError> {
        let rules = self.draft_rules()?;
        self.check_house(&rules)?;
        self.draft.rules = rules.to_bytes()?;
        Ok(())
    }
}
