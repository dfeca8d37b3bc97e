//! Cases of `envelope-seal`, where randomness is injected (ENV-16).

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::draft::Draft;
use super::world::{World, flag, header, text};
use crate::json::{self, hex};
use crate::vectors::case::{Case, Chapter};
use estafette_protocol::encoding::{Extension, Extensions, FixedBytes};
use estafette_protocol::envelope::{Header, Role};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::precedence::Status;
use estafette_protocol::time::DAY_MS;
use serde_json::{Map, Value as Json, json};

pub(super) fn add(chapter: &mut Chapter) {
    let mut world = World::new();
    let mut cases = valid(&mut world);
    cases.extend(invalid(&mut world));
    chapter.group("seal", "envelope-seal", &json!({}), cases);
}

/// What a sealer is given; the header without what it fills in itself.
fn input(draft: &Draft, form: &Form) -> Map<String, Json> {
    let mut header = json::header(&draft.header);
    let members = header.as_object_mut().unwrap();
    for filled_in in ["sender_key", "body_bytes", "commitment"] {
        members.remove(filled_in);
    }
    let readers = draft.readers.iter().map(|reader| {
        json!({
            "addressee": reader.addressee,
            "device": hex(reader.device.as_slice()),
            "prekey": reader.prekey,
            "key": hex(reader.key.as_bytes()),
        })
    });
    let input = json!({
        "header": header,
        "form": json::form(form),
        "readers": readers.collect::<Vec<_>>(),
        "signing_seed": hex(draft.signer.to_seed().expose()),
        "rng": hex(&draft.rng()),
    });
    input.as_object().unwrap().clone()
}

fn valid(world: &mut World) -> Vec<Case> {
    let mut case = |id, requirements, header: Header, form: &Form| {
        let draft = world.draft_of(header, form);
        Case::valid(id, requirements, input(&draft, form).into()).derand()
    };
    let status = |status| {
        let mut header = header();
        header.status = status;
        header.exercise = (status == Status::Exercise).then_some(FixedBytes([0x5e; 16]));
        header
    };
    let sealing = &["CRY-8", "ENV-11", "ENV-15", "ENV-16"];
    let note = |bytes: usize| Form {
        format: 6,
        version: 1,
        fields: vec![Field {
            number: 2,
            value: Value::Text(text(&"n".repeat(bytes))),
        }],
    };
    let of_note = || {
        let mut header = header();
        (header.format, header.format_version) = (6, 1);
        header
    };
    let mut cases = vec![
        case(
            "seal",
            sealing,
            header(),
            &flag("white van, two men, north on E6"),
        ),
        case(
            "seal-exercise",
            sealing,
            status(Status::Exercise),
            &flag("drill, drill, drill"),
        ),
        case(
            "seal-test",
            sealing,
            status(Status::Test),
            &flag("line test"),
        ),
        case(
            "seal-utf8",
            sealing,
            header(),
            &flag("Menace à Łódź, 武器, إشارة"),
        ),
        case("seal-512", &["ENV-13"], of_note(), &note(300)),
        case("seal-1024", &["ENV-13"], of_note(), &note(800)),
    ];
    let mut draft = world.draft();
    let further = [world.deputy.reader(0), world.head.reader(2)];
    let with_further = [
        world.sender.reader(0),
        further[0].clone(),
        world.duty.reader(1),
        further[1].clone(),
    ];
    let form = flag("four readers");
    draft = Draft::new(
        draft.header,
        &form,
        &with_further,
        &world.sender.key,
        &mut world.rng,
    );
    cases.push(Case::valid("seal-4-readers", sealing, input(&draft, &form).into()).derand());
    cases
}

fn invalid(world: &mut World) -> Vec<Case> {
    let form = flag("white van, two men, north on E6");
    let draft = world.draft();
    let fault = |id, requirements, mutation, verdict, change: &dyn Fn(&mut Draft)| {
        let mut draft = draft.clone();
        change(&mut draft);
        let input = input(&draft, &form);
        Case::invalid(id, requirements, ("seal", mutation), verdict, input.into()).derand()
    };
    let env = |rule| ("decode", rule);
    let mut bad_key = input(&draft, &form);
    let mut key = draft.readers[1].key.as_bytes().to_vec();
    key[0] = 0xff;
    key[1] |= 0x0f;
    bad_key["readers"][1]["key"] = hex(&key);
    vec![
        fault(
            "seal-31-days",
            &["ENV-1"],
            "expires after 31 days",
            env("ENV-1"),
            &|d| {
                d.header.expires = d.header.created.plus(31 * DAY_MS);
            },
        ),
        fault(
            "seal-no-action",
            &["ENV-2"],
            "no addressee of role action",
            env("ENV-2"),
            &|d| {
                d.header.addressees[0].role = Role::Info;
            },
        ),
        fault(
            "seal-unsorted",
            &["ENV-2"],
            "addressees swapped",
            env("ENV-2"),
            &|d| {
                d.header.addressees.swap(0, 1);
            },
        ),
        fault(
            "seal-no-accord",
            &["ENV-5"],
            "accord absent",
            env("ENV-5"),
            &|d| {
                d.header.accord = None;
            },
        ),
        fault(
            "seal-no-exercise",
            &["ENV-4"],
            "status exercise without exercise",
            env("ENV-4"),
            &|d| d.header.status = Status::Exercise,
        ),
        fault(
            "seal-critical",
            &["ENC-19"],
            "critical extension",
            env("ENC-19"),
            &|d| {
                let value = Vec::new().into();
                d.header.extensions = Extensions(vec![Extension {
                    id: 1,
                    critical: true,
                    value,
                }]);
            },
        ),
        fault(
            "seal-no-reader",
            &["ENV-9"],
            "no reader",
            env("ENV-9"),
            &|d| d.readers.clear(),
        ),
        fault(
            "seal-reader-beyond",
            &["ENV-9"],
            "a reader of addressee 3 of 2",
            env("ENV-9"),
            &|d| d.readers[1].addressee = 3,
        ),
        Case::invalid(
            "seal-key",
            &["CRY-4"],
            ("seal", "a coefficient of a prekey's ML-KEM part is 4095"),
            ("unwrap", "public-key"),
            bad_key.into(),
        )
        .derand(),
    ]
}
