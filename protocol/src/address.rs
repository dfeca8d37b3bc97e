//! Names of agencies, units and desks. Spec: identity.md, Addresses.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;

/// Why a text is not an address. Whoever wrote the text is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// A label is empty, longer than 32, or holds something else than `a-z`, `0-9` and inner `-`.
    #[error("a label is 1 to 32 of a-z, 0-9 and inner hyphens")]
    Label,
    /// The part after the last dot is not two letters.
    #[error("an agency ends in a dot and the two letters of its state, such as police.se")]
    State,
    /// Not `label.state`.
    #[error("an agency is label.state, such as police.se")]
    Agency,
    /// Not `label.label.state`.
    #[error("a unit is label.agency, such as spoc.police.se")]
    Unit,
    /// Not `label@unit`.
    #[error("a desk is label@unit, such as duty@spoc.police.se")]
    Desk,
}

macro_rules! address {
    ($(#[$doc:meta])* $name:ident, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(String);

        impl $name {
            /// The address as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = AddressError;
            fn from_str(text: &str) -> Result<Self, AddressError> {
                $check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $check(&text).map_err(serde::de::Error::custom)?;
                Ok(Self(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

address!(
    /// A sovereign body, such as `police.se`.
    Agency, check_agency
);
address!(
    /// A node of an agency's tree, such as `spoc.police.se`.
    Unit, check_unit
);
address!(
    /// A designated point of contact, such as `duty@spoc.police.se`.
    Desk, check_desk
);

impl Unit {
    /// The agency that the unit belongs to.
    #[must_use]
    pub fn agency(&self) -> Agency {
        Agency(after(&self.0, '.').to_owned())
    }
}

impl Desk {
    /// The unit that the desk belongs to.
    #[must_use]
    pub fn unit(&self) -> Unit {
        Unit(after(&self.0, '@').to_owned())
    }

    /// The agency that the desk belongs to.
    #[must_use]
    pub fn agency(&self) -> Agency {
        self.unit().agency()
    }
}

/// Checks a label.
///
/// # Errors
/// [`AddressError::Label`].
pub fn check_label(label: &str) -> Result<(), AddressError> {
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = label.as_bytes();
    let ends = bytes.first().is_some_and(plain) && bytes.last().is_some_and(plain);
    if ends && bytes.len() <= 32 && bytes.iter().all(|b| plain(b) || *b == b'-') {
        Ok(())
    } else {
        Err(AddressError::Label)
    }
}

// IDN-1
fn check_agency(text: &str) -> Result<(), AddressError> {
    let (label, state) = text.split_once('.').ok_or(AddressError::Agency)?;
    check_label(label)?;
    if state.len() == 2 && state.bytes().all(|b| b.is_ascii_lowercase()) {
        Ok(())
    } else {
        Err(AddressError::State)
    }
}

fn check_unit(text: &str) -> Result<(), AddressError> {
    let (label, agency) = text.split_once('.').ok_or(AddressError::Unit)?;
    check_label(label)?;
    check_agency(agency).map_err(|_| AddressError::Unit)
}

fn check_desk(text: &str) -> Result<(), AddressError> {
    let (label, unit) = text.split_once('@').ok_or(AddressError::Desk)?;
    check_label(label)?;
    check_unit(unit).map_err(|_| AddressError::Desk)
}

fn after(text: &str, separator: char) -> &str {
    text.split_once(separator).map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn desk_knows_its_unit_and_agency() {
        let desk: Desk = "duty@spoc.police.se".parse().unwrap();
        assert_eq!(desk.unit().as_str(), "spoc.police.se");
        assert_eq!(desk.agency().as_str(), "police.se");
    }

    #[test]
    fn addresses_off_the_grammar_are_refused() {
        for bad in [
            "",
            "duty",
            "@spoc.police.se",
            "duty@police.se",
            "Duty@spoc.police.se",
            "duty@spoc.police.swe",
            "duty@-spoc.police.se",
            "duty@spoc-.police.se",
            "duty@a.spoc.police.se",
            "duty@spoc.police.se ",
            "dúty@spoc.police.se",
            "duty@@spoc.police.se",
            "duty@spoc..se",
        ] {
            assert!(bad.parse::<Desk>().is_err(), "{bad}");
        }
        let long = format!("{}.se", "a".repeat(33));
        assert_eq!(long.parse::<Agency>(), Err(AddressError::Label));
        assert!(format!("{}.se", "a".repeat(32)).parse::<Agency>().is_ok());
    }
}
