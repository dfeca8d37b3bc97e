//! Statements: decoding, entitlement, what a set of them proves, remarks. Spec: statement.md.
//!
//! The first byte of the input says how: 0, the rest is a signed statement; else the rest are
//! choices that make a set of statements about a message of the scene.

use crate::scene::{NOW, scene};
use crate::{Seeds, mutate, noise};
use arbitrary::{Result, Unstructured};
use estafette_protocol::address::Desk;
use estafette_protocol::code::Note;
use estafette_protocol::crypto::WRAP_BYTES;
use estafette_protocol::crypto::{Hash, SigningKey};
use estafette_protocol::encoding::{Extensions, FixedBytes, Object, Signed, Text};
use estafette_protocol::envelope::{Header, Role, RosterNumber, Wrap};
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::receipt::{Receipt, Standing, receipts};
use estafette_protocol::statement::{
    self, Claim, Judged, REWRAP_POSITION, Remark, Signer, Statement, Use, open_remark, seal_remark,
};
use estafette_protocol::testing::SeededRng;
use estafette_protocol::time::{DAY_MS, UnixMillis};
use estafette_protocol::track::{AddresseeState, track};

/// Takes a statement, or makes a set of them.
pub fn run(data: &[u8]) {
    match data.split_first() {
        Some((0, bytes)) => one(bytes),
        // Choices that run out end the input.
        Some((choice, rest)) if choice % 2 == 1 => {
            let _ = many(&mut Unstructured::new(rest));
        }
        Some((_, rest)) => {
            let _ = remark(&mut Unstructured::new(rest));
        }
        None => {}
    }
}

fn one(bytes: &[u8]) {
    let Ok(signed) = statement::decode(bytes) else {
        return;
    };
    assert!(bytes.len() <= Statement::BYTES_MAX + 256);
    assert_eq!(signed.encode().as_deref(), Ok(bytes));
    let value = signed.value();
    assert_eq!(signed.signatures().len(), 1);
    assert_eq!(signed.signatures()[0].key, value.signer.key);
    for sealed in &scene().sealed {
        let header = sealed.parsed.header();
        let entitled = value.signer.is_entitled(&value.claim, header);
        assert_eq!(entitled, is_entitled(&value.signer, &value.claim, header));
        drop(track(header, &value.subject, std::slice::from_ref(&signed)));
        if let Claim::Acknowledged {
            remark: Some(remark),
            ..
        } = &value.claim
        {
            let about = (header.status, &value.subject, &sealed.content_key);
            drop(open_remark(
                remark,
                about,
                (&value.signer.key, value.claim.tag()),
            ));
        }
    }
}

fn many(u: &mut Unstructured<'_>) -> Result<()> {
    let scene = scene();
    let sealed = u.choose(&scene.sealed)?;
    let (header, digest) = (sealed.parsed.header(), sealed.parsed.digest());
    let mut set = Vec::new();
    for _ in 0..u.int_in_range(1..=8)? {
        if let Some(signed) = make(header, &digest, u)? {
            let value = signed.value();
            let entitled = value.signer.is_entitled(&value.claim, header);
            assert_eq!(
                entitled,
                is_entitled(&value.signer, &value.claim, header),
                "STA-2"
            );
            set.push(signed);
        }
    }
    let states = track(header, &digest, &set);
    examine(header, &states);
    // STA-3, STA-9: neither order nor repetition matters.
    let mut shuffled = set.clone();
    for at in (1..shuffled.len()).rev() {
        shuffled.swap(at, u.int_in_range(0..=at)?);
    }
    shuffled.extend(set.first().cloned());
    assert_eq!(track(header, &digest, &shuffled), states);
    // RCP-5
    let now = NOW.plus(u.int_in_range(0..=2 * DAY_MS)?);
    let all = receipts(header, &digest, &set, now);
    assert_eq!(receipts(header, &digest, &shuffled, now), all);
    agree(&all, &states);
    // What was proved stays proved, unless it is taken back or turns out to be held.
    let lowers = |claim: &Claim| matches!(claim, Claim::Retracted { .. } | Claim::Held { .. });
    let last = set.pop();
    if last.is_some_and(|last| lowers(&last.value().claim)) {
        return Ok(());
    }
    for (fewer, all) in track(header, &digest, &set).iter().zip(&states) {
        assert!(fewer.rung() <= all.rung());
        assert!(!fewer.complete || all.complete);
    }
    Ok(())
}

fn agree(receipts: &[Receipt], states: &[AddresseeState]) {
    assert!(receipts.iter().map(|r| &r.state).eq(states));
    for receipt in receipts {
        // RCP-7, RCP-8
        assert!(receipt.late.iter().all(|c| !receipt.overdue.contains(c)));
        assert!(receipt.overdue.is_sorted() && receipt.late.is_sorted());
        // RCP-4
        if matches!(receipt.standing, Standing::Answered | Standing::Closed) {
            assert!(!receipt.overdue.contains(&Clock::Answer));
        }
        assert_eq!(receipt.promise, receipt.state.until);
    }
}

fn examine(header: &Header, states: &[AddresseeState]) {
    let desks = header.addressees.iter().map(|a| (&a.desk, a.role));
    assert!(states.iter().map(|s| (&s.desk, s.role)).eq(desks));
    for state in states {
        let rungs: Vec<_> = state.proofs.iter().map(|proof| proof.rung).collect();
        assert!(rungs.is_sorted_by(|a, b| a < b));
        assert_eq!(state.rung(), rungs.last().copied().unwrap_or(state.rung()));
    }
}

pub(crate) fn make(
    header: &Header,
    digest: &Hash,
    u: &mut Unstructured<'_>,
) -> Result<Option<Signed<Statement>>> {
    let scene = scene();
    let key: &SigningKey = u.choose(&scene.keys)?;
    let agencies = [&scene.world.police.agency, &scene.world.border.agency];
    let desks: Vec<_> = header
        .addressees
        .iter()
        .map(|a| &a.desk)
        .chain([&header.sender])
        .collect();
    let signer = Signer {
        agency: (*u.choose(&agencies)?).clone(),
        desk: if u.arbitrary()? {
            Some((*u.choose(&desks)?).clone())
        } else {
            None
        },
        key: key.verifying_key().id(),
    };
    let judged = Judged {
        accord: u.arbitrary::<Option<[u8; 32]>>()?.map(FixedBytes),
        rosters: vec![RosterNumber {
            agency: agencies[0].clone(),
            number: u.arbitrary()?,
        }],
        notes: vec![Note(u.arbitrary()?)],
    };
    let leaf = u.arbitrary()?;
    let claim = match u.int_in_range(0..=25)? {
        0 => Claim::Accepted { leaf, judged },
        1 => Claim::Relayed { leaf, judged },
        2 => Claim::Delivered,
        3 => Claim::Opened,
        4 => Claim::Acknowledged {
            until: u.arbitrary::<Option<u64>>()?.map(UnixMillis),
            remark: None,
        },
        5 => Claim::Answered {
            answer: FixedBytes(u.arbitrary()?),
        },
        6 => Claim::Unreadable {
            stage: u.arbitrary()?,
        },
        7 => Claim::Refused {
            code: u.arbitrary()?,
            clause: Text::new("ADM-9").unwrap(),
            first: None,
        },
        8 => Claim::Expired {
            desk: (*u.choose(&desks)?).clone(),
        },
        9 => Claim::Cancelled,
        10 => Claim::Released {
            precedence: *u.choose(&Precedence::ALL)?,
            remark: None,
        },
        11 => Claim::ReleaseRefused {
            reason: u.arbitrary()?,
            remark: None,
        },
        12 => Claim::Held {
            clause: Text::new("REL-2").unwrap(),
            due: u.arbitrary::<Option<u64>>()?.map(UnixMillis),
            late: u.arbitrary()?,
        },
        13 => Claim::Rewrapped {
            wrap: Box::new(Wrap {
                position: REWRAP_POSITION,
                addressee: u.int_in_range(0..=4)?,
                device: FixedBytes(u.arbitrary()?),
                prekey: u.arbitrary()?,
                sealed: FixedBytes([7; WRAP_BYTES]),
            }),
        },
        14 => Claim::Granted {
            on: Use::Onward,
            to: vec![agencies[0].clone()],
            until: u.arbitrary::<Option<u64>>()?.map(UnixMillis),
        },
        15 => Claim::Reclassified {
            marking: vec![Marking {
                axis: u.arbitrary()?,
                code: u.arbitrary()?,
            }],
        },
        _ => of_clocks(&desks, u)?,
    };
    let subject = if u.ratio(7, 8)? {
        *digest
    } else {
        FixedBytes([0; 32])
    };
    let at = NOW.plus(u.int_in_range(0..=3)?);
    let extensions = Extensions::default();
    let statement = Statement {
        subject,
        at,
        signer,
        claim,
        extensions,
    };
    // A desk of another agency than the signer's is refused.
    Ok(statement::sign(statement, key).ok())
}

/// What is said of clocks and chains.
pub fn of_clocks(desks: &[&Desk], u: &mut Unstructured<'_>) -> Result<Claim> {
    let desk = (*u.choose(desks)?).clone();
    let until = NOW.plus(u.int_in_range(0..=3 * DAY_MS)?);
    let remark = None;
    Ok(match u.int_in_range(0..=9)? {
        0 => Claim::Escalated {
            desk,
            step: u.arbitrary()?,
            to: (*u.choose(desks)?).clone(),
            cause: *u.choose(&Cause::ALL)?,
        },
        1 => Claim::Overdue {
            sender: (*u.choose(desks)?).clone(),
            desk,
            clock: *u.choose(&Clock::ALL)?,
            precedence: *u.choose(&Precedence::ALL)?,
            due: until,
        },
        2 => Claim::Declined {
            ground: u.arbitrary()?,
            remark,
        },
        3 => Claim::Referred { to: desk, remark },
        4 => Claim::Retracted {
            acknowledgement: FixedBytes(u.arbitrary()?),
            remark,
        },
        5 => Claim::ExtensionAsked { until, remark },
        6 => Claim::Extended { desk, until },
        7 => Claim::Reminded { desks: vec![desk] },
        8 => Claim::EscalationAsked {
            desk,
            step: u.arbitrary()?,
        },
        _ => Claim::Closed { remark },
    })
}

/// The table of entitlement, read from the chapter a second time.
fn is_entitled(signer: &Signer, claim: &Claim, header: &Header) -> bool {
    let senders = header.sender.agency() == signer.agency;
    let addressed = header
        .addressees
        .iter()
        .any(|a| a.desk.agency() == signer.agency);
    let named = |desk: &Desk| header.addressees.iter().any(|a| a.desk == *desk);
    let at_desk = signer.desk.as_ref().is_some_and(named);
    let relay = signer.desk.is_none();
    match claim {
        Claim::Accepted { .. } => relay && senders,
        Claim::Relayed { .. } => relay && addressed && !senders,
        Claim::Delivered => at_desk || signer.desk.as_ref() == Some(&header.sender),
        Claim::Opened
        | Claim::Acknowledged { .. }
        | Claim::Answered { .. }
        | Claim::Unreadable { .. } => at_desk,
        Claim::Refused { .. } => relay && (senders || addressed),
        Claim::Expired { desk } => {
            relay && named(desk) && (senders || desk.agency() == signer.agency)
        }
        Claim::Cancelled => (relay && senders) || signer.desk.as_ref() == Some(&header.sender),
        Claim::Held { .. } => relay && senders,
        Claim::Released { .. } => senders && (relay || at_desk),
        Claim::ReleaseRefused { .. } => senders && at_desk,
        Claim::Granted { .. } | Claim::Reclassified { .. } => {
            signer.desk.as_ref() == Some(&header.sender)
        }
        Claim::Escalated { .. }
        | Claim::Overdue { .. }
        | Claim::Declined { .. }
        | Claim::Referred { .. }
        | Claim::Retracted { .. }
        | Claim::ExtensionAsked { .. }
        | Claim::Extended { .. }
        | Claim::Reminded { .. }
        | Claim::EscalationAsked { .. }
        | Claim::Closed { .. } => is_entitled_to_clocks(signer, claim, header),
        Claim::Rewrapped { wrap } => {
            let reader = match wrap.addressee {
                0 => Some(&header.sender),
                n => header.addressees.get(usize::from(n) - 1).map(|a| &a.desk),
            };
            let own = signer.desk.as_ref() == Some(&header.sender);
            reader.is_some() && (own || signer.desk.as_ref() == reader)
        }
    }
}

/// The same of what is said of clocks and chains.
fn is_entitled_to_clocks(signer: &Signer, claim: &Claim, header: &Header) -> bool {
    let named = |desk: &Desk| header.addressees.iter().any(|a| a.desk == *desk);
    let acts = |desk: &Desk| {
        let mut all = header.addressees.iter();
        all.any(|a| a.desk == *desk && a.role == Role::Action)
    };
    let relay = signer.desk.is_none();
    let at_desk = signer.desk.as_ref().is_some_and(named);
    let senders = signer.desk.as_ref() == Some(&header.sender);
    match claim {
        Claim::Escalated { desk, to, .. } => {
            let own = [desk, to].map(|desk| desk.agency() == signer.agency && named(desk));
            relay && own == [true, true] && acts(desk) && desk != to
        }
        Claim::Overdue { sender, desk, .. } => {
            let own = header.sender.agency() == signer.agency;
            relay && own && *sender == header.sender && named(desk)
        }
        Claim::Declined { .. }
        | Claim::Referred { .. }
        | Claim::Retracted { .. }
        | Claim::ExtensionAsked { .. } => at_desk,
        Claim::Extended { desk, .. } => senders && acts(desk),
        Claim::Reminded { desks } => senders && desks.iter().all(named),
        Claim::EscalationAsked { desk, .. } => {
            acts(desk) && (senders || at_desk && desk.agency() == signer.agency)
        }
        Claim::Closed { .. } => senders,
        _ => false,
    }
}

fn remark(u: &mut Unstructured<'_>) -> Result<()> {
    let sealed = u.choose(&scene().sealed)?;
    let (status, subject) = (sealed.parsed.header().status, sealed.parsed.digest());
    let about = (status, &subject, &sealed.content_key);
    let key = u.choose(&scene().keys)?.verifying_key().id();
    let remark = Remark {
        officer: u.arbitrary()?,
        text: u.arbitrary()?,
    };
    let mut rng = SeededRng::new("remark");
    let Ok(bytes) = seal_remark(&remark, about, (&key, 4), &mut rng) else {
        return Ok(());
    };
    // STA-8
    assert!(bytes.as_slice().len() <= 1056);
    assert_eq!(open_remark(&bytes, about, (&key, 4)).as_ref(), Ok(&remark));
    let mut changed = bytes.as_slice().to_vec();
    mutate(&mut changed, u)?;
    let same = changed == bytes.as_slice();
    assert_eq!(open_remark(&changed.into(), about, (&key, 4)).is_ok(), same);
    Ok(())
}

/// Every statement of the scene, and choices.
pub fn seeds() -> Seeds {
    let wire = scene().statements.iter().map(|s| s.encode().unwrap());
    let wire = wire.map(|bytes| [&[0], bytes.as_slice()].concat());
    let choices =
        (1..33_u8).map(|n| [&[n], noise(&format!("statement {n}"), 256).as_slice()].concat());
    wire.chain(choices).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_the_scene_are_entitled_to_what_they_say() {
        let header = scene().sealed[0].parsed.header();
        for signed in &scene().statements {
            let value = signed.value();
            assert!(
                is_entitled(&value.signer, &value.claim, header),
                "{:?}",
                value.claim
            );
            assert_eq!(
                statement::decode(&signed.encode().unwrap()).as_ref(),
                Ok(signed)
            );
        }
    }
}
