//! Envelopes between relays with the statements that they are judged by. Spec: session.md SES-25,
//! SES-26.

use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::{Bytes, Signed};
use estafette_protocol::envelope::{Header, Parsed};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::{Claim, Statement, Use};
use std::collections::BTreeMap;

use super::links::Peer;
use super::prepare::{CheckedEnvelope, CheckedStatement};
use super::readers::is_standby;
use super::statements::{AHEAD_MAX_MS, facts};
use super::{Engine, EngineError, LinkId};
use crate::index::Item;
use crate::record::{self, Record};
use crate::store::Store;

/// Releases that accompany an envelope, at most (SES-25).
const RELEASES_MAX: usize = 8;
/// Grants that accompany an envelope, at most (SES-25).
const GRANTS_MAX: usize = 16;

/// How far ahead an accompanying statement's time may be, in milliseconds: egress has taken it by
/// its own clock, which may be as far ahead of this one as its device's is of it (SES-26).
const ACCOMPANYING_AHEAD_MAX_MS: u64 = 2 * AHEAD_MAX_MS;

impl<S: Store> Engine<S> {
    /// The statements that a peer judges an envelope by (SES-25).
    pub(super) fn accompaniment(
        &self,
        item: &Item,
        parsed: &Parsed,
    ) -> Result<Vec<Bytes>, EngineError> {
        let mut statements = Vec::new();
        if item.released_to.is_some() {
            let by_desk = |said: &Statement| said.signer.desk.is_some();
            let releases = self.said_about(&parsed.digest(), &[Claim::RELEASED], by_desk)?;
            let releases = releases.into_iter().map(|(_, signed)| signed);
            statements.extend(telling(releases.collect()));
        }
        for digest in &parsed.header().encloses {
            let covers = |said: &Statement| covers(said, parsed.header());
            let grants = self.said_about(digest, &[Claim::GRANTED], covers)?;
            // Of several that would do, the one that does so longest.
            let best = grants.into_iter().max_by_key(|(_, signed)| {
                let Claim::Granted { until, .. } = &signed.value().claim else {
                    return (false, None);
                };
                (until.is_none(), *until)
            });
            statements.extend(best.map(|(_, signed)| signed));
        }
        statements.truncate(RELEASES_MAX.saturating_add(GRANTS_MAX));
        let bytes = statements.iter().map(Signed::encode);
        Ok(bytes
            .map(|bytes| bytes.map(Bytes::from))
            .collect::<Result<_, _>>()?)
    }

    /// A peer hands over an envelope with the statements that it is to be judged by.
    pub(super) fn accompanied(
        &mut self,
        link: LinkId,
        number: u64,
        bytes: &[u8],
        (envelope, statements): (CheckedEnvelope, Vec<CheckedStatement>),
    ) -> Result<(), EngineError> {
        let Some((parsed, key)) = self.parsed(link, number, Some(envelope)) else {
            return Ok(());
        };
        let said = self.sift(link, &parsed, statements);
        self.forwarded(link, number, (bytes, &parsed, key), &said)
    }

    /// The statements that count; of the others, those that are plainly wrong are answered.
    // SES-26
    fn sift(
        &mut self,
        link: LinkId,
        parsed: &Parsed,
        statements: Vec<CheckedStatement>,
    ) -> Vec<Signed<Statement>> {
        let mut good = Vec::new();
        for (signed, key) in statements {
            let Ok(signed) = signed else {
                self.fault(link, ErrorCode::StatementInvalid, None, None);
                continue;
            };
            let value = signed.value();
            let header = parsed.header();
            let fits = match &value.claim {
                Claim::Released { .. } => {
                    value.subject == parsed.digest()
                        && value.signer.desk.is_some()
                        && value.signer.is_entitled(&value.claim, header)
                }
                Claim::Granted { .. } => header.encloses.contains(&value.subject),
                _ => false,
            };
            let known = key.or_else(|| self.directory.signer_key(&value.signer));
            let checked = known.map(|known| key == Some(known) || signed.verify(&known));
            let early = value.at.since(self.now) > ACCOMPANYING_AHEAD_MAX_MS;
            if !fits || checked == Some(false) || early {
                let about = Some(signed.hash());
                self.fault(link, ErrorCode::StatementInvalid, about, None);
                continue;
            }
            let signer = &value.signer;
            let barred = self
                .directory
                .is_barred(&signer.agency, &signer.key, self.now);
            if checked == Some(true) && !barred {
                good.push(*signed);
            }
        }
        good
    }

    /// Keeps what came with an envelope that was taken, and hands out releases with it (REL-15).
    pub(super) fn keep_accompanying(
        &mut self,
        parsed: &Parsed,
        precedence: Precedence,
        said: &[Signed<Statement>],
    ) -> Result<(), EngineError> {
        let header = parsed.header();
        for signed in said {
            let value = signed.value();
            let known = self.store.view().statement(&signed.hash().0)?;
            if known.is_some() || self.bound(value).is_err() {
                continue;
            }
            let bytes = signed.encode()?;
            if value.subject != parsed.digest() {
                let agency = header.sender.agency();
                let peer = Peer::Relay { agency };
                if self.entitle(&peer, value).is_ok() {
                    self.file(&peer, signed, &bytes)?;
                }
                continue;
            }
            let mut mailboxes = match self.is_early(header) {
                true => Vec::new(),
                false => self.addressed_mailboxes(header, |desk| is_standby(header, desk)),
            };
            mailboxes.sort();
            mailboxes.dedup();
            self.stir(&mailboxes);
            let statement = record::Statement {
                precedence: precedence.code(),
                status: header.status.code(),
                expires_ms: header.expires.plus(super::envelopes::STATEMENTS_MS).0,
                ..facts(signed)
            };
            let record = Record::Statement {
                statement,
                mailboxes,
            };
            self.append(record, Some(&bytes))?;
        }
        Ok(())
    }
}

/// Of each desk's releases the one to the lowest precedence, so that however many there are, who
/// released and to what is told.
fn telling(releases: Vec<Signed<Statement>>) -> Vec<Signed<Statement>> {
    let mut lowest: BTreeMap<Desk, Signed<Statement>> = BTreeMap::new();
    let order = |signed: &Signed<Statement>| match &signed.value().claim {
        Claim::Released { precedence, .. } => (*precedence, signed.value().at, signed.hash()),
        _ => (Precedence::Flash, signed.value().at, signed.hash()),
    };
    for signed in releases {
        let Some(desk) = signed.value().signer.desk.clone() else {
            continue;
        };
        match lowest.get(&desk) {
            Some(held) if order(held) <= order(&signed) => {}
            _ => drop(lowest.insert(desk, signed)),
        }
    }
    lowest.into_values().take(RELEASES_MAX).collect()
}

/// Whether a grant is for every agency that a forward goes to (HND-2).
fn covers(said: &Statement, header: &Header) -> bool {
    let Claim::Granted { on, to, .. } = &said.claim else {
        return false;
    };
    let covered = |agency: &Agency| *agency == said.signer.agency || to.contains(agency);
    *on == Use::Onward && header.agencies().all(|agency| covered(&agency))
}
