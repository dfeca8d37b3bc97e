//! An eighth format and a new code, in a copy of `spec/`: filled in, sent, checked and shown in
//! every language, by programs that were not changed for it.

use crate::world::{BORDER, World};
use std::fs;
use std::path::Path;

const LANGUAGES: [(&str, &str); 5] = [
    ("en", "Port of call"),
    ("fr", "Port d'escale"),
    ("es", "Puerto de escala"),
    ("de", "Anlaufhafen"),
    ("ar", "ميناء الرسو"),
];

const VOYAGE: &str = r#"format = 1024
version = 1
word = "voyage"
form_bytes_max = 4096
text = "remark"
labels = { en = "Voyage", fr = "Traversée", es = "Travesía", de = "Reise", ar = "رحلة" }

[[field]]
number = 1
word = "port"
type = "text"
mandatory = true
bytes_max = 100
labels = { en = "Port of call", fr = "Port d'escale", es = "Puerto de escala", de = "Anlaufhafen", ar = "ميناء الرسو" }

[[field]]
number = 2
word = "reason"
type = "code"
codes = "withdrawal-reasons"
labels = { en = "Reason", fr = "Motif", es = "Motivo", de = "Grund", ar = "السبب" }

[[field]]
number = 3
word = "remark"
type = "text"
labels = { en = "Remark", fr = "Remarque", es = "Observación", de = "Bemerkung", ar = "ملاحظة" }

[[field]]
number = 43
word = "vessels"
type = "group"
group = "vessel"
list_max = 16
labels = { en = "Vessels", fr = "Navires", es = "Buques", de = "Schiffe", ar = "السفن" }
"#;

const NEW_CODE: &str = r#"
[[code]]
value = 6
word = "weather"
labels = { en = "Weather", fr = "Météo", es = "Tiempo", de = "Wetter", ar = "الطقس" }
"#;

const RETIRED: &str = "retired = true\nsuccessor = 2\n";

#[test]
fn an_eighth_format_and_a_new_code_need_no_new_program() {
    let copy = tempfile::tempdir().unwrap();
    copy_spec(copy.path());
    let world = World::new(Some((copy.path(), "voyage")));
    bad_input(&world);
    let sent = ["send", "voyage", "Fog", "--set", "port=Kiel"];
    let more = ["--set", "reason=weather", "--paste", "IMO 9074729"];
    let wait = ["--to", BORDER, "--wait", "relayed"];
    let (code, said) = run(&world, &[&sent[..], &more, &wait].concat());
    assert_eq!(code, Some(0), "{said}");
    let id = world.arrived(&world.colleague, "Fog");
    for (language, label) in LANGUAGES {
        let shown = world.run(&world.colleague, &["show", &id, "--lang", language], None);
        let shown = String::from_utf8(shown.stdout).unwrap();
        let is_there = shown.contains(label) && shown.contains("9074729");
        assert!(is_there, "{language}: {shown}");
        let weather = NEW_CODE.split(&format!("{language} = \"")).nth(1).unwrap();
        let weather = weather.split('"').next().unwrap();
        assert!(shown.contains(weather), "{language}: {shown}");
    }
    let raw = world.run(&world.colleague, &["show", &id, "--raw"], None);
    assert_eq!(raw.stdout, b"Fog");
    assert_eq!(world.form(&world.colleague, &id)["reason"], "weather");
    // A definition that does not hold is refused by its file.
    let file = copy.path().join("formats/voyage.toml");
    fs::write(&file, VOYAGE.replace("\"vessel\"", "\"ship\"")).unwrap();
    let (code, said) = run(&world, &["list"]);
    assert!(
        said.contains("formats/voyage.toml: format voyage: "),
        "{said}"
    );
    assert_eq!((code, said.lines().count()), (Some(2), 3));
}

/// A mandatory field that is missing, and a retired code, typed and in a template.
fn bad_input(world: &World) {
    let (code, said) = run(world, &["send", "voyage", "x", "--to", BORDER]);
    let missing = "field 1 Port of call (port): must be filled";
    assert!(said.contains(missing) && code == Some(2), "{said}");
    let retired = ["--set", "reason=superseded"];
    let made = ["template", "new", "old", "voyage"];
    assert_eq!(run(world, &[&made[..], &retired].concat()).0, Some(0));
    let typed = ["send", "voyage", "--set", "port=Kiel", "--to", BORDER];
    for command in [
        &["template", "check", "old"][..],
        &[&typed[..], &retired].concat(),
        &[&typed[..], &["--template", "old"]].concat(),
    ] {
        let (code, said) = run(world, command);
        assert!(said.starts_with("error[code-retired]: "), "{said}");
        assert!(said.contains("Its successor is cancelled."), "{said}");
        assert_eq!((code, said.lines().count()), (Some(2), 3), "{said}");
    }
}

/// How a command of the officer ended, and what it said.
fn run(world: &World, args: &[&str]) -> (Option<i32>, String) {
    let output = world.run(&world.officer, args, None);
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
}

/// The definitions of this edition, one format and one code more, and one code retired.
fn copy_spec(to: &Path) {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    for folder in ["formats", "groups", "codes"] {
        fs::create_dir(to.join(folder)).unwrap();
        for entry in fs::read_dir(spec.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, to.join(folder).join(path.file_name().unwrap())).unwrap();
        }
    }
    fs::write(to.join("formats/voyage.toml"), VOYAGE).unwrap();
    let list = to.join("codes/withdrawal-reasons.toml");
    let text = fs::read_to_string(&list).unwrap();
    let text = text.replace("version = 1", "version = 2");
    let retired = "word = \"superseded\"\n";
    assert!(text.contains(retired));
    let text = text.replace(retired, &format!("{retired}{RETIRED}"));
    fs::write(&list, text + NEW_CODE).unwrap();
}
