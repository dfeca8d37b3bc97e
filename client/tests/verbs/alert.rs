//! `alert`: the same form by flags, standard input, questions and the editor; what bad input gets.

use crate::transcript::Transcript;
use crate::world::{BORDER, World};

const DOCUMENT: &str = r#"format = "alert"

[header]
to = ["duty@ops.border.xb"]

[form]
kind = "missing-person"
title = "Anna, 7 years"
text = "Last seen at the ferry."

[[form.vehicles]]
plate = "XA-123"
year = 2019
"#;

/// Questions are answered in their order: kind, title, text; then a vehicle.
const ANSWERS: &str = "missing\nmissing-person\nAnna, 7 years\nLast seen at the ferry.\n.\n\
                       vehicles\n\nXA-123\n\n\n\n\n\n2019\n.\n\n";

pub fn play(world: &World, transcript: &mut Transcript) {
    let wait = ["--to", BORDER, "--wait", "relayed"];
    let flags = [
        "alert",
        "Last seen at the ferry.",
        "--kind",
        "missing-person",
        "--title",
    ];
    let more = [
        "Anna, 7 years",
        "--set",
        "vehicles.1.plate=XA-123",
        "--set",
        "vehicles.1.year=2019",
    ];
    world.officer(transcript, &[&flags[..], &more, &wait].concat());
    world.officer_with(
        transcript,
        &["alert", "--stdin", "--wait", "relayed"],
        DOCUMENT,
    );
    let questions = [&["alert", "--form"][..], &wait].concat();
    world.officer_with(transcript, &questions, ANSWERS);
    // The first time the editor makes a mistake, which it is shown.
    world.set_editor(
        "if grep -q '^#!.*code-list\\|^#!' \"$1\"; then sed -i 's/^kind = .*/kind = \"missing-person\"/' \"$1\"\n\
         else printf 'kind = \"missing\"\\ntitle = \"Anna, 7 years\"\\ntext = \"Last seen at the ferry.\"\\n\
         [[form.vehicles]]\\nplate = \"XA-123\"\\nyear = 2019\\n' > \"$1.form\"\n\
         sed '/^.form.$/q' \"$1\" | cat - \"$1.form\" > \"$1.new\" && mv \"$1.new\" \"$1\"; fi",
    );
    world.officer(transcript, &[&["alert", "--edit"][..], &wait].concat());
    let id = |place: u64| {
        let listed = world.run(&world.officer, &["list", "--json"], None);
        let listed = String::from_utf8(listed.stdout).unwrap();
        let ids = listed.lines().filter(|line| line.contains("Anna"));
        let ids = ids.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let mut ids: Vec<u64> = ids.map(|line| line["id"].as_u64().unwrap()).collect();
        ids.sort_unstable();
        ids[usize::try_from(place).unwrap()].to_string()
    };
    let first = world.form(&world.officer, &id(0));
    for other in 1..4 {
        assert_eq!(
            world.form(&world.officer, &id(other)),
            first,
            "source {other}"
        );
    }
    bad_input(world, transcript);
}

fn bad_input(world: &World, transcript: &mut Transcript) {
    let mut run = |args: &[&str]| world.officer(transcript, &[args, &["--to", BORDER]].concat());
    run(&["alert", "x"]);
    run(&["alert", "x", "--kind", "misisng-person"]);
    run(&[
        "alert",
        "x",
        "--kind",
        "other",
        "--set",
        "vehicle.plate=XA-1",
    ]);
    run(&[
        "alert",
        "x",
        "--kind",
        "other",
        "--set",
        "vehicles.1.plates=XA-1",
    ]);
    run(&[
        "alert", "x", "--kind", "other", "--starts", "+2h", "--ends", "+1h",
    ]);
    run(&[
        "alert",
        "x",
        "--kind",
        "other",
        "--set",
        "vessels.imo=9074728",
    ]);
    run(&["alert", "x", "--kind", "other", "--paste", "red lorry"]);
    run(&[
        "alert",
        "x",
        "--kind",
        "other",
        "--set",
        "vehicles.vin=1M8GDM9A0KP042788",
        "--dry-run",
    ]);
    let pasted = [
        "alert",
        "x",
        "--kind",
        "other",
        "--paste",
        "IMO 9074729",
        "--paste",
        "XA-123",
    ];
    run(&[
        &pasted[..],
        &[
            "--paste",
            "DE89 3704 0044 0532 0130 00",
            "--paste",
            "52.52, 13.405",
        ],
        &["--dry-run"],
    ]
    .concat());
    run(&["alert", "x", "--kind", "other", "--no-input", "--form"]);
    let broken = world.officer_with(
        transcript,
        &["alert", "--stdin"],
        "format = \"alert\"\n[forms]\n",
    );
    assert_eq!(broken.status.code(), Some(2));
}
