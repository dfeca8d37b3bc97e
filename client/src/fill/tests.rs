use super::*;
use estafette_protocol::time::UnixMillis;
use jiff::tz::TimeZone;

fn filling(word: &str) -> Filling<'static> {
    let catalogue = Catalogue::built_in();
    let moment = Moment {
        now: UnixMillis(1_767_322_445_000),
        zone: TimeZone::UTC,
    };
    Filling::new(catalogue, catalogue.format_by_word(word).unwrap(), moment)
}

fn wrong(filling: &mut Filling<'_>, path: &str, typed: &str) -> FillError {
    filling.set(path, typed).unwrap_err()
}

/// The form as a document and read again.
fn again(filling: &Filling<'_>, style: Style<'_>) -> Form {
    let (catalogue, format) = (filling.catalogue(), filling.format());
    let text = Document::write(catalogue, format, &Head::default(), filling.fields(), style);
    let document = Document::parse(&text).unwrap();
    assert_eq!(document.format_in(catalogue).unwrap().word, format.word);
    let mut read = Filling::new(catalogue, format, filling.moment().clone());
    read.read(&document)
        .unwrap_or_else(|error| panic!("{error:?} in {text}"));
    read.form()
}

fn full() -> Filling<'static> {
    let mut alert = filling("alert");
    alert
        .text("three lines\n\"quoted\" 'so'\n\ttab \u{202e} ünïcode")
        .unwrap();
    for (path, typed) in [
        ("kind", "missing-person"),
        ("starts", "18:00"),
        ("crime-areas", "terrorism"),
        ("vehicles.plate", "XA-123"),
        ("vehicles.2.vin", "1m8gdm9a-xkp042788"),
        ("vehicles.2.year", "2019"),
        ("40.1.1", "Eriksson"),
        ("persons.1.aliases", "Anna"),
        ("persons.1.aliases", "Maria"),
        ("persons.1.documents.1.number", "L898902C"),
        ("places.1.position", "52°31'12\"N 13°24'18\"E"),
        ("origin.sender", "duty@spoc.police.xa"),
    ] {
        alert
            .set(path, typed)
            .unwrap_or_else(|error| panic!("{path}: {error:?}"));
    }
    alert
}

#[test]
fn form_becomes_a_document_and_the_document_the_same_form() {
    let alert = full();
    for style in [Style::Bare, Style::Explained("en"), Style::Explained("ar")] {
        assert_eq!(again(&alert, style), alert.form());
    }
    let mut briefing = filling("briefing");
    briefing.set("starts", "2026-12-01 18:00").unwrap();
    briefing.set("reminders", "1h30m,1d").unwrap();
    briefing.set("languages", "fr, en").unwrap();
    for text in [
        "a'''b\nc",
        "ends in '",
        "\r\n",
        "''\n'",
        "\u{1b}[2J\n",
        "x\n",
    ] {
        briefing.text(text).unwrap();
        assert_eq!(again(&briefing, Style::Bare), briefing.form(), "{text:?}");
    }
}

#[test]
fn paths_go_by_word_and_by_number() {
    let mut by_word = filling("alert");
    by_word.set("vehicles.1.plate", "XA-1").unwrap();
    by_word.set("vehicles.2.plate", "XA-2").unwrap();
    let mut by_number = filling("alert");
    by_number.set("42.2", "XA-1").unwrap();
    by_number.set("42.2.2", "XA-2").unwrap();
    assert_eq!(by_word.form(), by_number.form());
    by_word.set("vehicles.2", "").unwrap();
    let Value::List(left) = &by_word.fields()[0].value else {
        panic!("no list");
    };
    assert_eq!(left.len(), 1);
    by_word.set("vehicles", "").unwrap();
    assert!(by_word.fields().is_empty());
}

#[test]
fn a_list_is_replaced_once_and_then_grows() {
    let mut request = filling("request");
    request.set("answer-languages", "en,fr").unwrap();
    let Value::List(values) = &request.fields()[0].value else {
        panic!("no list");
    };
    assert_eq!(values.len(), 2);
    let fields = request.fields().to_vec();
    request.begin_with(fields);
    request.set("answer-languages", "de").unwrap();
    request.set("answer-languages", "es").unwrap();
    request.set("answer-languages.2", "ar").unwrap();
    let text = Document::write(
        request.catalogue(),
        request.format(),
        &Head::default(),
        request.fields(),
        Style::Bare,
    );
    assert!(
        text.contains("answer-languages = [\"de\", \"ar\"]"),
        "{text}"
    );
}

#[test]
fn what_is_wrong_is_said_with_what_would_be_right() {
    let mut alert = filling("alert");
    let catalogue = Catalogue::built_in();
    for (path, typed, word, what, right) in [
        (
            "kinds",
            "x",
            "field-unknown",
            "there is no field kinds",
            "kind",
        ),
        (
            "kind",
            "missing-persn",
            "code-unknown",
            "field 1 Kind of alert",
            "missing-person",
        ),
        ("starts", "soon", "field-value", "is no time", "18:00"),
        (
            "vehicles.1.year",
            "x",
            "field-value",
            "[1] / 8",
            "whole number",
        ),
        (
            "vehicles.3.plate",
            "x",
            "field-value",
            "no place 3",
            "next one is 1",
        ),
        (
            "vehicles.1.plates",
            "x",
            "field-unknown",
            "field 42",
            "plate",
        ),
        ("vehicles", "x", "field-value", "is a group", "plate"),
        ("title.1.x", "x", "field-unknown", "field 2", ""),
        (
            "places.1.position",
            "91,0",
            "field-value",
            "no place on Earth",
            "90",
        ),
    ] {
        let error = wrong(&mut alert, path, typed);
        let said = error.what(catalogue, alert.format(), "en");
        assert_eq!(error.wrong.word(), word, "{path}");
        assert!(
            said.contains(what) || word == "code-unknown" && said.contains("field 1 "),
            "{said}"
        );
        assert!(
            error.wrong.right().contains(right),
            "{}",
            error.wrong.right()
        );
    }
    assert!(alert.fields().is_empty());
}

#[test]
fn pasted_texts_find_their_fields() {
    let mut alert = filling("alert");
    let zone = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n\
                L898902C36UTO7408122F1204159ZE184226B<<<<<10";
    for (pasted, taken) in [
        ("52.52, 13.405", "coordinates"),
        ("IMO 9074729", "imo"),
        ("de89 3704 0044 0532 0130 00", "iban"),
        ("XA-123", "plate"),
        (zone, "mrz"),
    ] {
        let said = alert.paste(pasted, "en").unwrap();
        assert!(said.to_lowercase().contains("taken for"), "{said} {taken}");
    }
    let text = Document::write(
        alert.catalogue(),
        alert.format(),
        &Head::default(),
        alert.fields(),
        Style::Bare,
    );
    for line in [
        "imo = \"9074729\"",
        "iban = \"DE89370400440532013000\"",
        "plate = \"XA-123\"",
        "family-name = \"ERIKSSON\"",
        "given-names = \"ANNA MARIA\"",
        "born = \"1974-08-12\"",
        "valid-until = \"2012-04-15\"",
        "type = \"passport\"",
        "sex = \"female\"",
        "position = \"52.520000, 13.405000\"",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert_eq!(
        alert.paste("red lorry", "en").unwrap_err().wrong,
        Wrong::Unrecognised
    );
    let homeless = filling("note").paste("IMO 9074729", "en").unwrap_err();
    assert!(matches!(homeless.wrong, Wrong::Homeless { .. }));
}

struct Script(Vec<&'static str>, String);

impl Asker for Script {
    fn say(&mut self, line: &str) {
        self.1.push_str(line);
        self.1.push('\n');
    }

    fn line(&mut self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.remove(0).to_owned())
    }
}

#[test]
fn questions_are_asked_again_until_they_are_answered() {
    let mut flag = filling("flag");
    let mut script = Script(
        vec!["", "persuit", "pursuit", "bridge", ".", "unasked"],
        String::new(),
    );
    ask(&mut flag, &mut script, "en").unwrap();
    assert!(script.1.contains("must be filled"), "{}", script.1);
    assert!(script.1.contains("Did you mean pursuit?"), "{}", script.1);
    assert_eq!(flag.form().text(2), Some("bridge"));
    assert_eq!(flag.fields().len(), 2);
    let mut silent = Script(vec![], String::new());
    assert!(ask(&mut filling("flag"), &mut silent, "en").is_err());
}
