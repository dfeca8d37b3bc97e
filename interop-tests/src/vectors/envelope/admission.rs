//! Cases of `admit`: what egress and ingress make of an envelope, by what they hold.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::draft::Draft;
use super::world::{bytes, flag};
use crate::json::{self, Input, hex};
use crate::vectors::case::{Case, Chapter};
use crate::verdict::{Answer, Refusal};
use estafette_protocol::accord::Accord;
use estafette_protocol::admission::{Side, judge};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::sha256;
use estafette_protocol::directory::Directory;
use estafette_protocol::encoding::{FixedBytes, Signed};
use estafette_protocol::envelope::{Addressee, Envelope, Header, Parsed, Role, RosterNumber};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::roster::{Authority, Roster};
use estafette_protocol::testing::{TestAgency, World};
use estafette_protocol::time::{DAY_MS, MINUTE_MS, UnixMillis};
use serde_json::{Value, json};

mod holdings;

const NOW: UnixMillis = super::world::CREATED;

/// Judges an envelope by the objects of a directory.
pub(super) fn admit(input: &Input<'_>) -> Answer {
    let own = input.parsed("agency")?;
    let side = match input.text("side")? {
        "egress" => Side::Egress,
        "ingress" => Side::Ingress,
        _ => return Err(Refusal::case("no side")),
    };
    let mut directory = Directory::new(own, FixedBytes(input.array("root")?));
    let applied_at = UnixMillis(input.number("applied_at")?);
    for list in ["objects", "later"] {
        for object in input.list(list, json::read_bytes)? {
            let applied = directory.apply(&object, applied_at);
            applied.map_err(|error| Refusal::case(error.to_string()))?;
        }
    }
    let parsed =
        Parsed::decode(&input.bytes("envelope")?).map_err(|_| Refusal::new("decode", "ADM-1"))?;
    let now = UnixMillis(input.number("now")?);
    let own = input.parsed("agency")?;
    let judged = judge(&parsed, &directory, &own, side, now, |key| {
        parsed.verify(key)
    });
    let judged = judged.map_err(|refusal| Refusal::new(stage(refusal.code), refusal.clause))?;
    Ok(json!({ "judged": json::judged(&judged.judged) }))
}

fn stage(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::SuiteUnknown => "version",
        ErrorCode::SenderUnknown | ErrorCode::DeviceUnknown | ErrorCode::DeskUnknown => "trust",
        ErrorCode::SignatureInvalid => "signature",
        ErrorCode::CreatedInFuture
        | ErrorCode::Expired
        | ErrorCode::AccordUnknown
        | ErrorCode::RosterStale
        | ErrorCode::RosterMissing
        | ErrorCode::PrekeyUnknown => "freshness",
        _ => "policy",
    }
}

/// A message from `duty@ops.border.xb` to `duty@spoc.police.xa`, and what both relays hold.
struct Court {
    world: World,
    /// Replaces the world's accord: one format, seven days.
    accord: Signed<Accord>,
}

impl Court {
    fn new() -> Self {
        let mut world = World::new("envelope/admission", NOW).unwrap();
        let keys = [&world.police.accord_key, &world.border.accord_key];
        let first: Signed<Accord> = Signed::decode(&world.accord).unwrap();
        let mut accord = first.value().clone();
        // One format, of a definition that does not change with ours.
        accord.formats.truncate(1);
        accord.formats[0].definition = sha256(&[b"a definition"]);
        let first = Signed::sign(accord.clone(), &keys).unwrap();
        accord.number = 2;
        accord.previous = Some(first.hash());
        accord.lifetime = 7 * DAY_MS;
        let accord = Signed::sign(accord, &keys).unwrap();
        (world.accord, world.accord_hash) = (first.encode().unwrap(), first.hash());
        Self { world, accord }
    }

    fn shared(&self, own: &TestAgency, side: &str) -> Value {
        let accord = self.accord.encode().unwrap();
        let objects = self.world.objects(own);
        let objects: Vec<Value> = objects.into_iter().map(hex).chain([hex(&accord)]).collect();
        json!({
            "agency": own.agency.as_str(),
            "root": hex(own.root.as_slice()),
            "side": side,
            "objects": objects,
            "applied_at": NOW.0,
        })
    }

    fn header(&mut self) -> Header {
        let from = self.world.border.devices[0].clone();
        let mut header = self
            .world
            .header(&from, &["duty@spoc.police.xa"], Precedence::Priority);
        header.accord = Some(self.accord.hash());
        header.marking = vec![Marking { axis: 1, code: 2 }];
        header
    }

    fn draft(&mut self) -> Draft {
        let header = self.header();
        self.draft_of(header)
    }

    fn draft_of(&mut self, header: Header) -> Draft {
        let readers = self.world.readers(&header);
        let key = self.world.border.devices[0].key.clone();
        Draft::new(
            header,
            &flag("van on E6"),
            &readers,
            &key,
            &mut self.world.rng,
        )
    }

    /// A roster that follows an agency's first.
    fn roster(agency: &TestAgency, change: impl FnOnce(&mut Roster)) -> Signed<Roster> {
        let first = Signed::sign(agency.roster.clone(), &[&agency.roster_key]).unwrap();
        let mut roster = agency.roster.clone();
        (roster.number, roster.previous) = (2, Some(first.hash()));
        change(&mut roster);
        Signed::sign(roster, &[&agency.roster_key]).unwrap()
    }
}

fn given(envelope: &Envelope, now: UnixMillis, later: &[Vec<u8>]) -> Value {
    let later: Vec<Value> = later.iter().map(|object| hex(object)).collect();
    json!({ "envelope": hex(&bytes(envelope)), "now": now.0, "later": later })
}

pub(super) fn add(chapter: &mut Chapter) {
    let mut court = Court::new();
    let egress = court.shared(&court.world.border, "egress");
    let ingress = court.shared(&court.world.police, "ingress");
    let draft = court.draft();
    let at_egress = [
        at_egress(&mut court, &draft),
        holdings::terms(&draft),
        holdings::directory(&court, &draft),
    ];
    chapter.group("admit-egress", "admit", &egress, at_egress.concat());
    chapter.group(
        "admit-ingress",
        "admit",
        &ingress,
        at_ingress(&court, &draft),
    );
}

fn at_egress(court: &mut Court, draft: &Draft) -> Vec<Case> {
    let good = draft.envelope();
    let plain = |envelope: &Envelope| given(envelope, NOW, &[]);
    let mut domestic = court.header();
    let desk = "head@ops.border.xb".parse().unwrap();
    domestic.addressees = vec![Addressee {
        desk,
        role: Role::Action,
    }];
    (domestic.accord, domestic.rosters) = (None, vec![]);
    let domestic = court.draft_of(domestic);
    let mut secret = domestic.clone();
    secret.header.marking = vec![Marking { axis: 4, code: 3 }];
    secret.header.expires = NOW.plus(30 * DAY_MS);
    let authority = Authority {
        format: 1_024,
        precedence: Precedence::Flash,
    };
    let granting = Court::roster(&court.world.border, |roster| {
        for desk in &mut roster.desks {
            desk.authorities.push(authority);
        }
    });
    let mut own_format = domestic.clone();
    (own_format.header.format, own_format.header.format_version) = (1_024, 3);
    let ungranted = own_format.envelope();
    own_format.header.roster = granting.hash();
    let own_format = own_format.envelope();
    let granting = granting.encode().unwrap();
    let mut second = draft.clone();
    second.signer = court.world.border.devices[1].key.clone();
    let mut ahead = draft.clone();
    ahead.header.created = NOW.plus(5 * MINUTE_MS);
    let last = UnixMillis(draft.header.expires.0 - 1);
    let ok = |id, requirements, input| Case::valid(id, requirements, input);
    let mut cases = vec![
        ok(
            "admit-egress",
            &["ADM-3", "ADM-4", "ADM-9", "ADM-11", "ADM-12"],
            plain(&good),
        ),
        ok(
            "admit-second-device",
            &["ADM-4", "ADM-6"],
            plain(&second.envelope()),
        ),
        ok(
            "admit-5-minutes-ahead",
            &["ADM-7"],
            plain(&ahead.envelope()),
        ),
        ok("admit-last-ms", &["ADM-8"], given(&good, last, &[])),
        ok("admit-domestic", &["ADM-23"], plain(&domestic.envelope())),
        ok(
            "admit-domestic-secret-30-days",
            &["ADM-23"],
            plain(&secret.envelope()),
        ),
        ok(
            "admit-domestic-format-of-its-own",
            &["ADM-14", "ADM-23"],
            given(&own_format, NOW, &[granting]),
        ),
        Case::invalid(
            "admit-domestic-format-not-granted",
            &["ADM-14", "ADM-23"],
            (
                "admit-domestic-format-of-its-own",
                "the roster before, which does not grant it",
            ),
            ("policy", "ADM-14"),
            plain(&ungranted),
        ),
    ];
    let made = |id, requirements, mutation, verdict, change: &dyn Fn(&mut Draft)| {
        let mut draft = draft.clone();
        change(&mut draft);
        Case::invalid(
            id,
            requirements,
            ("admit-egress", mutation),
            verdict,
            plain(&draft.envelope()),
        )
    };
    let changed = |id, requirements, mutation, verdict, input: Value| {
        Case::invalid(id, requirements, ("admit-egress", mutation), verdict, input)
    };
    let mut cut = plain(&good);
    cut["envelope"] = hex(bytes(&good).split_last().unwrap().1);
    let mut flipped = good.clone();
    flipped.signature.0[0] ^= 1;
    let head = court.world.border.devices[2].key.clone();
    let stranger = court.world.police.devices[0].key.clone();
    cases.extend([
        changed(
            "admit-cut",
            &["ADM-1"],
            "last byte cut",
            ("decode", "ADM-1"),
            cut,
        ),
        made(
            "admit-suite-2",
            &["ADM-2"],
            "suite 2",
            ("version", "ADM-2"),
            &|d| d.header.suite = 2,
        ),
        made(
            "admit-sender-unlisted",
            &["ADM-3"],
            "a desk that the roster does not list",
            ("trust", "ADM-3"),
            &|d| d.header.sender = "spare@ops.border.xb".parse().unwrap(),
        ),
        made(
            "admit-roster-of-other-agency",
            &["ADM-3"],
            "roster of the addressee's agency",
            ("trust", "ADM-3"),
            &|d| {
                let roster = &court.world.police.roster;
                let key = &court.world.police.roster_key;
                d.header.roster = Signed::sign(roster.clone(), &[key]).unwrap().hash();
            },
        ),
        made(
            "admit-device-of-other-desk",
            &["ADM-4"],
            "signed by a device of another desk",
            ("trust", "ADM-4"),
            &|d| d.signer = head.clone(),
        ),
        made(
            "admit-device-of-other-agency",
            &["ADM-4"],
            "signed by another agency's device",
            ("trust", "ADM-4"),
            &|d| d.signer = stranger.clone(),
        ),
        changed(
            "admit-signature-bit",
            &["ADM-6"],
            "a bit of the signature",
            ("signature", "ADM-6"),
            plain(&flipped),
        ),
        made(
            "admit-ahead",
            &["ADM-7"],
            "created 5 minutes and 1 ms ahead",
            ("freshness", "ADM-7"),
            &|d| d.header.created = NOW.plus(5 * MINUTE_MS + 1),
        ),
        changed(
            "admit-expired",
            &["ADM-8"],
            "judged at expires",
            ("freshness", "ADM-8"),
            given(&good, draft.header.expires, &[]),
        ),
        made(
            "admit-accord-unknown",
            &["ADM-9"],
            "an accord that nobody signed",
            ("freshness", "ADM-9"),
            &|d| d.header.accord = Some(FixedBytes([7; 32])),
        ),
        made(
            "admit-not-a-party",
            &["ADM-10"],
            "an addressee of an agency that is no party",
            ("policy", "ADM-10"),
            &|d| {
                let desk = "watch@spoc.customs.xc".parse().unwrap();
                d.header.addressees.push(Addressee {
                    desk,
                    role: Role::Info,
                });
                let agency = "customs.xc".parse().unwrap();
                d.header
                    .rosters
                    .insert(0, RosterNumber { agency, number: 1 });
            },
        ),
        made(
            "admit-roster-ahead",
            &["ADM-11"],
            "a roster number above the newest held",
            ("freshness", "ADM-11"),
            &|d| d.header.rosters[0].number = 2,
        ),
        made(
            "admit-roster-unknown",
            &["ADM-11"],
            "a roster hash that is not held",
            ("freshness", "ADM-11"),
            &|d| d.header.roster = FixedBytes([8; 32]),
        ),
        made(
            "admit-desk-unknown",
            &["ADM-12"],
            "a desk that no roster lists",
            ("trust", "ADM-12"),
            &|d| {
                d.header.addressees[0].desk = "duty@ops.police.xa".parse().unwrap();
            },
        ),
    ]);
    cases
}

fn at_ingress(court: &Court, draft: &Draft) -> Vec<Case> {
    let forwarded = |draft: &Draft| {
        let envelope = draft.envelope();
        let at = usize::from(envelope.wraps.last().unwrap().position);
        envelope.with_wraps(|wrap| usize::from(wrap.position) == at)
    };
    let plain = |envelope: &Envelope| given(envelope, NOW, &[]);
    let mut flash = draft.clone();
    flash.header.precedence = Precedence::Flash;
    let bare = |draft: &Draft| draft.envelope().with_wraps(|_| false);
    let last = draft.readers.len() - 1;
    let bad = |id, requirements, mutation, verdict, change: &dyn Fn(&mut Draft)| {
        let mut draft = draft.clone();
        change(&mut draft);
        let input = plain(&forwarded(&draft));
        Case::invalid(
            id,
            requirements,
            ("admit-ingress", mutation),
            verdict,
            input,
        )
    };
    let policy = |clause| ("policy", clause);
    let stranger = court.world.border.devices[2].key.verifying_key().id();
    vec![
        Case::valid(
            "admit-ingress",
            &["ADM-12", "ADM-17", "ADM-18", "ADM-19"],
            plain(&forwarded(draft)),
        ),
        Case::valid(
            "admit-ingress-all-wraps",
            &["ADM-18"],
            plain(&draft.envelope()),
        ),
        Case::valid(
            "admit-flash-without-wrap",
            &["ADM-17"],
            plain(&bare(&flash)),
        ),
        Case::invalid(
            "admit-without-wrap",
            &["ADM-17"],
            ("admit-ingress", "the wrap withheld"),
            policy("ADM-17"),
            plain(&bare(draft)),
        ),
        bad(
            "admit-wrap-of-stranger",
            &["ADM-18"],
            "the wrap names a device of another agency",
            policy("ADM-18"),
            &|d| d.readers[last].device = stranger,
        ),
        bad(
            "admit-wrap-of-nobody",
            &["ADM-18"],
            "the wrap names a device that nobody lists",
            policy("ADM-18"),
            &|d| d.readers[last].device = FixedBytes([9; 16]),
        ),
        bad(
            "admit-prekey-unknown",
            &["ADM-19"],
            "the wrap names a prekey that is not published",
            ("freshness", "ADM-19"),
            &|d| d.readers[last].prekey = 2000,
        ),
        bad(
            "admit-ingress-desk-unknown",
            &["ADM-12"],
            "a desk that the roster does not list",
            ("trust", "ADM-12"),
            &|d| {
                d.header.addressees[0].desk = "duty@ops.police.xa".parse().unwrap();
            },
        ),
        bad(
            "admit-ingress-signature",
            &["ADM-6"],
            "signed as an exercise",
            ("signature", "ADM-6"),
            &|d| d.signed_status = estafette_protocol::precedence::Status::Exercise,
        ),
    ]
}
