//! Which forms fill their format.

#![expect(clippy::too_many_lines, reason = "tables of cases")]

use super::*;
use crate::encoding::Text;
use crate::form::{Field, Form, Position, Value};
use crate::time::UnixMillis;

fn field(number: u16, value: Value) -> Field {
    Field { number, value }
}

fn text(text: &str) -> Value {
    Value::Text(Text::new(text).unwrap())
}

fn size() -> Field {
    field(1, Value::Code(1))
}

/// A voyage with these fields besides its size.
fn voyage(fields: Vec<Field>) -> Form {
    Form {
        format: 1024,
        version: 1,
        fields: [vec![size()], fields].concat(),
    }
}

fn ship(fields: Vec<Field>) -> Form {
    voyage(vec![field(40, Value::Group(fields))])
}

fn refused(form: &Form) -> (String, Fault) {
    let error = catalogue().check(form).unwrap_err();
    (error.path.numbers(), error.fault)
}

/// Covers FRM-2.
#[test]
fn a_form_must_fill_its_format() {
    let at = Position {
        latitude: 90_000_000,
        longitude: 180_000_000,
    };
    let full = voyage(vec![
        field(2, Value::Time(UnixMillis(5))),
        field(
            3,
            Value::List(vec![Value::Time(UnixMillis(5)), Value::Time(UnixMillis(9))]),
        ),
        field(4, text("wind")),
        field(5, Value::Integer(3)),
        field(6, Value::Duration(4)),
        field(7, Value::Position(at)),
        field(
            40,
            Value::List(vec![Value::Group(vec![field(2, text("Ada"))])]),
        ),
    ]);
    assert_eq!(catalogue().check(&full), Ok(vec![]));
    let only = |fields| Form {
        fields,
        ..voyage(vec![])
    };
    let name = |bytes: usize| vec![field(2, text(&"n".repeat(bytes)))];
    assert!(catalogue().check(&ship(name(10))).is_ok());
    let times = |count| Value::List(vec![Value::Time(UnixMillis(5)); count]);
    let wanted = |wanted| Fault::Type { wanted };
    for (form, path, fault) in [
        (only(vec![field(4, text("x"))]), "1", Fault::Missing),
        (
            only(vec![field(1, Value::List(vec![]))]),
            "1",
            Fault::Missing,
        ),
        (voyage(vec![field(9, text("x"))]), "9", Fault::FieldUnknown),
        (
            voyage(vec![field(4, Value::Integer(1))]),
            "4",
            wanted(FieldType::Text),
        ),
        (
            voyage(vec![field(5, text("1"))]),
            "5",
            wanted(FieldType::Integer),
        ),
        (
            voyage(vec![field(6, Value::Integer(1))]),
            "6",
            wanted(FieldType::Duration),
        ),
        (
            voyage(vec![field(7, Value::Integer(1))]),
            "7",
            wanted(FieldType::Position),
        ),
        (
            voyage(vec![field(2, Value::Integer(1))]),
            "2",
            wanted(FieldType::Time),
        ),
        (
            voyage(vec![field(40, text("Ada"))]),
            "40",
            wanted(FieldType::Group),
        ),
        (
            only(vec![field(1, Value::Integer(1))]),
            "1",
            wanted(FieldType::Code),
        ),
        (voyage(vec![field(2, times(1))]), "2", Fault::List),
        (
            voyage(vec![field(3, times(3))]),
            "3",
            Fault::TooMany { values: 3, max: 2 },
        ),
        (
            ship(name(11)),
            "40/2",
            Fault::TooLong { bytes: 11, max: 10 },
        ),
        (ship(vec![field(9, text("x"))]), "40/9", Fault::FieldUnknown),
    ] {
        assert_eq!(refused(&form), (path.to_owned(), fault));
    }
    let stranger = Form {
        version: 2,
        ..voyage(vec![])
    };
    let (path, fault) = refused(&stranger);
    assert_eq!((path.as_str(), fault.clause()), ("", "format-unknown"));
}

/// Covers FRM-2.
#[test]
fn a_code_that_may_not_be_written_is_refused_with_those_that_may() {
    let code = |code| Form {
        fields: vec![field(1, Value::Code(code))],
        ..voyage(vec![])
    };
    let error = catalogue().check(&code(7)).unwrap_err();
    let shown = error.to_string();
    assert_eq!(
        shown,
        "field 1 size: code 7 is not in list sizes (small, large)"
    );
    let error = catalogue().check(&code(3)).unwrap_err();
    let shown = error.to_string();
    assert_eq!(
        shown,
        "field 1 size: code huge of list sizes is retired, use large"
    );
}

/// Covers FRM-6.
#[test]
fn a_form_is_not_longer_than_its_definition_allows() {
    let of = |bytes: usize| voyage(vec![field(4, text(&"w".repeat(bytes)))]);
    // Head, format, version, count, one code, and number, tag and length of the text.
    let head = 6 + 3 + 4;
    assert!(catalogue().check(&of(400 - head)).is_ok());
    let fault = Fault::FormTooLong {
        bytes: 401,
        max: 400,
    };
    assert_eq!(refused(&of(401 - head)), (String::new(), fault));
    let list = Value::List(vec![Value::List(vec![])]);
    let (_, fault) = refused(&voyage(vec![field(40, list)]));
    assert_eq!(fault, Fault::Encoding("FRM-7"));
}

/// Covers FRM-8.
#[test]
fn rules_are_kept() {
    let large = |fields: Vec<Field>| Form {
        fields: [vec![field(1, Value::Code(2))], fields].concat(),
        ..voyage(vec![])
    };
    let (why, crew) = (|| field(4, text("wind")), || field(5, Value::Integer(0)));
    assert!(catalogue().check(&large(vec![why(), crew()])).is_ok());
    assert!(catalogue().check(&voyage(vec![])).is_ok());
    for (fields, lacking) in [
        (vec![], "why"),
        (vec![crew()], "why"),
        (vec![field(4, text("")), crew()], "why"),
        (vec![why()], "crew"),
    ] {
        let fault = Fault::Needed {
            missing: lacking.to_owned(),
            when: "size".to_owned(),
            code: "large".to_owned(),
        };
        assert_eq!(refused(&large(fields)), (String::new(), fault));
    }
    let fault = Fault::NoneFilled {
        one_of: vec!["imo".to_owned(), "name".to_owned()],
    };
    let ships = Value::List(vec![
        Value::Group(vec![field(2, text("Ada"))]),
        Value::Group(vec![field(3, text("no number"))]),
    ]);
    assert_eq!(
        refused(&voyage(vec![field(40, ships)])),
        ("40[2]".to_owned(), fault)
    );
}

/// Covers FRM-8.
#[test]
fn times_are_in_order() {
    let time = |at| Value::Time(UnixMillis(at));
    let from = |leaves, arrives| voyage(vec![field(2, time(leaves)), field(3, arrives)]);
    for good in [
        from(5, time(5)),
        from(5, Value::List(vec![time(9), time(7)])),
        from(5, Value::List(vec![])),
        voyage(vec![field(3, time(0))]),
    ] {
        assert_eq!(catalogue().check(&good), Ok(vec![]));
    }
    for bad in [
        from(5, time(4)),
        from(5, Value::List(vec![time(9), time(4)])),
    ] {
        let fault = Fault::Disorder {
            earlier: "leaves".to_owned(),
            later: "arrives".to_owned(),
        };
        assert_eq!(refused(&bad), (String::new(), fault));
    }
}

/// Covers FRM-9.
#[test]
fn a_text_that_its_check_refuses_needs_a_reason_in_the_same_group() {
    let imo = |number: &str| field(1, text(number));
    assert_eq!(catalogue().check(&ship(vec![imo("9074729")])), Ok(vec![]));
    let wrong = ship(vec![imo("9074728")]);
    let error = catalogue().check(&wrong).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field 40 ships / 1 imo: no IMO number: check digit 9 would be right at character 7; \
         or say in reason why it is"
    );
    let doubts = catalogue().doubts(&wrong);
    let reasoned = ship(vec![imo("9074728"), field(3, text("painted so"))]);
    assert_eq!(catalogue().check(&reasoned).as_ref(), Ok(&doubts));
    assert_eq!(
        (doubts[0].path.numbers().as_str(), doubts[0].is_refused),
        ("40/1", true)
    );
    let unreasoned = ship(vec![imo("9074728"), field(3, text(""))]);
    assert_eq!(refused(&unreasoned).1.clause(), "FRM-9");
    // The reason of a group says nothing for a group within it.
    let cargo = |number: &str| field(4, Value::Group(vec![field(1, text(number))]));
    let inner = ship(vec![
        imo("9074728"),
        field(3, text("painted so")),
        cargo("CSQU3054384"),
    ]);
    assert_eq!(refused(&inner).0, "40/4/1");
}

/// Covers FRM-9.
#[test]
fn a_check_that_warns_refuses_nothing() {
    let vins = ["1M8GDM9AXKP042788", "WVWZZZ1JZXW000001"]
        .map(text)
        .to_vec();
    let cargo = vec![field(1, text("CSQU3054383")), field(2, Value::List(vins))];
    let ships = Value::List(vec![Value::Group(vec![
        field(2, text("Ada")),
        field(4, Value::List(vec![Value::Group(cargo)])),
    ])]);
    let doubts = catalogue().check(&voyage(vec![field(40, ships)])).unwrap();
    let [doubt] = doubts.as_slice() else {
        panic!("{doubts:?}");
    };
    assert_eq!(doubt.path.numbers(), "40[1]/4[1]/2[2]");
    assert!(!doubt.is_refused);
    let shown = doubt.to_string();
    assert!(
        shown.starts_with("field 40 ships[1] / 4 cargo[1] / 2 vin[2]: an unusual VIN: check"),
        "{shown}"
    );
}

#[test]
fn what_is_said_of_a_form_holds_none_of_it() {
    let long = "canary".repeat(10);
    for form in [
        ship(vec![field(1, text("canary7"))]),
        ship(vec![field(2, text(&long))]),
        ship(vec![field(4, Value::Group(vec![field(1, text("CANARY"))]))]),
    ] {
        let error = catalogue().check(&form).unwrap_err();
        let shown = format!("{error} {error:?}").to_lowercase();
        assert!(!shown.contains("canary"), "{shown}");
    }
}
