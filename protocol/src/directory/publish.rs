//! What one holds, and what another may see of it and lacks. Spec: session.md SES-11, SES-12.

use super::devices::suspension_name;
use super::duty::duty_name;
use super::{Directory, Held};
use crate::accord::Accord;
use crate::address::Agency;
use crate::charter::Charter;
use crate::crypto::KeyId;
use crate::duty::{Duty, Entry};
use crate::encoding::Object;
use crate::encoding::Text;
pub use crate::frame::Holding;
use crate::house::House;
use crate::prekey::PrekeyBundle;
use crate::roster::Roster;
use crate::rotation::Rotation;
use crate::suspension::Suspension;
use crate::time::UnixMillis;
use data_encoding::HEXLOWER;
use std::collections::BTreeSet;

/// Holdings that a hello has room for.
const HOLDINGS_MAX: usize = 8_192;

/// To whom something is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// A device of the own agency.
    Device,
    /// A relay of another agency.
    Peer(Agency),
}

/// A held object about to be published.
struct Item<'a> {
    holding: Holding,
    bytes: &'a [u8],
}

impl Directory {
    /// Everything held, newest of each kind and name, as a device tells its own relay.
    #[must_use]
    pub fn holdings(&self) -> Vec<Holding> {
        let all: BTreeSet<_> = self.charters.keys().collect();
        let newest = self.charters.iter().filter_map(|(agency, chain)| {
            let held = chain.last()?;
            Some(item(held, agency.as_str(), held.value().number.into()))
        });
        // One that waits for a signature may come again with it (ACC-10).
        let accords = self.accords.iter().filter_map(|(name, shelf)| {
            let mut complete = shelf.iter().rev();
            let (number, entry) = complete.find(|(_, entry)| entry.complete_since.is_some())?;
            Some(item(&entry.held, name, (*number).into()))
        });
        let house = self.house.iter().map(|held| {
            let house = held.value();
            item(held, house.agency.as_str(), house.number)
        });
        newest
            .chain(accords)
            .chain(house)
            .chain(self.of_agencies(&all, None))
            .map(|item| item.holding)
            .take(HOLDINGS_MAX)
            .collect()
    }

    /// What is held of one agency, without accords: what a relay tells that agency's relay, or,
    /// of its own agency, a device. Other agencies are nobody's business there.
    #[must_use]
    pub fn holdings_of(&self, agency: &Agency) -> Vec<Holding> {
        let newest = self.charters.get(agency).and_then(|chain| chain.last());
        let charter = newest.map(|held| item(held, agency.as_str(), held.value().number.into()));
        charter
            .into_iter()
            .chain(self.of_agencies(&BTreeSet::from([agency]), None))
            .map(|item| item.holding)
            .take(HOLDINGS_MAX)
            .collect()
    }

    /// What `audience` may see and, by its holdings, lacks, in an order in which it can verify
    /// each: own charters, accords, other charters, rosters, suspensions, duties, prekeys.
    // SES-11, SES-12
    #[must_use]
    pub fn lacking(&self, theirs: &[Holding], audience: &Audience, now: UnixMillis) -> Vec<&[u8]> {
        let theirs: std::collections::BTreeMap<(u8, &str), &Holding> = theirs
            .iter()
            .map(|holding| ((holding.kind, holding.name.as_str()), holding))
            .collect();
        let lacks = |item: &Item<'_>| {
            let held = theirs.get(&(item.holding.kind, item.holding.name.as_str()));
            held.is_none_or(|held| {
                let ours = &item.holding;
                held.number < ours.number || (held.number == ours.number && held.hash != ours.hash)
            })
        };
        let items = self.visible(audience, now);
        items.filter(lacks).map(|item| item.bytes).collect()
    }

    /// What `audience` may see at `now`, newest of each kind and name: what it holds once it was
    /// sent everything that it lacked. What it may see later is not among them.
    #[must_use]
    pub fn shown(&self, audience: &Audience, now: UnixMillis) -> Vec<Holding> {
        let mut newest = std::collections::BTreeMap::new();
        for Item { holding, .. } in self.visible(audience, now) {
            // Charters and accords of one name come in ascending order.
            newest.insert((holding.kind, holding.name.clone()), holding);
        }
        newest.into_values().collect()
    }

    /// The bytes of the newest object of a kind and name, to be published.
    #[must_use]
    pub fn object(&self, kind: u8, name: &str) -> Option<&[u8]> {
        let agency = || name.parse::<Agency>().ok();
        let bytes = match kind {
            Charter::KIND => &self.charters.get(&agency()?)?.last()?.bytes,
            Roster::KIND => &self.rosters.get(&agency()?)?.newest.bytes,
            House::KIND => {
                let house = self.house.as_ref()?;
                (house.value().agency.as_str() == name).then_some(&house.bytes)?
            }
            Accord::KIND => {
                let (_, entry) = self.accords.get(name)?.last_key_value()?;
                &entry.held.bytes
            }
            PrekeyBundle::KIND => &self.prekeys.get(&key_id(name)?)?.newest.bytes,
            Suspension::KIND => {
                let (key, agency) = name.split_once('@')?;
                let place = (key_id(key)?, agency.parse().ok()?);
                &self.suspensions.get(&place)?.bytes
            }
            Rotation::KIND => &self.rotations.get(&key_id(name)?)?.bytes,
            Duty::KIND => {
                let (desk, entry) = name.split_once('/')?;
                let tag = Entry::WORDS.iter().position(|word| *word == entry)?;
                let place = (desk.parse().ok()?, u8::try_from(tag).ok()?);
                &self.duties.get(&place)?.bytes
            }
            _ => return None,
        };
        Some(bytes)
    }

    /// The bytes of every charter of an agency, from charter 0.
    pub fn charter_chain(&self, agency: &Agency) -> impl Iterator<Item = &[u8]> {
        let chain = self.charters.get(agency).into_iter().flatten();
        chain.map(|held| held.bytes.as_slice())
    }

    // SES-12; rotations are never among them, nor is the house for another agency (IDN-15).
    fn visible<'a>(
        &'a self,
        audience: &Audience,
        now: UnixMillis,
    ) -> impl Iterator<Item = Item<'a>> {
        let mut parties = self.parties(now);
        let mut accords = Vec::new();
        let agencies: BTreeSet<&Agency> = match audience {
            Audience::Device => {
                // SES-11: a framework before its annexes.
                let mut held: Vec<_> = self.accords_to_publish(now).collect();
                held.sort_by_key(|held| self.is_annex(&held.hash()));
                accords.extend(held.into_iter().map(|held| {
                    let accord = held.value();
                    item(held, accord.name.as_str(), accord.number.into())
                }));
                let to_come = self.accords_to_publish(now);
                parties.extend(to_come.flat_map(|held| {
                    let parties = held.value().parties.iter();
                    parties.map(|party| party.agency.clone())
                }));
                let held = self.charters.keys();
                held.filter(|a| parties.contains(*a) || **a == self.own)
                    .collect()
            }
            // ACC-7
            Audience::Peer(peer) if parties.contains(peer) => BTreeSet::from([&self.own]),
            Audience::Peer(_) => BTreeSet::new(),
        };
        let (own, others): (Vec<_>, Vec<_>) =
            agencies.iter().copied().partition(|a| **a == self.own);
        let own = own.into_iter().flat_map(|agency| self.chain_items(agency));
        let others = others
            .into_iter()
            .flat_map(|agency| self.chain_items(agency));
        let rest: Vec<_> = self.of_agencies(&agencies, Some(now)).collect();
        let house = self
            .house
            .as_ref()
            .filter(|_| *audience == Audience::Device);
        let house = house.map(|held| {
            let house = held.value();
            item(held, house.agency.as_str(), house.number)
        });
        own.chain(accords).chain(others).chain(house).chain(rest)
    }

    /// Every charter, since each is needed to verify the next (IDN-5).
    fn chain_items<'a>(&'a self, agency: &'a Agency) -> impl Iterator<Item = Item<'a>> {
        let chain = self.charters.get(agency).into_iter().flatten();
        chain.map(|held| item(held, agency.as_str(), held.value().number.into()))
    }

    /// Newest rosters, suspensions, prekeys of the devices that they list, and duties; with a time, only
    /// suspensions that have not lapsed.
    fn of_agencies<'a>(
        &'a self,
        agencies: &BTreeSet<&Agency>,
        now: Option<UnixMillis>,
    ) -> impl Iterator<Item = Item<'a>> {
        let rosters = self.rosters.iter().map(|(agency, shelf)| {
            let roster = &shelf.newest;
            item(roster, agency.as_str(), roster.value().number)
        });
        let suspensions = self.suspensions.iter().filter(|((_, agency), held)| {
            agencies.contains(agency) && now.is_none_or(|now| held.value().is_in_force(now))
        });
        let suspensions = suspensions.map(|((key, agency), held)| {
            let name = suspension_name(key, agency);
            item(held, &name, held.value().at.0)
        });
        let prekeys = self.prekeys.iter().filter(|(key, shelf)| {
            let roster = self.newest_roster(&shelf.agency);
            let entry = roster.and_then(|r| r.value().desk(&shelf.newest.value().desk));
            agencies.contains(&shelf.agency) && entry.is_some_and(|e| e.device(key).is_some())
        });
        let prekeys = prekeys.map(|(key, shelf)| {
            let name = HEXLOWER.encode(key.as_slice());
            item(&shelf.newest, &name, shelf.newest.value().issued.0)
        });
        let rosters: Vec<_> = rosters
            .filter(|item| {
                agencies
                    .iter()
                    .any(|a| a.as_str() == item.holding.name.as_str())
            })
            .collect();
        let duties = self.duties.iter();
        let duties = duties.filter(|((desk, _), _)| agencies.contains(&desk.agency()));
        let duties = duties.map(|(_, held)| {
            let duty = held.value();
            item(held, &duty_name(duty), duty.issued.0)
        });
        let suspensions: Vec<_> = suspensions.collect();
        // SES-11: however many duties there are, nobody waits for prekeys on their account.
        let rest: Vec<_> = prekeys.chain(duties).collect();
        rosters.into_iter().chain(suspensions).chain(rest)
    }
}

fn item<'a, T: Object>(held: &'a Held<T>, name: &str, number: u64) -> Item<'a> {
    Item {
        holding: Holding {
            kind: T::KIND,
            // Names are addresses, accord names or hexadecimal: none holds U+0000.
            name: Text::new(name).unwrap_or_default(),
            number,
            hash: held.hash(),
        },
        bytes: &held.bytes,
    }
}

fn key_id(name: &str) -> Option<KeyId> {
    let bytes = HEXLOWER.decode(name.as_bytes()).ok()?;
    Some(crate::encoding::FixedBytes(bytes.try_into().ok()?))
}
