//! Samples there and back, what is refused, what is bounded, and alerts written by hand.

use super::*;
use crate::failure::Failure;
use estafette_protocol::encoding::{Text, decode, encode};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::Status;
use estafette_protocol::time::UnixMillis;
use std::path::{Path, PathBuf};

/// The alerts of this repository: every one in `folder`.
fn samples(folder: &str) -> Vec<(String, Vec<u8>)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../interop-tests/data/cap");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(data.join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "xml"))
        .collect();
    paths.sort();
    assert!(paths.len() > 10, "{} samples", paths.len());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let read = |path: &PathBuf| (name(path), std::fs::read(path).unwrap());
    paths.iter().map(read).collect()
}

fn sample(name: &str) -> Vec<u8> {
    let mut all = samples("").into_iter();
    all.find(|(found, _)| found == name).unwrap().1
}

fn facts(status: Status) -> Facts {
    Facts {
        identifier: "0a1b".into(),
        sender: "duty@spoc.police.xa".into(),
        sent: UnixMillis(1_773_480_030_999),
        status,
        addresses: vec!["duty@port.xb".into(), "duty@spoc.police.xb".into()],
        marking: vec!["tlp:amber".into()],
        supersedes: false,
        superseded: None,
    }
}

/// Path and text of every element that holds text.
fn flat(nodes: &[Node]) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for node in nodes {
        match &node.content {
            Content::Text(text) => rows.push((node.element.name.to_owned(), text.clone())),
            Content::Nodes(nodes) => rows.extend(
                flat(nodes)
                    .into_iter()
                    .map(|(path, text)| (format!("{}/{path}", node.element.name), text)),
            ),
        }
    }
    rows
}

/// An alert around the given elements, the mandatory ones before them.
fn alert(elements: &str) -> Vec<u8> {
    let namespace = Version::V1_2.namespace();
    format!(
        "<alert xmlns='{namespace}'><identifier>1</identifier><sender>a@b.xa</sender>\
         <sent>2026-03-14T10:20:30+01:00</sent><status>Actual</status><msgType>Alert</msgType>\
         <scope>Public</scope>{elements}</alert>"
    )
    .into_bytes()
}

fn info(elements: &str) -> String {
    format!(
        "<info><category>Met</category><event>Storm</event><urgency>Future</urgency>\
         <severity>Minor</severity><certainty>Likely</certainty>{elements}</info>"
    )
}

#[test]
fn every_word_of_the_table_is_a_field_of_the_definitions() {
    assert_eq!(to_form::missing_words(), Vec::<String>::new());
}

#[test]
fn every_sample_comes_back_from_its_form() {
    for (name, bytes) in samples("") {
        let converted = convert(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(converted.fault, None, "{name}");
        assert_eq!(
            decode::<Form>(&encode(&converted.form).unwrap()).as_ref(),
            Ok(&converted.form)
        );
        let status = converted.status.unwrap_or(Status::Test);
        let (text, not_carried) = export(&converted.form, &facts(status)).unwrap();
        assert_eq!(not_carried, Vec::<String>::new(), "{name}");
        if name.starts_with("draft") || name == "version-1.0.xml" {
            continue;
        }
        let again = convert(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (mut one, mut other) = (read(&bytes).unwrap(), read(text.as_bytes()).unwrap());
        assert!(again.not_carried.is_empty(), "{name}");
        if name == "version-1.1.xml" {
            // Its file has no type; CAP 1.2 wants one.
            one.nodes.clear();
            other.nodes.clear();
        } else {
            assert_eq!(again.form, converted.form, "{name}");
        }
        let names = |alert: &Alert| flat(&alert.nodes).into_iter().map(|(path, _)| path);
        assert!(names(&one).eq(names(&other)), "{name}");
    }
}

#[test]
fn every_code_of_cap_is_carried_by_its_own_spelling() {
    let converted = convert(&sample("every-code.xml")).unwrap();
    let exported = from_form(&converted.form, &facts(Status::Actual)).unwrap();
    let rows = flat(&exported.alert.nodes);
    for list in [
        "categories",
        "response-types",
        "urgencies",
        "severities",
        "certainties",
    ] {
        for code in &Catalogue::built_in()
            .list(&format!("cap-{list}"))
            .unwrap()
            .codes
        {
            let term = code.term.as_deref().unwrap();
            assert!(rows.iter().any(|(_, text)| text == term), "{list}: {term}");
        }
    }
}

#[test]
fn what_is_refused_is_refused_by_name_and_with_a_next_command() {
    for (name, bytes) in samples("refused") {
        let error = convert(&bytes).map(|_| ()).expect_err(&name);
        let word = name.split('.').next().unwrap();
        assert_eq!(error.word(), word, "{name}: {error}");
        if word == "cap-missing" {
            let element = name.split('.').nth(1).unwrap().replace("empty-", "");
            assert!(
                error
                    .to_string()
                    .contains(&format!("{element} is mandatory")),
                "{name}"
            );
        }
        let failure: Box<Failure> = error.into();
        assert_eq!(failure.word, word);
        assert!(
            failure.next.contains("estafette "),
            "{name}: {}",
            failure.next
        );
        for line in [&failure.what, &failure.why, &failure.next] {
            assert!(!line.is_empty() && !line.contains('\n'), "{name}: {line}");
        }
    }
}

#[test]
fn statuses_are_mapped_and_a_draft_is_never_sent() {
    for (name, status) in [
        ("full-exercise-restricted.xml", Some(Status::Exercise)),
        ("system-private.xml", Some(Status::Test)),
        ("test-public.xml", Some(Status::Test)),
        ("every-code.xml", Some(Status::Actual)),
        ("draft-private.xml", None),
    ] {
        let converted = convert(&sample(name)).unwrap();
        assert_eq!(converted.status, status, "{name}");
        match (converted.sendable(), status) {
            (Ok(got), Some(status)) => assert_eq!(got, status),
            (Err(failure), None) => assert_eq!(failure.word, "cap-draft"),
            _ => panic!("{name}"),
        }
    }
}

#[test]
fn exercise_never_becomes_an_actual_alert() {
    let converted = convert(&alert(&info(""))).unwrap();
    for (status, term) in [
        (Status::Actual, "Actual"),
        (Status::Exercise, "Exercise"),
        (Status::Test, "Test"),
    ] {
        let exported = from_form(&converted.form, &facts(status)).unwrap();
        let rows = flat(&exported.alert.nodes);
        assert!(rows.contains(&("status".into(), term.into())));
    }
    let system = convert(&sample("system-private.xml")).unwrap();
    let exported = from_form(&system.form, &facts(Status::Test)).unwrap();
    assert!(flat(&exported.alert.nodes).contains(&("status".into(), "System".into())));
}

#[test]
fn signature_foreign_elements_and_lost_digits_are_named() {
    let rows = |name| {
        let converted = convert(&sample(name)).unwrap();
        let rows = converted.not_carried.iter();
        let rows = rows.map(|(path, reason, count)| format!("{path} {} {count}", reason.word()));
        rows.collect::<Vec<_>>()
    };
    assert_eq!(
        rows("prefix-and-signature.xml"),
        [
            "Signature signature 1",
            "alert/@vendor:build attribute 1",
            "info/colour unknown 1",
            "info/priority foreign 1",
        ]
    );
    assert_eq!(
        rows("finer-than-carried.xml"),
        ["info/area/circle digits 1", "sent fraction 1"]
    );
    assert_eq!(
        rows("version-1.0.xml"),
        [
            "info/category default 1",
            "info/certainty replaced 1",
            "password unknown 1"
        ]
    );
}

#[test]
fn text_is_read_as_xml_means_it_and_written_so_that_it_is_read_again() {
    let text = "<b>&amp;\r\u{1}\" ]]> 'end'\nline  two";
    let converted = convert(&alert(&info(
        "<headline>&lt;b&gt;&amp;amp;&#13;<![CDATA[\" ]]]]><![CDATA[> 'end'\r\nline  two]]></headline>",
    )))
    .unwrap();
    let headline = |form: &Form| {
        let exported = export(form, &facts(Status::Actual)).unwrap().0;
        let rows = flat(&read(exported.as_bytes()).unwrap().nodes);
        rows.into_iter()
            .find(|(path, _)| path == "info/headline")
            .unwrap()
            .1
    };
    let as_read = text.replace('\u{1}', "");
    assert_eq!(headline(&converted.form), as_read);
    // What XML cannot hold does not make a file that nobody can read.
    let by_hand = hand_written(text);
    assert_eq!(headline(&by_hand), text.replace('\u{1}', "\u{fffd}"));
}

fn field(word: &str, value: Value) -> Field {
    let format = Catalogue::built_in().format_by_word("alert").unwrap();
    let number = format.field_by_word(word).unwrap().number;
    Field { number, value }
}

fn text(text: &str) -> Value {
    Value::Text(Text::new(text.to_owned()).unwrap())
}

fn hand_written(title: &str) -> Form {
    let fields = vec![
        field("kind", Value::Code(1)),
        field("title", text(title)),
        field("text", text("Three suspects")),
        field("action", text("Stop and call back")),
        field("case", text("SPOC-1")),
    ];
    Form {
        format: 2,
        version: 1,
        fields,
    }
}

#[test]
fn alert_written_by_hand_takes_from_the_header_what_cap_wants() {
    let mut facts = facts(Status::Exercise);
    facts.supersedes = true;
    facts.superseded = Some(Superseded {
        sender: "duty@spoc.police.xa".into(),
        identifier: "ffee".into(),
        sent: UnixMillis(1_773_480_000_000),
    });
    let exported = from_form(&hand_written("Armed robbery"), &facts).unwrap();
    assert_eq!(exported.not_carried, ["case"]);
    let rows = flat(&exported.alert.nodes);
    let rows: Vec<(&str, &str)> = rows.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    assert_eq!(
        rows,
        [
            ("identifier", "0a1b"),
            ("sender", "duty@spoc.police.xa"),
            ("sent", "2026-03-14T09:20:30-00:00"),
            ("status", "Exercise"),
            ("msgType", "Update"),
            ("scope", "Private"),
            ("restriction", "tlp:amber"),
            ("addresses", "duty@port.xb duty@spoc.police.xb"),
            (
                "references",
                "duty@spoc.police.xa,ffee,2026-03-14T09:20:00-00:00"
            ),
            ("info/language", "und"),
            ("info/category", "Other"),
            ("info/event", "Imminent threat"),
            ("info/urgency", "Unknown"),
            ("info/severity", "Unknown"),
            ("info/certainty", "Unknown"),
            ("info/headline", "Armed robbery"),
            ("info/description", "Three suspects"),
            ("info/instruction", "Stop and call back"),
        ]
    );
    assert!(
        convert(write(&exported.alert).as_bytes())
            .unwrap()
            .fault
            .is_none()
    );
}

#[test]
fn only_an_alert_becomes_an_alert() {
    let mut form = hand_written("x");
    form.format = 6;
    let error = from_form(&form, &facts(Status::Actual)).map(|_| ());
    assert_eq!(error.unwrap_err(), CapError::NotAnAlert);
}

#[test]
fn field_that_cap_cannot_hold_is_named() {
    let quoted = convert(&alert(&format!("<addresses>a b</addresses>{}", info("")))).unwrap();
    let mut form = quoted.form;
    let Some(Field {
        value: Value::Group(origin),
        ..
    }) = form.fields.get_mut(1)
    else {
        panic!("the origin is the second field");
    };
    let addresses = origin
        .iter_mut()
        .find(|f| matches!(f.value, Value::List(_)));
    addresses.unwrap().value = Value::List(vec![text("say \"no\" twice")]);
    let error = export(&form, &facts(Status::Actual)).unwrap_err();
    assert!(matches!(
        error,
        CapError::Field {
            word: "addresses",
            ..
        }
    ));
}

#[test]
fn a_file_of_a_mebibyte_is_shown_and_said_not_to_fit() {
    let long = "wind ".repeat(220_000);
    let bytes = alert(&info(&format!("<description>{long}</description>")));
    assert!(bytes.len() > 1024 * 1024);
    let converted = convert(&bytes).unwrap();
    assert_eq!(converted.sendable().unwrap_err().word, "cap-does-not-fit");
    let (text, _) = export(&converted.form, &facts(Status::Actual)).unwrap();
    assert!(text.contains(long.trim_end()));
    // Most of such a file is markup: its form is small enough.
    let parameter = "<parameter><valueName>station</valueName><value>x</value></parameter>";
    let many = parameter.repeat(1_000) + &" ".repeat(1024 * 1024);
    let converted = convert(&alert(&info(&many))).unwrap();
    assert_eq!(converted.sendable().unwrap(), Status::Actual);
}

#[test]
fn depth_elements_attributes_and_size_are_bounded() {
    let elements = info(&"<code/>".repeat(ELEMENTS_MAX));
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
    for (bytes, word) in [
        (alert(&elements), "cap-too-many"),
        (alert(&format!("<x{attributes}/>")), "cap-too-many"),
        (alert(&"<a>".repeat(100_000)), "cap-too-deep"),
        (vec![b' '; FILE_BYTES_MAX + 1], "cap-too-large"),
        (b"<".repeat(FILE_BYTES_MAX), "cap-not-xml"),
        (b"&".repeat(FILE_BYTES_MAX), "cap-not-xml"),
    ] {
        assert_eq!(convert(&bytes).map(|_| ()).unwrap_err().word(), word);
    }
}

#[test]
fn no_beginning_of_a_sample_is_taken_for_the_whole() {
    for (name, bytes) in samples("") {
        for end in (0..bytes.len() - 2).step_by(3) {
            assert!(convert(&bytes[..end]).is_err(), "{name} at {end}");
        }
    }
}

#[test]
fn debug_shows_names_alone() {
    let alert = read(&alert(&info("<headline>secret</headline>"))).unwrap();
    let shown = format!("{alert:?}");
    assert!(shown.contains("headline") && !shown.contains("secret"));
}
