//! Whether a relay takes an envelope: the rules of `spec/envelope.md`, Admission, in their order.
//!
//! A pure function of the envelope, the directory and `now`. Egress and ingress judge alone, by
//! what each holds. What was seen before (ADM-20 to ADM-22) and disk space (ADM-24) are the
//! relay's to judge.

use crate::accord::Accord;
use crate::address::{Agency, Desk};
use crate::code::{ErrorCode, Note};
use crate::crypto::{Hash, KeyId, VerifyingKey};
use crate::directory::{Directory, SUPERSEDED_MS, Standing};
use crate::encoding::Signed;
use crate::envelope::{Parsed, RosterNumber, Wrap};
use crate::prekey::PrekeyBundle;
use crate::roster::{Device, Roster};
use crate::routing::{Known, Table, World};
use crate::statement::Judged;
use crate::time::{MINUTE_MS, UnixMillis};
use std::collections::BTreeMap;

/// Which of the two relays judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The sender's relay.
    Egress,
    /// The relay of an addressed agency.
    Ingress,
}

/// Why an envelope is not taken: a registered code and the rule that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} ({clause})", .code.word())]
pub struct Refusal {
    /// What the sender is told.
    pub code: ErrorCode,
    /// Identifier of the rule.
    pub clause: &'static str,
}

impl Refusal {
    /// A refusal under a rule.
    #[must_use]
    pub const fn new(code: ErrorCode, clause: &'static str) -> Self {
        Self { code, clause }
    }
}

/// Furthest that `created` may be ahead of the relay's clock, in milliseconds.
pub const CLOCK_AHEAD_MAX_MS: u64 = 5 * MINUTE_MS;

impl Admitted<'_> {
    /// The world in which [`crate::routing::decide`] judges what was admitted.
    #[must_use]
    pub fn world<'w>(
        &'w self,
        directory: &'w Directory,
        known: &'w BTreeMap<Hash, Known>,
        sent: &'w BTreeMap<(Table, String), u32>,
    ) -> World<'w> {
        let accord = self.accord.and_then(|signed| {
            let rules = directory.accord_rules(&signed.hash())?;
            Some((signed.value(), rules))
        });
        World {
            own: directory.own(),
            accord,
            rosters: &self.rosters,
            house: directory.house_with_rules(),
            known,
            sent,
        }
    }
}

/// What a judgement is made of.
struct Court<'a> {
    parsed: &'a Parsed,
    directory: &'a Directory,
    own: &'a Agency,
    side: Side,
    now: UnixMillis,
    notes: Vec<Note>,
}

/// What admission found, and judged by.
#[derive(Debug, Clone)]
pub struct Admitted<'a> {
    /// For the receipt.
    pub judged: Judged,
    /// The accord that the header names.
    pub accord: Option<&'a Signed<Accord>>,
    /// The rosters of the sender's agency and of the addressed ones that this side judges by.
    pub rosters: BTreeMap<Agency, &'a Roster>,
}

/// Judges an envelope; what it lets pass is for [`crate::routing::decide`] (ADM-28).
///
/// `is_signed` says whether the envelope's signature is good under a key; it is
/// [`Parsed::verify`], or the remembered outcome of having called it.
///
/// # Errors
/// The first rule that fails.
pub fn judge<'a>(
    parsed: &'a Parsed,
    directory: &'a Directory,
    own: &'a Agency,
    side: Side,
    now: UnixMillis,
    is_signed: impl Fn(&VerifyingKey) -> bool,
) -> Result<Admitted<'a>, Refusal> {
    let mut court = Court {
        parsed,
        directory,
        own,
        side,
        now,
        notes: Vec::new(),
    };
    let header = parsed.header();
    // ADM-2
    demand(header.suite == 1, ErrorCode::SuiteUnknown, "ADM-2")?;
    let sender_roster = court.sender_roster()?;
    let device = court.sender_device(sender_roster)?;
    // ADM-6
    demand(is_signed(&device.key), ErrorCode::SignatureInvalid, "ADM-6")?;
    // ADM-7
    let ahead = header.created.since(now);
    demand(
        ahead <= CLOCK_AHEAD_MAX_MS,
        ErrorCode::CreatedInFuture,
        "ADM-7",
    )?;
    // ADM-8
    demand(now < header.expires, ErrorCode::Expired, "ADM-8")?;
    let accord = court.accord()?;
    let rosters = court.addressed_rosters(sender_roster)?;
    court.desks(&rosters)?;
    court.terms(accord.map(Signed::value), sender_roster)?;
    court.wraps(&rosters)?;
    let judged = court.judged(sender_roster, &rosters);
    Ok(Admitted {
        judged,
        accord,
        rosters,
    })
}

fn demand(holds: bool, code: ErrorCode, clause: &'static str) -> Result<(), Refusal> {
    if holds {
        Ok(())
    } else {
        Err(Refusal::new(code, clause))
    }
}

impl<'a> Court<'a> {
    // ADM-3, and ADM-11 for the sender's roster.
    fn sender_roster(&mut self) -> Result<&'a Roster, Refusal> {
        let header = self.parsed.header();
        let agency = header.sender.agency();
        demand(
            self.directory.newest_roster(&agency).is_some(),
            ErrorCode::SenderUnknown,
            "ADM-3",
        )?;
        let named = self.directory.roster_by_hash(&header.roster, self.now);
        let (signed, standing) = named.or_else(|code| self.stand_in(&agency, code))?;
        let roster = signed.value();
        demand(roster.agency == agency, ErrorCode::SenderUnknown, "ADM-3")?;
        demand(
            roster.desk(&header.sender).is_some(),
            ErrorCode::SenderUnknown,
            "ADM-3",
        )?;
        self.notes.extend(standing.roster_note());
        Ok(roster)
    }

    /// The newest roster, for a deferred message that outlived the one it names.
    // ADM-26
    fn stand_in(
        &self,
        agency: &Agency,
        code: ErrorCode,
    ) -> Result<(&'a Signed<Roster>, Standing), Refusal> {
        let newest = self.directory.newest_roster(agency);
        let newest = newest.filter(|roster| self.now <= roster.value().usable_until());
        match newest.filter(|_| self.outlives_rosters()) {
            Some(roster) => Ok((roster, Standing::Superseded)),
            None => Err(Refusal::new(code, "ADM-11")),
        }
    }

    fn outlives_rosters(&self) -> bool {
        let header = self.parsed.header();
        header.not_before.is_some() && self.now > header.created.plus(SUPERSEDED_MS)
    }

    // ADM-4, ADM-5
    fn sender_device(&self, roster: &'a Roster) -> Result<&'a Device, Refusal> {
        let header = self.parsed.header();
        let device = roster
            .desk(&header.sender)
            .and_then(|desk| desk.device(&header.sender_key));
        let device = device.ok_or(Refusal::new(ErrorCode::DeviceUnknown, "ADM-4"))?;
        let barred = self
            .directory
            .is_barred(&roster.agency, &header.sender_key, self.now);
        demand(!barred, ErrorCode::DeviceSuspended, "ADM-5")?;
        Ok(device)
    }

    // ADM-9, ADM-10
    fn accord(&mut self) -> Result<Option<&'a Signed<Accord>>, Refusal> {
        let header = self.parsed.header();
        let Some(hash) = &header.accord else {
            return Ok(None);
        };
        let named = self.directory.accord_by_hash(hash, self.now);
        let (signed, standing) = named.map_err(|code| Refusal::new(code, "ADM-9"))?;
        let accord = signed.value();
        self.notes.extend(standing.accord_note());
        let bound = accord.party(&header.sender.agency()).is_some()
            && header
                .agencies()
                .all(|agency| accord.party(&agency).is_some());
        demand(bound, ErrorCode::NotAParty, "ADM-10")?;
        Ok(Some(signed))
    }

    // ADM-11: the rosters this side judges by, the sender's own included.
    fn addressed_rosters(
        &mut self,
        sender: &'a Roster,
    ) -> Result<BTreeMap<Agency, &'a Roster>, Refusal> {
        let mut rosters = BTreeMap::from([(sender.agency.clone(), sender)]);
        for RosterNumber { agency, number } in &self.parsed.header().rosters {
            if self.side == Side::Ingress && agency != self.own {
                continue;
            }
            let named = self.directory.roster_by_number(agency, *number, self.now);
            let named = named.or_else(|code| match code {
                // A number above the newest held has yet to come.
                ErrorCode::RosterMissing => Err(Refusal::new(code, "ADM-11")),
                code => self.stand_in(agency, code),
            });
            let (signed, standing) = named?;
            self.notes.extend(standing.roster_note());
            rosters.insert(agency.clone(), signed.value());
        }
        Ok(rosters)
    }

    // ADM-12
    fn desks(&self, rosters: &BTreeMap<Agency, &Roster>) -> Result<(), Refusal> {
        for addressee in &self.parsed.header().addressees {
            let agency = addressee.desk.agency();
            if self.side == Side::Ingress && agency != *self.own {
                continue;
            }
            let known = rosters
                .get(&agency)
                .is_some_and(|r| r.desk(&addressee.desk).is_some());
            demand(known, ErrorCode::DeskUnknown, "ADM-12")?;
        }
        Ok(())
    }

    // ADM-13 to ADM-16; within one agency ADM-14 alone (ADM-23)
    fn terms(&self, accord: Option<&Accord>, sender: &Roster) -> Result<(), Refusal> {
        let header = self.parsed.header();
        let (format, version) = (header.format, header.format_version);
        if let Some(accord) = accord {
            let mut formats = accord.formats.iter();
            let accepted = formats.any(|f| (f.format, f.version) == (format, version));
            demand(accepted, ErrorCode::FormatNotAccepted, "ADM-13")?;
        }
        let desk = sender.desk(&header.sender);
        let may = desk.is_some_and(|desk| desk.may_originate(format, header.precedence));
        demand(may, ErrorCode::AuthorityMissing, "ADM-14")?;
        let Some(accord) = accord else { return Ok(()) };
        let within = header
            .marking
            .iter()
            .all(|marking| marking.is_within(&accord.ceiling));
        demand(within, ErrorCode::MarkingAboveCeiling, "ADM-15")?;
        let lifetime = header.expires.since(header.created);
        demand(
            lifetime <= accord.lifetime,
            ErrorCode::LifetimeTooLong,
            "ADM-16",
        )
    }

    // ADM-17 to ADM-19
    fn wraps(&mut self, rosters: &BTreeMap<Agency, &Roster>) -> Result<(), Refusal> {
        let header = self.parsed.header();
        let Some(roster) = rosters.get(self.own) else {
            return Ok(());
        };
        let wraps = &self.parsed.envelope().wraps;
        for wrap in wraps {
            self.wrap(wrap, roster)?;
        }
        for (at, addressee) in header.addressees.iter().enumerate() {
            if addressee.desk.agency() != *self.own {
                continue;
            }
            let readable = wraps.iter().any(|wrap| {
                usize::from(wrap.addressee) == at.saturating_add(1)
                    && self.is_current(&addressee.desk, &wrap.device)
            });
            if !readable && header.precedence.is_urgent() {
                self.notes.push(Note::NOT_YET_READABLE);
            } else {
                demand(readable, ErrorCode::WrapMissing, "ADM-17")?;
            }
        }
        Ok(())
    }

    fn wrap(&mut self, wrap: &Wrap, roster: &Roster) -> Result<(), Refusal> {
        let desk = self.parsed.header().desk(wrap.addressee);
        let own_desk = desk.filter(|desk| desk.agency() == *self.own);
        let Some(desk) = own_desk else { return Ok(()) };
        let listed = roster
            .desk(desk)
            .is_some_and(|desk| desk.device(&wrap.device).is_some());
        // ADM-26: the device has gone since, and nobody comes for its wrap.
        if !listed && self.is_stood_in_for(roster) {
            return Ok(());
        }
        demand(listed, ErrorCode::WrapUnknown, "ADM-18")?;
        self.prekey(&wrap.device, wrap.prekey, roster.grace)
    }

    /// Whether a device of ours can still come for its wrap: the roster that the header names may
    /// be an older one.
    // ADM-17
    fn is_current(&self, desk: &Desk, device: &KeyId) -> bool {
        let newest = self.directory.newest_roster(self.own);
        let entry = newest.and_then(|roster| roster.value().desk(desk));
        entry.is_some_and(|entry| entry.device(device).is_some())
            && !self.directory.is_barred(self.own, device, self.now)
    }

    // ADM-19
    fn prekey(&mut self, device: &KeyId, id: u32, grace_ms: u64) -> Result<(), Refusal> {
        let unknown = Refusal::new(ErrorCode::PrekeyUnknown, "ADM-19");
        let (newest, previous) = self.directory.prekeys(device).ok_or(unknown)?;
        let listed = |bundle: &PrekeyBundle| bundle.prekey(id).is_some();
        let last = newest
            .prekeys
            .last()
            .map(|prekey| prekey.not_after)
            .ok_or(unknown)?;
        if !(listed(newest) || previous.is_some_and(listed)) || self.now > last.plus(grace_ms) {
            return Err(unknown);
        }
        if self.now > last {
            self.notes.push(Note::STALE_PREKEY);
        }
        Ok(())
    }

    /// Whether another roster than the header names stands in its place.
    // ADM-26
    fn is_stood_in_for(&self, roster: &Roster) -> bool {
        let header = self.parsed.header();
        if roster.agency == header.sender.agency() {
            let named = self.directory.roster_by_hash(&header.roster, self.now);
            return named.is_err();
        }
        let named = header.rosters.iter().find(|r| r.agency == roster.agency);
        named.is_some_and(|named| named.number != roster.number)
    }

    fn judged(mut self, sender: &Roster, used: &BTreeMap<Agency, &Roster>) -> Judged {
        let header = self.parsed.header();
        let mut rosters = header.rosters.clone();
        for named in &mut rosters {
            named.number = used.get(&named.agency).map_or(named.number, |r| r.number);
        }
        rosters.push(RosterNumber {
            agency: sender.agency.clone(),
            number: sender.number,
        });
        rosters.sort_by(|a, b| a.agency.cmp(&b.agency));
        self.notes.sort_unstable();
        self.notes.dedup();
        Judged {
            accord: header.accord,
            rosters,
            notes: self.notes,
        }
    }
}
