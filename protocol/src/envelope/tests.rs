use super::*;
use crate::crypto::{Secret, SigningKey, XWingSecret};
use crate::encoding::{Extensions, Text};
use crate::form::{Field, Form, Value};
use crate::marking::Marking;
use crate::precedence::Precedence;
use crate::testing::SeededRng;
use crate::time::UnixMillis;

struct World {
    sender: SigningKey,
    own: XWingSecret,
    theirs: XWingSecret,
    rng: SeededRng,
}

fn world() -> World {
    let mut rng = SeededRng::new("envelope");
    World {
        sender: SigningKey::generate(&mut rng),
        own: XWingSecret::generate(&mut rng),
        theirs: XWingSecret::generate(&mut rng),
        rng,
    }
}

fn header() -> Header {
    Header {
        suite: 1,
        status: Status::Actual,
        reference: FixedBytes([7; 16]),
        sender: "duty@spoc.police.xa".parse().unwrap(),
        sender_key: FixedBytes([0; 16]),
        addressees: vec![Addressee {
            desk: "duty@ops.border.xb".parse().unwrap(),
            role: Role::Action,
        }],
        format: 1,
        format_version: 1,
        precedence: Precedence::Flash,
        marking: vec![Marking { axis: 1, code: 2 }],
        in_reply_to: None,
        supersedes: None,
        encloses: vec![],
        accord: Some(FixedBytes([1; 32])),
        roster: FixedBytes([2; 32]),
        rosters: vec![RosterNumber {
            agency: "border.xb".parse().unwrap(),
            number: 3,
        }],
        created: UnixMillis(1_767_322_445_006),
        not_before: None,
        expires: UnixMillis(1_767_322_445_006 + 86_400_000),
        acknowledge_within: Some(300_000),
        answer_within: None,
        attachments: vec![],
        retention: None,
        exercise: None,
        task_force: None,
        exception: None,
        body_bytes: 0,
        commitment: FixedBytes([0; 32]),
        extensions: Extensions::default(),
    }
}

fn flag(text: &str) -> Form {
    let text = Value::Text(Text::new(text).unwrap());
    let fields = vec![
        Field {
            number: 1,
            value: Value::Code(2),
        },
        Field {
            number: 5,
            value: text,
        },
    ];
    Form {
        format: 1,
        version: 1,
        fields,
    }
}

fn readers(world: &World) -> Vec<Reader> {
    [(0, &world.own), (1, &world.theirs)]
        .map(|(addressee, secret)| Reader {
            addressee,
            device: FixedBytes([addressee; 16]),
            prekey: 2922,
            key: secret.public().unwrap(),
        })
        .to_vec()
}

fn sealed(world: &mut World, text: &str) -> Parsed {
    let readers = readers(world);
    seal(
        header(),
        &flag(text),
        &readers,
        &world.sender,
        &mut world.rng,
    )
    .unwrap()
    .parsed
}

fn open_theirs(world: &World, parsed: &Parsed, wrap: &Wrap) -> Result<Opened, OpenError> {
    let key = world.sender.verifying_key();
    open(parsed, &key, wrap, &FixedBytes([1; 16]), &world.theirs)
}

#[test]
fn sealed_flag_opens_for_each_reader() {
    let mut world = world();
    let parsed = sealed(&mut world, "white van, two men");
    let bytes = parsed.encode().unwrap();
    let again = Parsed::decode(&bytes).unwrap();
    assert_eq!(again, parsed);
    let opened = open_theirs(&world, &again, &again.envelope().wraps[1]).unwrap();
    assert_eq!(opened.form.text(5), Some("white van, two men"));
}

#[test]
fn flag_of_200_bytes_to_one_foreign_device_keeps_to_the_size_budget() {
    let mut world = world();
    let parsed = sealed(&mut world, &"x".repeat(200));
    let submitted = parsed.encode().unwrap().len();
    assert!(submitted <= 3500, "{submitted}");
    let mut more = readers(&world);
    more.push(Reader {
        device: FixedBytes([9; 16]),
        ..more[1].clone()
    });
    let text = "x".repeat(200);
    let wider = seal(header(), &flag(&text), &more, &world.sender, &mut world.rng).unwrap();
    let further = wider.parsed.encode().unwrap().len() - submitted;
    assert!(further <= 1200, "{further}");
    let bare = |p: &Parsed| encode(&p.envelope().with_wraps(|_| false)).unwrap().len();
    let further = bare(&wider.parsed) - bare(&parsed);
    assert!(further <= 32, "{further}");
}

#[test]
fn digest_is_the_same_whichever_wraps_are_present() {
    let mut world = world();
    let parsed = sealed(&mut world, "same");
    for keep in [0u8, 1, 9] {
        let envelope = parsed.envelope().with_wraps(|w| w.position == keep);
        let part = Parsed::from_envelope(envelope).unwrap();
        assert_eq!(part.digest(), parsed.digest());
        assert!(part.verify(&world.sender.verifying_key()));
    }
}

#[test]
fn wrap_of_another_device_or_position_does_not_open() {
    let mut world = world();
    let parsed = sealed(&mut world, "text");
    let wraps = &parsed.envelope().wraps;
    assert_eq!(
        open_theirs(&world, &parsed, &wraps[0]).unwrap_err().stage,
        Stage::Unwrap
    );
    let moved = Wrap {
        position: 0,
        ..wraps[1].clone()
    };
    assert_eq!(
        open_theirs(&world, &parsed, &moved).unwrap_err().stage,
        Stage::Unwrap
    );
}

#[test]
fn exercise_never_verifies_as_actual() {
    let mut world = world();
    let mut exercise = header();
    exercise.status = Status::Exercise;
    exercise.exercise = Some(FixedBytes([5; 16]));
    let readers = readers(&world);
    let sealed = seal(
        exercise,
        &flag("drill"),
        &readers,
        &world.sender,
        &mut world.rng,
    )
    .unwrap();
    let mut envelope = sealed.parsed.envelope().clone();
    let mut relabelled = sealed.parsed.header().clone();
    relabelled.status = Status::Actual;
    relabelled.exercise = None;
    envelope.header = encode(&relabelled).unwrap().into();
    let parsed = Parsed::from_envelope(envelope).unwrap();
    let wrap = &parsed.envelope().wraps[1];
    assert_eq!(
        open_theirs(&world, &parsed, wrap).unwrap_err().stage,
        Stage::Signature
    );
}

#[test]
fn padding_is_minimal_and_zero() {
    assert_eq!(size_class(0), Some(256));
    assert_eq!(size_class(257), Some(512));
    assert_eq!(size_class(32_768), Some(32_768));
    assert_eq!(size_class(32_769), Some(65_536));
    assert_eq!(size_class(491_521), None);
    let padded = pad(b"form").unwrap();
    assert_eq!(unpad(&padded), Some(b"form".as_slice()));
    let mut dirty = padded.clone();
    dirty[255] = 1;
    assert_eq!(unpad(&dirty), None);
    let mut wide = padded;
    wide.resize(512, 0);
    assert_eq!(unpad(&wide), None);
}

/// Covers HND-20.
#[test]
fn rewrapped_message_opens_for_the_device_that_was_added_and_for_no_other() {
    let mut world = world();
    let made = readers(&world);
    let sealed = seal(header(), &flag("x"), &made, &world.sender, &mut world.rng).unwrap();
    let late = XWingSecret::generate(&mut world.rng);
    let device = FixedBytes([9; 16]);
    let reader = Reader {
        addressee: 1,
        device,
        prekey: 7,
        key: late.public().unwrap(),
    };
    let (parsed, key) = (&sealed.parsed, world.sender.verifying_key());
    let wrap = rewrap(parsed, &sealed.content_key, &reader, &mut world.rng).unwrap();
    let opened = open_rewrapped(parsed, &key, &wrap, &device, &late).unwrap();
    assert_eq!(opened.form, flag("x"));
    let stage = |result: Result<Opened, OpenError>| result.unwrap_err().stage;
    let other = FixedBytes([8; 16]);
    let wrong = open_rewrapped(parsed, &key, &wrap, &other, &late);
    assert_eq!(stage(wrong), Stage::Unwrap);
    let wrong = open_rewrapped(parsed, &key, &wrap, &device, &world.theirs);
    assert_eq!(stage(wrong), Stage::Unwrap);
    // As a wrap of the envelope it counts for nothing, and neither do those of the envelope here.
    assert_eq!(
        stage(open(parsed, &key, &wrap, &device, &late)),
        Stage::Unwrap
    );
    let covered = parsed.envelope().wraps[1].clone();
    let wrong = open_rewrapped(parsed, &key, &covered, &covered.device, &world.theirs);
    assert_eq!(stage(wrong), Stage::Unwrap);
}

/// Covers ENV-25 and ENV-26.
#[test]
fn enclosed_message_opens_by_its_content_key_alone() {
    let mut world = world();
    let made = readers(&world);
    let sealed = seal(header(), &flag("x"), &made, &world.sender, &mut world.rng).unwrap();
    let bare = sealed.parsed.envelope().with_wraps(|_| false);
    let bare = Parsed::from_envelope(bare).unwrap();
    assert_eq!(bare.digest(), sealed.parsed.digest());
    assert!(bare.verify(&world.sender.verifying_key()));
    let opened = open_enclosed(&bare, sealed.content_key).unwrap();
    assert_eq!(opened.form, flag("x"));
    let other = Secret::from_bytes([3; 32]);
    let wrong = open_enclosed(&bare, other).unwrap_err();
    assert_eq!(wrong.stage, Stage::Commitment);
}
