//! Where silence, a refusal or a word leads: two desks abroad, one the deputy of the other, with
//! real relays that watch the clocks.

use crate::transcript::Transcript;
use crate::world::{BORDER, NIGHT, OFFICER, World, until};
use estafette_client::demo::DeskStage;
use serde_json::Value;

/// Sends a flag that silence, a refusal or a referral leads on from.
fn flag(world: &World, text: &str) -> (String, String) {
    let flag = ["flag", text, "--to", BORDER, "--wait", "relayed"];
    let output = world.run(&world.officer, &flag, None);
    assert!(output.status.success(), "{output:?}");
    let mine = world.arrived(&world.officer, text);
    (mine, readable(world, &world.colleague, text))
}

/// Waits until a desk can read a message; gives its small id.
fn readable(world: &World, desk: &DeskStage, text: &str) -> String {
    let id = world.arrived(desk, text);
    until("its key", || {
        world.run(desk, &["sync"], None);
        shown(world, desk, &id)["form"].is_object()
    });
    id
}

fn shown(world: &World, desk: &DeskStage, id: &str) -> Value {
    let shown = world.run(desk, &["show", id, "--json"], None);
    serde_json::from_slice(&shown.stdout).unwrap_or_default()
}

/// The row of an addressee, for programs.
fn row(world: &World, desk: &DeskStage, id: &str, of: &str) -> Value {
    let track = world.run(desk, &["track", id, "--json"], None);
    let lines = String::from_utf8(track.stdout).unwrap();
    let rows = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut rows = rows.filter(|row| row["type"] == "track" && row["desk"] == of);
    rows.next().unwrap()
}

/// Waits until the row of an addressee is so.
fn until_row(world: &World, (desk, id): (&DeskStage, &str), of: &str, holds: fn(&Value) -> bool) {
    until("what the row says", || {
        world.run(desk, &["sync"], None);
        holds(&row(world, desk, id, of))
    });
}

fn escalated(row: &Value, cause: &str) -> bool {
    row["steps"][0]["to"] == NIGHT && row["steps"][0]["cause"] == cause
}

/// `decline` and `refer`: the deputy gets it at once.
pub fn decline(world: &World, transcript: &mut Transcript) {
    let (mine, theirs) = flag(world, "Grey van, declined");
    let mut run = |args: &[&str]| world.colleague(transcript, args);
    run(&["decline", &theirs, "--reason", "mood"]);
    let reason = ["decline", &theirs, "--reason", "not-available"];
    run(&[&reason[..], &["-m", "two\nlines"]].concat());
    run(&[
        &reason[..],
        &["--officer", "Insp. Ahl", "-m", "no car free"],
    ]
    .concat());
    world.officer(transcript, &["decline", &mine, "--reason", "not-available"]);
    let watched = (&world.officer, mine.as_str());
    until_row(world, watched, BORDER, |row| escalated(row, "declined"));
    let said = row(world, &world.officer, &mine, BORDER);
    assert_eq!(said["standing"], "declined");
    assert_eq!(said["said"][0]["remark"], "no car free");
    let night = world.night.as_ref().unwrap();
    let id = readable(world, night, "Grey van, declined");
    world.night(
        transcript,
        &["ack", &id, "--eta", "45m", "--officer", "Sgt. Novak"],
    );
    until_row(world, watched, NIGHT, |row| {
        row["standing"] == "acknowledged"
    });
    let listed = world.run(&world.officer, &["list", "acknowledged", "--json"], None);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("Grey van, declined"), "{listed}");

    let (mine, theirs) = flag(world, "Grey van, referred");
    let mut run = |args: &[&str]| world.colleague(transcript, args);
    run(&["ack", &theirs]);
    run(&["ack", &theirs]);
    run(&["ack", &theirs, "--retract", "-m", "called away"]);
    run(&["ack", &theirs, "--retract"]);
    run(&["refer", &theirs, "--to", "nihgt@ops.border.xb"]);
    run(&["refer", &theirs, "--to", OFFICER]);
    run(&["refer", &theirs, "--to", NIGHT]);
    let watched = (&world.officer, mine.as_str());
    until_row(world, watched, BORDER, |row| escalated(row, "referred"));
    let said = row(world, &world.officer, &mine, BORDER);
    assert_eq!(
        (&said["said"][0]["holds"], &said["standing"]),
        (&false.into(), &"referred".into())
    );
    world.arrived(night, "Grey van, referred");
}

/// `extend`, `remind` and `close`, from either side.
pub fn extend(world: &World, transcript: &mut Transcript) {
    let ask = [
        "ask",
        "Who crossed?",
        "--purpose",
        "investigation",
        "--to",
        BORDER,
    ];
    // The rules want an answer sooner than a request that is not urgent says.
    world.officer(transcript, &ask);
    let urgent = [
        "--urgent",
        "threat-to-life",
        "--because",
        "Child missing",
        "--wait",
        "relayed",
    ];
    world.officer(transcript, &[&ask[..], &urgent].concat());
    let mine = world.arrived(&world.officer, "Who crossed?");
    let theirs = readable(world, &world.colleague, "Who crossed?");
    assert!(
        shown(world, &world.colleague, &theirs)["form"]
            .to_string()
            .contains("24h")
    );
    let mut run = |args: &[&str]| world.colleague(transcript, args);
    run(&["extend", &theirs, "--until", "+9000h"]);
    run(&["extend", &theirs, "--until", "+72h", "--for", BORDER]);
    run(&[
        "extend",
        &theirs,
        "--until",
        "+72h",
        "-m",
        "the register is being restored",
    ]);
    let watched = (&world.officer, mine.as_str());
    until_row(world, watched, BORDER, |row| row["asked_until"].is_string());
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["extend", &mine, "--until", "+1h"]);
    run(&["extend", &mine, "--until", "+72h", "-m", "granted"]);
    run(&["extend", &mine, "--until", "+73h"]);
    run(&["remind", &mine, "--only", "overdue"]);
    run(&["remind", &mine]);
    let watched = (&world.colleague, theirs.as_str());
    until_row(world, watched, BORDER, |row| {
        row["reminded"].is_string() && row["asked_until"].is_null()
    });
    let needs = world.run(&world.colleague, &["list", "needs-me", "--json"], None);
    assert!(
        String::from_utf8(needs.stdout)
            .unwrap()
            .contains("reminded")
    );
    world.colleague(transcript, &["close", &theirs]);
    world.officer(transcript, &["close", &mine, "-m", "found, thank you"]);
    world.officer(transcript, &["close", &mine]);
    until_row(world, watched, BORDER, |row| row["standing"] == "closed");
    world.colleague(transcript, &["ack", &theirs]);
    world.colleague(transcript, &["extend", &theirs, "--until", "+99h"]);
    assert!(
        !row(world, &world.officer, &mine, BORDER)["sides"]
            .to_string()
            .contains("overdue")
    );
}

/// `escalate`, and silence that leads on by itself.
pub fn escalate(world: &World, transcript: &mut Transcript) {
    let (mine, theirs) = flag(world, "Grey van, by hand");
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["escalate", &mine, "--step", "9"]);
    run(&["escalate", &mine]);
    run(&["escalate", &mine, "--for", OFFICER]);
    world.colleague(transcript, &["escalate", &theirs, "--step", "1"]);
    let watched = (&world.officer, mine.as_str());
    until_row(world, watched, BORDER, |row| escalated(row, "asked"));
    let watched = (&world.colleague, theirs.as_str());
    until_row(world, watched, BORDER, |row| escalated(row, "asked"));
    world.colleague(transcript, &["escalate", &theirs]);

    let alert = [
        "alert",
        "Silent alert",
        "--kind",
        "missing-person",
        "--title",
        "Silent alert",
    ];
    let all = [&alert[..], &["--to", BORDER, "--wait", "relayed"]].concat();
    let output = world.run(&world.officer, &all, None);
    assert!(output.status.success(), "{output:?}");
    let mine = world.arrived(&world.officer, "Silent alert");
    let watched = (&world.officer, mine.as_str());
    until_row(world, watched, BORDER, |row| {
        let signed = row["overdue"][0]["signed"] == true;
        signed && row["overdue"][0]["clock"] == "acknowledge" && escalated(row, "silence")
    });
    // Late, and counted all the same.
    let theirs = readable(world, &world.colleague, "Silent alert");
    world.run(&world.colleague, &["ack", &theirs], None);
    until_row(world, watched, BORDER, |row| {
        row["late"][0]["clock"] == "acknowledge" && row["standing"] == "acknowledged"
    });
    let late = row(world, &world.officer, &mine, BORDER);
    assert!(late["late"][0]["by_ms"].as_u64().unwrap() > 0, "{late}");
}

/// `undo` and `correct`.
pub fn correct(world: &World, transcript: &mut Transcript) {
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["undo"]);
    run(&["note", "later", "--to", BORDER, "--defer", "+2h"]);
    run(&["undo", "--dry-run"]);
    run(&["undo"]);
    run(&["undo"]);
    let (mine, theirs) = flag(world, "Missile inbound");
    let mut run = |args: &[&str]| world.officer(transcript, args);
    run(&["correct"]);
    run(&["correct", &mine, "--dry-run", "--lang", "es"]);
    let corrected = [
        "correct",
        &mine,
        "No missile. Stand down.",
        "--wait",
        "delivered",
    ];
    // The other desk looks for it meanwhile: the waiting ends because it is there.
    let correction = std::thread::scope(|scope| {
        let seen = scope.spawn(|| readable(world, &world.colleague, "No missile"));
        run(&corrected);
        seen.join().unwrap()
    });
    let fields = shown(world, &world.colleague, &theirs);
    assert_eq!(fields["withdrawn_by"].to_string(), correction);
    // The old one is there to be read, and nothing is due of it any more.
    assert!(
        fields["form"].is_object() && fields["deadline"].is_null(),
        "{fields}"
    );
    let seen = |wanted: bool| {
        world.run(&world.officer, &["sync"], None);
        let track = world.run(&world.officer, &["track", &mine, "--json"], None);
        let track = String::from_utf8(track.stdout).unwrap();
        let rows = track
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut rows = rows.filter(|row| row["type"] == "correction" && row["desk"] == BORDER);
        rows.next().is_some_and(|row| row["seen"] == wanted)
    };
    until("a correction that nobody has seen", || seen(false));
    world.colleague(transcript, &["correct", &theirs]);
    world.colleague(transcript, &["ack", &correction]);
    until("the correction, seen", || seen(true));
}

/// `duty` and `handover`.
pub fn duty(world: &World, transcript: &mut Transcript) {
    let mut run = |args: &[&str]| world.colleague(transcript, args);
    run(&["duty"]);
    run(&["duty", "hours", "--from", "Mon-Foo 8-18"]);
    run(&[
        "duty",
        "hours",
        "--from",
        "daily 00:00-24:00",
        "--zone",
        "Europe/Rom",
    ]);
    run(&[
        "duty",
        "absent",
        "--until",
        "+40h",
        "--deputy",
        "nobody@ops",
    ]);
    run(&[
        "duty",
        "absent",
        "--until",
        "+900h",
        "--deputy",
        "night@ops",
    ]);
    run(&["handover", "--to", OFFICER]);
    world.night(transcript, &["duty", "take", "8h", "--desk", "duty@ops"]);
    world.night(transcript, &["duty", "absent", "--until", "+4h"]);
    let night_is = |staffing: &str| {
        until("the word on the deputy", || {
            world.run(&world.colleague, &["sync"], None);
            let who = world.run(&world.colleague, &["duty", "who", NIGHT, "--json"], None);
            let wanted = format!("\"staffing\":\"{staffing}\"");
            String::from_utf8(who.stdout).unwrap().contains(&wanted)
        });
    };
    night_is("absent");
    let absent = ["duty", "absent", "--until", "+8h", "--deputy", "night@ops"];
    world.colleague(transcript, &absent);
    world.colleague(transcript, &["handover", "--to", NIGHT]);
    world.night(transcript, &["duty", "take", "8h"]);
    night_is("staffed");
    // Nobody at the other desk acknowledges in time: the desk is handed over all the same.
    let handover = ["handover", "--to", NIGHT, "--for", "8h"];
    let waits = ["--wait", "acknowledged", "--timeout", "1s"];
    world.colleague(transcript, &[&handover[..], &waits].concat());
    readable(world, world.night.as_ref().unwrap(), "Hand-over");
    until("the word on the desk, abroad", || {
        world.run(&world.officer, &["sync"], None);
        let who = world.run(&world.officer, &["duty", "who", BORDER, "--json"], None);
        String::from_utf8(who.stdout)
            .unwrap()
            .contains("\"staffing\":\"absent\"")
    });
    not_staffed(world, transcript);
}

/// What a sender sees of a desk that is absent, and where its flash goes at once.
fn not_staffed(world: &World, transcript: &mut Transcript) {
    world.officer(transcript, &["duty", "who", "border.xb"]);
    world.officer(transcript, &["duty", "who", "border.xy"]);
    world.officer(transcript, &["route", "flag", "--to", BORDER]);
    let (mine, _) = flag(world, "Grey van, to nobody");
    let watched = (&world.officer, mine.as_str());
    until_row(world, watched, BORDER, |row| escalated(row, "not-staffed"));
    let colleague = [
        "duty",
        "hours",
        "--from",
        "daily 00:00-24:00",
        "--zone",
        "Europe/Rome",
    ];
    let output = world.run(
        &world.colleague,
        &[&colleague[..], &["--weeks", "2"]].concat(),
        None,
    );
    assert!(output.status.success(), "{output:?}");
    let take = ["duty", "take", "1h", "--json"];
    let taken = world.run(&world.colleague, &take, None);
    let taken = String::from_utf8(taken.stdout).unwrap();
    for word in ["\"staffing\":\"staffed\"", "\"zone\":\"Europe/Rome\""] {
        assert!(taken.contains(word), "{taken}");
    }
    let track = world.run(&world.officer, &["track", &mine, "--json"], None);
    let track = String::from_utf8(track.stdout).unwrap();
    assert!(track.contains("\"deadline_local\""), "{track}");
}
