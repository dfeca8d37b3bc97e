//! The draft: what the next roster and house will say, in a file that people can read.
//!
//! Decides how a draft is changed and which roster and house it makes. Lists are kept in the order
//! in which they were added and sorted only when they are signed.

use std::path::{Path, PathBuf};

use estafette_protocol::address::{Agency, Desk, Unit};
use estafette_protocol::crypto::{Hash, HopKey, KeyId, VerifyingKey};
use estafette_protocol::encoding::{Bytes, EncodingError, Signed, Text};
use estafette_protocol::format::Catalogue;
use estafette_protocol::house::{House, UnitEntry};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::roster::{DeskEntry, Device, Revocation, Roster, RosterRelay};
use estafette_protocol::time::{DAY_MS, UnixMillis};
use serde::{Deserialize, Serialize};

use super::{AuthorityError, read_file, text};

mod exercises;
mod tree;

pub use exercises::DraftExercise;

const FORMAT: u32 = 1;
const GRACE_DAYS: u64 = 30;
const DEVICE_TEXT_MIN: usize = 8;

/// What is signed next.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    format: u32,
    /// The agency.
    pub agency: Agency,
    /// Hash of its charter 0.
    #[serde(with = "text::hash")]
    pub root: Hash,
    /// For how many days a roster may still be used after its end.
    pub grace_days: u64,
    /// The tree.
    #[serde(default, rename = "unit")]
    pub units: Vec<DraftUnit>,
    /// The relays.
    #[serde(default, rename = "relay")]
    pub relays: Vec<DraftRelay>,
    /// The desks.
    #[serde(default, rename = "desk")]
    pub desks: Vec<DraftDesk>,
    /// Keys that must not be used any more.
    #[serde(default, rename = "revoked")]
    pub revoked: Vec<DraftRevocation>,
    /// The drills.
    #[serde(default, rename = "exercise", skip_serializing_if = "Vec::is_empty")]
    pub exercises: Vec<DraftExercise>,
    /// The encoded rule table of the house, which stands in a file of its own.
    #[serde(skip)]
    pub(super) rules: Bytes,
}

/// A unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftUnit {
    /// Its name.
    pub name: Unit,
    /// The unit above it; absent for the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior: Option<Unit>,
    /// Whether it is a single point of contact.
    #[serde(default)]
    pub gateway: bool,
}

/// A relay.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftRelay {
    /// Its label.
    pub name: String,
    /// Its hop key.
    #[serde(with = "text::hop")]
    pub hop_key: HopKey,
    /// The key that signs its receipts.
    #[serde(with = "text::verifying")]
    pub statement_key: VerifyingKey,
    /// Where it listens.
    pub addresses: Vec<String>,
    /// Its folder, when it is on this machine: where signed objects are published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// A desk.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftDesk {
    /// Its name.
    pub name: Desk,
    /// What it may originate, as `format:precedence`.
    pub formats: Vec<String>,
    /// Whom others may take for its superior.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior: Option<Desk>,
    /// Desks that stand in for it, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deputies: Vec<Desk>,
    /// Its devices.
    #[serde(default, rename = "device")]
    pub devices: Vec<DraftDevice>,
}

/// A device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftDevice {
    /// Its signing key.
    #[serde(with = "text::verifying")]
    pub key: VerifyingKey,
    /// Its hop key.
    #[serde(with = "text::hop")]
    pub hop_key: HopKey,
    /// When it was approved.
    #[serde(with = "text::time")]
    pub enrolled: UnixMillis,
}

/// A key that must not be used any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftRevocation {
    /// Identifier of the key.
    #[serde(with = "text::key_id")]
    pub key: KeyId,
    /// Since when.
    #[serde(with = "text::time")]
    pub at: UnixMillis,
}

/// What the authority has to know of a relay, as the relay's folder states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayCard {
    /// The agency that the relay was made for.
    pub agency: Agency,
    /// Its label.
    pub name: String,
    /// Its hop key.
    #[serde(with = "text::hop")]
    pub hop_key: HopKey,
    /// The key that signs its receipts.
    #[serde(with = "text::verifying")]
    pub statement_key: VerifyingKey,
    /// Where others reach it.
    pub addresses: Vec<String>,
}

impl Draft {
    /// An empty draft.
    #[must_use]
    pub fn new(agency: Agency, root: Hash) -> Self {
        Self {
            format: FORMAT,
            agency,
            root,
            grace_days: GRACE_DAYS,
            units: Vec::new(),
            relays: Vec::new(),
            desks: Vec::new(),
            revoked: Vec::new(),
            exercises: Vec::new(),
            rules: Bytes::default(),
        }
    }

    /// Reads a draft.
    ///
    /// # Errors
    /// When the file can not be read or says something that is not as it should be.
    pub fn load(path: &Path) -> Result<Self, AuthorityError> {
        let bytes = read_file(path)?;
        let refuse = |message: String| AuthorityError::Draft {
            path: path.to_owned(),
            message,
        };
        let text = String::from_utf8(bytes).map_err(|_| refuse("not UTF-8".to_owned()))?;
        let draft: Self = toml::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        if draft.format == FORMAT {
            Ok(draft)
        } else {
            Err(refuse(format!("format {} is not known", draft.format)))
        }
    }

    /// The draft as a file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let body = toml::to_string(self).unwrap_or_default();
        format!("# What `estafette-relay roster sign` signs next. No secret is in here.\n{body}")
    }

    /// A unit's full name, from its label or its full name.
    ///
    /// # Errors
    /// When the name is no address, or another agency's.
    pub fn unit_name(&self, name: &str) -> Result<Unit, AuthorityError> {
        let full = if name.contains('.') {
            name.to_owned()
        } else {
            format!("{name}.{}", self.agency)
        };
        let unit: Option<Unit> = full.parse().ok();
        unit.filter(|unit| unit.agency() == self.agency)
            .ok_or_else(|| self.elsewhere(name))
    }

    /// A desk's full name, from `label@unit` or its full name.
    ///
    /// # Errors
    /// When the name is no address, or another agency's.
    pub fn desk_name(&self, name: &str) -> Result<Desk, AuthorityError> {
        let full = match name.split_once('@') {
            Some((_, unit)) if !unit.contains('.') => format!("{name}.{}", self.agency),
            _ => name.to_owned(),
        };
        let desk: Option<Desk> = full.parse().ok();
        desk.filter(|desk| desk.agency() == self.agency)
            .ok_or_else(|| self.elsewhere(name))
    }

    /// Adds a unit, or changes it; without a superior it is below the head.
    ///
    /// # Errors
    /// When the superior is not in the draft, or is below the unit.
    pub fn add_unit(
        &mut self,
        unit: &Unit,
        superior: Option<&Unit>,
        gateway: bool,
    ) -> Result<bool, AuthorityError> {
        if let Some(superior) = superior {
            self.unit(superior)?;
        }
        if let Some(held) = self.units.iter_mut().find(|held| held.name == *unit) {
            let changed = (gateway && !held.gateway)
                || superior.is_some_and(|superior| held.superior.as_ref() != Some(superior));
            held.gateway |= gateway;
            if let Some(superior) = superior {
                held.superior = Some(superior.clone());
            }
            self.check_tree()?;
            return Ok(changed);
        }
        let head = self.units.iter().find(|unit| unit.superior.is_none());
        let superior = superior.or(head.map(|head| &head.name)).cloned();
        self.units.push(DraftUnit {
            name: unit.clone(),
            superior,
            gateway,
        });
        Ok(true)
    }

    /// Adds a desk, or changes what it may originate.
    ///
    /// # Errors
    /// When its unit is not in the draft, or a format is not known.
    pub fn add_desk(&mut self, desk: &Desk, formats: &[String]) -> Result<bool, AuthorityError> {
        self.unit(&desk.unit())?;
        for format in formats {
            parse_authority(format)?;
        }
        match self.desks.iter_mut().find(|held| held.name == *desk) {
            Some(held) if held.formats == formats => Ok(false),
            Some(held) => {
                held.formats = formats.to_vec();
                Ok(true)
            }
            None => {
                self.desks.push(DraftDesk {
                    name: desk.clone(),
                    formats: formats.to_vec(),
                    superior: None,
                    deputies: Vec::new(),
                    devices: Vec::new(),
                });
                Ok(true)
            }
        }
    }

    /// Adds a relay, or brings its entry up to date.
    pub fn add_relay(&mut self, card: RelayCard, folder: Option<PathBuf>) {
        self.relays
            .retain(|held| held.hop_key != card.hop_key && held.name != card.name);
        self.relays.push(DraftRelay {
            name: card.name,
            hop_key: card.hop_key,
            statement_key: card.statement_key,
            addresses: card.addresses,
            folder,
        });
    }

    /// The entry of a desk.
    ///
    /// # Errors
    /// [`AuthorityError::DeskUnknown`].
    pub fn desk(&self, desk: &Desk) -> Result<&DraftDesk, AuthorityError> {
        let found = self.desks.iter().find(|held| held.name == *desk);
        found.ok_or_else(|| AuthorityError::DeskUnknown(desk.clone()))
    }

    /// Whether a device is in the draft.
    #[must_use]
    pub fn lists(&self, key: &VerifyingKey) -> bool {
        let devices = self.desks.iter().flat_map(|desk| &desk.devices);
        devices.into_iter().any(|device| device.key == *key)
    }

    /// Adds a device to a desk.
    ///
    /// # Errors
    /// [`AuthorityError::DeskUnknown`].
    pub fn add_device(&mut self, desk: &Desk, device: DraftDevice) -> Result<(), AuthorityError> {
        let found = self.desks.iter_mut().find(|held| held.name == *desk);
        let entry = found.ok_or_else(|| AuthorityError::DeskUnknown(desk.clone()))?;
        entry.devices.retain(|held| held.key != device.key);
        entry.devices.push(device);
        Ok(())
    }

    /// Puts a device's new keys in the place of those that it had, and revokes the old ones.
    ///
    /// # Errors
    /// [`AuthorityError::DeviceUnknown`] when the old key is not in the draft.
    // IDN-24
    pub fn replace_device(
        &mut self,
        old: &KeyId,
        device: DraftDevice,
    ) -> Result<Desk, AuthorityError> {
        let (desk, _) = self.revoke(&hex::encode(old.as_slice()), device.enrolled)?;
        self.add_device(&desk, device)?;
        Ok(desk)
    }

    /// The device of a key identifier at a desk.
    #[must_use]
    pub fn device(&self, desk: &Desk, key: &KeyId) -> Option<&DraftDevice> {
        let entry = self.desks.iter().find(|held| held.name == *desk)?;
        entry.devices.iter().find(|held| held.key.id() == *key)
    }

    /// Removes the device whose key, or key identifier, begins with `text`, and revokes its keys.
    ///
    /// # Errors
    /// [`AuthorityError::DeviceUnknown`] unless exactly one fits.
    pub fn revoke(
        &mut self,
        text: &str,
        now: UnixMillis,
    ) -> Result<(Desk, DraftDevice), AuthorityError> {
        let folded: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        let folded = folded.to_ascii_lowercase();
        let fits = |device: &DraftDevice| {
            folded.len() >= DEVICE_TEXT_MIN
                && (hex::encode(device.key.id().as_slice()).starts_with(&folded)
                    || hex::encode(device.key.to_bytes()).starts_with(&folded))
        };
        let found: Vec<(Desk, DraftDevice)> = self
            .desks
            .iter()
            .flat_map(|desk| desk.devices.iter().map(|d| (desk.name.clone(), d.clone())))
            .filter(|(_, device)| fits(device))
            .collect();
        let [(desk, device)] = found.as_slice() else {
            return Err(AuthorityError::DeviceUnknown {
                text: text.to_owned(),
                found: found.len(),
            });
        };
        for entry in &mut self.desks {
            entry.devices.retain(|held| held.key != device.key);
        }
        for key in [device.key.id(), device.hop_key.id()] {
            if !self.revoked.iter().any(|held| held.key == key) {
                self.revoked.push(DraftRevocation { key, at: now });
            }
        }
        Ok((desk.clone(), device.clone()))
    }

    /// The next roster.
    ///
    /// # Errors
    /// [`AuthorityError::NoRelay`], or what breaks a rule.
    pub fn roster(
        &self,
        held: Option<&Signed<Roster>>,
        charter: Hash,
        now: UnixMillis,
        days: u64,
    ) -> Result<Roster, AuthorityError> {
        if self.relays.is_empty() {
            return Err(AuthorityError::NoRelay);
        }
        let gateways = self.units.iter().filter(|unit| unit.gateway);
        let mut gateways: Vec<Unit> = gateways.map(|unit| unit.name.clone()).collect();
        gateways.sort();
        let relays: Result<Vec<_>, _> = self.relays.iter().map(DraftRelay::entry).collect();
        let mut relays = relays?;
        relays.sort_by(|a, b| a.name.cmp(&b.name));
        let desks: Result<Vec<_>, _> = self.desks.iter().map(DraftDesk::entry).collect();
        let mut desks = desks?;
        desks.sort_by(|a, b| a.desk.cmp(&b.desk));
        let revoked = self.revoked.iter().map(|revoked| Revocation {
            key: revoked.key,
            at: revoked.at,
        });
        let mut revoked: Vec<_> = revoked.collect();
        revoked.sort_by_key(|revoked| revoked.key);
        Ok(Roster {
            agency: self.agency.clone(),
            number: held.map_or(1, |held| held.value().number.saturating_add(1)),
            previous: held.map(Signed::hash),
            charter,
            issued: now,
            not_after: now.plus(days.saturating_mul(DAY_MS)),
            grace: self.grace_days.saturating_mul(DAY_MS),
            gateways,
            relays,
            desks,
            revoked,
            exercises: self.roster_exercises()?,
            extensions: Default::default(),
        })
    }

    /// The next house; `None` when the tree is that of the one held and needs no new signature.
    #[must_use]
    pub fn house(
        &self,
        held: Option<&Signed<House>>,
        anew: bool,
        now: UnixMillis,
    ) -> Option<House> {
        let units = self.units.iter().map(|unit| UnitEntry {
            unit: unit.name.clone(),
            superior: unit.superior.clone(),
        });
        let mut units: Vec<_> = units.collect();
        units.sort_by(|a, b| a.unit.cmp(&b.unit));
        let same = |held: &House| held.units == units && held.rules == self.rules;
        if !anew && held.is_some_and(|held| same(held.value())) {
            return None;
        }
        Some(House {
            agency: self.agency.clone(),
            number: held.map_or(1, |held| held.value().number.saturating_add(1)),
            previous: held.map(Signed::hash),
            issued: now,
            units,
            rules: self.rules.clone(),
            extensions: Default::default(),
        })
    }

    fn unit(&self, unit: &Unit) -> Result<&DraftUnit, AuthorityError> {
        let found = self.units.iter().find(|held| held.name == *unit);
        found.ok_or_else(|| AuthorityError::UnitUnknown(unit.clone()))
    }

    fn elsewhere(&self, name: &str) -> AuthorityError {
        AuthorityError::Elsewhere {
            name: name.to_owned(),
            agency: self.agency.clone(),
        }
    }
}

impl DraftRelay {
    fn entry(&self) -> Result<RosterRelay, EncodingError> {
        let addresses: Result<Vec<_>, _> = self.addresses.iter().map(Text::new).collect();
        Ok(RosterRelay {
            name: Text::new(&self.name)?,
            hop_key: self.hop_key,
            statement_key: self.statement_key,
            addresses: addresses?,
        })
    }
}

impl DraftDesk {
    fn entry(&self) -> Result<DeskEntry, AuthorityError> {
        let authorities: Result<Vec<_>, _> =
            self.formats.iter().map(|f| parse_authority(f)).collect();
        let mut authorities = authorities?;
        authorities.sort_by_key(|authority| authority.format);
        let devices = self.devices.iter().map(|device| Device {
            key: device.key,
            hop_key: device.hop_key,
            enrolled: device.enrolled,
        });
        let mut devices: Vec<_> = devices.collect();
        devices.sort_by_key(|device| device.key);
        Ok(DeskEntry {
            desk: self.name.clone(),
            authorities,
            superior: self.superior.clone(),
            deputies: self.deputies.clone(),
            devices,
        })
    }
}

/// Every format at the highest precedence: what a desk may originate unless it is said.
#[must_use]
pub fn every_format() -> Vec<String> {
    every_format_of(Catalogue::built_in())
}

/// As [`every_format`], of a catalogue with formats of one's own.
#[must_use]
pub fn every_format_of(catalogue: &Catalogue) -> Vec<String> {
    let mut formats: Vec<_> = catalogue.formats().iter().collect();
    formats.sort_by_key(|format| format.format);
    formats.dedup_by_key(|format| format.format);
    let all = formats
        .iter()
        .map(|format| format!("{}:flash", format.word));
    all.map(|authority| with_number(&authority, catalogue))
        .collect()
}

/// The authority with the number of its format in place of a word that only `catalogue` knows, so
/// that a draft can be read without the agency's own definitions.
#[must_use]
pub fn with_number(authority: &str, catalogue: &Catalogue) -> String {
    let split = authority.split_once(':');
    let own = split.filter(|(word, _)| Catalogue::built_in().format_by_word(word).is_none());
    let known = own.and_then(|(word, rest)| Some((catalogue.format_by_word(word)?, rest)));
    known.map_or_else(
        || authority.to_owned(),
        |(format, rest)| format!("{}:{rest}", format.format),
    )
}

/// Reads `flag:flash`, or `9:flash` for a format that has no word here.
fn parse_authority(text: &str) -> Result<estafette_protocol::roster::Authority, AuthorityError> {
    let wrong = || AuthorityError::Authority(text.to_owned());
    let (format, precedence) = text.split_once(':').ok_or_else(wrong)?;
    let precedence: Precedence = precedence.parse().map_err(|_| wrong())?;
    let known = Catalogue::built_in().format_by_word(format);
    let number = known.map(|known| known.format).or(format.parse().ok());
    Ok(estafette_protocol::roster::Authority {
        format: number.ok_or_else(wrong)?,
        precedence,
    })
}
