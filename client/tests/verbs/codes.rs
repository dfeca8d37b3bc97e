//! Every code of every list: filled in at one desk, sent, and read at another.

use crate::world::{BORDER, World};
use estafette_protocol::format::{Catalogue, CodeList};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

const REMARK: &str = "every code";

fn usable(list: &CodeList) -> BTreeSet<&str> {
    let usable = list.codes.iter().filter(|code| !code.retired);
    usable.map(|code| code.word.as_str()).collect()
}

/// A format with a field for each list.
fn definition() -> String {
    let mut text = "format = 1025\nversion = 1\nword = \"codes\"\nform_bytes_max = 65536\n\
                    text = \"remark\"\nlabels = { en = \"Codes\" }\n\n[[field]]\nnumber = 1\n\
                    word = \"remark\"\ntype = \"text\"\nlabels = { en = \"Remark\" }\n"
        .to_owned();
    for (number, list) in (2..).zip(Catalogue::built_in().lists()) {
        let word = &list.word;
        write!(
            text,
            "\n[[field]]\nnumber = {number}\nword = \"{word}\"\ntype = \"code\"\n\
             codes = \"{word}\"\nlist_max = 4096\nlabels = {{ en = \"{word}\" }}\n"
        )
        .unwrap();
    }
    text
}

fn document() -> String {
    let mut text = format!("format = \"codes\"\n\n[form]\nremark = \"{REMARK}\"\n");
    for list in Catalogue::built_in().lists() {
        let codes: Vec<&str> = usable(list).into_iter().collect();
        writeln!(text, "{} = [\"{}\"]", list.word, codes.join("\", \"")).unwrap();
    }
    text
}

#[test]
fn every_code_of_every_list_goes_out_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("formats")).unwrap();
    fs::write(folder.path().join("formats/codes.toml"), definition()).unwrap();
    let world = World::new(Some((folder.path(), "codes")));
    let send = [
        "send", "codes", "--stdin", "--to", BORDER, "--wait", "relayed",
    ];
    let sent = world.run(&world.officer, &send, Some(&document()));
    let said = String::from_utf8_lossy(&sent.stderr).into_owned();
    assert!(sent.status.success(), "{said}");
    let id = world.arrived(&world.colleague, REMARK);
    let form = world.form(&world.colleague, &id);
    let mut count = 0;
    for list in Catalogue::built_in().lists() {
        // A list of one may be shown as one.
        let came: BTreeSet<&str> = match &form[&list.word] {
            Value::Array(codes) => codes.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        assert_eq!(came, usable(list), "{}", list.word);
        count += came.len();
    }
    assert!(count > 900, "{count}");
}
